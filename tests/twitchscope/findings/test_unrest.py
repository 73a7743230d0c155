"""The resting baseline of a site contains rest only."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from acquisition.core import Block, ChannelSetup, Role, Setup
from dsp import TwitchEvent
from dsp.sites.measures import Estimate
from tests.twitchscope.conftest import ScriptedBoard, noise_blocks, with_burst
from twitchscope.findings.detection import Detection
from twitchscope.findings.site import SiteSpan
from twitchscope.findings.twitch_log import LoggedTwitch
from twitchscope.findings.unrest import CLEAR_S, FLOOR_S, Unrest, resting
from twitchscope.live.levels import LevelLog
from twitchscope.session.plan import SessionPlan
from twitchscope.session.session import Session

TWITCH_S = 25.0


def contracting(blocks: list[Block], start_s: float, stop_s: float, info: Any) -> list[Block]:
    """Return blocks in which all channels are ten times as strong from `start_s` to `stop_s`."""
    changed = []
    for block in blocks:
        times_s = (block.first_index + np.arange(block.n_samples)) / info.sampling_rate_hz
        factor = np.where((times_s >= start_s) & (times_s < stop_s), 10, 1).astype(np.int32)
        changed.append(replace(block, counts=block.counts * factor[:, np.newaxis]))
    return changed


def run(change: Callable[[list[Block], Any], list[Block]]) -> Detection:
    with ScriptedBoard([]) as board:
        detection = Detection(board.info)
        for block in change(with_burst(noise_blocks(30.0), at_s=TWITCH_S), board.info):
            detection.process(block)
        detection.flush()
    return detection


def before_uv(detection: Detection) -> tuple[float, int]:
    level = detection.measured_site().measures.before.level_uv
    assert level is not None
    return level.value, level.n


def test_a_contraction_before_the_needle_does_not_lift_the_resting_baseline() -> None:
    quiet = run(lambda blocks, info: blocks)
    level_uv, n_quiet = before_uv(quiet)
    contracted = run(lambda blocks, info: contracting(blocks, 10.0, 16.0, info))
    raised_uv, n_calm = before_uv(contracted)
    assert raised_uv == pytest.approx(level_uv, rel=0.1)
    assert 8 <= n_calm <= n_quiet - 6


def estimate(one: Estimate | None) -> tuple[float, int] | None:
    return None if one is None else (round(one.value, 4), one.n)


@pytest.mark.parametrize("needle", [{}, {1: ChannelSetup(role=Role.NEEDLE), 2: ChannelSetup(role=Role.NEEDLE)}])
@pytest.mark.parametrize("span", [SiteSpan(), SiteSpan(6.3, 28.2), SiteSpan(25.5, 30.0)])
@pytest.mark.parametrize("block_samples", [50, 330])
def test_the_window_and_the_file_tell_the_same_rest(
    needle: dict[int, ChannelSetup], span: SiteSpan, block_samples: int
) -> None:
    with ScriptedBoard([], setup=Setup(needle)) as board:
        detection = Detection(board.info)
        log = LevelLog(detection)
        for block in with_burst(noise_blocks(30.0, block_samples), at_s=TWITCH_S):
            detection.process(block)
            log.look()
    twitches = [one for one in detection._twitches.twitches() if span.holds(one.onset_s)]
    site = detection.measured_site(span.start_s, span.stop_s)
    channel = [one.name for one in detection.info.channels].index(site.channel)
    shown = log.before_and_after(channel, span, [(one.onset_s, one.offset_s) for one in twitches])
    assert estimate(shown.before) == estimate(site.measures.before.level_uv)
    assert estimate(shown.after) == estimate(site.measures.after.level_uv)


def test_a_requested_contraction_is_left_out_although_no_burst_was_reported(tmp_path: Path) -> None:
    with ScriptedBoard([]) as board:
        session = Session(board, SessionPlan(tmp_path, "test"))
        session.sites.check("contact", 5.0, 5.0, "good", [])
        assert session.detection.unrest.stretches() == []
        session.sites.check("contraction", 10.0, 16.0, "seen", [])
        assert session.detection.unrest.stretches() == [(10.0, 16.0)]


def test_seconds_near_a_burst_are_left_out_and_no_others() -> None:
    unrest = Unrest()
    levels = [(float(second), 2.0) for second in range(1, 31)]
    assert unrest.calm(levels) == levels
    assert unrest.calm([]) == []
    unrest.add(20.0, 20.2)
    unrest.add(9.5, 9.6)
    unrest.add(9.0, 12.0)  # added after one that began later
    left = {time_s for time_s, _ in levels} - {time_s for time_s, _ in unrest.calm(levels)}
    assert left == {9.0, 10.0, 11.0, 12.0, 13.0, 20.0, 21.0}
    assert all(9.0 - CLEAR_S < one < 12.0 + FLOOR_S or 20.0 - CLEAR_S < one < 20.2 + FLOOR_S for one in left)


def test_a_rest_that_has_become_louder_is_measured_and_a_contraction_within_it_is_not() -> None:
    assert resting([2.0, 2.1, 2.0, 14.0, 13.0, 2.2, 0.0, float("nan")]) == [2.0, 2.1, 2.0, 2.2]
    assert resting([6.0, 6.2, 5.9]) == [6.0, 6.2, 5.9]
    assert resting([0.0]) == []
    assert resting([]) == []


def test_two_threads_that_add_at_once_tear_no_stretch() -> None:
    class Late:
        """Number whose conversion lets the other thread run between the two ends, unless a lock prevents it."""

        def __float__(self) -> float:
            if other.ident is None:
                other.start()
                other.join(0.05)  # blocked by the lock that this thread holds
            return 12.0

    unrest = Unrest()
    other = threading.Thread(target=lambda: unrest.add(3.0, 4.0))
    stop_s: Any = Late()
    unrest.add(10.0, stop_s)
    other.join()
    assert unrest.stretches() == [(10.0, 12.0), (3.0, 4.0)]


def test_heartbeats_and_brief_bursts_do_not_count_as_unrest() -> None:
    detection = run(lambda blocks, info: blocks)
    (twitch,) = detection._twitches.twitches()
    assert detection.unrest.stretches() == []
    event = _event()
    for label, offset_s, counts in (("heartbeat", 3.5, 0), ("artifact", 3.2, 0), ("artifact", 3.4, 1)):
        detection._log([replace(event, label=label, offset_s=offset_s)])
        assert len(detection.unrest.stretches()) == counts, label
    assert detection._twitches.twitches() == [twitch]


def test_a_site_where_doubtful_beats_come_every_second_has_a_baseline_before() -> None:
    detection = run(lambda blocks, info: blocks)
    n_seconds = before_uv(detection)[1]
    for second in range(3, 25):
        detection._log([replace(_event(), label="uncertain", onset_s=float(second), offset_s=second + 0.1)])
    assert before_uv(detection)[1] == n_seconds


def test_twitches_are_kept_as_they_were_reported_in_order() -> None:
    detection = run(lambda blocks, info: blocks)
    (first,) = detection._twitches.twitches()
    event = _event()
    detection._log([replace(event, onset_s=3.0, offset_s=3.1, latency_ms=12.5)])
    assert detection._twitches.twitches() == [LoggedTwitch(3.0, 3.1, event.peak_uv, event.channel, 12.5), first]
    assert first.latency_ms is None
    assert first.onset_s == pytest.approx(TWITCH_S, abs=0.05)


def _event() -> TwitchEvent:
    """Return a twitch as the detector returns it."""
    return TwitchEvent(3000, 3100, 3.0, 3.1, "twitch", 0.9, ("brief",), 0, (0,), 80.0, 20.0, 30.0, "medium", None, 3200)
