"""Notes of a session on electrodes that are off: an undetectable twitch must not look like no twitch."""

import json
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from acquisition.core import AmplitudeUnit, Block, ChannelSetup, Role, Setup
from tests.patience import DEADLINE_S
from tests.twitchscope.conftest import RATE_HZ, ScriptedBoard, noise_blocks
from tests.twitchscope.held_disk import LiveBoard
from tests.twitchscope.listening import listened
from twitchscope.findings.detection import NONE_USABLE
from twitchscope.session.plan import SessionPlan
from twitchscope.session.result import SessionResult
from twitchscope.session.session import Session
from twitchscope.session.troubles import ContactWatch
from twitchscope.terminal.printing import result_text

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
        session = Session(board, SessionPlan(out, "p", needle_is_isolated=True))
        return session.run(), session.notes.all()


def test_electrodes_that_are_all_off_are_reported_and_so_is_what_the_end_is_worth(tmp_path: Path) -> None:
    result, notes = _run(_railed(noise_blocks(10.0), range(4), 0.0, 10.0), tmp_path)
    assert notes == [f"EMG 1, EMG 2, EMG 3 and 1 more {OFF}"]
    lines = result_text(result, AmplitudeUnit.MICROVOLTS)
    place = lines.index(NONE_USABLE)
    assert lines[place + 1 : place + 5] == [f"EMG {n} could be used for 0 % of the time" for n in (1, 2, 3, 4)]
    assert result.folder is not None
    document = json.loads((result.folder / "session.json").read_text("utf-8"))
    assert document["board"]["notes"] == notes


def test_an_electrode_that_comes_off_is_reported_once_and_again_when_it_holds(tmp_path: Path) -> None:
    result, notes = _run(_railed(noise_blocks(20.0), [1], 6.0, 12.0), tmp_path)
    assert notes == [f"EMG 2 {OFF}", "EMG 2 can be used again"]
    assert not any("could be used" in line for line in result_text(result, AmplitudeUnit.MICROVOLTS))


def test_what_the_detector_did_not_watch_is_counted_and_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twitchscope.session.stream.LONGEST_QUEUE_S", 0.2)
    is_watching, is_all_read = threading.Event(), threading.Event()

    class EndingBoard(LiveBoard):
        def _read(self, timeout_s: float) -> Block | None:
            assert self.next_index == 0 or is_watching.wait(DEADLINE_S)
            block = super()._read(timeout_s)
            if block is None:
                is_all_read.set()
            return block

    def dawdle(found: object) -> None:
        is_watching.set()
        assert is_all_read.wait(DEADLINE_S)

    with EndingBoard(noise_blocks(3.0)) as board:
        session = listened(Session(board, SessionPlan(tmp_path, "p")), on_found=dawdle)
        result = session.run()
    assert result.n_samples == 3000
    assert "; 2750 were not watched" in result_text(result, AmplitudeUnit.MICROVOLTS)[0], (
        "all but the first 50, and 0.2 s that waited"
    )
    assert any("recorded without being watched" in note for note in session.notes.all())
    assert result.folder is not None
    document = json.loads((result.folder / "session.json").read_text("utf-8"))
    assert document["result"]["n_not_watched"] == 2750


def test_a_knock_at_a_plug_is_not_reported(tmp_path: Path) -> None:
    _, notes = _run(_railed(noise_blocks(12.0), [0, 1], 6.0, 6.5), tmp_path)
    assert notes == []


def _loose(blocks: Sequence[Block], period_s: float, off_s: float) -> list[Block]:
    """Rail channel 2 for `off_s` of each period from 6 to 30 s."""
    for start_s in np.arange(6.0, 30.0, period_s):
        blocks = _railed(blocks, [1], start_s, start_s + off_s)
    return list(blocks)


@pytest.mark.parametrize(
    ("period_s", "off_s", "n_before", "n_gone"), [(1.0, 0.5, 0, 24), (3.0, 1.5, 0, 8), (6.0, 3.0, 4, 4)]
)
def test_a_plug_that_comes_and_goes_is_reported_as_such_with_how_often(
    tmp_path: Path, period_s: float, off_s: float, n_before: int, n_gone: int
) -> None:
    """Reported once, however short each interruption is."""
    _, notes = _run(_loose(noise_blocks(45.0), period_s, off_s), tmp_path)
    assert notes[n_before:] == [
        "EMG 2: the contact comes and goes; is a plug or a wire loose?",
        f"EMG 2 can be used now; its contact had gone {n_gone} times",
    ]
    assert notes[:n_before] == n_before // 2 * [f"EMG 2 {OFF}", "EMG 2 can be used again"]


def test_a_plug_that_comes_and_goes_and_then_stays_off_is_reported(tmp_path: Path) -> None:
    blocks = _railed(_loose(noise_blocks(45.0), 2.0, 1.0), [1], 28.0, 45.0)
    _, notes = _run(blocks, tmp_path)
    assert notes == [
        "EMG 2: the contact comes and goes; is a plug or a wire loose?",
        "EMG 2 cannot be used now; its contact had gone 12 times",
    ]


def test_a_link_that_loses_again_and_again_and_a_reader_that_skips_blame_no_plug(tmp_path: Path) -> None:
    blocks = [
        replace(block, valid=np.zeros(block.n_samples, np.bool_)) if number % 30 == 29 else block
        for number, block in enumerate(noise_blocks(30.0))
    ]
    _, notes = _run(blocks, tmp_path)
    assert notes == []
    with ScriptedBoard(noise_blocks(30.0)) as board:
        session = Session(board, SessionPlan(tmp_path / "skips", "p"))
        watch = ContactWatch(session.detection)
        for number, block in enumerate(noise_blocks(30.0)):
            if number % 30 < 25:
                session.detection.process(block)
                assert watch.news(block) == []


def test_lost_samples_blame_no_electrode(tmp_path: Path) -> None:
    before, after = noise_blocks(6.0), noise_blocks(6.0, first_index=36_000)
    (lost,) = noise_blocks(30.0, block_samples=30_000, first_index=6_000)
    lost = replace(lost, counts=0 * lost.counts, valid=np.zeros(lost.n_samples, np.bool_))
    _, notes = _run([*before, lost, *after], tmp_path)
    assert [note for note in notes if "EMG" in note] == []


@pytest.mark.parametrize("role", [Role.SURFACE, Role.NEEDLE, Role.REFERENCE, Role.ECG])
def test_only_a_channel_that_looks_at_a_muscle_is_reported(tmp_path: Path, role: Role) -> None:
    setup = Setup({1: ChannelSetup(role=role)})
    _, notes = _run(_railed(noise_blocks(10.0), [0], 0.0, 10.0), tmp_path, setup)
    assert bool(notes) == (role is not Role.ECG)
