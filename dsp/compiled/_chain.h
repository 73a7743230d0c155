/* The chain that every sample passes: types, and one function for each width of vector that the processor may have. */
#ifndef TWITCHSCOPE_CHAIN_H
#define TWITCHSCOPE_CHAIN_H

#include <math.h>
#include <stddef.h>

#include "_lanes.h"

#define PADDED_LANES 4 /* columns of all arrays are padded to a multiple of this */
#define N_SECTIONS 4   /* of a 4th-order band-pass */
#define MAX_HARMONICS 13
#define STEP_TOLERANCE 1e-6 /* steps of one count in µV are not rounded alike */

/* Rows of the state matrix (row, channel). */
enum {
    ROW_GOOD = 0,                /* last sample that was finite and within full scale */
    ROW_X1, ROW_X2, ROW_X3,      /* the samples before it, for the de-glitcher */
    ROW_ROUGHNESS,               /* running size of the second difference */
    ROW_COUNT,                   /* one count of the converter, 0 while it is not known */
    ROW_FINEST,                  /* the smallest step that was seen, infinite while there was none */
    ROW_SEEN,                    /* how often */
    ROW_GIVEN,                   /* the sample before as it came, NaN where a segment begins */
    ROW_ENERGY,                  /* sum of squares since the last hop */
    ROW_BAD,                     /* 1 once a sample was bad since the last hop */
    ROW_CHANGED,                 /* 1 once a sample differed from the one before since the last hop */
    ROW_MAINS_GAIN,              /* step of the mains follower, 0 while it is frozen */
    ROW_MAINS_CLIP,              /* largest deviation that it learns from: a burst must not teach it */
    ROW_FILTER,                  /* 2 per section */
    ROW_MAINS = ROW_FILTER + 2 * N_SECTIONS, /* cosine and sine amplitude per harmonic, the mains itself first */
    N_ROWS = ROW_MAINS + 2 * MAX_HARMONICS
};

/* Rows of what is told of each hop that ended. */
enum { HOP_ENERGY = 0, HOP_BAD, HOP_CHANGED, N_HOP_ROWS };

typedef struct {
    ptrdiff_t n_padded;             /* channels, padded to whole vectors */
    ptrdiff_t hop_samples;
    int n_harmonics;                /* that are followed */
    int orders[MAX_HARMONICS];      /* of these, rising; 1 is the mains itself */
    double gain;                    /* of the whole band-pass */
    double sections[N_SECTIONS][2]; /* a1 a2; the zeros of each section lie at 1 and -1 */
    double glitch_ratio;
    double glitch_counts;
    double apart_share;
    double bridge_share;            /* of `ROW_MAINS_CLIP`: where samples are rougher, no lost one is bridged */
    double roughness_step;
} chain_design;

/* Consecutive samples, and where the results go. */
typedef struct {
    const double *x;            /* (n_samples, channels), rows `x_stride` doubles apart, padded to whole vectors */
    ptrdiff_t x_stride;
    const unsigned char *valid; /* one byte a sample, or NULL */
    ptrdiff_t n_samples;
    ptrdiff_t in_hop;           /* samples that the current hop has already */
    int was_lost;               /* whether the sample right before these was lost */
    const double *wave;         /* cosine and sine of each harmonic that is followed, sample by sample */
    double *band, *raw;         /* rows of the rings (n_padded doubles a row) at which the first output goes */
    double *hops;               /* N_HOP_ROWS rows of n_padded doubles for each hop that ends */
} chain_piece;

/* Remember the smallest step of each channel and how often it was seen, whatever the size of the blocks is. */
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

/* Run a piece of all channels through the chain, `n_lanes` (1, 2 or 4, at most `widest_vector`) at a time. */
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
