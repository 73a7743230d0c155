/* The per-sample chain of a group of channels that lie side by side.

   Two channels share one 16-byte vector where the compiler has vector types (GCC, Clang); elsewhere (MSVC) a "lane"
   is one plain double and the same source is scalar. Either way each channel sees the same IEEE operations in the
   same order, so results do not depend on the compiler's choice. Vectors are declared with 8-byte alignment because
   Python aligns objects to 16 bytes only, and the blocks of a caller to 8. */
#ifndef TWITCHSCOPE_CHAIN_H
#define TWITCHSCOPE_CHAIN_H

#include <stddef.h>

#if defined(__GNUC__)
#define N_LANES 2
typedef double lanes __attribute__((vector_size(16), aligned(8), may_alias));
typedef long long lane_mask __attribute__((vector_size(16), aligned(8), may_alias));
#define SELECT(mask, yes, no) ((lanes)((((lane_mask)(yes)) & (mask)) | (((lane_mask)(no)) & ~(mask))))
#define SPLAT(value) ((lanes){(value), (value)})
#define NO_LANES ((lane_mask){0, 0})
#define UNROLL _Pragma("GCC unroll 8")
#else
#define N_LANES 1
typedef double lanes;
typedef long long lane_mask;
#define SELECT(mask, yes, no) ((mask) ? (yes) : (no))
#define SPLAT(value) (value)
#define NO_LANES 0
#define UNROLL
#endif

#define N_SECTIONS 4 /* of a 4th-order band-pass */
#define MAX_HARMONICS 6

/* Rows of the state matrix (row, channel). */
enum {
    ROW_GOOD = 0,                /* last sample that was finite and within full scale */
    ROW_X1, ROW_X2, ROW_X3,      /* the samples before it, for the de-glitcher */
    ROW_ROUGHNESS,               /* running size of the second difference */
    ROW_ENERGY,                  /* sum of squares since the last hop */
    ROW_BAD,                     /* bad samples since the last hop */
    ROW_CHANGED,                 /* samples that differ from the one before, since the last hop */
    ROW_MAINS_GAIN,              /* step of the mains follower, 0 while it is frozen */
    ROW_MAINS_CLIP,              /* largest deviation that it learns from: a burst must not teach it */
    ROW_FILTER,                  /* 2 per section */
    ROW_MAINS = ROW_FILTER + 2 * N_SECTIONS, /* cosine and sine amplitude per harmonic */
    N_ROWS = ROW_MAINS + 2 * MAX_HARMONICS
};

typedef struct {
    ptrdiff_t n_padded;          /* channels, padded to whole lanes */
    int n_harmonics;
    double sections[N_SECTIONS][5]; /* b0 b1 b2 a1 a2 */
    double glitch_ratio;
    double roughness_step;
} chain_design;

/* Run `n_samples` of the channels at column `column` through the chain.

   x: first sample of the column, rows `x_stride` doubles apart; valid: one byte a sample, or NULL.
   wave: cosine and sine of each harmonic, 2 * MAX_HARMONICS doubles a sample.
   band, raw: row of the rings (n_padded doubles a row) at which the first output goes. */
static inline void chain_run(const chain_design *design, double *state, ptrdiff_t column, const double *full_scale,
                             const double *x, ptrdiff_t x_stride, const unsigned char *valid, ptrdiff_t n_samples,
                             const double *wave, double *band, double *raw)
{
    const ptrdiff_t row = design->n_padded;
    double *const at = state + column;
#define LOAD(r) (*(const lanes *)(at + (r) * row))
    lanes good = LOAD(ROW_GOOD), x1 = LOAD(ROW_X1), x2 = LOAD(ROW_X2), x3 = LOAD(ROW_X3);
    lanes roughness = LOAD(ROW_ROUGHNESS), energy = LOAD(ROW_ENERGY), bad = LOAD(ROW_BAD);
    lanes changed = LOAD(ROW_CHANGED);
    const lanes mains_gain = LOAD(ROW_MAINS_GAIN), mains_clip = LOAD(ROW_MAINS_CLIP);
    const lanes limit = *(const lanes *)(full_scale + column);
    const lanes zero = SPLAT(0.0), one = SPLAT(1.0), half = SPLAT(0.5);
    const lanes ratio = SPLAT(design->glitch_ratio), step = SPLAT(design->roughness_step);
    const int n_harmonics = design->n_harmonics;
    lanes z[2 * N_SECTIONS], mains[2 * MAX_HARMONICS];
    UNROLL for (int k = 0; k < 2 * N_SECTIONS; k++) z[k] = LOAD(ROW_FILTER + k);
    for (int k = 0; k < 2 * n_harmonics; k++) mains[k] = LOAD(ROW_MAINS + k);

    for (ptrdiff_t i = 0; i < n_samples; i++) {
        /* A sample that is NaN, railed or lost is replaced by the last good one. */
        const lanes given = *(const lanes *)(x + i * x_stride);
        lane_mask ok = (given < limit) & (given > -limit);
        if (valid && !valid[i]) ok = NO_LANES;
        const lanes x0 = SELECT(ok, given, good);
        bad += SELECT(ok, zero, one);
        changed += SELECT((x0 == good), zero, one);
        good = x0;

        /* De-glitch the sample before: far off its neighbours, which agree among themselves. */
        const lanes between = half * (x2 + x0);
        lanes off = x1 - between;
        off = SELECT((off < zero), -off, off);
        lanes jump = x0 - x2;
        jump = SELECT((jump < zero), -jump, jump);
        lanes before = x2 - x3;
        before = SELECT((before < zero), -before, before);
        const lanes quarter = SPLAT(0.25) * off;
        const lane_mask glitch = (off > ratio * roughness + SPLAT(0.5)) & (jump < quarter) & (before < quarter);
        const lanes clean = SELECT(glitch, between, x1);
        const lanes cap = SPLAT(3.0) * roughness + SPLAT(0.1);
        roughness += step * (SELECT((off < cap), off, cap) - roughness);
        x3 = x2;
        x2 = clean;
        x1 = x0;

        lanes y = clean;
        UNROLL for (int k = 0; k < N_SECTIONS; k++) {
            const double *s = design->sections[k];
            const lanes in = y;
            y = SPLAT(s[0]) * in + z[2 * k];
            z[2 * k] = SPLAT(s[1]) * in - SPLAT(s[3]) * y + z[2 * k + 1];
            z[2 * k + 1] = SPLAT(s[2]) * in - SPLAT(s[4]) * y;
        }
        const double *w = wave + i * 2 * MAX_HARMONICS;
        for (int k = 0; k < 2 * n_harmonics; k++) y -= mains[k] * SPLAT(w[k]);
        const lanes above = SELECT((y < mains_clip), y, mains_clip);
        const lanes learn = mains_gain * SELECT((above > -mains_clip), above, -mains_clip);
        for (int k = 0; k < 2 * n_harmonics; k++) mains[k] += learn * SPLAT(w[k]);

        energy += y * y;
        *(lanes *)(band + i * row + column) = y;
        *(lanes *)(raw + i * row + column) = clean;
    }
#define STORE(r, value) (*(lanes *)(at + (r) * row) = (value))
    STORE(ROW_GOOD, good);
    STORE(ROW_X1, x1);
    STORE(ROW_X2, x2);
    STORE(ROW_X3, x3);
    STORE(ROW_ROUGHNESS, roughness);
    STORE(ROW_ENERGY, energy);
    STORE(ROW_BAD, bad);
    STORE(ROW_CHANGED, changed);
    UNROLL for (int k = 0; k < 2 * N_SECTIONS; k++) STORE(ROW_FILTER + k, z[k]);
    for (int k = 0; k < 2 * n_harmonics; k++) STORE(ROW_MAINS + k, mains[k]);
#undef LOAD
#undef STORE
}

#endif
