"""Command console of a Cyton that is not streaming: commands, replies, and diagnosis of missing replies."""

import re
from dataclasses import dataclass

from acquisition.core import BoardConfigError, BoardNotFound, LinkError, ProtocolError, Silence
from acquisition.link.link import Link
from acquisition.link.protocol import DONGLE_STATUS, FAILURE, RATE_COMMANDS, REPLY_END, RESET, STOP

QUIET_S = 0.1
"""The board is considered quiet after this silence in seconds."""

MAX_DRAIN_S = 1.0
"""Longest drain in seconds. A board that still sends after it was not stopped; the reset that follows stops it."""

BANNER_S = 6.0
"""Longest wait for the banner in seconds: a reset takes about 1 s, at worst 6 s."""

REPLY_S = 2.0
"""Longest wait for a reply in seconds: a radio poll, the command, and 1 s for a partly received one."""

LAST_LOOK_S = 0.001
"""With less time left than this, in seconds, a read is the last one, since sums of waits are rounded."""

N_TRIES = 2

DONGLE_REPLY_S = 0.5
"""Longest wait for the dongle's own reply in seconds; it answers at once."""

MAX_REPLY_BYTES = 65_536
"""A device that has sent this many bytes without an end of reply is not a Cyton."""

BANNER_WORDS = (b"ADS1299", b"OpenBCI")
"""Every firmware's banner contains one of these words; error replies to a partly received command do not."""

HALF_HEARD = (b"too few chars", b"char not ", b"too many chars", b"Timeout processing multi byte message")
"""Error replies to a command of which a byte was lost. It had no effect and may be sent again."""

NO_POLL = b"Device failed to poll Host"
BOARD_IS_OFF = (
    "the dongle answers but the board is off or out of range: switch it to PC, check its battery and come nearer"
)


class NoAnswer(BoardNotFound):
    """Neither board nor dongle answers, for example because they run at another baud rate."""


@dataclass(frozen=True, slots=True)
class Banner:
    """Banner that the board sends after a reset.

    Attributes
    ----------
    text : str
        Complete text.
    firmware : str
        Firmware version, for example ``v3.1.2``; empty when not given.
    has_daisy : bool
        True when the second chip answered.
    failure : str
        Fault of the converter reported by the board; empty when there is none.
    last_reset : str
        Cause of the last reset, reported only by the wired board; empty otherwise.
    """

    text: str
    firmware: str
    has_daisy: bool
    failure: str
    last_reset: str


def parse_banner(reply: bytes) -> Banner:
    """Parse the banner of any firmware."""
    text = reply.decode("ascii", "replace")
    firmware = re.search(r"Firmware: *(v[\w.-]+)", text)
    has_daisy = "On Daisy ADS1299 Device ID: 0x" in text or "OpenBCI V3 16 channel" in text
    failure = re.search(r"^Failure: *(.+)$", text, re.MULTILINE)
    last_reset = re.search(r"last reset: ([^\n]+)", text)
    return Banner(
        text.strip(),
        firmware[1] if firmware else "",
        has_daisy,
        failure[1] if failure else "",
        last_reset[1] if last_reset else "",
    )


def reported_rate(reply: bytes) -> int | None:
    """Return the rate in a reply like ``Success: Sample rate is 1000Hz``, or None when it contains none.

    Raises
    ------
    ProtocolError
        If it is not a rate of a Cyton.
    """
    _, _, rate = reply.rpartition(b"Sample rate is ")
    digits = rate.split(b"Hz")[0].strip()
    if not reply.endswith(b"Hz") or not digits.isdigit():
        return None
    rate_sps = next((rate_sps for rate_sps in RATE_COMMANDS if digits == b"%d" % rate_sps), None)
    if rate_sps is None:  # compared as text: Python refuses to parse thousands of digits
        raise ProtocolError(
            f"the board reports a rate of {digits[:12].decode()} SPS, which no Cyton has: is it another device?"
        )
    return rate_sps


class Console:
    """Command console of the board.

    Parameters
    ----------
    link : Link
        Link to the board.
    """

    def __init__(self, link: Link) -> None:
        self._link = link

    def reset(self) -> Banner:
        """Stop the board, reset it and return its banner.

        Raises
        ------
        BoardNotFound
            If no board answers; the message says what does answer.
        ProtocolError
            If a device other than a Cyton answers.
        """
        self._link.read_available(0.0)
        self._link.write(STOP)
        self._link.clock.wait_s(QUIET_S)
        self.drain()
        for _ in range(N_TRIES):
            self._link.write(RESET)
            reply, is_whole = self._read_reply(BANNER_S)
            if NO_POLL in reply:
                raise BoardNotFound(BOARD_IS_OFF)
            if not is_whole or any(word in reply for word in BANNER_WORDS):
                break
        if is_whole:
            return parse_banner(reply)
        if reply:
            raise ProtocolError(
                f"expected the banner of a Cyton and got {reply[:24].hex(' ')}: another device, or another baud rate?"
            )
        raise self._why_silent()

    def drain(self) -> None:
        """Discard input until none arrives for `QUIET_S`, at most for `MAX_DRAIN_S`."""
        deadline_s = self._link.clock.now_s() + MAX_DRAIN_S
        while self._link.read_available(QUIET_S) and self._link.clock.now_s() < deadline_s:
            pass

    def ask(self, command: bytes) -> bytes:
        """Send a command and return its reply without the end mark; empty when two attempts get no complete reply.

        The radio may lose a command, a byte of it or its reply, so every command must be safe to repeat.

        Raises
        ------
        BoardNotFound
            If the dongle reports that the board is gone.
        BoardConfigError
            If the board refuses the command.
        """
        for n_left in reversed(range(N_TRIES)):
            self._link.read_available(0.0)
            self._link.write(command)
            reply, is_whole = self._read_reply(REPLY_S)
            if NO_POLL in reply:
                raise BoardNotFound(BOARD_IS_OFF)
            if n_left and any(words in reply for words in HALF_HEARD):
                continue
            if FAILURE in reply:
                raise BoardConfigError(f"the board refused the command {_shown(command)}: {_shown(reply)}")
            if is_whole:
                return reply
        return b""

    def expect(self, command: bytes, word: bytes, cause: str) -> bytes:
        """Send a command and return its reply, which must contain `word`; `cause` is the likely cause if it does not.

        Raises
        ------
        ProtocolError
            If another reply or none came.
        """
        reply = self.ask(command)
        if word not in reply:
            came = _shown(reply) if reply else "nothing"
            raise ProtocolError(f"the command {_shown(command)} should answer {_shown(word)} and got {came}: {cause}")
        return reply

    def hears(self, command: bytes, word: bytes, timeout_s: float) -> bool:
        """Send a command and return whether its reply within `timeout_s` contains `word`."""
        self._link.read_available(0.0)
        self._link.write(command)
        reply, _ = self._read_reply(timeout_s)
        return word in reply

    def _read_reply(self, timeout_s: float) -> tuple[bytes, bool]:
        """Return the reply up to the end mark, and whether the end mark came."""
        silence = Silence(self._link.clock.now_s())
        reply = b""
        while True:
            left_s = timeout_s - silence.lasted_s
            reply += self._link.read_available(max(0.0, left_s))
            text, end, _ = reply.partition(REPLY_END)
            if end:
                return text, True
            if left_s < LAST_LOOK_S or len(reply) >= MAX_REPLY_BYTES:  # the last read comes after the deadline
                return reply, False
            silence.go_on(self._link.clock.now_s(), left_s)

    def _why_silent(self) -> BoardNotFound:
        """Return why the board is silent, by asking the dongle, which answers even when the board does not."""
        self._link.write(DONGLE_STATUS)
        try:
            status, _ = self._read_reply(DONGLE_REPLY_S)
        except LinkError:
            status = b""
        if b"System is Down" in status:
            return BoardNotFound(BOARD_IS_OFF)
        if b"System is Up" in status:
            return BoardNotFound(
                "the dongle hears the board but the board gives no answer: switch the board off and on again"
            )
        return NoAnswer("no answer: is this the right port, and is the dongle's switch on GPIO6?")


def _shown(data: bytes) -> str:
    return repr(data.decode("ascii", "replace").strip())
