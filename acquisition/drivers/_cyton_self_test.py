"""Test signal and lead-off current of a Cyton."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from acquisition.core import LEAD_OFF_HZ, BoardConfigError, InternalSignal, Role, Setup
from acquisition.drivers import _cyton_settling as settling
from acquisition.drivers._cyton_console import Console
from acquisition.drivers._cyton_options import DaisyChoice
from acquisition.link.protocol import channel_letter


@dataclass(slots=True)
class CytonSelfTest:
    """Implementation of `SelfTest` by commands of a Cyton.

    Attributes
    ----------
    idle_console : callable
        Returns the console of a board that is open and not streaming; raises AcquisitionError otherwise.
    connect : callable
        Connects all channels to their electrodes, given that console.
    name : str
        Name of the board.
    setup : Setup
        Channel settings, which mark the needle channels.
    n_channels, rate_sps : int
        Number of channels, and conversions per second.
    daisy : DaisyChoice
        Actual use of the second chip (not ``auto``).
    lead_off_is_dc : bool
        True when the firmware has lost the 31 Hz setting of its lead-off current.
    """

    idle_console: Callable[[], Console]
    connect: Callable[[Console], None]
    name: str
    setup: Setup
    n_channels: int
    rate_sps: int
    daisy: DaisyChoice
    lead_off_is_dc: bool

    def connect_internal_signal(self, signal: InternalSignal) -> None:
        """See `SelfTest.connect_internal_signal`."""
        console = self.idle_console()
        for number in range(1, self.n_channels + 1):
            self._refuse_needle(number, "a test signal")
        console.expect(
            settling.INTERNAL_SIGNALS[signal], b"Success: Configured internal test signal", settling.OLD_FIRMWARE
        )

    def connect_electrodes(self) -> None:
        """Connect all channels to their electrodes again."""
        self.connect(self.idle_console())

    def start_lead_off_current(self, number: int) -> None:
        """See `SelfTest.start_lead_off_current`."""
        self._require_pair(number)  # the reset would briefly connect a needle to the bias drive
        if self.lead_off_is_dc:
            console = self.idle_console()
            banner = console.reset()  # restores the 31 Hz and any Daisy, and keeps the rate but no channel setting
            settling.require_converter(banner)
            settling.settle_daisy(console, self.daisy, banner)
            self.lead_off_is_dc = False
            self.connect(console)
        self._set_lead_off(number, b"11")

    def stop_lead_off_current(self, number: int) -> None:
        """See `SelfTest.stop_lead_off_current`."""
        self._set_lead_off(number, b"00")

    def lead_off_share(self) -> float:
        """Return the gain of the converter's sinc³, and with a Daisy of the mean of two samples, at 31.25 Hz."""
        angle = math.pi * LEAD_OFF_HZ / self.rate_sps
        sinc3 = (math.sin(angle) / angle) ** 3
        return sinc3 * math.cos(angle) if self.daisy is DaisyChoice.YES else sinc3

    def _set_lead_off(self, number: int, switches: bytes) -> None:
        self._require_pair(number)
        self.idle_console().expect(
            b"z" + channel_letter(number) + switches + b"Z",
            b"Success: Lead off set for %d" % number,
            settling.OLD_FIRMWARE,
        )

    def _require_pair(self, number: int) -> None:
        """Refuse a channel that does not exist or has a needle."""
        if not 1 <= number <= self.n_channels:
            raise BoardConfigError(f"there is no channel {number}; {self.name} has 1 to {self.n_channels}")
        self._refuse_needle(number, "a lead-off current")

    def _refuse_needle(self, number: int, what: str) -> None:
        if self.setup.of(number).role is Role.NEEDLE:
            raise BoardConfigError(f"{what} on channel {number} is refused: a needle in the body is its electrode")
