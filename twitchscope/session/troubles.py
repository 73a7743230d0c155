"""Problems that keep a session from recording or detecting as it should, each reported once in its notes."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from acquisition.core import Block, Board, LooseConnection
from twitchscope.electrodes.contact import is_watched
from twitchscope.findings.detection import Detection
from twitchscope.session.losses import LossWatch
from twitchscope.session.notes import SessionNotes
from twitchscope.session.recorder import Recorder
from twitchscope.storage.disk import DiskRoom
from twitchscope.words import for_later

HELD_S = 2.0
"""Time in seconds after which a channel that has become unusable, or usable again, is reported. A knock at a plug, lost
samples (after which the detector waits for less than a second) and filters that settle at the start say nothing of the
electrode."""

LOSS_S = 1.0
"""Time in seconds after lost or skipped samples in which the detector may not use a channel because of them."""

MOST_NAMES = 3
"""Channels named in a sentence; of the others only the number is given."""


class Troubles:
    """Reporter of problems of a session, except those that the board reports itself.

    Parameters
    ----------
    board : Board
        Board of the session.
    notes : SessionNotes
        Notes of the session, to which problems are added.
    detection : Detection
        Detection of the session.
    room : DiskRoom
        Disk room of the session.

    Attributes
    ----------
    n_not_watched : int
        Samples that were recorded but not processed, as the detector did not keep up.
    """

    def __init__(self, board: Board, notes: SessionNotes, detection: Detection, room: DiskRoom) -> None:
        self._board = board
        self._notes = notes
        self._room = room
        self._contacts = ContactWatch(detection)
        question = for_later(": is the board in reach, or the computer busy?") if board.keeps_time else ""
        self._losses = LossWatch(board.info.sampling_rate_hz, question)
        self._n_of_board_before_loss = notes.n_of_board
        self._reported_slowness: set[str] = set()
        self.n_not_watched = 0

    def note_slow_disk(self, recorder: Recorder) -> None:
        """Note once that signal waits for the disk; called in the reading thread, which never waits for a disk."""
        if "disk" not in self._reported_slowness and (report := recorder.wait_report):
            self._reported_slowness.add("disk")
            self._notes.say(report)

    def check(self, block: Block, n_skipped: int) -> None:
        """Note any problems after a block that the detector has processed.

        Parameters
        ----------
        block : Block
            Last block.
        n_skipped : int
            Samples so far that were not processed.
        """
        is_explained = self._is_explained(block)
        while self._room.news:
            self._notes.say(self._room.news.popleft())
        self.n_not_watched = n_skipped
        if "detector" not in self._reported_slowness and n_skipped:
            self._reported_slowness.add("detector")
            self._notes.say(
                "the detector does not keep up with the board: some signal is recorded without being watched for "
                "twitches; is the computer busy with something else?"
            )
        for note in (*self._losses.news(block, is_explained), *self._contacts.news(block)):
            self._notes.say(note)

    def _is_explained(self, block: Block) -> bool:
        """Return whether the board has explained lost samples: it is away, or has added a note since the loss began."""
        n_of_board = self._notes.n_of_board
        is_explained = bool(self._board.absence) or n_of_board > self._n_of_board_before_loss
        if block.n_lost < block.n_samples:
            self._n_of_board_before_loss = n_of_board
        return is_explained


class ContactWatch:
    """Reporter of changes in which channels the detector can use, once per change.

    A channel whose contact comes and goes is reported as such, and the number of interruptions once it is stable.

    Parameters
    ----------
    detection : Detection
        Must have processed every block before `news` is called with it.
    """

    def __init__(self, detection: Detection) -> None:
        self._detection = detection
        info = detection.info
        self._rate_hz = info.sampling_rate_hz
        self._watched = [place for place, channel in enumerate(info.channels) if is_watched(channel.role)]
        self._reported_usable = dict.fromkeys(self._watched, True)
        self._was_usable = dict.fromkeys(self._watched, False)
        self._changed_index = dict.fromkeys(self._watched, 0)
        self._plugs = {place: LooseConnection() for place in self._watched}
        self._next_index, self._lost_until_s = 0, 0.0

    def news(self, block: Block) -> list[str]:
        """Return the notes due after a block."""
        now_s = block.end_index / self._rate_hz
        is_whole = block.first_index == self._next_index and not block.n_lost
        self._next_index = block.end_index
        if not is_whole:  # missing or skipped samples say nothing of the electrode
            self._changed_index = dict.fromkeys(self._watched, block.end_index)
            self._lost_until_s = now_s + LOSS_S
            return []
        usable = self._detection.detector.is_usable
        loose = [] if now_s < self._lost_until_s else self._newly_loose(usable, now_s)
        for place in self._watched:
            if usable[place] == self._reported_usable[place] or self._plugs[place].is_on:
                self._changed_index[place] = block.end_index
        held = [
            place for place in self._watched if block.end_index - self._changed_index[place] >= HELD_S * self._rate_hz
        ]
        lost, found = (
            [place for place in held if self._reported_usable[place] is was_usable] for was_usable in (True, False)
        )
        for place in held:
            self._reported_usable[place] = not self._reported_usable[place]
            self._changed_index[place] = block.end_index
        return [
            *([f"{self._names(loose)}: the contact comes and goes; is a plug or a wire loose?"] if loose else []),
            *([f"{self._names(lost)} cannot be used: is the electrode on the skin, its plug in?"] if lost else []),
            *([f"{self._names(found)} can be used again"] if found else []),
            *self._settled(usable, now_s),
        ]

    def _newly_loose(self, usable: NDArray[np.bool_], now_s: float) -> list[int]:
        """Return the channels whose contact has just begun to come and go."""
        loose = []
        for place in self._watched:
            if usable[place] == self._was_usable[place]:
                continue
            self._was_usable[place] = bool(usable[place])
            if usable[place]:
                self._plugs[place].record_return(now_s)
            elif self._plugs[place].record_loss(now_s):
                loose.append(place)
        return loose

    def _settled(self, usable: NDArray[np.bool_], now_s: float) -> list[str]:
        """Return notes on the current state of channels whose contact came and went."""
        notes = []
        for place in self._watched:
            if n_gone := self._plugs[place].take_losses(now_s):
                self._reported_usable[place] = bool(usable[place])
                how = "can" if usable[place] else "cannot"
                notes.append(f"{self._names([place])} {how} be used now; its contact had gone {n_gone} times")
        return notes

    def _names(self, places: Iterable[int]) -> str:
        names = [self._detection.info.channels[place].name for place in places]
        more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        return ", ".join(names[:MOST_NAMES]) + more
