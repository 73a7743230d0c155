"""What a session says of electrodes that are off: nothing may look as if nothing had been there to be seen."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from acquisition.core import Block, ChannelSetup, Role, Setup
from tests.twitchscope.conftest import RATE_HZ, ScriptedBoard, noise_blocks
from twitchscope.detection import NOT_SEEN
from twitchscope.printing import result_text
from twitchscope.session import Session, SessionPlan
from twitchscope.session_result import SessionResult

FULL_SCALE = 8_388_607
OFF = "cannot be used: is the electrode on the skin, its plug in?"


def _railed(blocks: Sequence[Block], channels: Sequence[int], from_s: float, until_s: float) -> list[Block]:
    def rail(block: Block) -> Block:
        counts = block.counts.copy()
        if from_s <= block.first_index / RATE_HZ < until_s:
            counts[:, channels] = FULL_SCALE
        return replace(block, counts=counts)

    return [rail(block) for block in blocks]


def _run(blocks: Sequence[Block], out: Path, setup: Setup | None = None) -> tuple[SessionResult, list[str]]:
    with ScriptedBoard(blocks, setup=setup) as board:
        result = Session(board, SessionPlan(out, "p", needle_is_isolated=True), lambda record: None).run()
    return result, board.notes


def test_electrodes_that_are_all_off_are_told_and_so_is_what_the_end_is_worth(tmp_path: Path) -> None:
    result, notes = _run(_railed(noise_blocks(10.0), range(4), 0.0, 10.0), tmp_path)
    assert notes == [f"EMG 1, EMG 2, EMG 3 and 1 more {OFF}"]
    lines = result_text(result)
    place = lines.index(NOT_SEEN)
    assert lines[place + 1 : place + 5] == [f"EMG {n} could be used for 0 % of the time" for n in (1, 2, 3, 4)]
    assert result.folder is not None
    document = json.loads((result.folder / "session.json").read_text("utf-8"))
    assert document["board"]["notes"] == notes


def test_an_electrode_that_comes_off_is_told_once_and_again_when_it_holds(tmp_path: Path) -> None:
    result, notes = _run(_railed(noise_blocks(20.0), [1], 6.0, 12.0), tmp_path)
    assert notes == [f"EMG 2 {OFF}", "EMG 2 can be used again"]
    assert not any("could be used" in line for line in result_text(result))


def test_a_knock_at_a_plug_is_not_told(tmp_path: Path) -> None:
    _, notes = _run(_railed(noise_blocks(12.0), [0, 1], 6.0, 6.5), tmp_path)
    assert notes == []


def test_lost_samples_blame_no_electrode(tmp_path: Path) -> None:
    before, after = noise_blocks(6.0), noise_blocks(6.0, first_index=36_000)
    (lost,) = noise_blocks(30.0, block_samples=30_000, first_index=6_000)
    lost = replace(lost, counts=0 * lost.counts, valid=np.zeros(lost.n_samples, np.bool_))
    _, notes = _run([*before, lost, *after], tmp_path)
    assert notes == []


@pytest.mark.parametrize("role", [Role.SURFACE, Role.NEEDLE, Role.REFERENCE, Role.ECG])
def test_only_a_channel_that_looks_at_a_muscle_is_told(tmp_path: Path, role: Role) -> None:
    setup = Setup({1: ChannelSetup(role=role)})
    _, notes = _run(_railed(noise_blocks(10.0), [0], 0.0, 10.0), tmp_path, setup)
    assert bool(notes) == (role is not Role.ECG)
