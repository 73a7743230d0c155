"""Room on the disk: how long a recording can continue, and when it must end so that its last data still fit."""

import shutil
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from acquisition.core import BoardInfo, RecordingError
from twitchscope.storage.files import likely_cause

LARGEST_RESERVE_BYTES = 64_000_000
RESERVE_SHARE = 0.1
"""Fraction of the file system that is left to others, up to `LARGEST_RESERVE_BYTES`."""

ANNOTATION_BYTES_PER_S = 3_000
"""Size of the recording's annotations and a few journal lines, in bytes per second."""

LITTLE_MINUTES = 30.0
"""Remaining minutes below which a warning is given: shorter than a treatment."""

VERY_LITTLE_MINUTES = 5.0
"""Remaining minutes below which it is repeated: time to make room, or to end the recording."""


class NoRoom(RecordingError):
    """The reserve is reached: the recording ends while its last data still fit.

    Parameters
    ----------
    state : str
        State of the disk.

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
    """Result of `shutil.disk_usage`, in bytes."""

    @property
    def total(self) -> int:
        """Size of the file system."""
        ...

    @property
    def free(self) -> int:
        """Space that is still free."""
        ...


ReadUsage = Callable[[Path], Usage]


class DiskRoom:
    """Room for one recording.

    Little room never prevents a recording from starting: then half of it is the reserve.

    Parameters
    ----------
    folder : Path
        Folder of the recording; need not exist yet.
    info : BoardInfo
        Description of the board.
    read_usage : callable, optional
        `shutil.disk_usage`, or a replacement in tests.

    Attributes
    ----------
    folder : Path
        Current folder of the recording.
    news : deque of str
        Notes about the room, such as that others have filled the disk. Whoever reports one, in any thread, takes it
        from the left.

    Raises
    ------
    RecordingError
        If the system does not report the free space at the start. Later the last known value is used, with a note.
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
        """How long a recording can still continue, in minutes."""
        return self._minutes(self._usage())

    @property
    def warning(self) -> str:
        """A warning if there is little room, else empty."""
        minutes = self.minutes_left
        return _little_text(minutes) if minutes < LITTLE_MINUTES else ""

    def require(self) -> None:
        """Raise an error once the reserve is reached.

        Raises
        ------
        NoRoom
            With the remaining space.
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
        """Return the disk usage, or the last known one: that it is unknown is no reason to end a recording."""
        try:
            self._last_usage = self._ask()
        except OSError as error:
            if not self._has_told_unknown:
                self._has_told_unknown = True
                self.news.append(f"{self._unknown_text(error)}; the recording goes on")
        return self._last_usage

    def _ask(self) -> Usage:
        """Query the disk usage, again if the folder was moved before the answer."""
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
    """Return why a recording without a first record ended, in one sentence that does not claim that data are kept."""
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
    """Return the folder, or its nearest existing parent."""
    folder = folder.absolute()
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return folder
