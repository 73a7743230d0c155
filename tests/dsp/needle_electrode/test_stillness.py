"""Stillness of a needle: detected at any level, under spikes, in noise of any colour, but not in moves or twitches."""

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import signal

from dsp import TwitchDetector
from dsp.needle_electrode.spontaneous import StillWindow
from dsp.needle_electrode.stillness import MOST_RUN_S, MOST_STRONG_S, StillnessLog

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
    reported = sum(window.activity.n_spikes or 0 for window in windows) / len(windows)
    true = [np.count_nonzero((fired >= one.start_index) & (fired < one.start_index + RATE_HZ)) for one in windows]
    assert np.mean(true) == pytest.approx(fired.size / 60.0, rel=0.15), "seconds with few spikes are not preferred"
    assert reported == pytest.approx(np.mean(true), rel=0.25)


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


def follow(
    levels: dict[float, float], seconds: float, unusable_s: tuple[float, float] = (0.0, 0.0), burst_s: float = 0.0
) -> StillnessLog:
    """Return a log of hops of 4 ms.

    `levels` maps a start in s to the power from there on. `unusable_s` is unusable, and a burst lasts from `burst_s`
    on.
    """
    log, kernel = StillnessLog(1000.0, 4), SimpleNamespace(band=lambda start, stop: np.ones((stop - start, 1)))
    for k in range(round(seconds * 250)):
        power = levels[max(start_s for start_s in levels if start_s <= k / 250)]
        is_usable = not unusable_s[0] <= k / 250 < unusable_s[1]
        log.step(k, power, is_usable, 0.0 < burst_s <= k / 250, kernel, 0)  # type: ignore[arg-type]
    return log


def test_a_needle_that_could_not_be_seen_for_a_moment_may_lie_elsewhere() -> None:
    windows = follow({0.0: 1.0}, 9.0, unusable_s=(4.5, 4.6)).windows
    starts_s = [window.start_index / 1000.0 for window in windows]
    assert not [start_s for start_s in starts_s if 3.2 < start_s < 5.6]
    assert [window.locus for window in windows] == [0] * 3 + [1] * 3


@pytest.mark.parametrize(("rise", "loci"), [(1.5, {0}), (2.5, {0}), (4.0, {0, 1})])
def test_a_level_several_times_that_of_the_last_place_is_that_of_another(rise: float, loci: set[int]) -> None:
    windows = follow({0.0: 1.0, 5.0: rise}, 10.0).windows
    assert {window.locus for window in windows} == loci
    assert any(window.start_index > 5000 for window in windows)


@pytest.mark.parametrize(
    ("burst", "has_moved"),
    [
        ((MOST_RUN_S, MOST_STRONG_S, False), False),
        ((MOST_RUN_S, MOST_STRONG_S, True), True),
        ((MOST_RUN_S + 0.001, MOST_STRONG_S, False), True),
        ((MOST_RUN_S, MOST_STRONG_S + 0.001, False), True),
    ],
)
def test_what_was_measured_while_a_burst_began_waits_for_what_it_is(
    burst: tuple[float, float, bool], has_moved: bool
) -> None:
    log = follow({0.0: 1.0}, 5.0, burst_s=4.0)
    before = len(log.windows)
    log.end_burst(*burst)
    log.step(1250, 1.0, True, False, SimpleNamespace(), 0)  # type: ignore[arg-type]
    assert len(log.windows) == before + (not has_moved)
