"""Set up of a Cyton before it streams, with a check of its confirmations."""

from collections.abc import Sequence

from acquisition.core import ADS1299_GAINS, BoardConfigError, InternalSignal, LinkError, Role, Setup
from acquisition.drivers._cyton_console import Banner, Console, reported_rate
from acquisition.drivers._cyton_options import DaisyChoice
from acquisition.link.aux_layouts import AUX_PLANS, AuxMode
from acquisition.link.protocol import (
    ATTACH_DAISY,
    DONGLE_RATE_SPS,
    RATE_COMMANDS,
    REMOVE_DAISY,
    TIME_STAMPS_OFF,
    channel_off,
    channel_setting,
)

OLD_FIRMWARE = "is the firmware older than version 3?"

TIME_STAMPS_ARE_OFF = b"Time stamp OFF"

INTERNAL_SIGNALS = {InternalSignal.SHORTED: b"0", InternalSignal.TEST_SIGNAL: b"-"}
"""Commands that connect all channels to an internal signal."""


def firmware_notes(before: str, now: str) -> list[str]:
    """Return a note when a board returns with another firmware than `before` (empty if unknown)."""
    if before in ("", now):
        return []
    firmware = now or "one that states no version"
    return [
        f"the board's firmware was {before} and is {firmware} now: is it another board? It is set up as the first was"
    ]


def require_converter(banner: Banner) -> None:
    """Refuse a board that reports a fault of its converter.

    Raises
    ------
    LinkError
        If it reports one; the message quotes it.
    """
    if banner.failure:
        raise LinkError(f"the board answers, its converter does not: {banner.failure}")


def settle_daisy(console: Console, choice: DaisyChoice, banner: Banner) -> bool:
    """Attach or remove the second chip as requested and return whether it is used.

    Raises
    ------
    BoardConfigError
        If it is requested but missing.
    """
    if choice in (DaisyChoice.YES, DaisyChoice.WHOLE):
        if b"16" not in console.ask(ATTACH_DAISY):
            raise BoardConfigError(
                f"daisy={choice.value}, but the board finds no Daisy module: is it seated on the Cyton?"
            )
        return True
    if choice is DaisyChoice.NO and banner.has_daisy:
        console.expect(REMOVE_DAISY, b"daisy removed", OLD_FIRMWARE)
        return False
    return banner.has_daisy


def settled(choice: DaisyChoice, has_daisy: bool) -> DaisyChoice:
    """Return the actual choice in place of ``auto``."""
    if choice is DaisyChoice.WHOLE:
        return choice
    return DaisyChoice.YES if has_daisy else DaisyChoice.NO


def settled_gains(setup: Setup, n_channels: int, default: int) -> tuple[int, ...]:
    """Return the gain of each channel from the setup, or `default`.

    Raises
    ------
    BoardConfigError
        If the converter does not have a gain.
    """
    gains = []
    for number in range(1, n_channels + 1):
        stated = setup.of(number).gain
        gain = default if stated is None else stated
        if gain not in ADS1299_GAINS:
            raise BoardConfigError(
                f"the setup sets gain {gain:g} on channel {number}; a Cyton has {', '.join(map(str, ADS1299_GAINS))}"
            )
        gains.append(int(gain))
    return tuple(gains)


def connect_electrodes(console: Console, setup: Setup, gains: Sequence[int]) -> None:
    """Connect each channel to its electrodes with its gain, or switch it off when its role is ``off``.

    Raises
    ------
    ProtocolError
        If the board does not confirm it.
    """
    for number, gain in enumerate(gains, start=1):
        role = setup.of(number).role
        if role is Role.OFF:
            command = channel_off(number, gain)
        else:  # a needle must not be part of the bias drive
            command = channel_setting(number, gain, b"0" if role is Role.NEEDLE else b"1")
        console.expect(command, b"Success: Channel set for %d" % number, OLD_FIRMWARE)


def set_rate(console: Console, requested_sps: int) -> None:
    """Set the sampling rate.

    Raises
    ------
    BoardConfigError
        If the board answers with another rate.
    """
    reply = console.ask(RATE_COMMANDS[requested_sps])
    reported_sps = reported_rate(reply)
    # Firmware before version 3 has one rate and no command for it.
    if reported_sps != requested_sps and not (reported_sps is None and requested_sps == DONGLE_RATE_SPS):
        raise BoardConfigError(
            f"the board was asked for {requested_sps} SPS and answered {reply.decode('ascii', 'replace')!r}: "
            f"{OLD_FIRMWARE}"
        )


def settle_aux(console: Console, mode: AuxMode) -> None:
    """Set the content of the auxiliary bytes to `mode`, without time stamps.

    Raises
    ------
    BoardConfigError
        If the board does not confirm it.
    """
    # Another program may have left time stamps on, which survive a reset and replace columns.
    reply = console.ask(TIME_STAMPS_OFF)
    if reply and TIME_STAMPS_ARE_OFF not in reply:  # firmware without time stamps does not answer
        raise _unconfirmed(reply, "no time stamps were requested")
    plan = AUX_PLANS[mode]
    reply = console.ask(plan.command)
    if plan.reply not in reply and (reply or mode is not AuxMode.ACCEL):
        raise _unconfirmed(reply, f"aux={mode.value} was requested")
    console.drain()  # the mode command reopens the board's UART, which may garble data in transit


def _unconfirmed(reply: bytes, requested: str) -> BoardConfigError:
    return BoardConfigError(f"{requested} and the board answered {reply.decode('ascii', 'replace')!r}: {OLD_FIRMWARE}")
