"""Second page: assignment of the channels, and details of the whole session."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from acquisition.core import Role
from twitchscope.entries.isolation import NEEDLE_QUESTION
from twitchscope.entries.visit import FIELDS
from twitchscope.live.flow.draft import MUSCLES, SIDES, SetupDraft
from twitchscope.words import tr

ROW_PX = 46
"""Height of widgets to be touched; lines for the keyboard alone may be lower."""

LEAST_LETTERS = 12
"""Letters of a muscle's name that always fit."""

NAME_PX = 110
"""Least width of a channel's name, so that its start stays visible in a narrow window."""

APART_PX, SPACE_PX = 24, 6
"""Spacing between the two halves, and between the widgets in each."""


class ChannelsPage(QWidget):
    """Page that edits a `SetupDraft`.

    Parameters
    ----------
    draft : SetupDraft
        The draft to edit.
    masked : bool
        Initial state of the choice to hide verdicts.
    """

    def __init__(self, draft: SetupDraft, masked: bool) -> None:
        super().__init__()
        self.draft = draft
        self.masked = QCheckBox(tr("masked: verdicts are hidden, and sound is mute, until a site is closed"))
        self.masked.setChecked(masked)
        self.isolated = QCheckBox(tr(NEEDLE_QUESTION))
        self.isolated.setVisible(False)
        self.isolated.toggled.connect(self._confirm)
        self.problems = QLabel()
        self.problems.setTextFormat(Qt.TextFormat.PlainText)
        self.problems.setWordWrap(True)
        self.problems.setObjectName("problem")
        title = QLabel(tr("What does each channel look at?"))
        title.setObjectName("sheet_title")
        inside = QWidget()
        columns = QHBoxLayout(inside)
        columns.setSpacing(APART_PX)
        columns.addLayout(self._grid(), 3)
        columns.addLayout(self._form(), 2)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        for box in (self.masked, self.isolated):
            box.setMinimumHeight(ROW_PX)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(title)
        layout.addWidget(scroll, 1)
        layout.addWidget(self.masked)
        layout.addWidget(self.isolated)
        layout.addWidget(self.problems)
        self._show_needle()

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(SPACE_PX)  # otherwise that of the layout around it
        grid.setAlignment(Qt.AlignmentFlag.AlignTop)
        for column, words in enumerate((tr("name"), tr("role"), tr("muscle"), tr("side"), tr("over the needled band"))):
            grid.addWidget(_wrapped(words), 0, column)
        for place, channel in enumerate(self.draft.channels):
            name = _line(channel.name, tr("name of channel {n}").format(n=place + 1), partial(self._set, place, "name"))
            name.setMinimumWidth(NAME_PX)
            role = _box([one.value for one in Role], channel.role.value, tr("role"), partial(self._set_role, place))
            muscles = ["", *map(tr, MUSCLES)]
            muscle = _box(muscles, tr(channel.muscle), tr("muscle"), partial(self._set_muscle, place))
            muscle.setEditable(True)
            muscle.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            muscle.setMinimumContentsLength(LEAST_LETTERS)
            side = _box(list(SIDES), channel.side, tr("side"), partial(self._set, place, "side"))
            band = QCheckBox()
            band.setAccessibleName(tr("over the needled band"))
            band.setChecked(channel.needled_band)
            band.toggled.connect(partial(self._set, place, "needled_band"))
            for column, widget in enumerate((name, role, muscle, side, band)):
                widget.setMinimumHeight(ROW_PX)
                grid.addWidget(widget, place + 1, column)
        for column, stretch in ((0, 2), (2, 3)):
            grid.setColumnStretch(column, stretch)
        return grid

    def _form(self) -> QFormLayout:
        form = QFormLayout()
        form.setSpacing(SPACE_PX)
        form.addRow(_wrapped(tr("Codes only, never a name; every line may stay empty.")))
        form.addRow(tr("session code"), _line(self.draft.pseudonym, tr("session code"), self._set_pseudonym))
        for key, words in _visit_words().items():
            form.addRow(words, _line(self.draft.visit.get(key, ""), words, partial(self._set_visit, key)))
        return form

    def _set(self, place: int, key: str, value: object) -> None:
        self.draft.change(place, key, value)

    def _set_muscle(self, place: int, shown: str) -> None:
        """Store a listed muscle in English, as in files, and any other as typed."""
        self._set(place, "muscle", next((muscle for muscle in MUSCLES if tr(muscle) == shown), shown))

    def _set_role(self, place: int, value: str) -> None:
        self.draft.change(place, "role", Role(value))
        self._show_needle()

    def _set_visit(self, key: str, value: str) -> None:
        self.draft.visit[key] = value

    def _set_pseudonym(self, value: str) -> None:
        self.draft.pseudonym = value.strip() or "unnamed"

    def _confirm(self, is_confirmed: bool) -> None:
        self.draft.is_isolated = is_confirmed

    def _show_needle(self) -> None:
        self.isolated.setVisible(self.draft.has_needle)


def _visit_words() -> dict[str, str]:
    """Return the displayed names of the fields of a visit, in order."""
    words = {
        "operator": tr("operator code"),
        "visit": tr("visit"),
        "study_arm": tr("study arm"),
        "electrode_type": tr("electrodes"),
        "electrode_spacing_mm": tr("spacing (mm)"),
        "electrode_orientation": tr("orientation"),
        "skin_preparation": tr("skin preparation"),
        "needle_gauge": tr("needle gauge"),
        "needle_length_mm": tr("needle length (mm)"),
    }
    return {key: words[key] for key in FIELDS}


def _wrapped(words: str) -> QLabel:
    """Return a label that wraps, so that it leaves room for what it names."""
    label = QLabel(words)
    label.setWordWrap(True)
    return label


def _line(text: str, name: str, change: Callable[[str], None]) -> QLineEdit:
    line = QLineEdit(text)
    line.setAccessibleName(name)
    line.textEdited.connect(change)
    return line


def _box(texts: list[str], chosen: str, name: str, change: Callable[[str], None]) -> QComboBox:
    box = QComboBox()
    box.addItems(texts if chosen in texts else [*texts, chosen])
    box.setCurrentText(chosen)
    box.setAccessibleName(name)
    box.currentTextChanged.connect(change)
    return box
