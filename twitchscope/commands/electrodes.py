"""``twitchscope electrodes``: impedance of each pair, before a session."""

import argparse
from pathlib import Path

from acquisition.core import open_board
from twitchscope.printing import Printer
from twitchscope.self_test import Contact, check_electrodes
from twitchscope.setup_file import read_setup

SUMMARY = "measure the impedance of each pair of electrodes (about 3 s a channel), with the needle out"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("--board", required=True, metavar="URL", help="cyton:PORT?rate=250")
    parser.add_argument("--setup", type=Path, metavar="FILE", help="TOML file that names the channels and roles")


def run(arguments: argparse.Namespace) -> int:
    """Print a line a pair as it is measured; the exit status is 1 where one is off."""
    printer = Printer()
    contacts: list[Contact] = []

    def tell(contact: Contact) -> None:
        contacts.append(contact)
        printer.line(f"  {contact.name:<16} {_size_text(contact):<12} {contact.advice or 'good'}")

    with open_board(arguments.board, read_setup(arguments.setup)) as board:
        printer.line(f"{board.info.name}: 6 nA at 31 Hz through one pair after the other, never through a needle")
        check_electrodes(board, tell)
    printer.finish()
    return 1 if any(contact.is_railed for contact in contacts) else 0


def _size_text(contact: Contact) -> str:
    if contact.is_railed:
        return "railed"
    return "no current" if contact.impedance_ohm is None else f"{contact.impedance_ohm / 1000.0:.1f} kΩ"
