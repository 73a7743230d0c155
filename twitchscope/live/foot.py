"""Status line at the foot of the window: the recording, its length, and the remaining disk space as time."""

import threading

from twitchscope.ending import LONGEST_END_S
from twitchscope.live.feed import Feed
from twitchscope.session.opening import how_long
from twitchscope.session.session import Session
from twitchscope.storage.disk import DiskRoom
from twitchscope.words import tr

ROOM_EVERY_S = 10.0
"""Interval at which the disk is queried, as others may fill it meanwhile."""


class RoomWatch:
    """Periodic query of the disk space in its own thread, so that a hanging disk blocks no frame.

    Parameters
    ----------
    room : DiskRoom
        Disk space of the session.
    every_s : float
        Interval between two queries in seconds.

    Attributes
    ----------
    minutes : float or None
        Remaining recording time at the last query; None before it.
    """

    def __init__(self, room: DiskRoom, every_s: float = ROOM_EVERY_S) -> None:
        self.minutes: float | None = None
        self._room = room
        self._every_s = every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="disk_room", daemon=True)

    def start(self) -> None:
        """Start the queries."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the queries."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(LONGEST_END_S)

    def _run(self) -> None:
        while not self._stop.is_set():
            self.minutes = self._room.minutes_left
            self._stop.wait(self._every_s)


class Foot:
    """Text of the status line.

    Parameters
    ----------
    session : Session
        The session being recorded.
    feed : Feed
        Signal time and losses.
    """

    def __init__(self, session: Session, feed: Feed) -> None:
        self.room = RoomWatch(session.room)
        self._session = session
        self._feed = feed

    def text(self, *, is_running: bool) -> str:
        """Return the current line."""
        running = f"● {tr('recording')}" if is_running else f"■ {tr('recorded')}"
        folder = f": {self._session.folder.name}" if self._session.folder is not None else ""
        lost = tr(" · {n} samples lost").format(n=self._feed.n_lost) if self._feed.n_lost else ""
        minutes = self.room.minutes if is_running else None
        room = tr(" · room for {long}").format(long=tr(how_long(minutes))) if minutes is not None else ""
        return f"{running}{folder} · {self._feed.time_s():.0f} s{lost}{room}"
