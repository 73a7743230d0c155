"""Connections of a session besides its files, on a terminal and in the window."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from twitchscope.lsl.inlet import LslMarkers
from twitchscope.lsl.outlet import LslOut, source_of
from twitchscope.session.latency import Latency
from twitchscope.session.session import Session


@dataclass(frozen=True, slots=True)
class Attachments:
    """Connections of a session besides its files.

    Attributes
    ----------
    lsl_name : str
        First word of the names of the outgoing LSL streams; empty for none.
    lsl_markers : str
        Name of a stream of markers to listen to; empty for none.
    latency : Latency or None
        Collects the latencies of verdicts, reported at the end.
    """

    lsl_name: str = ""
    lsl_markers: str = ""
    latency: Latency | None = None

    @contextmanager
    def attached(self, session: Session, board_url: str, remark: Callable[[str], None]) -> Iterator[None]:
        """Keep a session on `board_url` connected while the context lasts; `remark` is called with each problem."""
        with ExitStack() as stack:
            if self.lsl_name:
                source = source_of(board_url, self.lsl_name)
                stack.enter_context(LslOut(session, source, self.lsl_name).sending(remark))
            if self.lsl_markers:
                stack.enter_context(LslMarkers(session, self.lsl_markers).listening(remark))
            yield
            if self.latency is not None:
                for line in self.latency.lines():
                    remark(line)
