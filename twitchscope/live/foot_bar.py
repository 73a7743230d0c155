"""Permanent foot of the window: the recording, the content of the traces, and the notice."""

from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from twitchscope.live.lanes.traces import description
from twitchscope.live.latency import KEPT
from twitchscope.live.look.fitted import Fitted
from twitchscope.notice import NOT_A_MEDICAL_DEVICE
from twitchscope.words import tr


class FootBar(QWidget):
    """Two lines; the notice and the delays are never cut, but the text before them is if there is too little room."""

    def __init__(self) -> None:
        super().__init__()
        self.line, self.delays, self.corner = Fitted(), QLabel(), QHBoxLayout()
        notice = QLabel(tr(NOT_A_MEDICAL_DEVICE))
        notice.setObjectName("notice")
        self.delays.setToolTip(
            tr(
                "From the arrival of the last sample of a twitch until the sign shows it, and until it is heard. "
                "p99: 99 of 100 of the last {n} took no longer."
            ).format(n=KEPT)
        )
        self.shows = Fitted(f"{description()} · {tr('dashed: threshold of the RMS over 12 ms')}")
        layout, lines = QHBoxLayout(self), QVBoxLayout()
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self.corner)
        layout.addLayout(lines, 1)
        for before, after in ((self.line, notice), (self.shows, self.delays)):
            line = QHBoxLayout()
            line.addWidget(before, 1)
            line.addWidget(after)
            lines.addLayout(line)
