/* Signal chain for the channels of one vector. No include guard: `_chain.h` includes this once for each width.

   LANES: channels side by side; CHAIN_RUN: name of the function; TARGET: its attribute. */
#include "_lanes_begin.h"

/* Run a piece of LANES channels from `column` on through the chain. */
TARGET static void CHAIN_RUN(const chain_design *design, double *state, ptrdiff_t column, const double *full_scale,
                             const chain_piece *piece)
{
    const ptrdiff_t row = design->n_padded;
    double *const at = state + column;
#define LOAD(r) (*(const lanes *)(at + (r) * row))
#define STORE(r, value) (*(lanes *)(at + (r) * row) = (value))
#define MAINS_ROW(k) (ROW_MAINS + 2 * (design->orders[(k) / 2] - 1) + (k) % 2)
    lanes good = LOAD(ROW_GOOD), x1 = LOAD(ROW_X1), x2 = LOAD(ROW_X2), x3 = LOAD(ROW_X3);
    lanes roughness = LOAD(ROW_ROUGHNESS), energy = LOAD(ROW_ENERGY);
    lane_mask bad = LOAD(ROW_BAD) > SPLAT(0.0), changed = LOAD(ROW_CHANGED) > SPLAT(0.0);
    const lanes mains_gain = LOAD(ROW_MAINS_GAIN), mains_clip = LOAD(ROW_MAINS_CLIP);
    const lanes limit = *(const lanes *)(full_scale + column);
    const lanes one = SPLAT(1.0), half = SPLAT(0.5);
    const lanes ratio = SPLAT(design->glitch_ratio), step = SPLAT(design->roughness_step);
    const lanes share = SPLAT(design->apart_share);
    const lanes least = SPLAT(0.5) + SPLAT(design->glitch_counts) * LOAD(ROW_COUNT);
    const int n_harmonics = design->n_harmonics;
    const double *x = piece->x + column, *w = piece->wave;
    double *band = piece->band + column, *raw = piece->raw + column, *hop = piece->hops + column;
    ptrdiff_t hop_end = design->hop_samples - piece->in_hop;
    const lanes rough = SPLAT(design->bridge_share) * mains_clip;
    int was_lost = piece->was_lost;
    lanes z[2 * N_SECTIONS], mains[2 * MAX_HARMONICS];
    UNROLL for (int k = 0; k < 2 * N_SECTIONS; k++) z[k] = LOAD(ROW_FILTER + k);
    for (int k = 0; k < 2 * n_harmonics; k++) mains[k] = LOAD(MAINS_ROW(k));

    for (ptrdiff_t i = 0; i < piece->n_samples; i++) {
        /* Replace a sample that is NaN, railed or lost by the last good one. */
        const lanes given = *(const lanes *)x;
        const int is_lost = piece->valid && !piece->valid[i];
        lane_mask ok = MAGNITUDE(given) < limit, is_bad = NOT(ok);
        if (is_lost) {
            /* A single one is bridged below, unless samples differ too much from their neighbours (strong mains). */
            is_bad = roughness > rough;
            if (was_lost) is_bad = NOT(NO_LANES);
            ok = NO_LANES;
        }
        const lanes x0 = SELECT(ok, given, good);
        bad |= is_bad;
        changed |= (x0 != good);
        good = x0;

        /* De-glitch the previous sample: a glitch is far from its neighbours, which agree among themselves. A step of a
           coarse converter is no glitch, and neither is a peak within a burst. */
        const lanes between = half * (x2 + x0);
        const lanes off = MAGNITUDE(x1 - between);
        const lanes apart = share * off + (roughness + roughness);
        const lane_mask glitch = (off > ratio * roughness + least) & (MAGNITUDE(x0 - x2) < apart)
                                 & (MAGNITUDE(x2 - x3) < apart);
        lanes clean = SELECT(glitch, between, x1);
        if (was_lost) clean = between;
        was_lost = is_lost;
        const lanes cap = SPLAT(3.0) * roughness + SPLAT(0.1);
        roughness += step * (SELECT((off < cap), off, cap) - roughness);
        x3 = x2;
        x2 = clean;
        x1 = x0;

        lanes y = SPLAT(design->gain) * clean;
        UNROLL for (int k = 0; k < N_SECTIONS; k++) {
            const lanes in = y;
            y = in - z[2 * k];
            z[2 * k] = SPLAT(design->sections[k][0]) * y + z[2 * k + 1];
            z[2 * k + 1] = SPLAT(design->sections[k][1]) * y + in;
        }
        for (int h = 0; h < n_harmonics; h++)
            y -= mains[2 * h] * SPLAT(w[2 * h]) + mains[2 * h + 1] * SPLAT(w[2 * h + 1]);
        const lanes above = SELECT((y < mains_clip), y, mains_clip);
        const lanes learn = WHERE(ok, mains_gain * SELECT((above > -mains_clip), above, -mains_clip));
        for (int k = 0; k < 2 * n_harmonics; k++) mains[k] += learn * SPLAT(w[k]);

        energy += y * y;
        *(lanes *)band = y;
        *(lanes *)raw = clean;
        if (i + 1 == hop_end) {
            *(lanes *)(hop + HOP_ENERGY * row) = energy;
            *(lanes *)(hop + HOP_BAD * row) = WHERE(bad, one);
            *(lanes *)(hop + HOP_CHANGED * row) = WHERE(changed, one);
            hop += N_HOP_ROWS * row;
            hop_end += design->hop_samples;
            energy = SPLAT(0.0);
            bad = changed = NO_LANES;
        }
        x += piece->x_stride;
        w += 2 * n_harmonics;
        band += row;
        raw += row;
    }
    STORE(ROW_GOOD, good);
    STORE(ROW_X1, x1);
    STORE(ROW_X2, x2);
    STORE(ROW_X3, x3);
    STORE(ROW_ROUGHNESS, roughness);
    STORE(ROW_ENERGY, energy);
    STORE(ROW_BAD, WHERE(bad, one));
    STORE(ROW_CHANGED, WHERE(changed, one));
    UNROLL for (int k = 0; k < 2 * N_SECTIONS; k++) STORE(ROW_FILTER + k, z[k]);
    for (int k = 0; k < 2 * n_harmonics; k++) STORE(MAINS_ROW(k), mains[k]);
#undef LOAD
#undef STORE
#undef MAINS_ROW
}

#include "_lanes_end.h"
#undef CHAIN_RUN
#undef TARGET
