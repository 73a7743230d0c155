"""Onset of a burst and its uncertainty."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import signal

from dsp import detect_twitches
from dsp.measuring.onset import AS_TRAINED, Belief, reported_belief, weigh_onsets

AT, BAND_HZ = 60, (30.0, 400.0)


def burst(rate_hz: float, over: float, rise_s: float, seed: int) -> np.ndarray:
    """Return noise of power 1, to which a burst with an amplitude rising to `over` is added from sample `AT` on."""
    rng = np.random.default_rng(seed)
    n = AT + round(0.03 * rate_hz)
    since_s = (np.arange(n) - AT + 1) / rate_hz
    amplitude = np.clip(since_s / max(rise_s, 1e-9), 0.0, 1.0) * over
    return rng.standard_normal(n) * np.sqrt(1.0 + amplitude**2)


@pytest.mark.parametrize("rate_hz", [1000.0, 2000.0, 4000.0])
def test_sudden_burst_begins_within_a_millisecond_and_a_half(rate_hz: float) -> None:
    errors = [
        weigh_onsets(burst(rate_hz, 8.0, 0.0, seed), 1.0, rate_hz).locate(AS_TRAINED).at - AT for seed in range(40)
    ]
    assert np.median(np.abs(errors)) / rate_hz <= 0.0015


def test_two_thirds_of_the_onsets_lie_within_the_uncertainty() -> None:
    within = []
    for seed in range(120):
        found = weigh_onsets(burst(1000.0, 8.0, (0.0, 0.01, 0.03)[seed % 3], seed), 1.0, 1000.0).locate(AS_TRAINED)
        within.append(abs(found.at - AT) <= found.spread)
    assert 0.55 <= np.mean(within) <= 0.97


def spreads_s(belief_of: Callable[[float], Belief], seed: int) -> tuple[float, float]:
    """Return the spreads in s of one burst of 30 to 400 Hz, at 4000 and at 1000 samples a second."""
    rng = np.random.default_rng(seed)
    sos = signal.butter(4, BAND_HZ, "bandpass", fs=4000.0, output="sos")
    rest_uv, burst_uv = signal.sosfilt(sos, rng.standard_normal((2, 1600)))
    rest_uv /= np.std(rest_uv)
    band_uv = rest_uv + 8.0 / np.std(burst_uv) * burst_uv * (np.arange(1600) >= 1200)
    fast, slow = band_uv[1000:1320], np.ascontiguousarray(band_uv[1000:1320:4])
    return tuple(
        weigh_onsets(part, 1.0, rate_hz).locate(belief_of(rate_hz)).spread / rate_hz
        for part, rate_hz in ((fast, 4000.0), (slow, 1000.0))
    )


def test_more_samples_of_the_same_band_make_the_reported_onset_no_more_certain() -> None:
    reported = np.median(
        [spreads_s(lambda rate_hz: reported_belief(rate_hz, BAND_HZ), seed) for seed in range(60)], axis=0
    )
    trained = np.median([spreads_s(lambda _: AS_TRAINED, seed) for seed in range(60)], axis=0)
    assert 0.7 <= reported[0] / reported[1] <= 1.4
    assert trained[0] / trained[1] < 0.7


def test_slow_rise_is_less_sure_than_a_sudden_one() -> None:
    sudden, slow = (
        np.median(
            [
                weigh_onsets(burst(1000.0, 8.0, rise_s, seed), 1.0, 1000.0).locate(AS_TRAINED).spread
                for seed in range(30)
            ]
        )
        for rise_s in (0.0, 0.03)
    )
    assert slow > 1.5 * sudden


@pytest.mark.parametrize("band_uv", [np.zeros(0), np.zeros(2), np.zeros(50), np.full(50, 1e9)])
def test_signals_without_an_onset_raise_nothing(band_uv: np.ndarray) -> None:
    found = weigh_onsets(band_uv, 0.0, 1000.0).locate(AS_TRAINED)
    assert 0 <= found.at <= band_uv.size
    assert np.isfinite(found.spread)


def test_every_verdict_tells_its_uncertainty() -> None:
    rng = np.random.default_rng(1)
    x = 3.0 * rng.standard_normal((60_000, 2))
    known = list(range(15_000, 58_000, 3_000))
    for at in known:
        x[at : at + 50, 0] += 40.0 * rng.standard_normal(50)
    reported = detect_twitches(x, 1000.0)
    found = {at: [one for one in reported if abs(one.onset_index - at) < 30] for at in known}
    assert all(len(events) == 1 for events in found.values())
    assert np.median([abs(events[0].onset_index - at) for at, events in found.items()]) <= 3
    assert all(0.0 < (events[0].onset_uncertainty_ms or 0.0) < 15.0 for events in found.values())
