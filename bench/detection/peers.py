"""Published burst detectors from their own packages, adapted to return onsets, each with a tunable threshold.

All of them take one channel. For a fair comparison they get, at each sample, the band-passed channel that is largest
relative to its own rest, in units of that rest's RMS, with mains notched out. Window lengths and state durations are
the shortest that suit a burst of 20 to 200 ms. Two methods are not run: BioSPPy's `abbink_onset_detector` keeps only
the last onset, after a search of quadratic cost; NeuroKit2's ``pelt`` takes minutes for one minute of signal.
"""

import importlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from bench.detection.signals import Signal, without_mains

Samples = NDArray[np.float64]

TOP_RATE_HZ = 1000.0
"""Faster signals are decimated to at most this rate, because these programs step through samples in Python."""

START_S = 2.0
"""The filters have settled by this time; the rest lasts from here to the start of scoring."""

DEAD_S = 0.2
"""Onsets within this time of another are part of it; needle passes are further apart. This only spares the peers false
alarms."""

WINDOW_S, STATE_S = 0.025, 0.010
TKEO_SMOOTH_S = 0.020


@dataclass(frozen=True, eq=False)
class Trace:
    """Single channel for the peers, in units of the RMS at rest, and its resting part."""

    samples: Samples
    rest: Samples
    rate_hz: float

    def samples_of(self, seconds: float) -> int:
        """Return a duration in samples, at least 2."""
        return max(2, round(seconds * self.rate_hz))


def make_trace(one: Signal) -> Trace:
    """Convert a signal to the form that the peers take."""
    band_uv, rate_hz = one.band_uv(), one.rate_hz
    if rate_hz > TOP_RATE_HZ:
        factor = int(np.ceil(rate_hz / TOP_RATE_HZ))
        band_uv, rate_hz = signal.resample_poly(band_uv, 1, factor, axis=0), rate_hz / factor
    start, stop = round(START_S * rate_hz), round(one.from_s * rate_hz)
    is_rest = slice(start, stop if stop - start > 2.0 * rate_hz else None)
    band_uv = without_mains(band_uv, band_uv[is_rest], rate_hz)
    rest = band_uv[is_rest]
    level_uv = 1.4826 * np.median(np.abs(rest), axis=0)
    over = band_uv / np.maximum(level_uv, 1e-6)
    best = np.argmax(np.abs(over), axis=1)
    samples = over[np.arange(len(over)), best]
    return Trace(samples, samples[is_rest], rate_hz)


@dataclass(frozen=True)
class Peer:
    """Detector: its name, the thresholds to try, and the function that returns its onsets in samples."""

    name: str
    thresholds: tuple[float, ...]
    onsets: Callable[[Trace, float], NDArray[Any]]

    def detect(self, trace: Trace, threshold: float) -> list[float]:
        """Return onsets in seconds; those within `DEAD_S` of another are left out."""
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            found = self.onsets(trace, threshold)
        kept: list[float] = []
        for onset_s in np.sort(np.asarray(found, np.float64)) / trace.rate_hz:
            if not kept or onset_s - kept[-1] >= DEAD_S:
                kept.append(float(onset_s))
        return kept


@cache
def _biosppy() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("biosppy.signals.emg")


@cache
def _neurokit() -> ModuleType:
    """Return the module; the function of the same name spends seconds per minute of signal on a table of its result."""
    return importlib.import_module("neurokit2.emg.emg_activation")


def _rises(is_above: NDArray[np.bool_]) -> NDArray[Any]:
    return np.flatnonzero(np.diff(is_above.astype(np.int8)) > 0) + 1


def _starts(edges: NDArray[Any]) -> NDArray[Any]:
    """Return the onsets in BioSPPy's list of alternating onsets and offsets."""
    return np.asarray(edges)[0::2]


def _hodges_bui(trace: Trace, threshold: float) -> NDArray[Any]:
    size = trace.samples_of(WINDOW_S)
    found = _biosppy().hodges_bui_onset_detector(
        trace.samples, trace.rest, trace.rate_hz, size=size, threshold=threshold
    )
    return _rises(found["processed"] >= threshold) + size // 2


def _bonato(trace: Trace, threshold: float) -> NDArray[Any]:
    found = _biosppy().bonato_onset_detector(
        trace.samples, trace.rest, trace.rate_hz, threshold=threshold,
        active_state_duration=trace.samples_of(STATE_S / 2), samples_above_fail=2, fail_size=2,
    )  # fmt: skip
    return _starts(found["onsets"])


def _lidierth(trace: Trace, threshold: float) -> NDArray[Any]:
    found = _biosppy().lidierth_onset_detector(
        trace.samples, trace.rest, trace.rate_hz, size=trace.samples_of(WINDOW_S), threshold=threshold,
        active_state_duration=trace.samples_of(STATE_S), fail_size=2,
    )  # fmt: skip
    return _starts(found["onsets"])


def _solnik(trace: Trace, threshold: float) -> NDArray[Any]:
    found = _biosppy().solnik_onset_detector(
        trace.samples, trace.rest, trace.rate_hz, threshold=threshold, active_state_duration=2
    )
    return _starts(found["onsets"])


def _silva(trace: Trace, threshold: float) -> NDArray[Any]:
    size = trace.samples_of(WINDOW_S)
    found = _biosppy().silva_onset_detector(
        trace.samples, trace.rate_hz, size=size, threshold_size=4 * size, threshold=threshold
    )
    return _starts(found["onsets"])


def _londral(trace: Trace, threshold: float) -> NDArray[Any]:
    found = _biosppy().londral_onset_detector(
        trace.samples, trace.rest, trace.rate_hz, size=trace.samples_of(WINDOW_S), threshold=threshold,
        active_state_duration=trace.samples_of(STATE_S),
    )  # fmt: skip
    return _starts(found["onsets"])


def _neurokit_onsets(activity: Any, trace: Trace) -> NDArray[Any]:
    found = _neurokit()._emg_activation_activations(np.asarray(activity), duration_min=trace.samples_of(STATE_S))
    return np.asarray(found["EMG_Onsets"])


@cache
def _amplitude(trace: Trace) -> Samples:
    import neurokit2

    return np.asarray(neurokit2.emg_amplitude(trace.samples))


def _neurokit_threshold(trace: Trace, threshold: float) -> NDArray[Any]:
    amplitude = _amplitude(trace)
    level = threshold * float(np.median(amplitude))
    if level > np.max(amplitude):
        return np.zeros(0)
    return _neurokit_onsets(_neurokit()._emg_activation_threshold(amplitude, level), trace)


def _neurokit_mixture(trace: Trace, threshold: float) -> NDArray[Any]:
    return _neurokit_onsets(_neurokit()._emg_activation_mixture(_amplitude(trace), threshold), trace)


def _neurokit_biosppy(trace: Trace, threshold: float) -> NDArray[Any]:
    activity = _neurokit()._emg_activation_biosppy(trace.samples, round(trace.rate_hz), WINDOW_S, threshold)
    return _neurokit_onsets(activity, trace)


def _tkeo_mad(trace: Trace, threshold: float) -> NDArray[Any]:
    x = trace.samples
    energy = np.zeros_like(x)
    energy[1:-1] = np.abs(x[1:-1] ** 2 - x[:-2] * x[2:])
    size = trace.samples_of(TKEO_SMOOTH_S)
    smooth = np.convolve(energy, np.ones(size) / size, "same")
    middle = np.median(smooth)
    return _rises(smooth > middle + threshold * 1.4826 * np.median(np.abs(smooth - middle)))


def _grid(low: float, high: float, n: int) -> tuple[float, ...]:
    return tuple(float(one) for one in np.geomspace(low, high, n))


PEERS = (
    Peer("TKEO + MAD", _grid(2.0, 1000.0, 14), _tkeo_mad),
    Peer("BioSPPy hodges_bui", _grid(1.2, 25.0, 10), _hodges_bui),
    Peer("BioSPPy bonato", _grid(4.0, 400.0, 10), _bonato),
    Peer("BioSPPy lidierth", _grid(1.2, 25.0, 10), _lidierth),
    Peer("BioSPPy solnik", _grid(2.0, 200.0, 10), _solnik),
    Peer("BioSPPy silva", _grid(1.2, 25.0, 10), _silva),
    Peer("BioSPPy londral", _grid(3.0, 100.0, 5), _londral),
    Peer("NeuroKit2 threshold", _grid(1.2, 12.0, 10), _neurokit_threshold),
    Peer("NeuroKit2 mixture", (0.5, 0.9, 0.99, 0.999, 0.999999), _neurokit_mixture),
    Peer("NeuroKit2 biosppy", _grid(1.2, 25.0, 10), _neurokit_biosppy),
)
