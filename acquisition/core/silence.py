"""Duration of a silence of a stream, not counting the time in which the host itself stood still."""

LATE_S = 0.25
"""Largest delay of a read that counts as silence; beyond it the host itself stood still.

An assumption: a busy computer wakes a program within some tens of milliseconds.
"""

REPORTED_SILENCE_S = 0.8
"""Silence in seconds after which it is reported, so that the user knows within 1 s.

The rest of that second covers a late read (one every 0.1 s) and the way to screen and journal. A stall of 0.5 s, as
radios have, is not reported.
"""

BROKEN_SILENCE_S = 2.0
"""Silence in seconds after which the stream is considered broken, when the board can be set up again at once."""


class Silence:
    """Timer of the silence of a stream, which counts only the time in which the host was reading.

    A host that stands still itself (stopped by a debugger, or swapping) receives nothing because it does not read; the
    data of that time follow soon after.

    Parameters
    ----------
    now_s : float
        Host's clock in seconds when reading begins.
    report_s, broken_s : float
        Duration in seconds after which the silence is reported, and after which the stream is considered broken.

    Attributes
    ----------
    lasted_s : float
        Duration of the silence in seconds; 0 when data came at the last read.
    broken_s : float
        As given; may be changed later.
    """

    def __init__(self, now_s: float, report_s: float = REPORTED_SILENCE_S, broken_s: float = BROKEN_SILENCE_S) -> None:
        self.lasted_s = 0.0
        self.broken_s = broken_s
        self._report_s = report_s
        self._is_reported = False
        self._looked_s = now_s

    @property
    def is_broken(self) -> bool:
        """Whether the silence is so long that the stream is considered broken."""
        return self.lasted_s >= self.broken_s

    def end(self, now_s: float) -> None:
        """Record that data came by `now_s`."""
        self.lasted_s, self._looked_s, self._is_reported = 0.0, now_s, False

    def go_on(self, now_s: float, waited_s: float = 0.0) -> float:
        """Record that nothing came by `now_s`, in a read with a timeout of `waited_s`; return `lasted_s`."""
        self.lasted_s += min(now_s - self._looked_s, max(0.0, waited_s) + LATE_S)
        self._looked_s = now_s
        return self.lasted_s

    def should_report(self) -> bool:
        """Return whether the silence is to be reported now: once, and again only after data came."""
        should_report = self.lasted_s >= self._report_s and not self._is_reported
        self._is_reported |= should_report
        return should_report
