"""Which boards can be chosen: the simulated patient, and every port with a plain diagnosis."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from acquisition.core import AcquisitionError, Board, BoardInfo, make_board
from acquisition.link.port import open_port
from acquisition.link.ports import PortInfo, find_ports
from acquisition.link.protocol import DEFAULT_BAUD

SIMULATED_URL = "simulated:?seed=1"
BY_HAND_URL = f"{SIMULATED_URL}&scenario=by_hand"
"""A patient whom nobody needles but who looks at the screen."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is said of a port, and whether a board behind it has answered."""

    said: str
    is_ready: bool = False


@dataclass(frozen=True, slots=True)
class FoundBoard:
    """Something that can be chosen: what names it, what is said of it, and whether it is a board that answers."""

    url: str
    said: str
    is_ready: bool = False


def found_boards(
    say: Callable[[PortInfo], Diagnosis], find: Callable[[], list[PortInfo]] = find_ports
) -> Iterator[FoundBoard]:
    """Yield every port with what `say` says of it, which may take seconds each."""
    for port in find():
        found = say(port)
        yield FoundBoard(f"cyton:{port.path}" if port.may_be_cyton else port.path, found.said, found.is_ready)


def quick_guess(port: PortInfo) -> Diagnosis:
    """Say what a port seems to be, without talking to it."""
    return Diagnosis(port.guess)


def guess_and_diagnosis(port: PortInfo) -> Diagnosis:
    """Say what a port seems to be, and whether it answers."""
    found = diagnose(port)
    return Diagnosis(f"{port.guess}: {found.said}", found.is_ready)


def diagnose(port: PortInfo, make: Callable[[str], Board] = make_board) -> Diagnosis:
    """Return in plain words whether the board behind a port answers, or else what is in the way.

    Only a port that looks like a Cyton's is spoken to; any other is opened and closed again, since bytes that another
    instrument does not expect could do something to it.
    """
    try:
        if not port.may_be_cyton:
            open_port(port.path, DEFAULT_BAUD).close()
            return Diagnosis("can be opened")
        with make(f"cyton:{port.path}") as board:
            return Diagnosis(_answer(board.info), is_ready=True)
    except AcquisitionError as error:
        return Diagnosis(str(error))


def _answer(info: BoardInfo) -> str:
    return f"answers as {info.name}, {info.channel_count_text}, {info.sampling_rate_hz:g} samples a second"
