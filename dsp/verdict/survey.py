"""Preparation of a group of bursts: the signal around it, its beginning, its strongest burst, and what that hides."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dsp.bursts import Group
from dsp.compiled._burst import top_amplitude
from dsp.compiled._channels import centres, top_amplitudes
from dsp.compiled._kernel import Kernel
from dsp.events import TwitchEvent
from dsp.measuring.features import LONGEST_TWITCH_S, Gauge
from dsp.measuring.measures import energy_of
from dsp.measuring.pieces import SHORT_WINDOW_S, find_apart, find_pause, find_summit
from dsp.recent import Recent, Samples
from dsp.verdict.extent import BurstMeter, Measured
from dsp.verdict.reasons import SIZE
from dsp.verdict.rules import NEAR_NOISE, ONE_UNIT, Verdict

BEFORE_S, SILENCE_S = 0.020, 0.030
"""A burst may begin this long before it is detected, and ends when nothing exceeded its threshold for `SILENCE_S`."""

LEAST_OF_BURST = 0.05
"""Power, as a share of a channel's strongest burst in a group, from which an earlier burst is the beginning of the
same."""

LONG_WINDOW_S = 0.040
"""Longer of the kernel's two energy windows."""

LOOK_BACK_S = 1.3
"""Signal before the burst that a verdict can use; anything older is kept as snippets only."""

APART_S, MOST_HIDDEN = 0.012, 2
"""The burst of another channel is separate if its energy is centred this far from that of the strongest one. At most
`MOST_HIDDEN` such channels are examined."""

LEVEL_BEFORE_S = 0.040
PIECES = (ONE_UNIT, NEAR_NOISE, SIZE)
"""Reasons that are given to a part of a volley on its own."""

LONGEST_GAP_S = 0.1
"""Longest gap between the units of one volley: they fire at 20 a second or faster, not in synchrony."""

QUIET_BEFORE_S = 0.6
"""A volley begins after at least this much rest."""

SMALL, OUTGROWN = 5.0, 0.5
"""A piece whose peak is less than `SMALL` times the noise may be noise. A burst is not its continuation where this peak
is less than `OUTGROWN` of the burst's."""

ECG_WEIGHT = 12.0
"""Peak of an ECG lead in the template fit, in units of the noise of the other channels."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Context of a group that a verdict may use.

    Attributes
    ----------
    kernel : Kernel
        Recent signal, floors and thresholds.
    index : int
        Last sample known.
    usable : ndarray of bool, shape (n_channels,)
        Channels that are usable now.
    mains_hz : float
        Mains frequency; 0 where none was found.
    is_learning : bool
        Whether the stream is too young to confirm anything.
    n_active_elsewhere : int
        Number of channels in a burst of another group.
    settled : ndarray of float64, shape (n_channels,)
        Power to which rest has settled, 0 where that is not known.
    since_loss_s : float
        Time since the last lost sample, infinite if none was lost.
    since_contact : callable
        Maps a sample to the seconds since the last needle contact stamped by hardware, infinite without one.
    """

    kernel: Kernel
    index: int
    usable: NDArray[np.bool_]
    mains_hz: float
    is_learning: bool
    n_active_elsewhere: int
    settled: Samples
    since_loss_s: float
    since_contact: Callable[[int], float]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Group of bursts and the context in which it is judged.

    Attributes
    ----------
    group : Group
        The bursts.
    around : Surroundings
        Their context.
    recent : Recent
        The signal up to their end, with any heartbeat removed.
    first : int
        Row of `recent` at which the group began.
    thresholds : ndarray of float64, shape (n_channels, 2)
        Confirmation thresholds of each channel in the short and the long window, as power over its floor.
    margin : float
        Largest energy over its confirmation threshold, on any judging channel.
    on_beat : bool
        Whether a heartbeat was found and removed.
    beat_over : float
        Energy with the beat over that without it; 1 where none was found, or where removing it did not change the
        energy.
    beat_left : float
        Energy left after removing the beat, over what beats usually leave; 0 where none was found.
    gauge : Gauge
        Settings for measuring bursts.
    """

    group: Group
    around: Surroundings
    recent: Recent
    first: int
    thresholds: Samples
    margin: float
    on_beat: bool
    beat_over: float
    beat_left: float
    gauge: Gauge


def _energies(signal_uv: Samples, width: int) -> Samples:
    """Return the energy of each channel in every window of `width` rows."""
    sums = np.concatenate((np.zeros((1, signal_uv.shape[1])), np.cumsum(signal_uv * signal_uv, axis=0)))
    energies: Samples = sums[width:] - sums[:-width]
    return energies


class Survey:
    """Location and measurement of the bursts of each group.

    Parameters
    ----------
    sampling_rate_hz : float
        Rate of the kernel's signal.
    roles : ndarray of str, shape (n_channels,)
        Role of each channel.
    meter : BurstMeter
        Meter for this rate and band.
    """

    def __init__(self, sampling_rate_hz: float, roles: NDArray[np.str_], meter: BurstMeter) -> None:
        self._rate_hz = sampling_rate_hz
        self._meter = meter
        self._surface = np.isin(roles, ("surface", "reference"))
        self._own = roles == "surface"
        self._ecg = roles == "ecg"
        self._motion = np.flatnonzero(roles == "motion").tolist()
        self._piece: TwitchEvent | None = None
        self._last_offset = 0
        self._room: tuple[Samples, Samples] = (np.empty((0, 0)), np.empty((0, 0)))

    def recent(self, group: Group, around: Surroundings) -> Recent:
        """Return the signal from `LOOK_BACK_S` before the group on; it stays valid until the next call."""
        stop = around.index
        start = max(0, group.started - round(LOOK_BACK_S * self._rate_hz))
        rest = around.kernel.rest_power()
        floor = np.maximum(np.maximum(around.kernel.floor_power(), rest), 1e-9)
        band_room_uv, raw_room_uv = self._rows(stop - start)
        band_uv = around.kernel.band(start, stop, band_room_uv)
        weights = np.where(self._surface & around.usable, 1.0 / np.sqrt(floor), 0.0)
        if band_uv.shape[0] and self._ecg.any():
            peaks = top_amplitudes(band_uv, 0)
            weights = np.where(self._ecg, ECG_WEIGHT / np.maximum(peaks, 1e-9), weights)
        return Recent(start, band_uv, around.kernel.raw(start, stop, raw_room_uv), weights, floor, rest)

    def _rows(self, n: int) -> tuple[Samples, Samples]:
        """Return two buffers of `n` rows; the same memory is used every time."""
        if self._room[0].shape[0] < n:
            self._room = np.empty((n, self._ecg.size)), np.empty((n, self._ecg.size))
        band_uv, raw_uv = self._room
        return band_uv[:n], raw_uv[:n]

    def begin(self, group: Group, recent: Recent) -> int:
        """Return the row at which the group begins, including a piece of it that came just before on the same channel.

        The units of a sparse volley may lie further apart than a verdict can wait. Noise just before a far larger burst
        does not move its beginning.
        """
        first = max(0, group.started - recent.start - round(BEFORE_S * self._rate_hz))
        piece = self._piece
        if piece is None or piece.channel not in group.ended:
            return first
        gap_s = (group.started - piece.offset_index) / self._rate_hz
        length_s = (group.last_above - piece.onset_index) / self._rate_hz
        if gap_s > LONGEST_GAP_S or length_s > LONGEST_TWITCH_S or _is_outgrown(piece, recent, first):
            self._piece = None
            return first
        return max(0, min(first, piece.onset_index - recent.start - round(BEFORE_S * self._rate_hz)))

    def note(self, event: TwitchEvent, verdict: Verdict) -> None:
        """Keep an event that may be the first piece of a volley, unless activity went before it, as in guarding."""
        was_quiet = event.onset_index - self._last_offset > QUIET_BEFORE_S * self._rate_hz
        self._piece = event if was_quiet and verdict.reasons[0] in PIECES else None
        self._last_offset = event.offset_index

    def judging_channels(self, group: Group) -> NDArray[np.bool_]:
        """Return the channels that judge a group: surface channels if one shows it, otherwise reference pairs too."""
        channels = sorted(group.ended)
        return self._own if self._own[channels].any() else self._surface

    def margin(self, recent: Recent, first: int, last: int, thresholds: Samples, judging: NDArray[np.bool_]) -> float:
        """Return the largest energy of a `judging` channel over its confirmation threshold, in either window."""
        part = recent.band_uv[first:last]
        largest = 0.0
        for k, seconds in enumerate((SHORT_WINDOW_S, LONG_WINDOW_S)):
            full = max(1, round(seconds * self._rate_hz))
            width = min(full, part.shape[0])
            power = np.max(_energies(part, width), axis=0) / full
            over = np.where(judging & (recent.weights > 0.0), power / (recent.floor * thresholds[:, k]), 0.0)
            largest = max(largest, float(np.max(over)))
        return largest

    def extent(self, recent: Recent, first: int, last: int, thresholds: Samples) -> tuple[int, int]:
        """Return the extent of what exceeds a threshold between two rows, with a group's margins before and after.

        Parameters
        ----------
        recent : Recent
            The signal with the heartbeat removed.
        first, last : int
            Rows of the group, which may have begun or ended with that beat.
        thresholds : ndarray of float64, shape (n_channels, 2)
            Thresholds of energy over the floor.
        """
        width = max(1, round(SHORT_WINDOW_S * self._rate_hz))
        seen = self._surface & (recent.weights > 0.0)
        over = _energies(recent.band_uv[first:last], width) / width > recent.floor * thresholds[:, 0]
        above = np.flatnonzero(np.any(over[:, seen], axis=1))
        if not above.size:
            return first, len(recent.band_uv)
        begin = first + int(above[0]) - round(BEFORE_S * self._rate_hz)
        stop = first + int(above[-1]) + width + round(SILENCE_S * self._rate_hz)
        return max(first, begin), min(len(recent.band_uv), stop)

    def strongest(self, group: Group, recent: Recent, first: int, thresholds: Samples, decided_index: int) -> Measured:
        """Measure the burst on the channel where it stands out most, one of those that judge the group if possible."""
        channels = tuple(sorted(group.ended))
        judging = self.judging_channels(group)
        peaks = top_amplitudes(recent.band_uv, first) / np.sqrt(recent.floor)
        channel = max([c for c in channels if judging[c]] or channels, key=lambda c: float(peaks[c]))
        first = max(first, self._start_of(group, recent, channel))
        return self._meter.measure(recent, first, channel, channels, float(thresholds[channel, 0]), decided_index)

    def _start_of(self, group: Group, recent: Recent, channel: int) -> int:
        """Return the first row of a channel's burst, without a weak beat before it or on other channels."""
        if self._piece is not None and channel == self._piece.channel:
            return 0
        own = [mark for mark in group.bursts if mark.channel == channel]
        if not own:  # the channel showed only a beat
            return 0
        least = LEAST_OF_BURST * max(mark.peak_short for mark in own)
        started = min(mark.started for mark in own if mark.peak_short >= least)
        return started - recent.start - round(BEFORE_S * self._rate_hz)

    def hidden(self, scene: Scene, event: TwitchEvent) -> Iterator[tuple[int, Measured]]:
        """Yield bursts within the group that its strongest one may hide, each measured in the signal up to its end.

        The number before each burst is the kind of piece, as in `Case`.
        """
        recent, thresholds = scene.recent, scene.thresholds
        apart = APART_S * self._rate_hz
        rows = centres(recent.band_uv, scene.first)
        own = rows[event.channel]
        marks = sorted(scene.group.ended.values(), key=lambda mark: -mark.peak_short)
        others = [mark.channel for mark in marks if mark.margin >= 1.0 and self._own[mark.channel]]
        others = [c for c in others if c != event.channel and abs(rows[c] - own) > apart][:MOST_HIDDEN]
        strongest = event
        for channel in (event.channel, *others):
            if channel != event.channel:
                threshold = float(thresholds[channel, 0])
                found = self._meter.measure(
                    recent, scene.first, channel, event.channels, threshold, event.decided_index
                )
                event = found.event
                yield 1, found
            stop = find_pause(recent, event, self._rate_hz)
            if stop is not None and stop - scene.first > SHORT_WINDOW_S * self._rate_hz:
                yield 2, self._part(scene, event, scene.first, stop)
            summit = find_summit(recent, event, self._rate_hz)
            if summit is not None:
                yield 3, self._part(scene, event, *summit)
        before = round(BEFORE_S * self._rate_hz)
        for mark in find_apart(scene.group, strongest, self._own):
            burst = replace(strongest, channel=mark.channel)
            yield 2, self._part(scene, burst, mark.started - before - recent.start, mark.decided + 1 - recent.start)

    def _part(self, scene: Scene, whole: TwitchEvent, first: int, stop: int) -> Measured:
        """Measure the part between two rows of a burst, in the signal up to its end."""
        recent = scene.recent
        before = recent.band_of(whole.channel)[max(0, first - round(LEVEL_BEFORE_S * self._rate_hz)) : first]
        level = energy_of(before) / before.size if before.size else 0.0
        threshold = float(scene.thresholds[whole.channel, 0])
        return self._meter.measure(
            recent.until(stop), first, whole.channel, whole.channels, threshold, whole.decided_index, level
        )

    def needle_hand_moves(self, recent: Recent, first: int) -> bool:
        """Return whether a motion channel moves in the burst far more than in the seconds before."""
        for channel in self._motion:
            signal = recent.raw_uv[:, channel]
            before = signal[max(0, first - round(2.0 * self._rate_hz)) : first]
            if before.size < 0.5 * self._rate_hz:
                continue
            level = float(np.median(before))
            usual = float(np.quantile(np.abs(before - level), 0.9))
            if float(np.max(np.abs(signal[first:] - level), initial=0.0)) > 4.0 * usual + 1e-9:
                return True
        return False


def _is_outgrown(piece: TwitchEvent, recent: Recent, first: int) -> bool:
    """Return whether a piece may be noise and the burst from row `first` on its channel is far larger."""
    noise_uv = recent.floor[piece.channel] ** 0.5
    peak_uv = top_amplitude(recent.band_of(piece.channel)[first:])
    return bool(piece.peak_uv < min(SMALL * noise_uv, OUTGROWN * peak_uv))
