"""Live window: sign, traces, keys, and a strip for messages."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from twitchscope.entries.marks import NEEDLE_IN, NOTE_KEYS, SCREEN_FLASH, UNDO_KEYS
from twitchscope.live.audio.sound import Sound
from twitchscope.live.commands import add_command, add_key, trigger_key
from twitchscope.live.failure import failure_text
from twitchscope.live.feed import Feed
from twitchscope.live.flash import FLASHING, FlashPatch
from twitchscope.live.flow.site_steps import FINISH
from twitchscope.live.flow.steps import Step
from twitchscope.live.flow.view import FlowOptions, FlowView
from twitchscope.live.foot import Foot
from twitchscope.live.foot_bar import FootBar
from twitchscope.live.lanes.traces import Traces
from twitchscope.live.latency import Latency, delays_text
from twitchscope.live.look.theme import Theme
from twitchscope.live.look.themed import ThemedWindow
from twitchscope.live.marks import BUTTON_KINDS, KEY_KINDS, Marks, mark_words
from twitchscope.live.patient.practice import TRUTH_KEY, practice_of
from twitchscope.live.settings import COMMON, OWN
from twitchscope.live.sign import Sign
from twitchscope.live.skips import Skips
from twitchscope.live.stage import SCROLL_SHARE, Stage
from twitchscope.live.status import Status
from twitchscope.live.strip import Strip
from twitchscope.live.twitches.side_panel import SidePanel
from twitchscope.live.verdicts import Verdicts
from twitchscope.live.worker import SessionThread
from twitchscope.session.session import Session
from twitchscope.words import sentence, tr

FRAME_MS = 18
SILENCE_SHOWN_S = 1.0

WATCHING = FlowOptions(first=Step.NEEDLE)
"""Skips all questions; everything else is a key away."""


class LiveWindow(ThemedWindow):
    """Window that shows a session through a feed.

    Parameters
    ----------
    session : Session
        The session, not yet running.
    feed : Feed
        Feed that the session fills; it is registered as a listener here.
    theme : Theme
        Initial colours.
    options : FlowOptions
        How the session proceeds.
    sound : Sound, optional
        Sound, not yet started; none by default.
    """

    ended = Signal()
    """Emitted once the session has ended, well or not, and its files are closed."""

    chosen = Signal(str, str)
    """Emitted with a choice for this and later starts: ``theme``, ``volume`` or ``scale``, and its value."""

    def __init__(
        self, session: Session, feed: Feed, theme: Theme, options: FlowOptions = WATCHING, sound: Sound | None = None
    ) -> None:
        super().__init__(theme)
        self.sound = sound if sound is not None else Sound(feed, session.board.clock, None)
        session.add_listener(feed)
        session.add_listener(self.sound)
        self._has_reported_sound = False
        self.worker = SessionThread(session)
        self._session = session
        self._feed = feed
        self._is_ending = False
        self._has_ended = False
        self.status = Status(session.board.info.amplitude_unit)
        self.sign = Sign(theme)
        self.traces = Traces(feed, theme)
        self.traces.first_trace_painted.connect(self.sound.start)  # not earlier, as it would delay the trace
        self.side_panel = SidePanel(feed, theme, lambda: self.status.site)
        self.stage = Stage(feed, self.traces, self.side_panel, lambda: session.recording_path, theme)
        self.strip = Strip()
        self.marks = Marks(session, self.traces, self.status)
        self.flow = FlowView(session, feed, self.marks, options, theme)
        self.flow.message.connect(self.strip.tell)
        self.flow.moved.connect(self.strip.forget)
        self.flow.site_began.connect(self.status.begin_site)
        self.flow.site_began.connect(self._show_now)  # hides the truth and the previous site's twitch while needling
        self.flow.finishing.connect(self.close)
        self.flow.held.connect(self._take_held)
        self.flow.panel.left.connect(self._leave_line)
        self._verdicts = Verdicts(self, feed, session.board.clock)
        self._skips = Skips(feed, self.traces, session.notes.say)
        self.foot = Foot(session, feed)
        self._foot_bar = FootBar()
        self._flash: FlashPatch | None = None
        self.practice = practice_of(session.board, self.marks, theme, self._jab)
        if self.practice is not None:
            self.strip.tell(tr("A simulated patient: the key J, or a click into the muscle at the right, needles."))
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # otherwise the first focusable widget would get it
        self.setWindowTitle(tr("TwitchScope: {board}").format(board=session.board.info.name))
        self._lay_out()
        self._apply_theme()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.advance)

    @property
    def latency(self) -> Latency:
        """Latency from the arrival of a twitch's last sample to its painting."""
        return self._verdicts.latency

    def start(self) -> None:
        """Start the session and the frames."""
        self.sound.is_masked = self.flow.mask.is_on
        self.setFocus()
        self.worker.start()
        self.foot.room.start()
        self._timer.start(FRAME_MS)
        self.flow.start()

    def advance(self) -> None:
        """Draw one frame."""
        is_over = not self.worker.is_running  # read first, so that all results until then are shown
        self._verdicts.take()
        self.side_panel.is_masked = self.flow.mask.is_on
        self.side_panel.setVisible(not self.flow.mask.is_on)
        self.side_panel.advance()
        self.marks.advance()
        self.traces.advance()
        self.stage.advance()
        self._report_silence()
        self._report_sound()
        if is_over and not self._has_ended:
            self._end()
        self._verdicts.show_sign()
        self._foot_bar.line.say(self._line_text())
        if self._session.board.keeps_time:
            self._foot_bar.delays.setText(delays_text(self.latency, self.sound.latency))
        self._skips.look()
        for note in self._feed.take_notes():
            self.strip.tell(sentence(tr(note)))

    def event(self, event: QEvent) -> bool:
        """Give keys of the current step, and of a pedal, priority over other shortcuts."""
        is_asked = event.type() is QEvent.Type.ShortcutOverride
        if is_asked and isinstance(event, QKeyEvent) and (self.flow.takes(event) or self.flow.stands_for(event)):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        """Pass a key of the step on, and run the key that a pedal's key stands for."""
        if event.isAutoRepeat():
            return
        self.flow.pedal_down(event)
        meant = self.flow.stands_for(event)
        if meant and self.flow.flow.takes(meant):
            self.flow.press(meant)
        elif meant:
            trigger_key(self, meant)
        elif self.flow.takes(event):
            self.flow.take(event)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        """Register the release of a pedal."""
        if not event.isAutoRepeat():
            self.flow.pedal_up(event)
        super().keyReleaseEvent(event)

    def _take_held(self, key: str) -> None:
        """Make the choice of a held pedal; undo the needle-in mark that its press made."""
        if not self.isActiveWindow():
            return  # its release goes to another window
        if key == FINISH:
            self.finish()  # held for long, so no further question
            return
        if self.flow.flow.is_at_needle and self.marks.last_label == NEEDLE_IN:
            self._undo()
        self.flow.press(key)

    def _goes_on(self) -> bool:
        """Dismiss the question whether to end the recording; return whether there was one."""
        if not self.strip.asks:
            return False
        self.strip.make_room()
        return True

    def _leave_line(self) -> None:
        if not self._goes_on():
            self.flow.leave_line()

    def _leave(self) -> None:
        if not self._goes_on():
            self._show_now()

    def _show_now(self) -> None:
        if self.practice is not None:
            self.practice.section.hide_truth()
        self.stage.show_now()

    def finish(self) -> None:
        """End the session; the window closes once its files are closed."""
        self._is_ending = True
        self._session.interrupt()
        if not self.worker.is_running:
            self.close()

    def stop_frames(self) -> None:
        """Stop the frames and wait for the session's end."""
        self._timer.stop()
        self.flow.stop()
        self.worker.stop_and_join()
        self.foot.room.stop()
        self.sound.stop()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 (Qt's name)
        """Close at once if nothing runs; otherwise ask first, and end the recording if closed again."""
        if self.worker.is_running:
            event.ignore()
            if self.strip.asks:
                self.finish()
            elif not self._is_ending:
                self.strip.ask(
                    tr("A recording is running. Close again to end it."),
                    [(tr("end it and close"), self.finish), (tr("go on recording (Escape)"), self.strip.make_room)],
                )
            return
        self._timer.stop()
        event.accept()

    def change_theme(self) -> None:
        """Toggle between the light and the dark theme, and emit the choice."""
        super().change_theme()
        self.chosen.emit("theme", self._theme.name)

    def change_volume(self, steps: int) -> None:
        """Raise the volume, or lower it with negative steps."""
        self.sound.change_volume(steps)
        self.chosen.emit("volume", str(self.sound.volume))

    def toggle_scale(self) -> None:
        """Toggle between common scales and one scale per channel."""
        self.stage.toggle_scale()
        self.chosen.emit("scale", COMMON if self.traces.scales.is_common else OWN)

    def _end(self) -> None:
        self._has_ended = True
        self.side_panel.end()
        self.stage.past.is_over = True
        error = self.worker.error
        self.strip.make_room()  # closes a question whether to end it
        if error is not None:
            path = self._session.recording_path
            is_kept = path is not None and path.exists()
            self.status.stop(
                tr("what was recorded until then stays") if is_kept else tr("it is not where it was written")
            )
            self.strip.alarm(tr("Recording stopped: {said}").format(said=failure_text(error)))
        else:
            self.status.stop(tr("the recording is complete"))
            self.strip.tell(tr("The recording is complete. The window can be closed."))
        self.ended.emit()
        if self._is_ending:
            self.close()

    def add_flash(self, patch: FlashPatch) -> None:
        """Add a square in the lower left corner that flashes at some marks; each flash gets a journal line."""
        self._flash = patch
        patch.lit.connect(self._keep_flash, Qt.ConnectionType.QueuedConnection)  # not during painting
        self._foot_bar.corner.addWidget(patch)

    def _keep_flash(self, painted_s: float) -> None:
        time_s = self._session.time_s(painted_s)
        if time_s is None or not self._session.mark(SCREEN_FLASH, time_s, decided_by="program"):
            self.strip.tell(tr("The square flashed, and the journal does not have when: no recording is running."))

    def _mark(self, label: str) -> None:
        if not self.marks.mark(label):
            self.strip.tell(tr("Not marked: no recording is running."))
        elif self._flash is not None and label in FLASHING:
            self._flash.flash()

    def _toggle_needle(self) -> None:
        if not self.marks.toggle_needle():
            self.strip.tell(tr("Not marked: no recording is running."))

    def _jab(self) -> None:
        """Needle the simulated patient at the aim of the section."""
        time_s = self.marks.now_s()
        if self.practice is not None and self.worker.is_running and time_s is not None:
            self.practice.jab(time_s)

    def _toggle_truth(self) -> None:
        """Toggle between the truth about a simulated patient and the traces, except while a site is open."""
        if self.practice is None:
            return
        if self.stage.currentWidget() is self.practice.truth_view:
            self._show_now()
        elif self.flow.mask.is_on or (
            self.worker.is_running and (self.flow.flow.is_at_needle or self.flow.flow.has_open_site)
        ):
            self.strip.tell(tr("The truth is shown once the site is closed (G)."))
        elif self.practice.show_truth(list(self.flow.monitor.verdicts)):
            self.stage.setCurrentWidget(self.practice.truth_view)

    def _undo(self) -> None:
        label = self.marks.undo()
        self.strip.tell(
            tr("Nothing to take back.") if label is None else tr("Taken back: {what}.").format(what=mark_words(label))
        )

    def _report_silence(self) -> None:
        silence_s = self._feed.silence_s()
        if silence_s > SILENCE_SHOWN_S and self.worker.is_running and not self._is_ending:
            self.strip.warn_of_silence(
                tr("No sample for {s:.0f} s: is the board switched on, in range and plugged in?").format(s=silence_s)
            )
        else:
            self.strip.silence_is_over()

    def _report_sound(self) -> None:
        self.sound.is_masked = self.flow.mask.is_on
        self.sound.collect_latencies()
        if self.sound.problem is not None and not self._has_reported_sound:
            self.strip.tell(sentence(tr("no sound: {why}").format(why=self.sound.problem)))
            self._has_reported_sound = True

    def _line_text(self) -> str:
        scales = self.traces.scales.text()
        return f"{self.foot.text(is_running=self.worker.is_running)} · {scales} · {self.sound.text()}"

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        for kind in BUTTON_KINDS:
            add_command(self, buttons, tr(kind.words), kind.keys, partial(self._mark, kind.label))
        for kind in KEY_KINDS:
            add_key(self, tr(kind.words), kind.keys, partial(self._mark, kind.label))
        add_command(self, buttons, tr("needle in / out"), ("N",), self._toggle_needle)
        add_command(self, buttons, tr("note"), NOTE_KEYS, self.flow.begin_note)
        add_key(self, tr("close"), ("Ctrl+Q",), self.close)
        if self.practice is not None:
            add_command(self, buttons, tr("needle the patient"), ("J",), self._jab)
            add_command(self, buttons, tr("the truth"), (TRUTH_KEY,), self._toggle_truth)
        add_command(self, buttons, tr("undo mark"), UNDO_KEYS, self._undo)
        add_command(self, buttons, tr("pause"), ("Z", "Pause"), self.stage.toggle_pause)
        add_command(self, buttons, tr("mute"), ("M",), self.sound.toggle_mute)
        for words, keys, run in self._view_keys():
            add_key(self, words, keys, run)
        add_command(self, buttons, tr("scale"), ("C",), self.toggle_scale)
        add_command(self, buttons, tr("light / dark"), ("T",), self.change_theme)
        layout = QVBoxLayout()
        layout.setContentsMargins(8, 8, 8, 6)
        layout.setSpacing(6)
        layout.addWidget(self.sign, 28)
        layout.addWidget(self.flow.panel)
        layout.addWidget(self.strip)
        signal = QHBoxLayout()
        signal.addWidget(self.stage, 78)
        signal.addWidget(self.side_panel, 22)
        if self.practice is not None:
            self.stage.addWidget(self.practice.truth_view)
            signal.addWidget(self.practice.section)
        layout.addLayout(signal, 72)
        layout.addLayout(buttons)
        layout.addWidget(self._foot_bar)
        middle = QWidget()
        middle.setLayout(layout)
        self.setCentralWidget(middle)

    def _view_keys(self) -> tuple[tuple[str, tuple[str, ...], Callable[[], None]], ...]:
        return (
            (tr("louder"), ("+", "="), partial(self.change_volume, 1)),
            (tr("softer"), ("-",), partial(self.change_volume, -1)),
            (tr("hear bursts only, or all"), ("H",), self.sound.toggle_gate),
            (tr("hear the next channel"), ("O",), self.sound.next_channel),
            (tr("one twitch large"), ("R", "Down"), self.stage.open_earlier),
            (tr("the twitch after it"), ("Up",), self.stage.open_later),
            (tr("back to the traces"), ("Escape",), self._leave),
            (tr("scroll back"), ("Left",), partial(self.stage.scroll_by, -SCROLL_SHARE)),
            (tr("scroll forwards"), ("Right",), partial(self.stage.scroll_by, SCROLL_SHARE)),
        )

    def _colour(self, theme: Theme) -> None:
        self.sign.set_theme(theme)
        self.traces.set_theme(theme)
        self.side_panel.set_theme(theme)
        self.stage.set_theme(theme)
        self.flow.panel.set_theme(theme)
        if self.practice is not None:
            self.practice.section.set_theme(theme)
