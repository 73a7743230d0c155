"""Signal that waits for the disk is counted by what was written of it, and bounded."""

from dataclasses import replace

import pytest

from acquisition.core import BoardInfo, held_block
from tests.twitchscope.conftest import ScriptedBoard, noise_blocks
from twitchscope.session.backlog import MOST_WAITING_BYTES, Backlog
from twitchscope.storage.disk_sync import DiskSync


@pytest.fixture
def info() -> BoardInfo:
    return ScriptedBoard([]).open()


def test_lost_samples_do_not_wait_and_what_is_written_waits_no_more(info: BoardInfo) -> None:
    backlog = Backlog(info, DiskSync(lambda error: None), 10.0)
    signal = noise_blocks(0.1)
    lost = held_block(100, 60_000, signal[-1].counts[-1], signal[-1].aux[-1], 60.1)
    for block in (*signal, lost):
        backlog.put(block)
    assert backlog.waiting_s == pytest.approx(0.1)
    assert not backlog.is_too_long
    for block in (*signal, lost):
        backlog.begin()
        backlog.end(block)
    assert backlog.waiting_s == 0.0
    assert backlog.n_written == 100


def test_what_may_wait_is_bounded_by_time_and_by_memory(info: BoardInfo) -> None:
    (block,) = noise_blocks(1.0, block_samples=1000)
    wide = replace(info, channels=1000 * info.channels)
    most_s = MOST_WAITING_BYTES / (info.sampling_rate_hz * (4 * (4000 + len(info.aux)) + 1))
    for described, bound_s in ((info, 5.0), (wide, most_s)):
        backlog = Backlog(described, DiskSync(lambda error: None), 5.0 if described is info else 120.0)
        n_put = 0
        while not backlog.is_too_long:
            backlog.put(block)
            n_put += 1
        assert n_put - 1 <= bound_s < n_put


def test_the_time_of_a_computer_that_slept_is_not_the_disks(info: BoardInfo) -> None:
    backlog = Backlog(info, DiskSync(lambda error: None), 120.0)
    first, *later = noise_blocks(1.2)
    backlog.put(first)
    for number, block in enumerate(later):
        backlog.put(replace(block, arrival_s=block.arrival_s + 3600.0))
        waited_s = 0.5 + 0.05 * number  # only one step of the hour counts
        assert bool(backlog.wait_report) == (waited_s >= 0.9 - 1e-9), waited_s
