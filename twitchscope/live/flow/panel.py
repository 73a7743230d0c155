"""Panel of a step between the sign and the traces, covering neither."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from twitchscope.live.commands import NEXT_STYLE
from twitchscope.live.flow.bar import StepBar
from twitchscope.live.flow.steps import Choice, Item, Sheet, Step
from twitchscope.live.look.fitted import Fitted, FittedText
from twitchscope.live.look.theme import Theme

CHOICE_PX = 54
"""Height of a choice: a gloved finger needs about 15 mm on a screen of 96 dots per inch."""

BESIDE_PX = 44
"""Height of a choice beside the step bar, where the traces need the room."""

ITEMS_A_ROW, ITEM_GAP_PX = 8, 6
"""Channels per row: those of one board, with a second row for those of a daughter board."""

MOST_LETTERS = 200

LINE_KEYS = ("Return", "Enter", "Esc", "Backspace")
"""Keys that belong to the text being typed."""


class Panel(QWidget):
    """Widget that shows a `Sheet` under the step bar.

    Parameters
    ----------
    theme : Theme
        Colours.

    Attributes
    ----------
    held_words : str
        Text beside the key of a choice that a single pedal makes when held; empty without such a pedal.
    """

    pressed = Signal(str)
    """Emitted with the key of a choice that was clicked, or typed while the line has the focus."""

    entered = Signal(str)
    """Emitted with the typed text when it is complete."""

    left = Signal()
    """Emitted when the line is left by Escape."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.bar = StepBar(theme)
        self.held_words = ""
        self._sheet = Sheet("")
        self._title, self._text = QLabel(), FittedText()
        self._title.setObjectName("sheet_title")
        self._text.setObjectName("sheet_text")
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setWordWrap(True)
        self.entry = QLineEdit()
        self.entry.setMaxLength(MOST_LETTERS)
        self.entry.setMinimumHeight(CHOICE_PX)
        self.entry.installEventFilter(self)
        self._items = QGridLayout()
        self._items.setSpacing(ITEM_GAP_PX)
        self._choices, self._beside = QHBoxLayout(), QHBoxLayout()
        self._lay_out()
        self._show_parts(Sheet(""))

    def set_theme(self, theme: Theme) -> None:
        """Change the colours."""
        self.bar.set_theme(theme)

    def show_sheet(self, step: Step, sheet: Sheet) -> None:
        """Show a sheet; only changed parts are rebuilt."""
        self.bar.show_step(step)
        if sheet == self._sheet:
            return
        before, self._sheet = self._sheet, sheet
        self._title.setText(sheet.title)
        self._text.say(sheet.text)
        if sheet.items != before.items:
            self._show_items(sheet.items)
        if sheet.choices != before.choices or bool(sheet.title) != bool(before.title):
            self._show_choices(sheet)
        if (sheet.entry is None, sheet.title) != (before.entry is None, before.title):
            self.entry.setText(sheet.entry or "")
        self._show_parts(sheet)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        """Let keys of the sheet, and Escape, work while text is typed."""
        if watched is not self.entry or not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        key = key_name(event)
        if event.type() is QEvent.Type.ShortcutOverride and key in LINE_KEYS:
            event.accept()  # otherwise they would be the window's
            return True
        if event.type() is QEvent.Type.KeyPress:
            if key == "Esc":
                self.left.emit()
                return True
            if key in ("Return", "Enter"):  # the line would pass them on when pressed, and the step would get them
                self.entered.emit(self.entry.text())
                return True
            if any(choice.key == key for choice in self._sheet.choices):
                self.pressed.emit(key)
                return True
        return super().eventFilter(watched, event)

    def _show_parts(self, sheet: Sheet) -> None:
        """Show the parts of the sheet, and focus the line if text is typed."""
        self._title.setVisible(bool(sheet.title))
        self._text.setVisible(bool(sheet.text))
        is_typed = sheet.entry is not None
        if self.entry.isHidden() is is_typed:
            if not is_typed and self.window().focusWidget() is self.entry:
                self.window().setFocus()  # before it is hidden, or the next widget would get the keys
            self.entry.setVisible(is_typed)
            if is_typed:
                self.entry.setFocus()
                self.entry.selectAll()

    def _show_items(self, items: tuple[Item, ...]) -> None:
        _empty(self._items)
        for place, item in enumerate(items):
            label = Fitted(f"{'▲' if item.is_wrong else '✓'} {item.name}\n{item.found}")
            label.setObjectName("item_wrong" if item.is_wrong else "item")
            self._items.addWidget(label, place // ITEMS_A_ROW, place % ITEMS_A_ROW)
        for column in range(ITEMS_A_ROW):
            self._items.setColumnStretch(column, 1 if column < len(items) else 0)

    def _show_choices(self, sheet: Sheet) -> None:
        """Show the choices as large buttons; without a title only the one that goes on, beside the bar."""
        _empty(self._choices)
        _empty(self._beside)
        for choice in sheet.choices:
            key = f"{choice.key} · {self.held_words}" if choice.is_held and self.held_words else choice.key
            if sheet.title:
                text = choice.key if choice.words == choice.key else f"{choice.words}\n{key}"
                self._choices.addWidget(self._button(choice, text, CHOICE_PX), 3 if choice.is_next else 2)
            elif choice.is_next:
                button = self._button(choice, f"  {choice.words}: {key}  ", BESIDE_PX)
                button.setObjectName("beside")
                self._beside.addWidget(button)

    def _button(self, choice: Choice, text: str, height_px: int) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(NEXT_STYLE if choice.is_next else "choice")
        button.setMinimumHeight(height_px)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(lambda checked=False: self.pressed.emit(choice.key))
        return button

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.bar, 1)
        top.addLayout(self._beside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(top)
        layout.addWidget(self._title)
        layout.addWidget(self._text)
        layout.addLayout(self._items)
        layout.addWidget(self.entry)
        layout.addLayout(self._choices)


def key_name(event: QKeyEvent) -> str:
    """Return the name of a key as Qt writes it, the same on the keypad; empty with Ctrl, Alt or Meta."""
    wanted = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
    if event.modifiers() & wanted:
        return ""
    return QKeySequence(event.key()).toString()


def _empty(layout: QLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
