"""Interface of the serial link between a driver and its board."""

from typing import Protocol

from acquisition.core import Clock


class Link(Protocol):
    """Bidirectional byte link to a board: a serial port, or a script in a test."""

    clock: Clock
    """Clock used for the waits of `read_available`."""

    is_baud_limited: bool
    """True for a real UART, whose baud rate limits the throughput."""

    latency_advice: str
    """Advice against packets that come in bursts; empty when there is no such problem."""

    def write(self, data: bytes) -> None:
        """Send `data` in one piece.

        Raises
        ------
        LinkError
            If the link is gone.
        """

    def read_available(self, timeout_s: float) -> bytes:
        """Return everything that has arrived, waiting up to `timeout_s` for the first byte; empty when none came.

        Raises
        ------
        LinkError
            If the link is gone.
        """

    def set_baud(self, baud: int) -> None:
        """Switch to `baud` after all pending output is sent; input received at the old rate is discarded.

        Raises
        ------
        LinkError
            If the link is gone or does not support the rate.
        """

    def close(self) -> None:
        """Close the link. Idempotent; does not raise."""
