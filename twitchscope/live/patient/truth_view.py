"""Truth about a simulated patient, shown in place of the traces."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from twitchscope.live.patient.reveal import Revealed, header
from twitchscope.words import tr


class TruthView(QWidget):
    """Table of the passes with the true twitches and the verdicts."""

    def __init__(self) -> None:
        super().__init__()
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setObjectName("sheet_title")
        self.table = QTableWidget(0, len(header()))
        self.table.setHorizontalHeaderLabels(header())
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setAccessibleName(tr("passes of the needle"))
        layout = QVBoxLayout(self)
        layout.addWidget(self._text)
        layout.addWidget(self.table, 1)

    def show_truth(self, revealed: Revealed) -> None:
        """Show the result, the last pass first."""
        self._text.setText(revealed.text())
        self.table.setRowCount(len(revealed.passes))
        for row, one in enumerate(reversed(revealed.passes)):
            for column, text in enumerate(one.row()):
                item = QTableWidgetItem(text)
                font = item.font()
                font.setBold(one.twitch is not None)
                item.setFont(font)
                self.table.setItem(row, column, item)
