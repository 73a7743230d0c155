"""Window before a session: choice of the board, its channels, and impedances of the electrodes if the board can."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from acquisition.core import AcquisitionError, Setup
from twitchscope.electrodes.self_test import Contact
from twitchscope.entries.setup_file import read_setup, read_visit, write_setup
from twitchscope.entries.visit import Visit
from twitchscope.found_boards import FoundBoard
from twitchscope.live.commands import NEXT_STYLE, add_command, add_key
from twitchscope.live.flow.bar import StepBar
from twitchscope.live.flow.board_page import BoardPage
from twitchscope.live.flow.board_work import Opened, Work, WorkResult
from twitchscope.live.flow.channels_page import ChannelsPage
from twitchscope.live.flow.draft import SetupDraft
from twitchscope.live.flow.steps import BACK, GO_ON, ON_OR_NEEDLE, Step
from twitchscope.live.look.theme import Theme
from twitchscope.live.look.themed import ThemedWindow
from twitchscope.live.stop_signals import finished_by_signals
from twitchscope.live.strip import Strip
from twitchscope.notice import NOT_A_MEDICAL_DEVICE
from twitchscope.words import for_later, tr

LOOK_MS = 100

STILL_MEASURED = for_later("The electrodes are being measured: wait for the last one.")

ON_KEYS, BACK_KEYS = ("PgDown", "Ctrl+Return"), ("PgUp",)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Choices made before a session.

    Attributes
    ----------
    url : str
        URL of the board.
    setup : Setup
        Description of its channels.
    visit : Visit
        Details of the whole session.
    pseudonym : str
        Last part of the session folder's name.
    masked, is_isolated : bool
        Whether verdicts are hidden, and whether isolation was confirmed for a needle channel.
    theme : Theme
        Colours in use at the end.
    """

    url: str
    setup: Setup
    visit: Visit
    pseudonym: str
    masked: bool
    is_isolated: bool
    theme: Theme


@dataclass(frozen=True, slots=True)
class Beginning:
    """Initial values of the choices: those of the setup file, the session code, masking, and a pedal's keys."""

    setup: Setup
    visit: Visit
    pseudonym: str
    masked: bool
    pedals: tuple[tuple[str, str], ...] = ()

    def keys_for(self, *meant: str) -> tuple[str, ...]:
        """Return the keys of a pedal that stand for any of `meant`."""
        return tuple(key for key, stands_for in self.pedals if stands_for in meant)


class ChoosingWindow(ThemedWindow):
    """Window that asks for everything needed to start a session.

    Parameters
    ----------
    beginning : Beginning
        Initial values.
    theme : Theme
        Colours.
    work : Work
        Runs operations that take seconds.
    """

    closed = Signal()
    """Emitted once the window is closed."""

    def __init__(self, beginning: Beginning, theme: Theme, work: Work) -> None:
        super().__init__(theme)
        self.chosen: Chosen | None = None
        self._beginning = beginning
        self._work = work
        self._opened: Opened | None = None
        self.bar = StepBar(theme)
        self.strip = Strip()
        self.boards = BoardPage()
        self.channels: ChannelsPage | None = None
        self.contacts = QListWidget()
        self._pages = QStackedWidget()
        self._pages.addWidget(self.boards)
        self._pages.addWidget(self.contacts)
        self.boards.chosen.connect(self.open_board)
        self.boards.look_again.connect(self.look_for_boards)
        self.setWindowTitle(tr("TwitchScope: a new session"))
        self._lay_out()
        self._apply_theme()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.advance)
        self._timer.start(LOOK_MS)
        self.look_for_boards()

    @property
    def step(self) -> Step:
        """Current step."""
        page = self._pages.currentWidget()
        if page is self.boards:
            return Step.BOARD
        return Step.ELECTRODES if page is self.contacts else Step.CHANNELS

    def advance(self) -> None:
        """Show the results of background work."""
        for result in self._work.take():
            self._show_result(result)
        if not self._work.is_running and self.step is Step.BOARD and self.boards.state.text():
            self.boards.state.setText("")
        self.bar.show_step(self.step)
        self._impedance.setEnabled(self.step is Step.ELECTRODES)
        for action in self._files:
            action.setEnabled(self.step is Step.CHANNELS)

    def look_for_boards(self) -> None:
        """Search for ports and query each board."""
        if not self._work.is_running:
            self.boards.begin_again()
            self.boards.state.setText(tr("looking for boards …"))
            self._work.look_for_boards()

    def open_board(self, url: str) -> None:
        """Open a board to get its channels."""
        if self._work.is_running:
            self.strip.tell(tr("A board is being queried: this takes some seconds."))
            return
        self.boards.state.setText(tr("opening {url} …").format(url=url))
        self._work.open(url, self._beginning.setup)

    def go_on(self) -> None:
        """Go to the next page, or start the session."""
        if self.step is Step.BOARD:
            self.boards.open_current()
        elif self._work.is_running:
            self.strip.tell(tr(STILL_MEASURED))
        elif self.step is Step.CHANNELS and self._may_begin() and self._opened is not None:
            if self._opened.measures_impedance:
                self.contacts.clear()
                self._pages.setCurrentWidget(self.contacts)
                self.strip.tell(
                    tr("Ctrl+I measures the impedance of each pair, with the needle out. Go on begins the session.")
                )
            else:
                self._begin()
        elif self.step is Step.ELECTRODES:
            self._begin()

    def go_back(self) -> None:
        """Go to the previous page."""
        if self.step is Step.ELECTRODES and self.channels is not None:
            self._pages.setCurrentWidget(self.channels)
        elif self.step is Step.CHANNELS:
            self._pages.setCurrentWidget(self.boards)
            self.boards.list.setFocus()

    def measure(self) -> None:
        """Measure the impedance of each pair, never through a needle."""
        if self._work.is_running:
            self.strip.tell(tr(STILL_MEASURED))
        elif self.step is Step.ELECTRODES and self.channels is not None and self._opened is not None:
            self.contacts.clear()
            self._work.measure_impedance(self._opened.url, self.channels.draft.to_setup())

    def load_setup(self, path: Path) -> None:
        """Load channels and visit from a setup file."""
        try:
            setup, visit = read_setup(path), read_visit(path)
            if self._opened is not None:
                self._show_channels(self._opened, setup, visit)
        except AcquisitionError as error:
            self.strip.alarm(str(error))

    def save_setup(self, path: Path) -> None:
        """Save channels and visit to a setup file."""
        if self.channels is None or not self._may_begin():
            return
        try:
            write_setup(path, self.channels.draft.to_setup(), self.channels.draft.to_visit())
            self.strip.tell(tr("Saved: {path}").format(path=path))
        except AcquisitionError as error:
            self.strip.alarm(str(error))

    def give_up(self) -> None:
        """Close without a choice."""
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 (Qt's name)
        """Close; a measurement in progress is stopped, which turns its current off."""
        self._timer.stop()
        self._work.stop_and_join()
        event.accept()
        self.closed.emit()

    def _show_result(self, result: WorkResult) -> None:
        match result:
            case FoundBoard():
                self.boards.add(result)
            case Opened():
                self.strip.clear()
                try:
                    self._show_channels(result, self._beginning.setup, self._beginning.visit)
                except AcquisitionError as error:
                    self.strip.alarm(str(error))
            case Contact():
                self.contacts.addItem(_contact_text(result))
            case str():
                self.strip.alarm(result)

    def _show_channels(self, opened: Opened, setup: Setup, visit: Visit) -> None:
        draft = SetupDraft.of(setup.apply(opened.info), setup, visit)
        draft.pseudonym = self._beginning.pseudonym
        draft.asks_isolation = opened.is_wired_to_a_person
        if not opened.is_wired_to_a_person and not setup.channels:
            draft.suggest_roles()
        if self.channels is not None:
            self._pages.removeWidget(self.channels)
            self.channels.deleteLater()
        self._opened = opened
        self.channels = ChannelsPage(draft, self._beginning.masked)
        self._pages.addWidget(self.channels)
        self._pages.setCurrentWidget(self.channels)
        self.channels.setFocus()
        self.focusNextChild()

    def _may_begin(self) -> bool:
        """Return whether the channels are complete, and show what is missing."""
        problems = [] if self.channels is None else self.channels.draft.problems()
        if self.channels is not None:
            self.channels.problems.setText("\n".join(f"▲ {one}" for one in problems[:3]))
        return not problems

    def _begin(self) -> None:
        if self.channels is not None and self._opened is not None:
            draft = self.channels.draft
            self.chosen = Chosen(
                self._opened.url,
                draft.to_setup(),
                draft.to_visit(),
                draft.pseudonym,
                self.channels.masked.isChecked(),
                draft.is_isolated,
                self._theme,
            )
        self.close()

    def _ask_load(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, tr("Load a setup"), "", "TOML (*.toml)")
        if path:
            self.load_setup(Path(path))

    def _ask_save(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, tr("Save the setup"), "setup.toml", "TOML (*.toml)")
        if path:
            self.save_setup(Path(path))

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        on_keys = (*ON_KEYS, *self._beginning.keys_for(GO_ON, ON_OR_NEEDLE))
        add_command(self, buttons, tr("go on"), on_keys, self.go_on, NEXT_STYLE)
        add_command(self, buttons, tr("back"), (*BACK_KEYS, *self._beginning.keys_for(BACK)), self.go_back)
        self._impedance = add_command(self, buttons, tr("measure impedance"), ("Ctrl+I",), self.measure)
        self._files = (
            add_command(self, buttons, tr("load setup"), ("Ctrl+O",), self._ask_load),
            add_command(self, buttons, tr("save setup"), ("Ctrl+S",), self._ask_save),
        )
        add_command(self, buttons, tr("light / dark"), ("Ctrl+T",), self.change_theme)
        add_key(self, tr("look again"), ("F5",), self.look_for_boards)
        add_key(self, tr("close"), ("Ctrl+Q",), self.close)
        notice = QLabel(tr(NOT_A_MEDICAL_DEVICE))
        notice.setObjectName("notice")
        middle = QWidget()
        layout = QVBoxLayout(middle)
        layout.setContentsMargins(8, 8, 8, 6)
        layout.addWidget(self.bar)
        layout.addWidget(self.strip)
        layout.addWidget(self._pages, 1)
        layout.addLayout(buttons)
        layout.addWidget(notice)
        self.setCentralWidget(middle)

    def _colour(self, theme: Theme) -> None:
        self.bar.set_theme(theme)


def _contact_text(contact: Contact) -> str:
    return f"{contact.name}: {' · '.join(tr(words) for words in (contact.size, contact.advice) if words)}"


def choose(beginning: Beginning, theme: Theme, size: tuple[int, int]) -> Chosen | None:
    """Let the user make the choices and return them, or None if the window was closed."""
    window = ChoosingWindow(beginning, theme, Work())
    window.resize(*size)
    loop = QEventLoop()
    window.closed.connect(loop.quit)
    window.show()
    window.boards.list.setFocus()
    with finished_by_signals(window.give_up):
        loop.exec()
    return window.chosen
