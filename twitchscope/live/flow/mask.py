"""Masked mode: verdicts wait, unseen and unheard, until the site is closed: an account stays independent of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from twitchscope.findings.event import DetectedEvent
from twitchscope.live.feed import Found
from twitchscope.live.status import Condition, Glance
from twitchscope.words import tr


class Mask:
    """Keeps what was found back while it is on.

    Parameters
    ----------
    tell_shown : callable
        Called with whether verdicts are shown from now on; a session keeps that with every line.
    """

    def __init__(self, tell_shown: Callable[[bool], None]) -> None:
        self._tell_shown = tell_shown
        self._kept: list[Found] = []
        self.is_on = False

    def put_on(self) -> None:
        """Hide verdicts from now on."""
        self.is_on = True
        self._tell_shown(False)

    def lift(self) -> list[Found]:
        """Show verdicts from now on; return those that were kept back."""
        kept, self._kept, self.is_on = self._kept, [], False
        self._tell_shown(True)
        return kept

    def through(self, found: Sequence[Found]) -> list[Found]:
        """Return what may be shown now."""
        if not self.is_on:
            return list(found)
        self._kept += [one for one in found if isinstance(one.told, DetectedEvent) and one.told.label != "heartbeat"]
        return []  # a heartbeat a second tells nobody anything later, and a mask may stay on for hours

    def glance(self, glance: Glance) -> Glance:
        """Return what may be said at a glance."""
        if not self.is_on or glance.condition in (Condition.ELECTRODES, Condition.STOPPED, Condition.LEARNING):
            return replace(glance, counts=tr("masked"), numbers=()) if self.is_on else glance
        hidden = tr("verdicts are hidden until the site is closed")
        return replace(glance, detail=hidden, counts=tr("masked"), numbers=())
