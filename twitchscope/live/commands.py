"""Commands of a window, run by a key and by a large button that names the key."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QPushButton, QSizePolicy

BUTTON_PX = 58
NEXT_STYLE = "next"
"""Theme style of the button that goes on."""

MOST_LETTERS = 12
"""Longest line of a button in letters; longer words are broken, so that all buttons fit a window of usual width."""


def add_key(window: QMainWindow, words: str, keys: Sequence[str], run: Callable[[], object]) -> QAction:
    """Add an action to `window` that runs on any of `keys`."""
    action = QAction(words, window)
    action.setShortcuts([QKeySequence(key) for key in keys])
    action.setAutoRepeat(False)
    action.triggered.connect(lambda: run())  # drops Qt's argument "checked"
    window.addAction(action)
    return action


def trigger_key(window: QMainWindow, key: str) -> None:
    """Trigger the action of `key` in `window`, if there is one."""
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
    """Add an action on `keys` and a button that shows the first key, in a style of the theme."""
    action = add_key(window, words, keys, run)
    button = QPushButton(f"{_in_lines(words)}\n{keys[0]}")
    button.setAccessibleName(words)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    button.setObjectName(style)
    button.setMinimumHeight(BUTTON_PX)
    button.setSizePolicy(button.sizePolicy().horizontalPolicy(), QSizePolicy.Policy.Minimum)  # same height for all
    button.clicked.connect(action.trigger)
    action.enabledChanged.connect(button.setVisible)
    buttons.addWidget(button, 1)
    return action


def _in_lines(words: str) -> str:
    """Return the words in one line, or broken into two lines of similar length."""
    places = [place for place, letter in enumerate(words) if letter == " "]
    if len(words) <= MOST_LETTERS or not places:
        return words
    middle = min(places, key=lambda place: abs(place - (len(words) - 1) / 2))
    return f"{words[:middle]}\n{words[middle + 1 :]}"
