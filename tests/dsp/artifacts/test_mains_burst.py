"""A few cycles of the line are no twitch, even at a low rate, on one channel of many, or over a steady line."""

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.detection.contest import our_events
from bench.detection.signals import from_patient
from dsp import TwitchDetector, TwitchEvent, detect_twitches
from dsp.artifacts.mains_burst import KEPT_ROWS, LEAST_CYCLES, LEAST_SHARE, _waves, is_mains, switched_share
from dsp.artifacts.mended import is_mended_sample
from tests.dsp.by_hand import add_twitch, near, noise, run, twitches
from tests.dsp.scenes import volley

FIRST_S, EVERY_S, SECONDS = 12.0, 3.7, 70.0


def line(rate_hz: float, line_hz: float, seconds: float, rng: np.random.Generator) -> NDArray[np.float64]:
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    wave = np.sin(2.0 * np.pi * line_hz * t + rng.uniform(0.0, 6.0))
    if 3.0 * line_hz < 0.4 * rate_hz:
        wave += 0.3 * np.sin(6.0 * np.pi * line_hz * t + rng.uniform(0.0, 6.0))
    return wave


def touched(
    rate_hz: float, gains: tuple[float, ...], line_hz: float, background_uv: float = 0.0
) -> tuple[NDArray[np.float64], list[float]]:
    """Return a signal with touches of a lead for 60 to 120 ms over a steady line, and the times of the touches."""
    rng = np.random.default_rng(3)
    x = noise(SECONDS, len(gains), rate_hz, seed=3)
    size_uv, at = np.full(len(x), background_uv), np.arange(FIRST_S, SECONDS - 2.0, EVERY_S)
    for at_s in at:
        stop_s = at_s + rng.uniform(0.06, 0.12)
        size_uv[round(at_s * rate_hz) : round(stop_s * rate_hz)] += 10.0 ** rng.uniform(1.5, 2.7)
    wave = line(rate_hz, line_hz + 0.04, SECONDS, rng)
    return x + (size_uv * wave)[:, np.newaxis] * np.array(gains), at.tolist()


@pytest.mark.parametrize("background_uv", [0.0, 10.0])
@pytest.mark.parametrize("line_hz", [50.0, 60.0])
@pytest.mark.parametrize("gains", [(1.0,), (1.0, 0.6), (0.0, 1.0, 0.0, 0.0)])
@pytest.mark.parametrize("rate_hz", [250.0, 500.0, 1000.0])
def test_a_touch_is_no_twitch(rate_hz: float, gains: tuple[float, ...], line_hz: float, background_uv: float) -> None:
    x, at = touched(rate_hz, gains, line_hz, background_uv)
    reported = detect_twitches(x, rate_hz)
    assert all(near(reported, at_s) for at_s in at)
    assert twitches(reported) == []


def test_it_says_mains_and_the_same_in_any_chunking() -> None:
    x, at = touched(250.0, (1.0,), 50.0)
    reported = run(TwitchDetector(250.0, 1), x)
    events = [event for event in reported if isinstance(event, TwitchEvent)]
    found = [event for at_s in at for event in near(events, at_s)]
    assert sum((event.label, event.reasons) == ("artifact", ("mains",)) for event in found) > len(at) / 2
    assert run(TwitchDetector(250.0, 1), x, block=1) == reported


@pytest.mark.parametrize("line_hz", [50.0, 60.0])
def test_twitches_over_lasting_mains_are_found_at_250_samples_a_second(line_hz: float) -> None:
    rate_hz = 250.0
    x = noise(SECONDS, 2, rate_hz, seed=4)
    x += 40.0 * line(rate_hz, line_hz + 0.03, SECONDS, np.random.default_rng(1))[:, np.newaxis]
    at = np.arange(FIRST_S, SECONDS - 2.0, EVERY_S).tolist()
    for at_s in at:
        add_twitch(x, at_s, 60.0, rate_hz=rate_hz)
    found = twitches(detect_twitches(x, rate_hz))
    assert sum(bool(near(found, at_s)) for at_s in at) >= len(at) - 1


@pytest.mark.parametrize("gains", [(1.0,), (1.0, 0.9, 0.8, 0.9)])
def test_a_step_of_the_mains_is_not_reported_as_the_patients_muscle(gains: tuple[float, ...]) -> None:
    """A hand stays on a lead from 15 s on and the mains stays stronger: neither a contraction nor a wince."""
    x = noise(25.0, len(gains), 1000.0, seed=8)
    size_uv = np.where(np.arange(len(x)) < 15_000, 10.0, 50.0)
    x += (size_uv * line(1000.0, 50.0, 25.0, np.random.default_rng(4)))[:, np.newaxis] * np.array(gains)
    reported = detect_twitches(x, 1000.0)
    assert [(event.label, event.reasons[0]) for event in near(reported, 15.0, 0.1)] == [("artifact", "mains")]


def test_a_glitch_on_mains_is_no_twitch_at_250_samples_a_second() -> None:
    """The chain puts a glitch at the mean of its neighbours, which is off by 69 % of the mains and makes a burst."""
    rate_hz, rng = 250.0, np.random.default_rng(2)
    x = noise(90.0, 4, rate_hz, seed=2)
    x += 30.0 * line(rate_hz, 50.0, 90.0, rng)[:, np.newaxis] * rng.uniform(0.5, 1.0, 4)
    for at_s in np.arange(10.0, 88.0, 1.7):
        x[round(at_s * rate_hz), rng.integers(4)] += rng.choice([-1.0, 1.0]) * 10.0 ** rng.uniform(2.3, 3.7)
    reported = detect_twitches(x, rate_hz)
    assert twitches(reported) == []
    assert any(event.reasons == ("glitch or pop", "one sample, on mains") for event in reported)


@pytest.mark.parametrize("mains_uv", [0.0, 1.0, 60.0])
def test_a_mended_sample_is_distinguished_from_a_twitch_that_has_one(mains_uv: float) -> None:
    rate_hz = 250.0
    t = np.arange(500) / rate_hz
    clean = 3.0 * np.random.default_rng(3).standard_normal(500) + mains_uv * np.sin(2.0 * np.pi * 50.0 * t)
    twitching = clean.copy()
    twitching[300:312] += 60.0 * np.sin(2.0 * np.pi * 70.0 * t[:12])
    for signal, is_all in ((clean, mains_uv > 1.0), (twitching, False)):
        signal[304] = 0.5 * (signal[303] + signal[305])
        assert is_mended_sample(signal, 300, 312, rate_hz, 50.0 if mains_uv else 0.0) is is_all


def test_a_twitch_that_a_touch_follows_is_found() -> None:
    rate_hz = 250.0
    x = noise(25.0, 2, rate_hz, seed=6)
    add_twitch(x, 18.0, 60.0, channel=1, rate_hz=rate_hz)
    touch = 200.0 * line(rate_hz, 50.0, 0.08, np.random.default_rng(2))
    x[round(18.6 * rate_hz) :][: touch.size, 1] += touch
    reported = detect_twitches(x, rate_hz)
    assert [event.label for event in near(reported, 18.0, 0.05)] == ["twitch"]
    assert [event.label for event in near(reported, 18.6, 0.05)] == ["artifact"]


@pytest.mark.parametrize("rate_hz", [250.0, 1000.0, 4000.0])
@pytest.mark.parametrize("line_hz", [50.0, 60.0])
def test_a_line_that_is_switched_explains_itself_whatever_the_level_does(rate_hz: float, line_hz: float) -> None:
    rng = np.random.default_rng(0)
    x = 3.0 * rng.standard_normal(round(0.15 * rate_hz))
    on = slice(round(0.02 * rate_hz), round(0.09 * rate_hz))
    x[on] += 80.0 * line(rate_hz, line_hz, 1.0, rng)[: on.stop - on.start]
    assert switched_share(x, rate_hz, line_hz) > 0.95
    x[on] += 60.0 + np.linspace(0.0, 40.0, on.stop - on.start)
    assert switched_share(x + 1e5, rate_hz, line_hz) > LEAST_SHARE


@pytest.mark.parametrize(("is_touch", "label"), [(True, "voluntary"), (False, "twitch")])
def test_a_touch_before_a_wince_is_no_twitch_and_does_not_make_mains_of_it(is_touch: bool, label: str) -> None:
    rate_hz = 250.0
    x = noise(18.0, 4, rate_hz, seed=1)
    x[3750:3850, 1:] += 400.0 * np.random.default_rng(1).standard_normal((100, 3))
    if is_touch:
        touch = 50.0 * line(rate_hz, 50.0, 0.08, np.random.default_rng(2))
        x[round(14.9 * rate_hz) :][: touch.size, 0] += touch
    else:
        add_twitch(x, 14.9, 50.0, channel=0, rate_hz=rate_hz)
    assert [event.label for event in near(detect_twitches(x, rate_hz), 15.0)] == [label]


def test_less_than_the_least_cycles_is_not_reported() -> None:
    assert switched_share(line(250.0, 50.0, (LEAST_CYCLES - 0.2) / 50.0, np.random.default_rng(0)), 250.0, 50.0) == 0.0


@pytest.mark.parametrize("rate_hz", [250.0, 1000.0])
def test_volleys_are_not_the_line(rate_hz: float) -> None:
    rng = np.random.default_rng(8)
    shares = []
    for _ in range(60):
        wave, _ = volley(rng, rate_hz)
        x = 3.0 * rng.standard_normal(round(0.7 * rate_hz) + wave.size)
        onset = round(0.6 * rate_hz)
        x[onset : onset + wave.size] += 60.0 * wave
        assert not is_mains(x, onset, onset + wave.size, rate_hz, 0.0)
        shares.append(switched_share(x[onset - round(0.015 * rate_hz) :], rate_hz, 50.0))
    assert max(shares) < LEAST_SHARE - 0.05


@pytest.mark.parametrize("rate_hz", [250, 1000])
def test_the_slow_volleys_of_a_patient_are_not_the_line(rate_hz: int) -> None:
    patient = from_patient("bilateral_answer", rate_hz, 7601, 120.0)
    events = our_events(patient)
    assert sum(event.label == "twitch" for event in events) >= len(patient.known) - 1
    assert all("mains" not in event.reasons for event in events)


@pytest.mark.parametrize("rate_hz", [250.0, 1000.0, 4000.0])
def test_the_waves_of_a_burst_are_the_first_rows_of_those_that_are_kept(rate_hz: float) -> None:
    kept, kept_sums = _waves(KEPT_ROWS, rate_hz, 60.0)
    for n in (25, 100, 255):
        waves, sums = _waves(n, rate_hz, 60.0)
        assert np.array_equal(waves, kept[:n])
        assert np.array_equal(sums, kept_sums[: n + 1])
