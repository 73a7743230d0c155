"""Conversion of a sender's time stamps to the host's clock, across sleeps of this computer."""

import contextlib
from typing import Any

from acquisition.core import Clock
from acquisition.link.lsl import host_minus_lsl_s

LONGEST_DELAY_S = 10.0
"""Time stamps farther from the arrival than this, in seconds, are not of LSL's clock and are ignored."""

COMPARISON_S = 5.0
"""Interval in seconds between two queries of the sender's clock."""

NO_WAIT_S = 0.01
"""Timeout of later queries: liblsl fetches the answers in the background, so that they are available at once."""

SLEEP_S = 0.25
"""A step of the host's clock against LSL's of this computer by more than this, in seconds, is a sleep."""

SAME_CLOCK_S = 0.1
"""A sender whose clock differs by at most this, in seconds, runs on this computer: other clocks have another zero.

This assumes that two computers were not switched on within this time of each other.
"""


class SenderTime:
    """Conversion of a sender's time stamps to the host's clock.

    LSL's clock of a computer stops during sleep on Linux and macOS; the host's clock does not. After a sleep the stamps
    of a sender on this computer therefore continue without a step, which must be added. The stamps of a sender on
    another computer are right, but liblsl's offset of its clock dates from before the sleep until it is measured again.

    Parameters
    ----------
    lsl : module
        From `load_lsl`.
    inlet : StreamInlet
        Inlet of the sender.
    clock : Clock
        Host clock.
    timeout_s : float
        Longest wait for the first answer of the sender, in seconds.

    Attributes
    ----------
    slept_s : float
        Duration of sleep, in seconds, missing from stamps after `asleep_stamp_s`. The caller sets it to 0 once it has
        accounted for it.
    asleep_stamp_s : float
        LSL's clock of this computer at the last `look` before the sleep, in seconds.
    """

    def __init__(self, lsl: Any, inlet: Any, clock: Clock, timeout_s: float) -> None:
        self.slept_s = 0.0
        self.asleep_stamp_s = 0.0
        self._lsl = lsl
        self._inlet = inlet
        self._clock = clock
        self._correction_s: float | None = None
        self._outdated_s: list[float] = []  # from before each sleep: liblsl may return them for some seconds
        self._ahead_s = host_minus_lsl_s(lsl, clock)
        self._looked_s = lsl.local_clock()
        self._ask(timeout_s)

    @property
    def to_host_s(self) -> float | None:
        """Offset to add to a stamp for the host's time, in seconds; None when the sender did not answer."""
        return None if self._correction_s is None else self._correction_s + self._ahead_s

    def look(self) -> None:
        """Detect sleeps and query the sender's clock every `COMPARISON_S`. Must be called with every read."""
        ahead_s = host_minus_lsl_s(self._lsl, self._clock)
        slept_s, self._ahead_s = ahead_s - self._ahead_s, ahead_s
        if slept_s > SLEEP_S and self._correction_s is not None:
            if abs(self._correction_s) <= SAME_CLOCK_S:
                self.slept_s += slept_s
                self.asleep_stamp_s = self._looked_s
            else:
                self._outdated_s.append(self._correction_s)
                self._correction_s -= slept_s
        self._looked_s = self._lsl.local_clock()
        if self._clock.now_s() >= self._next_s:
            self._ask(NO_WAIT_S)

    def _ask(self, timeout_s: float) -> None:
        """Query the offset of the sender's clock; without a new answer, keep the known one."""
        with contextlib.suppress(RuntimeError):  # pylsl's own errors
            correction_s = self._inlet.time_correction(timeout_s)
            if all(abs(correction_s - outdated_s) > SLEEP_S for outdated_s in self._outdated_s):
                self._correction_s, self._outdated_s = correction_s, []
        self._next_s = self._clock.now_s() + COMPARISON_S
