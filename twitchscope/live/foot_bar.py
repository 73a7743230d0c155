"""What stands at the foot of the window, always: what is recorded, what the traces show, and the notice."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QWidget

from twitchscope.live.fitted import Fitted
from twitchscope.live.traces import description
from twitchscope.notice import NOT_A_MEDICAL_DEVICE
from twitchscope.words import tr


class FootBar(QWidget):
    """Two lines; the notice and the delays are never cut, what stands before them is where there is no room.

    Attributes
    ----------
    line : Fitted
        What is recorded.
    delays : QLabel
        How long after its last sample a twitch was painted, and heard.
    corner : QHBoxLayout
        In the lower left, empty.
    """

    def __init__(self) -> None:
        super().__init__()
        self.line, self.delays, self.corner = Fitted(), QLabel(), QHBoxLayout()
        notice = QLabel(tr(NOT_A_MEDICAL_DEVICE))
        notice.setObjectName("notice")
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setColumnStretch(1, 1)
        layout.addLayout(self.corner, 0, 0, 2, 1)
        layout.addWidget(self.line, 0, 1)
        layout.addWidget(notice, 0, 2)
        layout.addWidget(Fitted(f"{description()} · {tr('dashed: threshold of the RMS over 12 ms')}"), 1, 1)
        layout.addWidget(self.delays, 1, 2, Qt.AlignmentFlag.AlignRight)
