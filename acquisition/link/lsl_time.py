"""What a sender's stamps are by the host's clock, through LSL's clock of this computer, which may have slept."""

import contextlib
from typing import Any

from acquisition.core import Clock
from acquisition.link.lsl import host_minus_lsl_s

LONGEST_DELAY_S = 10.0
"""Stamps farther from the arrival than this are of another clock than LSL's, and not used."""

COMPARISON_S = 5.0
"""How often the sender's clock is asked for anew."""

NO_WAIT_S = 0.01
"""Later answers are got by liblsl in the background, and are there at once."""

SLEEP_S = 0.25
"""A step of the host's clock against LSL's of this computer by more than this was a sleep: else both go at one rate."""

SAME_CLOCK_S = 0.1
"""A sender whose clock is so near to this computer's has that very clock: others count from another start.

An assumption: two computers were not switched on within so little of each other.
"""


class SenderTime:
    """Ties a sender's stamps to the host's clock.

    LSL's clock of a computer stands still in its sleep on Linux and on macOS, the host's does not. So the stamps of a
    sender on this computer go on after a sleep as if there had been none, and their step is owed to them; those of a
    sender elsewhere are right, but what liblsl knows of its clock is of before the sleep, until it has asked again.

    Parameters
    ----------
    lsl : module
        From `load_lsl`.
    inlet : StreamInlet
        Of the sender.
    clock : Clock
        The host's.
    timeout_s : float
        How long the first answer is waited for, in seconds.

    Attributes
    ----------
    slept_s : float
        What the sender's stamps lack, in seconds, as of stamps after `asleep_stamp_s`; whoever makes up for it sets it
        to 0.
    asleep_stamp_s : float
        Stamp of the last look before the sleep.
    """

    def __init__(self, lsl: Any, inlet: Any, clock: Clock, timeout_s: float) -> None:
        self.slept_s = 0.0
        self.asleep_stamp_s = 0.0
        self._lsl = lsl
        self._inlet = inlet
        self._clock = clock
        self._correction_s: float | None = None
        self._outdated_s: list[float] = []  # of before each sleep: liblsl may answer so for some seconds
        self._ahead_s = host_minus_lsl_s(lsl, clock)
        self._looked_s = lsl.local_clock()
        self._ask(timeout_s)

    @property
    def to_host_s(self) -> float | None:
        """What is to be added to a stamp for the host's time, in seconds; None where the sender gave no answer."""
        return None if self._correction_s is None else self._correction_s + self._ahead_s

    def look(self) -> None:
        """Take note of a sleep, and from time to time of the sender's clock; to be called with every read."""
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
        """Learn how far the sender's clock is from this computer's; without a new answer, keep what is known."""
        with contextlib.suppress(RuntimeError):  # pylsl's own errors
            correction_s = self._inlet.time_correction(timeout_s)
            if all(abs(correction_s - outdated_s) > SLEEP_S for outdated_s in self._outdated_s):
                self._correction_s, self._outdated_s = correction_s, []
        self._next_s = self._clock.now_s() + COMPARISON_S
