"""Looking for boards and measuring electrodes behind the window of choices."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from PySide6.QtWidgets import QApplication

from acquisition.core import Board, Setup
from tests.patience import DEADLINE_S, wait_for
from tests.twitchscope.electrodes.test_self_test import DirectLine, make
from tests.view.choosing import INFO, BusyWork, QuietWork
from tests.view.conftest import show_active, wait_until
from twitchscope.electrodes.self_test import Contact, check_electrodes
from twitchscope.entries.visit import Visit
from twitchscope.found_boards import FoundBoard
from twitchscope.live.flow import board_work
from twitchscope.live.flow.board_work import Opened, Work
from twitchscope.live.flow.choosing_window import Beginning, ChoosingWindow
from twitchscope.live.look.theme import LIGHT

pytestmark = pytest.mark.usefixtures("patient_work")


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> DirectLine:
    """Return the line to a simulated Cyton, the only board found, whose electrodes are measured endlessly."""
    board, line = make()

    def measure_for_ever(board: Board, on_contact: Callable[[Contact], None], look_up: Callable[[], None]) -> None:
        while True:
            check_electrodes(board, on_contact, look_up)

    def open_it(url: str, setup: Setup) -> Board:
        board.open()
        return board

    monkeypatch.setattr(board_work, "check_electrodes", measure_for_ever)
    monkeypatch.setattr(board_work, "open_board", open_it)
    return line


def test_closing_while_electrodes_are_measured_ends_that_and_leaves_no_current(
    line: DirectLine, qt_application: QApplication
) -> None:
    window = ChoosingWindow(Beginning(Setup(), Visit(), "unnamed", False), LIGHT, QuietWork())
    window._show_result(Opened("cyton:X", INFO, measures_impedance=True, is_wired_to_a_person=True))
    window.go_on()
    window.measure()
    wait_until(qt_application, lambda: window.contacts.count() or window.strip.text.startswith("▲"))
    assert window.contacts.count(), window.strip.text
    assert window.close(), "else it waits for ever: the measurement has no end of its own"
    assert not window._work.is_running
    assert all(isinstance(found, Contact) for found in window._work.take())
    assert line.cyton.board is not None
    assert not any(state.lead_off_p or state.lead_off_n for state in line.cyton.board.bank.states)
    assert line.is_closed


def _held_opening(monkeypatch: pytest.MonkeyPatch, name: str) -> tuple[threading.Event, threading.Event, list[str]]:
    """Block the opening of a board until released, like a board that is searched in a network."""
    begun, is_free, opened = threading.Event(), threading.Event(), []

    @contextmanager
    def open_when_free(url: str, setup: Setup) -> Iterator[SimpleNamespace]:
        begun.set()
        assert is_free.wait(DEADLINE_S), "the window waits for it"
        opened.append(url)
        yield SimpleNamespace(info=INFO, is_wired_to_a_person=False)

    monkeypatch.setattr(board_work, name, open_when_free)
    monkeypatch.setattr(board_work, "LONGEST_END_S", 0.0)
    return begun, is_free, opened


def test_a_window_closes_though_a_board_is_looked_for_at_length(
    qt_application: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, is_free, _ = _held_opening(monkeypatch, "make_board")
    work = QuietWork()
    window = ChoosingWindow(Beginning(Setup(), Visit(), "unnamed", False), LIGHT, work)
    show_active(window)
    window.open_board("lsl:Nobody?timeout=600")
    assert begun.wait(DEADLINE_S)
    assert window.close()
    assert work.is_running
    is_free.set()


def test_a_board_that_opens_behind_the_end_of_its_window_gets_no_current(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, is_free, opened = _held_opening(monkeypatch, "open_board")
    measured: list[object] = []
    monkeypatch.setattr(board_work, "check_electrodes", lambda *arguments: measured.append(arguments))
    work = Work()
    work.measure_impedance("cyton:/dev/ttyUSB0", Setup())
    assert begun.wait(DEADLINE_S)
    work.stop_and_join()
    is_free.set()
    wait_for(lambda: not work.is_running)
    assert opened == ["cyton:/dev/ttyUSB0"]
    assert measured == []
    assert work.take() == []


def test_ports_are_not_asked_on_when_the_window_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, is_over = threading.Event(), threading.Event()

    def ports_without_end(say: object) -> Iterator[FoundBoard]:
        while not is_over.wait(0.001):
            begun.set()
            yield FoundBoard("/dev/ttyS0", "a port")

    monkeypatch.setattr(board_work, "found_boards", ports_without_end)
    work = Work()
    work.look_for_boards()
    try:
        assert begun.wait(DEADLINE_S)
        work.stop_and_join()
    finally:
        is_over.set()
    assert not work.is_running


def test_whoever_asks_twice_to_measure_loses_nothing_that_was_measured(qt_application: QApplication) -> None:
    window = ChoosingWindow(Beginning(Setup(), Visit(), "unnamed", False), LIGHT, BusyWork())
    window._show_result(Opened("cyton:X", INFO, measures_impedance=True, is_wired_to_a_person=True))
    window._pages.setCurrentWidget(window.contacts)
    window._show_result(Contact("EMG 1", 7000.0, False))
    window.measure()
    assert window.contacts.count() == 1
    assert "wait for the last one" in window.strip.text
    window.close()
