"""Option ``config=`` of BrainFlow boards: commands, resulting gains, and replies."""

import re

from acquisition.core import ADS1299_GAINS, BoardConfigError, ProtocolError, Role, Setup
from acquisition.drivers.brainflow_layout import CONVERTERS, CYTON_GAIN
from acquisition.link.protocol import CHANNEL_LETTERS, FAILURE, N_CHIP_CHANNELS, channel_letter

CYTON_COMMAND = re.compile(r"x[1-8QWERTYUI][01][0-6][0-7][01]{3}X|~[0-6]|/[0-4]")
"""Channel setting, sampling rate or board mode (Cyton firmware 3)."""

BOARDS_WITHOUT_DRIVE = ("GANGLION", "GANGLION_NATIVE", "GANGLION_WIFI", "SYNTHETIC")
"""Boards that drive no channel's electrodes without a command, so that a needle may be connected.

Ganglion: OpenBCI's Ganglion_01.kicad_pcb. Its driven ground is half the supply through 470 kΩ, each input is held there
through 330 kΩ, and no channel feeds either. The current that measures impedance reaches an electrode through a switch
that only a command closes.
"""

INPUTS_WITH_CURRENT = "567"
"""Input digits of a channel setting that connect the test signal or the bias drive to the electrode."""

INPUTS_ON_BIAS_DRIVE = "67"
"""Those that connect the channel's own pin to the bias drive, which SRB2 then connects to other channels."""


class BoardConfig:
    """Commands given by the user to be sent before the start.

    Parameters
    ----------
    text : str
        Commands without separators; empty keeps BrainFlow's setting of the board.
    board : str
        Name of the board without ``_BOARD``.
    setup : Setup
        Roles of the channels.

    Attributes
    ----------
    commands : list of str
        Commands to send one at a time; settings sent back to back get lost.

    Raises
    ------
    BoardConfigError
        If a command is unknown, undoes an earlier one, or is not safe on a needle.
    """

    def __init__(self, text: str, board: str, setup: Setup) -> None:
        self._is_ads1299 = board in CONVERTERS and CONVERTERS[board].gain == CYTON_GAIN
        if self._is_ads1299:
            self.commands = _cyton_commands(text)
            _check_needles(self.commands, setup)
        else:
            self.commands = [text] if text else []
            if any(channel.role is Role.NEEDLE for channel in setup.channels.values()):
                _check_unknown(text, board)

    def gains(self, n_channels: int) -> tuple[float, ...] | None:
        """Return the gain of each channel after the commands; None when unknown."""
        if not self._is_ads1299:
            return None
        gains = [float(CYTON_GAIN)] * n_channels
        for command in self.commands:
            if command.startswith("x"):
                channel = _channel_number(command)
                if channel > n_channels:
                    raise BoardConfigError(f"config={command} sets channel {channel} of a board that has {n_channels}")
                gains[channel - 1] = float(ADS1299_GAINS[int(command[3])])
        return tuple(gains)


def must_answer(command: str) -> bool:
    """Return whether a board answers this command; such a command may be sent again when the answer is lost."""
    return CYTON_COMMAND.fullmatch(command) is not None


def check_reply(board: str, command: str, reply: str) -> None:
    """Refuse the reply of a board that did not accept a command.

    Raises
    ------
    ProtocolError
        If the reply is not a success; the message quotes it.
    """
    if FAILURE.decode() in reply or (must_answer(command) and "Success" not in reply):
        raise ProtocolError(
            f"{board} got {command} and answered {reply.strip()!r} instead of Success: "
            "is its firmware older than 3, or the link weak?"
        )


def _cyton_commands(text: str) -> list[str]:
    commands: list[str] = []
    position = 0
    while position < len(text):
        match = CYTON_COMMAND.match(text, position)
        if match is None:
            raise BoardConfigError(
                f"config={text}: {text[position:]!r} is no command that is known here; expected channel settings like "
                "x1050100X, a rate like ~4 or a mode like /2"
            )
        commands.append(match.group())
        position = match.end()
    is_setting = [command.startswith("x") for command in commands]
    for number, command in enumerate(commands):
        if command.startswith("~") and any(is_setting[:number]):
            raise BoardConfigError(f"config={text}: {command} sets all gains back to 24, so it must stand first")
    return commands


def _check_needles(commands: list[str], setup: Setup) -> None:
    """Refuse all settings that lead a current into a needle.

    These are a test signal, the bias drive and the common references, as in the firmware of the wired board: SRB2 joins
    the P inputs of all channels connected to it, SRB1 the N inputs of the whole chip. BrainFlow's own setting has every
    channel in the bias drive and on SRB2. A neighbour that connects the bias drive to SRB2 is refused too, although the
    needle is not on SRB2: one wrong bit would be enough.
    """
    settings = [command for command in commands if command.startswith("x")]
    for number, channel in setup.channels.items():
        if channel.role is not Role.NEEDLE or number > len(CHANNEL_LETTERS):  # no known board has more
            continue
        own = next((command for command in reversed(settings) if _channel_number(command) == number), None)
        if own is None or own[5] != "0" or own[4] in INPUTS_WITH_CURRENT or own[6] != "0":
            raise BoardConfigError(
                f"channel {number} is a needle, and {own or 'the setting of BrainFlow'} puts it on the bias drive, "
                f"a test signal or SRB2: use config=x{channel_letter(number).decode()}050000X, or use cyton:"
            )
        for command in settings:
            is_same_chip = (_channel_number(command) - 1) // N_CHIP_CHANNELS == (number - 1) // N_CHIP_CHANNELS
            if is_same_chip and (way := _way_to_others(command)):
                raise BoardConfigError(
                    f"a needle is on channel {number}, and {command} {way}: use {command[:6]}00X instead"
                )


def _way_to_others(command: str) -> str:
    """Return how a channel setting connects other channels of its chip to a current; empty when it does not."""
    if command[7] != "0":
        return "joins the N inputs of all channels through SRB1"
    if command[6] != "0" and command[4] in INPUTS_ON_BIAS_DRIVE:
        return "ties the bias drive to SRB2"
    return ""


def _check_unknown(text: str, board: str) -> None:
    """Refuse a needle on a board whose currents or commands are unknown."""
    if text:
        raise BoardConfigError(
            f"config= of {board} cannot be checked for currents, so it is refused while a channel is a needle"
        )
    if board not in BOARDS_WITHOUT_DRIVE:
        raise BoardConfigError(
            f"a channel is a needle, and whether {board} drives its electrodes (bias, test signal, lead-off) is not "
            "known here: expected a Cyton through cyton:, or a Ganglion"
        )


def _channel_number(command: str) -> int:
    return CHANNEL_LETTERS.decode().index(command[1]) + 1
