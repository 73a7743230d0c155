"""The numbers from which the verdict on a burst is learnt: free of units, and of what was decided before."""

from statistics import median

import numpy as np
from numpy.typing import NDArray

from dsp import history
from dsp.features import Features
from dsp.measures import smooth_power
from dsp.recent import Recent
from dsp.rules import Case

Samples = NDArray[np.float64]

OWN_NAMES = (
    "rate", "band", "channels", "over", "margin", "duration", "impulse", "unit", "doublet", "attack", "slow", "steep",
    "mains", "frequency", "spread", "before", "after", "company", "own", "raised", "elsewhere", "beat", "heart", "late",
    "piece", "whole", "beyond", "onset_spread",
)  # fmt: skip
SHAPE_NAMES = (
    "wide_50", "wide_25", "wide_10", "wide_noise", "fill", "rise", "centre", "middle", "crest", "turns", "lopsided",
    "fast_share", "change", "last_20", "before_60", "before_250", "before_1000", "lead_in", "reach_25", "reach_6",
    "reach_best", "reach_median", "one_shape", "in_step", "slow_before", "raw_step",
)  # fmt: skip
NAMES = (*OWN_NAMES, *SHAPE_NAMES, *history.NAMES)
"""What each column of the evidence is called, in order."""


def gather(recent: Recent, case: Case, past: tuple[float, ...], rate_hz: float, high_hz: float) -> Samples:
    """Return the evidence of one burst, shape (len(NAMES),)."""
    own = _own(case, rate_hz, high_hz)
    return np.array((*own, *_shape(recent, case, rate_hz), *past))


def _own(case: Case, rate_hz: float, high_hz: float) -> tuple[float, ...]:
    f: Features = case.features
    return (
        np.log2(rate_hz / 250.0), np.log2(high_hz / 100.0), float(f.n_channels), case.event.snr_db / 20.0,
        _log(case.margin), _log(f.duration_s), f.pulses.impulse, f.pulses.unit, f.pulses.doublet, _log(f.attack),
        _log(f.slow_ratio), f.impulse_share, f.mains_share, _log(f.frequency_hz / high_hz), f.spread,
        _log(f.before), _log(f.after), f.company, _log(f.own), _log(f.raised), float(case.n_elsewhere),
        _log(case.beat_over), float(case.may_be_heart),
        _log((case.event.decided_index - case.event.offset_index + 1) / rate_hz),
        float(case.piece), _log(max(case.whole_s, f.duration_s)), _log(case.beyond),
        _log(0.001 * (case.event.onset_uncertainty_ms or 0.0)),
    )  # fmt: skip


def _log(value: float) -> float:
    return float(np.log10(max(value, 1e-3)))


def _shape(recent: Recent, case: Case, rate_hz: float) -> tuple[float, ...]:
    event = case.event
    onset, stop = event.onset_index - recent.start, event.offset_index - recent.start + 1
    channel, floor = event.channel, float(recent.floor[event.channel])
    signal = recent.band_uv[:, channel]
    tail = signal[onset:]
    power = smooth_power(tail, max(1, round(0.005 * rate_hz)))
    top = max(float(power[: max(1, stop - onset)].max(initial=0.0)), 1e-12)
    widths = [_width(power > share**2 * top) / rate_hz for share in (0.5, 0.25, 0.1)]
    noisy = _width(power > 4.0 * floor) / rate_hz
    within = power[: max(1, round(widths[1] * rate_hz))]
    fill = float(np.mean(within > 0.0625 * top))
    burst = signal[onset:stop]
    energy = np.cumsum(burst * burst)
    total = max(float(energy[-1]) if energy.size else 0.0, 1e-12)
    places = np.searchsorted(energy, (0.05 * total, 0.25 * total, 0.5 * total, 0.75 * total, 0.95 * total)) / rate_hz
    peak = max(float(np.max(np.abs(burst), initial=0.0)), 1e-9)
    steps = np.diff(burst)
    curves = np.diff(steps)
    turning = (steps[1:] * steps[:-1] < 0.0) & (np.abs(burst[1:-1]) > 0.3 * peak) if burst.size > 2 else steps[:0]
    half = max(1, burst.size // 2)
    early, late = _roughness(burst[:half]), _roughness(burst[half:])
    squares = float(steps @ steps)
    return (
        *map(_log, widths), _log(noisy), fill, _log((int(np.argmax(power)) + 1) / rate_hz),
        float((places[2] - places[0]) / max(places[4] - places[0], 1e-4)), _log(places[3] - places[1]),
        _log(peak * peak * burst.size / total), float(np.count_nonzero(turning)),
        float((burst.max(initial=0.0) + burst.min(initial=0.0)) / peak), float(curves @ curves) / max(squares, 1e-12),
        _log(late / max(early, 1e-6)), _log(_mean(tail[-max(1, round(0.02 * rate_hz)) :]) / top),
        *_earlier(signal[:onset], rate_hz, floor, top), *_others(recent, onset, stop, channel),
        *_unfiltered(recent.raw_uv[:, channel], onset, stop, peak, rate_hz),
    )  # fmt: skip


def _width(above: NDArray[np.bool_]) -> int:
    at = np.flatnonzero(above)
    return int(at[-1] - at[0] + 1) if at.size else 0


def _roughness(part: Samples) -> float:
    steps = np.diff(part)
    return float(steps @ steps) / max(float(part @ part), 1e-12)


def _mean(part: Samples) -> float:
    return float(part @ part) / part.size if part.size else 0.0


def _earlier(before: Samples, rate_hz: float, floor: float, top: float) -> tuple[float, ...]:
    """Return power before the onset over the floor, at three distances, and the last 50 ms against the burst."""
    rows = [max(0, before.size - round(seconds * rate_hz)) for seconds in (0.010, 0.060, 0.250, 1.0)]
    levels = [_log(_mean(before[rows[k + 1] : rows[k]]) / floor) for k in range(3)]
    return (*levels, _log(_mean(before[rows[1] : rows[0]]) / top))


def _others(recent: Recent, onset: int, stop: int, channel: int) -> tuple[float, ...]:
    """Return how far the burst reaches over channels, and how much of it is one shape."""
    seen = np.flatnonzero(recent.weights > 0.0)
    if seen.size < 2:
        return (-1.0, -1.0, -3.0, -3.0, -1.0, -1.0)
    part = recent.band_uv[onset:stop, seen] / np.sqrt(recent.floor[seen])
    matrix = part.T @ part
    energy = np.maximum(np.diag(matrix) - len(part), 0.0) + 1e-9
    own = int(np.flatnonzero(seen == channel)[0]) if channel in seen else int(np.argmax(energy))
    others = np.arange(seen.size) != own
    share = energy[others] / energy[own]
    norm = np.sqrt(np.maximum(np.diag(matrix), 1e-12))
    alike = (np.abs(matrix[own]) / (norm * norm[own]))[others]
    largest = float(np.linalg.eigvalsh(matrix)[-1])
    return (
        np.count_nonzero(share > 0.0625) / share.size, np.count_nonzero(share > 0.0036) / share.size,
        _log(float(share.max())),
        _log(median(share.tolist())), largest / max(float(np.trace(matrix)), 1e-12), median(alike.tolist()),
    )  # fmt: skip


def _unfiltered(raw_uv: Samples, onset: int, stop: int, peak: float, rate_hz: float) -> tuple[float, ...]:
    """Return the wander of the unfiltered signal before the burst, and the step across it, over its peak."""
    n = max(1, round(0.02 * rate_hz))
    means = raw_uv[max(0, onset - 15 * n) : onset]
    means = means[: means.size // n * n].reshape(-1, n).mean(axis=1)
    wander = float(np.ptp(means)) if means.size > 1 else 0.0
    before, after = raw_uv[max(0, onset - n) : max(1, onset)], raw_uv[max(0, stop - n) :][-2 * n :]
    step = abs(float(after.mean()) - float(before.mean())) if before.size and after.size else 0.0
    return _log(wander / peak), _log(step / peak)
