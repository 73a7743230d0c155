"""What a window can be told to do: by a key and by a large button that names the key."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QPushButton

BUTTON_PX = 52


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
    window: QMainWindow, buttons: QHBoxLayout, words: str, keys: Sequence[str], run: Callable[[], object]
) -> QAction:
    """Let keys of a window run something, and a button that shows the first of them."""
    action = add_key(window, words, keys, run)
    button = QPushButton(f"{words}\n{keys[0]}")
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    button.setMinimumHeight(BUTTON_PX)
    button.clicked.connect(action.trigger)
    action.enabledChanged.connect(button.setVisible)
    buttons.addWidget(button, 1)
    return action
