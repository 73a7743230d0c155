"""What a Cyton is asked to be before it streams, and whether it says that it is so."""

from collections.abc import Sequence

from acquisition.core import ADS1299_GAINS, BoardConfigError, InternalSignal, LinkError, Role, Setup
from acquisition.drivers._cyton_console import Banner, Console, told_rate
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
"""Commands that connect all channels to what is inside."""


def told_firmware(before: str, now: str) -> list[str]:
    """Return what is said where a board comes back with another firmware than it had `before` (empty if not known)."""
    if before in ("", now):
        return []
    told = now or "one that tells no version"
    return [f"the board's firmware was {before} and is {told} now: is it another board? It is set up as the first was"]


def require_converter(banner: Banner) -> None:
    """Go on only where the board has nothing to say against its converter.

    Raises
    ------
    LinkError
        With what it says.
    """
    if banner.failure:
        raise LinkError(f"the board answers, its converter does not: {banner.failure}")


def settle_daisy(console: Console, choice: DaisyChoice, banner: Banner) -> bool:
    """Attach or remove the second chip as asked and return whether it takes part.

    Raises
    ------
    BoardConfigError
        When it is asked for and is not there.
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
    """Return the choice that leaves nothing open."""
    if choice is DaisyChoice.WHOLE:
        return choice
    return DaisyChoice.YES if has_daisy else DaisyChoice.NO


def settled_gains(setup: Setup, n_channels: int, default: int) -> tuple[int, ...]:
    """Return the gain of each channel: what the setup says, else `default`.

    Raises
    ------
    BoardConfigError
        When it is one that the converter does not have.
    """
    gains = []
    for number in range(1, n_channels + 1):
        said = setup.of(number).gain
        gain = default if said is None else said
        if gain not in ADS1299_GAINS:
            raise BoardConfigError(
                f"the setup asks gain {gain:g} on channel {number}; a Cyton has {', '.join(map(str, ADS1299_GAINS))}"
            )
        gains.append(int(gain))
    return tuple(gains)


def connect_electrodes(console: Console, setup: Setup, gains: Sequence[int]) -> None:
    """Let each channel see its electrodes with its gain, unless it is off.

    Raises
    ------
    ProtocolError
        When the board does not confirm it.
    """
    for number, gain in enumerate(gains, start=1):
        role = setup.of(number).role
        if role is Role.OFF:
            command = channel_off(number, gain)
        else:  # a needle must not take part in driving the patient's potential
            command = channel_setting(number, gain, b"0" if role is Role.NEEDLE else b"1")
        console.expect(command, b"Success: Channel set for %d" % number, OLD_FIRMWARE)


def set_rate(console: Console, asked_sps: int) -> None:
    """Set the sampling rate.

    Raises
    ------
    BoardConfigError
        When the board answers with another.
    """
    reply = console.ask(RATE_COMMANDS[asked_sps])
    told_sps = told_rate(reply)
    # Firmware before version 3 knows one rate, and no command for it.
    if told_sps != asked_sps and not (told_sps is None and asked_sps == DONGLE_RATE_SPS):
        raise BoardConfigError(
            f"the board was asked for {asked_sps} SPS and answered {reply.decode('ascii', 'replace')!r}: {OLD_FIRMWARE}"
        )


def settle_aux(console: Console, mode: AuxMode) -> None:
    """Let the auxiliary bytes carry what `mode` says, and nothing else.

    Raises
    ------
    BoardConfigError
        When the board does not confirm it.
    """
    # Another program may have left time stamps on, which a reset keeps: they take the place of columns.
    reply = console.ask(TIME_STAMPS_OFF)
    if reply and TIME_STAMPS_ARE_OFF not in reply:  # firmware that has none says nothing
        raise _unconfirmed(reply, "no time stamps were asked for")
    plan = AUX_PLANS[mode]
    reply = console.ask(plan.command)
    if plan.reply not in reply and (reply or mode is not AuxMode.ACCEL):
        raise _unconfirmed(reply, f"aux={mode.value} was asked for")
    console.drain()  # the mode command opens the board's UART anew, and what is under way then may be garbled


def _unconfirmed(reply: bytes, asked: str) -> BoardConfigError:
    return BoardConfigError(f"{asked} and the board answered {reply.decode('ascii', 'replace')!r}: {OLD_FIRMWARE}")
