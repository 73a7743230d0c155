"""Connection of the flow with the window: keys, ticks, the panel and the mask."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QKeyEvent

from acquisition.core import ContractsByHand
from twitchscope.entries.marks import NOTE
from twitchscope.findings.event import DetectedEvent
from twitchscope.live.feed import Feed, Found
from twitchscope.live.flow.machine import Flow, Surroundings
from twitchscope.live.flow.mask import Mask
from twitchscope.live.flow.monitor import Monitor
from twitchscope.live.flow.panel import Panel, key_name
from twitchscope.live.flow.steps import BACK, GO_ON, ON_OR_NEEDLE, Sheet, Step
from twitchscope.live.look.theme import Theme
from twitchscope.live.marks import Marks
from twitchscope.session.session import Session
from twitchscope.words import sentence, tr

TICK_MS = 250

ALSO_ON = ("Return", "Enter", "PgDown")
ALSO_BACK = ("PgUp",)
"""Keys besides those on screen that go on and back; a pedal or a presenter sends the Pg keys."""

MARKING_KEYS = ("Return", "Enter")
"""Keys of `ALSO_ON` that set marks while needling, as they do on a terminal."""

ALSO_BACK_IN_QUESTIONS = ("Backspace",)
"""Key that undoes a mark elsewhere; during questions it goes back, as the user means the answer."""

NEEDLE_KEY = "N"

HELD_MS = 2000
"""Time after which a pressed pedal counts as held: longer than a foot stays on it by chance (an assumption)."""


@dataclass(frozen=True, slots=True)
class FlowOptions:
    """How a session proceeds.

    Attributes
    ----------
    first : Step
        First step; `Step.NEEDLE` to skip all questions.
    masked : bool
        Whether verdicts are hidden until a site is closed.
    pedals : tuple of tuple of str
        Keys of a pedal, each with the key that it stands for, or `ON_OR_NEEDLE`.
    """

    first: Step = Step.ELECTRODES
    masked: bool = False
    pedals: tuple[tuple[str, str], ...] = ()


class FlowView(QObject):
    """View of a `Flow` in a `Panel`.

    Parameters
    ----------
    session : Session
        The running session.
    feed : Feed
        Source of signal and verdicts.
    marks : Marks
        Marks of the operator.
    options : FlowOptions
        How the session proceeds.
    theme : Theme
        Initial colours.
    """

    message = Signal(str)
    """Emitted with a sentence for the user."""

    moved = Signal()
    """Emitted when a key was accepted, which makes an earlier refusal obsolete."""

    site_began = Signal()
    site_closed = Signal(float)
    finishing = Signal()
    """Emitted when a site has begun, when it has been closed (with that time in s), and when the session is to end."""

    held = Signal(str)
    """Emitted with the key of the choice of a held single pedal, once it was held long enough."""

    revealed = Signal(list)
    """Emitted with the withheld results when the mask is lifted."""

    def __init__(self, session: Session, feed: Feed, marks: Marks, options: FlowOptions, theme: Theme) -> None:
        super().__init__()
        self._session = session
        self._feed = feed
        self._marks = marks
        self._options = options
        self.mask = Mask(self._store_shown)
        self.monitor = Monitor(feed, _band_hz(session))
        self.flow = Flow(self._surroundings(), options.first)
        self.panel = Panel(theme)
        if ON_OR_NEEDLE in dict(options.pedals).values():
            self.panel.held_words = tr("pedal held")
        self._held_key = ""
        self._held_timer = QTimer(self)
        self._held_timer.setSingleShot(True)
        self._held_timer.timeout.connect(lambda: self.held.emit(self._held_key))
        self.panel.pressed.connect(self.press)
        self.panel.entered.connect(self._enter)
        self._note_s: float | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.tick)
        if options.masked:
            self.mask.put_on()
        self.refresh()

    def start(self) -> None:
        """Start the ticks."""
        self._timer.start(TICK_MS)

    def stop(self) -> None:
        """Stop the ticks."""
        self._timer.stop()
        self._held_timer.stop()

    def tick(self) -> None:
        """Process new signal and refresh the panel."""
        if not self.flow.is_at_needle:  # while needling, frames have priority and no step needs levels
            self.monitor.advance()
        self.flow.tick()
        self.refresh()

    def through(self, found: Sequence[Found]) -> list[Found]:
        """Store the verdicts and return the results that may be shown."""
        for one in found:
            if isinstance(one.result, DetectedEvent):
                self.monitor.take_verdict(one.result)
        return self.mask.through(found)

    def takes(self, event: QKeyEvent) -> bool:
        """Return whether a key belongs to the flow now and is not a mark."""
        if self._note_s is not None or (self.flow.is_at_needle and key_name(event) in MARKING_KEYS):
            return False
        key = self._meant(key_name(event))
        return bool(key) and self.flow.takes(key)

    def stands_for(self, event: QKeyEvent) -> str:
        """Return the key that a pedal's key stands for now, empty if it is not a pedal's."""
        meant = dict(self._options.pedals).get(key_name(event), "")
        if meant == ON_OR_NEEDLE:
            return NEEDLE_KEY if self.flow.is_at_needle else GO_ON
        return self._meant(meant) if self.flow.asks else meant

    def pedal_down(self, event: QKeyEvent) -> None:
        """Start the timer for a held pedal; to be called before the pedal's immediate action."""
        if dict(self._options.pedals).get(key_name(event)) == ON_OR_NEEDLE:
            self._held_key = next((choice.key for choice in self.flow.sheet().choices if choice.is_held), "")
            if self._held_key:
                self._held_timer.start(HELD_MS)

    def pedal_up(self, event: QKeyEvent) -> None:
        """Stop the timer for a held pedal."""
        if dict(self._options.pedals).get(key_name(event)) == ON_OR_NEEDLE:
            self._held_timer.stop()

    def take(self, event: QKeyEvent) -> None:
        """Process a key that belongs to the flow."""
        self.press(self._meant(key_name(event)))

    def press(self, key: str) -> None:
        """Process the key of a choice."""
        refused = self.flow.press(key)
        if refused == "":
            self.moved.emit()
        if refused:
            self.message.emit(sentence(refused))
        self.refresh()

    def begin_note(self) -> None:
        """Let the user type a note, which gets the present time."""
        self._note_s = self._marks.now_s()
        if self._note_s is None:
            self.message.emit(tr("Not marked: no recording is running."))
        self.refresh()

    def refresh(self) -> None:
        """Show the current step."""
        if self._note_s is not None:
            self.panel.show_sheet(self.flow.step, Sheet(tr("Note: Return keeps it, Escape drops it"), entry=""))
        else:
            self.panel.show_sheet(self.flow.step, self.flow.sheet())

    def leave_line(self) -> None:
        """Cancel typing: a note is dropped, a question goes back."""
        if self._note_s is not None:
            self._note_s = None
        else:
            self.flow.leave_line()
        self.refresh()

    def _meant(self, key: str) -> str:
        """Return the displayed key that a key stands for, or the key itself."""
        if key in ALSO_ON:
            return GO_ON
        is_back = key in ALSO_BACK or (self.flow.asks and key in ALSO_BACK_IN_QUESTIONS)
        return BACK if is_back else key

    def _enter(self, text: str) -> None:
        if self._note_s is not None:
            time_s, self._note_s = self._note_s, None
            if text.strip() and not self._marks.mark(NOTE, text.strip(), time_s):
                self.message.emit(tr("Not marked: no recording is running."))
            self.refresh()
            return
        refused = self.flow.enter(text)
        if refused:
            self.message.emit(sentence(refused))
        self.refresh()

    def _surroundings(self) -> Surroundings:
        board = self._session.board
        contract: Callable[[], None] | None = board.contract if isinstance(board, ContractsByHand) else None
        return Surroundings(
            sites=self._session.sites,
            monitor=self.monitor,
            time_s=lambda: self._marks.now_s() or 0.0,  # None before the first sample
            needle_is_in=lambda: self._marks.needle_is_in,
            finish=self.finishing.emit,
            contract=contract,
            site_begins=self._site_begins,
            site_closed=self._site_closed,
            visit=self._session.plan.visit,
        )

    def _site_begins(self) -> None:
        if self._options.masked:
            self.mask.put_on()
        self.site_began.emit()

    def _site_closed(self) -> None:
        if self.mask.is_on:
            self.revealed.emit(self.mask.lift())
        self.site_closed.emit(self._session.sites.book.sites[-1].end_s)

    def _store_shown(self, is_shown: bool) -> None:
        self._session.feedback_shown = is_shown


def _band_hz(session: Session) -> tuple[float, float]:
    low_hz, high_hz = session.detection.detector.band_hz
    return float(low_hz), float(high_hz)
