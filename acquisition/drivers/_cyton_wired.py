"""Functions of a wired ADS1299 board (firmware of this project) beyond a Cyton: baud rates, needles, loss counters."""

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
"""Wait for the board's reply about the state of its link, in seconds; it answers at once."""

PATIENT_PROBE_S = 0.6
"""Longer wait in seconds for a board that did not answer at any baud rate: it or the host may be late."""

CLEARING_STOP = STOP * LONGEST_COMMAND_BYTES
"""Stop command that also works after the beginning of a command, which the board may have received as garbage at
another baud rate.

The board takes the next bytes, for up to 1 s, as the rest of that command. The last of these is a command of its own.
"""

N_PROBES_AFTER_SWITCH = 3
"""Number of attempts, since a byte that arrives while board or adapter change the baud rate is lost."""

N_PROBES_AFTER_RESET = 5
"""Number of attempts: the watchdog resets a hung board after 2 s, when its silence is detected; this takes 0.4 s."""

WIRED_FIRMWARE = re.compile(r"-ts(\d{1,4})$")
"""End of the wired board's firmware version in the banner."""

FIRST_WITH_SYNC_OUTPUT = 2
"""First firmware version with a sync output."""


def is_wired(firmware: str) -> bool:
    """Return whether the firmware of a banner is that of the wired board."""
    return WIRED_FIRMWARE.search(firmware) is not None


def has_sync_output(firmware: str) -> bool:
    """Return whether the firmware of a banner has a sync output."""
    wired = WIRED_FIRMWARE.search(firmware)
    return wired is not None and int(wired[1]) >= FIRST_WITH_SYNC_OUTPUT


def find_baud(link: Link, tried_baud: int) -> int | None:
    """Return the baud rate at which a board answers that did not answer at `tried_baud`, and leave the link at it.

    A board keeps its baud rate until it is reset, so after its program was killed it is still at a high one. The other
    rates are tried first with a short wait, then all with a long one. Returns None when the board answers at no rate,
    with the link at `tried_baud` again.

    Raises
    ------
    LinkError
        If the link is gone.
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
    """Return whether a board answers at `baud` within `probe_s`, after stopping any stream."""
    try:
        link.set_baud(baud)
    except LinkError:  # the adapter does not support the rate
        return False
    link.write(CLEARING_STOP)
    console.drain()
    return console.hears(DONGLE_STATUS, b"System is Up", probe_s)


def raise_baud(link: Link, rate_sps: int) -> int:
    """Switch board and link to the lowest baud rate that carries `rate_sps`, and return it.

    Raises
    ------
    BoardConfigError
        If there is none, or the board does not answer at it.
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
    """Return why a board that went silent at `stream_baud` was reset; empty when it was not or does not answer.

    A reset returns the board to the default baud rate, so its message about the reset was not received; a further reset
    makes it repeat the message. The link is left at the default rate if the board answers there, else at `stream_baud`.
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
    """Switch the board to the default baud rate, at which every client looks for it."""
    link.write(BAUD_COMMANDS[DEFAULT_BAUD])


def declare_needles(console: Console, needles: Iterable[bool]) -> None:
    """Declare the needle channels to the board, channel 1 first; it refuses to send a current through those."""
    for number, has_needle in enumerate(needles, start=1):
        reply = b"Needle on %d" if has_needle else b"No needle on %d"
        console.expect(b"n%d%d" % (number, has_needle), reply % number, "does the firmware not know needles?")


def loss_report(reply: bytes) -> str:
    """Return a message on the losses of the last stream, from the reply to `QUERY_COUNTS`; empty without losses."""
    causes = {
        "overruns": "read too late",
        "SPI faults": "broken between converter and controller: check its SPI wiring and supply",
        "dropped packets": "for which the line had no room",
    }
    text = reply.decode("ascii", "replace")
    counts = {name: re.search(rf"^{name} (\d{{1,10}})$", text, re.MULTILINE) for name in causes}  # of 32 bits at most
    losses = [f"{found[1]} {causes[name]}" for name, found in counts.items() if found is not None and int(found[1])]
    return f"the board itself lost samples: {'; '.join(losses)}" if losses else ""
