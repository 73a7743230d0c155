"""What a driver needs of the line to its board."""

from typing import Protocol

from acquisition.core import Clock


class Link(Protocol):
    """A line of bytes to a board and back: a serial port, or a script in a test."""

    clock: Clock
    """Clock by which `read_available` waits."""

    is_baud_limited: bool
    """True when a real UART stands behind it, whose baud rate limits what comes through."""

    latency_advice: str
    """What to do against packets that come in bursts; empty when there is no such trouble."""

    def write(self, data: bytes) -> None:
        """Send `data` in one piece.

        Raises
        ------
        LinkError
            When the line is gone.
        """

    def read_available(self, timeout_s: float) -> bytes:
        """Return everything that has arrived, waiting up to `timeout_s` for the first byte; empty when none came.

        Raises
        ------
        LinkError
            When the line is gone.
        """

    def set_baud(self, baud: int) -> None:
        """Go on at `baud`, once everything before is sent; what had arrived at the old rate is dropped.

        Raises
        ------
        LinkError
            When the line is gone or has no such rate.
        """

    def close(self) -> None:
        """Let go of the line; may be called any number of times, and does not raise."""
