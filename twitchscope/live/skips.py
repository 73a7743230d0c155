"""Detection of signal and verdicts missed by a stalled window; reported once each and stored with the session."""

from collections.abc import Callable

from twitchscope.live.feed import Feed
from twitchscope.live.lanes.traces import Traces
from twitchscope.words import for_later


class Skips:
    """Watcher for signal that was never drawn and verdicts that were never shown.

    Parameters
    ----------
    feed : Feed
        Source of signal and verdicts.
    traces : Traces
        Draws the signal.
    say : callable
        Called with each message; the session stores it.
    """

    def __init__(self, feed: Feed, traces: Traces, say: Callable[[str], None]) -> None:
        self._feed = feed
        self._traces = traces
        self._say = say
        self._has_reported_signal = self._has_reported_found = False

    def look(self) -> None:
        """Report new skips; to be called with every frame."""
        skipped_s = self._traces.n_skipped / self._feed.info.sampling_rate_hz
        if skipped_s and not self._has_reported_signal and self._feed.keeps_time:  # fast playback always skips
            self._has_reported_signal = True
            self._say(
                for_later(
                    "the window stood still for so long that {seconds:.1f} s of signal were never drawn; they are "
                    "recorded: is the computer busy with something else?",
                    seconds=skipped_s,
                )
            )
        n_found = self._feed.n_found_skipped
        if n_found and not self._has_reported_found:
            self._has_reported_found = True
            self._say(
                for_later(
                    "the window stood still for so long that {n} bursts and verdicts were never shown; every "
                    "verdict is in the journal",
                    n=n_found,
                )
            )
