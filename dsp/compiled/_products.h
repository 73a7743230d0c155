/* Inner products of a response with a signal at consecutive places. */
#ifndef TWITCHSCOPE_PRODUCTS_H
#define TWITCHSCOPE_PRODUCTS_H

#include <stddef.h>

#include "_lanes.h"

#define N_PLACES 16 /* places that are summed side by side: whole vectors of any width */

#define LANES 1
#define ADD_PRODUCTS add_products_1
#define TARGET
#include "_products_lanes.h"

#if HAS_VECTORS
#define LANES 2
#define ADD_PRODUCTS add_products_2
#define TARGET
#include "_products_lanes.h"

#if HAS_AVX2
#define LANES 4
#define ADD_PRODUCTS add_products_4
#define TARGET TARGET_AVX2
#include "_products_lanes.h"
#endif
#endif

/* Add the products of rows [first, stop) of a response with a signal to the sums of N_PLACES places, `n_lanes` places
   (1, 2 or 4, at most `widest_vector`) at a time. */
static inline void add_products(const double *signal, const double *response, ptrdiff_t first, ptrdiff_t stop,
                                double *sums, int n_lanes)
{
#if HAS_VECTORS
#if HAS_AVX2
    if (n_lanes == 4) {
        add_products_4(signal, response, first, stop, sums);
        return;
    }
#endif
    if (n_lanes == 2) {
        add_products_2(signal, response, first, stop, sums);
        return;
    }
#endif
    (void)n_lanes;
    add_products_1(signal, response, first, stop, sums);
}

#endif
