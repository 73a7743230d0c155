"""Something that goes and comes back again and again, as a loose plug does, is told as one state and not each time."""

from collections import deque

OFTEN = 3
WITHIN_S = 30.0
"""What has gone `OFTEN` times within so long is loose."""

STEADY_S = 10.0
"""What has neither come nor gone for so long is loose no longer. Both times are assumptions: one knock at a plug, and a
second one while somebody puts it right, are told each by itself."""


class Loose:
    """Follows something that may go and come back.

    Attributes
    ----------
    is_on : bool
        True while it comes and goes, from its third going within `WITHIN_S` until it is steady.
    """

    def __init__(self) -> None:
        self.is_on = False
        self._n_gone = 0
        self._gone_s = deque[float](maxlen=OFTEN)
        self._changed_s = 0.0

    def go(self, now_s: float) -> bool:
        """Take note that it goes at `now_s`; return whether it is loose from now on."""
        self._changed_s = now_s
        self._n_gone += 1
        if self.is_on:
            return False
        self._gone_s.append(now_s)
        self.is_on = len(self._gone_s) == OFTEN and now_s - self._gone_s[0] <= WITHIN_S
        if self.is_on:
            self._n_gone = OFTEN
        return self.is_on

    def come(self, now_s: float) -> None:
        """Take note that it is back at `now_s`."""
        self._changed_s = now_s

    def settle(self, now_s: float) -> int:
        """Return, once, how often it had gone where it has been steady, there or away, up to `now_s`; 0 otherwise."""
        if not self.is_on or now_s - self._changed_s < STEADY_S:
            return 0
        self.is_on = False
        self._gone_s.clear()
        return self._n_gone
