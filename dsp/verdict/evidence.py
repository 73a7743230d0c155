"""Features of the learned classifier: dimensionless, and independent of earlier verdicts."""

import math

import numpy as np
from numpy.typing import NDArray

from dsp.compiled._burst import top_amplitude
from dsp.compiled._channels import reach
from dsp.compiled._shape import outline, wander
from dsp.measuring import character, history, local_rise
from dsp.measuring.features import Features
from dsp.recent import Recent
from dsp.verdict.rules import Case

Samples = NDArray[np.float64]

OWN_NAMES = (
    "rate", "band", "channels", "over", "margin", "duration", "impulse", "unit", "doublet", "attack", "slow", "steep",
    "mains", "frequency", "spread", "before", "after", "company", "own", "raised", "elsewhere", "beat", "left",
    "due", "heart", "late", "piece", "whole", "beyond", "onset_spread",
)  # fmt: skip
SHAPE_NAMES = (
    "wide_50", "wide_25", "wide_10", "wide_noise", "fill", "rise", "centre", "middle", "crest", "turns", "lopsided",
    "fast_share", "change", "last_20", "before_60", "before_250", "before_1000", "lead_in", "reach_25", "reach_6",
    "reach_best", "reach_median", "one_shape", "in_step", "slow_before", "raw_step",
)  # fmt: skip
NAMES = (*OWN_NAMES, *SHAPE_NAMES, *local_rise.NAMES, *history.NAMES, *character.NAMES)
"""Name of each column of the evidence, in order."""


def gather(recent: Recent, case: Case, past: tuple[float, ...], rate_hz: float, high_hz: float) -> Samples:
    """Return the evidence of one burst, shape (len(NAMES),); features that have not been computed yet are NaN."""
    own = _own(case, rate_hz, high_hz)
    return np.array((*own, *_shape(recent, case, rate_hz), *case.rise, *past))


def complete(evidence: Samples, case: Case, rate_hz: float, high_hz: float) -> None:
    """Fill in the features of the same burst that have been computed since, in place."""
    evidence[: len(OWN_NAMES)] = _own(case, rate_hz, high_hz)


def _own(case: Case, rate_hz: float, high_hz: float) -> tuple[float, ...]:
    f: Features = case.features
    return (
        math.log2(rate_hz / 250.0), math.log2(high_hz / 100.0), float(f.n_channels), case.event.snr_db / 20.0,
        _log(case.margin), _log(f.duration_s), f.pulses.impulse, f.pulses.unit, f.pulses.doublet, _log(f.attack),
        _log(f.slow_ratio), f.impulse_share, f.mains_share, _log(f.frequency_hz / high_hz), f.spread,
        _log(f.before), _log(f.after), f.company, _log(f.own), _log(f.raised), float(case.n_elsewhere),
        _log(case.beat_over), _log(case.beat_left), case.due, float(case.may_be_heart),
        _log((case.event.decided_index - case.event.offset_index + 1) / rate_hz),
        float(case.piece), _log(max(case.whole_s, f.duration_s)), _log(case.beyond),
        _log(0.001 * (case.event.onset_uncertainty_ms or 0.0)),
    )  # fmt: skip


def _log(value: float) -> float:
    return math.log10(max(value, 1e-3))


def _shape(recent: Recent, case: Case, rate_hz: float) -> tuple[float, ...]:
    event = case.event
    onset, stop = event.onset_index - recent.start, event.offset_index - recent.start + 1
    channel = event.channel
    signal = recent.band_of(channel)
    peak = max(top_amplitude(signal[onset:stop]), 1e-9)
    return (
        *outline(signal, onset, stop, float(recent.floor[channel]), rate_hz, max(1, round(0.005 * rate_hz))),
        *_others(recent, onset, stop, channel),
        *wander(recent.raw_of(channel), onset, stop, peak, rate_hz),
    )


def _others(recent: Recent, onset: int, stop: int, channel: int) -> tuple[float, ...]:
    """Return how far the burst reaches over the channels, and how much of it has one shape."""
    part = recent.band_uv[onset:stop]
    values: tuple[float, ...] = reach(part.T @ part, recent.floor, recent.weights, channel, len(part))
    return values if values else (-1.0, -1.0, -3.0, -3.0, -1.0, -1.0)
