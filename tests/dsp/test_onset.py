"""Where a burst begins, and how sure that is."""

import numpy as np
import pytest

from dsp import detect_twitches
from dsp.onset import locate_onset

AT = 60


def burst(rate_hz: float, over: float, rise_s: float, seed: int) -> np.ndarray:
    """Return noise of power 1 that grows to `over` squared from sample `AT` on."""
    rng = np.random.default_rng(seed)
    n = AT + round(0.03 * rate_hz)
    since_s = (np.arange(n) - AT + 1) / rate_hz
    amplitude = np.clip(since_s / max(rise_s, 1e-9), 0.0, 1.0) * over
    return rng.standard_normal(n) * np.sqrt(1.0 + amplitude**2)


@pytest.mark.parametrize("rate_hz", [1000.0, 2000.0, 4000.0])
def test_sudden_burst_begins_within_a_millisecond_and_a_half(rate_hz: float) -> None:
    errors = [locate_onset(burst(rate_hz, 8.0, 0.0, seed), 1.0, rate_hz).at - AT for seed in range(40)]
    assert np.median(np.abs(errors)) / rate_hz <= 0.0015


def test_two_thirds_of_the_onsets_lie_within_the_uncertainty() -> None:
    within = []
    for seed in range(120):
        found = locate_onset(burst(1000.0, 8.0, (0.0, 0.01, 0.03)[seed % 3], seed), 1.0, 1000.0)
        within.append(abs(found.at - AT) <= found.spread)
    assert 0.55 <= np.mean(within) <= 0.97


def test_slow_rise_is_less_sure_than_a_sudden_one() -> None:
    sudden, slow = (
        np.median([locate_onset(burst(1000.0, 8.0, rise_s, seed), 1.0, 1000.0).spread for seed in range(30)])
        for rise_s in (0.0, 0.03)
    )
    assert slow > 1.5 * sudden


@pytest.mark.parametrize("signal", [np.zeros(0), np.zeros(2), np.zeros(50), np.full(50, 1e9)])
def test_signals_without_an_onset_raise_nothing(signal: np.ndarray) -> None:
    found = locate_onset(signal, 0.0, 1000.0)
    assert 0 <= found.at <= signal.size
    assert np.isfinite(found.spread)


def test_every_verdict_tells_its_uncertainty() -> None:
    rng = np.random.default_rng(1)
    x = 3.0 * rng.standard_normal((60_000, 2))
    known = list(range(15_000, 58_000, 3_000))
    for at in known:
        x[at : at + 50, 0] += 40.0 * rng.standard_normal(50)
    told = detect_twitches(x, 1000.0)
    found = {at: [one for one in told if abs(one.onset_index - at) < 30] for at in known}
    assert all(len(events) == 1 for events in found.values())
    assert np.median([abs(events[0].onset_index - at) for at, events in found.items()]) <= 3
    assert all(0.0 < (events[0].onset_uncertainty_ms or 0.0) < 15.0 for events in found.values())
