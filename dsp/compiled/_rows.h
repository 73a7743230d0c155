/* Sums over rows of all channels as plain loops. GCC compiles them for AVX2 and for any processor, and the program
   selects the first at run time if it can. The order of every sum is the same in both. */
#ifndef TWITCHSCOPE_ROWS_H
#define TWITCHSCOPE_ROWS_H

#include <stddef.h>

#include "_lanes.h"

/* The selection at run time needs the dynamic linker of glibc. */
#if HAS_AVX2 && defined(__linux__) && defined(__GLIBC__) && !defined(__clang__)
#define CLONES __attribute__((target_clones("avx2", "default")))
#else
#define CLONES
#endif

/* Add rows that are `stride` doubles apart to one sum per channel. */
CLONES inline static void add_rows(const double *rows, ptrdiff_t n_rows, ptrdiff_t stride, double *sums, ptrdiff_t n_channels)
{
    for (ptrdiff_t i = 0; i < n_rows; i++)
        for (ptrdiff_t c = 0; c < n_channels; c++) sums[c] += rows[i * stride + c];
}

/* Add the squares of rows [first, stop) to one sum per channel. */
CLONES inline static void add_squares(const double *signal, ptrdiff_t first, ptrdiff_t stop, double *sums,
                                      ptrdiff_t n_channels)
{
    for (ptrdiff_t i = first; i < stop; i++) {
        const double *row = signal + i * n_channels;
        for (ptrdiff_t c = 0; c < n_channels; c++) sums[c] += row[c] * row[c];
    }
}

/* Write the largest mean square within `half` of any row from `first` on; rows before `first` are left out. */
CLONES inline static void top_powers(const double *signal, ptrdiff_t n, ptrdiff_t first, ptrdiff_t half, double *sums,
                                     double *top, ptrdiff_t n_channels)
{
    for (ptrdiff_t c = 0; c < n_channels; c++) sums[c] = top[c] = 0.0;
    add_squares(signal, first, first + half < n ? first + half : n, sums, n_channels);
    for (ptrdiff_t i = first; i < n; i++) {
        const ptrdiff_t low = i - half > first ? i - half : first, high = i + half + 1 < n ? i + half + 1 : n;
        const double scale = 1.0 / (double)(high - low);
        if (i + half < n) {
            const double *come = signal + (i + half) * n_channels;
            for (ptrdiff_t c = 0; c < n_channels; c++) sums[c] += come[c] * come[c];
        }
        if (i - half - 1 >= first) {
            const double *gone = signal + (i - half - 1) * n_channels;
            for (ptrdiff_t c = 0; c < n_channels; c++) sums[c] -= gone[c] * gone[c];
        }
        for (ptrdiff_t c = 0; c < n_channels; c++) {
            const double mean = sums[c] * scale;
            top[c] = mean > top[c] ? mean : top[c];
        }
    }
}

#endif
