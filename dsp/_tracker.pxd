"""Floor, tail, thresholds, resting baseline and burst of one channel, stepped once a hop of about 4 ms.

The arithmetic is that of `dsp.reference.SlowTracker`, in the same order. Functions stand here, and not in a .pyx, so
that the compiler sees them where they are called.
"""

cimport cython
from libc.math cimport INFINITY, log
from libc.string cimport memmove

cdef enum:
    SHORT_HOPS = 3      # window of the short energy
    LONG_HOPS = 10      # window of the long energy, and of one block of the tail's statistics
    SLOT_HOPS = 6       # hops of one entry of the floor's window
    FLOOR_SLOTS = 64    # entries of the floor's window, about 1.5 s
    TAIL_LEVELS = 24    # natural logarithms of rate over which the tail's shape is tabulated
    THRESHOLD_BLOCKS = 8  # thresholds follow the tail's statistics at every so many blocks

cdef enum:
    IDLE = 0
    ACTIVE = 1
    TAIL = 2

cdef enum:
    KIND_NONE = -1
    KIND_START = 0
    KIND_END = 1
    KIND_CUT = 2

cdef struct tracker_design:
    double knee[2]              # energy over floor above which the tail is counted
    double prior_rate[2]        # share of blocks above the knee in Gaussian noise
    double prior_excess[2]      # mean excess above the knee in Gaussian noise
    double prior_square[2]      # mean square of that excess over the square of its mean
    double shape[2][TAIL_LEVELS]  # in mean excesses: level exceeded exp(-index) times as often as the knee
    double prior_blocks
    double memory_blocks
    double crossings_per_budget  # blocks, channels and scales per false alarm allowed
    double free_bend            # by how much excesses may scatter more than in Gaussian noise without a meaning
    double most_bend
    double most_excess          # mean excess over that of Gaussian noise that so much noise above the knee allows
    double most_growth          # of that with more noise above the knee
    double ceiling[2]           # no threshold lies higher
    double candidate_factor     # how many more candidates than confirmations
    double floor_gain           # mean power over the floor's quantile in Gaussian noise
    double peak_share           # share of a burst's own peak power that ends it
    double most_rest            # of the local floor: a resting baseline that lies higher was no rest, or is sure
    double mains_step
    double mains_clip           # in RMS of the floor
    double per_hop              # one over the samples of a hop
    int floor_rank
    int hang_hops
    int tail_hops
    int guard_hops
    int thaw_hops
    int ready_hops
    int flat_hops
    int forget_hops
    int rest_hops

cdef struct tracker:
    double energy[LONG_HOPS]
    int energy_at
    int filled
    double slot_sum
    int slot_hops
    double window[FLOOR_SLOTS]
    double ordered[FLOOR_SLOTS]
    int window_at
    int window_n
    double least                # power of the noise that the converter's rounding makes
    double local                # floor of the last seconds
    double floor                # the larger of that and the resting baseline
    double scale[2]             # from summed energy to power over floor
    double rest
    int rest_is_sure            # a later rest was like it
    double rest_sum
    double rest_low
    double rest_high
    int rest_n
    double rate[2]
    double excess[2]
    double square[2]
    double n_blocks
    double block_peak[2]
    double last_peak[2]
    int block_hops
    int block_is_quiet
    int last_is_quiet
    int stale_blocks
    double confirm[2]
    double candidate[2]
    int phase
    int guard
    int bad_run
    int flat_run
    int ready_run
    int must_prime              # the chain has no state yet; it gets one at the start of a segment
    double mains_gain           # for the chain's next segment
    long long n_hops
    long long n_usable
    long long started
    long long last_above
    double peak[2]
    double level[2]
    double tail_low


cdef inline double resting(const tracker *t, const tracker_design *d) noexcept nogil:
    """Return the resting baseline; far above the local floor one that no later rest was like may have been none."""
    cdef double most = d.most_rest * t.local
    return most if 0.0 < most < t.rest and not t.rest_is_sure else t.rest


cdef inline void set_floor(tracker *t, const tracker_design *d) noexcept nogil:
    """Work out what depends on local floor and resting baseline."""
    cdef double rest = resting(t, d)
    t.floor = t.local if t.local > rest else rest
    if t.floor < 1e-9:
        t.floor = 1e-9
    t.scale[0] = 1.0 / (SHORT_HOPS * t.floor)
    t.scale[1] = 1.0 / (LONG_HOPS * t.floor)


cdef inline int rank_of(const double *ordered, double value) noexcept nogil:
    """Return how many of the floor's window are smaller; without branches, which could not be foreseen."""
    cdef int at = 0, step = FLOOR_SLOTS // 2
    while step > 0:
        at += step if ordered[at + step - 1] < value else 0
        step //= 2
    return at + (1 if ordered[at] < value else 0)


cdef inline void push_floor(tracker *t, const tracker_design *d, double value) noexcept nogil:
    """Take one more entry into the floor's window and read its quantile."""
    cdef int old, new = rank_of(t.ordered, value)
    if t.window_n < FLOOR_SLOTS:
        old = t.window_n
        t.window_n += 1
    else:
        old = rank_of(t.ordered, t.window[t.window_at])
    if new > old:
        new -= 1
        memmove(&t.ordered[old], &t.ordered[old + 1], (new - old) * sizeof(double))
    else:
        memmove(&t.ordered[new + 1], &t.ordered[new], (old - new) * sizeof(double))
    t.ordered[new] = value
    t.window[t.window_at] = value
    t.window_at = t.window_at + 1 if t.window_at + 1 < FLOOR_SLOTS else 0
    t.local = t.ordered[d.floor_rank * t.window_n // FLOOR_SLOTS] * d.floor_gain
    if t.local < t.least:
        t.local = t.least
    set_floor(t, d)


cdef inline double tail_level(const double *shape, double log_ratio) noexcept nogil:
    """Interpolate the tail's shape."""
    cdef int at = <int> log_ratio
    if at > TAIL_LEVELS - 2:
        at = TAIL_LEVELS - 2
    return shape[at] + (log_ratio - at) * (shape[at + 1] - shape[at])


cdef inline void set_thresholds(tracker *t, const tracker_design *d) noexcept nogil:
    """Extrapolate the tail above the knee to the rates of candidates and of confirmations.

    The shape is that of Gaussian noise, stretched to the mean excess measured, and bent where the excesses scatter
    more than those of Gaussian noise: to first order that of a generalised Pareto tail. What crosses the candidates'
    threshold is a burst and not counted: the mean excess is corrected for that. Noise of any kind that has larger
    excesses has more of them; a weak heart has few and large ones, and must not lift the threshold over twitches. Where
    the heart is known, more of them stand for no larger noise (`most_growth`).
    """
    cdef int k
    cdef double mean, growth, bend, candidates, confirmations, log_candidates, log_confirmations
    for k in range(2):
        confirmations = t.rate[k] * d.crossings_per_budget
        if confirmations < 60.0:
            confirmations = 60.0
        candidates = confirmations / d.candidate_factor
        if candidates < 12.0:
            candidates = 12.0
        log_confirmations = log(confirmations)
        log_candidates = log(candidates)
        mean = t.excess[k] / t.rate[k]
        bend = t.square[k] / (t.rate[k] * mean * mean * d.prior_square[k]) - 1.0 - d.free_bend
        if bend < 0.0:
            bend = 0.0
        if bend > d.most_bend:
            bend = d.most_bend
        mean = mean / (1.0 - log_candidates / (candidates - 1.0))
        if mean < 0.8 * d.prior_excess[k]:
            mean = 0.8 * d.prior_excess[k]
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
    """Take the last block's peaks into the tail's statistics."""
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
    if t.stale_blocks == THRESHOLD_BLOCKS:
        t.stale_blocks = 0
        set_thresholds(t, d)


cdef inline void step_tail(tracker *t, const tracker_design *d, const double *z, bint is_quiet) noexcept nogil:
    """Count the peaks of quiet blocks; a block counts once the one after it was quiet too.

    Quiet means that no channel at all is in a burst: a heartbeat that stands out on one channel must not lift the
    tail of another, where it stays below the threshold. Peaks are counted over the local floor, because a baseline
    that has fallen below the resting one must not look like noise without a tail.
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
    over_local = t.floor / t.local if t.local > 1e-9 else 1.0
    for k in range(2):
        t.last_peak[k] = t.block_peak[k] * over_local
        t.block_peak[k] = 0.0
    t.last_is_quiet = t.block_is_quiet
    t.block_is_quiet = 1
    t.block_hops = 0


cdef inline void learn_rest(tracker *t, const tracker_design *d, double power) noexcept nogil:
    """Learn the resting baseline from steady seconds without bursts; a clearly quieter rest replaces it."""
    if t.rest_n == 0:
        t.rest_low = t.local
        t.rest_high = t.local
        t.rest_sum = 0.0
    if t.local < t.rest_low:
        t.rest_low = t.local
    if t.local > t.rest_high:
        t.rest_high = t.local
    if t.rest_high > 3.0 * t.rest_low:
        t.rest_n = 0
        return
    t.rest_sum += power
    t.rest_n += 1
    if t.rest_n >= d.rest_hops:
        power = t.rest_sum / t.rest_n
        if t.rest == 0.0 or power < 0.5 * t.rest:
            t.rest = power
            t.rest_is_sure = 0
            set_floor(t, d)
        elif power < 2.0 * t.rest and not t.rest_is_sure:
            t.rest_is_sure = 1
            set_floor(t, d)
        t.rest_n = 0


cdef inline void reset_floor(tracker *t, const tracker_design *d) noexcept nogil:
    """Forget floor and tail, as at the start."""
    cdef int k
    for k in range(FLOOR_SLOTS):
        t.ordered[k] = INFINITY
    t.window_n = 0
    t.window_at = 0
    t.local = 0.0
    t.slot_sum = 0.0
    t.slot_hops = 0
    t.ready_run = 0
    t.rest_n = 0
    t.n_blocks = d.prior_blocks
    t.block_hops = 0
    t.block_is_quiet = 0
    t.last_is_quiet = 0
    t.stale_blocks = 0
    for k in range(2):
        t.rate[k] = d.prior_rate[k]
        t.excess[k] = d.prior_rate[k] * d.prior_excess[k]
        t.square[k] = t.excess[k] * d.prior_excess[k] * d.prior_square[k]
        t.block_peak[k] = 0.0
        t.last_peak[k] = 0.0
    set_floor(t, d)
    set_thresholds(t, d)


cdef inline int end_usable(tracker *t, const tracker_design *d) noexcept nogil:
    """Cut a burst off, and wait for the filters to settle before this channel is used again."""
    cdef int kind = KIND_CUT if t.phase == ACTIVE else KIND_NONE
    t.phase = IDLE
    t.guard = d.guard_hops
    t.filled = 0
    t.must_prime = 1
    t.block_is_quiet = 0
    t.slot_sum = 0.0
    t.slot_hops = 0
    t.rest_n = 0
    t.bad_run += 1
    t.mains_gain = 0.0
    if t.bad_run == d.forget_hops:
        reset_floor(t, d)
    return kind


cdef inline int open_burst(tracker *t, const double *z) noexcept nogil:
    cdef int k
    t.phase = ACTIVE
    t.started = t.n_hops
    t.last_above = t.n_hops
    for k in range(2):
        t.peak[k] = z[k]
        t.level[k] = t.confirm[k]
    return KIND_START


cdef inline int step_burst(tracker *t, const tracker_design *d, const double *z) noexcept nogil:
    """Open, follow and close the burst; return the kind of mark."""
    cdef double leave
    cdef int k
    if t.phase == IDLE:
        if z[0] >= t.candidate[0] or z[1] >= t.candidate[1]:
            return open_burst(t, z)
        return KIND_NONE
    if t.phase == TAIL:
        if z[0] < t.tail_low:
            t.tail_low = z[0]
        if z[0] < d.knee[0]:
            if t.n_hops - t.last_above >= d.tail_hops:
                t.phase = IDLE
        elif z[0] >= t.candidate[0] and z[0] >= 8.0 * t.tail_low and z[0] >= d.peak_share * t.peak[0]:
            return open_burst(t, z)
        return KIND_NONE
    for k in range(2):
        if z[k] > t.peak[k]:
            t.peak[k] = z[k]
    leave = d.peak_share * t.peak[0]
    if leave < d.knee[0]:
        leave = d.knee[0]
    if z[0] > leave:
        t.last_above = t.n_hops
    elif t.n_hops - t.last_above >= d.hang_hops:
        t.phase = TAIL
        t.tail_low = z[0]
        return KIND_END
    return KIND_NONE


@cython.cdivision(True)
cdef inline int step_hop(
    tracker *t, const tracker_design *d, double energy, bint is_bad, bint has_changed, bint is_quiet
) noexcept nogil:
    """Judge the hop that ended, and step floor, tail and burst; return the kind of mark."""
    cdef double power = energy * d.per_hop
    cdef double z[2]
    cdef double *e = t.energy
    cdef int kind, last
    t.flat_run = 0 if has_changed else t.flat_run + 1
    t.n_hops += 1
    if is_bad or t.must_prime or t.flat_run >= d.flat_hops:
        return end_usable(t, d)
    t.bad_run = 0
    if t.guard > 0:
        t.guard -= 1
        return KIND_NONE
    t.n_usable += 1
    t.ready_run += 1
    last = t.energy_at
    e[last] = power
    t.energy_at = last + 1 if last + 1 < LONG_HOPS else 0
    t.mains_gain = d.mains_step
    if t.phase == IDLE or t.n_hops - t.started > d.thaw_hops or (t.phase == TAIL and t.tail_low < d.knee[0]):
        t.slot_sum += power
        t.slot_hops += 1
        if t.slot_hops == SLOT_HOPS:
            push_floor(t, d, t.slot_sum / SLOT_HOPS)
            t.slot_sum = 0.0
            t.slot_hops = 0
    if t.filled < LONG_HOPS:
        t.filled += 1
        return KIND_NONE
    if t.ready_run < d.ready_hops or t.window_n < FLOOR_SLOTS:
        return KIND_NONE
    z[0] = e[last] + e[last - 1 if last >= 1 else last + LONG_HOPS - 1]
    z[0] = (z[0] + e[last - 2 if last >= 2 else last + LONG_HOPS - 2]) * t.scale[0]
    z[1] = (((e[0] + e[1]) + (e[2] + e[3])) + ((e[4] + e[5]) + (e[6] + e[7])) + (e[8] + e[9])) * t.scale[1]
    kind = step_burst(t, d, z)
    step_tail(t, d, z, is_quiet)
    if t.phase == IDLE:
        learn_rest(t, d, power)
    return kind
