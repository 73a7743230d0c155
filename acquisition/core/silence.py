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
    told_s, broken_s : float
        How long it lasts until it is told of, and until the stream is taken as broken.

    Attributes
    ----------
    lasted_s : float
        Length of the silence in seconds, 0 when something came at the last look.
    broken_s : float
        As given; may be changed on the way.
    """

    def __init__(self, now_s: float, told_s: float = TOLD_SILENCE_S, broken_s: float = BROKEN_SILENCE_S) -> None:
        self.lasted_s = 0.0
        self.broken_s = broken_s
        self._told_s = told_s
        self._is_told = False
        self._looked_s = now_s

    @property
    def is_broken(self) -> bool:
        """Whether it has lasted so long that the stream is taken as broken."""
        return self.lasted_s >= self.broken_s

    def end(self, now_s: float) -> None:
        """Take note that something came by `now_s`."""
        self.lasted_s, self._looked_s, self._is_told = 0.0, now_s, False

    def go_on(self, now_s: float, waited_s: float = 0.0) -> float:
        """Take note that nothing came by `now_s`, in a look that was to wait `waited_s`; return `lasted_s`."""
        self.lasted_s += min(now_s - self._looked_s, max(0.0, waited_s) + LATE_S)
        self._looked_s = now_s
        return self.lasted_s

    def is_news(self) -> bool:
        """Return whether it is to be told of now: once, and again only after something came."""
        is_news = self.lasted_s >= self._told_s and not self._is_told
        self._is_told |= is_news
        return is_news
