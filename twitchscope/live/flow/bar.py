"""Step bar: the current step, those done and those to come."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy

from twitchscope.live.flow.steps import Step, step_words
from twitchscope.live.look.lettered import LetteredWidget
from twitchscope.live.look.theme import Theme

PADDING_PX = 14


class StepBar(LetteredWidget):
    """Bar of the steps; the current one is filled and bold, earlier ones have a tick.

    Parameters
    ----------
    theme : Theme
        Colours.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._steps = list(Step)
        self._step = self._steps[0]
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """Return the required height."""
        return QSize(400, self.fontMetrics().height() + PADDING_PX)

    def show_step(self, step: Step) -> None:
        """Show the current step."""
        if step is not self._step:
            self._step = step
            self.update()
        self.setAccessibleName(step_words(step))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        """Draw a box for each step."""
        theme, width = self._theme, self.width() / len(self._steps)
        here = self._steps.index(self._step)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for place, step in enumerate(self._steps):
                box = QRectF(place * width + 1.0, 1.0, width - 2.0, self.height() - 2.0)
                is_here = place == here
                painter.setPen(QPen(QColor(theme.text if is_here else theme.line), 1.0))
                painter.setBrush(QColor(theme.text if is_here else theme.panel))
                painter.drawRoundedRect(box, 5.0, 5.0)
                font = QFont(self.font())
                font.setBold(is_here)
                painter.setFont(font)
                painter.setPen(
                    QColor(theme.background if is_here else theme.text if place < here else theme.faint_text)
                )
                text = f"✓ {step_words(step)}" if place < here else f"{place + 1} {step_words(step)}"
                painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)
