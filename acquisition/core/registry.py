"""Registry of boards by URL. A driver's module is imported only when its board is requested."""

import importlib
from collections.abc import Callable
from typing import Any

from acquisition.core.board import Board
from acquisition.core.clock import Clock, MonotonicClock
from acquisition.core.errors import BoardNotFound
from acquisition.core.info import Setup
from acquisition.core.url import BoardUrl, parse_board_url

DRIVERS = {
    "brainflow": "acquisition.drivers.brainflow:board_from_url",
    "cyton": "acquisition.drivers.cyton:board_from_url",
    "lsl": "acquisition.drivers.lsl:board_from_url",
    "playback": "acquisition.drivers.playback:board_from_url",
    "simulated": "acquisition.simulated.board:board_from_url",
}
"""Scheme of the URL → ``module:function`` that makes the board."""

BoardFactory = Callable[[BoardUrl, Setup, Clock], Board]


def open_board(url: str, setup: Setup | None = None, clock: Clock | None = None) -> Board:
    """Make the board named by `url` and open it.

    Parameters
    ----------
    url : str
        For example ``simulated:?seed=7&rate=1000``, ``cyton:/dev/ttyUSB0?rate=250``,
        ``brainflow:CYTON_BOARD?serial_port=/dev/ttyUSB0``, ``playback:session.bdf?speed=1`` or ``lsl:NAME``.
    setup : Setup, optional
        Channel settings given by the user.
    clock : Clock, optional
        Host clock.

    Raises
    ------
    AcquisitionError
        If there is no such board or it does not answer, with the likely cause.
    """
    board = make_board(url, setup, clock)
    board.open()
    return board


def make_board(url: str, setup: Setup | None = None, clock: Clock | None = None) -> Board:
    """Make the board named by `url` without opening it."""
    parsed = parse_board_url(url)
    target = DRIVERS.get(parsed.scheme)
    if target is None:
        raise BoardNotFound(f"there is no board called {parsed.scheme!r}; known are {', '.join(sorted(DRIVERS))}")
    factory: BoardFactory = load(target)
    return factory(parsed, setup if setup is not None else Setup(), clock if clock is not None else MonotonicClock())


def load(target: str) -> Any:
    """Import ``module:function`` and return the function.

    Raises
    ------
    BoardNotFound
        If the module, or a native library that it needs, is missing.
    """
    module_name, _, function_name = target.partition(":")
    try:
        module = importlib.import_module(module_name)
    except (ImportError, OSError) as error:  # a missing native library of a vendor raises OSError
        raise BoardNotFound(f"{module_name} cannot be loaded: {error}") from error
    return getattr(module, function_name)
