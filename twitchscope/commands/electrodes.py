"""``twitchscope electrodes``: contact and impedance of each pair, before a session."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from acquisition.core import SelfTesting, open_board
from twitchscope.printing import Printer
from twitchscope.quality import OFTEN, ChannelQuality
from twitchscope.self_test import Contact, check_electrodes, look_at_contacts
from twitchscope.setup_file import read_setup

SUMMARY = "judge the contact of each pair of electrodes: railed, flat, mains, noise, and on a Cyton its impedance"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("--board", required=True, metavar="URL", help="cyton:PORT?rate=250, or any other board")
    parser.add_argument("--setup", type=Path, metavar="FILE", help="TOML file that names the channels and roles")


def run(arguments: argparse.Namespace) -> int:
    """Print a line a pair as it is measured; the exit status is 1 where one is off.

    Impedances are measured where the board can do it (about 3 s a channel), with the needle out.
    """
    printer = Printer()
    contacts: list[Contact] = []
    qualities: list[ChannelQuality] = []

    def tell(contact: Contact) -> None:
        contacts.append(contact)
        printer.line(f"  {contact.name:<16} {_size_text(contact):<12} {contact.advice or 'good'}")

    with open_board(arguments.board, read_setup(arguments.setup)) as board:
        printer.line(f"{board.info.name}: signal at rest")
        qualities += look_at_contacts(board)
        for channel, quality in zip(board.info.channels, qualities, strict=True):
            printer.line(f"  {channel.name:<16} {_quality_text(quality):<34} {quality.advice or 'good'}")
        if not isinstance(board, SelfTesting):
            printer.line("  this board has no lead-off current that this program can switch: no impedances")
            printer.finish()
            return _status(qualities, contacts)
        printer.line(f"{board.info.name}: 6 nA at 31 Hz through one pair after the other, never through a needle")
        check_electrodes(board, tell)
    printer.finish()
    return _status(qualities, contacts)


def _status(qualities: Sequence[ChannelQuality], contacts: Sequence[Contact]) -> int:
    is_off = any(quality.railed_fraction > OFTEN or quality.flat_fraction > OFTEN for quality in qualities)
    return 1 if is_off or any(contact.is_railed for contact in contacts) else 0


def _quality_text(quality: ChannelQuality) -> str:
    if quality.noise_uv is None or quality.mains_uv is None:
        return "no signal"
    return f"noise {quality.noise_uv:6.2f} µV   mains {quality.mains_uv:6.2f} µV"


def _size_text(contact: Contact) -> str:
    if contact.is_railed:
        return "railed"
    return "no current" if contact.impedance_ohm is None else f"{contact.impedance_ohm / 1000.0:.1f} kΩ"
