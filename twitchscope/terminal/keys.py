"""Single keys from the terminal without Return, on every system; the terminal's settings are restored afterwards."""

import codecs
import contextlib
import os
import re
import sys
from collections.abc import Iterator
from typing import IO, Protocol

READ_BYTES = 1024

ESCAPE = "\x1b"

ESCAPE_SEQUENCES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O.)")
"""Sequences sent by arrow and function keys (ECMA-48, 5.4); their letters are not keys of the program."""

BEGUN_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|O)?\Z")
"""Incomplete sequence at the end of the input; the rest may come with the next read."""

ESCAPE_WAIT_S = 0.4
"""Time after which an Escape without further characters counts as the key itself, as a slow line delivers a sequence in
pieces. An assumption."""

KEY_NAMES = {
    " ": "Space",
    "\r": "Return",
    "\n": "Return",
    "\x7f": "Backspace",
    "\x08": "Backspace",
    "\x1a": "Ctrl+Z",
    ESCAPE: "Escape",
}


class Keys(Protocol):
    """Interface of a terminal whose keys are read one by one."""

    def read(self, timeout_s: float) -> str | None:
        """Return the characters typed since the last call, waiting up to `timeout_s` for the first.

        Empty if none came in time, None if the terminal is gone.
        """
        ...


def key_name(char: str) -> str:
    """Return the name of the key that sends a character: ``Space``, ``Return``, a capital for a letter."""
    return KEY_NAMES.get(char, char.upper())


class TypedBytes:
    """Decoder of a terminal's bytes to characters that drops sequences of arrow and function keys, even if split."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="ignore")
        self._held = ""
        self._held_s = 0.0

    def take(self, data: bytes) -> str:
        """Return the characters completed by `data`, except what may be the start of a sequence."""
        text = ESCAPE_SEQUENCES.sub("", self._held + self._decoder.decode(data))
        begun = BEGUN_SEQUENCE.search(text)
        self._held = begun[0] if begun is not None else ""
        self._held_s = 0.0
        return text.removesuffix(self._held)

    def wait(self, seconds: float) -> str:
        """Return held characters that are no sequence after all, given that nothing came for `seconds` more."""
        self._held_s += seconds
        if self._held_s < ESCAPE_WAIT_S:
            return ""
        typed, self._held = self._held, ""
        return typed


@contextlib.contextmanager
def terminal_keys(stream: IO[str]) -> Iterator[Keys | None]:
    """Yield a reader of single keys of the terminal behind `stream`, or None if it is no terminal.

    None too in a background process, which the shell would stop if it touched its terminal.
    """
    try:
        fd = stream.fileno()
        is_terminal = stream.isatty()
    except (OSError, ValueError):  # closed, or not a file
        is_terminal = False
    if not is_terminal:
        yield None
    elif sys.platform == "win32":
        yield _WindowsKeys()
    else:
        with _posix_keys(fd) as keys:
            yield keys


if sys.platform == "win32":
    import msvcrt
    import time

    POLL_S = 0.01
    PREFIXES = ("\x00", "\xe0")
    """A function key is one of these and a second character."""

    class _WindowsKeys:
        """Reader of the console's keys, polled every 10 ms as the console cannot be waited on."""

        def read(self, timeout_s: float) -> str | None:
            end_s = time.monotonic() + timeout_s
            while not msvcrt.kbhit():
                if time.monotonic() >= end_s:
                    return ""
                time.sleep(POLL_S)
            typed = ""
            while msvcrt.kbhit():
                char = msvcrt.getwch()
                if char in PREFIXES:
                    msvcrt.getwch()
                else:
                    typed += char
            return typed

else:

    @contextlib.contextmanager
    def _posix_keys(fd: int) -> Iterator["Keys | None"]:
        import termios
        import tty

        try:
            if os.tcgetpgrp(fd) != os.getpgrp():
                yield None
                return
            before = termios.tcgetattr(fd)
        except (OSError, termios.error):  # not the terminal of this process
            yield None
            return
        try:
            tty.setcbreak(fd, termios.TCSANOW)
            settings = termios.tcgetattr(fd)
            settings[6][termios.VSUSP] = bytes([os.fpathconf(fd, "PC_VDISABLE")])  # Ctrl+Z would suspend a recording
            termios.tcsetattr(fd, termios.TCSANOW, settings)
            yield _PosixKeys(fd)
        finally:
            with contextlib.suppress(termios.error):  # a terminal that is gone needs no restoring
                termios.tcsetattr(fd, termios.TCSANOW, before)

    class _PosixKeys:
        """Reader of the terminal's keys."""

        def __init__(self, fd: int) -> None:
            self._fd = fd
            self._typed = TypedBytes()

        def read(self, timeout_s: float) -> str | None:
            import select

            try:
                if not select.select([self._fd], [], [], timeout_s)[0]:
                    return self._typed.wait(timeout_s)
                data = os.read(self._fd, READ_BYTES)
            except OSError:
                return None
            if not data:
                return None
            return self._typed.take(data)
