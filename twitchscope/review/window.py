"""Review window: sign, traces, overview, list of events, and keys for all of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QStackedWidget, QVBoxLayout, QWidget

from acquisition.core import RecordingError
from dsp import LABELS
from twitchscope.entries.marks import UNDO_KEYS
from twitchscope.findings.event import Event
from twitchscope.live.commands import add_command, add_key
from twitchscope.live.lanes.overlay import Flag
from twitchscope.live.lanes.traces import description
from twitchscope.live.look.fitted import Fitted
from twitchscope.live.look.theme import Theme
from twitchscope.live.look.themed import ThemedWindow
from twitchscope.live.sign import Sign
from twitchscope.live.strip import Strip
from twitchscope.notice import NOT_A_MEDICAL_DEVICE
from twitchscope.review.background import Background
from twitchscope.review.browser import Browser
from twitchscope.review.event_table import BLIND_HEADER, HEADER, EventTable
from twitchscope.review.glance import glance_of
from twitchscope.review.overview import OverviewStrip
from twitchscope.review.signal import RecordedSignal, SignalView
from twitchscope.review.traces import ReviewTraces
from twitchscope.saved.accounts import HOW, Account, accounts, left_out_texts
from twitchscope.saved.rating import Rating, ratings_beside, read_decisions
from twitchscope.saved.session_files import Mark
from twitchscope.words import for_later, sentence, tr

LOOK_MS = 100
"""Interval at which the background results are polled."""

LIST_PX = 330
PICK_PX = 8.0

KEYS = for_later(
    "↑ ↓ event · ← → scroll · PgUp PgDn a part · Home End · + − zoom · 1 to 5 label · Return agree with the detector · "
    "A add at the cursor · Del delete · [ ] move · { } length · Ctrl+Z undo · G agreement · H heartbeats · C scale · "
    "T theme · click picks, dragging moves, a double click adds"
)


@dataclass(frozen=True, slots=True)
class Material:
    """Content of the files of a recording.

    Attributes
    ----------
    path : Path
        Session folder or recording.
    events : sequence of Event or None
        Events of the detector; None if it has yet to run.
    marks : sequence of Mark
        Marks of the session, or annotations of the recording.
    references : mapping
        Imported marks by file.
    baselines_uv : mapping
        Resting baseline by channel name.
    warnings : sequence of str
        Warnings to be shown.
    """

    path: Path
    events: Sequence[Event] | None
    marks: Sequence[Mark]
    references: Mapping[str, Sequence[Mark]]
    baselines_uv: dict[str, float]
    warnings: Sequence[str]


class ReviewWindow(ThemedWindow):
    """Window for browsing and rating a recording.

    Parameters
    ----------
    material : Material
        Content of its files.
    signal : RecordedSignal
        Samples of the recording.
    rating : Rating
        Stores the decisions.
    work : Background
        Background computations, not yet started.
    theme : Theme
        Initial colours.
    """

    def __init__(
        self, material: Material, signal: RecordedSignal, rating: Rating, work: Background, theme: Theme
    ) -> None:
        super().__init__(theme)
        self._material = material
        self._signal = signal
        self._work = work
        self._n_lost = len(signal.valid) - int(signal.valid.sum())
        names = [channel.name for channel in signal.info.channels]
        rate_hz = signal.info.sampling_rate_hz
        self.browser = Browser(material.events or (), rating, signal.duration_s, names, rate_hz)
        self._view = SignalView(signal)
        self._view.set_baselines(material.baselines_uv)
        self.sign = Sign(theme)
        self.strip = Strip()
        self.traces = ReviewTraces(self._view, theme)
        self.overview = OverviewStrip(signal.duration_s, theme)
        self.table = EventTable(BLIND_HEADER if self.browser.is_blind else HEADER)
        self.agreement = QPlainTextEdit()
        self.agreement.setReadOnly(True)
        self.agreement.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._beside = QStackedWidget()
        self._why = QLabel()
        self._line, self._described = Fitted(), Fitted()
        self.setWindowTitle(tr("TwitchScope review: {name}").format(name=material.path.name))
        self._lay_out()
        self._add_keys()
        self._apply_theme()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.advance)
        for warning in material.warnings[:1]:
            self.strip.tell(sentence(warning))
        self.refresh()

    def start(self) -> None:
        """Start the background computations."""
        self._work.start()
        self._timer.start(LOOK_MS)

    def finish(self) -> None:
        """Close the window; every decision is already on disk."""
        self.close()

    def stop_frames(self) -> None:
        """Stop polling and wait for the background thread."""
        self._timer.stop()
        self._work.stop_and_join()

    def advance(self) -> None:
        """Show the results since the last call."""
        self.overview.add(self._work.take_overview())
        waits = self.browser.is_blind and self._work.is_running  # the order is drawn once all events are known
        events = [] if waits else self._work.take_events()
        learns = bool(self._work.baselines_uv) and not self._view.state.baseline_is_learnt
        if learns:
            self._view.set_baselines(self._work.baselines_uv)
        if events:
            self.browser.add_events(events)
        if events or learns:
            self.refresh()
        self._line.say(self._line_text())
        if self._work.error is not None:
            self._timer.stop()
            self.strip.alarm(tr("The recording could not be worked through: {error}").format(error=self._work.error))

    def refresh(self) -> None:
        """Update the displayed part, the events and the selection."""
        browser, rate_hz = self.browser, self._signal.info.sampling_rate_hz
        self._view.end_index = min(len(self._signal.counts), round((browser.start_s + browser.span_s) * rate_hz))
        self.traces.span_s = browser.span_s
        self.traces.refill()
        self.traces.show_only(self._visible_events(), self._visible_flags())
        self.traces.show_own([item for item in browser.items if self._is_visible(item.onset_s, item.offset_s)],
                             browser.selected, browser.cursor)  # fmt: skip
        self.overview.show_part(browser.start_s, browser.stop_s)
        self._show_events_in_overview()
        self.table.show_items(browser.items, browser.row)
        self.sign.show_glance(glance_of(browser, self._signal.info.amplitude_unit))
        item = browser.selected
        reasons = item.event.reasons if item is not None and item.event is not None and not browser.is_blind else ()
        self._why.setText(tr("why: {reasons}").format(reasons=", ".join(reasons)) if reasons else "")
        self._described.say(description(browser.span_s))
        self._line.say(self._line_text())

    def toggle_agreement(self) -> None:
        """Toggle between the agreement of all accounts and the list of events."""
        if self.browser.is_blind:
            self.strip.tell(tr("Agreement is shown outside of blind rating only: it would reveal the verdicts."))
        elif self._beside.currentWidget() is self.agreement:
            self._beside.setCurrentWidget(self.table)
        else:
            self.agreement.setPlainText(self._agreement_text())
            self._beside.setCurrentWidget(self.agreement)

    def _agreement_text(self) -> str:
        browser, material = self.browser, self._material
        ratings = {rater: read_decisions(path) for rater, path in ratings_beside(material.path).items()}
        ratings[browser.rating.rater] = browser.rating.decisions
        marks = material.marks if material.events is not None else ()  # annotations by others are not marks
        found = accounts(browser.events, marks, material.references, ratings, self._signal.duration_s)
        if not found:
            return tr("Nobody marked, imported or rated anything yet: there is nothing to compare the twitches with.")
        left_out = [sentence(text) for text in left_out_texts(material.references)]
        return "\n\n".join([*(_account_text(account) for account in found), *left_out, HOW])

    def _do(self, act: Callable[[], str | None]) -> None:
        """Run `act` and show its message, or the error if the disk refuses."""
        try:
            message = act()
        except RecordingError as error:
            self.strip.alarm(f"{error}")
            message = None
        if message:
            self.strip.tell(message)
        self.refresh()

    def _visible_events(self) -> list[Event]:
        browser = self.browser
        if browser.is_blind:
            item = browser.selected
            return [replace(item.event, label="burst")] if item is not None and item.event is not None else []
        names = [channel.name for channel in self._signal.info.channels]
        return [
            replace(event, channels=tuple(name for name in event.channels if name in names))
            for event in browser.events
            if self._is_visible(event.onset_s, event.offset_s)
        ]

    def _visible_flags(self) -> list[Flag]:
        if self.browser.is_blind:
            return []
        flags = [Flag(mark.time_s, mark.label.replace("_", " ")) for mark in self._material.marks]
        flags += [Flag(one.time_s, name) for name, imported in self._material.references.items() for one in imported]
        shown = [flag for flag in flags if self._is_visible(flag.time_s, flag.time_s)]
        return sorted(shown, key=lambda flag: flag.time_s)

    def _is_visible(self, onset_s: float, offset_s: float) -> bool:
        return offset_s >= self.browser.start_s and onset_s <= self.browser.start_s + self.browser.span_s

    def _show_events_in_overview(self) -> None:
        browser = self.browser
        if browser.is_blind:
            item = browser.selected
            self.overview.show_events((), [] if item is None else [item.onset_s])
            return
        twitches_s = [event.onset_s for event in browser.events if event.label == "twitch"]
        others_s = [decision.onset_s for decision in browser.rating.decisions]
        self.overview.show_events(twitches_s, others_s)

    def _line_text(self) -> str:
        browser, info = self.browser, self._signal.info
        parts = [tr("blind, seed {seed}").format(seed=browser.rating.blind_seed)] if browser.is_blind else []
        parts += [
            self._material.path.name,
            tr("{board}, {hz:g} samples a second").format(board=info.name, hz=info.sampling_rate_hz),
        ]
        parts += [tr("{n} samples lost").format(n=self._n_lost)] if self._n_lost else []
        if self._material.events is None and self._work.is_running:
            parts.append(
                tr("detector at {s:.0f} of {all:.0f} s").format(s=self._work.done_s, all=self._signal.duration_s)
            )
        return " · ".join(parts)

    def _lay_out(self) -> None:
        notice = QLabel(tr(NOT_A_MEDICAL_DEVICE))
        notice.setObjectName("notice")
        self._why.setWordWrap(True)
        self._why.setTextFormat(Qt.TextFormat.PlainText)
        self._beside.addWidget(self.table)
        self._beside.addWidget(self.agreement)
        beside = QVBoxLayout()
        beside.setContentsMargins(0, 0, 0, 0)
        beside.addWidget(self._beside, 1)
        beside.addWidget(self._why)
        side = QWidget()
        side.setLayout(beside)
        side.setMinimumWidth(LIST_PX)
        signal = QVBoxLayout()
        signal.addWidget(self.traces, 1)
        signal.addWidget(self.overview)
        middle = QHBoxLayout()
        middle.addLayout(signal, 76)
        middle.addWidget(side, 24)
        foot = QHBoxLayout()
        foot.addWidget(self._line, 1)
        foot.addWidget(notice)
        layout = QVBoxLayout()
        layout.setContentsMargins(8, 8, 8, 6)
        layout.setSpacing(6)
        layout.addWidget(self.sign, 14)
        layout.addWidget(self.strip)
        layout.addLayout(middle, 86)
        layout.addLayout(self._buttons())
        layout.addLayout(foot)
        layout.addWidget(self._described)
        whole = QWidget()
        whole.setLayout(layout)
        self.setCentralWidget(whole)

    def _buttons(self) -> QHBoxLayout:
        browser, buttons = self.browser, QHBoxLayout()
        buttons.setSpacing(6)
        for number, label in enumerate(LABELS, start=1):
            add_command(self, buttons, tr(label), (str(number),), partial(self._do, partial(browser.label, label)))
        if not browser.is_blind:
            add_command(self, buttons, tr("agree"), ("Return", "Enter"), partial(self._do, browser.agree))
            add_command(
                self, buttons, tr("add at cursor"), ("A",), partial(self._do, lambda: browser.add(*browser.cursor))
            )
            add_command(self, buttons, tr("delete"), ("Del",), partial(self._do, browser.delete))
        add_command(self, buttons, tr("undo"), UNDO_KEYS, partial(self._do, browser.undo))
        if not browser.is_blind:
            add_command(self, buttons, tr("agreement"), ("G",), self.toggle_agreement)
        add_command(self, buttons, tr("scale"), ("C",), self.traces.toggle_scale)
        add_command(self, buttons, tr("light / dark"), ("T",), self.change_theme)
        add_command(self, buttons, tr("all keys"), ("F1", "?"), lambda: self.strip.tell(tr(KEYS)))
        return buttons

    def _add_keys(self) -> None:
        browser = self.browser
        repeating: dict[str, tuple[tuple[str, ...], Callable[[], str | None]]] = {
            tr("next event"): (("Down",), lambda: browser.step(1)),
            tr("event before"): (("Up",), lambda: browser.step(-1)),
            tr("later"): (("Right",), lambda: browser.scroll(0.25)),
            tr("earlier"): (("Left",), lambda: browser.scroll(-0.25)),
            tr("next part"): (("PgDown",), lambda: browser.scroll(1.0)),
            tr("part before"): (("PgUp",), lambda: browser.scroll(-1.0)),
            tr("start"): (("Home",), lambda: browser.look_at(0.0)),
            tr("end"): (("End",), lambda: browser.look_at(self._signal.duration_s)),
            tr("zoom in"): (("+", "="), lambda: browser.zoom(-1)),
            tr("zoom out"): (("-",), lambda: browser.zoom(1)),
            tr("move earlier"): (("[",), lambda: browser.move(-browser.nudge_s)),
            tr("move later"): (("]",), lambda: browser.move(browser.nudge_s)),
            tr("shorten"): (("{",), lambda: browser.lengthen(-browser.nudge_s)),
            tr("lengthen"): (("}",), lambda: browser.lengthen(browser.nudge_s)),
            tr("heartbeats"): (("H",), browser.toggle_heartbeats),
        }
        for words, (keys, act) in repeating.items():
            add_key(self, words, keys, partial(self._do, act)).setAutoRepeat(True)
        self.table.chosen.connect(lambda row: self._do(lambda: browser.choose(row)))
        self.overview.pressed.connect(lambda at_s: self._do(lambda: browser.look_at(at_s)))
        self.traces.clicked.connect(
            lambda at_s, channel: self._do(lambda: browser.pick(at_s, channel, self._reach_s()))
        )
        self.traces.added.connect(lambda at_s, channel: self._do(lambda: browser.add(at_s, channel)))
        self.traces.dragged.connect(lambda by_s: self._do(lambda: browser.move(by_s)))

    def _reach_s(self) -> float:
        return self.traces.time_at(PICK_PX) - self.traces.time_at(0.0)

    def _colour(self, theme: Theme) -> None:
        self.sign.set_theme(theme)
        self.traces.set_theme(theme)
        self.overview.set_theme(theme)


def _account_text(account: Account) -> str:
    name, verdicts, n_marks, n_both, n_alone, agreement, kappa = account.row()
    return tr(
        "{name} (verdicts {verdicts})\n{n_marks} marks, {n_both} with a twitch; {n_alone} twitches without\n"
        "positive agreement {agreement}\nκ over marked passes: {kappa}"
    ).format(
        name=name, verdicts=verdicts, n_marks=n_marks, n_both=n_both, n_alone=n_alone, agreement=agreement, kappa=kappa
    )
