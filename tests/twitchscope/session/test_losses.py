"""Heavy losses of a link are reported while they happen, with a bounded number of notes."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from acquisition.core import Block
from tests.twitchscope.conftest import RATE_HZ, ScriptedBoard, noise_blocks
from tests.twitchscope.held_disk import LiveBoard
from twitchscope.session.losses import LossWatch
from twitchscope.session.plan import SessionPlan
from twitchscope.session.session import Session
from twitchscope.session.troubles import Troubles

BLOCK = 50
OVER = "hardly a sample is lost any more: from {:.1f} to {:.1f} s it was {:.0f} % of them"


def _losing(share_at: Callable[[float], float], seconds: float) -> list[Block]:
    """Return blocks whose first samples are lost, by the fraction for their time."""

    def lose(block: Block) -> Block:
        n_lost = round(share_at(block.first_index / RATE_HZ) * BLOCK)
        return replace(block, valid=np.arange(BLOCK) >= n_lost)

    return [lose(block) for block in noise_blocks(seconds)]


def _told(blocks: Sequence[Block]) -> list[str]:
    watch = LossWatch(RATE_HZ, "?")
    return [note for block in blocks for note in watch.news(block, is_explained=False)]


def test_a_link_that_loses_nearly_everything_is_reported_in_a_second_and_what_was_lost_when_it_is_over(
    tmp_path: Path,
) -> None:
    blocks = _losing(lambda time_s: 0.96 if 8.0 <= time_s < 48.0 else 0.0, 70.0)
    with LiveBoard(blocks) as board:
        session = Session(board, SessionPlan(tmp_path, "p"))
        result = session.run()
    told = [note for note in session.notes.all() if "lost" in note]
    assert told[0].endswith(" % of the samples of the last 5 s were lost: is the board in reach, or the computer busy?")
    assert 5 <= int(told[0].split()[0]) <= 20, "not later than the next look"
    assert told[1:] == [OVER.format(8.0, 48.0, 96)]
    assert result.folder is not None
    assert json.loads((result.folder / "session.json").read_text("utf-8"))["board"]["notes"] == session.notes.all()


@pytest.mark.parametrize(("share", "n_told"), [(0.04, 0), (0.06, 1)])
def test_a_link_that_always_loses_a_little_does_not_chatter(share: float, n_told: int) -> None:
    assert len(_told(_losing(lambda time_s: share, 120.0))) == n_told


def test_a_link_about_the_limit_is_reported_once() -> None:
    rng = np.random.default_rng(3)
    assert len(_told(_losing(lambda time_s: rng.uniform(0.0, 0.11), 600.0))) == 1


def test_each_later_spell_is_reported_after_a_longer_rest_so_that_an_hour_fills_no_page() -> None:
    told = _told(_losing(lambda time_s: 0.5 if time_s % 30.0 < 3.0 else 0.0, 600.0))
    assert told[1] == OVER.format(0.0, 3.0, 50)
    assert told[3] == OVER.format(30.0, 33.0, 50)
    assert len(told) <= 6


class AwayBoard(ScriptedBoard):
    """Board that reports being away while `is_away` is set."""

    is_away = False

    @property
    def absence(self) -> str:
        """Why it is away."""
        return "gone" if self.is_away else ""


@pytest.mark.parametrize("who", ["nobody", "the window", "a note", "the board that is away"])
def test_a_long_gap_is_reported_once_by_whoever_knows_of_it(tmp_path: Path, who: str) -> None:
    """As when the computer was suspended for that long, which nobody reports."""
    (lost,) = noise_blocks(30.0, block_samples=30_000, first_index=6_000)
    lost = replace(lost, counts=0 * lost.counts, valid=np.zeros(lost.n_samples, np.bool_))
    with AwayBoard([]) as board:
        session = Session(board, SessionPlan(tmp_path, "p"))
        troubles = Troubles(board, session.notes, session.detection, session.room)
        for block in noise_blocks(6.0):
            troubles.check(block, 0)
        board.notes += ["nothing has come"] if who == "a note" else []
        if who == "the window":  # it knows nothing of the board
            session.notes.say("the window stood still")
        board.is_away = who == "the board that is away"
        troubles.check(lost[:20_000], 0)
        troubles.check(lost[20_000:], 0)
        board.is_away = False
        for block in noise_blocks(20.0, first_index=36_000):
            troubles.check(block, 0)
        told = [note for note in session.notes.all() if "lost" in note]
    assert told == (
        ["100 % of the samples of the last 5 s were lost", OVER.format(6.0, 36.0, 100)]
        if who in ("nobody", "the window")
        else []
    )
