"""Choices before a session, by keys alone."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QPushButton, QScrollArea

from acquisition.core import Role, Setup
from acquisition.link.ports import PortInfo
from tests.patience import DEADLINE_S
from tests.view.choosing import INFO, QuietWork
from tests.view.conftest import show_active, wait_until
from twitchscope.electrodes.self_test import Contact
from twitchscope.entries.setup_file import read_setup
from twitchscope.entries.visit import Visit
from twitchscope.found_boards import BY_HAND_URL, Diagnosis, FoundBoard, found_boards
from twitchscope.live.flow.board_work import Opened
from twitchscope.live.flow.choosing_window import Beginning, ChoosingWindow
from twitchscope.live.flow.steps import Step
from twitchscope.live.look.theme import DARK, LIGHT

pytestmark = pytest.mark.usefixtures("patient_work")

PEDALS = (("F13", "GO"), ("F14", "B"))


@pytest.fixture
def window(qt_application: QApplication) -> Iterator[ChoosingWindow]:
    window = ChoosingWindow(Beginning(Setup(), Visit(), "unnamed", False, PEDALS), LIGHT, QuietWork())
    show_active(window)
    window.boards.list.setFocus()
    yield window
    window.close()


def _type(application: QApplication, text: str) -> None:
    QTest.keyClicks(application.focusWidget(), text)


def test_the_simulated_patient_is_always_there_and_keys_alone_choose_it(
    window: ChoosingWindow, qt_application: QApplication
) -> None:
    assert window.step is Step.BOARD
    QTest.keyClick(qt_application.focusWidget(), Qt.Key.Key_Return)
    wait_until(qt_application, lambda: window.step is Step.CHANNELS)
    names = []
    for _ in range(4):
        names.append(qt_application.focusWidget().accessibleName())
        QTest.keyClick(qt_application.focusWidget(), Qt.Key.Key_Tab)
    assert names == ["name of channel 1", "role", "muscle", "side"]
    for _ in range(2):
        QTest.keyClick(qt_application.focusWidget(), Qt.Key.Key_Backtab)
    _type(qt_application, "upper trapezius")
    QTest.keyClick(qt_application.focusWidget(), Qt.Key.Key_PageDown)
    assert window.chosen is not None
    assert window.chosen.url == BY_HAND_URL
    first, last = window.chosen.setup.of(1), window.chosen.setup.of(8)
    assert (first.muscle, first.needled_band) == ("upper trapezius", True)
    assert last.role is Role.REFERENCE
    assert not window.isVisible()


def test_a_board_that_does_not_open_is_said_and_another_can_be_chosen(
    window: ChoosingWindow, qt_application: QApplication
) -> None:
    QTest.keyClick(qt_application.focusWidget(), Qt.Key.Key_Tab)
    _type(qt_application, "cyton:/dev/ttyNONE0")
    QTest.keyClick(qt_application.focusWidget(), Qt.Key.Key_Return)
    wait_until(qt_application, lambda: window.strip.text)
    assert "there is no port /dev/ttyNONE0" in window.strip.text
    assert window.step is Step.BOARD
    window.boards.line.setText("simulated:?seed=4&channels=2")
    QTest.keyClick(window.boards.line, Qt.Key.Key_Return)
    wait_until(qt_application, lambda: window.step is Step.CHANNELS)
    QTest.keyClick(qt_application.focusWidget(), Qt.Key.Key_PageUp)
    assert window.step is Step.BOARD


def test_one_pedal_leads_through_all_pages_and_another_back(
    window: ChoosingWindow, qt_application: QApplication
) -> None:
    window._show_result(FoundBoard("simulated:?seed=4&channels=2", "a board that answers", is_ready=True))
    window._show_result(FoundBoard("/dev/ttyS0", "a port", is_ready=False))
    QTest.keyClick(qt_application.focusWidget(), Qt.Key.Key_F13)
    wait_until(qt_application, lambda: window.step is Step.CHANNELS)
    assert window._opened is not None
    assert window._opened.url == "simulated:?seed=4&channels=2", "a board that answers is chosen before a simulated one"
    QTest.keyClick(qt_application.focusWidget(), Qt.Key.Key_F14)
    assert window.step is Step.BOARD
    QTest.keyClick(qt_application.focusWidget(), Qt.Key.Key_F13)
    wait_until(qt_application, lambda: window.step is Step.CHANNELS)
    QTest.keyClick(qt_application.focusWidget(), Qt.Key.Key_F13)
    assert window.chosen is not None


def test_a_board_that_somebody_chose_stays_chosen(window: ChoosingWindow, qt_application: QApplication) -> None:
    QTest.keyClick(qt_application.focusWidget(), Qt.Key.Key_Down)
    window._show_result(FoundBoard("cyton:/dev/ttyUSB0", "a board that answers", is_ready=True))
    assert window.boards.list.currentRow() == 1


def test_targets_are_large_enough_for_a_glove(window: ChoosingWindow, qt_application: QApplication) -> None:
    window._show_result(Opened("cyton:X", INFO, measures_impedance=True, is_wired_to_a_person=True))
    assert window.channels is not None
    window.channels._set_role(2, "needle")
    qt_application.processEvents()  # lays out the page
    targets = [
        *window.findChildren(QPushButton), *window.channels.findChildren(QComboBox),
        *window.channels.findChildren(QCheckBox),
    ]  # fmt: skip
    assert len(targets) > 15
    for target in targets:
        if target.isVisible():
            assert target.height() >= 44, f"{target.accessibleName()} is {target.height()} pixels high"


def test_all_columns_have_room(window: ChoosingWindow, qt_application: QApplication) -> None:
    window.open_board("simulated:?seed=4")
    wait_until(qt_application, lambda: window.step is Step.CHANNELS)
    qt_application.processEvents()
    assert window.channels is not None
    (scroll,) = window.channels.findChildren(QScrollArea)
    assert scroll.horizontalScrollBar().maximum() == 0


def test_a_muscle_is_chosen_or_typed(window: ChoosingWindow) -> None:
    window._show_result(Opened("cyton:X", INFO, measures_impedance=True, is_wired_to_a_person=True))
    assert window.channels is not None
    first = next(box for box in window.channels.findChildren(QComboBox) if box.accessibleName() == "muscle")
    first.setCurrentIndex(first.findText("masseter"))
    assert window.channels.draft.channels[0].muscle == "masseter"
    first.setEditText("soleus")
    assert window.channels.draft.channels[0].muscle == "soleus"


def test_a_setup_is_saved_loaded_and_used(window: ChoosingWindow, qt_application: QApplication, tmp_path: Path) -> None:
    window.open_board("simulated:?seed=4&channels=2")
    wait_until(qt_application, lambda: window.step is Step.CHANNELS)
    assert window.channels is not None
    window.channels.draft.change(0, "role", Role.REFERENCE)
    window.channels.draft.visit["operator"] = "op-1"
    window.save_setup(tmp_path / "a.toml")
    assert read_setup(tmp_path / "a.toml").of(1).role is Role.REFERENCE
    window.channels.draft.change(0, "role", Role.SURFACE)
    window.load_setup(tmp_path / "a.toml")
    assert window.channels.draft.channels[0].role is Role.REFERENCE
    assert window.channels.draft.to_visit().operator == "op-1"
    window.load_setup(tmp_path / "nowhere.toml")
    assert "cannot be read" in window.strip.text
    window.save_setup(tmp_path / "nowhere" / "a.toml")
    assert "cannot be written" in window.strip.text


def test_what_is_missing_is_said_and_nothing_begins(window: ChoosingWindow, qt_application: QApplication) -> None:
    window._show_result(Opened("cyton:X", INFO, measures_impedance=True, is_wired_to_a_person=True))
    assert window.channels is not None
    draft = window.channels.draft
    draft.change(0, "name", "EMG 2")
    draft.visit["operator"] = "John Smith"
    window.go_on()
    assert "two channels are called EMG 2" in window.channels.problems.text()
    assert "never a name" in window.channels.problems.text()
    draft.change(0, "name", "EMG 1")
    draft.visit["operator"] = "op-1"
    window.channels._set_role(2, "needle")
    assert window.channels.isolated.isVisible()
    window.go_on()
    assert "battery power" in window.channels.problems.text()
    window.channels.isolated.setChecked(True)
    window.go_on()
    assert window.step is Step.ELECTRODES
    assert "needle out" in window.strip.text
    for contact in (Contact("EMG 1", 7000.0, False), Contact("EMG 2", 90_000.0, False), Contact("EMG 3", None, False)):
        window._show_result(contact)
    rows = [window.contacts.item(row).text() for row in range(window.contacts.count())]
    assert rows[0] == "EMG 1: 7.0 kΩ · good"
    assert rows[1].startswith("EMG 2: 90.0 kΩ · poor")
    assert rows[2] == "EMG 3: not measured: a needle gets no current"
    window.go_on()
    assert window.chosen is not None
    assert window.chosen.is_isolated


def test_every_port_is_listed_with_what_is_said_of_it(window: ChoosingWindow) -> None:
    ports = [PortInfo("/dev/ttyUSB0", "a dongle", True, True), PortInfo("/dev/ttyS0", "a port", True, False)]
    found = list(found_boards(lambda port: Diagnosis(f"{port.guess}: no answer"), lambda: ports))
    assert found == [
        FoundBoard("cyton:/dev/ttyUSB0", "a dongle: no answer"),
        FoundBoard("/dev/ttyS0", "a port: no answer"),
    ]
    for one in found:
        window._show_result(one)
    assert window.boards.list.count() == 4
    assert "no answer" in window.boards.list.item(2).text()


def test_both_themes_draw(window: ChoosingWindow) -> None:
    light = window.grab().toImage().pixelColor(4, 300).lightness()
    window.change_theme()
    assert window.grab().toImage().pixelColor(4, 300).lightness() < light
    assert window._theme is DARK


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a program that is asked to end")
def test_a_program_that_is_asked_to_end_while_it_asks_does_so(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys\n"
        "from PySide6.QtCore import QTimer\n"
        "from twitchscope.cli import main\n"
        "from twitchscope.live.flow.choosing_window import ChoosingWindow\n"
        "show = ChoosingWindow.show\n"
        "def show_and_end(window):\n"
        "    show(window)\n"
        "    QTimer.singleShot(0, lambda: os.kill(os.getpid(), signal.SIGINT))\n"
        "ChoosingWindow.show = show_and_end\n"
        "sys.exit(main(['live', '--out', sys.argv[1]]))\n"
    )
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "out")],
        capture_output=True,
        text=True,
        env=environment,
        timeout=DEADLINE_S,
    )
    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "out").exists()
