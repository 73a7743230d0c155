"""First page: choice of the board."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from twitchscope.found_boards import BY_HAND_URL, SIMULATED_URL, FoundBoard
from twitchscope.live.flow.panel import CHOICE_PX
from twitchscope.words import tr

URL_ROLE = Qt.ItemDataRole.UserRole


class BoardPage(QWidget):
    """List of the simulated patients and of the ports with their diagnosis, and a line for another board's URL."""

    chosen = Signal(str)
    """Emitted with the URL of the board to open."""

    look_again = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.list = QListWidget()
        self.list.setAccessibleName(tr("boards"))
        self.list.setWordWrap(True)
        self.list.itemActivated.connect(lambda item: self.chosen.emit(item.data(URL_ROLE)))
        self.line = QLineEdit()
        self.line.setPlaceholderText(tr("another one: brainflow:GANGLION_BOARD?serial_port=…, lsl:NAME, playback:FILE"))
        self.line.setAccessibleName(tr("another board"))
        self.line.setMinimumHeight(CHOICE_PX)
        self.line.returnPressed.connect(self._open_typed)
        self.state = QLabel()
        self.state.setTextFormat(Qt.TextFormat.PlainText)
        self.state.setWordWrap(True)
        again = QPushButton(tr("look again") + "\nF5")
        again.setMinimumHeight(CHOICE_PX)
        again.clicked.connect(self.look_again)
        title = QLabel(tr("Which board?"))
        title.setObjectName("sheet_title")
        foot = QHBoxLayout()
        foot.addWidget(self.line, 4)
        foot.addWidget(again, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(title)
        layout.addWidget(
            QLabel(
                tr("Arrows or a touch choose; Return, go on or a pedal opens. The line below takes any other board.")
            )
        )
        layout.addWidget(self.list, 1)
        layout.addWidget(self.state)
        layout.addLayout(foot)
        self.begin_again()

    def _open_typed(self) -> None:
        url = self.line.text().strip()
        if url:
            self.chosen.emit(url)

    def begin_again(self) -> None:
        """Reset the list to the simulated patients, before ports are searched."""
        self.list.clear()
        self.add(FoundBoard(BY_HAND_URL, tr("Simulated patient: you needle")))
        self.add(FoundBoard(SIMULATED_URL, tr("Simulated patient: watch a session that runs by itself")))
        self.list.setCurrentRow(0)

    def add(self, found: FoundBoard) -> None:
        """Add a board that was found; one that answers is selected unless the user left the first row."""
        item = QListWidgetItem(f"{found.description}\n{found.url}")
        item.setData(URL_ROLE, found.url)
        self.list.addItem(item)
        if found.is_ready and self.list.currentRow() == 0:
            self.list.setCurrentItem(item)

    def open_current(self) -> None:
        """Open the selected board."""
        item = self.list.currentItem()
        if item is not None:
            self.chosen.emit(item.data(URL_ROLE))
