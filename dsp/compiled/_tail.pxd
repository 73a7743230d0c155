"""Noise tail of one channel and the thresholds derived from it; see `dsp.thresholds.tail`."""

from libc.math cimport log

from ._track cimport IDLE, LONG_HOPS, TAIL_LEVELS, tracker, tracker_design


cdef inline double tail_level(const double *shape, double log_ratio) noexcept nogil:
    """Interpolate the shape of the tail."""
    cdef int at = <int> log_ratio
    if at > TAIL_LEVELS - 2:
        at = TAIL_LEVELS - 2
    return shape[at] + (log_ratio - at) * (shape[at + 1] - shape[at])


cdef inline void set_thresholds(tracker *t, const tracker_design *d) noexcept nogil:
    """Extrapolate the tail above the knee to the rates of candidates and of confirmations.

    The shape is that of Gaussian noise, scaled to the measured mean excess, and bent where the excesses scatter more
    than in Gaussian noise: to first order a generalised Pareto tail. What crosses the candidate threshold is a burst
    and is not counted, so the mean excess is corrected for it. Any noise with larger excesses also has more of them,
    and the mean excess is limited by their rate: a weak heart has few, large ones and must not raise the threshold
    above twitches. Once the heart is known, more excesses do not imply larger noise (`most_growth`).
    """
    cdef int k
    cdef double mean, growth, bend, candidates, confirmations, log_candidates, log_confirmations
    for k in range(2):
        confirmations = t.rate[k] * d.crossings_per_budget
        if confirmations < d.least_ratio:
            confirmations = d.least_ratio
        candidates = confirmations / d.candidate_factor
        if candidates < d.least_candidate_ratio:
            candidates = d.least_candidate_ratio
        log_confirmations = log(confirmations)
        log_candidates = log(candidates)
        mean = t.excess[k] / t.rate[k]
        bend = t.square[k] / (t.rate[k] * mean * mean * d.prior_square[k]) - 1.0 - d.free_bend
        if bend < 0.0:
            bend = 0.0
        if bend > d.most_bend:
            bend = d.most_bend
        mean = mean / (1.0 - log_candidates / (candidates - 1.0))
        if mean < d.least_excess * d.prior_excess[k]:
            mean = d.least_excess * d.prior_excess[k]
        growth = t.rate[k] / d.prior_rate[k] if t.rate[k] > d.prior_rate[k] else 1.0
        if growth > d.most_growth:
            growth = d.most_growth
        if mean > d.most_excess * d.prior_excess[k] * growth:
            mean = d.most_excess * d.prior_excess[k] * growth
        t.confirm[k] = d.knee[k] + mean * tail_level(d.shape[k], log_confirmations) * (
            1.0 + 0.5 * bend * log_confirmations
        )
        t.candidate[k] = d.knee[k] + mean * tail_level(d.shape[k], log_candidates) * (
            1.0 + 0.5 * bend * log_candidates
        )
        if t.confirm[k] > d.ceiling[k]:
            t.confirm[k] = d.ceiling[k]
        if t.candidate[k] > d.ceiling[k]:
            t.candidate[k] = d.ceiling[k]


cdef inline void count_tail(tracker *t, const tracker_design *d) noexcept nogil:
    """Add the peaks of the last block to the statistics of the tail."""
    cdef int k
    cdef double weight, over, is_over
    t.n_blocks += 1.0
    weight = 1.0 / (t.n_blocks if t.n_blocks < d.memory_blocks else d.memory_blocks)
    for k in range(2):
        over = t.last_peak[k] - d.knee[k]
        is_over = 1.0 if over > 0.0 else 0.0
        over = over if over > 0.0 else 0.0
        t.rate[k] += weight * (is_over - t.rate[k])
        t.excess[k] += weight * (over - t.excess[k])
        t.square[k] += weight * (over * over - t.square[k])
    t.stale_blocks += 1
    if t.stale_blocks == d.threshold_blocks:
        t.stale_blocks = 0
        set_thresholds(t, d)


cdef inline void step_tail(tracker *t, const tracker_design *d, const double *z, bint is_quiet) noexcept nogil:
    """Count the peaks of quiet blocks; a block counts once the block after it was quiet too.

    A block is quiet if no channel is in a burst: a heartbeat detected on one channel must not raise the tail of
    another, where it stays below the threshold. It is not quiet either where beats of a known heart are expected, which
    may stay below every threshold (`Kernel.leave_out`). Peaks are relative to the local floor, because a floor that has
    fallen below the resting baseline must not look like noise without a tail.
    """
    cdef int k
    cdef double over_local
    for k in range(2):
        t.block_peak[k] = z[k] if z[k] > t.block_peak[k] else t.block_peak[k]
    if t.phase != IDLE or not is_quiet:
        t.block_is_quiet = 0
    t.block_hops += 1
    if t.block_hops < LONG_HOPS:
        return
    if t.last_is_quiet and t.block_is_quiet:
        count_tail(t, d)
    over_local = t.floor / t.local if t.local > d.least_power else 1.0
    for k in range(2):
        t.last_peak[k] = t.block_peak[k] * over_local
        t.block_peak[k] = 0.0
    t.last_is_quiet = t.block_is_quiet
    t.block_is_quiet = 1
    t.block_hops = 0
