"""A square that flashes: what a camera, or a photodiode on the screen, sees of a mark."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from acquisition.core import Clock
from twitchscope.entries.marks import MARKER, SYNC
from twitchscope.words import tr

LIT_MS = 100
"""Three frames of a camera of 30 a second, and more of any other."""

SIDE_PX = 64
"""17 mm at 96 dots an inch: a photodiode covers less."""

DARK, LIT = "#000000", "#ffffff"
"""In both themes: what has to be seen is the change."""

FLASHING = (MARKER, SYNC)
"""Marks that flash."""


class FlashPatch(QWidget):
    """Is black, and white for `LIT_MS` after `flash`.

    Parameters
    ----------
    clock : Clock
        The board's.
    """

    lit = Signal(float)
    """Sent with the clock's time at which the white square was painted, in s; once for each flash."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._is_lit = self._is_told = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._go_dark)
        self.setFixedSize(SIDE_PX, SIDE_PX)
        self.setAccessibleName(tr("square that flashes at a mark"))

    def flash(self) -> None:
        """Flash; a flash that is still on begins anew, and is told again."""
        self._is_lit, self._is_told = True, False
        self._timer.stop()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """Paint it; the time is taken behind the paint, and what is lit stays so from then on."""
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(LIT if self._is_lit else DARK))
        if self._is_lit and not self._is_told:
            self._is_told = True
            self._timer.start(LIT_MS)
            self.lit.emit(self._clock.now_s())

    def _go_dark(self) -> None:
        self._is_lit = False
        self.update()
