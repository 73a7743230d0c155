"""Marks from the terminal during `record`: one key each, at the time of the key press."""

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator

from twitchscope.entries.marks import MARK_KINDS, NEEDLE_IN, NEEDLE_OUT, NOT_KEPT, NOTE, UNDO_KEYS, OperatorMarks
from twitchscope.session.session import Session
from twitchscope.terminal.keys import Keys, key_name, terminal_keys

WAIT_S = 0.1
"""Interval at which the key thread checks whether the session has ended."""

END_S = 2.0
"""Longest time that the end of the session waits for the key thread."""

KINDS_BY_KEY = {key: kind for kind in reversed(MARK_KINDS) for key in kind.keys}


class TerminalMarks:
    """Converter of typed characters to marks.

    Parameters
    ----------
    session : Session
        Stores the marks; its clock gives the time of a key press.
    tell : callable
        Called with each line for the operator.
    show : callable
        Called with the characters of a note as they are typed, to be shown unchanged.
    """

    def __init__(self, session: Session, tell: Callable[[str], None], show: Callable[[str], None]) -> None:
        self._session = session
        self._marks = OperatorMarks(session)
        self._tell = tell
        self._show = show
        self._note: str | None = None
        self._note_s = 0.0

    @property
    def has_open_note(self) -> bool:
        """Whether a note is being typed."""
        return self._note is not None

    def take(self, typed: str, host_s: float) -> None:
        """Process the characters read at `host_s` of the board's clock."""
        for char in typed:
            time_s = self._session.time_s(host_s)
            if self._note is not None:
                self._take_note(char)
            elif time_s is None:
                self._tell(NOT_KEPT)
            else:
                self._press(key_name(char), time_s)

    def _press(self, key: str, time_s: float) -> None:
        if key in UNDO_KEYS:
            made = self._marks.undo(time_s)
            self._tell("nothing to take back" if made is None else f"{made.time_s:9.3f} s  taken back: {made.label}")
        elif key in KINDS_BY_KEY:
            label = KINDS_BY_KEY[key].label
            if label == NOTE:
                self._note, self._note_s = "", time_s
                self._show(f"{time_s:9.3f} s  note (Return keeps it, Esc drops it): ")
            elif label in (NEEDLE_IN, NEEDLE_OUT):
                self._report(self._marks.toggle_needle(time_s), time_s)
            else:
                self._report(label if self._marks.mark(label, time_s) else None, time_s)

    def _take_note(self, char: str) -> None:
        """Process a character of a note; the note has the time at which it was begun."""
        text, key = self._note or "", key_name(char)
        if key in ("Return", "Escape"):
            self._show("\n")
            self._note = None
            if key == "Return" and text.strip():
                self._report(NOTE if self._marks.mark(NOTE, self._note_s, text.strip()) else None, self._note_s)
        elif key == "Backspace":
            self._note = text[:-1]
            self._show("\b \b" if text else "")
        elif char.isprintable():
            self._note = text + char
            self._show(char)

    def _report(self, label: str | None, time_s: float) -> None:
        self._tell(NOT_KEPT if label is None else f"{time_s:9.3f} s  marked: {label}")


@contextlib.contextmanager
def marked_by_keys(session: Session, tell: Callable[[str], None]) -> Iterator[None]:
    """Let the keys of the terminal behind standard input set marks while the context lasts, if there is a terminal.

    Parameters
    ----------
    session : Session
        The session to mark.
    tell : callable
        Called with each line for the operator, from the key thread.
    """
    with terminal_keys(sys.stdin) as keys:
        if keys is None:
            yield
            return
        tell(_help_text())
        marks = TerminalMarks(session, tell, _show)
        stop = threading.Event()
        thread = threading.Thread(target=_follow, args=(keys, marks, session, stop), name="keys", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(END_S)
            if marks.has_open_note:
                tell("\nthe note that was being typed is not kept: the session has ended")


def _follow(keys: Keys, marks: TerminalMarks, session: Session, stop: threading.Event) -> None:
    while not stop.is_set():
        typed = keys.read(WAIT_S)
        host_s = session.board.clock.now_s()  # at once, as this is the time of the key press
        if typed is None:
            return
        marks.take(typed, host_s)


def _show(text: str) -> None:
    with contextlib.suppress(OSError, ValueError):  # a terminal that is gone must not end a recording
        sys.stderr.write(text)
        sys.stderr.flush()


def _help_text() -> str:
    keys = [f"{kind.keys[0]} {kind.words}" for kind in MARK_KINDS if kind.label != NEEDLE_OUT]
    return "keys: " + " · ".join([*keys, f"{UNDO_KEYS[0]} takes the last back"])
