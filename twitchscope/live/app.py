"""Start of the live window on a board; runs until it is closed or its time is over."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QBuffer, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QPixmap
from PySide6.QtWidgets import QApplication

from acquisition.core import AcquisitionError, AmplitudeUnit, RecordingError, ReturningBoard, Setup, make_board
from twitchscope.live.audio.device import AudioOutput, PortAudioOutput
from twitchscope.live.audio.sound import Sound
from twitchscope.live.feed import Feed
from twitchscope.live.flash import FlashPatch
from twitchscope.live.flow.view import FlowOptions
from twitchscope.live.lanes.traces import Traces
from twitchscope.live.look.theme import DARK, LIGHT, Theme
from twitchscope.live.settings import Settings
from twitchscope.live.stop_signals import finished_by_signals
from twitchscope.live.window import WATCHING, LiveWindow
from twitchscope.lsl.attachments import Attachments
from twitchscope.session.opening import opening_notes
from twitchscope.session.plan import SessionPlan
from twitchscope.session.session import Session
from twitchscope.storage.files import write_new_file
from twitchscope.terminal.printing import Printer, masked_result_text, result_text

DEFAULT_SIZE = (1280, 720)
LOOK_S = 0.05
"""Interval at which a window that should close checks for the first trace that it still waits for."""


@dataclass(frozen=True, slots=True)
class Showing:
    """Options of how the window is shown.

    Attributes
    ----------
    exit_after_s : float or None
        Time after which the window closes by itself without asking, in seconds.
    patience_s : float
        Further time that a window that closes by itself waits for its first trace, in seconds.
    screenshot : Path or None
        PNG file for a picture of the window, taken just before it closes by itself; must not exist.
    size : tuple of int
        Initial width and height in logical pixels.
    theme : Theme or None
        Colours; None follows the desktop.
    sound : str or None
        Name of the audio output, or part of it; "" for the default one, None for no sound.
    flash : bool
        Whether a square flashes at a marker and at a sync mark.
    attachments : Attachments
        Connections of the session besides its files.
    """

    exit_after_s: float | None = None
    patience_s: float = 60.0
    screenshot: Path | None = None
    size: tuple[int, int] = DEFAULT_SIZE
    theme: Theme | None = None
    sound: str | None = ""
    flash: bool = False
    attachments: Attachments = field(default_factory=Attachments)


def run_live(
    board_url: str, setup: Setup, plan: SessionPlan, showing: Showing, flow_options: FlowOptions = WATCHING
) -> int:
    """Run a session in the live window and return the exit status.

    Raises
    ------
    AcquisitionError
        If the board is not found, the board or the disk fails while the window is open, the screenshot cannot be
        written, or a window that closes by itself never had a trace to paint.
    """
    application = gui_application()
    with ReturningBoard.around(make_board(board_url, setup)) as board:
        session = Session(board, plan)
        feed = Feed(board.info, session.detection, board.clock, board.keeps_time)
        sound = Sound(feed, board.clock, _opener(showing.sound))
        window = LiveWindow(session, feed, showing.theme or desktop_theme(), flow_options, sound)
        if showing.flash:
            window.add_flash(FlashPatch(board.clock))
        for note in (session.room.warning, *opening_notes(session)):
            if note:
                window.strip.tell(note)
        if showing.exit_after_s is None:
            _follow_choices(window, showing.theme is None)
        run = Run(application, window, showing)
        unsent: list[str] = []

        def tell(line: str) -> None:
            unsent.append(line)
            session.notes.say(line)  # the window shows it at once

        with finished_by_signals(window.finish), showing.attachments.attached(session, board_url, tell):
            run.until_closed()
    if window.worker.error is not None:
        raise window.worker.error
    if run.failure is not None:
        raise run.failure
    printer = Printer()
    for line in (*closing_lines(window, board.info.amplitude_unit), *unsent):
        printer.line(line)
    printer.finish()
    return 0


def closing_lines(window: LiveWindow, amplitude_unit: AmplitudeUnit) -> list[str]:
    """Return the closing lines of a session, without verdicts if they are still hidden."""
    result = window.worker.result
    if result is None:
        return []
    if window.flow.mask.is_on:
        return masked_result_text(result)
    return result_text(result, amplitude_unit)


def _opener(name: str | None) -> Callable[[], AudioOutput] | None:
    """Return a function that opens the audio output of that name."""
    return None if name is None else partial(PortAudioOutput, name)


def _follow_choices(window: LiveWindow, follows_desktop: bool) -> None:
    """Apply the user's earlier choices and store new ones; follow the desktop's theme until one is chosen."""
    settings = Settings()
    if settings.volume is not None:
        window.sound.volume = settings.volume
    window.traces.scales.is_common = not settings.has_own_scales
    window.chosen.connect(lambda key, value: settings.keep(key, value))  # a bound method alone would be released
    if follows_desktop:
        QGuiApplication.styleHints().colorSchemeChanged.connect(
            lambda: window.set_theme(settings.theme or desktop_theme())
        )


def desktop_theme() -> Theme:
    """Return the theme of the desktop."""
    return DARK if QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark else LIGHT


def gui_application() -> QApplication:
    """Return the application of this process, created if there is none yet."""
    running = QApplication.instance()
    if isinstance(running, QApplication):
        return running
    application = QApplication(sys.argv[:1])
    application.setApplicationName("TwitchScope")
    return application


class ShownWindow(Protocol):
    """Interface of a window with traces, live or not."""

    @property
    def traces(self) -> Traces:
        """Widget that draws the signal."""
        ...

    def start(self) -> None:
        """Start the content of the window, and its frames."""
        ...

    def finish(self) -> None:
        """Close, at once or when the content of the window has ended."""
        ...

    def stop_frames(self) -> None:
        """Stop the frames and wait for background work."""
        ...

    def resize(self, width: int, height: int, /) -> None:
        """Change the size."""
        ...

    def show(self) -> None:
        """Open."""
        ...

    def grab(self) -> QPixmap:
        """Return a picture."""
        ...


class Run:
    """One showing of a window, from the first frame to the end of the event loop.

    Attributes
    ----------
    failure : AcquisitionError or None
        Set if the screenshot could not be written, or no trace was ever painted.
    """

    def __init__(self, application: QApplication, window: ShownWindow, showing: Showing) -> None:
        self.failure: AcquisitionError | None = None
        self._application = application
        self._window = window
        self._showing = showing
        self._has_trace = False
        self._patience_s = showing.patience_s
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._time_is_over)
        window.traces.first_trace_painted.connect(self._note_trace)

    def until_closed(self) -> None:
        """Show the window and return when it is closed and the session has ended."""
        self._window.resize(*self._showing.size)
        self._window.show()
        self._window.start()
        if self._showing.exit_after_s is not None:
            self._timer.start(round(1000.0 * self._showing.exit_after_s))
        try:
            self._application.exec()
        finally:
            self._timer.stop()
            self._window.stop_frames()

    def _note_trace(self) -> None:
        self._has_trace = True

    def _time_is_over(self) -> None:
        if not self._has_trace and self._patience_s > 0.0:  # a slow machine may not have painted yet
            self._patience_s -= LOOK_S
            self._timer.start(round(1000.0 * LOOK_S))
            return
        if self._showing.screenshot is not None:
            try:
                write_new_file(self._showing.screenshot, _as_png(self._window.grab()))
            except RecordingError as error:
                self.failure = error
        if not self._has_trace:
            self.failure = AcquisitionError(
                f"no trace was painted in {self._showing.exit_after_s:g} s, nor in the {self._showing.patience_s:g} s "
                "behind them: does the board send anything?"
            )
        self._window.finish()


def _as_png(picture: QPixmap) -> bytes:
    """Return a picture as the bytes of a PNG file."""
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")
    return bytes(buffer.data().data())
