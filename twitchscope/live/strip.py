"""A strip between sign and traces for what has to be said: it covers nothing and waits for nobody."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

TOLD_MS, TOLD_MS_A_LETTER = 4000, 60
"""How long something is told: at least so long, and so long that it can be read through (an assumption)."""

MOST_LINES = 3


class Strip(QWidget):
    """Shows one sentence and, with a question, its answers; hidden while there is nothing to say."""

    def __init__(self) -> None:
        super().__init__()
        self._label = QLabel()
        self._label.setWordWrap(True)
        self._label.setMargin(8)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._answers = QHBoxLayout()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._label, 1)
        layout.addLayout(self._answers)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.clear)
        self._tells_silence = False
        self.hide()

    @property
    def text(self) -> str:
        """What is said now; empty while nothing is."""
        return self._label.text()

    @property
    def asks(self) -> bool:
        """Whether a question waits for its answer."""
        return self._answers.count() > 0

    def tell(self, text: str) -> bool:
        """Say something for some seconds, under what was said just before; nothing that stands is covered by it.

        Returns False where something stands, and this was not said.
        """
        if self.isHidden():
            lines = [text]
        elif self._timer.isActive():
            lines = [*(line for line in self.text.split("\n") if line != text), text]
        else:
            return False
        self._say("\n".join(lines[-MOST_LINES:]), "tell")
        self._timer.start(max(TOLD_MS, TOLD_MS_A_LETTER * len(self.text)))
        return True

    def forget(self) -> None:
        """Take away what was told for some seconds, and nothing that stands."""
        if self._timer.isActive():
            self.clear()

    def make_room(self) -> None:
        """Take away what stands, and nothing that was told for some seconds."""
        if not self._timer.isActive():
            self.clear()

    def alarm(self, text: str) -> None:
        """Say something that stays."""
        self._say(f"▲ {text}", "alarm")

    def ask(self, text: str, answers: Sequence[tuple[str, Callable[[], None]]]) -> None:
        """Ask something, with a button for each answer."""
        self._say(text, "alarm")
        for words, act in answers:
            button = QPushButton(words)
            button.setMinimumHeight(44)
            button.setMinimumWidth(180)
            button.clicked.connect(act)
            self._answers.addWidget(button)

    def warn_of_silence(self, text: str) -> None:
        """Say that the board is silent, as long as it is; a question is not covered by it."""
        if not self.asks:  # a question waits for its answer
            self._say(f"▲ {text}", "alarm")
            self._tells_silence = True

    def silence_is_over(self) -> None:
        """Take that warning away, and no other."""
        if self._tells_silence:
            self.clear()

    def clear(self) -> None:
        """Say nothing."""
        self._say("", "tell")
        self.hide()

    def _say(self, text: str, level: str) -> None:
        self._timer.stop()
        self._tells_silence = False
        while (item := self._answers.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._label.setText(text)
        if self.property("level") != level:
            self.setProperty("level", level)
            self._label.style().unpolish(self._label)
            self._label.style().polish(self._label)
        self.show()
