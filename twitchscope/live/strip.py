"""A strip between sign and traces for what has to be said: it covers nothing and waits for nobody."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

TOLD_MS, TOLD_MS_A_LETTER = 4000, 60
"""How long something is told: at least so long, and so long that it can be read through (an assumption)."""

MOST_LINES = 3


class Strip(QWidget):
    """Shows what stands, with a question its answers, and under it what is told for some seconds; else hidden."""

    def __init__(self) -> None:
        super().__init__()
        self._standing, self._told = _line("standing"), _line("told")
        self._answers = QHBoxLayout()
        standing = QHBoxLayout()
        standing.addWidget(self._standing, 1)
        standing.addLayout(self._answers)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(standing)
        layout.addWidget(self._told)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.forget)
        self._tells_silence = False
        self.hide()

    @property
    def text(self) -> str:
        """What is said now, what stands first; empty while nothing is."""
        return "\n".join(label.text() for label in (self._standing, self._told) if label.text())

    @property
    def asks(self) -> bool:
        """Whether a question waits for its answer."""
        return self._answers.count() > 0

    def tell(self, text: str) -> None:
        """Say something for some seconds, under what stands and what was said just before; it covers neither."""
        before = [line for line in self._told.text().split("\n") if line and line != text]
        told = "\n".join([*before, text][-MOST_LINES:])
        self._show(self._told, told)
        self._timer.start(max(TOLD_MS, TOLD_MS_A_LETTER * len(told)))

    def forget(self) -> None:
        """Take away what was told for some seconds, and nothing that stands."""
        self._timer.stop()
        self._show(self._told, "")

    def make_room(self) -> None:
        """Take away what stands, and nothing that was told for some seconds."""
        self._stand("")

    def alarm(self, text: str) -> None:
        """Say something that stays."""
        self._stand(f"▲ {text}")

    def ask(self, text: str, answers: Sequence[tuple[str, Callable[[], None]]]) -> None:
        """Ask something, with a button for each answer."""
        self._stand(text)
        for words, act in answers:
            button = QPushButton(words)
            button.setMinimumHeight(44)
            button.setMinimumWidth(180)
            button.clicked.connect(act)
            self._answers.addWidget(button)

    def warn_of_silence(self, text: str) -> None:
        """Say that the board is silent, as long as it is; a question is not covered by it."""
        if not self.asks:  # a question waits for its answer
            self._stand(f"▲ {text}")
            self._tells_silence = True

    def silence_is_over(self) -> None:
        """Take that warning away, and no other."""
        if self._tells_silence:
            self.make_room()

    def clear(self) -> None:
        """Say nothing."""
        self.make_room()
        self.forget()

    def _stand(self, text: str) -> None:
        self._tells_silence = False
        while (item := self._answers.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._show(self._standing, text)

    def _show(self, label: QLabel, text: str) -> None:
        label.setText(text)
        label.setVisible(bool(text))
        self.setVisible(bool(self.text))


def _line(name: str) -> QLabel:
    """Return a label of that name in the theme, hidden while it is empty."""
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.hide()
    return label
