"""Shared by the tests of choices before a session: a board, and work that finds none."""

from acquisition.core import BoardInfo, Channel
from twitchscope.live.flow.board_work import Work

CHANNELS = tuple(Channel(f"EMG {number}", 0.1) for number in range(1, 4))
INFO = BoardInfo("Wired", 1000.0, CHANNELS, 262.0)


class QuietWork(Work):
    """Work that finds no port, as the machine of the test may have some."""

    def look_for_boards(self) -> None:
        """Report no board."""


class BusyWork(QuietWork):
    """Work that is always busy."""

    is_running = True
