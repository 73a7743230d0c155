# cython: language_level=3
# cython: wraparound=False
# cython: cdivision=True
"""Signal chain, which processes every sample, and burst trackers, which run per channel once a hop of about 4 ms.

Everything is timed in samples and kept in explicit state, so that any chunking gives bit-identical results. The chain
runs ahead of the trackers by up to one segment of hops. What the trackers pass to the chain (mains follower,
priming) takes effect at the start of the next segment, wherever blocks end. The arithmetic of each step is that of
`dsp.slow_twins.kernel`, in the same order.
"""

cimport cython
from libc.math cimport INFINITY, M_PI

import numpy as np

from ._bank cimport close_bursts, step_trackers, tracker_bank
from ._chain cimport (
    HOP_BAD, HOP_CHANGED, HOP_ENERGY, MAX_HARMONICS, N_HOP_ROWS, N_ROWS, PADDED_LANES, ROW_FINEST, chain_design,
    chain_find_count, chain_piece, chain_run,
)
from ._design cimport read_chain, read_tracker
from ._lanes cimport widest_vector
from ._mains cimport change_step, follow_orders, mains_follower, relearn_in_burst, steer_mains
from ._mark cimport mark, mark_fields
from ._readout cimport (
    read_floor, read_peaks, read_rest, read_tail, read_thresholds, read_usable, read_usable_fraction, settle_levels,
)
from ._ring cimport add_sums, read_column, read_rows
from ._segment cimport pass_mains, prime_filters, take_count
from ._track cimport LONG_HOPS, tracker
from ._tracker cimport reset_floor
from ._wave cimport PIECE_SAMPLES, advance_wave, begin_wave


def widest_lanes():
    """Return the number of channels in the widest vector of this build and processor: 1, 2 or 4."""
    return widest_vector()


@cython.auto_pickle(False)  # the state holds pointers
cdef class Kernel:
    """Signal chain, floor, noise tail and bursts of all channels of one stream.

    Parameters
    ----------
    design : dsp.thresholds.kernel_design.KernelDesign
        Parameters of the chain and of the trackers.
    n_lanes : int, optional
        Channels that the chain processes side by side: 1, 2 or 4, at most and by default `widest_lanes`. Results do not
        depend on it.

    Raises
    ------
    ValueError
        If `n_lanes` is not supported, or the band-pass of the design does not have four sections.
    """

    cdef chain_design _chain
    cdef mains_follower _mains
    cdef tracker_bank _bank
    cdef int _n_lanes
    cdef Py_ssize_t _n_channels
    cdef Py_ssize_t _ring_rows
    cdef Py_ssize_t _segment
    cdef Py_ssize_t _count_segments  # first segments, in all of which the smallest step is searched for
    cdef Py_ssize_t _count_every     # later it is searched for in one segment of this many
    cdef Py_ssize_t _hop_at         # next hop for the trackers, of those that the chain has completed
    cdef Py_ssize_t _n_hops_ended
    cdef int _was_lost              # whether the last sample was lost
    cdef long long _chain_index
    cdef long long _index
    cdef double[:, ::1] _state
    cdef double[:, ::1] _band
    cdef double[:, ::1] _raw
    cdef double[:, ::1] _padded
    cdef double[:, :, ::1] _hops
    cdef double[::1] _full_scale
    cdef unsigned char[::1] _track_bytes  # memory of the bank's trackers and marks
    cdef unsigned char[::1] _mark_bytes

    def __init__(self, design not None, int n_lanes=0):
        cdef Py_ssize_t c, padded
        self._n_lanes = n_lanes or widest_vector()
        if self._n_lanes not in (1, 2, 4) or self._n_lanes > widest_vector():
            raise ValueError(f"the chain takes 1, 2 or 4 channels side by side, here at most {widest_vector()}")
        self._n_channels = design.n_channels
        padded = (self._n_channels + PADDED_LANES - 1) // PADDED_LANES * PADDED_LANES
        read_chain(&self._chain, design, padded)
        read_tracker(&self._bank.design, design)
        self._bank.n_channels, self._bank.hop_samples = self._n_channels, design.hop_samples
        self._segment = design.segment_hops * self._chain.hop_samples
        self._count_segments, self._count_every = design.count_segments, design.count_every
        self._ring_rows = (design.ring_hops // design.segment_hops + 2) * self._segment
        self._state = np.zeros((N_ROWS, padded))
        self._state[ROW_FINEST, :] = INFINITY
        self._band = np.zeros((self._ring_rows, padded))
        self._raw = np.zeros((self._ring_rows, padded))
        self._padded = np.zeros((PIECE_SAMPLES, padded))
        self._hops = np.zeros((design.segment_hops, N_HOP_ROWS, padded))
        self._full_scale = np.full(padded, np.inf)
        for c in range(self._n_channels):
            self._full_scale[c] = design.full_scale_uv[c]
        self._track_bytes = np.zeros(padded * sizeof(tracker) + 16, np.uint8)
        self._bank.tracks = <tracker *> ((<size_t> &self._track_bytes[0] + 15) // 16 * 16)
        self._mark_bytes = np.zeros(padded * sizeof(mark) + 16, np.uint8)
        self._bank.marks = <mark *> ((<size_t> &self._mark_bytes[0] + 15) // 16 * 16)
        for c in range(padded):
            reset_floor(&self._bank.tracks[c], &self._bank.design)
            self._bank.tracks[c].must_prime = 1
            self._bank.tracks[c].enabled = c < self._n_channels and design.enabled[c]
        begin_wave(&self._mains.wave)

    @property
    def index(self):
        """Number of samples processed so far; after a call that returned marks, up to the hop that produced them."""
        return self._index

    @property
    def hop_samples(self):
        """Number of samples per hop."""
        return self._chain.hop_samples

    def run(self, const double[:, ::1] signal_uv not None, const unsigned char[::1] valid):
        """Process samples until none are left or a hop produces marks.

        Parameters
        ----------
        signal_uv : ndarray of float64, shape (n_samples, n_channels)
            In µV.
        valid : ndarray of uint8, shape (n_samples,), or None
            0 where a sample was lost on all channels.

        Returns
        -------
        n_taken : int
            Number of samples taken.
        marks : list of tuple
            Fields of `dsp.bursts.Mark`. The state is that of the hop that produced them. Call again with the remaining
            samples, of which there may be none, until no marks are returned: only then are all hops processed.

        Raises
        ------
        ValueError
            If a shape does not fit.
        """
        cdef Py_ssize_t n = signal_uv.shape[0], i = 0
        cdef const unsigned char *lost = NULL
        if valid is not None and valid.shape[0] != n:
            raise ValueError(f"valid must tell of {n} samples, not {valid.shape[0]}")
        if signal_uv.shape[1] != self._n_channels:
            raise ValueError(f"the signal must have {self._n_channels} channels, not {signal_uv.shape[1]}")
        self._bank.n_marks = 0
        with nogil:
            while True:
                while self._hop_at < self._n_hops_ended and self._bank.n_marks == 0:
                    self._step_hop()
                if self._bank.n_marks > 0:
                    break
                self._index = self._chain_index
                if i >= n:
                    break
                if valid is not None:
                    lost = &valid[i]
                i += self._filter(&signal_uv[i, 0], lost, n - i)
        return i, self._take_marks()

    cdef list _take_marks(self):
        return [mark_fields(&self._bank.marks[k]) for k in range(self._bank.n_marks)]

    cdef Py_ssize_t _filter(self, const double *x, const unsigned char *valid, Py_ssize_t n) noexcept nogil:
        """Run a piece of samples through the chain, at most to the end of the segment; return its length."""
        cdef chain_piece piece
        cdef Py_ssize_t c, i, segment, stride = self._n_channels, hop = self._chain.hop_samples
        cdef Py_ssize_t in_segment = self._chain_index % self._segment, row = self._chain_index % self._ring_rows
        cdef Py_ssize_t m = min(n, self._segment - in_segment, PIECE_SAMPLES)
        if in_segment == 0:
            self._begin_segment(x, valid)
        if stride % PADDED_LANES != 0:
            for i in range(m):
                for c in range(stride):
                    self._padded[i, c] = x[i * stride + c]
            x = &self._padded[0, 0]
            stride = self._chain.n_padded
        advance_wave(&self._mains.wave, self._chain.orders, self._chain.n_harmonics, m)
        piece.x = x
        piece.x_stride = stride
        piece.valid = valid
        piece.n_samples = m
        piece.in_hop = in_segment % hop
        piece.was_lost = self._was_lost
        piece.wave = self._mains.wave.piece
        piece.band = &self._band[row, 0]
        piece.raw = &self._raw[row, 0]
        piece.hops = &self._hops[0, 0, 0]
        chain_run(&self._chain, &self._state[0, 0], &self._full_scale[0], &piece, self._n_channels, self._n_lanes)
        self._was_lost = valid != NULL and not valid[m - 1]
        segment = self._chain_index // self._segment
        if segment < self._count_segments or segment % self._count_every == 0:
            chain_find_count(&self._state[0, 0], self._chain.n_padded, &piece, self._n_channels)
        self._index = self._chain_index - piece.in_hop
        self._hop_at = 0
        self._n_hops_ended = (piece.in_hop + m) // hop
        self._chain_index += m
        return m

    cdef void _begin_segment(self, const double *x, const unsigned char *valid) noexcept nogil:
        """Pass the state of the trackers to the chain."""
        cdef Py_ssize_t c
        cdef tracker *t
        if self._chain.n_harmonics > 0:
            steer_mains(&self._mains, &self._chain, &self._bank, self._state)
        for c in range(self._n_channels):
            t = &self._bank.tracks[c]
            change_step(t, &self._bank.design, self._state, c)
            if self._bank.n_active > 0:
                relearn_in_burst(
                    &self._mains, &self._chain, &self._bank.design, t, self._state, self._band, self._chain_index, c
                )
            pass_mains(t, &self._bank.design, self._state, c)
            take_count(t, &self._bank.design, self._state, c)
            if t.must_prime and (valid == NULL or valid[0]):
                prime_filters(t, &self._chain, self._state, c, x[c], self._full_scale[c])

    cdef void _step_hop(self) noexcept nogil:
        """Advance the trackers of all channels by one hop."""
        cdef double *hop = &self._hops[self._hop_at, 0, 0]
        cdef const double *energy = hop + HOP_ENERGY * self._chain.n_padded
        cdef const double *bad = hop + HOP_BAD * self._chain.n_padded
        cdef const double *changed = hop + HOP_CHANGED * self._chain.n_padded
        self._index += self._chain.hop_samples
        self._hop_at += 1
        step_trackers(&self._bank, energy, bad, changed, self._index - 1)

    def open_bursts(self):
        """Close all open bursts, as at the end of the signal; return the marks as tuples."""
        self._bank.n_marks = 0
        close_bursts(&self._bank, self._index - 1)
        return self._take_marks()

    def set_mains(self, double radians_per_sample, orders not None):
        """Follow the mains near this frequency: its harmonics of the given orders, 1 for the fundamental.

        The frequency that is followed already stays if the given one is as before. New harmonics start at amplitude
        zero.

        Raises
        ------
        ValueError
            If an order is not 1 to 13, or a period is not longer than a sample and shorter than a segment.
        """
        wanted = sorted(set(orders))
        if not all(1 <= order <= MAX_HARMONICS for order in wanted):
            raise ValueError(f"harmonics 1 to {MAX_HARMONICS} of the mains can be followed, not {wanted}")
        if wanted and not 1.0 < 2.0 * M_PI / radians_per_sample < self._segment:
            raise ValueError(f"mains of {radians_per_sample:g} radians a sample cannot be followed")
        follow_orders(&self._mains, &self._chain, &self._bank, radians_per_sample, wanted, self._state)

    @property
    def mains_radians_per_sample(self):
        """Frequency of the followed mains in radians per sample; 0 while none is followed."""
        return self._mains.wave.radians

    def band(self, long long start, long long stop, out=None):
        """Return band-passed samples [start, stop) in µV, shape (n, n_channels); zeros for samples not in the ring.

        If `out` of that shape is given, it is filled and returned: allocating memory costs more than the copy.
        """
        return self._read(self._band, start, stop, out)

    def band_means(self, long long start, Py_ssize_t n_means, Py_ssize_t n_each):
        """Return means of each `n_each` band-passed samples from `start` on, in µV, shape (n_means, n_channels)."""
        if n_means < 0 or n_each < 1:
            raise ValueError(f"no {n_means} means of {n_each} samples can be formed")
        out = np.zeros((n_means, self._n_channels))
        cdef double[:, ::1] sums = out
        with nogil:
            add_sums(self._band, self._oldest(), self._index, start, n_each, sums)
        out /= n_each
        return out

    def raw(self, long long start, long long stop, out=None):
        """Return de-glitched unfiltered samples [start, stop) in µV, like `band`."""
        return self._read(self._raw, start, stop, out)

    def raw_of(self, Py_ssize_t channel, long long start, long long stop):
        """Return the samples of `raw` of one channel, shape (n,)."""
        if not 0 <= channel < self._n_channels:
            raise ValueError(f"there are {self._n_channels} channels, and no channel {channel}")
        out = np.zeros(max(0, stop - start))
        read_column(self._raw, self._oldest(), self._index, start, channel, out)
        return out

    cdef long long _oldest(self) noexcept nogil:
        """Return the oldest row of the rings; the chain may be a segment ahead and have overwritten older ones."""
        return max(<long long> 0, self._index + self._segment - self._ring_rows)

    cdef _read(self, const double[:, ::1] ring, long long start, long long stop, out):
        if out is None:
            out = np.empty((max(0, stop - start), self._n_channels))
        cdef double[:, ::1] values = out
        if values.shape[0] != max(0, stop - start) or values.shape[1] != self._n_channels:
            raise ValueError(f"{max(0, stop - start)} rows of {self._n_channels} channels do not fit into {out.shape}")
        with nogil:
            read_rows(ring, self._oldest(), self._index, start, values)
        return out

    def floor_power(self):
        """Return the local floor in µV², shape (n_channels,); 0 before it is known."""
        return read_floor(&self._bank, np.empty(self._n_channels))

    def settle(self, double[::1] settled not None, float[::1] floor not None, double most_rise):
        """Update the settled level of rest from the local floor: it falls at once and rises slowly.

        This is one call for all channels because it is made within blocks that take only microseconds.

        Parameters
        ----------
        settled : ndarray of float64, shape (n_channels,)
            Settled level in µV², overwritten; 0 where it was not known.
        floor : array of float32, n_channels values
            Output: local floor in µV²; 0 before it is known.
        most_rise : float
            Largest factor by which the level may rise.

        Raises
        ------
        ValueError
            If a length is not the number of channels.
        """
        if not settled.shape[0] == floor.shape[0] == self._n_channels:
            raise ValueError(f"there are {self._n_channels} channels, not {settled.shape[0]} and {floor.shape[0]}")
        settle_levels(&self._bank, settled, floor, most_rise)

    def limit_growth(self, double most):
        """Limit the factor by which the mean excess over the knee may grow with the share of blocks above it."""
        self._bank.design.most_growth = most

    def leave_out(self, long long first, long long every, long long n_samples):
        """Learn no tail from where heartbeats are expected, until the next call.

        Parameters
        ----------
        first : int
            Sample from which a beat is expected.
        every : int
            Number of samples from one beat to the next; 0 if none is expected.
        n_samples : int
            Number of samples within which each beat lies. The long window, which still holds it, is added.

        Raises
        ------
        ValueError
            If a value is negative.
        """
        if first < 0 or every < 0 or n_samples < 0:
            raise ValueError(f"beats of {n_samples} samples every {every} from sample {first} cannot be left out")
        self._bank.beat_first, self._bank.beat_every = first, every
        self._bank.beat_samples = n_samples + LONG_HOPS * self._chain.hop_samples

    def rest_power(self):
        """Return the resting baseline in µV², shape (n_channels,); 0 where it is not learnt.

        A baseline far above the local floor may not have been learnt from rest. Until a later rest confirms or replaces
        it, it counts as at most `most_rest` times the local floor.
        """
        return read_rest(&self._bank, np.empty(self._n_channels))

    def thresholds(self):
        """Return the confirmation thresholds as power over the floor, shape (n_channels, 2): short and long window."""
        return read_thresholds(&self._bank, np.empty((self._n_channels, 2)))

    def tail(self):
        """Return the tail above the knee, shape (n_channels, 2, 3), short window first.

        Share of blocks above the knee, mean excess over it and mean square excess, both over all blocks.
        """
        return read_tail(&self._bank, np.empty((self._n_channels, 2, 3)))

    def usable_fraction(self):
        """Return the fraction of usable hops, shape (n_channels,).

        On channels without burst detection it is the fraction of hops that are not bad.
        """
        return read_usable_fraction(&self._bank, np.empty(self._n_channels))

    def burst_peaks(self):
        """Return the peak power over the floor (short window) of open bursts, 0 without one, shape (n_channels,)."""
        return read_peaks(&self._bank, np.empty(self._n_channels))

    def is_usable(self):
        """Return which channels are currently usable, bool of shape (n_channels,)."""
        return read_usable(&self._bank, np.empty(self._n_channels, np.uint8)).view(np.bool_)
