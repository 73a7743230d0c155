"""What a window can be told to do: by a key and by a large button that names the key."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QPushButton, QSizePolicy

BUTTON_PX = 58
NEXT_STYLE = "next"
"""Name in the theme of the button that goes on."""

MOST_LETTERS = 12
"""Of one line of a button; longer words are broken, so that a window of usual width has room for all buttons."""


def add_key(window: QMainWindow, words: str, keys: Sequence[str], run: Callable[[], object]) -> QAction:
    """Let keys of a window run something."""
    action = QAction(words, window)
    action.setShortcuts([QKeySequence(key) for key in keys])
    action.setAutoRepeat(False)
    action.triggered.connect(lambda: run())  # without Qt's argument "checked"
    window.addAction(action)
    return action


def trigger_key(window: QMainWindow, key: str) -> None:
    """Do what a key of a window does, where it does something."""
    for action in window.actions():
        if QKeySequence(key) in action.shortcuts():
            action.trigger()
            return


def add_command(
    window: QMainWindow,
    buttons: QHBoxLayout,
    words: str,
    keys: Sequence[str],
    run: Callable[[], object],
    style: str = "command",
) -> QAction:
    """Let keys of a window run something, and a button that shows the first of them, in a style of the theme."""
    action = add_key(window, words, keys, run)
    button = QPushButton(f"{_in_lines(words)}\n{keys[0]}")
    button.setAccessibleName(words)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    button.setObjectName(style)
    button.setMinimumHeight(BUTTON_PX)
    button.setSizePolicy(button.sizePolicy().horizontalPolicy(), QSizePolicy.Policy.Minimum)  # all as tall as one
    button.clicked.connect(action.trigger)
    action.enabledChanged.connect(button.setVisible)
    buttons.addWidget(button, 1)
    return action


def _in_lines(words: str) -> str:
    """Return words in one line, or in two that are as even as they can be."""
    places = [place for place, letter in enumerate(words) if letter == " "]
    if len(words) <= MOST_LETTERS or not places:
        return words
    middle = min(places, key=lambda place: abs(place - (len(words) - 1) / 2))
    return f"{words[:middle]}\n{words[middle + 1 :]}"
