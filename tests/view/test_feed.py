from pathlib import Path

import numpy as np
import pytest

from tests.twitchscope.conftest import RATE_HZ, ScriptedBoard, noise_blocks
from twitchscope.detection import Detection
from twitchscope.live.feed import Feed
from twitchscope.live.puller import Puller


def _feed(board: ScriptedBoard, ring_s: float) -> Feed:
    return Feed(board.info, Detection(board.info), board.clock, board.keeps_time, ring_s)


def test_the_ring_gives_what_was_put_and_forgets_the_oldest() -> None:
    blocks = noise_blocks(3.0, block_samples=70)
    counts = np.concatenate([block.counts for block in blocks])
    with ScriptedBoard([]) as board:
        feed = _feed(board, ring_s=1.0)
        for block in blocks:
            feed.put_block(block)
        feed.put_block(None)
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
            feed.put_block(block)
        for number in range(5):
            feed.put_event({"number": number})
        assert puller.pull().first == 3 * RATE_HZ
    assert puller.n_skipped == 3 * RATE_HZ
    assert [found["number"] for found in feed.take_found() if isinstance(found, dict)] == [2, 3, 4]
    assert feed.n_found_skipped == 2


def test_a_block_longer_than_the_ring_leaves_its_end() -> None:
    (block,) = noise_blocks(2.0, block_samples=2000)
    with ScriptedBoard([]) as board:
        feed = _feed(board, ring_s=0.5)
        feed.put_block(block)
    assert np.array_equal(feed.samples_from(0).counts, block.counts[-500:])


def test_a_puller_takes_the_offset_off_and_flags_lost_samples(tmp_path: Path) -> None:
    (block,) = noise_blocks(2.0, block_samples=2000)
    block.counts[:] = 100_000
    block.counts[1000] += 10_000
    block.valid[1500:1510] = False
    with ScriptedBoard([]) as board:
        feed = _feed(board, ring_s=5.0)
        puller = Puller(feed, 10.0, 0)
        feed.put_block(block)
        columns = puller.pull()
    spike_uv = float(feed.info.microvolts_per_count[0]) * 10_000
    assert columns.high[:, 0].argmax() == 100
    assert columns.high[100, 0] > 0.9 * spike_uv
    assert abs(columns.high[:100]).max() < 1e-6
    assert np.flatnonzero(columns.bad[:, 0]).tolist() == [150]
    assert RATE_HZ == 1000.0
