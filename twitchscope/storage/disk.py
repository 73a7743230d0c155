"""Room on the disk: how long a recording can go on, and when it must end so that its end still fits."""

import shutil
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from acquisition.core import BoardInfo, RecordingError
from twitchscope.storage.files import likely_cause

LARGEST_RESERVE_BYTES = 64_000_000
RESERVE_SHARE = 0.1
"""Share of the file system that is left to others, up to `LARGEST_RESERVE_BYTES`."""

ANNOTATION_BYTES_PER_S = 3_000
"""Of the recording's annotations, and a few lines of the journal."""

LITTLE_MINUTES = 30.0
"""From here on the room is called little: shorter than a treatment."""

VERY_LITTLE_MINUTES = 5.0
"""From here on it is said once more: time to make room, or to end in good order."""


class NoRoom(RecordingError):
    """The reserve is reached: the recording ends while its end still fits.

    Parameters
    ----------
    state : str
        Of the disk.

    Attributes
    ----------
    state : str
        As given.
    """

    def __init__(self, state: str) -> None:
        super().__init__(
            f"{state}: the recording was ended while its end still fits, and is whole; make room and start again"
        )
        self.state = state


class Usage(Protocol):
    """What `shutil.disk_usage` tells, in bytes."""

    @property
    def total(self) -> int:
        """Size of the file system."""
        ...

    @property
    def free(self) -> int:
        """What may still be written."""
        ...


ReadUsage = Callable[[Path], Usage]


class DiskRoom:
    """The room for one recording.

    Little room never keeps a recording from its start: then half of it is the reserve.

    Parameters
    ----------
    folder : Path
        Where the recording goes; need not exist yet.
    info : BoardInfo
        Of the board.
    read_usage : callable, optional
        `shutil.disk_usage`, or a test's own.

    Attributes
    ----------
    folder : Path
        Where the recording goes now.
    news : deque of str
        What is to be said of the room, such as that others have filled the disk; whoever says it, in any thread, takes
        it from the left.

    Raises
    ------
    RecordingError
        When the system does not tell at the start what room there is; later the last that it told counts, and is said.
    """

    def __init__(self, folder: Path, info: BoardInfo, read_usage: ReadUsage = shutil.disk_usage) -> None:
        self.folder = folder
        self.news: deque[str] = deque()
        self._read_usage = read_usage
        n_columns = info.n_channels + len(info.aux)
        self._bytes_per_s = 3 * n_columns * info.sampling_rate_hz + ANNOTATION_BYTES_PER_S
        try:
            self._last_usage = usage = self._ask()
        except OSError as error:
            raise RecordingError(f"{self._unknown_text(error)}; is it on another computer, or pulled out?") from error
        self._has_told_unknown = False
        self.reserve_bytes = int(min(LARGEST_RESERVE_BYTES, RESERVE_SHARE * usage.total, 0.5 * usage.free))
        self._untold_minutes = [
            minutes for minutes in (LITTLE_MINUTES, VERY_LITTLE_MINUTES) if minutes <= self._minutes(usage)
        ]

    @property
    def minutes_left(self) -> float:
        """How long a recording can still go on, in minutes."""
        return self._minutes(self._usage())

    @property
    def warning(self) -> str:
        """A sentence where the room is little, else empty."""
        minutes = self.minutes_left
        return _little_text(minutes) if minutes < LITTLE_MINUTES else ""

    def require(self) -> None:
        """Refuse to go on once the reserve is reached.

        Raises
        ------
        NoRoom
            With what is left.
        """
        usage = self._usage()
        free_bytes, minutes = usage.free, self._minutes(usage)
        if free_bytes <= self.reserve_bytes:
            raise NoRoom(f"the disk is almost full ({free_bytes / 1e6:.1f} MB left at {_existing(self.folder)})")
        if self._untold_minutes and minutes < self._untold_minutes[0]:
            self._untold_minutes = [untold for untold in self._untold_minutes if untold <= minutes]
            self.news.append(_little_text(minutes))

    def _minutes(self, usage: Usage) -> float:
        return max(0.0, (usage.free - self.reserve_bytes) / self._bytes_per_s / 60.0)

    def _usage(self) -> Usage:
        """Return what the system tells, or what it told last: that it does not is no reason to end a recording."""
        try:
            self._last_usage = self._ask()
        except OSError as error:
            if not self._has_told_unknown:
                self._has_told_unknown = True
                self.news.append(f"{self._unknown_text(error)}; the recording goes on")
        return self._last_usage

    def _ask(self) -> Usage:
        """Ask the system, again where the folder was moved away before it answered."""
        while True:
            folder = _existing(self.folder)
            try:
                return self._read_usage(folder)
            except FileNotFoundError:
                if folder.is_dir():
                    raise

    def _unknown_text(self, error: OSError) -> str:
        return f"what room the disk has at {self.folder} cannot be known: {error.strerror or error}"


def nothing_recorded(error: Exception) -> RecordingError:
    """Return why a recording ended, which has no first record, in one sentence that promises nothing."""
    cause = error if isinstance(error, OSError) else error.__cause__
    if isinstance(error, NoRoom):
        why = f"{error.state}; make room and start again"
    elif isinstance(cause, OSError):
        why = f"{cause.strerror or cause}: {likely_cause(cause)}"
    else:
        why = str(error)
    return RecordingError(f"nothing could be recorded: {why}")


def _little_text(minutes: float) -> str:
    left = f"about {minutes:.1f} minutes" if minutes >= 1.0 else "less than a minute"
    return f"little room on the disk: it will be full in {left} of recording"


def _existing(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that is there."""
    folder = folder.absolute()
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return folder
