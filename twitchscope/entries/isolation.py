"""Needle electrodes in a person: refused until somebody confirmed batteries and an isolated link."""

from acquisition.core import Board, BoardConfigError, Role

NEEDLE_QUESTION = (
    "A channel of this session is the needle itself: do board and computer run from their batteries, "
    "with an isolated link and no electrotherapy on the needles?"
)
"""Question before a session with a needle channel."""


def needs_isolation(board: Board) -> bool:
    """Return whether a needle in a person is one of the electrodes, so that a leakage current would reach them."""
    return board.is_wired_to_a_person and any(channel.role is Role.NEEDLE for channel in board.info.channels)


def require_isolation(board: Board, is_confirmed: bool) -> None:
    """Raise BoardConfigError if a board needs isolation and nobody confirmed it."""
    if needs_isolation(board) and not is_confirmed:
        raise BoardConfigError(NEEDLE_QUESTION + " A needle channel is refused until that is confirmed (--isolated)")
