"""A board that may go away in the middle of a session and comes back."""

from typing import Self

import numpy as np

from acquisition.core.block import Block
from acquisition.core.board import Board
from acquisition.core.errors import AcquisitionError, BoardConfigError, BoardNotFound, WrongRate
from acquisition.core.info import BoardInfo
from acquisition.core.loose import OFTEN, WITHIN_S, Loose

RETRY_S = 0.5
"""Pause between two looks whether the board is back."""

HOLD_BEHIND_S = 0.5
"""While the board is away the index follows the clock so far behind, so that no sample that comes back finds its place
taken; arrivals are late by less than this."""

LONG_ABSENCE_S = 10.0
"""A board that is not found for so long is told of once more, with what is found instead."""

SETTLE_S = 0.25
"""A board that is back is listened to for so long before its samples get their places: the least late arrival of that
time tells where they belong."""


class ReturningBoard(Board):
    """The board that `first` is, and after it went away whatever `Board.renew` finds of it.

    While it is away the samples it would have made are handed on as lost, so that index and time go on together. It is
    set up again as it was, and must then be the same board: channels, gains and rate.

    Parameters
    ----------
    first : Board
        Not open yet.
    """

    def __init__(self, first: Board) -> None:
        super().__init__(first.setup, first.clock)
        self.keeps_time = first.keeps_time
        self.is_wired_to_a_person = first.is_wired_to_a_person
        self.rate_hint = first.rate_hint
        self._inner = first
        self._n_returns = 0
        self._offset: int | None = 0
        self._unplaced: list[Block] = []
        self._away_since_s: float | None = None
        self._why_gone = self._why_still = self._why_uncounted = ""
        self._next_try_s = 0.0
        self._told_why = set[str]()
        self._plug = Loose()

    @classmethod
    def around(cls, board: Board) -> "Board | Self":
        """Return `board` itself where nothing of it could come back."""
        return cls(board) if board.renew() is not None else board

    @property
    def absence(self) -> str:
        """Why and since when the board is away, empty while it is there."""
        if self._away_since_s is None:
            return ""
        away_s = self.clock.now_s() - self._away_since_s
        return f"{self._why_gone}; it has not come back for {away_s:.0f} s: {self._why_still}"

    @property
    def why_uncounted(self) -> str:
        """Why not every lost sample is counted, by the board that is there or by one that went away."""
        return self._why_uncounted or self._inner.why_uncounted

    @property
    def has_sync_output(self) -> bool:
        """Whether the board that is there, or was there last, has one."""
        return self._inner.has_sync_output

    def pulse_sync(self) -> None:
        """Let the sync output pulse, see `Board.pulse_sync`; said where the board is away."""
        if self.has_sync_output and self._away_since_s is not None:
            self.notes.append("no sync pulse was sent: the board is away")
        else:
            self._inner.pulse_sync()

    def _open(self) -> BoardInfo:
        info = self._inner.open()
        self.rate_hint = self._inner.rate_hint
        self._pass_on_notes()
        return info

    def _start(self) -> None:
        self._n_returns, self._offset, self._away_since_s = 0, 0, None
        self._why_uncounted = ""
        self._plug = Loose()
        self._unplaced.clear()
        self._inner.start()

    def _read(self, timeout_s: float) -> Block | None:
        n_gone = self._plug.settle(self.clock.now_s())
        if n_gone and self._away_since_s is None:
            self.notes.append(f"the board stays now; it had gone {n_gone} times")
        if self._away_since_s is not None and not self._try_again(timeout_s):
            return self._held()
        try:
            block = self._inner.read(timeout_s)
        except WrongRate as error:
            if self._n_returns == 0:
                raise
            # not WrongRate: what was recorded before the board went away is right, and is kept
            raise BoardConfigError(f"the board came back with another rate: {error}") from error
        except BoardConfigError:
            raise
        except AcquisitionError as error:
            self._let_go(error)
            return self._held()
        finally:
            self._pass_on_notes()
        return None if block is None else self._in_place(block)

    def _stop(self) -> None:
        if self._away_since_s is None:
            self._inner.stop()
        else:
            self._inner.close()
        self._pass_on_notes()

    def _close(self) -> None:
        self._inner.close()
        self._pass_on_notes()

    def _let_go(self, error: AcquisitionError) -> None:
        self._away_since_s = self.clock.now_s()
        self._why_gone, self._why_still = str(error), "it was not looked for yet"
        self._next_try_s = self._away_since_s
        self._told_why.clear()
        if self._plug.go(self._away_since_s):
            self.notes.append(
                f"{error}; it went {OFTEN} times within {WITHIN_S:g} s: is a plug or a cable loose? The session goes "
                "on; how often it went is told when it stays"
            )
        elif not self._plug.is_on:
            self.notes.append(f"{error}; waiting for it to come back, the session goes on")

    def _try_again(self, timeout_s: float) -> bool:
        """Look for the board, not too often; return whether it streams again."""
        now_s = self.clock.now_s()
        if now_s < self._next_try_s:
            self.clock.wait_s(min(timeout_s, self._next_try_s - now_s))
            return False
        self._inner.close()  # not before it was told that the board is away: BrainFlow may take a second for it
        self._pass_on_notes()
        renewed = self._inner.renew()
        assert renewed is not None, "a board that could come back once can do so again"
        try:
            self._require_same(self.setup.apply(renewed.open()))
            renewed.start()
        except AcquisitionError as error:
            renewed.close()
            self._tell_why_still(error)
            self._next_try_s = self.clock.now_s() + RETRY_S
            return False
        self._why_uncounted = self.why_uncounted
        self._inner = renewed
        self._n_returns += 1
        self._offset = None
        self._unplaced.clear()
        assert self._away_since_s is not None
        now_s = self.clock.now_s()
        self._plug.come(now_s)
        if not self._plug.is_on:
            self.notes.append(f"the board is back after {now_s - self._away_since_s:.1f} s")
        renewed.notes[:] = [note for note in renewed.notes if note not in self.notes]
        self._pass_on_notes()
        self._away_since_s = None
        return True

    def _require_same(self, info: BoardInfo) -> None:
        """Raise BoardConfigError where it is not the board that went away."""
        expected = self.info
        if (info.name, info.channels, info.sampling_rate_hz, info.aux) == (
            expected.name,
            expected.channels,
            expected.sampling_rate_hz,
            expected.aux,
        ):
            return
        raise BoardConfigError(
            f"another board came back: expected {_told(expected)}, found {_told(info)}; plug in the first one, or end "
            "the session"
        )

    def _tell_why_still(self, error: AcquisitionError) -> None:
        """Say once why the board that may be there is not taken; that it is not there yet, only after a while.

        A port that is just coming or going has reasons of its own, which the next look does not find again.
        """
        stands, self._why_still = self._why_still == str(error), str(error)
        assert self._away_since_s is not None
        is_long = self.clock.now_s() - self._away_since_s >= LONG_ABSENCE_S
        is_news = is_long if isinstance(error, BoardNotFound) else stands
        if is_news and self._why_still not in self._told_why:
            self._told_why.add(self._why_still)
            self.notes.append(f"the board has not come back yet: {self._why_still}")

    def _in_place(self, block: Block) -> Block:
        """Return the block with its index counted from the session's first sample, or all that waited for a place."""
        if block.n_samples == 0:
            return self._empty_block()
        if self._offset is not None:
            return _moved(block, self._offset)
        self._unplaced.append(block)
        if block.arrival_s - self._unplaced[0].arrival_s < SETTLE_S:
            return self._empty_block()
        waiting, self._unplaced = self._unplaced, []
        expected = min(self.sample_clock.index_at(one.arrival_s) - (one.end_index - 1) for one in waiting)
        self._offset = max(round(expected), self.next_index - waiting[0].first_index)
        return _moved(_joined(waiting), self._offset)

    def _held(self) -> Block:
        """Return the samples that the board would have made meanwhile, all lost."""
        now_s = self.clock.now_s()
        if not self.sample_clock.has_arrivals:
            return self._empty_block()
        n_samples = int(self.sample_clock.index_at(now_s - HOLD_BEHIND_S)) - self.next_index
        if n_samples <= 0:
            return self._empty_block()
        return self._lost_block(n_samples, now_s)  # what a computer slept through comes in several reads

    def _pass_on_notes(self) -> None:
        """Make the notes of the board that is there this one's own."""
        while self._inner.notes:
            self.notes.append(self._inner.notes.pop(0))


def _told(info: BoardInfo) -> str:
    """Return what a board is known again by."""
    channels = ", ".join(
        channel.name if channel.gain is None else f"{channel.name} ×{channel.gain:g}" for channel in info.channels
    )
    return f"{info.name} with {info.sampling_rate_hz:g} samples a second of {info.channels_told} ({channels})"


def _moved(block: Block, offset: int) -> Block:
    return Block(block.first_index + offset, block.counts, block.aux, block.valid, block.arrival_s)


def _joined(blocks: list[Block]) -> Block:
    """Return consecutive blocks as one."""
    return Block(
        blocks[0].first_index,
        np.concatenate([block.counts for block in blocks]),
        np.concatenate([block.aux for block in blocks]),
        np.concatenate([block.valid for block in blocks]),
        blocks[-1].arrival_s,
    )
