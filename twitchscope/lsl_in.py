"""Markers of other programs from the lab streaming layer, as marks of a session."""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from acquisition.link.lsl import StreamWanted, host_minus_lsl_s, load_lsl
from twitchscope.marks import LABELS, MARKER
from twitchscope.session import Session

WAIT_S = 0.2
"""Longest time that the end of the session waits for the thread."""

CORRECTION_TIMEOUT_S = 2.0
MAX_MARKERS = 256
MAX_TEXT = 200


class LslMarkers:
    """Listens to a stream of markers from a thread of its own, also to one that appears later or comes back.

    A marker whose text is one of our labels is that mark; any other is a plain marker with its text. It gets the time
    at which its sender stamped it, by LSL's comparison of the clocks.

    Parameters
    ----------
    session : Session
        What is marked.
    name : str
        Of the stream.
    lsl : module, optional
        `pylsl`, or a test's own.
    """

    def __init__(self, session: Session, name: str, lsl: Any = None) -> None:
        self._lsl = lsl if lsl is not None else load_lsl()
        self._session = session
        self._predicate = StreamWanted(name=name).predicate
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="LSL markers", daemon=True)

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Listen as long as the block lasts."""
        self._thread.start()
        try:
            yield
        finally:
            self._stop.set()
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            found = self._lsl.resolve_bypred(self._predicate, 1, WAIT_S)
            if found:
                with contextlib.suppress(RuntimeError):  # pylsl's errors: the sender went away, look for it anew
                    self._follow(self._lsl.StreamInlet(found[0], recover=False))

    def _follow(self, inlet: Any) -> None:
        inlet.open_stream(CORRECTION_TIMEOUT_S)
        correction_s = inlet.time_correction(CORRECTION_TIMEOUT_S)
        while not self._stop.is_set():
            values, stamps_s = inlet.pull_chunk(WAIT_S, MAX_MARKERS, min_samples=1, as_numpy=True)
            if len(stamps_s):
                with contextlib.suppress(
                    RuntimeError
                ):  # no answer, or the sender is gone: what it sent is marked still
                    correction_s = inlet.time_correction(CORRECTION_TIMEOUT_S)
            for value, stamp_s in zip(values, stamps_s, strict=True):
                self._mark(value, float(stamp_s) + correction_s)

    def _mark(self, values: Sequence[Any], lsl_s: float) -> None:
        host_s = lsl_s + host_minus_lsl_s(self._lsl, self._session.board.clock)
        time_s = self._session.time_s(host_s)
        if time_s is None:
            return
        text = " ".join(_text(value) for value in values).strip()[:MAX_TEXT]
        if text in LABELS:
            self._session.mark(text, time_s, decided_by="lsl")
        else:
            self._session.mark(MARKER, time_s, text, decided_by="lsl")


def _text(value: Any) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else f"{value:g}"
    return "".join(char for char in text if char.isprintable())
