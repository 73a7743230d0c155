# cython: wraparound=False
# cython: cdivision=True
"""Follower of the mains: its harmonics, the steering of its frequency, and its relearning within a long burst.

The amplitudes are rows of the chain's state, which the chain updates sample by sample. All else changes between
segments.
"""

from libc.math cimport M_PI, fmax, fmin

from ._bank cimport tracker_bank
from ._chain cimport MAX_HARMONICS, ROW_MAINS, ROW_MAINS_GAIN, chain_design
from ._track cimport ACTIVE, tracker, tracker_design
from ._wave cimport mains_wave, relearn, retune_wave

cdef struct mains_follower:
    mains_wave wave
    double nominal              # frequency around which that of the mains is followed, in radians per sample
    Py_ssize_t relearn_samples


cdef inline int follow_orders(
    mains_follower *m, chain_design *chain, tracker_bank *bank, double radians_per_sample, list orders,
    double[:, ::1] state
) except -1:
    """Follow these orders, which are increasing, near a frequency; new ones start at amplitude zero."""
    cdef Py_ssize_t c
    cdef list followed = [chain.orders[k] for k in range(chain.n_harmonics)]
    retune_wave(
        &m.wave, m.wave.radians if radians_per_sample == m.nominal else radians_per_sample, MAX_HARMONICS
    )
    m.nominal = radians_per_sample
    for order in set(orders).difference(followed):
        state[ROW_MAINS + 2 * order - 2:ROW_MAINS + 2 * order, :] = 0.0
        if order == 1:
            for c in range(bank.n_channels):
                bank.tracks[c].last_mains[0] = bank.tracks[c].last_mains[1] = 0.0
    chain.n_harmonics = len(orders)
    if orders:
        m.relearn_samples = round(bank.design.relearn_cycles * 2.0 * M_PI / radians_per_sample)
    for k, order in enumerate(orders):
        chain.orders[k] = order
    return 0


cdef inline void steer_mains(
    mains_follower *m, const chain_design *chain, const tracker_bank *bank, const double[:, ::1] state
) noexcept nogil:
    """Change the mains' frequency by a share of the phase by which its fundamental turned in the last segment.

    All channels count by the power of their mains, and the noise limits the share where the mains is weak.
    """
    cdef Py_ssize_t c
    cdef double off = m.wave.radians - m.nominal, most = bank.design.mains_off
    cdef double now_cos, now_sin, last_cos, last_sin, turned = 0.0, power = 0.0
    for c in range(bank.n_channels):
        if state[ROW_MAINS_GAIN, c] > 0.0 and bank.tracks[c].local > 0.0:
            now_cos, now_sin = state[ROW_MAINS, c], state[ROW_MAINS + 1, c]
            last_cos, last_sin = bank.tracks[c].last_mains[0], bank.tracks[c].last_mains[1]
            turned += now_cos * last_sin - now_sin * last_cos
            power += last_cos * last_cos + last_sin * last_sin + bank.design.mains_doubt * bank.tracks[c].local
    if power > 0.0:
        off = fmin(fmax(off + bank.design.mains_pull * (turned / power), -most), most)
        retune_wave(&m.wave, m.nominal + off, chain.orders[chain.n_harmonics - 1])


cdef inline void change_step(
    tracker *t, const tracker_design *d, const double[:, ::1] state, Py_ssize_t channel
) noexcept nogil:
    """Learn the mains in larger steps while the fundamental changes in one direction, else in smaller ones.

    Changes that the noise makes are undone by the next ones; those of mains that changes faster than it is followed are
    continued.
    """
    cdef double cosine, sine, power, alike
    if state[ROW_MAINS_GAIN, channel] == 0.0:
        t.mains_step = d.least_step
        t.last_change[0] = t.last_change[1] = 0.0
        return
    cosine, sine = state[ROW_MAINS, channel] - t.last_mains[0], state[ROW_MAINS + 1, channel] - t.last_mains[1]
    power = cosine * cosine + sine * sine + t.last_change[0] * t.last_change[0] + t.last_change[1] * t.last_change[1]
    alike = 2.0 * (cosine * t.last_change[0] + sine * t.last_change[1]) / power if power > 0.0 else 0.0
    t.mains_step *= 1.0 + d.step_growth * (alike - d.steady_change)
    t.mains_step = fmin(fmax(t.mains_step, d.least_step), d.most_step)
    t.last_change[0], t.last_change[1] = cosine, sine


cdef inline void relearn_in_burst(
    const mains_follower *m, const chain_design *chain, const tracker_design *d, tracker *t, double[:, ::1] state,
    const double[:, ::1] band, long long stop, Py_ssize_t channel
) noexcept nogil:
    """Relearn the mains of a channel if its burst has consisted of mains alone for long."""
    cdef long long n_hops = t.n_hops - max(t.started, t.relearnt) - d.relearn_hops
    cdef bint is_long = t.phase == ACTIVE and n_hops * chain.hop_samples >= m.relearn_samples
    if chain.n_harmonics == 0 or not is_long:
        return
    if relearn(&m.wave, chain, &state[0, 0], band, stop, channel, m.relearn_samples, d.relearn_share):
        t.relearnt = t.n_hops
