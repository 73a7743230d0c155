/* Sums over a ramp for consecutive onsets. No include guard: `_onset.h` includes this once for each width.

   LANES: sizes side by side; ONSET_WEIGH: name of the function; TARGET: its attribute. */
#include "_lanes_begin.h"

#define N_VECTORS (N_PADDED_SIZES / LANES)

TARGET static void ONSET_WEIGH(const onset_ramp *on, const double *power, const double *before, ptrdiff_t n,
                               ptrdiff_t every, double *unlikely)
{
    double log_all[N_PADDED_SIZES] = {0.0}, log_seen[N_PADDED_SIZES] = {0.0}, sums[N_PADDED_SIZES];
    onset_sum_logs(on, on->n_rows, log_all);
    for (ptrdiff_t start = 0; start < n; start += every) {
        const ptrdiff_t n_seen = on->n_rows < n - start ? on->n_rows : n - start, n_after = n - start - n_seen;
        const lanes quiet = SPLAT(before[start]), rest = SPLAT(before[n] - before[start + n_seen]);
        const double *logs = log_all, *inverse = on->inverse;
        lanes whole[N_VECTORS], odd[N_VECTORS]; /* two sums, so that additions need not wait for each other */
        UNROLL for (int v = 0; v < N_VECTORS; v++) whole[v] = odd[v] = SPLAT(0.0);
        if (n_seen < on->n_rows) {
            onset_sum_logs(on, n_seen, log_seen);
            logs = log_seen;
        }
        ptrdiff_t m = 0;
        for (; m + 2 <= n_seen; m += 2) {
            const lanes first = SPLAT(power[start + m]), second = SPLAT(power[start + m + 1]);
            UNROLL for (int v = 0; v < N_VECTORS; v++) {
                whole[v] += first * *(const lanes *)(inverse + v * LANES);
                odd[v] += second * *(const lanes *)(inverse + N_PADDED_SIZES + v * LANES);
            }
            inverse += 2 * N_PADDED_SIZES;
        }
        if (m < n_seen)
            UNROLL for (int v = 0; v < N_VECTORS; v++)
                whole[v] += SPLAT(power[start + m]) * *(const lanes *)(inverse + v * LANES);
        UNROLL for (int v = 0; v < N_VECTORS; v++) {
            const lanes after = quiet + rest * *(const lanes *)(on->inverse_after + v * LANES);
            const lanes log_after = SPLAT((double)n_after) * *(const lanes *)(on->log_after + v * LANES);
            *(lanes *)(sums + v * LANES) =
                ((whole[v] + odd[v]) + after) + (*(const lanes *)(logs + v * LANES) + log_after);
        }
        memcpy(unlikely, sums, N_SIZES * sizeof(double));
        unlikely += N_SIZES;
    }
}

#undef N_VECTORS
#include "_lanes_end.h"
#undef ONSET_WEIGH
#undef TARGET
