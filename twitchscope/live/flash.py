"""Flashing square that shows a mark to a camera, or to a photodiode on the screen."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from acquisition.core import Clock
from twitchscope.entries.marks import MARKER, SYNC
from twitchscope.words import tr

LIT_MS = 100
"""Three frames of a camera at 30 frames per second."""

SIDE_PX = 64
"""17 mm at 96 dots per inch; a photodiode covers less."""

DARK, LIT = "#000000", "#ffffff"
"""The same in both themes, as only the change has to be seen."""

FLASHING = (MARKER, SYNC)
"""Marks that flash."""


class FlashPatch(QWidget):
    """Black square that turns white for `LIT_MS` after `flash`.

    Parameters
    ----------
    clock : Clock
        Clock of the board.
    """

    lit = Signal(float)
    """Emitted once per flash with the time in s of the clock at which the white square was painted."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._is_lit = self._is_reported = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._go_dark)
        self.setFixedSize(SIDE_PX, SIDE_PX)
        self.setAccessibleName(tr("square that flashes at a mark"))

    def flash(self) -> None:
        """Flash; a flash in progress starts again and is reported again."""
        self._is_lit, self._is_reported = True, False
        self._timer.stop()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """Paint the square. The time is taken after painting, and `LIT_MS` counts from then."""
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(LIT if self._is_lit else DARK))
        if self._is_lit and not self._is_reported:
            self._is_reported = True
            self._timer.start(LIT_MS)
            self.lit.emit(self._clock.now_s())

    def _go_dark(self) -> None:
        self._is_lit = False
        self.update()
