"""``twitchscope electrodes``: check contact and impedance of each electrode pair before a session."""

import argparse
from pathlib import Path

from acquisition.core import open_board
from twitchscope.electrodes.contact import Quality
from twitchscope.electrodes.self_test import Contact, check_electrodes, look_at_signal
from twitchscope.ending import interrupted_in_order
from twitchscope.entries.setup_file import read_setup
from twitchscope.terminal.printing import Printer

SUMMARY = "check the contact of each electrode pair: railed, flat, mains, noise; on a Cyton also the impedance"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to `parser`."""
    parser.add_argument("--board", required=True, metavar="URL", help="cyton:PORT?rate=250, or any other board")
    parser.add_argument("--setup", type=Path, metavar="FILE", help="TOML file that names the channels and roles")


def run(arguments: argparse.Namespace) -> int:
    """Print one line per electrode pair as it is measured and return the exit status, 1 if a pair is railed or flat.

    Impedances are measured if the board supports it, about 3 s per channel, with the needle out.
    """
    printer = Printer()
    contacts: list[Contact] = []

    def tell(contact: Contact) -> None:
        contacts.append(contact)
        printer.line(f"  {contact.name:<16} {contact.size:<12} {contact.advice}")

    with open_board(arguments.board, read_setup(arguments.setup)) as board, interrupted_in_order() as look_up:
        printer.line(f"{board.info.name}: the signal at rest")
        looks, unit = look_at_signal(board, look_up), board.info.amplitude_unit
        for look in looks:
            levels = f"noise {look.noise_uv:6.1f} {unit}   mains {look.mains_uv:6.1f} {unit}"
            printer.line(f"  {look.name:<16} {levels}   {look.advice or 'good'}")
        if board.self_test is not None:
            printer.line("6 nA at 31 Hz through one pair after the other, never through a needle")
            check_electrodes(board, tell, look_up)
        else:
            printer.line("no impedances: this board has no lead-off current that this program can switch")
    printer.finish()
    is_off = any(look.quality in (Quality.RAILED, Quality.FLAT) for look in looks)
    return 1 if is_off or any(contact.is_railed for contact in contacts) else 0
