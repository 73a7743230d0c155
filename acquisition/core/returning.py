"""Board that reconnects after a loss during a session."""

from typing import Self

import numpy as np

from acquisition.core.block import Block
from acquisition.core.board import Board
from acquisition.core.errors import AcquisitionError, BoardConfigError, BoardNotFound, WrongRate
from acquisition.core.info import BoardInfo
from acquisition.core.loose import OFTEN, WITHIN_S, LooseConnection

RETRY_S = 0.5
"""Pause between two attempts to reopen the board."""

HOLD_BEHIND_S = 0.5
"""Delay of the index behind the clock while the board is away. Arrivals are late by less than this, so the first
samples after the return still have free indices."""

LONG_ABSENCE_S = 10.0
"""A board that is not found for this long is reported once more, with the reason."""

SETTLE_S = 0.25
"""Time to collect samples after a return before they get their indices, which follow from the least late arrival of
this time."""


class ReturningBoard(Board):
    """Board that wraps `first` and reopens it through `Board.renew` after a loss.

    During an absence the missing samples are returned as lost, so that index and time stay in step. After a return the
    board is set up again and must be the same one: name, channels, gains, rate and auxiliary columns.

    Parameters
    ----------
    first : Board
        Board to wrap, not open yet.
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
        self._reported_reasons = set[str]()
        self._plug = LooseConnection()

    @classmethod
    def around(cls, board: Board) -> "Board | Self":
        """Return `board` wrapped, or `board` itself when it cannot be reopened."""
        return cls(board) if board.renew() is not None else board

    @property
    def absence(self) -> str:
        """Why and for how long the board is absent; empty while it is present."""
        if self._away_since_s is None:
            return ""
        away_s = self.clock.now_s() - self._away_since_s
        return f"{self._why_gone}; it has not come back for {away_s:.0f} s: {self._why_still}"

    @property
    def why_uncounted(self) -> str:
        """Why the present board, or one before a loss, does not count every lost sample; empty otherwise."""
        return self._why_uncounted or self._inner.why_uncounted

    @property
    def has_sync_output(self) -> bool:
        """Whether the present or last board has a sync output."""
        return self._inner.has_sync_output

    def pulse_sync(self) -> None:
        """Pulse the sync output, see `Board.pulse_sync`. Adds a note when the board is away."""
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
        self._plug = LooseConnection()
        self._unplaced.clear()
        self._inner.start()

    def _read(self, timeout_s: float) -> Block | None:
        n_gone = self._plug.take_losses(self.clock.now_s())
        if n_gone and self._away_since_s is None:
            self.notes.append(f"the board stays now; it had gone {n_gone} times")
        if self._away_since_s is not None and not self._try_again(timeout_s):
            return self._held()
        try:
            block = self._inner.read(timeout_s)
        except WrongRate as error:
            if self._n_returns == 0:
                raise
            # not WrongRate: the samples before the loss have the right rate and are kept
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
        self._reported_reasons.clear()
        if self._plug.record_loss(self._away_since_s):
            self.notes.append(
                f"{error}; it went {OFTEN} times within {WITHIN_S:g} s: is a plug or a cable loose? The session goes "
                "on; how often it went is reported when it stays"
            )
        elif not self._plug.is_on:
            self.notes.append(f"{error}; waiting for it to come back, the session goes on")

    def _try_again(self, timeout_s: float) -> bool:
        """Try to reopen the board, at most every `RETRY_S`; return whether it streams again."""
        now_s = self.clock.now_s()
        if now_s < self._next_try_s:
            self.clock.wait_s(min(timeout_s, self._next_try_s - now_s))
            return False
        self._inner.close()  # only after the loss was reported: BrainFlow may take a second to close
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
        self._plug.record_return(now_s)
        if not self._plug.is_on:
            self.notes.append(f"the board is back after {now_s - self._away_since_s:.1f} s")
        renewed.notes[:] = [note for note in renewed.notes if note not in self.notes]
        self._pass_on_notes()
        self._away_since_s = None
        return True

    def _require_same(self, info: BoardInfo) -> None:
        """Raise BoardConfigError when this is another board."""
        expected = self.info
        if (info.name, info.channels, info.sampling_rate_hz, info.aux) == (
            expected.name,
            expected.channels,
            expected.sampling_rate_hz,
            expected.aux,
        ):
            return
        raise BoardConfigError(
            f"another board came back: expected {_described(expected)}, found {_described(info)}; plug in the first "
            "one, or end the session"
        )

    def _tell_why_still(self, error: AcquisitionError) -> None:
        """Add a note, once per reason, why the board cannot be reopened.

        A reason must occur twice in a row, because a port that is just appearing or disappearing gives transient ones.
        `BoardNotFound` is reported only after `LONG_ABSENCE_S`.
        """
        stands, self._why_still = self._why_still == str(error), str(error)
        assert self._away_since_s is not None
        is_long = self.clock.now_s() - self._away_since_s >= LONG_ABSENCE_S
        is_due = is_long if isinstance(error, BoardNotFound) else stands
        if is_due and self._why_still not in self._reported_reasons:
            self._reported_reasons.add(self._why_still)
            self.notes.append(f"the board has not come back yet: {self._why_still}")

    def _in_place(self, block: Block) -> Block:
        """Return the block with its index in the session, joined with those before it; empty while it is undecided."""
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
        """Return a block of lost samples for the time since the last one."""
        now_s = self.clock.now_s()
        if not self.sample_clock.has_arrivals:
            return self._empty_block()
        n_samples = int(self.sample_clock.index_at(now_s - HOLD_BEHIND_S)) - self.next_index
        if n_samples <= 0:
            return self._empty_block()
        return self._lost_block(n_samples, now_s)  # a long sleep of the computer takes several reads

    def _pass_on_notes(self) -> None:
        """Move the notes of the wrapped board to this one."""
        while self._inner.notes:
            self.notes.append(self._inner.notes.pop(0))


def _described(info: BoardInfo) -> str:
    """Return a description of the board for a message."""
    channels = ", ".join(
        channel.name if channel.gain is None else f"{channel.name} ×{channel.gain:g}" for channel in info.channels
    )
    return f"{info.name} with {info.sampling_rate_hz:g} samples a second of {info.channel_count_text} ({channels})"


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
