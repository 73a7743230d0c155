"""Detection of the mains and tracking of its frequency."""

import numpy as np
import pytest

from dsp import TwitchDetector, TwitchEvent
from dsp.artifacts.mains import MainsFinder
from tests.dsp.by_hand import run

RATE_HZ = 1000.0
N_CHANNELS = 8


def hum(hz: float, uv: float, seconds: int = 1, harmonics: tuple[int, ...] = (1,), seed: int = 0) -> np.ndarray:
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    waves = sum(uv / h * np.sin(2 * np.pi * h * hz * t + h) for h in harmonics)
    return waves + 3.0 * np.random.default_rng(seed).standard_normal(t.size)


def make_finder() -> MainsFinder:
    return MainsFinder(RATE_HZ, 400.0, 1000, N_CHANNELS)


def search(finder: MainsFinder, signal: np.ndarray, channels: list[int]) -> bool:
    finder.is_due()
    return finder.update(dict.fromkeys(channels, signal), finder.frequency_hz)


@pytest.mark.parametrize("line_hz", [50.0, 60.0, 49.8, 60.3])
def test_line_and_harmonics_are_found_at_the_second_look(line_hz: float) -> None:
    finder = make_finder()
    first = hum(line_hz, 20.0, harmonics=(1, 3))
    assert not search(finder, first, [0, 1])
    assert search(finder, hum(line_hz, 20.0, harmonics=(1, 3), seed=1), [0, 1])
    assert abs(finder.frequency_hz - line_hz) < 0.5
    assert finder.orders == (1, 3)


def test_harmonics_that_are_there_are_followed_and_no_others() -> None:
    finder = make_finder()
    for seed in range(6):
        search(finder, hum(50.0, 60.0, harmonics=(1, 3, 7, 9), seed=seed), [0, 1])
    assert finder.orders == (1, 3, 7, 9)
    for seed in range(25):
        search(finder, hum(50.0, 60.0, harmonics=(1, 7), seed=seed), [0, 1])
    assert finder.orders == (1, 7)


@pytest.mark.parametrize("rate_hz", [1000.0, 2000.0])
def test_seventh_harmonic_is_no_noise(rate_hz: float) -> None:
    t = np.arange(round(15 * rate_hz)) / rate_hz
    signal = 3.0 * np.random.default_rng(2).standard_normal(t.size)
    for order, share in ((1, 1.0), (3, 0.1), (7, 0.1)):
        signal += 200.0 * share * np.sin(2.0 * np.pi * 49.95 * order * t + order)
    detector = TwitchDetector(rate_hz, 1)
    detector.process(signal[:, np.newaxis])
    assert detector.floor_rms_uv[0] < 4.0


def test_noise_is_no_mains() -> None:
    finder = make_finder()
    for seed in range(200):
        search(finder, hum(50.0, 0.0, seed=seed), [seed % N_CHANNELS])
    assert finder.orders == ()


def test_what_is_seen_on_another_channel_next_is_believed() -> None:
    finder = make_finder()
    search(finder, hum(50.0, 20.0), [0])
    assert search(finder, hum(50.0, 20.0, seed=1), [1])


def test_mains_that_is_gone_is_let_go() -> None:
    finder = make_finder()
    for seed in range(3):
        search(finder, hum(50.0, 20.0, seed=seed), [0])
    for seed in range(25):
        search(finder, hum(50.0, 0.0, seed=seed), [seed % N_CHANNELS])
    assert (finder.frequency_hz, finder.orders) == (0.0, ())


def test_every_channel_has_its_turn() -> None:
    finder = make_finder()
    usable = np.ones(N_CHANNELS, np.bool_)
    usable[2] = False
    looks = []
    for second in range(8 + 4 * 8):
        if finder.is_due():
            looks.append((second, finder.channels_to_search(usable)))
            finder.update({}, 0.0)
    young = [channels for second, channels in looks if second < 7]
    later = [channels for second, channels in looks if second >= 7]
    assert [len(channels) for channels in young] == [7] * 7
    assert [len(channels) for channels in later] == [1] * 8
    assert {c for channels in later for c in channels} == {0, 1, 3, 4, 5, 6, 7}
    assert finder.channels_to_search(np.zeros(N_CHANNELS, np.bool_)) == []


@pytest.mark.parametrize("start_s", [0, 30])
def test_mains_that_begins_later_is_followed_too(start_s: int) -> None:
    detector = TwitchDetector(RATE_HZ, 2)
    signal = hum(49.9, 0.0, seconds=70)
    signal[start_s * 1000 :] += hum(49.9, 20.0, seconds=70, harmonics=(1, 3))[start_s * 1000 :]
    detector.process(np.column_stack((signal, signal)))
    assert detector._mains.finder.orders == (1, 3)
    assert abs(detector._mains.finder.frequency_hz - 49.9) < 0.01


def test_frequency_follows_the_phase_of_what_is_learnt() -> None:
    detector = TwitchDetector(RATE_HZ, 1)
    detector.process(hum(50.15, 20.0, seconds=20)[:, np.newaxis])
    assert abs(detector._mains.finder.frequency_hz - 50.15) < 0.01
    left = detector._kernel.band(18_000, 19_990)[:, 0]
    wave = np.exp(-2j * np.pi * 50.15 * np.arange(18_000, 19_990) / RATE_HZ)
    assert 2.0 * abs(wave @ left) / left.size < 0.5


@pytest.mark.parametrize("mains_hz", [49.0, 50.9, 61.2])
@pytest.mark.parametrize("rate_hz", [250.0, 1000.0])
def test_mains_of_a_weak_grid_or_a_generator_is_no_activity(mains_hz: float, rate_hz: float) -> None:
    t = np.arange(round(60 * rate_hz))[:, np.newaxis] / rate_hz
    signal = 3.0 * np.random.default_rng(7).standard_normal((len(t), 2)) + 150.0 * np.sin(2.0 * np.pi * mains_hz * t)
    detector = TwitchDetector(rate_hz, 2)
    events = [event for event in run(detector, signal) if isinstance(event, TwitchEvent)]
    assert {event.label for event in events if event.onset_s > 15.0} <= {"uncertain"}
    left = detector._kernel.band(detector._kernel.index - round(10 * rate_hz), detector._kernel.index - 2)
    assert np.sqrt(np.mean(np.square(left))) < 3.2


@pytest.mark.parametrize("n_channels", [1, 4])
def test_strong_mains_of_wandering_frequency_is_no_noise(n_channels: int) -> None:
    """The frequency wanders by 0.05 Hz either way in 30 s, about 0.01 Hz/s; the noise alone has 3 µV."""
    t = np.arange(round(60 * RATE_HZ)) / RATE_HZ
    turns = 50.03 * t - 0.05 * 30.0 / (2.0 * np.pi) * np.cos(2.0 * np.pi * t / 30.0)
    signal = 3.0 * np.random.default_rng(5).standard_normal((t.size, n_channels))
    for channel in range(n_channels):
        for order, share in ((1, 1.0), (3, 0.2)):
            signal[:, channel] += 150.0 * share * np.sin(2.0 * np.pi * order * turns + channel)
    detector, left = TwitchDetector(RATE_HZ, n_channels), []
    for second in range(60):
        detector.process(signal[1000 * second : 1000 * (second + 1)])
        left.append(detector._kernel.band(detector._kernel.index - 900, detector._kernel.index - 2))
    rms = np.sqrt(np.mean(np.square(left[15:]), axis=(1, 2)))
    assert rms.max() < 3.2


@pytest.mark.parametrize("rate_hz", [250.0, 1000.0])
def test_mains_that_a_moving_hand_changes_is_no_noise(rate_hz: float) -> None:
    """From 15 s on, a hand at the needle lets in 5 % more and less, at the pace of its passes."""
    t = np.arange(round(40 * rate_hz)) / rate_hz
    strength = 200.0 * (1.0 + np.where(t > 15.0, 0.05, 0.0) * np.sin(2.0 * np.pi * 1.4 * t))
    wave = np.sin(2.0 * np.pi * 50.04 * t) + 0.15 * np.sin(2.0 * np.pi * 3.0 * 50.04 * t) * (rate_hz > 300.0)
    signal = 1.8 * np.random.default_rng(3).standard_normal(t.size) + strength * wave
    detector = TwitchDetector(rate_hz, 1)
    detector.process(signal[: round(15.0 * rate_hz), np.newaxis])
    before = detector.floor_rms_uv[0]
    events = detector.process(signal[round(15.0 * rate_hz) :, np.newaxis])
    assert detector.floor_rms_uv[0] < 1.3 * before
    later = [event for event in events if isinstance(event, TwitchEvent) and event.onset_s > 18.0]
    assert {event.label for event in later} <= {"uncertain"}
    assert len(later) <= 2


@pytest.mark.parametrize("rate_hz", [500.0, 1000.0])
def test_frequency_is_kept_under_a_contraction(rate_hz: float) -> None:
    """Ten seconds of muscle 70 times as strong as the noise, while the mains is weak."""
    rng = np.random.default_rng(6)
    t = np.arange(round(40 * rate_hz)) / rate_hz
    signal = 3.0 * rng.standard_normal((t.size, 2)) + 10.0 * np.sin(2.0 * np.pi * 50.05 * t)[:, np.newaxis]
    tense = (t > 20.0) & (t < 30.0)
    signal[tense] += 200.0 * rng.standard_normal((np.count_nonzero(tense), 2))
    detector = TwitchDetector(rate_hz, 2)
    second = round(rate_hz)
    for start in range(0, t.size, second):
        detector.process(signal[start : start + second])
        if start > 5 * second:
            followed_hz = detector._kernel.mains_radians_per_sample * rate_hz / (2.0 * np.pi)
            assert abs(followed_hz - 50.05) < 0.1


def test_mains_is_found_under_a_heart_that_leaves_no_quiet_second() -> None:
    """120 beats per minute, each a burst; the mains starts at 6 s, when bursts are already detected."""
    rng = np.random.default_rng(11)
    n = 20 * 1000
    t = np.arange(n) / RATE_HZ
    beat = 80.0 * np.sin(2.0 * np.pi * 25.0 * np.arange(80) / RATE_HZ) * np.hanning(80)
    signal = 2.0 * rng.standard_normal((n, 4))
    signal += np.where(t > 6.0, 10.0 * np.sin(2.0 * np.pi * 50.02 * t), 0.0)[:, np.newaxis]
    for start in range(100, n - 80, 500):
        signal[start : start + 80] += beat[:, np.newaxis]
    detector = TwitchDetector(RATE_HZ, 4)
    detector.process(signal)
    assert detector.mains_hz == pytest.approx(50.0, abs=0.2)
