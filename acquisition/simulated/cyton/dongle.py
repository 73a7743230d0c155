"""Dongle between host and Cyton: its private commands, and its replies when no board is connected."""

from acquisition.simulated.cyton.firmware import CytonFirmware

PRIVATE = 0xF0
"""First byte of the dongle's own commands."""

PAYLOAD_BYTES = {0x01: 1, 0x02: 1, 0x04: 1}
"""Number of bytes after the code of a private command; none for every other code."""

BAUD_CODES = {0x05: 115_200, 0x06: 230_400, 0x0A: 921_600}
MAX_RADIO_CHANNEL = 25
SILENCE_S = 0.270
"""Time without a poll of the board after which the dongle gives up."""

HELD_S = 0.02
"""Time within which a private command sent byte by byte, as by the OpenBCI GUI, is assembled [D]."""

NOT_HEARD = b"Failure: Communications timeout - Device failed to poll Host$$$"


class Dongle:
    """USB dongle of the Cyton, without input or output: bytes in, bytes out, time as an argument.

    Parameters
    ----------
    board : CytonFirmware or None
        Board at the other end of the radio; None for a board that is switched off.
    """

    def __init__(self, board: CytonFirmware | None) -> None:
        self.board = board
        self._host_channel = 1
        self._board_channel = 1
        self._poll_ms = 80
        self._late: list[tuple[float, bytes]] = []
        self._held = b""
        self._held_since_s = 0.0

    @property
    def is_up(self) -> bool:
        """Whether the board is connected by radio."""
        return self.board is not None and self._host_channel == self._board_channel

    def receive(self, data: bytes, now_s: float) -> bytes:
        """Process bytes written by the host and return the immediate replies."""
        if not data:
            return b""
        data, self._held = self._held + data, b""
        if data[0] != PRIVATE:
            return self._pass_on(data, now_s)
        length = 2 + PAYLOAD_BYTES.get(data[1], 0) if len(data) > 1 else 2
        if len(data) < length:
            self._held, self._held_since_s = data, now_s
            return b""
        return self._private(data[1], data[2:length]) + self.receive(data[length:], now_s)

    def _pass_on(self, data: bytes, now_s: float) -> bytes:
        """Pass bytes on to the board, if it is connected."""
        if not self.is_up or self.board is None:
            self._late.append((now_s + SILENCE_S, NOT_HEARD))
            return b""
        # A single "<" is echoed as a comma when the radio has accepted it.
        return (b"," if data == b"<" else b"") + self.board.receive(data, now_s)

    def late_replies(self, now_s: float) -> bytes:
        """Return the delayed replies of the dongle and the board due by now."""
        if self._held and now_s - self._held_since_s >= HELD_S:
            # No further byte came: it was not a command of the dongle.
            held, self._held = self._held, b""
            return self._pass_on(held, now_s) + self.late_replies(now_s)
        due = b"".join(text for at_s, text in self._late if at_s <= now_s)
        self._late = [(at_s, text) for at_s, text in self._late if at_s > now_s]
        return due + (self.board.expire(now_s) if self.is_up and self.board is not None else b"")

    def _private(self, code: int, payload: bytes) -> bytes:
        if code in BAUD_CODES:
            return f"Success: Switch your baud rate to {BAUD_CODES[code]}$$$".encode("ascii")
        match code:
            case 0x00:
                return self._tell_channel()
            case 0x01 | 0x02:
                return self._set_channel(payload, whole=code == 0x01)
            case 0x03 | 0x04:
                if not self.is_up:
                    return NOT_HEARD
                self._poll_ms = payload[0] if code == 0x04 else self._poll_ms
                return _with_number(b"Success: Poll time: ", self._poll_ms)
            case 0x07:
                return b"Success: System is Up$$$" if self.is_up else b"Failure: System is Down$$$"
        return b""

    def _tell_channel(self) -> bytes:
        words = b"Success: Host and Device on Channel number: " if self.is_up else b"Failure: Host on Channel number: "
        return _with_number(words, self._host_channel)

    def _set_channel(self, payload: bytes, *, whole: bool) -> bytes:
        if payload[0] > MAX_RADIO_CHANNEL:
            return b"Failure: Verify channel number is less than 25$$$"
        if not whole:
            self._host_channel = payload[0]
            return _with_number(b"Success: Host override - Channel number: ", self._host_channel)
        if not self.is_up:
            return NOT_HEARD
        self._host_channel = self._board_channel = payload[0]
        return self._tell_channel()


def _with_number(words: bytes, number: int) -> bytes:
    return words + str(number).encode("ascii") + bytes([number]) + b"$$$"
