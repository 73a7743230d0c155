"""Translation of BrainFlow's errors to errors with a likely cause."""

from brainflow.board_shim import BrainFlowError
from brainflow.exit_codes import BrainFlowExitCodes

from acquisition.core import AcquisitionError, BoardConfigError, BoardNotFound, LinkError
from acquisition.link.port import open_port
from acquisition.link.protocol import DEFAULT_BAUD

PORT_ERRORS = {
    BrainFlowExitCodes.UNABLE_TO_OPEN_PORT_ERROR,
    BrainFlowExitCodes.PORT_ALREADY_OPEN_ERROR,
    BrainFlowExitCodes.SER_PORT_ERROR,
}

LIKELY_CAUSES: dict[int, tuple[type[AcquisitionError], str]] = {
    BrainFlowExitCodes.BOARD_NOT_READY_ERROR: (
        BoardNotFound,
        "does not answer: is it switched on and charged, and set to the channel of its dongle?",
    ),
    BrainFlowExitCodes.INITIAL_MSG_ERROR: (BoardNotFound, "does not answer as such a board does: is it another board?"),
    BrainFlowExitCodes.BOARD_WRITE_ERROR: (LinkError, "cannot be written to: was it unplugged?"),
    BrainFlowExitCodes.INVALID_ARGUMENTS_ERROR: (
        BoardConfigError,
        "needs an option that is missing or wrong: serial_port=, mac_address= or ip_address= as its link needs, "
        "or config= with well-formed commands",
    ),
    BrainFlowExitCodes.UNSUPPORTED_BOARD_ERROR: (BoardNotFound, "is not supported on this system"),
    BrainFlowExitCodes.ANOTHER_BOARD_IS_CREATED_ERROR: (LinkError, "is open already in this program"),
    BrainFlowExitCodes.SYNC_TIMEOUT_ERROR: (LinkError, "did not answer in time: is it on and in reach?"),
    BrainFlowExitCodes.GENERAL_ERROR: (
        LinkError,
        "cannot be reached: is it on, in reach, and is the port or adapter named right?",
    ),
}
"""Exit code of BrainFlow → kind of error and likely cause."""


def trouble(error: BrainFlowError, board: str, port: str) -> AcquisitionError:
    """Return an error of BrainFlow as one sentence with its likely cause.

    Parameters
    ----------
    error : BrainFlowError
        Error raised by BrainFlow.
    board : str
        BrainFlow's name of the board.
    port : str
        Serial port of the board; empty when it has none.
    """
    code = error.exit_code
    answer = f"BrainFlow says {BrainFlowExitCodes(code).name}"
    if code in PORT_ERRORS:
        return _port_trouble(port, answer)
    likely = LIKELY_CAUSES.get(code)
    if likely is None:
        return LinkError(f"{board} cannot be used ({answer}): is it on, in reach and used by no other program?")
    kind, cause = likely
    return kind(f"{board} {cause} ({answer})")


def _port_trouble(port: str, answer: str) -> AcquisitionError:
    """Return why BrainFlow cannot open a serial port, by opening it with our own driver."""
    try:
        open_port(port, DEFAULT_BAUD).close()
    except AcquisitionError as error:
        return type(error)(f"{error} ({answer})")
    return LinkError(
        f"{port} does not open ({answer}), and opens a moment later: did another program just let go of it?"
    )
