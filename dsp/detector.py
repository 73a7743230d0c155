"""Streaming detector: takes blocks of samples and returns candidates and verdicts."""

import math
from array import array
from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dsp.arguments import (
    WATCHED_ROLES,
    as_samples,
    checked_bandwidth_hz,
    checked_budget,
    checked_contact,
    checked_full_scale,
    checked_largest,
    checked_n_channels,
    checked_rate_hz,
    checked_roles,
    checked_threshold,
    checked_valid,
)
from dsp.artifacts.mains import MainsFollower
from dsp.bands import FULL_VERDICT_RATE_HZ, TOP_RATE_HZ, choose_band_hz
from dsp.bursts import JOIN_S, KIND_START, Grouper, Mark
from dsp.compiled._kernel import Kernel
from dsp.decimation import Decimator
from dsp.doubt.contacts import ContactLog
from dsp.doubt.losses import Losses
from dsp.events import CANDIDATE_S, Candidate, TwitchEvent
from dsp.input_time import InputTime
from dsp.levels import RISE_PER_S
from dsp.measuring.measures import find_onset
from dsp.needle_electrode.track import NeedleTrack
from dsp.needle_electrode.watch import NeedleWatch
from dsp.thresholds.kernel_design import design_kernel, level_factor
from dsp.verdict.judge import Judge, Witness
from dsp.verdict.rules import MOST_OF_MUSCLE_UV
from dsp.verdict.survey import Surroundings

Samples = NDArray[np.float64]

TICK_S = 1.0
"""Interval at which noise levels are updated and the judge is brought up to date."""

EARLY_S = 0.02
"""An onset may be reported too early, mostly at 250 samples a second: a contact up to this long after it counts."""

GROWTH_BESIDE_HEART = 1.0
"""Once the heart is known, the factor up to which the mean excess over the knee may grow with the share of blocks above
the knee (see `Kernel.limit_growth`). That share includes beats from before the heart was known and beats out of time;
expected ones teach no tail (`Kernel.leave_out`)."""


class TwitchDetector:
    """Streaming detector of bursts that classifies each as consistent with a local twitch response or not.

    The results do not depend on how the signal is divided into blocks.

    Parameters
    ----------
    sampling_rate_hz : float
        Sampling rate, 50 to 1 000 000 Hz. Above 4000 Hz the signal is decimated first. Below 250 Hz no twitch is
        confirmed. Both are reported in `warnings`.
    n_channels : int
        Number of channels, 1 to 1024.
    roles : sequence of str, optional
        Role of each channel: ``surface``, ``needle``, ``reference``, ``ecg``, ``motion`` or ``off``. All ``surface`` by
        default.
    false_alarms_per_min : float
        Upper bound of the rate of twitches confirmed from noise alone at rest, over all channels together, 1e-9 to 1e6
        per minute.
    bandwidth_hz : float, optional
        -3 dB bandwidth of the converter. By default the detection band depends on the sampling rate alone.
    full_scale_uv : array_like of float, optional
        Full scale in µV, one value or one per channel. A sample at or beyond ± this value is railed.
    largest_uv : float
        Largest peak in µV that muscle can produce in the detection band; infinite if the scale is not known.

    Attributes
    ----------
    sampling_rate_hz, n_channels, roles
        As given.
    band_hz : tuple of float
        Lower and upper edge of the detection band.
    warnings : tuple of str
        Sentences on the limits that the sampling rate imposes; empty where there are none.

    Raises
    ------
    ValueError
        If an argument is invalid, whatever its type.
    """

    def __init__(
        self,
        sampling_rate_hz: float,
        n_channels: int,
        *,
        roles: Sequence[str] | None = None,
        false_alarms_per_min: float = 0.05,
        bandwidth_hz: float | None = None,
        full_scale_uv: ArrayLike | None = None,
        largest_uv: float = MOST_OF_MUSCLE_UV,
    ) -> None:
        self.sampling_rate_hz = checked_rate_hz(sampling_rate_hz)
        self.n_channels = checked_n_channels(n_channels)
        budget = checked_budget(false_alarms_per_min)
        bandwidth_hz = checked_bandwidth_hz(bandwidth_hz)
        self.roles = checked_roles(roles, self.n_channels)
        factor = max(1, math.ceil(self.sampling_rate_hz / TOP_RATE_HZ - 1e-9))
        rate_hz = self.sampling_rate_hz / factor
        self._rate_hz = rate_hz
        full_scale = checked_full_scale(full_scale_uv, self.n_channels)
        self._decimator = Decimator(self.sampling_rate_hz, factor, full_scale) if factor > 1 else None
        delay_samples = 0 if self._decimator is None else self._decimator.delay_samples
        self.band_hz = choose_band_hz(rate_hz, bandwidth_hz)
        self.warnings = self._make_warnings()
        enabled = np.array([role in WATCHED_ROLES for role in self.roles], np.bool_)
        design = design_kernel(rate_hz, self.band_hz, self.n_channels, enabled, full_scale, budget)
        self._kernel = Kernel(design)
        self._tick_samples = round(TICK_S * rate_hz)
        self._mains = MainsFollower(self._kernel, rate_hz, self.band_hz[1], self._tick_samples, self.n_channels)
        self._losses = Losses(self.sampling_rate_hz, factor)
        self._contacts = ContactLog(self.sampling_rate_hz)
        self._time = InputTime(self.sampling_rate_hz, factor, delay_samples, self._contacts)
        self._groups = Grouper(round(JOIN_S * rate_hz))
        self._judge = Judge(rate_hz, self.roles, self.band_hz, design, checked_largest(largest_uv))
        self._is_watched = enabled
        self._is_at_skin = enabled & [role != "needle" for role in self.roles]
        needles = [channel for channel, role in enumerate(self.roles) if role == "needle"]
        self._needles = NeedleWatch(rate_hz, design.hop_samples, needles, self.band_hz) if needles else None
        self._level_factor = level_factor(rate_hz, self.band_hz, design.hop_samples)
        self._levels = array("f")  # 4 bytes per second and channel, as they are kept for the whole session
        self._settled = np.zeros(self.n_channels)
        self._floor = array("f", bytes(4 * self.n_channels))

    @property
    def baseline_rms_uv(self) -> NDArray[np.float64]:
        """RMS of the resting baseline in µV, the reference of `snr_db`, shape (n_channels,); 0 where it is not learnt.

        On a needle channel it is that of the first ten quiet seconds, endplate spikes included, as they may never stop.
        """
        powers = self._kernel.rest_power()
        for channel, track in self.needle_tracks.items():
            powers[channel] = track.rest_power if track.rest_is_learnt else 0.0
        baseline: NDArray[np.float64] = np.sqrt(powers)
        return baseline

    @property
    def quiet_rms_uv(self) -> NDArray[np.float64]:
        """Reference RMS in µV for display and sound, shape (n_channels,).

        The resting baseline, or the local floor where no baseline is learnt.
        """
        rest = self._kernel.rest_power()
        quiet: NDArray[np.float64] = np.sqrt(np.where(rest > 0.0, rest, self._kernel.floor_power()))
        return quiet

    @property
    def floor_rms_uv(self) -> NDArray[np.float64]:
        """Current RMS of the local floor in µV, shape (n_channels,); 0 before it is known."""
        floor: NDArray[np.float64] = np.sqrt(self._kernel.floor_power())
        return floor

    @property
    def threshold_rms_uv(self) -> NDArray[np.float64]:
        """Current confirmation threshold as RMS in µV over the short window, shape (n_channels,).

        NaN on needle channels, which have a detector of their own, on channels that are not watched, and before there
        is a threshold.
        """
        floor_power = np.maximum(self._kernel.floor_power(), self._kernel.rest_power())
        power = self._kernel.thresholds()[:, 0] * floor_power
        is_known = (power > 0.0) & np.isfinite(power) & self._is_at_skin
        threshold: NDArray[np.float64] = np.sqrt(np.where(is_known, power, np.nan))
        return threshold

    @property
    def mains_hz(self) -> float:
        """Frequency of the mains detected in the signal in Hz, 0 if there is none."""
        return float(self._mains.finder.frequency_hz)

    @property
    def resting_baseline_is_learnt(self) -> bool:
        """Whether every watched channel at the skin that is currently usable has its resting baseline.

        If only needles are watched, whether each usable one has been still for a second: endplates may never rest, and
        their spontaneous activity is the background against which bursts on a needle are detected.
        """
        usable = self.is_usable
        if self._is_at_skin.any():
            required = usable & self._is_at_skin
            return bool(required.any() and np.all(self._kernel.rest_power()[required] > 0.0))
        return bool(
            usable.any() and all(track.log.windows for channel, track in self.needle_tracks.items() if usable[channel])
        )

    @property
    def is_usable(self) -> NDArray[np.bool_]:
        """Which watched channels are currently usable, bool of shape (n_channels,); False for other channels."""
        usable: NDArray[np.bool_] = self._kernel.is_usable() & self._is_watched
        return usable

    @property
    def usable_fraction(self) -> NDArray[np.float64]:
        """Fraction of the signal so far in which each channel was usable, shape (n_channels,)."""
        fraction: NDArray[np.float64] = self._kernel.usable_fraction()
        return fraction

    @property
    def duration_s(self) -> float:
        """Duration of the signal so far in seconds."""
        return float(self._kernel.index / self._rate_hz)

    @property
    def levels_uv(self) -> NDArray[np.float64]:
        """Noise level in µV RMS at the end of each second so far, shape (n_seconds, n_channels); 0 if not known.

        It is the local floor, which is slightly too high at low sampling rates, corrected to the RMS of Gaussian noise.
        """
        powers = np.array(self._levels, np.float64).reshape(-1, self.n_channels)
        levels: NDArray[np.float64] = self._level_factor * np.sqrt(powers)
        return levels

    @property
    def needle_tracks(self) -> dict[int, NeedleTrack]:
        """Track of each needle channel by channel number from 0; its `log` holds the spontaneous activity."""
        return self._needles.tracks if self._needles is not None else {}

    def note_contact(self, index: int, known_index: int | None = None) -> None:
        """Record a hardware-stamped needle contact. Call it before the block that contains `known_index`.

        A contact never raises the probability of a twitch. It lowers that of bursts that follow no contact, the more
        so the more closely the twitches of this stream follow their contacts. It also gives events their latency.

        Parameters
        ----------
        index : int
            Sample of the contact, counted from 0 at the start of the signal.
        known_index : int, optional
            Sample from which the contact is known, if later than `index`, as after lost samples.

        Raises
        ------
        ValueError
            If an index is not a whole number of 0 or more, or `known_index` is below `index`.
        """
        self._contacts.note(*checked_contact(index, index if known_index is None else known_index))

    def study_classifier(self, *, threshold: float | None = None, witness: Witness | None = None) -> None:
        """Change how bursts at the skin are classified, for research; call it before the first sample.

        Parameters
        ----------
        threshold : float, optional
            Probability from which a twitch is confirmed, 0 to 1, in place of the one stored with the classifier.
        witness : callable, optional
            Called with each burst that might be a twitch, and each piece of one, and its evidence: float64 of shape
            (len(dsp.verdict.evidence.NAMES),). The classifier then confirms nothing. Indices of the event are samples
            after decimation; its seconds are not set.

        Raises
        ------
        ValueError
            If the threshold is not a number from 0 to 1.
        """
        if threshold is not None:
            self._judge.required.threshold = checked_threshold(threshold)
        if witness is not None:
            self._judge.witness = witness

    def process(self, signal_uv: ArrayLike, valid: ArrayLike | None = None) -> list[Candidate | TwitchEvent]:
        """Process the next samples.

        Parameters
        ----------
        signal_uv : array_like of float64, shape (n_samples, n_channels)
            Next samples in µV, any number of them; NaN for missing samples. Shape (n_samples,) is accepted for a single
            channel. Masked arrays are rejected.
        valid : array_like of bool, shape (n_samples,), optional
            False where a sample was lost on all channels.

        Returns
        -------
        list of Candidate or TwitchEvent
            New candidates and events, in the order in which they were decided.

        Raises
        ------
        ValueError
            If a shape does not fit, the signal contains anything but real numbers, or `valid` anything but True and
            False (or 1 and 0). The block is then ignored and the state is unchanged.
        """
        signal = as_samples(signal_uv)
        if signal.ndim == 1 and self.n_channels == 1:
            signal = signal[:, np.newaxis]
        if signal.ndim != 2 or signal.shape[1] != self.n_channels:
            raise ValueError(f"the signal must have shape (n_samples, {self.n_channels}), not {signal.shape}")
        mask = None if valid is None else checked_valid(valid, signal.shape[0])
        self._losses.take(signal.shape[0], mask)
        if self._decimator is not None:
            signal = self._decimator.process(signal, mask)
            mask = None
        reported: list[Candidate | TwitchEvent] = []
        start = 0
        while start < signal.shape[0]:
            to_tick = self._tick_samples - self._kernel.index % self._tick_samples
            stop = min(signal.shape[0], start + to_tick)
            part_valid = None if mask is None else mask[start:stop].view(np.uint8)
            self._run(signal[start:stop], part_valid, reported)
            if self._kernel.index % self._tick_samples == 0:
                self._tick()
            start = stop
        return reported

    def _run(self, signal: Samples, valid: NDArray[np.uint8] | None, reported: list[Candidate | TwitchEvent]) -> None:
        n_taken, marks = self._kernel.run(signal, valid)
        self._watch_needles(reported)
        while marks:
            for mark in marks:
                self._take(Mark(*mark), reported)
            signal, valid = signal[n_taken:], None if valid is None else valid[n_taken:]
            n_taken, marks = self._kernel.run(signal, valid)
            self._watch_needles(reported)

    def flush(self) -> list[TwitchEvent]:
        """Close bursts that are still open at the end of the signal and return their events."""
        reported: list[Candidate | TwitchEvent] = []
        for mark in self._kernel.open_bursts():
            self._take(Mark(*mark), reported)
        if self._needles is not None:
            reported += [self._time.event(event) for event in self._needles.flush()]
        return [event for event in reported if isinstance(event, TwitchEvent)]

    def _make_warnings(self) -> tuple[str, ...]:
        warnings = []
        if self._decimator is not None:
            warnings.append(
                f"{self.sampling_rate_hz:g} samples a second are decimated to {self._rate_hz:g} before detection"
            )
        if self._rate_hz < FULL_VERDICT_RATE_HZ:
            warnings.append(
                f"{self.sampling_rate_hz:g} samples a second are too few to confirm a twitch (at least "
                f"{FULL_VERDICT_RATE_HZ:g}): every verdict is at most uncertain"
            )
        return tuple(warnings)

    def _tick(self) -> None:
        """Update the noise levels and the judge's history once a second, and search for mains when due."""
        self._contacts.forget(self._time.decided_index(self._kernel.index))
        self._kernel.settle(self._settled, self._floor, RISE_PER_S)
        self._levels.extend(self._floor)
        self._judge.follow(self._kernel)
        if self._mains.finder.is_due():
            self._mains.look(self.is_usable, has_burst=bool(self._groups.open))

    def _watch_needles(self, reported: list[Candidate | TwitchEvent]) -> None:
        if self._needles is None:
            return
        for found in self._needles.advance(self._kernel, self._groups.open, self._mains.confirms_from):
            if isinstance(found, TwitchEvent):
                reported.append(self._time.event(found))
            else:
                reported.append(self._time.candidate(found.onset_index, found.channel, found.decided_index))

    def _take(self, mark: Mark, reported: list[Candidate | TwitchEvent]) -> None:
        if self.roles[mark.channel] == "needle":
            return  # endplate spikes fire there all the time; `NeedleWatch` detects bursts on these channels
        if mark.kind == KIND_START:
            group = self._groups.start(mark)
            if group is not None:
                reported.append(self._candidate(mark))
            return
        finished = self._groups.end(mark, self._kernel.burst_peaks())
        if finished is not None:
            surroundings = Surroundings(
                kernel=self._kernel,
                index=mark.decided,
                usable=self._kernel.is_usable(),
                mains_hz=self._mains.finder.frequency_hz,
                is_learning=mark.decided < self._mains.confirms_from,
                n_active_elsewhere=sum(len(group.active) for group in self._groups.open),
                settled=self._settled,
                since_loss_s=self._losses.seconds_before(mark.decided),
                since_contact=partial(self._since_contact, decided=mark.decided),
            )
            event = self._judge.judge(finished, surroundings)
            self._kernel.limit_growth(GROWTH_BESIDE_HEART if self._judge.knows_heart else math.inf)
            joined = [event] if self._needles is None else self._needles.join(event)
            reported += [self._time.event(one) for one in joined]

    def _candidate(self, mark: Mark) -> Candidate:
        start = max(0, mark.decided - math.floor(CANDIDATE_S * self._rate_hz))
        band_uv = self._kernel.band(start, mark.decided)[:, mark.channel]
        onset = start + find_onset(band_uv, mark.floor_power)
        return self._time.candidate(onset, mark.channel, mark.decided)

    def _since_contact(self, index: int, decided: int) -> float:
        """Return the time from the last contact to a burst, 0 for a contact at most `EARLY_S` after the onset."""
        early = round(EARLY_S * self.sampling_rate_hz)
        since_s = self._contacts.seconds_before(self._time.index(index) + early, self._time.decided_index(decided))
        return max(0.0, since_s - EARLY_S)
