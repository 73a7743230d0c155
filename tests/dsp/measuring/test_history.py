"""History of bursts: counts, comparison of shapes, and rhythm."""

import numpy as np
import pytest

from dsp.measuring.history import NAMES, BurstHistory


def reported(history: BurstHistory, shape: np.ndarray, at: int, rate_hz: float, over: float = 10.0) -> dict[str, float]:
    signal = np.random.default_rng(at).normal(0.0, 0.3, (round(1.2 * rate_hz), shape.shape[1]))
    row = round(1.0 * rate_hz)
    signal[row : row + len(shape)] += over * shape
    start = at - row
    values = history.compare(signal, np.ones(shape.shape[1]), start, at, at + len(shape), over)
    return dict(zip(NAMES, values, strict=True))


def beat(rate_hz: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    n = round(0.06 * rate_hz)
    wave = np.convolve(rng.standard_normal(n), np.hanning(max(3, round(0.012 * rate_hz))), "same")
    return (wave / np.abs(wave).max())[:, np.newaxis] * np.array([1.0, -0.6, 0.3])


@pytest.mark.parametrize("rate_hz", [250.0, 1000.0, 4000.0])
def test_steady_beats_are_one_shape_in_rhythm(rate_hz: float) -> None:
    history, shape = BurstHistory(rate_hz), beat(rate_hz)
    last = {}
    for k in range(8):
        last = reported(history, shape, round((2.0 + 0.8 * k) * rate_hz), rate_hz)
    assert last["likeness"] > 0.9
    assert last["rhythm"] >= 5
    assert last["alike_since"] == pytest.approx(0.8, abs=0.01)


def test_bursts_of_other_shapes_are_not_alike() -> None:
    history = BurstHistory(1000.0)
    last = {}
    for k in range(8):
        last = reported(history, beat(1000.0, seed=k), 2000 + 800 * k, 1000.0)
    assert last["rhythm"] == 0
    assert last["bursts_10s"] == 7


def test_what_went_before_is_counted_and_forgotten() -> None:
    history, shape = BurstHistory(1000.0), beat(1000.0)
    reported(history, shape, 2000, 1000.0, over=40.0)
    second = reported(history, shape, 2500, 1000.0, over=10.0)
    assert second["bursts_1s"] == 1
    assert second["since_larger"] == pytest.approx(0.44, abs=0.01)
    assert second["larger_ratio"] == pytest.approx(np.log10(4.0))
    late = reported(history, shape, 40_000, 1000.0)
    assert late["bursts_10s"] == 0
    assert late["likeness"] == 0.0


def test_burst_at_the_edge_of_what_is_known_raises_nothing() -> None:
    history = BurstHistory(1000.0)
    for _ in range(3):
        values = history.compare(np.ones((5, 2)), np.ones(2), 0, 0, 4, 1.0)
        assert np.isfinite(values).all()
