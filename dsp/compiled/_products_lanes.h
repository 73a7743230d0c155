/* Products at places side by side. No include guard: `_products.h` includes this once for each width.

   LANES: places side by side; ADD_PRODUCTS: name of the function; TARGET: its attribute. */
#include "_lanes_begin.h"

TARGET static void ADD_PRODUCTS(const double *signal, const double *response, ptrdiff_t first, ptrdiff_t stop,
                                double *sums)
{
    lanes kept[N_PLACES / LANES];
    UNROLL for (int v = 0; v < N_PLACES / LANES; v++) kept[v] = *(const lanes *)(sums + v * LANES);
    for (ptrdiff_t m = first; m < stop; m++) {
        const lanes share = SPLAT(response[m]);
        UNROLL for (int v = 0; v < N_PLACES / LANES; v++)
            kept[v] += share * *(const lanes *)(signal + m + v * LANES);
    }
    UNROLL for (int v = 0; v < N_PLACES / LANES; v++) *(lanes *)(sums + v * LANES) = kept[v];
}

#include "_lanes_end.h"
#undef ADD_PRODUCTS
#undef TARGET
