"""Spontaneous electrical activity at a needle electrode: endplate noise and endplate spikes while the needle is still.

Levels are those of the detection band. A bare needle records along its whole shaft, so its µV are not comparable with
those of published concentric electrodes, and endplates outside trigger points make noise too: the values describe one
needle at one place.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp.bands import choose_band_hz
from dsp.measuring.measures import energy_of
from dsp.thresholds.budget import gamma_quantile

Samples = NDArray[np.float64]

WINDOW_S = 1.0
"""Length of a measurement."""

NOISE_CRITERION_UV = 10.0
"""RMS from which a locus counts as having endplate noise (from memory of the trigger-point literature; a default)."""

SPIKE_RATE_HZ = 2000.0
"""Below this rate a spike of 3-4 ms is sampled too coarsely to be counted."""

SPIKE_OVER_NOISE, LEAST_SPIKE_UV = 4.0, 30.0
"""Height of a spike over the RMS of the noise, and in µV; Gaussian noise exceeds the first about ten times a minute."""

WAVE_S = 0.0035
"""Length of an endplate spike: 3-4 ms, biphasic (from memory of the textbooks)."""

SPIKE_S, RINGING_S, APART_S, RINGING_SHARE = 0.004, 0.008, 0.003, 0.3
"""Half-width around a spike that is excluded from the noise; time constant of the high-pass filter's ringing, by which
the exclusion is longer after a spike of e times the threshold; shortest interval between two spikes; initial size of
the ringing as a share of the spike's."""

STRETCH_S, LEAST_NOISE = 0.008, 0.2
"""Stretches of this length, the quietest tenth of which gives the first estimate of the noise; and the least share of
samples outside of spikes."""

MOST_TURNS, SETTLED = 6, 0.01
"""Largest number of iterations that separate spikes and noise, and the relative change of the noise at which they
end."""

SILENT_SHARE = 0.25
"""Power below which the endplates are silent, as a share of that before: half the amplitude."""

SILENCE_LOOK_S = 3.0
SMOOTH_S = 0.04
SHARE_OF_WIDTH = 0.75
"""Share of the smoothing window that must contain noise again before its mean exceeds `SILENT_SHARE`."""

INSERTION_S = 0.5
COVERED = 3.0
"""Within `INSERTION_S` after a burst the pass's own insertional activity, with more than `COVERED` times the power
before, may cover a silence."""


@dataclass(frozen=True, slots=True)
class Spontaneous:
    """Activity in one stretch.

    Attributes
    ----------
    noise_uv : float
        RMS outside of spikes, in µV.
    n_spikes : int or None
        Number of endplate spikes; None below 2000 samples a second.
    duration_s : float
        Length of the stretch.
    """

    noise_uv: float
    n_spikes: int | None
    duration_s: float


@dataclass(frozen=True, slots=True)
class StillWindow:
    """One second with the needle still.

    Attributes
    ----------
    start_index : int
        First sample.
    locus : int
        Number of the place, from 0; it changes when the needle moves.
    activity : Spontaneous
        Activity in this second.
    """

    start_index: int
    locus: int
    activity: Spontaneous


@dataclass(frozen=True, slots=True)
class Silence:
    """Silence of the endplates after a burst.

    Attributes
    ----------
    after_index : int
        Last sample of the burst.
    duration_s : float
        Time until half the previous amplitude was reached again; 0 where it never fell below that.
    is_open : bool
        Whether another event or the limit of three seconds came first: the silence lasted at least this long.
    """

    after_index: int
    duration_s: float
    is_open: bool


def measure_spontaneous(band_uv: Samples, sampling_rate_hz: float) -> Spontaneous:
    """Measure endplate noise and spikes in a stretch with the needle still.

    Parameters
    ----------
    band_uv : ndarray of float64, shape (n_samples,)
        Band-passed signal in µV.
    sampling_rate_hz : float
        Rate of the signal.

    Returns
    -------
    Spontaneous
        With NaN for the noise where less than a fifth of the samples lies outside of spikes.
    """
    duration_s = band_uv.size / sampling_rate_hz
    places, is_noise = _separate(band_uv, sampling_rate_hz)
    left = band_uv[is_noise]
    noise_uv = math.sqrt(float(np.mean(left * left))) if left.size >= max(1.0, LEAST_NOISE * band_uv.size) else math.nan
    if sampling_rate_hz < SPIKE_RATE_HZ and noise_uv == noise_uv:  # some of many spikes count as noise
        noise_uv = min(noise_uv, _quietest_uv(band_uv, sampling_rate_hz))
    return Spontaneous(noise_uv, places.size if sampling_rate_hz >= SPIKE_RATE_HZ else None, duration_s)


def _separate(band_uv: Samples, sampling_rate_hz: float) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return the peaks of the spikes, in order and at least 3 ms apart, and a mask of the samples outside of them.

    Spikes are detected in the output of a matched filter with a spike's length and shape, which preserves the size of a
    spike but not that of noise: there they exceed 30 µV and four times the noise. Smaller ones are not separated from
    the noise and count as such. The noise is what lies between the spikes. Both are estimated in turn, beginning with
    the quietest stretches, until the noise converges.
    """
    is_noise = np.ones(band_uv.size, np.bool_)
    places = np.zeros(0, np.intp)
    wave = _spike_wave(sampling_rate_hz)
    if band_uv.size <= wave.size:
        return places, is_noise
    seen_uv = np.convolve(band_uv, wave, "same")
    noise_uv = _quietest_uv(seen_uv, sampling_rate_hz)
    for _ in range(MOST_TURNS):
        threshold_uv = max(LEAST_SPIKE_UV, SPIKE_OVER_NOISE * noise_uv)
        places = _peaks(np.abs(seen_uv), threshold_uv, sampling_rate_hz)
        is_noise = _outside(places, np.abs(seen_uv[places]) / threshold_uv, band_uv.size, sampling_rate_hz)
        if np.count_nonzero(is_noise) < LEAST_NOISE * band_uv.size:
            break
        before_uv, noise_uv = noise_uv, float(np.sqrt(np.mean(seen_uv[is_noise] ** 2)))
        if abs(noise_uv - before_uv) < SETTLED * before_uv:
            break
    return places, is_noise


def _spike_wave(sampling_rate_hz: float) -> Samples:
    """Return one cycle of a sine under a bell, scaled so that a spike of this shape keeps its size."""
    n = max(2, round(WAVE_S * sampling_rate_hz))
    time = (np.arange(n) + 0.5) / n
    wave = np.sin(2.0 * np.pi * time) * np.hanning(n + 2)[1:-1]
    scaled: Samples = wave * np.max(np.abs(wave)) / energy_of(wave)
    return scaled


def _quietest_uv(seen_uv: Samples, sampling_rate_hz: float) -> float:
    """Return the RMS of the Gaussian noise whose quietest stretches have this power."""
    low_hz, high_hz = choose_band_hz(sampling_rate_hz, None)
    degrees = 2.0 * (high_hz - low_hz) * STRETCH_S
    width = max(1, round(STRETCH_S * sampling_rate_hz))
    n_whole = seen_uv.size // width
    powers = np.mean(seen_uv[: n_whole * width].reshape(n_whole, width) ** 2, axis=1)
    return math.sqrt(float(np.quantile(powers, 0.1)) / gamma_quantile(-1.2816, degrees))


def _peaks(size: Samples, threshold: float, sampling_rate_hz: float) -> NDArray[np.intp]:
    """Return the maxima above a threshold; of two that are too close the larger, and none that is only ringing."""
    inner = (size[1:-1] >= size[:-2]) & (size[1:-1] > size[2:]) & (size[1:-1] > threshold)
    peaks = np.flatnonzero(inner) + 1
    kept: list[int] = []
    for at in peaks[np.argsort(-size[peaks], kind="stable")]:
        after_s = (at - np.array(kept, np.intp)) / sampling_rate_hz
        rings = RINGING_SHARE * size[kept] * np.exp(-np.maximum(after_s, 0.0) / RINGING_S)
        if np.all((np.abs(after_s) >= APART_S) & ((after_s < 0.0) | (size[at] > rings))):
            kept.append(int(at))
    return np.array(sorted(kept), np.intp)


def _outside(places: NDArray[np.intp], over: Samples, n_samples: int, sampling_rate_hz: float) -> NDArray[np.bool_]:
    """Return a mask of the samples outside of all spikes; a large spike rings longer."""
    is_noise = np.ones(n_samples, np.bool_)
    half = round(SPIKE_S * sampling_rate_hz)
    for at, ringing in zip(places, np.log(over) * RINGING_S * sampling_rate_hz, strict=True):
        is_noise[max(0, at - half) : at + half + round(ringing) + 1] = False
    return is_noise


@dataclass(frozen=True, slots=True)
class Around:
    """Spontaneous activity before and after one event, such as a twitch or a pass.

    Attributes
    ----------
    start_index, stop_index : int
        First and last sample of the event.
    before, after : StillWindow or None
        Last second with the needle still before it and first one after it, up to the neighbouring events; None where
        the needle was not still for long enough.
    """

    start_index: int
    stop_index: int
    before: StillWindow | None
    after: StillWindow | None


def around(windows: Sequence[StillWindow], spans: Sequence[tuple[int, int]], sampling_rate_hz: float) -> list[Around]:
    """Return for each event the endplate activity before and after it.

    Parameters
    ----------
    windows : sequence of StillWindow
        Still seconds of one needle, in order of time.
    spans : sequence of (int, int)
        First and last sample of each event, in order of time.
    sampling_rate_hz : float
        Rate of the signal.
    """
    n_window = round(WINDOW_S * sampling_rate_hz)
    result = []
    for at, (start, stop) in enumerate(spans):
        earliest = spans[at - 1][1] if at else -1
        latest = spans[at + 1][0] if at + 1 < len(spans) else math.inf
        before = [one for one in windows if earliest < one.start_index and one.start_index + n_window <= start]
        after = [one for one in windows if stop < one.start_index and one.start_index + n_window <= latest]
        result.append(Around(start, stop, before[-1] if before else None, after[0] if after else None))
    return result


def measure_silence(after_power: Samples, before_power: float, hop_s: float, after_index: int) -> Silence | None:
    """Measure how long the activity stays below half its previous amplitude.

    A silence ends when the endplates' activity returns. Where something far stronger follows, such as the next pass,
    the silence is open.

    Parameters
    ----------
    after_power : ndarray of float64, shape (n_hops,)
        Power of each hop from the end of the burst to the next event, at most three seconds.
    before_power : float
        Power of the endplate noise with the needle still before the burst.
    hop_s : float
        Length of a hop.
    after_index : int
        Last sample of the burst.

    Returns
    -------
    Silence or None
        None where the preceding insertion covers the endplate activity, or too little is known.
    """
    width = max(1, round(SMOOTH_S / hop_s))
    if after_power.size < 2 * width:
        return None
    sums = np.concatenate(([0.0], np.cumsum(after_power)))
    mean = (sums[width:] - sums[:-width]) / width
    is_quiet = mean < SILENT_SHARE * before_power
    latest = round(INSERTION_S / hop_s)
    quiet = np.flatnonzero(is_quiet[:latest])
    if quiet.size == 0:
        covered = np.median(mean[:latest]) > COVERED * before_power
        return None if covered or mean.size < latest else Silence(after_index, 0.0, False)
    last = int(quiet[-1])  # insertional activity of the pass itself may have interrupted it earlier
    back = np.flatnonzero(~is_quiet[last:])
    if back.size == 0:
        return Silence(after_index, after_power.size * hop_s, True)
    end = last + int(back[0])
    returned = after_power[end + width : end + 2 * width]
    is_open = returned.size < width or float(np.median(returned)) > COVERED * before_power
    return Silence(after_index, (end + SHARE_OF_WIDTH * width) * hop_s, is_open)
