/* Likelihood of each possible onset of a burst given its power, by final size and rise time. */
#ifndef TWITCHSCOPE_ONSET_H
#define TWITCHSCOPE_ONSET_H

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "_lanes.h"

#define N_SIZES 10        /* number of tried powers over the floor */
#define N_PADDED_SIZES 12 /* whole vectors of any width */
#define RUN 8             /* rows whose powers are multiplied before the logarithm: 1e20 each is far from an overflow */

/* Model of a rising burst, one column per size; rows are N_PADDED_SIZES doubles. */
typedef struct {
    ptrdiff_t n_rows;                       /* rows of the rise */
    double *inverse;                        /* 1 / (power of burst and floor), by rows since the onset */
    double *products;                       /* products of these powers from the start of each run of RUN rows */
    double *logs;                           /* sums of their logarithms before each run */
    double inverse_after[N_PADDED_SIZES];   /* the same after the rise */
    double log_after[N_PADDED_SIZES];
} onset_ramp;

/* Write the sums of the logarithms of the first n rows of the ramp, using the product for the last run. */
static inline void onset_sum_logs(const onset_ramp *on, ptrdiff_t n, double *sums)
{
    const ptrdiff_t last = (n - 1) * N_PADDED_SIZES, begun = (n - 1) / RUN * N_PADDED_SIZES;
    for (int k = 0; k < N_SIZES; k++) sums[k] = n > 0 ? on->logs[begun + k] + log(on->products[last + k]) : 0.0;
}

/* Fill a ramp for `n` rows of signal and one rise time, in rows. */
static inline void onset_climb(onset_ramp *on, ptrdiff_t n, const double *sizes, double rise)
{
    ptrdiff_t m = 0;
    for (int k = 0; k < N_PADDED_SIZES; k++) {
        const double after = 1.0 + (k < N_SIZES ? sizes[k] : 0.0);
        on->inverse_after[k] = 1.0 / after;
        on->log_after[k] = k < N_SIZES ? log(after) : 0.0;
        on->logs[k] = 0.0;
    }
    for (; m < n && m + 0.5 < rise; m++) {
        const double grown = (m + 0.5) / rise;
        double *inverse = on->inverse + m * N_PADDED_SIZES, *product = on->products + m * N_PADDED_SIZES;
        for (int k = 0; k < N_PADDED_SIZES; k++) {
            const double level = 1.0 + (k < N_SIZES ? sizes[k] : 0.0) * grown * grown;
            inverse[k] = 1.0 / level;
            product[k] = m % RUN == 0 ? level : product[k - N_PADDED_SIZES] * level;
        }
        if ((m + 1) % RUN == 0) onset_sum_logs(on, m + 1, on->logs + (m + 1) / RUN * N_PADDED_SIZES);
    }
    on->n_rows = m;
}

#define LANES 1
#define ONSET_WEIGH onset_weigh_1
#define TARGET
#include "_onset_lanes.h"

#if HAS_VECTORS
#define LANES 2
#define ONSET_WEIGH onset_weigh_2
#define TARGET
#include "_onset_lanes.h"

#if HAS_AVX2
#define LANES 4
#define ONSET_WEIGH onset_weigh_4
#define TARGET TARGET_AVX2
#include "_onset_lanes.h"
#endif
#endif

/* Write minus twice the log-likelihood of an onset at each `every`-th of n rows, with each size: N_SIZES doubles per
   onset. `power` is power over the floor, `before` its running sum, n + 1 doubles. */
static inline void onset_weigh(const onset_ramp *on, const double *power, const double *before, ptrdiff_t n,
                               ptrdiff_t every, double *unlikely, int n_lanes)
{
#if HAS_VECTORS
#if HAS_AVX2
    if (n_lanes == 4) {
        onset_weigh_4(on, power, before, n, every, unlikely);
        return;
    }
#endif
    if (n_lanes == 2) {
        onset_weigh_2(on, power, before, n, every, unlikely);
        return;
    }
#endif
    (void)n_lanes;
    onset_weigh_1(on, power, before, n, every, unlikely);
}

#endif
