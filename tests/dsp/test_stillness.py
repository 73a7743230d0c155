"""When a needle is still: at any level, under spikes, in noise of any colour, and not while it moves or twitches."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import signal

from dsp import TwitchDetector
from dsp.spontaneous import StillWindow
from dsp.stillness import StillnessLog

Samples = NDArray[np.float64]

RATE_HZ = 2000


def log_of(needle_uv: Samples, rate_hz: float = RATE_HZ) -> StillnessLog:
    detector = TwitchDetector(rate_hz, 1, roles=("needle",))
    detector.process(needle_uv[:, np.newaxis])
    detector.flush()
    return detector.needle_tracks[0].log


def n_places(windows: list[StillWindow]) -> int:
    return len({window.locus for window in windows})


def spike(rate_hz: float) -> Samples:
    time_s = np.arange(-0.003, 0.003, 1.0 / rate_hz)
    return -time_s * np.exp(-0.5 * (time_s / 0.001) ** 2) / (0.001 * np.exp(-0.5))


@pytest.mark.parametrize("stay_s", [5.0, 15.0])
@pytest.mark.parametrize("rate_hz", [1000, 2000])
def test_a_busy_place_after_a_quiet_one_is_measured_too(stay_s: float, rate_hz: int) -> None:
    rng = np.random.default_rng(1)
    levels_uv = [4.0, 30.0] * 4
    parts = []
    for level_uv in levels_uv:
        parts += [
            150.0 * rng.standard_normal(round(0.4 * rate_hz)),
            level_uv * rng.standard_normal(round(stay_s * rate_hz)),
        ]
    windows = log_of(np.concatenate(parts), rate_hz).windows
    at = [int(window.start_index / rate_hz // (stay_s + 0.4)) for window in windows]
    busy = np.array([levels_uv[k] for k in at]) > 10.0
    assert [window.activity.noise_uv > 10.0 for window in windows] == busy.tolist()
    assert 0.4 < np.mean(busy) < 0.6
    assert len(windows) > 0.35 * len(levels_uv) * stay_s
    assert n_places(windows) == len(set(at)) == len(levels_uv)


@pytest.mark.parametrize(("noise_uv", "per_s"), [(5.0, 1.0), (5.0, 5.0), (10.0, 10.0), (20.0, 5.0)])
def test_spikes_over_quiet_noise_leave_the_needle_still_and_are_counted(noise_uv: float, per_s: float) -> None:
    rng = np.random.default_rng(2)
    n = 60 * RATE_HZ
    fired = np.flatnonzero(rng.random(n) < per_s / RATE_HZ)
    train = np.zeros(n)
    train[fired] = rng.uniform(150.0, 500.0, fired.size)
    windows = log_of(noise_uv * rng.standard_normal(n) + np.convolve(train, spike(RATE_HZ), "same")).windows
    assert len(windows) > 35
    told = sum(window.activity.n_spikes or 0 for window in windows) / len(windows)
    true = [np.count_nonzero((fired >= one.start_index) & (fired < one.start_index + RATE_HZ)) for one in windows]
    assert np.mean(true) == pytest.approx(fired.size / 60.0, rel=0.15), "seconds with few spikes are not preferred"
    assert told == pytest.approx(np.mean(true), rel=0.25)


@pytest.mark.parametrize("kind", ["white", "slow", "shot"])
@pytest.mark.parametrize("rate_hz", [1000, 2000])
def test_noise_of_one_place_is_one_place(kind: str, rate_hz: int) -> None:
    rng = np.random.default_rng(3)
    n = 60 * rate_hz
    noise = rng.standard_normal(n)
    if kind == "slow":
        noise = signal.sosfilt(signal.butter(2, 150.0, fs=rate_hz, output="sos"), noise)
    if kind == "shot":
        noise = np.convolve(rng.poisson(1000.0 / rate_hz, n) - 1000.0 / rate_hz, np.exp(-np.arange(8) / 2.0), "same")
    windows = log_of(20.0 * noise / np.std(noise), rate_hz).windows
    assert len(windows) > 42
    assert n_places(windows) == 1


def test_silence_and_what_returns_after_it_are_of_one_place() -> None:
    rng = np.random.default_rng(4)
    noise = 20.0 * rng.standard_normal(40 * RATE_HZ)
    noise[20 * RATE_HZ : round(21.2 * RATE_HZ)] *= 0.1
    windows = log_of(noise).windows
    starts_s = np.array([window.start_index / RATE_HZ for window in windows])
    assert n_places(windows) == 1
    assert not np.any((starts_s > 19.0) & (starts_s < 22.2))
    assert np.count_nonzero(starts_s >= 22.2) > 12


@pytest.mark.parametrize("seconds", [0.06, 0.4])
def test_a_volley_or_an_insertion_ends_the_stillness(seconds: float) -> None:
    rng = np.random.default_rng(5)
    noise = 15.0 * rng.standard_normal(30 * RATE_HZ)
    burst = slice(15 * RATE_HZ, round((15.0 + seconds) * RATE_HZ))
    noise[burst] += 400.0 * rng.standard_normal(burst.stop - burst.start)
    windows = log_of(noise).windows
    starts_s = np.array([window.start_index / RATE_HZ for window in windows])
    assert not np.any((starts_s > 14.0 - 0.3) & (starts_s < 16.0))
    assert n_places(windows) == 2
