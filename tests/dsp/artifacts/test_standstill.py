"""Channels that stay at one value, for long or briefly, yield no twitch, and coarse converters are no fault."""

import numpy as np
import pytest
from numpy.typing import NDArray

from dsp import TwitchDetector, TwitchEvent, detect_twitches
from dsp.artifacts.standstill import LEAST_STILL
from dsp.verdict import judge
from tests.dsp.scenes import motor_unit, quiet

Samples = NDArray[np.float64]

AT_S = (16.0, 21.0, 26.0, 31.0)
OFFSETS_UV = np.array([900.0, -1500.0, 12400.0, 400.0])


def rest(rate_hz: float) -> Samples:
    """Return four channels with electrode offsets, in counts of 0.02 µV as at a gain of 24."""
    signal_uv = quiet(rate_hz, 36.0, 4, 5).signal_uv
    return np.round((signal_uv + OFFSETS_UV) / 0.02) * 0.02


def stopped(signal_uv: Samples, rate_hz: float, seconds: float, value_uv: float) -> Samples:
    for at_s in AT_S:
        first = round(at_s * rate_hz)
        signal_uv[first : first + max(LEAST_STILL, round(seconds * rate_hz))] = value_uv
    return signal_uv


def _is_cut_off(events: list[TwitchEvent], at_s: float) -> bool:
    return any(event.reasons[0] == "cut off" and abs(event.onset_s - at_s) < 0.1 for event in events)


@pytest.mark.parametrize("value_uv", [0.0, 187_500.0, 40.0])
@pytest.mark.parametrize("seconds", [0.006, 0.02, 0.06, 0.15, 3.0])
@pytest.mark.parametrize("rate_hz", [250.0, 500.0, 1000.0, 2000.0])
def test_channels_that_stop_at_once_are_no_twitch(rate_hz: float, seconds: float, value_uv: float) -> None:
    events = detect_twitches(stopped(rest(rate_hz), rate_hz, seconds, value_uv), rate_hz)
    assert [event.label for event in events if event.label == "twitch"] == []
    assert _is_cut_off(events, AT_S[0])


def test_a_board_that_repeats_its_last_sample_amid_mains_is_no_twitch() -> None:
    rate_hz = 250.0
    signal_uv = rest(rate_hz)
    time_s = np.arange(len(signal_uv)) / rate_hz
    signal_uv += np.round(40.0 * np.sin(2.0 * np.pi * 50.0 * time_s) / 0.02)[:, np.newaxis] * 0.02
    for at_s in AT_S:
        first = round(at_s * rate_hz)
        signal_uv[first : first + 20] = signal_uv[first - 1]
    events = detect_twitches(signal_uv, rate_hz)
    assert all(_is_cut_off(events, at_s) for at_s in AT_S)


def test_any_chunking_says_the_same() -> None:
    signal_uv = stopped(rest(1000.0), 1000.0, 0.05, 0.0)
    detector = TwitchDetector(1000.0, 4)
    reported = [
        one for start in range(0, len(signal_uv), 37) for one in detector.process(signal_uv[start : start + 37])
    ]
    reported += detector.flush()
    assert [one for one in reported if isinstance(one, TwitchEvent)] == detect_twitches(signal_uv, 1000.0)


@pytest.mark.parametrize("count_uv", [0.02, 1.0, 3.0])
@pytest.mark.parametrize("rate_hz", [250.0, 1000.0, 4000.0, 8000.0])
def test_nothing_changes_for_a_converter_of_coarse_steps(
    rate_hz: float, count_uv: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(3)
    signal_uv = 0.2 * quiet(rate_hz, 36.0, 4, 5).signal_uv
    gains = np.array([1.0, 0.5, 0.2, 0.1])
    for at_s in AT_S:
        for _ in range(12):
            first = round((at_s + rng.uniform(0.0, 0.04)) * rate_hz)
            wave = 25.0 * motor_unit(rng, rate_hz)
            signal_uv[first : first + wave.size] += wave[:, np.newaxis] * gains
    signal_uv = np.round(signal_uv / count_uv) * count_uv
    events = detect_twitches(signal_uv, rate_hz)
    assert len(events) >= len(AT_S)
    monkeypatch.setattr(judge, "stands_still", lambda group, recent, first: False)
    assert detect_twitches(signal_uv, rate_hz) == events
