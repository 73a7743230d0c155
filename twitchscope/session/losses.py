"""Samples that a link loses while the board is there: told while it happens, once for each spell of it."""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from acquisition.core import Block
from twitchscope.words import for_later

WINDOW_S = 5.0
"""Of so much signal the share that was lost is judged."""

LOOK_S = 1.0
"""Signal between two looks at it."""

MOST_LOST = 0.05
"""A larger share is told: of a link that loses more, many lost samples lie beside each other, where no twitch can be
seen. An assumption, like the others here."""

FEW_LOST = 0.025
"""As long as the share is larger, a spell of losses goes on: a link that loses about `MOST_LOST` is told once."""

QUIET_S, LONGEST_QUIET_S = 10.0, 160.0
"""A spell is over when so little has been lost for so long, each later one after twice the time, up to the longest: a
link that comes and goes all day fills no page."""


class _Loss(NamedTuple):
    """A stretch of signal and how much of it was lost."""

    first_index: int
    end_index: int
    n_lost: int


class LossWatch:
    """Tells when much of the signal is lost, and when that is over how much it was; by the index of the samples.

    Parameters
    ----------
    sampling_rate_hz : float
        Of the board.
    question : str
        Behind the sentence: what may be the cause; empty where nobody can do anything about it.
    """

    def __init__(self, sampling_rate_hz: float, question: str) -> None:
        self._rate_hz = sampling_rate_hz
        self._question = question
        self._recent: deque[_Loss] = deque()  # within the window, blocks with losses alone
        self._spell: _Loss | None = None
        self._behind: list[_Loss] = []  # the spell: part of it if it goes on
        self._next_look_index = self._bad_index = 0
        self._quiet_s = QUIET_S

    def news(self, block: Block, is_told: bool) -> list[str]:
        """Return what is to be said behind a block.

        Parameters
        ----------
        block : Block
            The next one; what lies between two was skipped by who asks, and is not lost.
        is_told : bool
            Whether something else tells of what this block lost, such as that the board is away: it does not count.
        """
        if block.n_lost and not is_told:
            for losses in (self._recent, self._behind):
                losses.append(_Loss(block.first_index, block.end_index, block.n_lost))
        if block.end_index < self._next_look_index:
            return []
        self._next_look_index = block.end_index + round(LOOK_S * self._rate_hz)
        share = self._share(block.end_index)
        if share > FEW_LOST:
            self._bad_index = block.end_index
        if self._spell is None:
            return [self._begin(share)] if share > MOST_LOST else self._forget()
        if share > FEW_LOST:
            self._spell = _joined([self._spell, *self._behind])
            return self._forget()
        return [self._end(self._spell)] if block.end_index - self._bad_index >= self._quiet_s * self._rate_hz else []

    def _share(self, end_index: int) -> float:
        """Return the share that was lost of the window that ends there."""
        n_window = WINDOW_S * self._rate_hz
        while self._recent and self._recent[0].end_index <= end_index - n_window:
            self._recent.popleft()
        return min(1.0, sum(loss.n_lost for loss in self._recent) / n_window)

    def _begin(self, share: float) -> str:
        self._spell = _joined(self._recent)
        self._forget()
        return for_later(
            "{share:.0f} % of the samples of the last {seconds:.0f} s were lost{question}",
            share=100.0 * share,
            seconds=WINDOW_S,
            question=self._question,
        )

    def _end(self, spell: _Loss) -> str:
        self._spell, self._quiet_s = None, min(2.0 * self._quiet_s, LONGEST_QUIET_S)
        self._forget()
        return for_later(
            "hardly a sample is lost any more: from {start_s:.1f} to {stop_s:.1f} s it was {share:.0f} % of them",
            start_s=spell.first_index / self._rate_hz,
            stop_s=spell.end_index / self._rate_hz,
            share=100.0 * spell.n_lost / (spell.end_index - spell.first_index),
        )

    def _forget(self) -> list[str]:
        """Forget what was lost behind the spell, or without one; nothing is to be said of it."""
        self._behind.clear()
        return []


def _joined(losses: Sequence[_Loss]) -> _Loss:
    return _Loss(losses[0].first_index, losses[-1].end_index, sum(loss.n_lost for loss in losses))
