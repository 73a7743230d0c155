"""Samples lost by the link of a connected board: reported while it happens, once per spell."""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from acquisition.core import Block
from twitchscope.words import for_later

WINDOW_S = 5.0
"""Length in seconds of the signal over which the lost fraction is evaluated."""

LOOK_S = 1.0
"""Signal in seconds between two evaluations."""

MOST_LOST = 0.05
"""A larger lost fraction is reported. On a link that loses more, many lost samples are adjacent, and no twitch can be
detected there. An assumption, like the others here."""

FEW_LOST = 0.025
"""A spell lasts while the lost fraction is larger, so a link that loses about `MOST_LOST` is reported once."""

QUIET_S, LONGEST_QUIET_S = 10.0, 160.0
"""A spell ends when the lost fraction has been at most `FEW_LOST` for this long in seconds. The time doubles with each
spell up to the longest, so that a link that comes and goes all day does not fill a page with notes."""


class _Loss(NamedTuple):
    """Stretch of signal and the number of samples lost in it."""

    first_index: int
    end_index: int
    n_lost: int


class LossWatch:
    """Detector of spells of lost samples, which reports their start, and their total at the end, by sample index.

    Parameters
    ----------
    sampling_rate_hz : float
        Sampling rate of the board.
    question : str
        Possible cause, appended to the sentence; empty if nobody can do anything about it.
    """

    def __init__(self, sampling_rate_hz: float, question: str) -> None:
        self._rate_hz = sampling_rate_hz
        self._question = question
        self._recent: deque[_Loss] = deque()  # only blocks with losses, within the window
        self._spell: _Loss | None = None
        self._behind: list[_Loss] = []  # losses after the spell, part of it if it continues
        self._next_look_index = self._bad_index = 0
        self._quiet_s = QUIET_S

    def news(self, block: Block, is_explained: bool) -> list[str]:
        """Return the notes due after a block.

        Parameters
        ----------
        block : Block
            Next block. Samples between two blocks were skipped by the caller and are not lost.
        is_explained : bool
            Whether the losses of this block are reported elsewhere, as when the board is away; they do not count.
        """
        if block.n_lost and not is_explained:
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
        """Return the lost fraction of the window that ends at `end_index`."""
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
        """Forget the losses after the spell, or without one; there is nothing to report of them."""
        self._behind.clear()
        return []


def _joined(losses: Sequence[_Loss]) -> _Loss:
    return _Loss(losses[0].first_index, losses[-1].end_index, sum(loss.n_lost for loss in losses))
