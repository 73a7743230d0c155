"""Bursts on a needle electrode: detected above the activity of endplates and needle movements, then classified.

The processing of the surface channels cannot be used. At the needle spikes fire all the time, and every pass injures
fibres for 300-500 ms, during which the twitch comes. So a burst must stand out from the last ten seconds, insertions
and spikes included, and a small learned model distinguishes a volley of motor units from a cluster of spikes and from
an insertion.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp.compiled._burst import smooth_power
from dsp.compiled._kernel import Kernel
from dsp.events import Grade
from dsp.measuring.measures import find_onset, size_of
from dsp.measuring.onset import OnsetEstimator, weigh_onsets
from dsp.needle_electrode.model import END_SHARE, WINDOW_HOPS, NeedleVerdict, describe, weigh_burst
from dsp.needle_electrode.spontaneous import SILENCE_LOOK_S, Around, around, measure_silence
from dsp.needle_electrode.stillness import StillnessLog

Samples = NDArray[np.float64]

SHORT_HOPS = 3
HISTORY_S = 10.0
READY_S = 5.0
REFERENCE_QUANTILE = 0.75
STANDS_OUT = 5.0
"""24 ms power over the upper quartile of the last ten seconds at which a burst begins."""

END_OVER_REFERENCE, STRONG_OVER_REFERENCE = 1.2, 1.5
RESTLESS = 2.0
"""Factor on the power before a burst in the search for its onset, as spikes and injured fibres are no steady noise. Of
the values from 1 to 8, the one with which most onsets of throwaway scenes lie within their uncertainty."""

HANG_HOPS, GAP_HOPS = 6, 4
"""Weak hops after which a burst has ended, and gaps that its extent bridges."""

VERDICT_S = 0.032
"""Weak time after which a burst is classified: what follows shows best whether it was a volley or the peak of an
insertion that goes on. No longer than the skin's wait (`dsp.thresholds.kernel_design.HANG_S`), so that a burst that
both see becomes one event, and less than the 50 ms after the end within which a verdict is due."""

LONGEST_BURST_S = 0.6
LONG_S = 0.25
ONSET_SPREAD = 1.3
"""Factor on the uncertainty of an onset: spikes make onsets less certain than their likelihood says. With it, 64 to 72
of 100 reported onsets of throwaway scenes lie within their uncertainty."""


@dataclass(frozen=True, slots=True)
class NeedleBurst:
    """Burst on one needle channel that has ended.

    Attributes
    ----------
    channel : int
        From 0.
    onset_index, offset_index, decided_index : int
        First and last sample, and the number of samples processed when this became known.
    features : tuple of float
        Features of `dsp.needle_electrode.model.FEATURES`, in that order.
    peak_uv, rms_uv, snr_db : float
        Size in the detection band; `snr_db` is the peak over `NeedleTrack.rest_power`.
    grade : str
        Grade by `snr_db`.
    is_cut : bool
        Whether the channel was unusable at some time around it.
    onset_uncertainty_ms : float
        Half the width of the interval that holds the onset in about 68 of 100 cases.
    over_floor : bool
        Whether the needle's level at rest had not been learned: `snr_db` then refers to the level known so far.
    """

    channel: int
    onset_index: int
    offset_index: int
    decided_index: int
    features: tuple[float, ...]
    peak_uv: float
    rms_uv: float
    snr_db: float
    grade: Grade
    is_cut: bool
    onset_uncertainty_ms: float
    over_floor: bool


@dataclass(frozen=True, slots=True)
class NeedleStart:
    """Burst on one needle channel that has begun; indices as in `NeedleBurst`."""

    channel: int
    onset_index: int
    decided_index: int


class NeedleTrack:
    """Burst detector of one needle channel, hop by hop; its bursts do not depend on how the signal is chunked.

    Parameters
    ----------
    sampling_rate_hz : float
        Rate of the kernel's signal.
    hop_samples : int
        Length of a hop of 4 ms.
    channel : int
        From 0.
    band_hz : tuple of float
        Edges of the detection band.
    weigh : callable
        Classifies a burst by its features; the silence after a twitch is measured.
    """

    def __init__(
        self,
        sampling_rate_hz: float,
        hop_samples: int,
        channel: int,
        band_hz: tuple[float, float],
        weigh: Callable[[tuple[float, ...]], NeedleVerdict] = weigh_burst,
    ) -> None:
        self._weigh = weigh
        self._onsets = OnsetEstimator(sampling_rate_hz, band_hz)
        self.sampling_rate_hz = sampling_rate_hz
        self._hop, self._channel, self._high_hz = hop_samples, channel, band_hz[1]
        self._hop_s = hop_samples / sampling_rate_hz
        self._n_history = round(HISTORY_S / self._hop_s)
        self._longest_hops = round(LONGEST_BURST_S / self._hop_s)
        self._verdict_hops = max(HANG_HOPS, int(VERDICT_S / self._hop_s + 1e-9))
        self._buffer, self._filled = np.zeros(2 * self._n_history), 0
        self._powers = self._buffer[:0]
        self._n_hops = 0
        self._reference = 0.0
        self._top = 0.0
        self._begun: int | None = None
        self._fading = 0.0  # after a burst, another begins only above this power until the energy no longer stands out
        self._reported_hop = 0  # last hop of the last reported burst: the next one begins after it
        self._last_above = 0
        self._tail: list[float] = []
        self._last_flat, self._n_flat, self._last_uv = -self._n_history, 0, np.nan
        self._flat_hops = max(1, round(0.02 / self._hop_s))
        self._rest_sum, self._rest_hops = 0.0, 0
        self._silent_since: tuple[int, int] | None = None
        self.log = StillnessLog(sampling_rate_hz, hop_samples)

    @property
    def rest_power(self) -> float:
        """Power in µV² at rest, spikes included, of up to the first ten quiet seconds; the reference before that."""
        return self._rest_sum / self._rest_hops if self._rest_hops * self._hop_s > 1.0 else self._reference

    @property
    def rest_is_learnt(self) -> bool:
        """True once `rest_power` is that of ten quiet seconds, and constant."""
        return self._rest_hops * self._hop_s >= HISTORY_S

    def around(self, spans_s: Sequence[tuple[float, float]]) -> list[Around]:
        """Return the endplate activity before and after events, given by start and end in s, in order of time."""
        rate_hz = self.sampling_rate_hz
        spans = [(round(start_s * rate_hz), round(stop_s * rate_hz)) for start_s, stop_s in spans_s]
        return around(self.log.windows, spans, rate_hz)

    def advance(self, kernel: Kernel) -> list[NeedleBurst | NeedleStart]:
        """Process the hops that the kernel has completed since the last call, and return what became known."""
        stop = (kernel.index - 1) // self._hop
        if stop <= self._n_hops:
            return []
        first = self._n_hops
        shape = (stop - first, self._hop)
        band_uv = kernel.band(first * self._hop, stop * self._hop)[:, self._channel].reshape(shape)
        raw_uv = kernel.raw(first * self._hop, stop * self._hop)[:, self._channel].reshape(shape)
        powers = np.mean(band_uv * band_uv, axis=1).tolist()
        lowest, highest = raw_uv.min(axis=1).tolist(), raw_uv.max(axis=1).tolist()
        reported: list[NeedleBurst | NeedleStart] = []
        for power, low_uv, high_uv in zip(powers, lowest, highest, strict=True):
            is_same = low_uv == high_uv == self._last_uv
            self._n_flat = self._n_flat + 1 if is_same else 0
            self._last_uv = high_uv
            self._step(power, self._n_flat >= self._flat_hops, kernel, reported)
        return reported

    def _step(self, power: float, is_flat: bool, kernel: Kernel, reported: list[NeedleBurst | NeedleStart]) -> None:
        k = self._n_hops
        self._n_hops += 1
        self._keep(power)
        if is_flat:
            self._last_flat = k
        if k % 25 == 0:
            self._reference = self._find_reference()
        self._tail = [*self._tail[1 - WINDOW_HOPS :], power]
        energy, short = sum(self._tail) / WINDOW_HOPS, sum(self._tail[-SHORT_HOPS:]) / SHORT_HOPS
        is_usable = (k - self._last_flat) * self._hop_s > 0.15
        is_ready = self._n_hops * self._hop_s >= READY_S and self._reference > 0.0
        if self._begun is None:
            stands_out = energy > STANDS_OUT * self._reference
            self._fading = self._fading if stands_out else 0.0
            if is_ready and is_usable and stands_out and energy > self._fading:
                self._begun, self._top, self._last_above = k, short, k
                reported.append(self._start(kernel, k))
                self._end_silence(k - WINDOW_HOPS)
            elif is_usable and not self.rest_is_learnt and self._n_hops * self._hop_s > 1.0:
                self._rest_sum += power
                self._rest_hops += 1
        else:
            if k - self._last_above <= HANG_HOPS:
                self._top = max(self._top, short)
                if short > max(END_SHARE * self._top, END_OVER_REFERENCE * self._reference):
                    self._last_above = k
            if k - self._last_above >= self._verdict_hops or k - self._begun >= self._longest_hops:
                burst = self._end(kernel, k)
                reported.append(burst)
                is_twitch = self._weigh(burst.features).is_twitch
                self.log.end_burst(*self._strong(k), is_twitch)
                self._begun, self._fading = None, END_SHARE * self._top
                if is_twitch and self.log.noise_power > 0.0 and not burst.is_cut:
                    self._silent_since = (burst.offset_index // self._hop + 1, burst.offset_index)
        if self._silent_since is not None and (k - self._silent_since[0]) * self._hop_s >= SILENCE_LOOK_S:
            self._end_silence(k)
        self.log.step(k, power, is_usable, self._begun is not None, kernel, self._channel)

    def _strong(self, k: int) -> tuple[float, float]:
        """Return the longest strong stretch of the burst that ends at hop `k`, and its total strong time, in s."""
        assert self._begun is not None
        powers = self._powers[-(k - self._begun + WINDOW_HOPS) : self._powers.size - self._n_after(k)]
        weak = np.flatnonzero(powers <= END_SHARE * np.max(powers))
        longest = int(np.max(np.diff(weak, prepend=-1, append=powers.size))) - 1
        n_strong = int(np.count_nonzero(powers > STRONG_OVER_REFERENCE * self._reference))
        return longest * self._hop_s, n_strong * self._hop_s

    def _n_after(self, k: int) -> int:
        """Return how many hops up to hop `k` come after the end of the burst."""
        return max(0, k - self._last_above - HANG_HOPS)

    def _end_silence(self, k: int) -> None:
        """Measure the silence after a twitch, up to hop `k`."""
        if self._silent_since is None:
            return
        n_after = k - self._silent_since[0]
        end = self._powers.size - (self._n_hops - 1 - k)
        after = self._powers[max(0, end - n_after) : end] if n_after > 0 else self._powers[:0]
        silence = measure_silence(after, self.log.noise_power, self._hop_s, self._silent_since[1])
        if silence is not None:
            self.log.silences.append(silence)
        self._silent_since = None

    def _keep(self, power: float) -> None:
        """Append to the last ten seconds; old hops are discarded in large parts, so that this costs next to nothing."""
        if self._filled == self._buffer.size:
            self._buffer[: self._n_history] = self._buffer[-self._n_history :]
            self._filled = self._n_history
        self._buffer[self._filled] = power
        self._filled += 1
        self._powers = self._buffer[max(0, self._filled - self._n_history) : self._filled]

    def _find_reference(self) -> float:
        """Return the upper quartile of the 24 ms powers of the last ten seconds, without the last 0.2 s."""
        known = self._powers[: max(0, self._powers.size - round(0.2 / self._hop_s))]
        if known.size < 4 * WINDOW_HOPS:
            return 0.0
        sums = np.concatenate(([0.0], np.cumsum(known)))
        return float(np.quantile((sums[WINDOW_HOPS:] - sums[:-WINDOW_HOPS]) / WINDOW_HOPS, REFERENCE_QUANTILE))

    def _start(self, kernel: Kernel, k: int) -> NeedleStart:
        decided = (k + 1) * self._hop + 1
        low = max(0, decided - round(0.020 * self.sampling_rate_hz))
        near = kernel.band(low, decided - 1)[:, self._channel]
        return NeedleStart(self._channel, low + find_onset(near, max(self._reference, 1e-9)), decided)

    def _end(self, kernel: Kernel, k: int) -> NeedleBurst:
        """Measure the burst around its largest power, without far weaker activity before and after it."""
        assert self._begun is not None
        n_known = min(self._powers.size, self._longest_hops + 2 * round(0.25 / self._hop_s))
        powers = self._powers[-n_known:]
        origin = k + 1 - n_known
        short = smooth_power(np.sqrt(powers), SHORT_HOPS)
        earliest = max(0, self._reported_hop + 1 - origin)
        begun = max(earliest, self._begun - origin - WINDOW_HOPS)
        top = begun + int(np.argmax(short[begun : short.size - self._n_after(k)]))
        level = max(END_SHARE * float(short[top]), END_OVER_REFERENCE * self._reference)
        first, last = _extent(short > level, top)
        first, self._reported_hop = max(first, earliest), origin + last
        decided = (k + 1) * self._hop + 1
        rows = kernel.band((origin + first) * self._hop, (origin + last + 1) * self._hop)
        band_uv = np.ascontiguousarray(rows[:, self._channel])
        offset = (origin + first) * self._hop + _last_strong(band_uv, max(1, round(0.002 * self.sampling_rate_hz)))
        before = float(np.mean(powers[max(0, first - 10) : max(1, first - 1)]))
        low = max(0, (origin + first - 3) * self._hop)
        rise_uv = kernel.band(low, (origin + top + 1) * self._hop)[:, self._channel]
        onsets = weigh_onsets(np.ascontiguousarray(rise_uv), RESTLESS * max(before, 1e-9), self.sampling_rate_hz)
        found = self._onsets.estimate(onsets)
        onset = min(offset, max(0, low + found.at))
        size = size_of(band_uv, self.rest_power**0.5)
        return NeedleBurst(
            self._channel, onset, offset, decided, self._describe(powers, band_uv, first, last),
            size.peak_uv, size.rms_uv, size.snr_db, size.grade,
            is_cut=(k - self._last_flat) * self._hop_s < LONGEST_BURST_S and self._last_flat >= origin + first - 40,
            onset_uncertainty_ms=1e3 * ONSET_SPREAD * found.spread / self.sampling_rate_hz,
            over_floor=not self.rest_is_learnt,
        )  # fmt: skip

    def _describe(self, near: Samples, band_uv: Samples, first: int, last: int) -> tuple[float, ...]:
        """Return the features of the model; the burst lies in [first, last] of `near`, the powers of the last hops."""
        earlier = self._powers[: self._powers.size - near.size + first]
        return describe(
            near, earlier, band_uv, first, last, self._reference, self._high_hz, self.sampling_rate_hz, self._hop_s
        )


def _extent(is_above: NDArray[np.bool_], top: int) -> tuple[int, int]:
    """Return the first and last hop of the stretch around `top` whose gaps are at most `GAP_HOPS` long.

    The stretch is `top` alone if that is not above: then the reference has risen since the burst began.
    """
    if not is_above[top]:
        return top, top
    above = np.flatnonzero(is_above)
    at = int(np.searchsorted(above, top))
    first = last = at
    while first > 0 and above[first] - above[first - 1] <= GAP_HOPS:
        first -= 1
    while last < above.size - 1 and above[last + 1] - above[last] <= GAP_HOPS:
        last += 1
    return int(above[first]), int(above[last])


def _last_strong(band_uv: Samples, width: int) -> int:
    """Return the last sample at which the short-time power exceeds `END_SHARE` of its maximum."""
    power = smooth_power(np.ascontiguousarray(band_uv), width)
    strong = np.flatnonzero(power > END_SHARE * float(np.max(power, initial=0.0)))
    return int(strong[-1]) if strong.size else max(0, band_uv.size - 1)
