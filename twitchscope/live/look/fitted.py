"""Labels that shorten their text to the available room and show all of it in the tooltip."""

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

ENDS = "…"


class Fitted(QLabel):
    """Label that shows as much of its lines as its width allows, and requests no width.

    Parameters
    ----------
    whole : str
        Full text.
    """

    def __init__(self, whole: str = "") -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._whole = ""
        self.say(whole)

    @property
    def whole(self) -> str:
        """Full text, whether shown or not."""
        return self._whole

    def say(self, whole: str) -> None:
        """Change the text."""
        if whole != self._whole:
            self._whole = whole
            self.setAccessibleName(whole)
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        """Fit the text to the new width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        shown = self._shown(self.contentsRect().width() - 2 * self.margin())
        if shown != self.text():
            self.setText(shown)
        self.setToolTip("" if shown == self._whole else self._whole)

    def _shown(self, room_px: int) -> str:
        """Return the text that fits."""
        metrics = self.fontMetrics()
        lines = self._whole.split("\n")
        return "\n".join(metrics.elidedText(line, Qt.TextElideMode.ElideRight, room_px) for line in lines)


class FittedText(Fitted):
    """Label that wraps its text into at most three lines, two in a low window."""

    MOST_LINES, MOST_LINES_LOW = 3, 2
    LOW_PX = 700

    def __init__(self) -> None:
        super().__init__()
        self.setWordWrap(True)

    def _shown(self, room_px: int) -> str:
        n_most = self.MOST_LINES_LOW if self.window().height() < self.LOW_PX else self.MOST_LINES
        most_px = n_most * self.fontMetrics().lineSpacing()
        words = self._whole.split(" ")
        if self._height_px(self._whole, room_px) <= most_px:
            return self._whole
        low, high = 0, len(words) - 1
        while low < high:
            middle = (low + high + 1) // 2
            fits = self._height_px(" ".join(words[:middle]) + ENDS, room_px) <= most_px
            low, high = (middle, high) if fits else (low, middle - 1)
        return " ".join(words[:low]) + ENDS

    def _fit(self) -> None:
        super()._fit()
        height_px = self._height_px(self.text(), self.contentsRect().width() - 2 * self.margin())
        self.setMinimumHeight(height_px)  # otherwise a crowded layout would leave it one line

    def _height_px(self, text: str, room_px: int) -> int:
        box = QRect(0, 0, max(1, room_px), 1_000_000)
        return self.fontMetrics().boundingRect(box, int(Qt.TextFlag.TextWordWrap), text).height()
