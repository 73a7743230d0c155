from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import lfilter

from acquisition.core import Role
from dsp import TwitchEvent
from tests.twitchscope.conftest import RATE_HZ, ScriptedBoard, noise_blocks, with_burst
from tests.twitchscope.events import event
from twitchscope.findings.detection import NONE_USABLE, NONE_WATCHED, NOT_SEEN, Detection
from twitchscope.findings.event import DetectedEvent
from twitchscope.live.feed import Feed
from twitchscope.live.lanes.puller import Puller, SlowBaseline


def _feed(board: ScriptedBoard, ring_s: float) -> Feed:
    return Feed(board.info, Detection(board.info), board.clock, board.keeps_time, ring_s)


def test_the_ring_gives_what_was_put_and_forgets_the_oldest() -> None:
    blocks = noise_blocks(3.0, block_samples=70)
    counts = np.concatenate([block.counts for block in blocks])
    with ScriptedBoard([]) as board:
        feed = _feed(board, ring_s=1.0)
        for block in blocks:
            feed.on_block(block)
        feed.on_block(None)
    samples = feed.samples_from(2500)
    assert samples.first_index == 2500
    assert np.array_equal(samples.counts, counts[2500:])
    late = feed.samples_from(0)
    assert late.first_index == 2000
    assert np.array_equal(late.counts, counts[2000:])
    assert feed.time_s() == 3.0


def test_a_view_that_stalls_misses_the_oldest_which_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twitchscope.live.feed.MOST_FOUND_WAITING", 3)
    with ScriptedBoard([]) as board:
        feed = _feed(board, ring_s=1.0)
        puller = Puller(feed, 1.0, 0)
        for block in noise_blocks(4.0):
            feed.on_block(block)
        for number in range(5):
            feed.on_event(event(float(number)))
            feed.on_found([])
        assert puller.pull().first == 3 * RATE_HZ
    assert puller.n_skipped == 3 * RATE_HZ
    assert [found.result for found in feed.take_found()] == [event(onset_s) for onset_s in (2.0, 3.0, 4.0)]
    assert feed.n_found_skipped == 2


def test_a_block_longer_than_the_ring_leaves_its_end() -> None:
    (block,) = noise_blocks(2.0, block_samples=2000)
    with ScriptedBoard([]) as board:
        feed = _feed(board, ring_s=0.5)
        feed.on_block(block)
    assert np.array_equal(feed.samples_from(0).counts, block.counts[-500:])


def test_a_puller_takes_the_offset_off_and_flags_lost_samples(tmp_path: Path) -> None:
    (block,) = noise_blocks(2.0, block_samples=2000)
    block.counts[:] = 100_000
    block.counts[1000] += 10_000
    block.valid[1500:1510] = False
    with ScriptedBoard([]) as board:
        feed = _feed(board, ring_s=5.0)
        puller = Puller(feed, 10.0, 0)
        feed.on_block(block)
        columns = puller.pull()
    spike_uv = float(feed.info.microvolts_per_count[0]) * 10_000
    assert columns.high[:, 0].argmax() == 100
    assert columns.high[100, 0] > 0.9 * spike_uv
    assert abs(columns.high[:100]).max() < 1e-6
    assert np.flatnonzero(columns.bad[:, 0]).tolist() == [150]
    assert RATE_HZ == 1000.0


def test_the_slow_baseline_is_a_one_pole_filter_however_it_is_chunked() -> None:
    values = np.random.default_rng(3).normal(size=(500, 2)) + 1e5
    expected = lfilter([0.06], [1.0, -0.94], values, axis=0, zi=0.94 * values[:1])[0]
    slow = SlowBaseline(0.94)
    parts = [slow.follow(values[start:stop]) for start, stop in ((0, 1), (1, 64), (64, 64), (64, 333), (333, 500))]
    assert np.allclose(np.concatenate(parts), expected, rtol=1e-12)


def test_what_was_found_comes_with_the_arrival_of_its_block() -> None:
    blocks = with_burst(noise_blocks(17.0), at_s=15.0)
    with ScriptedBoard([]) as board:
        detection = Detection(board.info)
        feed = Feed(board.info, detection, board.clock, board.keeps_time, 1.0)
        for block in blocks:  # all arrive before the first is processed
            feed.on_block(block)
        for block in blocks:
            for one in detection.process(block):
                if isinstance(one, TwitchEvent):
                    feed.on_event(detection.detected_event(one))
                    decided_s = one.decided_index / RATE_HZ
            feed.on_found([])
    (found,) = feed.take_found()
    assert isinstance(found.result, DetectedEvent)
    assert found.result.label == "twitch"
    assert decided_s < found.arrival_s <= decided_s + 0.051


@pytest.mark.parametrize(
    ("role", "is_railed", "said"),
    [(Role.SURFACE, False, NOT_SEEN), (Role.SURFACE, True, NONE_USABLE), (Role.OFF, False, NONE_WATCHED)],
)
def test_the_view_knows_what_is_to_be_said_where_nothing_is_found(role: Role, is_railed: bool, said: str) -> None:
    with ScriptedBoard([]) as board:
        info = replace(board.info, channels=tuple(replace(channel, role=role) for channel in board.info.channels))
        detection = Detection(info)
        feed = Feed(info, detection, board.clock, board.keeps_time, 1.0)
        for block in noise_blocks(4.0):
            detection.process(
                replace(block, counts=np.full_like(block.counts, info.full_scale_counts)) if is_railed else block
            )
            feed.on_found([])
    assert feed.state.none_seen(0.0, 4.0) == said
