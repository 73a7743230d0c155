"""Message strip between sign and traces, which covers nothing and blocks nothing."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

MESSAGE_MS, MESSAGE_MS_A_LETTER = 4000, 60
"""Display time of a message: a minimum, and a time per letter to read it (an assumption)."""

MOST_LINES = 3


class Strip(QWidget):
    """Strip of a standing message, with answers to a question, and temporary messages below; hidden when empty."""

    def __init__(self) -> None:
        super().__init__()
        self._standing, self._messages = _line("standing"), _line("message")
        self._answers = QHBoxLayout()
        standing = QHBoxLayout()
        standing.addWidget(self._standing, 1)
        standing.addLayout(self._answers)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(standing)
        layout.addWidget(self._messages)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.forget)
        self._warns_of_silence = False
        self.hide()

    @property
    def text(self) -> str:
        """Current text, the standing message first; empty if there is none."""
        return "\n".join(label.text() for label in (self._standing, self._messages) if label.text())

    @property
    def asks(self) -> bool:
        """Whether a question is open."""
        return self._answers.count() > 0

    def tell(self, text: str) -> None:
        """Add a temporary message below the standing one and other recent ones."""
        before = [line for line in self._messages.text().split("\n") if line and line != text]
        text = "\n".join([*before, text][-MOST_LINES:])
        self._show(self._messages, text)
        self._timer.start(max(MESSAGE_MS, MESSAGE_MS_A_LETTER * len(text)))

    def forget(self) -> None:
        """Remove the temporary messages."""
        self._timer.stop()
        self._show(self._messages, "")

    def make_room(self) -> None:
        """Remove the standing message."""
        self._stand("")

    def alarm(self, text: str) -> None:
        """Show a standing message."""
        self._stand(f"▲ {text}")

    def ask(self, text: str, answers: Sequence[tuple[str, Callable[[], None]]]) -> None:
        """Ask a question, with a button for each answer."""
        self._stand(text)
        for words, act in answers:
            button = QPushButton(words)
            button.setMinimumHeight(44)
            button.setMinimumWidth(180)
            button.clicked.connect(act)
            self._answers.addWidget(button)

    def warn_of_silence(self, text: str) -> None:
        """Show that the board is silent, unless a question is open."""
        if not self.asks:  # a question waits for its answer
            self._stand(f"▲ {text}")
            self._warns_of_silence = True

    def silence_is_over(self) -> None:
        """Remove the warning of silence, and no other message."""
        if self._warns_of_silence:
            self.make_room()

    def clear(self) -> None:
        """Remove all messages."""
        self.make_room()
        self.forget()

    def _stand(self, text: str) -> None:
        self._warns_of_silence = False
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
    """Return a hidden label with that name in the theme."""
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.hide()
    return label
