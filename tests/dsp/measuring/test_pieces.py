"""Twitches hidden in a group of bursts, and the rise of a burst over its surroundings."""

import numpy as np
import pytest

from dsp import TwitchDetector, TwitchEvent
from dsp.bursts import KIND_END, Group, Mark
from dsp.measuring.local_rise import NAMES, describe
from dsp.measuring.pieces import MOST_APART, find_apart
from dsp.recent import Recent
from tests.dsp.by_hand import add_twitch, noise, run, twitches

RATE_HZ = 1000.0
SURFACE = np.ones(4, bool)


def event_of(onset: int, offset: int, channel: int = 0) -> TwitchEvent:
    seconds = (onset / RATE_HZ, offset / RATE_HZ)
    return TwitchEvent(
        onset, offset, *seconds, "uncertain", 0.5, (), channel, (channel,), 10.0, 5.0, 20.0, "medium", None, offset, 1.0
    )


def burst_of(channel: int, started: int, last_above: int, margin: float = 2.0, peak: float = 30.0) -> Mark:
    return Mark(KIND_END, channel, last_above + 32, started, last_above, margin, peak, 9.0)


def group_of(*bursts: Mark) -> Group:
    group = Group(min(mark.started for mark in bursts), 0)
    group.bursts.extend(bursts)
    return group


def test_a_burst_before_the_event_is_apart() -> None:
    early, late = burst_of(3, 1020, 1060), burst_of(0, 1210, 1330, peak=90.0)
    assert find_apart(group_of(early, late), event_of(1205, 1335), SURFACE) == [early]


def test_of_bursts_at_one_time_the_strongest_is_apart() -> None:
    weak, strong = burst_of(1, 1020, 1060, peak=20.0), burst_of(3, 1030, 1050, peak=40.0)
    assert find_apart(group_of(weak, strong), event_of(1205, 1335), SURFACE) == [strong]


@pytest.mark.parametrize(
    "burst",
    [burst_of(3, 1020, 1060, margin=0.9), burst_of(3, 1190, 1210), burst_of(3, 1300, 1400)],
    ids=["below the threshold", "reaches into the event", "begins in the event"],
)
def test_what_is_not_apart(burst: Mark) -> None:
    assert find_apart(group_of(burst), event_of(1205, 1335), SURFACE) == []


def test_a_needle_channel_hides_no_twitch() -> None:
    is_surface = np.array([True, True, True, False])
    assert find_apart(group_of(burst_of(3, 1020, 1060)), event_of(1205, 1335), is_surface) == []


def test_no_more_bursts_are_looked_at_than_promised() -> None:
    many = [burst_of(1, 1000 + 100 * k, 1040 + 100 * k) for k in range(8)]
    assert len(find_apart(group_of(*many), event_of(3000, 3100), SURFACE)) == MOST_APART


def recent_of(band_uv: np.ndarray) -> Recent:
    n = band_uv.shape[1]
    return Recent(0, band_uv, band_uv, np.ones(n), np.ones(n), np.ones(n))


def signal_with(inside: tuple[float, ...], outside: tuple[float, ...]) -> Recent:
    """Return noise of a given RMS per channel, with another RMS in rows 300 to 339."""
    band_uv = np.random.default_rng(7).standard_normal((500, 4)) * outside
    band_uv[300:340] *= np.array(inside) / outside
    return recent_of(band_uv)


def rise_of(inside: tuple[float, ...]) -> dict[str, float]:
    reported = describe(signal_with(inside, (10.0,) * 4), event_of(300, 339), RATE_HZ)
    return dict(zip(NAMES, reported, strict=True))


def test_a_twitch_in_a_contraction_rises_on_its_channel_alone() -> None:
    rise = rise_of((40.0, 10.0, 10.0, 10.0))
    assert rise["rise_before"] == pytest.approx(np.log10(16.0), abs=0.3)
    assert rise["rise_after"] == pytest.approx(np.log10(16.0), abs=0.3)
    assert rise["rise_median"] < rise["rise_best"] < -0.8


def test_what_swells_everywhere_rises_everywhere() -> None:
    rise = rise_of((40.0,) * 4)
    assert rise["rise_best"] == pytest.approx(0.0, abs=0.3)
    assert rise["rise_median"] == pytest.approx(0.0, abs=0.3)


@pytest.mark.parametrize(("onset", "offset"), [(0, 5), (5, 499), (495, 499)])
def test_rise_at_the_edges_of_what_is_known_is_finite(onset: int, offset: int) -> None:
    assert np.all(np.isfinite(describe(signal_with((1.0,) * 4, (1.0,) * 4), event_of(onset, offset), RATE_HZ)))


def test_rise_of_a_single_channel_is_finite() -> None:
    recent = recent_of(np.ones((400, 1)))
    assert np.all(np.isfinite(describe(recent, event_of(300, 339), RATE_HZ)))


def test_a_weak_beat_before_a_twitch_does_not_move_its_onset() -> None:
    """The beat crosses the threshold on other channels only, 90 ms before; on the twitch's channel it is too weak."""
    rng = np.random.default_rng(3)
    signal = 3.0 * rng.standard_normal((30000, 8))
    t = np.arange(40) / RATE_HZ
    beat = np.sin(2.0 * np.pi * 45.0 * t) * np.hanning(40)
    signal[24910:24950] += np.outer(beat, (8.0, 8.0, 11.0, 2.0, 25.0, 25.0, 6.0, 6.0))
    signal[24920:25010, 7] += 9.0 * rng.standard_normal(90)  # holds the group open until the twitch
    signal[25000:25040, 2] += 40.0 * np.hanning(40) * rng.standard_normal(40)
    detector = TwitchDetector(RATE_HZ, 8)
    reported = [one for one in [*detector.process(signal), *detector.flush()] if isinstance(one, TwitchEvent)]
    near = [one for one in reported if 2 in one.channels and one.onset_index > 24800]
    assert len(near) == 1
    assert near[0].channel == 2
    assert abs(near[0].onset_index - 25000) < 30


@pytest.mark.parametrize(("largest_uv", "channels"), [(20_000.0, []), (np.inf, [0])])
def test_a_piece_of_a_wince_that_is_larger_than_any_muscle_is_no_twitch(largest_uv: float, channels: list[int]) -> None:
    signal = noise(18.0)
    signal[:, 0] *= 100.0  # a bouncing plug stands out of this less than the wince out of the others
    signal[15_000:15_400, 1:] += 4000.0 * np.random.default_rng(0).standard_normal((400, 3))
    add_twitch(signal, 14.93, 60_000.0, channel=0, n_units=3)
    reported = run(TwitchDetector(RATE_HZ, 4, full_scale_uv=187_500.0, largest_uv=largest_uv), signal)
    assert [event.channel for event in twitches(reported)] == channels
