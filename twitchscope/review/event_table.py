"""Table of events beside the traces."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from twitchscope.review.items import Item
from twitchscope.words import for_later, tr

HEADER = (for_later("at"), for_later("detector"), for_later("rater"))
BLIND_HEADER = (for_later("no."), for_later("rater"))
UNDECIDED = "–"

Index = QModelIndex | QPersistentModelIndex


class EventModel(QAbstractTableModel):
    """Model of items as rows.

    Parameters
    ----------
    header : sequence of str
        `HEADER`, or `BLIND_HEADER`, which omits the columns that would reveal the detector's verdict.
    """

    def __init__(self, header: Sequence[str]) -> None:
        super().__init__()
        self._header = header
        self._items: Sequence[Item] = ()

    def set_items(self, items: Sequence[Item]) -> None:
        """Replace the displayed items."""
        self.beginResetModel()
        self._items = items
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 (Qt's name and default)
        """Return the number of items."""
        return 0 if parent.isValid() else len(self._items)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 (Qt's name and default)
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._header)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: N802
        """Return the name of a column."""
        if role == Qt.ItemDataRole.DisplayRole and orientation is Qt.Orientation.Horizontal:
            return self._header[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text of a cell."""
        if role != Qt.ItemDataRole.DisplayRole or not index.isValid():
            return None
        return self._text(self._header[index.column()], index.row())

    def _text(self, column: str, row: int) -> str:
        item = self._items[row]
        if column == "no.":
            return str(row + 1)
        if column == "at":
            return f"{item.onset_s:.3f} s"
        if column == "rater":
            return item.decision.label if item.decision is not None else UNDECIDED
        if item.event is None:
            return UNDECIDED
        return f"★ {item.event.grade}" if item.event.label == "twitch" else item.event.label


ROW_GAP_PX = 8


class EventTable(QTableView):
    """Table of events; keys go to the window, a press on a row selects it."""

    chosen = Signal(int)
    """Emitted with the number of the pressed row."""

    def __init__(self, header: Sequence[str]) -> None:
        super().__init__()
        self._model = EventModel(header)
        self.setModel(self._model)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.horizontalHeader().setSectionsClickable(False)
        self.clicked.connect(lambda index: self.chosen.emit(index.row()))
        self.setAccessibleName(tr("events"))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        """Adapt the row height to the font."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + ROW_GAP_PX)

    def show_items(self, items: Sequence[Item], row: int | None) -> None:
        """Show the items and select one row."""
        self._model.set_items(items)
        self.choose(row)

    def choose(self, row: int | None) -> None:
        """Select a row and scroll to it."""
        if row is None:
            self.clearSelection()
        else:
            self.selectRow(row)
            self.scrollTo(self._model.index(row, 0))
