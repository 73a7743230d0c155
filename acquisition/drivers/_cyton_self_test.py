"""The test signal and the lead-off current of a Cyton."""

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
    """What `SelfTest` asks of a board, by a Cyton's commands.

    Attributes
    ----------
    idle_console : callable
        Returns the console of a board that is open and does not stream; raises AcquisitionError of any other.
    connect : callable
        Lets all channels see their electrodes, given that console.
    name : str
        Of the board.
    setup : Setup
        Tells which channels have a needle on them.
    n_channels, rate_sps : int
        Channels, and conversions a second.
    daisy : DaisyChoice
        Whether the second chip takes part, nothing left open.
    lead_off_is_dc : bool
        Whether the firmware has forgotten the 31 Hz of its lead-off current.
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
        """Let all channels see their electrodes again."""
        self.connect(self.idle_console())

    def start_lead_off_current(self, number: int) -> None:
        """See `SelfTest.start_lead_off_current`."""
        self._require_pair(number)  # the reset would put a needle into the bias drive for a moment
        if self.lead_off_is_dc:
            console = self.idle_console()
            banner = console.reset()  # brings back the 31 Hz and any Daisy, and keeps the rate but no channel setting
            settling.require_converter(banner)
            settling.settle_daisy(console, self.daisy, banner)
            self.lead_off_is_dc = False
            self.connect(console)
        self._set_lead_off(number, b"11")

    def stop_lead_off_current(self, number: int) -> None:
        """See `SelfTest.stop_lead_off_current`."""
        self._set_lead_off(number, b"00")

    def lead_off_share(self) -> float:
        """Return what the converter's sinc³, and with a Daisy the mean of two samples, leave at 31.25 Hz."""
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
        """Refuse a channel that is none, and a needle's."""
        if not 1 <= number <= self.n_channels:
            raise BoardConfigError(f"there is no channel {number}; {self.name} has 1 to {self.n_channels}")
        self._refuse_needle(number, "a lead-off current")

    def _refuse_needle(self, number: int, what: str) -> None:
        if self.setup.of(number).role is Role.NEEDLE:
            raise BoardConfigError(f"{what} on channel {number} is refused: a needle in the body is its electrode")
