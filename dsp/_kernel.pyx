# cython: language_level=3
# cython: wraparound=False
# cython: cdivision=True
"""The chain that every sample passes, and the per-channel burst tracker that runs at each hop of about 4 ms.

Everything is clocked by samples and kept in explicit state, so that any chunking gives the same bits. The arithmetic of
each step is that of `dsp.reference`, in the same order.
"""

cimport cython
from libc.math cimport cos, log, sin, sqrt

import numpy as np

cdef extern from "_chain.h":
    enum: N_LANES
    enum: N_SECTIONS
    enum: MAX_HARMONICS
    enum: N_ROWS
    enum: ROW_GOOD
    enum: ROW_X1
    enum: ROW_X2
    enum: ROW_X3
    enum: ROW_ENERGY
    enum: ROW_BAD
    enum: ROW_CHANGED
    enum: ROW_MAINS_GAIN
    enum: ROW_MAINS_CLIP
    enum: ROW_FILTER
    enum: ROW_MAINS

    ctypedef struct chain_design:
        Py_ssize_t n_padded
        int n_harmonics
        double sections[N_SECTIONS][5]
        double glitch_ratio
        double roughness_step

    void chain_run(
        const chain_design *design, double *state, Py_ssize_t column, const double *full_scale, const double *x,
        Py_ssize_t x_stride, const unsigned char *valid, Py_ssize_t n_samples, const double *wave, double *band,
        double *raw,
    ) noexcept nogil


cdef enum:
    SHORT_HOPS = 3      # window of the short energy
    LONG_HOPS = 10      # window of the long energy, and of one block of the tail's statistics
    SLOT_HOPS = 6       # hops of one entry of the floor's window
    FLOOR_SLOTS = 64    # entries of the floor's window, about 1.5 s
    WAVE_SAMPLES = 64   # longest hop

cdef enum:
    IDLE = 0
    ACTIVE = 1
    TAIL = 2

cdef enum:
    KIND_START = 0
    KIND_END = 1
    KIND_CUT = 2

cdef struct tracker_design:
    double knee[2]              # energy over floor above which the tail is counted
    double prior_rate[2]        # share of blocks above the knee in Gaussian noise
    double prior_excess[2]      # mean excess above the knee in Gaussian noise
    double prior_blocks
    double memory_blocks
    double crossings_per_budget  # blocks, channels and scales per false alarm allowed
    double candidate_factor     # how many more candidates than confirmations
    double floor_gain           # mean power over the floor's quantile in Gaussian noise
    double peak_share           # share of a burst's own peak power that ends it
    double mains_step
    double mains_clip           # in RMS of the floor
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
    double local
    double rest
    double rest_sum
    double rest_low
    double rest_high
    int rest_n
    double rate[2]
    double excess[2]
    double n_blocks
    double block_peak[2]
    double last_peak[2]
    int block_hops
    int block_is_quiet
    int last_is_quiet
    double confirm[2]
    double candidate[2]
    int phase
    int guard
    int bad_run
    int flat_run
    int ready_run
    int prime
    long long n_hops
    long long n_usable
    long long started
    long long last_above
    double peak[2]
    double level[2]
    double tail_low

cdef struct mark:
    int kind
    int channel
    long long decided
    long long started
    long long last_above
    double margin
    double peak_short
    double floor_power


cdef inline void _floor_push(tracker *t, const tracker_design *d, double value) noexcept nogil:
    """Take one more entry into the floor's window and read its quantile."""
    cdef int at, n = t.window_n
    cdef double old
    if n < FLOOR_SLOTS:
        at = n
        t.window_n = n + 1
    else:
        old = t.window[t.window_at]
        at = 0
        while t.ordered[at] != old:
            at += 1
    while at > 0 and t.ordered[at - 1] > value:
        t.ordered[at] = t.ordered[at - 1]
        at -= 1
    while at < t.window_n - 1 and t.ordered[at + 1] < value and n == FLOOR_SLOTS:
        t.ordered[at] = t.ordered[at + 1]
        at += 1
    t.ordered[at] = value
    t.window[t.window_at] = value
    t.window_at = t.window_at + 1 if t.window_at + 1 < FLOOR_SLOTS else 0
    t.local = t.ordered[d.floor_rank * t.window_n // FLOOR_SLOTS] * d.floor_gain


cdef inline void _set_thresholds(tracker *t, const tracker_design *d) noexcept nogil:
    """Extrapolate the exponential tail above the knee to the budget's rate."""
    cdef int k
    cdef double mean_excess, ratio
    for k in range(2):
        mean_excess = t.excess[k] / t.rate[k]
        if mean_excess < 0.8 * d.prior_excess[k]:
            mean_excess = 0.8 * d.prior_excess[k]
        if mean_excess > 3.0 * d.prior_excess[k]:
            mean_excess = 3.0 * d.prior_excess[k]
        ratio = t.rate[k] * d.crossings_per_budget
        if ratio < 100.0:
            ratio = 100.0
        t.confirm[k] = d.knee[k] + mean_excess * log(ratio)
        t.candidate[k] = d.knee[k] + mean_excess * log(ratio / d.candidate_factor)


cdef inline void _tail_step(tracker *t, const tracker_design *d, const double *z, bint is_quiet) noexcept nogil:
    """Count the peaks of quiet blocks; a block counts once the one after it was quiet too.

    Quiet means that no channel at all is in a burst: a heartbeat that stands out on one channel must not lift the
    tail of another, where it stays below the threshold.
    """
    cdef int k
    cdef double weight
    for k in range(2):
        if z[k] > t.block_peak[k]:
            t.block_peak[k] = z[k]
    if t.phase != IDLE or not is_quiet:
        t.block_is_quiet = 0
    t.block_hops += 1
    if t.block_hops < LONG_HOPS:
        return
    if t.last_is_quiet and t.block_is_quiet:
        t.n_blocks += 1.0
        weight = 1.0 / (t.n_blocks if t.n_blocks < d.memory_blocks else d.memory_blocks)
        for k in range(2):
            if t.last_peak[k] > d.knee[k]:
                t.rate[k] += weight * (1.0 - t.rate[k])
                t.excess[k] += weight * (t.last_peak[k] - d.knee[k] - t.excess[k])
            else:
                t.rate[k] -= weight * t.rate[k]
                t.excess[k] -= weight * t.excess[k]
        _set_thresholds(t, d)
    for k in range(2):
        t.last_peak[k] = t.block_peak[k]
        t.block_peak[k] = 0.0
    t.last_is_quiet = t.block_is_quiet
    t.block_is_quiet = 1
    t.block_hops = 0


cdef inline void _rest_step(tracker *t, const tracker_design *d, double power) noexcept nogil:
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
        t.rest_n = 0


@cython.auto_pickle(False)  # the state holds pointers
cdef class Kernel:
    """Chain, floor, tail and bursts of all channels of one stream.

    Parameters
    ----------
    design : dsp.bands.KernelDesign
        Every number that the chain and the tracker need.
    """

    cdef chain_design _chain
    cdef tracker_design _design
    cdef Py_ssize_t _n_channels
    cdef Py_ssize_t _hop
    cdef Py_ssize_t _in_hop
    cdef Py_ssize_t _ring_rows
    cdef Py_ssize_t _ring_at
    cdef long long _index
    cdef int _n_marks
    cdef bint _is_quiet
    cdef unsigned char[::1] _mark_bytes
    cdef mark *_marks
    cdef double _wave[WAVE_SAMPLES * 2 * MAX_HARMONICS]
    cdef double _phasor[2 * MAX_HARMONICS]
    cdef double _turn[2 * MAX_HARMONICS]
    cdef double[:, ::1] _state
    cdef double[:, ::1] _band
    cdef double[:, ::1] _raw
    cdef double[:, ::1] _prime
    cdef double[:, ::1] _padded
    cdef double[::1] _full_scale
    cdef unsigned char[::1] _enabled
    cdef unsigned char[::1] _track_bytes
    cdef tracker *_tracks

    def __init__(self, design not None):
        cdef Py_ssize_t c, k, padded
        cdef const double[:, ::1] sections = design.sections
        cdef const double[::1] zi = design.section_rest
        self._n_channels = design.n_channels
        padded = (self._n_channels + N_LANES - 1) // N_LANES * N_LANES
        self._hop = design.hop_samples
        self._ring_rows = design.ring_hops * self._hop
        self._chain.n_padded = padded
        if sections.shape[0] != N_SECTIONS:
            raise ValueError(f"the band-pass must have {N_SECTIONS} sections, not {sections.shape[0]}")
        for k in range(N_SECTIONS):
            for c in range(5):
                self._chain.sections[k][c] = sections[k, c]
        self._chain.glitch_ratio = design.glitch_ratio
        self._chain.roughness_step = design.roughness_step
        self._state = np.zeros((N_ROWS, padded))
        self._band = np.zeros((self._ring_rows, padded))
        self._raw = np.zeros((self._ring_rows, padded))
        self._padded = np.zeros((self._hop, padded))
        self._prime = np.array(zi, np.float64, copy=True).reshape(1, -1)
        self._full_scale = np.full(padded, np.inf)
        self._enabled = np.zeros(padded, np.uint8)
        for c in range(self._n_channels):
            self._full_scale[c] = design.full_scale_uv[c]
            self._enabled[c] = design.enabled[c]
        self._take_tracker_design(design)
        self._track_bytes = np.zeros(padded * sizeof(tracker) + 16, np.uint8)
        self._tracks = <tracker *> ((<size_t> &self._track_bytes[0] + 15) // 16 * 16)
        self._mark_bytes = np.zeros(padded * sizeof(mark) + 16, np.uint8)  # a hop gives at most one a channel
        self._marks = <mark *> ((<size_t> &self._mark_bytes[0] + 15) // 16 * 16)
        for c in range(padded):
            self._reset_floor(&self._tracks[c])
            self._tracks[c].prime = 1
            self._state[ROW_MAINS_CLIP, c] = np.inf
        self.set_mains(0.0, 0)

    cdef void _take_tracker_design(self, design):
        cdef tracker_design *d = &self._design
        for k in range(2):
            d.knee[k] = design.knee[k]
            d.prior_rate[k] = design.prior_rate[k]
            d.prior_excess[k] = design.prior_excess[k]
        d.prior_blocks = design.prior_blocks
        d.memory_blocks = design.memory_blocks
        d.crossings_per_budget = design.crossings_per_budget
        d.candidate_factor = design.candidate_factor
        d.floor_gain = design.floor_gain
        d.peak_share = design.peak_share
        d.mains_step = design.mains_step
        d.mains_clip = design.mains_clip
        d.floor_rank = design.floor_rank
        d.hang_hops = design.hang_hops
        d.tail_hops = design.tail_hops
        d.guard_hops = design.guard_hops
        d.thaw_hops = design.thaw_hops
        d.ready_hops = design.ready_hops
        d.flat_hops = design.flat_hops
        d.forget_hops = design.forget_hops
        d.rest_hops = design.rest_hops

    @property
    def index(self):
        """Number of samples taken so far."""
        return self._index

    @property
    def hop_samples(self):
        """Samples of one hop."""
        return self._hop

    def run(self, const double[:, ::1] signal_uv not None, const unsigned char[::1] valid):
        """Take samples of shape (n_samples, n_channels) until all are taken or a hop has something to tell.

        Returns how many were taken, and the marks as tuples: whoever reads them sees the state of that very hop.
        """
        cdef Py_ssize_t n = signal_uv.shape[0], i = 0, m
        if n == 0:
            return 0, []
        if valid is not None and valid.shape[0] != n:
            raise ValueError(f"valid must tell of {n} samples, not {valid.shape[0]}")
        if signal_uv.shape[1] != self._n_channels:
            raise ValueError(f"the signal must have {self._n_channels} channels, not {signal_uv.shape[1]}")
        cdef const unsigned char *lost = NULL
        self._n_marks = 0
        with nogil:
            while i < n and self._n_marks == 0:
                m = self._hop - self._in_hop
                if m > n - i:
                    m = n - i
                if valid is not None:
                    lost = &valid[i]
                self._segment(&signal_uv[i, 0], lost, m)
                i += m
        return i, self._take_marks()

    cdef list _take_marks(self):
        return [
            (
                self._marks[k].kind, self._marks[k].channel, self._marks[k].decided, self._marks[k].started,
                self._marks[k].last_above, self._marks[k].margin, self._marks[k].peak_short,
                self._marks[k].floor_power,
            )
            for k in range(self._n_marks)
        ]

    cdef void _segment(self, const double *x, const unsigned char *valid, Py_ssize_t m) noexcept nogil:
        """Run at most one hop's samples through the chain, and the trackers where the hop ends."""
        cdef Py_ssize_t c, i, stride = self._n_channels
        if self._in_hop == 0:
            for c in range(self._n_channels):
                if self._tracks[c].prime:
                    self._prime_channel(c, x[c], valid)
        if stride % N_LANES != 0:
            for i in range(m):
                for c in range(stride):
                    self._padded[i, c] = x[i * stride + c]
            x = &self._padded[0, 0]
            stride = self._chain.n_padded
        self._advance_wave(m)
        c = 0
        while c < self._n_channels:
            chain_run(
                &self._chain, &self._state[0, 0], c, &self._full_scale[0], x + c, stride, valid, m, self._wave,
                &self._band[self._ring_at, 0], &self._raw[self._ring_at, 0],
            )
            c += N_LANES
        self._ring_at += m
        if self._ring_at == self._ring_rows:
            self._ring_at = 0
        self._index += m
        self._in_hop += m
        if self._in_hop == self._hop:
            self._in_hop = 0
            self._is_quiet = True
            for c in range(self._n_channels):
                if self._tracks[c].phase == ACTIVE:
                    self._is_quiet = False
            for c in range(self._n_channels):
                if self._enabled[c]:
                    self._hop_step(c)

    cdef void _advance_wave(self, Py_ssize_t m) noexcept nogil:
        """Write the mains waves of the next m samples."""
        cdef Py_ssize_t i, h
        cdef double a, b
        for i in range(m):
            for h in range(self._chain.n_harmonics):
                a = self._phasor[2 * h]
                b = self._phasor[2 * h + 1]
                self._wave[i * 2 * MAX_HARMONICS + 2 * h] = a
                self._wave[i * 2 * MAX_HARMONICS + 2 * h + 1] = b
                self._phasor[2 * h] = a * self._turn[2 * h] - b * self._turn[2 * h + 1]
                self._phasor[2 * h + 1] = b * self._turn[2 * h] + a * self._turn[2 * h + 1]

    cdef void _prime_channel(self, Py_ssize_t c, double x, const unsigned char *valid) noexcept nogil:
        """Set the filters to where a constant signal of this value would have brought them: no step, no ringing."""
        cdef Py_ssize_t k
        if not (x < self._full_scale[c] and x > -self._full_scale[c]):
            return
        if valid != NULL and not valid[0]:
            return
        self._tracks[c].prime = 0
        self._state[ROW_X1, c] = x
        self._state[ROW_X2, c] = x
        self._state[ROW_X3, c] = x
        for k in range(2 * N_SECTIONS):
            self._state[ROW_FILTER + k, c] = x * self._prime[0, k]

    cdef void _hop_step(self, Py_ssize_t c) noexcept nogil:
        """Judge the hop that ended, and step floor, tail and burst of one channel."""
        cdef tracker *t = &self._tracks[c]
        cdef const tracker_design *d = &self._design
        cdef double power = self._state[ROW_ENERGY, c] / self._hop
        cdef double z[2]
        cdef double total, floor_power
        cdef int is_bad = self._state[ROW_BAD, c] > 0.0, k
        t.flat_run = 0 if self._state[ROW_CHANGED, c] > 0.0 else t.flat_run + 1
        self._state[ROW_ENERGY, c] = 0.0
        self._state[ROW_BAD, c] = 0.0
        self._state[ROW_CHANGED, c] = 0.0
        t.n_hops += 1
        if is_bad or t.flat_run >= d.flat_hops:
            self._unusable(c)
            return
        t.bad_run = 0
        if t.guard > 0:
            t.guard -= 1
            return
        t.n_usable += 1
        t.ready_run += 1
        t.energy[t.energy_at] = power
        t.energy_at = t.energy_at + 1 if t.energy_at + 1 < LONG_HOPS else 0
        self._state[ROW_MAINS_GAIN, c] = d.mains_step
        if t.phase == IDLE or t.n_hops - t.started > d.thaw_hops or (t.phase == TAIL and t.tail_low < d.knee[0]):
            t.slot_sum += power
            t.slot_hops += 1
            if t.slot_hops == SLOT_HOPS:
                _floor_push(t, d, t.slot_sum / SLOT_HOPS)
                t.slot_sum = 0.0
                t.slot_hops = 0
                self._state[ROW_MAINS_CLIP, c] = d.mains_clip * sqrt(t.local)
        if t.filled < LONG_HOPS:
            t.filled += 1
            return
        if t.ready_run < d.ready_hops or t.window_n < FLOOR_SLOTS:
            return
        floor_power = t.local if t.local > t.rest else t.rest
        if floor_power < 1e-9:
            floor_power = 1e-9
        total = 0.0
        for k in range(LONG_HOPS):
            total += t.energy[k]
        z[1] = total / (LONG_HOPS * floor_power)
        total = 0.0
        for k in range(SHORT_HOPS):
            total += t.energy[(t.energy_at + LONG_HOPS - 1 - k) % LONG_HOPS]
        z[0] = total / (SHORT_HOPS * floor_power)
        self._burst_step(c, z, floor_power)
        _tail_step(t, d, z, self._is_quiet)
        if t.phase == IDLE:
            _rest_step(t, d, power)

    cdef void _unusable(self, Py_ssize_t c) noexcept nogil:
        """Cut a burst off, and wait for the filters to settle before this channel is used again."""
        cdef tracker *t = &self._tracks[c]
        if t.phase == ACTIVE:
            self._add_mark(c, KIND_CUT)
        t.phase = IDLE
        t.guard = self._design.guard_hops
        t.filled = 0
        t.prime = 1
        t.block_is_quiet = 0
        t.slot_sum = 0.0
        t.slot_hops = 0
        t.rest_n = 0
        t.bad_run += 1
        self._state[ROW_MAINS_GAIN, c] = 0.0
        if t.bad_run == self._design.forget_hops:
            self._reset_floor(t)

    cdef void _reset_floor(self, tracker *t) noexcept nogil:
        """Forget floor and tail, as at the start."""
        cdef int k
        t.window_n = 0
        t.window_at = 0
        t.local = 0.0
        t.slot_sum = 0.0
        t.slot_hops = 0
        t.ready_run = 0
        t.rest_n = 0
        t.n_blocks = self._design.prior_blocks
        t.block_hops = 0
        t.block_is_quiet = 0
        t.last_is_quiet = 0
        for k in range(2):
            t.rate[k] = self._design.prior_rate[k]
            t.excess[k] = self._design.prior_rate[k] * self._design.prior_excess[k]
            t.block_peak[k] = 0.0
            t.last_peak[k] = 0.0
        _set_thresholds(t, &self._design)

    cdef void _burst_step(self, Py_ssize_t c, const double *z, double floor_power) noexcept nogil:
        """Open, follow and close the burst of one channel."""
        cdef tracker *t = &self._tracks[c]
        cdef const tracker_design *d = &self._design
        cdef double leave
        cdef int k
        if t.phase == TAIL:
            if z[0] < t.tail_low:
                t.tail_low = z[0]
            if z[0] < d.knee[0]:
                if t.n_hops - t.last_above >= d.tail_hops:
                    t.phase = IDLE
            elif z[0] >= t.candidate[0] and z[0] >= 8.0 * t.tail_low and z[0] >= d.peak_share * t.peak[0]:
                self._open(c, z)
        elif t.phase == IDLE:
            if z[0] >= t.candidate[0] or z[1] >= t.candidate[1]:
                self._open(c, z)
        else:
            for k in range(2):
                if z[k] > t.peak[k]:
                    t.peak[k] = z[k]
            leave = d.peak_share * t.peak[0]
            if leave < d.knee[0]:
                leave = d.knee[0]
            if z[0] > leave:
                t.last_above = t.n_hops
            elif t.n_hops - t.last_above >= d.hang_hops:
                self._add_mark(c, KIND_END)
                t.phase = TAIL
                t.tail_low = z[0]

    cdef void _open(self, Py_ssize_t c, const double *z) noexcept nogil:
        cdef tracker *t = &self._tracks[c]
        cdef int k
        t.phase = ACTIVE
        t.started = t.n_hops
        t.last_above = t.n_hops
        for k in range(2):
            t.peak[k] = z[k]
            t.level[k] = t.confirm[k]
        self._add_mark(c, KIND_START)

    cdef void _add_mark(self, Py_ssize_t c, int kind) noexcept nogil:
        cdef tracker *t = &self._tracks[c]
        cdef mark *m = &self._marks[self._n_marks]
        cdef double short_margin = t.peak[0] / t.level[0], long_margin = t.peak[1] / t.level[1]
        self._n_marks += 1
        m.kind = kind
        m.channel = c
        m.decided = self._index - 1
        m.started = self._index - 1 - (t.n_hops - t.started) * self._hop
        m.last_above = self._index - 1 - (t.n_hops - t.last_above) * self._hop
        m.margin = short_margin if short_margin > long_margin else long_margin
        m.peak_short = t.peak[0]
        m.floor_power = t.local if t.local > t.rest else t.rest

    def open_bursts(self):
        """Close what is open, as at the end of the signal; return the marks as tuples."""
        cdef Py_ssize_t c
        self._n_marks = 0
        for c in range(self._n_channels):
            if self._tracks[c].phase == ACTIVE:
                self._add_mark(c, KIND_END)
                self._tracks[c].phase = IDLE
        return self._take_marks()

    def set_mains(self, double radians_per_sample, int n_harmonics):
        """Follow mains of this frequency and its harmonics; harmonics that are new start from zero."""
        cdef Py_ssize_t h, c
        if not 0 <= n_harmonics <= MAX_HARMONICS:
            raise ValueError(f"at most {MAX_HARMONICS} harmonics are followed, not {n_harmonics}")
        for h in range(MAX_HARMONICS):
            self._turn[2 * h] = cos((h + 1) * radians_per_sample)
            self._turn[2 * h + 1] = sin((h + 1) * radians_per_sample)
            if h >= self._chain.n_harmonics:
                self._phasor[2 * h] = 1.0
                self._phasor[2 * h + 1] = 0.0
                for c in range(self._chain.n_padded):
                    self._state[ROW_MAINS + 2 * h, c] = 0.0
                    self._state[ROW_MAINS + 2 * h + 1, c] = 0.0
            else:
                scale = 1.0 / sqrt(self._phasor[2 * h] ** 2 + self._phasor[2 * h + 1] ** 2)
                self._phasor[2 * h] *= scale
                self._phasor[2 * h + 1] *= scale
        self._chain.n_harmonics = n_harmonics

    def mains(self):
        """Return cosine and sine amplitudes in µV, shape (n_channels, 2 * n_harmonics)."""
        rows = np.asarray(self._state)[ROW_MAINS:ROW_MAINS + 2 * self._chain.n_harmonics, :self._n_channels]
        return rows.T.copy()

    def band(self, long long start, long long stop):
        """Return band-passed samples [start, stop) in µV, shape (n, n_channels); zeros where the ring has none."""
        return self._read(np.asarray(self._band), start, stop)

    def raw(self, long long start, long long stop):
        """Return de-glitched unfiltered samples [start, stop) in µV, shape (n, n_channels)."""
        return self._read(np.asarray(self._raw), start, stop)

    cdef _read(self, ring, long long start, long long stop):
        # The de-glitcher decides one sample late: the row written for sample n holds sample n - 1.
        first, last = start + 1, stop + 1
        low = max(first, self._index - self._ring_rows, 0)
        high = min(last, self._index)
        out = np.zeros((max(0, stop - start), self._n_channels))
        if high <= low:
            return out
        rows = self._ring_rows
        a, b = low % rows, high - low
        head = min(b, rows - a)
        out[low - first:low - first + head] = ring[a:a + head, :self._n_channels]
        if b > head:
            out[low - first + head:high - first] = ring[:b - head, :self._n_channels]
        return out

    def floor_power(self):
        """Return the local floor in µV², shape (n_channels,); 0 before there is one."""
        return np.array([self._tracks[c].local for c in range(self._n_channels)])

    def rest_power(self):
        """Return the resting baseline in µV², shape (n_channels,); 0 where it is not learnt."""
        return np.array([self._tracks[c].rest for c in range(self._n_channels)])

    def thresholds(self):
        """Return confirmation thresholds over the floor's power, shape (n_channels, 2): short and long window."""
        return np.array([[self._tracks[c].confirm[k] for k in range(2)] for c in range(self._n_channels)])

    def tail(self):
        """Return rate and mean excess above the knee, shape (n_channels, 4), short then long window."""
        return np.array([
            [self._tracks[c].rate[0], self._tracks[c].excess[0], self._tracks[c].rate[1], self._tracks[c].excess[1]]
            for c in range(self._n_channels)
        ])

    def usable_fraction(self):
        """Return the share of hops that were usable, shape (n_channels,)."""
        return np.array([
            <double> self._tracks[c].n_usable / self._tracks[c].n_hops if self._tracks[c].n_hops else 1.0
            for c in range(self._n_channels)
        ])

    def burst_peaks(self):
        """Return the largest short-window power over the floor of each burst now open, 0 elsewhere, (n_channels,)."""
        return np.array([
            self._tracks[c].peak[0] if self._tracks[c].phase == ACTIVE else 0.0 for c in range(self._n_channels)
        ])

    def is_usable(self):
        """Return which channels are usable now, bool of shape (n_channels,)."""
        return np.array([
            self._tracks[c].guard == 0 and self._tracks[c].bad_run == 0 and self._tracks[c].ready_run > 0
            for c in range(self._n_channels)
        ], np.bool_)
