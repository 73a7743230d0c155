/* Signal chain, which processes every sample: types, and one function for each vector width. */
#ifndef TWITCHSCOPE_CHAIN_H
#define TWITCHSCOPE_CHAIN_H

#include <math.h>
#include <stddef.h>

#include "_lanes.h"

#define PADDED_LANES 4 /* columns of all arrays are padded to a multiple of this */
#define N_SECTIONS 4   /* sections of a 4th-order band-pass */
#define MAX_HARMONICS 13
#define STEP_TOLERANCE 1e-6 /* relative; steps of one count in µV differ by rounding */

/* Rows of the state matrix (row, channel). */
enum {
    ROW_GOOD = 0,                /* last valid sample within full scale */
    ROW_X1, ROW_X2, ROW_X3,      /* previous samples, for the de-glitcher */
    ROW_ROUGHNESS,               /* usual distance of a sample from the mean of its neighbours */
    ROW_COUNT,                   /* one count of the converter, 0 while unknown */
    ROW_FINEST,                  /* smallest step seen, infinite before the first */
    ROW_SEEN,                    /* number of times it was seen */
    ROW_GIVEN,                   /* previous input sample, NaN at the start of a segment */
    ROW_ENERGY,                  /* sum of squares since the last hop */
    ROW_BAD,                     /* 1 if a sample since the last hop was bad */
    ROW_CHANGED,                 /* 1 if a sample since the last hop differed from the one before */
    ROW_MAINS_GAIN,              /* step size of the mains follower, 0 while it is frozen */
    ROW_MAINS_CLIP,              /* limit of a sample in its learning, so that bursts affect it little */
    ROW_FILTER,                  /* state of the sections, 2 rows each */
    ROW_MAINS = ROW_FILTER + 2 * N_SECTIONS, /* cosine and sine amplitude per harmonic, fundamental first */
    N_ROWS = ROW_MAINS + 2 * MAX_HARMONICS
};

/* Rows of the output for each completed hop. */
enum { HOP_ENERGY = 0, HOP_BAD, HOP_CHANGED, N_HOP_ROWS };

typedef struct {
    ptrdiff_t n_padded;             /* number of channels, padded to whole vectors */
    ptrdiff_t hop_samples;
    int n_harmonics;                /* number of followed harmonics */
    int orders[MAX_HARMONICS];      /* their orders, increasing; 1 is the fundamental */
    double gain;                    /* of the whole band-pass */
    double sections[N_SECTIONS][2]; /* a1 and a2; the zeros of each section are at 1 and -1 */
    double glitch_ratio;
    double glitch_counts;
    double apart_share;
    double bridge_share;            /* of `ROW_MAINS_CLIP`: no lost sample is bridged above this roughness */
    double roughness_step;
} chain_design;

/* Consecutive samples, and the destination of the results. */
typedef struct {
    const double *x;            /* (n_samples, channels), rows `x_stride` doubles apart, padded to whole vectors */
    ptrdiff_t x_stride;
    const unsigned char *valid; /* one byte per sample, or NULL */
    ptrdiff_t n_samples;
    ptrdiff_t in_hop;           /* samples already in the current hop */
    int was_lost;               /* whether the sample right before these was lost */
    const double *wave;         /* cosine and sine of each followed harmonic, sample by sample */
    double *band, *raw;         /* rows of the rings (n_padded doubles per row) for the first output */
    double *hops;               /* N_HOP_ROWS rows of n_padded doubles for each completed hop */
} chain_piece;

/* Update the smallest step of each channel and how often it was seen, independently of the block size. */
static inline void chain_find_count(double *state, ptrdiff_t row, const chain_piece *piece, ptrdiff_t n_channels)
{
    double *given = state + ROW_GIVEN * row, *finest = state + ROW_FINEST * row, *seen = state + ROW_SEEN * row;
    const double *x = piece->x;
    for (ptrdiff_t i = 0; i < piece->n_samples; i++, x += piece->x_stride) {
        for (ptrdiff_t c = 0; c < n_channels; c++) {
            const double step = fabs(x[c] - given[c]);
            given[c] = x[c];
            if (!(step > 0.0 && step < finest[c] * (1.0 + STEP_TOLERANCE))) continue;
            seen[c] = step < finest[c] * (1.0 - STEP_TOLERANCE) ? 1.0 : seen[c] + 1.0;
            if (seen[c] == 1.0) finest[c] = step;
        }
    }
}

#define LANES 1
#define CHAIN_RUN chain_run_1
#define TARGET
#include "_chain_lanes.h"

#if HAS_VECTORS
#define LANES 2
#define CHAIN_RUN chain_run_2
#define TARGET
#include "_chain_lanes.h"

#if HAS_AVX2
#define LANES 4
#define CHAIN_RUN chain_run_4
#define TARGET TARGET_AVX2
#include "_chain_lanes.h"
#endif
#endif

/* Run a piece of all channels through the chain, `n_lanes` channels (1, 2 or 4, at most `widest_vector`) at a time. */
static inline void chain_run(const chain_design *design, double *state, const double *full_scale,
                             const chain_piece *piece, ptrdiff_t n_channels, int n_lanes)
{
    for (ptrdiff_t column = 0; column < n_channels; column += n_lanes) {
#if HAS_VECTORS
#if HAS_AVX2
        if (n_lanes == 4) {
            chain_run_4(design, state, column, full_scale, piece);
            continue;
        }
#endif
        if (n_lanes == 2) {
            chain_run_2(design, state, column, full_scale, piece);
            continue;
        }
#endif
        chain_run_1(design, state, column, full_scale, piece);
    }
}

#endif
