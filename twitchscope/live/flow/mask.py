"""Masked mode: verdicts are withheld until the site is closed, so that an observer's account stays independent."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from twitchscope.findings.event import DetectedEvent
from twitchscope.live.feed import Found
from twitchscope.live.status import Condition, Glance
from twitchscope.words import tr


class Mask:
    """Store of results withheld while the mask is on.

    Parameters
    ----------
    on_change : callable
        Called with whether verdicts are shown from now on; a session stores that with every line.
    """

    def __init__(self, on_change: Callable[[bool], None]) -> None:
        self._on_change = on_change
        self._kept: list[Found] = []
        self.is_on = False

    def put_on(self) -> None:
        """Hide verdicts from now on."""
        self.is_on = True
        self._on_change(False)

    def lift(self) -> list[Found]:
        """Show verdicts from now on and return those withheld."""
        kept, self._kept, self.is_on = self._kept, [], False
        self._on_change(True)
        return kept

    def through(self, found: Sequence[Found]) -> list[Found]:
        """Return the results that may be shown now."""
        if not self.is_on:
            return list(found)
        self._kept += [
            one for one in found if isinstance(one.result, DetectedEvent) and one.result.label != "heartbeat"
        ]
        return []  # heartbeats are not kept: one per second, possibly for hours, and of no use later

    def glance(self, glance: Glance) -> Glance:
        """Return the glance without what must be hidden."""
        if not self.is_on or glance.condition in (Condition.ELECTRODES, Condition.STOPPED, Condition.LEARNING):
            return replace(glance, counts=tr("masked"), numbers=()) if self.is_on else glance
        hidden = tr("verdicts are hidden until the site is closed")
        return replace(glance, detail=hidden, counts=tr("masked"), numbers=())
