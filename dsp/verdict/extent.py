"""Where a burst begins and ends and how large it is: as the classifier sees it, and as it is told.

What the classifier was trained on is measured in the detection band as it is. The band's filter rings, at 250 samples a
second for tens of milliseconds, and delays; what is told of a burst is measured after both are taken back.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dsp.bands import design_band_pass
from dsp.compiled._burst import first_row, refilter, smooth_power
from dsp.events import TwitchEvent
from dsp.measuring.measures import PEAK_SHARE, energy_of, find_offset, size_of
from dsp.measuring.onset import AS_TRAINED, Likelihood, OnsetTeller, weigh_onsets
from dsp.measuring.pieces import SHORT_S
from dsp.recent import Recent, Samples
from dsp.thresholds.budget import gamma_quantile
from dsp.verdict.rules import LONG, Verdict

ONSET_BEFORE_S, ONSET_BEFORE_FIRST_S, ONSET_AFTER_S = 0.050, 0.030, 0.010
"""The onset is sought so long before a burst is clear, at most so long before the burst's group, and seen so far on."""

LONGEST_RINGING_S = 0.005
"""Poles that ring longer are drawn in until they ring this long: 14 ms at 30 Hz, 22 ms at 100 Hz of 250 samples a
second. Shorter ones make more of the noise."""

SMOOTH_S, LEAST_SMOOTH = 0.005, 3
"""A burst is told to end where the mean power over this time, and over so many samples, stays below `PEAK_SHARE` of its
own peak (as amplitudes) or below what noise reaches."""

NOISE_SIGMAS = 3.0
"""What noise reaches: in one of 700 such means."""

LEAD_S = 0.03
"""The ringing is taken back from so long before the burst on: what came earlier has faded."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """A burst as the classifier sees it, and what it was measured in.

    Attributes
    ----------
    event : TwitchEvent
        Without a verdict.
    recent : Recent
        The signal up to its end.
    low : int
        Row before which it does not begin.
    onsets : Likelihood
        How likely each onset is from there on.
    """

    event: TwitchEvent
    recent: Recent
    low: int
    onsets: Likelihood


@dataclass(frozen=True, slots=True, eq=False)
class Settling:
    """What turns the band's signal into one of a filter that rings briefly.

    Attributes
    ----------
    sections : ndarray of float64, shape (4, 4)
        b1, b2, a1 and a2 of each: 1 + b1 z^-1 + b2 z^-2 over 1 + a1 z^-1 + a2 z^-2.
    gain : float
        Makes the band's middle what it was.
    noise_gain : float
        Power of white noise after it over that before it.
    delay_samples : int
        Of the band's filter and this together, in the middle of the band.
    """

    sections: NDArray[np.float64]
    gain: float
    noise_gain: float
    delay_samples: int


def design_settling(sampling_rate_hz: float, band_hz: tuple[float, float]) -> Settling:
    """Draw the poles of the band-pass in until none rings longer than `LONGEST_RINGING_S`.

    Parameters
    ----------
    sampling_rate_hz : float
        Of the signal.
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
    """Return the denominator 1 + first z^-1 + second z^-2 with its poles no further out than `most`."""
    radius = float(np.max(np.abs(np.roots((1.0, first, second)))))
    share = min(1.0, most / max(radius, 1e-12))
    return first * share, second * share**2


def _response(sections: NDArray[np.float64], turns: NDArray[np.floating]) -> NDArray[np.complex128]:
    """Return the product of 1 + a1 z^-1 + a2 z^-2 over all sections at angles of z, shape (n_turns,)."""
    late = np.exp(-1j * turns)[:, np.newaxis]
    product: NDArray[np.complex128] = np.prod(1.0 + sections[:, 0] * late + sections[:, 1] * late**2, axis=1)
    return product


class BurstMeter:
    """Measures bursts.

    Parameters
    ----------
    sampling_rate_hz : float
        Rate of the kernel's signal.
    band_hz : tuple of float
        Detection band.
    """

    def __init__(self, sampling_rate_hz: float, band_hz: tuple[float, float]) -> None:
        self._rate_hz = sampling_rate_hz
        self._onsets = OnsetTeller(sampling_rate_hz, band_hz)
        self._settling = design_settling(sampling_rate_hz, band_hz)
        self._n_smooth = max(round(SMOOTH_S * sampling_rate_hz), LEAST_SMOOTH)
        self._n_wide = round(0.5 * (self._n_smooth - SMOOTH_S * sampling_rate_hz))  # by which it reaches further
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
        """Measure the burst of one channel, which may come out of power that lies above the floor.

        Parameters
        ----------
        recent : Recent
            The signal up to the burst's end.
        first : int
            Row at which its group began.
        channel : int
            The one to measure it on, from 0.
        channels : tuple of int
            All on which it is seen.
        threshold : float
            Power over the floor at which it is clear.
        decided_index : int
            For the event.
        level_before : float
            Power before it, in µV².
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

    def tell(self, measured: Measured, verdict: Verdict) -> TwitchEvent:
        """Return the event as it is told, with its verdict: the classifier's own numbers stay as they are."""
        event, recent = measured.event, measured.recent
        floor, band_uv = float(recent.floor[event.channel]), recent.band_of(event.channel)
        found = self._onsets.tell(measured.onsets)
        onset = max(0, measured.low + found.at)
        offset = self._find_end(band_uv, onset, floor)
        if verdict.reasons[0] == LONG:  # of which a peak may stand out so far that the rest is nothing to it
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
        """Return the last row of a burst, its ringing and the filter's delay taken back."""
        settling = self._settling
        low = max(0, onset - round(LEAD_S * self._rate_hz))
        settled_uv = settling.gain * refilter(band_uv[low:], settling.sections)[onset - low :]
        power = smooth_power(settled_uv, self._n_smooth)
        above = np.flatnonzero(power > max(PEAK_SHARE**2 * float(power.max(initial=0.0)), self._least * floor))
        last = int(above[-1]) - self._n_wide if above.size else power.size - 1
        return min(onset + max(1, last - settling.delay_samples), band_uv.size - 1)

    def _noticed(self, band_uv: Samples, first: int, floor: float, threshold: float) -> tuple[int, int]:
        """Return the rows between which the onset lies: up to where the short window clearly rose over the floor."""
        width = max(1, round(SHORT_S * self._rate_hz))
        crossed = first + first_row(band_uv[first:], width, 0.5 * threshold * floor, PEAK_SHARE**2, 0.9)
        low = max(
            first - round(ONSET_BEFORE_FIRST_S * self._rate_hz), crossed - round(ONSET_BEFORE_S * self._rate_hz), 0
        )
        return low, crossed + 1 + round(ONSET_AFTER_S * self._rate_hz)
