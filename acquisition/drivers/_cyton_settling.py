"""What a Cyton is asked to be before it streams, and whether it says that it is so."""

from acquisition.core import BoardConfigError
from acquisition.drivers._cyton_console import Banner, Console, told_rate
from acquisition.drivers._cyton_options import DaisyChoice
from acquisition.link.aux_layouts import AUX_PLANS, AuxMode
from acquisition.link.protocol import ATTACH_DAISY, DONGLE_RATE_SPS, RATE_COMMANDS, REMOVE_DAISY

OLD_FIRMWARE = "is the firmware older than version 3?"


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
    """Let the auxiliary bytes carry what `mode` says.

    Raises
    ------
    BoardConfigError
        When the board does not confirm it.
    """
    plan = AUX_PLANS[mode]
    reply = console.ask(plan.command)
    if plan.reply not in reply and (reply or mode is not AuxMode.ACCEL):
        raise BoardConfigError(
            f"aux={mode.value} was asked for and the board answered {reply.decode('ascii', 'replace')!r}: "
            f"{OLD_FIRMWARE}"
        )
    console.drain()  # the mode command opens the board's UART anew, and what is under way then may be garbled
