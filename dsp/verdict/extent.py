"""Onset, offset and size of a burst, as the classifier uses them and as they are reported.

The classifier was trained on measures taken in the detection band as it is. The filter of this band delays, and it
rings, for tens of milliseconds at 250 samples a second; the reported measures are corrected for both.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dsp.bands import design_band_pass
from dsp.compiled._burst import first_row, refilter, smooth_power
from dsp.events import TwitchEvent
from dsp.measuring.measures import PEAK_SHARE, energy_of, find_offset, size_of
from dsp.measuring.onset import AS_TRAINED, Likelihood, OnsetEstimator, weigh_onsets
from dsp.measuring.pieces import SHORT_WINDOW_S
from dsp.recent import Recent, Samples
from dsp.thresholds.budget import gamma_quantile
from dsp.verdict.rules import LONG, Verdict

ONSET_BEFORE_S, ONSET_BEFORE_FIRST_S, ONSET_AFTER_S = 0.050, 0.030, 0.010
"""The onset is sought from this long before a burst is clear, but at most `ONSET_BEFORE_FIRST_S` before the burst's
group, up to `ONSET_AFTER_S` after it is clear."""

LONGEST_RINGING_S = 0.005
"""Poles that ring longer are moved inwards until they ring this long; uncorrected it is 14 ms at 30 Hz, and 22 ms at
100 Hz with 250 samples a second. A shorter time would amplify the noise more."""

SMOOTH_S, LEAST_SMOOTH = 0.005, 3
"""The reported end of a burst is where its mean power, over this time and at least this many samples, stays below
`PEAK_SHARE` of its own peak (as amplitudes) or below what noise reaches."""

NOISE_SIGMAS = 3.0
"""Level that noise reaches: exceeded by one in 700 such means."""

LEAD_S = 0.03
"""The ringing is corrected from this long before the burst on: earlier ringing has decayed."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Burst as the classifier sees it, and the signal that it was measured in.

    Attributes
    ----------
    event : TwitchEvent
        Event without a verdict.
    recent : Recent
        The signal up to its end.
    low : int
        Row before which it does not begin.
    onsets : Likelihood
        Likelihood of each onset from that row on.
    """

    event: TwitchEvent
    recent: Recent
    low: int
    onsets: Likelihood


@dataclass(frozen=True, slots=True, eq=False)
class Settling:
    """Filter that turns the band-passed signal into that of a band-pass with short ringing.

    Attributes
    ----------
    sections : ndarray of float64, shape (4, 4)
        b1, b2, a1 and a2 of each section: 1 + b1 z^-1 + b2 z^-2 over 1 + a1 z^-1 + a2 z^-2.
    gain : float
        Gain that restores the amplitude in the middle of the band.
    noise_gain : float
        Power of white noise after the filter over that before it.
    delay_samples : int
        Delay of the band-pass and this filter together, in the middle of the band.
    """

    sections: NDArray[np.float64]
    gain: float
    noise_gain: float
    delay_samples: int


def design_settling(sampling_rate_hz: float, band_hz: tuple[float, float]) -> Settling:
    """Move the poles of the band-pass inwards until none rings longer than `LONGEST_RINGING_S`.

    Parameters
    ----------
    sampling_rate_hz : float
        Rate of the signal.
    band_hz : tuple of float
        Edges of the detection band.
    """
    poles = design_band_pass(sampling_rate_hz, band_hz).sections
    most = math.exp(-1.0 / (LONGEST_RINGING_S * sampling_rate_hz))
    drawn = np.array([_draw_in(first, second, most) for first, second in poles])
    turns = np.pi * (np.arange(512, dtype=np.float64) + 0.5) / 512.0
    middle = 2.0 * np.pi * math.sqrt(band_hz[0] * band_hz[1]) / sampling_rate_hz
    near = np.array((middle - 1e-4, middle + 1e-4))
    gain = float(1.0 / np.abs(_response(poles, near)[0] / _response(drawn, near)[0]))
    zeros = np.abs(2.0 * np.sin(turns)) ** 8
    old, new = (zeros / np.abs(_response(one, turns)) ** 2 for one in (poles, drawn))
    turned = np.unwrap(np.angle(_response(drawn, near)))
    delay = 4.0 + (turned[1] - turned[0]) / (near[1] - near[0])  # (1 - z^-2)^4 delays by four samples
    sections = np.column_stack((poles, drawn))
    return Settling(sections, gain, gain**2 * float(new.sum() / old.sum()), max(0, round(delay)))


def _draw_in(first: float, second: float, most: float) -> tuple[float, float]:
    """Return the denominator 1 + first z^-1 + second z^-2 with the radius of its poles limited to `most`."""
    radius = float(np.max(np.abs(np.roots((1.0, first, second)))))
    share = min(1.0, most / max(radius, 1e-12))
    return first * share, second * share**2


def _response(sections: NDArray[np.float64], turns: NDArray[np.floating]) -> NDArray[np.complex128]:
    """Return the product of 1 + a1 z^-1 + a2 z^-2 over all sections at the angles `turns`, shape (n_turns,)."""
    late = np.exp(-1j * turns)[:, np.newaxis]
    product: NDArray[np.complex128] = np.prod(1.0 + sections[:, 0] * late + sections[:, 1] * late**2, axis=1)
    return product


class BurstMeter:
    """Meter of the onset, offset and size of bursts.

    Parameters
    ----------
    sampling_rate_hz : float
        Rate of the kernel's signal.
    band_hz : tuple of float
        Edges of the detection band.
    """

    def __init__(self, sampling_rate_hz: float, band_hz: tuple[float, float]) -> None:
        self._rate_hz = sampling_rate_hz
        self._onsets = OnsetEstimator(sampling_rate_hz, band_hz)
        self._settling = design_settling(sampling_rate_hz, band_hz)
        self._n_smooth = max(round(SMOOTH_S * sampling_rate_hz), LEAST_SMOOTH)
        self._n_wide = round(0.5 * (self._n_smooth - SMOOTH_S * sampling_rate_hz))  # half of its excess width
        degrees = 2.0 * (band_hz[1] - band_hz[0]) * self._n_smooth / sampling_rate_hz
        self._least = gamma_quantile(NOISE_SIGMAS, degrees) * self._settling.noise_gain

    def measure(
        self,
        recent: Recent,
        first: int,
        channel: int,
        channels: tuple[int, ...],
        threshold: float,
        decided_index: int,
        level_before: float = 0.0,
    ) -> Measured:
        """Measure the burst of one channel, which may emerge from power above the floor.

        Parameters
        ----------
        recent : Recent
            The signal up to the burst's end.
        first : int
            Row at which its group began.
        channel : int
            Channel to measure, from 0.
        channels : tuple of int
            All channels on which it is seen.
        threshold : float
            Power over the floor at which it is clear.
        decided_index : int
            Value for the event.
        level_before : float
            Power before it, in µV²; used in the onset search if it is above the floor.
        """
        floor = float(recent.floor[channel])
        band_uv = recent.band_of(channel)
        low, noticed = self._noticed(band_uv, first, floor, threshold)
        onsets = weigh_onsets(band_uv[low:noticed], max(floor, level_before), self._rate_hz)
        found = onsets.locate(AS_TRAINED)
        onset = max(0, low + found.at - self._onsets.delay_samples)
        offset = onset + find_offset(band_uv[onset:], floor, self._rate_hz)
        is_learnt = bool(recent.rest[channel] > 0.0)
        baseline = float(recent.rest[channel]) if is_learnt else floor
        size = size_of(band_uv[onset : offset + 1], baseline**0.5)
        event = TwitchEvent(
            onset_index=recent.start + onset,
            offset_index=recent.start + offset,
            onset_s=0.0,
            offset_s=0.0,
            label="uncertain",
            confidence=0.0,
            reasons=(),
            channel=channel,
            channels=channels,
            peak_uv=size.peak_uv,
            rms_uv=size.rms_uv,
            snr_db=size.snr_db,
            grade=size.grade,
            latency_ms=None,
            decided_index=decided_index,
            onset_uncertainty_ms=1e3 * found.spread / self._rate_hz,
            over_floor=not is_learnt,
        )
        return Measured(event, recent, low, onsets)

    def report(self, measured: Measured, verdict: Verdict) -> TwitchEvent:
        """Return the reported event, with its verdict; the classifier's own measures are not changed."""
        event, recent = measured.event, measured.recent
        floor, band_uv = float(recent.floor[event.channel]), recent.band_of(event.channel)
        found = self._onsets.estimate(measured.onsets)
        onset = max(0, measured.low + found.at)
        offset = self._find_end(band_uv, onset, floor)
        if verdict.reasons[0] == LONG:  # its peak may be so large that the rest falls below `PEAK_SHARE` of it
            offset = max(offset, min(event.offset_index - recent.start, band_uv.size - 1))
        part = band_uv[onset : offset + 1]
        power = energy_of(part) / part.size
        return replace(
            event,
            onset_index=recent.start + onset,
            offset_index=recent.start + offset,
            rms_uv=math.sqrt(max(power - floor, 0.5 * power)),
            label=verdict.label,
            confidence=verdict.confidence,
            reasons=verdict.reasons,
            onset_uncertainty_ms=1e3 * found.spread / self._rate_hz,
        )

    def _find_end(self, band_uv: Samples, onset: int, floor: float) -> int:
        """Return the last row of a burst, corrected for the filter's ringing and delay."""
        settling = self._settling
        low = max(0, onset - round(LEAD_S * self._rate_hz))
        settled_uv = settling.gain * refilter(band_uv[low:], settling.sections)[onset - low :]
        power = smooth_power(settled_uv, self._n_smooth)
        above = np.flatnonzero(power > max(PEAK_SHARE**2 * float(power.max(initial=0.0)), self._least * floor))
        last = int(above[-1]) - self._n_wide if above.size else power.size - 1
        return min(onset + max(1, last - settling.delay_samples), band_uv.size - 1)

    def _noticed(self, band_uv: Samples, first: int, floor: float, threshold: float) -> tuple[int, int]:
        """Return the rows between which the onset lies, until just after the short window rises over the floor."""
        width = max(1, round(SHORT_WINDOW_S * self._rate_hz))
        crossed = first + first_row(band_uv[first:], width, 0.5 * threshold * floor, PEAK_SHARE**2, 0.9)
        low = max(
            first - round(ONSET_BEFORE_FIRST_S * self._rate_hz), crossed - round(ONSET_BEFORE_S * self._rate_hz), 0
        )
        return low, crossed + 1 + round(ONSET_AFTER_S * self._rate_hz)
