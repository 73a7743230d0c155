"""Detection of a loose connection, so that repeated losses are reported as one state and not one by one."""

from collections import deque

OFTEN = 3
WITHIN_S = 30.0
"""A connection lost `OFTEN` times within this time is loose."""

STEADY_S = 10.0
"""A connection unchanged for this time is no longer loose. Both times are assumptions: one knock at a plug, and a
second one while somebody plugs it in again, are each reported on their own."""


class LooseConnection:
    """Detector of a loose connection.

    Attributes
    ----------
    is_on : bool
        True while the connection is loose: from its third loss within `WITHIN_S` until it is steady for `STEADY_S`.
    """

    def __init__(self) -> None:
        self.is_on = False
        self._n_gone = 0
        self._gone_s = deque[float](maxlen=OFTEN)
        self._changed_s = 0.0

    def record_loss(self, now_s: float) -> bool:
        """Record a loss at `now_s`; return whether the connection is loose from now on."""
        self._changed_s = now_s
        self._n_gone += 1
        if self.is_on:
            return False
        self._gone_s.append(now_s)
        self.is_on = len(self._gone_s) == OFTEN and now_s - self._gone_s[0] <= WITHIN_S
        if self.is_on:
            self._n_gone = OFTEN
        return self.is_on

    def record_return(self, now_s: float) -> None:
        """Record a return at `now_s`."""
        self._changed_s = now_s

    def take_losses(self, now_s: float) -> int:
        """Return the number of losses, once, when a loose connection is steady, present or absent; 0 otherwise."""
        if not self.is_on or now_s - self._changed_s < STEADY_S:
            return 0
        self.is_on = False
        self._gone_s.clear()
        return self._n_gone
