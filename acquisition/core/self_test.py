"""What a board offers that can look at itself and at its electrodes."""

from enum import Enum
from typing import Protocol

LEAD_OFF_HZ = 31.25
"""Of the lead-off current: the ADS1299's clock of 2.048 MHz over 2^16."""


class InternalSignal(Enum):
    """What the converters can see instead of the electrodes."""

    SHORTED = "inputs shorted"
    TEST_SIGNAL = "square wave of ±1.875 mV, 0.977 Hz"


class SelfTest(Protocol):
    """The test signal and the lead-off current of an ADS1299, on a board that is open and does not stream."""

    def connect_internal_signal(self, signal: InternalSignal) -> None:
        """Let all channels see an internal signal instead of their electrodes, until `connect_electrodes`.

        Raises
        ------
        BoardConfigError
            When a channel has a needle on it.
        """
        ...

    def connect_electrodes(self) -> None:
        """Let all channels see their electrodes again, with their gains."""
        ...

    def start_lead_off_current(self, number: int) -> None:
        """Send a current of 6 nA at 31.25 Hz through both electrodes of channel `number` (from 1).

        Raises
        ------
        BoardConfigError
            When the channel has a needle on it, or there is none of that number.
        """
        ...

    def stop_lead_off_current(self, number: int) -> None:
        """End the lead-off current on channel `number` (from 1)."""
        ...

    def lead_off_share(self) -> float:
        """Return which share of an amplitude at `LEAD_OFF_HZ` the board's own filters leave, 0 to 1."""
        ...
