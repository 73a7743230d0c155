"""Interface of boards that can test themselves and their electrodes."""

from enum import Enum
from typing import Protocol

LEAD_OFF_HZ = 31.25
"""Frequency of the lead-off current in Hz: the ADS1299's clock of 2.048 MHz divided by 2^16."""


class InternalSignal(Enum):
    """Internal signal that the converters can measure instead of the electrodes."""

    SHORTED = "inputs shorted"
    TEST_SIGNAL = "square wave of ±1.875 mV, 0.977 Hz"


class SelfTest(Protocol):
    """Test signal and lead-off current of an ADS1299, on a board that is open and not streaming."""

    def connect_internal_signal(self, signal: InternalSignal) -> None:
        """Connect all channels to an internal signal instead of their electrodes, until `connect_electrodes`.

        Raises
        ------
        BoardConfigError
            If a needle is connected to a channel.
        """
        ...

    def connect_electrodes(self) -> None:
        """Connect all channels to their electrodes again and restore their gains."""
        ...

    def start_lead_off_current(self, number: int) -> None:
        """Send a current of 6 nA at 31.25 Hz through both electrodes of channel `number` (from 1).

        Raises
        ------
        BoardConfigError
            If a needle is connected to the channel, or the channel does not exist.
        """
        ...

    def stop_lead_off_current(self, number: int) -> None:
        """Stop the lead-off current on channel `number` (from 1)."""
        ...

    def lead_off_share(self) -> float:
        """Return the fraction of an amplitude at `LEAD_OFF_HZ` that passes the board's own filters, 0 to 1."""
        ...
