"""The line at the foot of the window: what is recorded, how much of it, and for how long there is room."""

import threading

from twitchscope.ending import LONGEST_END_S
from twitchscope.live.feed import Feed
from twitchscope.session.opening import how_long
from twitchscope.session.session import Session
from twitchscope.storage.disk import DiskRoom
from twitchscope.words import tr

ROOM_EVERY_S = 10.0
"""How often the disk is asked: others may fill it meanwhile."""


class RoomWatch:
    """Asks now and then how much room there is, in a thread of its own: a disk that hangs must hold no frame.

    Parameters
    ----------
    room : DiskRoom
        What is asked.
    every_s : float
        How long it is left alone between, in seconds.

    Attributes
    ----------
    minutes : float or None
        For how long there was room when it answered last; None before that.
    """

    def __init__(self, room: DiskRoom, every_s: float = ROOM_EVERY_S) -> None:
        self.minutes: float | None = None
        self._room = room
        self._every_s = every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="disk_room", daemon=True)

    def start(self) -> None:
        """Ask for the first time, and go on."""
        self._thread.start()

    def stop(self) -> None:
        """Ask no more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(LONGEST_END_S)

    def _run(self) -> None:
        while not self._stop.is_set():
            self.minutes = self._room.minutes_left
            self._stop.wait(self._every_s)


class Foot:
    """Words the line.

    Parameters
    ----------
    session : Session
        What is recorded.
    feed : Feed
        How much of it there is.
    """

    def __init__(self, session: Session, feed: Feed) -> None:
        self.room = RoomWatch(session.room)
        self._session = session
        self._feed = feed

    def text(self, *, is_running: bool) -> str:
        """Return the line as it is now."""
        running = f"● {tr('recording')}" if is_running else f"■ {tr('recorded')}"
        folder = f": {self._session.folder.name}" if self._session.folder is not None else ""
        lost = tr(" · {n} samples lost").format(n=self._feed.n_lost) if self._feed.n_lost else ""
        minutes = self.room.minutes if is_running else None
        room = tr(" · room for {long}").format(long=tr(how_long(minutes))) if minutes is not None else ""
        return f"{running}{folder} · {self._feed.time_s():.0f} s{lost}{room}"
