"""Markers of other programs from the lab streaming layer, taken as marks of a session."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from acquisition.link.lsl import StreamWanted, load_lsl
from acquisition.link.lsl_time import LONGEST_DELAY_S, SenderTime
from twitchscope.ending import LONGEST_END_S
from twitchscope.entries.marks import LABELS, MARKER, NOT_KEPT
from twitchscope.session.session import Session

WAIT_S = 0.2
"""Timeout of a single query of the network, after which the thread checks whether the session has ended."""

CORRECTION_TIMEOUT_S = 2.0
PATIENCE_S = 5.0
"""Time after the start at which a missing stream is reported."""

MAX_MARKERS = 256
MAX_TEXT = 200


class LslMarkers:
    """Listener to a stream of markers in its own thread; the stream may appear later or come back.

    A marker whose text is one of the program's labels becomes that mark; any other becomes a plain marker with its
    text. Its time is the sender's time stamp, converted by LSL's clock offset. If the stamp is too far from the present
    to be of LSL's clock, it is the time of arrival.

    Parameters
    ----------
    session : Session
        The session to mark.
    name : str
        Name of the stream.
    lsl : module, optional
        `pylsl`, or the replacement of a test.
    """

    def __init__(self, session: Session, name: str, lsl: Any = None) -> None:
        self._lsl = lsl if lsl is not None else load_lsl()
        self._session = session
        self._name = name
        self._predicate = StreamWanted(name=name).predicate
        self._tell: Callable[[str], None] = lambda line: None
        self._last_line = ""
        self._n_not_kept = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="LSL markers", daemon=True)

    @contextlib.contextmanager
    def listening(self, tell: Callable[[str], None]) -> Iterator[None]:
        """Listen while the context lasts; `tell` is called with the state, from the thread and at the end.

        Of the markers that cannot be kept only the first is reported, and at the end their number, as a sender may send
        any number of them.
        """
        self._tell = tell
        self._thread.start()
        try:
            yield
        finally:
            self._stop.set()
            self._thread.join(LONGEST_END_S)
            self._tell = lambda line: None  # a thread that hangs must report nothing later
            if self._n_not_kept > 1:
                tell(f"LSL markers: {self._n_not_kept} in all were not marked")

    def _run(self) -> None:
        try:
            self._listen()
        except Exception as error:  # the recording continues whatever the error
            self._say(f"no marker is heard any more: {error or type(error).__name__}")

    def _listen(self) -> None:
        clock = self._session.board.clock
        missed_s = clock.now_s() + PATIENCE_S
        while not self._stop.is_set():
            found = self._lsl.resolve_bypred(self._predicate, 1, WAIT_S)
            if found:
                try:
                    self._follow(self._lsl.StreamInlet(found[0], recover=False))
                except RuntimeError as error:  # pylsl's errors too: the sender went away, resolve it again
                    self._say(f"{self._name!r} broke off ({error}); it is waited for")
            elif clock.now_s() > missed_s and not self._last_line:
                self._say(f"{self._name!r} is not heard yet; it is waited for: is its program running in this network?")

    def _follow(self, inlet: Any) -> None:
        inlet.open_stream(CORRECTION_TIMEOUT_S)
        time = SenderTime(self._lsl, inlet, self._session.board.clock, CORRECTION_TIMEOUT_S)
        if time.to_host_s is None:
            raise RuntimeError("its clock cannot be queried")
        self._say(f"{self._name!r} is heard")
        while not self._stop.is_set():
            values, stamps_s = inlet.pull_chunk(WAIT_S, MAX_MARKERS, min_samples=1, as_numpy=True)
            time.look()
            for value, stamp_s in zip(values, stamps_s, strict=True):
                self._mark(value, self._made_s(float(stamp_s) + time.to_host_s))

    def _made_s(self, stamped_s: float) -> float:
        """Return when a marker was made on the host's clock: its time stamp if plausible, else now."""
        now_s = self._session.board.clock.now_s()
        if abs(stamped_s - now_s) <= LONGEST_DELAY_S:
            return stamped_s
        self._say(
            f"{self._name!r} does not stamp by LSL's clock, or is more than {LONGEST_DELAY_S:.0f} s late: such markers "
            "get the time at which they arrive"
        )
        return now_s

    def _say(self, line: str) -> None:
        """Report a line unless it equals the last one."""
        if line != self._last_line:
            self._last_line = line
            self._tell(f"LSL markers: {line}")

    def _mark(self, values: Sequence[Any], host_s: float) -> None:
        time_s = self._session.time_s(host_s)
        text = " ".join(_text(value) for value in values).strip()[:MAX_TEXT]
        label, words = (text, "") if text in LABELS else (MARKER, text)
        if time_s is None or not self._session.mark(label, time_s, words, decided_by="lsl"):
            self._n_not_kept += 1
            if self._n_not_kept == 1:
                self._tell(f"LSL markers: {text!r} is {NOT_KEPT}")


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    text = value if isinstance(value, str) else f"{value:g}"
    return "".join(char for char in text if char.isprintable())
