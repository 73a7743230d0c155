"""Transfer of the detector's results to the sign, the traces and the loudspeaker."""

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from PySide6.QtCore import QObject, Qt, Signal

from acquisition.core import Clock
from dsp import Candidate
from twitchscope.electrodes.contact import is_watched
from twitchscope.findings.event import DetectedEvent
from twitchscope.live.audio.sound import Sound
from twitchscope.live.feed import Feed, Found
from twitchscope.live.flow.view import FlowView
from twitchscope.live.lanes.traces import Traces
from twitchscope.live.latency import Latency
from twitchscope.live.sign import Sign
from twitchscope.live.status import Condition, Glance, Status
from twitchscope.live.twitches.side_panel import SidePanel
from twitchscope.session.troubles import HELD_S
from twitchscope.words import tr

OF_CONTRACTION = (Condition.LEARNING, Condition.RESTING, Condition.CANDIDATE, Condition.NOT_A_TWITCH)
"""Conditions of the sign that are replaced while a muscle is asked to contract."""


class Shown(Protocol):
    """Parts of a window that show a session."""

    status: Status
    sign: Sign
    traces: Traces
    side_panel: SidePanel
    flow: FlowView
    sound: Sound


class Verdicts(QObject):
    """Transfer of a feed's results to the view, including verdicts between two frames.

    Parameters
    ----------
    shown : Shown
        Parts of the window.
    feed : Feed
        Source of the results.
    clock : Clock
        Clock of the board, with which the feed stamps arrivals.

    Attributes
    ----------
    latency : Latency
        Latency from the arrival of a twitch's last sample to its painting.
    """

    _has_found = Signal()

    def __init__(self, shown: Shown, feed: Feed, clock: Clock) -> None:
        super().__init__()
        self.latency = Latency()
        self._shown = shown
        self._feed = feed
        self._clock = clock
        self._unpainted_arrival_s: float | None = None
        shown.sign.painted.connect(self._note_painted)
        shown.flow.revealed.connect(self._show_late)
        shown.flow.site_closed.connect(shown.status.close_site)
        self._has_found.connect(self._show_at_once, Qt.ConnectionType.QueuedConnection)
        feed.add_listener(self._tell_of_found)

    def take(self) -> None:
        """Show the results since the last call, except on the sign."""
        found = self._feed.take_found()
        self._shown.side_panel.collect(found)
        shown = self._shown.flow.through(found)
        for one in shown:
            if isinstance(one.result, DetectedEvent) and one.result.label == "twitch":
                self._unpainted_arrival_s = one.arrival_s
        self._show_found(shown)

    def show_sign(self) -> None:
        """Update the sign."""
        now_s, state, shown = self._feed.time_s(), self._feed.state, self._shown
        unusable = [
            channel.name
            for channel, usable in zip(self._feed.info.channels, state.is_usable, strict=True)
            if is_watched(channel.role) and not usable and now_s > HELD_S
        ]
        glance = shown.status.glance(
            now_s, is_learnt=state.baseline_is_learnt, unusable=unusable, none_seen=state.none_seen
        )
        glance = self._as_the_step_asks(glance)
        if glance.condition is Condition.ELECTRODES and self._feed.is_away:  # not the electrodes' fault
            detail, counts = tr("look at the board"), tr("is it switched on, in range, and its dongle plugged in?")
            glance = replace(glance, headline=tr("no signal"), detail=detail, counts=counts)
        was_electrodes = shown.sign.shown.condition is Condition.ELECTRODES
        shown.sign.show_glance(shown.flow.mask.glance(glance))
        if shown.sign.shown.condition is Condition.ELECTRODES and not was_electrodes:
            shown.sound.warn_of_electrodes()

    def _as_the_step_asks(self, glance: Glance) -> Glance:
        """Adapt the glance while a step asks for a contraction: no request to rest, no verdicts."""
        flow = self._shown.flow.flow
        if flow.is_contracting and glance.condition in OF_CONTRACTION:
            headline, detail = tr("contract now"), tr("contract the muscle, and hold")
            return replace(glance, condition=Condition.LEARNING, headline=headline, detail=detail)
        if flow.asks_for_contraction and glance.condition is Condition.LEARNING:
            return replace(glance, detail=tr("rest first, then contract at the key"))
        return glance

    def _tell_of_found(self, found: Sequence[Found]) -> None:
        """Let the sign show a verdict before the next frame; called in the session's thread."""
        if any(isinstance(one.result, DetectedEvent) for one in found):
            with contextlib.suppress(RuntimeError):  # the window is gone already
                self._has_found.emit()

    def _show_at_once(self) -> None:
        self.take()
        self.show_sign()

    def _show_found(self, found: list[Found]) -> None:
        now_s = self._feed.time_s()
        for one in found:
            if isinstance(one.result, Candidate):
                self._shown.status.hear_candidate(now_s)
                continue
            self._shown.status.hear_verdict(one.result, now_s)
            self._shown.traces.add_event(one.result)

    def _show_late(self, found: list[Found]) -> None:
        """Show the withheld verdicts when the mask is lifted."""
        for one in found:
            if isinstance(one.result, DetectedEvent):
                self._shown.status.hear_late(one.result)
                self._shown.traces.add_event(one.result)

    def _note_painted(self) -> None:
        if self._unpainted_arrival_s is not None and self._shown.sign.shown.condition is Condition.TWITCH:
            self.latency.add(self._unpainted_arrival_s, self._clock.now_s())
            self._unpainted_arrival_s = None
