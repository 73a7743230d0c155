"""A board left at another baud rate is found, even after a partly received command and when it answers late."""

import pytest

from acquisition.drivers._cyton_wired import find_baud
from acquisition.link.protocol import DONGLE_STATUS, STOP
from tests.drivers.scripted_cyton import ScriptedCyton

TRIED_BAUD, OWN_BAUD = 115_200, 921_600


class LeftCyton(ScriptedCyton):
    """Board that streams at its own baud rate and receives nothing at any other.

    Parameters
    ----------
    own_baud : int
        Baud rate of the board.
    n_owed : int
        Number of bytes that it takes as the rest of a partly received command.
    n_deaf : int
        Number of status queries that it misses.
    late_s : float
        Delay of its answers in seconds.
    """

    def __init__(self, own_baud: int = OWN_BAUD, n_owed: int = 0, n_deaf: int = 0, late_s: float = 0.0) -> None:
        super().__init__()
        self._own_baud, self._n_owed, self._n_deaf, self._late_s = own_baud, n_owed, n_deaf, late_s
        self._baud = TRIED_BAUD
        self._late: list[float] = []
        super().write(b"b")

    def write(self, data: bytes) -> None:
        if self._baud != self._own_baud:
            return
        n_eaten = min(self._n_owed, len(data))
        self._n_owed -= n_eaten
        data = data[n_eaten:]
        if data and data == len(data) * STOP:
            self.is_streaming = False
        elif data == DONGLE_STATUS and not self.is_streaming:
            self._n_deaf -= 1
            if self._n_deaf < 0:
                self._late.append(self.clock.now_s() + self._late_s)

    def read_available(self, timeout_s: float) -> bytes:
        data = super().read_available(0.0 if self._late and not self.is_streaming else timeout_s)
        if self._late and self._late[0] > self.clock.now_s():
            self.clock.wait_s(min(timeout_s, self._late[0] - self.clock.now_s()))
        if self._late and self._late[0] <= self.clock.now_s():
            self._late.pop(0)
            data += b"Success: System is Up$$$"
        return data if self._baud == self._own_baud else bytes(byte ^ 0x55 for byte in data)

    def set_baud(self, baud: int) -> None:
        super().set_baud(baud)
        self._baud = baud
        self.read_available(0.0)


@pytest.mark.parametrize("n_owed", [0, 1, 2, 8])
def test_a_board_that_has_half_heard_a_command_is_found(n_owed: int) -> None:
    """Bytes received at another baud rate are garbage, and some begin a command of up to 9 bytes."""
    assert find_baud(LeftCyton(n_owed=n_owed), TRIED_BAUD) == OWN_BAUD


@pytest.mark.parametrize("own_baud", [230_400, 921_600])
def test_a_board_that_hears_the_second_question_only_is_found(own_baud: int) -> None:
    assert find_baud(LeftCyton(own_baud, n_deaf=1), TRIED_BAUD) == own_baud


@pytest.mark.parametrize("own_baud", [230_400, 921_600])
def test_a_board_that_answers_late_is_found(own_baud: int) -> None:
    """Its first answer comes when the link is at another baud rate, or after the next query."""
    assert find_baud(LeftCyton(own_baud, late_s=0.5), TRIED_BAUD) == own_baud


def test_a_board_that_was_not_heard_though_at_the_rate_tried_first_is_found() -> None:
    assert find_baud(LeftCyton(TRIED_BAUD, n_owed=8), TRIED_BAUD) == TRIED_BAUD


def test_the_search_for_a_board_that_is_not_there_ends() -> None:
    link = LeftCyton(own_baud=0)
    link.is_streaming = False
    began_s = link.clock.now_s()
    assert find_baud(link, TRIED_BAUD) is None
    assert link.bauds[-1] == TRIED_BAUD
    assert link.clock.now_s() - began_s < 3.0
