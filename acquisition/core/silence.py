"""How long nothing has come, told from a host that did not listen."""

LATE_S = 0.25
"""A look that comes so much later than it should is taken as late; what is beyond it, the host stood still itself.

An assumption: a busy computer wakes a program within some tens of milliseconds.
"""

TOLD_SILENCE_S = 0.8
"""A stream from which nothing has come for so long is told of, so that it is known within 1 s.

What is left of that second is for a look that comes late (one every 0.1 s) and for the way to screen and journal; a
stall of 0.5 s, as a radio has, stays untold.
"""

BROKEN_SILENCE_S = 2.0
"""One from which nothing has come for so long is taken as broken, where the board can be set up anew at once."""


class Silence:
    """How long nothing has come, counted while somebody listened.

    A host that stands still itself (stopped by a debugger, or swapping) hears nothing because it does not
    listen: what came meanwhile, and what whoever hands it on was kept from handing on, is there soon after.

    Parameters
    ----------
    now_s : float
        Host's clock in seconds when the listening begins.

    Attributes
    ----------
    lasted_s : float
        Length of the silence in seconds, 0 when something came at the last look.
    """

    def __init__(self, now_s: float) -> None:
        self.lasted_s = 0.0
        self._looked_s = now_s

    def end(self, now_s: float) -> None:
        """Take note that something came by `now_s`."""
        self.lasted_s, self._looked_s = 0.0, now_s

    def go_on(self, now_s: float, waited_s: float = 0.0) -> float:
        """Take note that nothing came by `now_s`, in a look that was to wait `waited_s`; return `lasted_s`."""
        self.lasted_s += min(now_s - self._looked_s, max(0.0, waited_s) + LATE_S)
        self._looked_s = now_s
        return self.lasted_s
