"""Options of a ``cyton:`` URL."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TypeVar

from acquisition.core import ADS1299_GAINS, BoardConfigError, BoardUrl
from acquisition.link.aux_layouts import AuxMode
from acquisition.link.ports import find_ports
from acquisition.link.protocol import DEFAULT_BAUD, RATE_COMMANDS

Choice = TypeVar("Choice", bound=Enum)

DEFAULT_GAIN = 12
"""Range of ±375 mV, which fits electrode offsets of up to 300 mV; at gain 24 they can rail."""


class DaisyChoice(StrEnum):
    """Use of the second chip."""

    AUTO = "auto"
    """Used when the board reports it."""
    YES = "yes"
    """Used; each packet is a mean of two samples, the chips alternate, as the radio's capacity requires."""
    NO = "no"
    WHOLE = "whole"
    """Used; each sample is sent in two packets, the Daisy's at the even counter before the board's, without means."""


@dataclass(frozen=True, slots=True)
class CytonOptions:
    """Options of a Cyton.

    Attributes
    ----------
    port : str
        Serial port.
    baud : int
        Baud rate in bits per second.
    rate_sps : int or None
        Converter rate to set in SPS; None keeps the board's own.
    daisy : DaisyChoice
        Use of the second chip.
    gain : int
        Gain of every channel without a gain in the setup.
    aux : AuxMode or None
        Content of the auxiliary bytes; None for the board's default: event inputs of a wired board, else the
        accelerometer.
    """

    port: str
    baud: int = DEFAULT_BAUD
    rate_sps: int | None = None
    daisy: DaisyChoice = DaisyChoice.AUTO
    gain: int = DEFAULT_GAIN
    aux: AuxMode | None = None

    @property
    def packets_per_conversion(self) -> int:
        """Number of packets per conversion of the chips."""
        return 2 if self.daisy is DaisyChoice.WHOLE else 1


def options_from_url(url: BoardUrl) -> CytonOptions:
    """Return the options of ``cyton:PORT?rate=250&baud=115200&daisy=auto&gain=12&aux=accel``, all optional but PORT.

    ``daisy`` is ``auto``, ``yes``, ``no`` or ``whole``.

    Raises
    ------
    BoardConfigError
        If the port is missing, or an option is unknown or has a value that the board does not support.
    """
    url.allow("rate", "baud", "daisy", "gain", "aux")
    if not url.address:
        ports = ", ".join(port.path for port in find_ports()) or "none now"
        raise BoardConfigError(f"cyton: needs a port, as in cyton:/dev/ttyUSB0 or cyton:COM3; this machine has {ports}")
    rate_sps = url.whole_number("rate", 0, 250, 16_000) or None
    if rate_sps is not None and rate_sps not in RATE_COMMANDS:
        raise BoardConfigError(f"cyton: has no rate={rate_sps}; it knows {_listed(sorted(RATE_COMMANDS))}")
    gain = url.whole_number("gain", DEFAULT_GAIN, 1, 24)
    if gain not in ADS1299_GAINS:
        raise BoardConfigError(f"cyton: has no gain={gain}; it knows {_listed(ADS1299_GAINS)}")
    return CytonOptions(
        url.address,
        url.whole_number("baud", DEFAULT_BAUD, 1_200, 4_000_000),
        rate_sps,
        _choice(url, "daisy", DaisyChoice.AUTO),
        gain,
        _aux(url),
    )


def _aux(url: BoardUrl) -> AuxMode | None:
    return _choice(url, "aux", AuxMode.ACCEL) if url.text("aux", "") else None


def _choice(url: BoardUrl, key: str, default: Choice) -> Choice:
    text = url.text(key, default.value)
    for choice in type(default):
        if choice.value == text:
            return choice
    raise BoardConfigError(f"cyton: {key}={text} is unknown; it is {_listed([c.value for c in type(default)])}")


def _listed(values: Iterable[object]) -> str:
    return ", ".join(map(str, values))
