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
    LONGEST_COMMAND_BYTES,
    STOP,
    packets_per_second,
)

PROBE_S = 0.3
"""The board tells the state of its link at once."""

PATIENT_PROBE_S = 0.6
"""For a board that did not answer at once at any baud rate: it or this host may be late."""

CLEARING_STOP = STOP * LONGEST_COMMAND_BYTES
"""Stops a board that has heard the beginning of a command, as it may have in what was sent to it at another baud rate.

It takes the next bytes for the rest of that command, for up to 1 s; the last of these is a command of its own.
"""

N_PROBES_AFTER_SWITCH = 3
"""A byte that meets board or adapter in the middle of their change of the baud rate is lost."""

N_PROBES_AFTER_RESET = 5
"""A board that hangs is reset by its watchdog 2 s later, just when its silence counts as one, and then takes 0.4 s."""

WIRED_FIRMWARE = re.compile(r"-ts(\d{1,4})$")
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
    """Return the baud rate at which a board answers that was not heard at `tried_baud`; the link then runs at it.

    A board keeps its baud rate until it is reset, so one whose program was killed is still at a high one. All rates
    are tried once quickly and once with patience, then `tried_baud` too. None when the board answers at no rate; the
    link then runs at `tried_baud` again.

    Raises
    ------
    LinkError
        When the line is gone.
    """
    console = Console(link)
    others = [baud for baud in BAUD_COMMANDS if baud != tried_baud]
    for probe_s, bauds in ((PROBE_S, others), (PATIENT_PROBE_S, [*others, tried_baud])):
        for baud in bauds:
            if _answers_at(link, console, baud, probe_s):
                return baud
    link.set_baud(tried_baud)
    return None


def _answers_at(link: Link, console: Console, baud: int, probe_s: float) -> bool:
    """Return whether a board answers at `baud` within `probe_s`; what it streams is stopped."""
    try:
        link.set_baud(baud)
    except LinkError:  # the adapter has not that rate
        return False
    link.write(CLEARING_STOP)
    console.drain()
    return console.hears(DONGLE_STATUS, b"System is Up", probe_s)


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
    text = reply.decode("ascii", "replace")
    counts = {name: re.search(rf"^{name} (\d{{1,10}})$", text, re.MULTILINE) for name in causes}  # of 32 bits at most
    told = [f"{found[1]} {causes[name]}" for name, found in counts.items() if found is not None and int(found[1])]
    return f"the board itself lost samples: {'; '.join(told)}" if told else ""
