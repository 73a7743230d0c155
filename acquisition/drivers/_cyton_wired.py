"""What an ADS1299 board on a wire (firmware of this project) takes beyond a Cyton: baud rates, needles, its counts."""

import re
from collections.abc import Iterable

from acquisition.core import BoardConfigError, LinkError
from acquisition.drivers._cyton_console import Console
from acquisition.link.link import Link
from acquisition.link.protocol import (
    BAUD_COMMANDS,
    DEFAULT_BAUD,
    DONGLE_STATUS,
    STOP,
    packets_per_second,
)

PROBE_S = 0.3
"""The board tells the state of its link at once."""

N_PROBES_AFTER_SWITCH = 3
"""A byte that meets board or adapter in the middle of their change of the baud rate is lost."""

N_PROBES_AFTER_RESET = 5
"""A board that hangs is reset by its watchdog 2 s later, just when its silence counts as one, and then takes 0.4 s."""

WIRED_FIRMWARE = re.compile(r"-ts(\d+)$")
"""How its version ends, in the banner."""

FIRST_WITH_SYNC_OUTPUT = 2
"""Version of the firmware that has a sync output first."""


def is_wired(firmware: str) -> bool:
    """Return whether the firmware of a banner is that of the board on a wire."""
    return WIRED_FIRMWARE.search(firmware) is not None


def has_sync_output(firmware: str) -> bool:
    """Return whether the firmware of a banner pulses an output when asked to."""
    wired = WIRED_FIRMWARE.search(firmware)
    return wired is not None and int(wired[1]) >= FIRST_WITH_SYNC_OUTPUT


def find_baud(link: Link, tried_baud: int) -> int | None:
    """Return the baud rate at which a board answers that is deaf at `tried_baud`; the link then runs at it.

    A board keeps its baud rate until it is reset, so one whose program was killed is still at a high one. None when
    it answers at no rate; the link then runs at `tried_baud` again.
    """
    console = Console(link)
    for baud in BAUD_COMMANDS:
        if baud == tried_baud:
            continue
        try:
            link.set_baud(baud)
        except LinkError:  # the adapter has not that rate
            continue
        link.write(STOP)
        console.drain()
        if console.hears(DONGLE_STATUS, b"System is Up", PROBE_S):
            return baud
    link.set_baud(tried_baud)
    return None


def raise_baud(link: Link, rate_sps: int) -> int:
    """Let board and link run at the lowest baud rate that carries `rate_sps`, and return it.

    Raises
    ------
    BoardConfigError
        When there is none, or the board is not heard at it.
    """
    console = Console(link)
    fitting = [baud for baud in BAUD_COMMANDS if packets_per_second(baud) >= rate_sps]
    if not fitting:
        raise BoardConfigError(
            f"{rate_sps} SPS do not fit through {max(BAUD_COMMANDS)} baud, which carry "
            f"{packets_per_second(max(BAUD_COMMANDS)):.0f}: ask a lower rate"
        )
    baud = min(fitting)
    console.expect(BAUD_COMMANDS[baud], b"baud rate to %d" % baud, "is the firmware older than its baud commands?")
    link.set_baud(baud)
    if not any(console.hears(DONGLE_STATUS, b"System is Up", PROBE_S) for _ in range(N_PROBES_AFTER_SWITCH)):
        raise BoardConfigError(
            f"the board went to {baud} baud and is not heard there: does the serial adapter carry that rate?"
        )
    return baud


def cause_of_reset(link: Link, stream_baud: int) -> str:
    """Return why a board that went silent at `stream_baud` was reset, empty when it was not or cannot be heard.

    A reset brings it back to the baud rate at which every client looks for it, where its own words about the reset
    were lost on us; it says them again when asked. The link then runs at that rate, or else at the one it had.
    """
    if stream_baud == DEFAULT_BAUD:
        return ""
    console = Console(link)
    link.set_baud(DEFAULT_BAUD)
    if any(console.hears(DONGLE_STATUS, b"System is Up", PROBE_S) for _ in range(N_PROBES_AFTER_RESET)):
        return console.reset().last_reset
    link.set_baud(stream_baud)
    return ""


def restore_baud(link: Link) -> None:
    """Let the board run at the baud rate at which every client looks for it."""
    link.write(BAUD_COMMANDS[DEFAULT_BAUD])


def declare_needles(console: Console, needles: Iterable[bool]) -> None:
    """Tell the board which channels have a needle, channel 1 first: it refuses to send any current through those."""
    for number, has_needle in enumerate(needles, start=1):
        reply = b"Needle on %d" if has_needle else b"No needle on %d"
        console.expect(b"n%d%d" % (number, has_needle), reply % number, "does the firmware not know needles?")


def told_losses(reply: bytes) -> str:
    """Return in words what the board lost in its last stream, from its reply to `QUERY_COUNTS`; empty when nothing."""
    causes = {
        "overruns": "read too late",
        "SPI faults": "broken between converter and controller: check its SPI wiring and supply",
        "dropped packets": "for which the line had no room",
    }
    counts = {name: re.search(rf"^{name} (\d+)$", reply.decode("ascii", "replace"), re.MULTILINE) for name in causes}
    told = [f"{found[1]} {causes[name]}" for name, found in counts.items() if found is not None and int(found[1])]
    return f"the board itself lost samples: {'; '.join(told)}" if told else ""
