"""Boards to choose from: the simulated patient, and every port with a plain diagnosis."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from acquisition.core import AcquisitionError, Board, BoardInfo, make_board
from acquisition.link.port import open_port
from acquisition.link.ports import PortInfo, find_ports
from acquisition.link.protocol import DEFAULT_BAUD

SIMULATED_URL = "simulated:?seed=1"
BY_HAND_URL = f"{SIMULATED_URL}&scenario=by_hand"
"""Simulated patient who is needled only by the user on screen."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Description of a port, and whether a board on it has answered."""

    description: str
    is_ready: bool = False


@dataclass(frozen=True, slots=True)
class FoundBoard:
    """Choice of a board: its URL, its description, and whether it is a board that answers."""

    url: str
    description: str
    is_ready: bool = False


def found_boards(
    say: Callable[[PortInfo], Diagnosis], find: Callable[[], list[PortInfo]] = find_ports
) -> Iterator[FoundBoard]:
    """Yield every port with its description by `say`, which may take seconds each."""
    for port in find():
        found = say(port)
        yield FoundBoard(f"cyton:{port.path}" if port.may_be_cyton else port.path, found.description, found.is_ready)


def quick_guess(port: PortInfo) -> Diagnosis:
    """Describe what a port appears to be, without communicating with it."""
    return Diagnosis(port.guess)


def guess_and_diagnosis(port: PortInfo) -> Diagnosis:
    """Describe what a port appears to be, and whether it answers."""
    found = diagnose(port)
    return Diagnosis(f"{port.guess}: {found.description}", found.is_ready)


def diagnose(port: PortInfo, make: Callable[[str], Board] = make_board) -> Diagnosis:
    """Return in plain words whether the board on a port answers, or else what prevents it.

    Bytes are sent only to a port that looks like a Cyton's. Any other is just opened and closed, since another
    instrument might react to bytes that it does not expect.
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
