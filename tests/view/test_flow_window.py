"""Flow in the window: its keys, mask, notes and pedals, and the question before closing."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from tests.twitchscope.conftest import noise_blocks, with_burst
from tests.twitchscope.events import event
from tests.view.conftest import HeldBoard, end_session, make_window, show_active, wait_until
from twitchscope.live import app
from twitchscope.live.flow.steps import Step
from twitchscope.live.flow.view import FlowOptions
from twitchscope.live.look.theme import DARK, LIGHT
from twitchscope.live.settings import Settings
from twitchscope.live.status import Condition
from twitchscope.live.window import LiveWindow

Opened = Callable[[FlowOptions], LiveWindow]


@pytest.fixture
def opened(qt_application: QApplication, tmp_path: Path) -> Iterator[Opened]:
    """Return a function that opens a window on a board that has sent 17 s with a twitch at 15 s and is silent now."""
    windows: list[LiveWindow] = []
    with HeldBoard(with_burst(noise_blocks(17.0), at_s=15.0)) as board:

        def open_window(flow_options: FlowOptions) -> LiveWindow:
            window = make_window(board, tmp_path, flow_options)
            windows.append(window)
            show_active(window)
            window.start()
            wait_until(qt_application, lambda: window.flow.monitor.verdicts)
            return window

        yield open_window
        for window in windows:
            end_session(qt_application, window, board)


def _press(application: QApplication, window: LiveWindow, *keys: Qt.Key) -> None:
    for key in keys:
        QTest.keyClick(application.focusWidget() or window, key)
        application.processEvents()


def _journal(out: Path) -> list[dict[str, Any]]:
    (path,) = out.glob("*/events.jsonl")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_mask_hides_verdicts_until_the_site_is_closed(
    opened: Opened, qt_application: QApplication, tmp_path: Path
) -> None:
    window = opened(FlowOptions(Step.NEEDLE, masked=True))
    window.advance()
    assert window.status.n_twitches == 0
    assert not window.traces.events
    assert not window.side_panel.raster._closeups
    assert not window.side_panel.isVisible(), "nothing says how many there were"
    assert "hidden" in window.sign.shown.detail
    assert window.sign.shown.counts == "masked"
    assert window.sound.is_masked
    _press(qt_application, window, Qt.Key.Key_S, Qt.Key.Key_G, Qt.Key.Key_End)
    window.advance()
    assert window.status.n_twitches == 1
    assert [event.label for event in window.traces.events] == ["twitch"]
    assert "1 twitch" in window.sign.shown.counts
    assert not window.sound.is_masked
    assert window.side_panel.isVisible()
    assert window.sign.shown.condition is not Condition.TWITCH, "it did not come now"
    assert window.sign.shown.numbers == ((1, "this site"),)
    assert "1 twitch confirmed" in window.flow.flow.sheet().text
    _press(qt_application, window, Qt.Key.Key_G, Qt.Key.Key_G)
    assert window.flow.mask.is_on, "the next site begins behind the mask"
    lines = _journal(tmp_path)
    shown = {line["label"]: line["feedback_shown"] for line in lines}
    assert shown["twitch"] is False
    assert shown["seen"] is False
    assert shown["site_end"] is False


def test_what_comes_when_the_site_is_closed_is_not_counted_there(opened: Opened, qt_application: QApplication) -> None:
    window = opened(FlowOptions(Step.NEEDLE))
    window.advance()
    _press(qt_application, window, Qt.Key.Key_G, Qt.Key.Key_End)
    assert "1 twitch confirmed" in window.flow.flow.sheet().text
    for number, onset_s in enumerate((16.9, 18.0)):  # the site ended at about 17 s
        later = replace(window.flow.monitor.verdicts[-1], label="twitch", onset_s=onset_s)
        window.status.hear_verdict(later, onset_s + 0.1)
        assert window.status.n_at_site == 2
        assert window.status.n_twitches == 2 + number


def test_all_marks_have_a_key_and_a_note_is_typed(opened: Opened, qt_application: QApplication, tmp_path: Path) -> None:
    window = opened(FlowOptions(Step.NEEDLE))
    for key in (*"NSFP0KEAY", "Space"):
        QTest.keyClick(window, getattr(Qt.Key, f"Key_{key}"))
    _press(qt_application, window, Qt.Key.Key_Return)
    assert "Note" in window.flow.panel._title.text()
    QTest.keyClicks(qt_application.focusWidget(), "s and 0: deep")
    _press(qt_application, window, Qt.Key.Key_Return, Qt.Key.Key_W, Qt.Key.Key_S, Qt.Key.Key_Escape)
    _press(qt_application, window, Qt.Key.Key_Backspace)
    lines = [line for line in _journal(tmp_path) if line["kind"] == "marker"]
    assert [line["label"] for line in lines] == [
        "needle_in", "seen", "felt_by_practitioner", "felt_by_patient", "none_this_pass", "needle_contact",
        "electrode_change", "adverse_event", "sync", "marker", "note", "undo",
    ]  # fmt: skip
    assert lines[-2]["text"] == "s and 0: deep"
    assert lines[-1]["undone_label"] == "note"


def test_the_keys_of_a_question_are_no_marks(opened: Opened, qt_application: QApplication, tmp_path: Path) -> None:
    window = opened(FlowOptions(Step.ELECTRODES))
    assert window.flow.flow.step is Step.ELECTRODES
    _press(qt_application, window, Qt.Key.Key_PageDown, Qt.Key.Key_X, Qt.Key.Key_X, Qt.Key.Key_Return)
    assert window.flow.flow.step is Step.BEFORE
    _press(qt_application, window, Qt.Key.Key_0, Qt.Key.Key_S, Qt.Key.Key_G)
    assert window.flow.panel.entry.isVisible()
    QTest.keyClicks(qt_application.focusWidget(), "2.5")
    _press(qt_application, window, Qt.Key.Key_Return)
    assert not window.flow.panel.entry.isVisible()
    assert "Referred pain" in window.flow.panel._title.text(), "Return ends the line and leads no further"
    lines = _journal(tmp_path)
    answers = {line["label"]: line["value"] for line in lines if line["kind"] == "answer"}
    assert answers == {"pain": 0.0, "pressure_threshold": 2.5}
    assert [line["label"] for line in lines if line["kind"] == "marker"] == ["seen"]


def test_backspace_in_a_question_goes_back_and_takes_no_needle_out_back(
    opened: Opened, qt_application: QApplication, tmp_path: Path
) -> None:
    window = opened(FlowOptions(Step.NEEDLE, pedals=(("F8", "Backspace"),)))
    _press(qt_application, window, Qt.Key.Key_N, Qt.Key.Key_N, Qt.Key.Key_G, Qt.Key.Key_0)
    second = window.flow.flow.sheet().title
    for key in (Qt.Key.Key_Backspace, Qt.Key.Key_F8):
        _press(qt_application, window, key)
        assert window.flow.flow.sheet().title != second
        assert not window.marks.needle_is_in
        _press(qt_application, window, Qt.Key.Key_0)
        assert window.flow.flow.sheet().title == second
    _press(qt_application, window, Qt.Key.Key_Backspace, Qt.Key.Key_Backspace)
    assert window.flow.flow.is_at_needle, "before the first question is the needle"
    _press(qt_application, window, Qt.Key.Key_Backspace)
    assert window.marks.needle_is_in, "there it takes a mark back"
    assert "undo" in [line["label"] for line in _journal(tmp_path)]


def test_one_pedal_leads_on_and_at_the_needle_moves_it(opened: Opened, qt_application: QApplication) -> None:
    window = opened(FlowOptions(Step.ELECTRODES, pedals=(("F9", "GO"), ("F10", "S"))))
    _press(qt_application, window, Qt.Key.Key_F9)
    assert window.flow.flow.step is Step.CONTRACTION
    _press(qt_application, window, Qt.Key.Key_X)
    assert window.flow.flow.step is Step.REST
    _press(qt_application, window, Qt.Key.Key_F9)
    assert "at rest are learnt" in window.strip.text
    _press(qt_application, window, Qt.Key.Key_X, Qt.Key.Key_F9, Qt.Key.Key_End)
    assert window.flow.flow.is_at_needle
    _press(qt_application, window, Qt.Key.Key_F9)
    assert window.marks.needle_is_in
    _press(qt_application, window, Qt.Key.Key_G)
    assert "needle is in" in window.strip.text
    _press(qt_application, window, Qt.Key.Key_F9, Qt.Key.Key_F10)
    assert not window.marks.needle_is_in


def _hold(application: QApplication, window: LiveWindow, key: Qt.Key) -> None:
    """Hold a pedal long enough, independent of the clock."""
    QTest.keyPress(application.focusWidget() or window, key)
    assert window.flow._held_timer.isActive()
    window.flow._held_timer.timeout.emit()
    QTest.keyRelease(application.focusWidget() or window, key)
    assert not window.flow._held_timer.isActive()
    application.processEvents()


def test_one_pedal_held_leads_through_a_site_and_to_the_end(
    opened: Opened, qt_application: QApplication, tmp_path: Path
) -> None:
    window, pedal = opened(FlowOptions(Step.REST, pedals=(("F9", "GO"),))), Qt.Key.Key_F9
    flow = window.flow.flow
    _hold(qt_application, window, pedal)
    assert flow.step is Step.SITE, "without a baseline"
    QTest.keyPress(window, pedal)
    assert not window.flow._held_timer.isActive(), "a site is begun at once, and nothing else"
    QTest.keyRelease(window, pedal)
    _hold(qt_application, window, pedal)
    assert flow.is_at_needle, "the questions are left out"
    _press(qt_application, window, pedal, pedal, pedal)
    assert window.marks.needle_is_in
    (button,) = [one for one in window.findChildren(QPushButton) if "close the site" in one.text()]
    assert "pedal held" in button.text()
    _hold(qt_application, window, pedal)
    assert flow.step is Step.AFTER, "out, and closed"
    _hold(qt_application, window, pedal)
    assert "Site 1 is closed" in flow.sheet().title
    _press(qt_application, window, pedal)
    assert flow.step is Step.SITE
    _press(qt_application, window, pedal)
    _hold(qt_application, window, pedal)
    _hold(qt_application, window, pedal)
    assert flow.step is Step.AFTER
    assert not window.marks.needle_is_in, "what the press marked was taken back"
    _hold(qt_application, window, pedal)
    _hold(qt_application, window, pedal)
    wait_until(qt_application, lambda: not window.isVisible())
    labels = [line["label"] for line in _journal(tmp_path) if line["kind"] in ("marker", "site")]
    assert labels == [
        "site_begin", "needle_in", "needle_out", "needle_in", "needle_out", "site_end",
        "site_begin", "needle_in", "undo", "site_end",
    ]  # fmt: skip


def test_a_masked_session_that_ends_with_its_site_open_tells_no_verdict(
    opened: Opened, qt_application: QApplication
) -> None:
    for masked in (True, False):
        window = opened(FlowOptions(Step.NEEDLE, masked=masked))
        window.finish()
        wait_until(qt_application, lambda window=window: window.worker.result is not None)
        lines = "\n".join(app.closing_lines(window, "µV"))
        assert ("twitch" in lines) != masked
        assert ("verdicts stay hidden" in lines) == masked
        assert "session folder" in lines


def test_closing_twice_ends_a_running_recording(opened: Opened, qt_application: QApplication) -> None:
    window = opened(FlowOptions(Step.NEEDLE))
    _press(qt_application, window, Qt.Key.Key_N)
    assert not window.close()
    assert "Close again" in window.strip.text
    assert window.sign.isVisible()
    assert window.sign.geometry().intersected(window.strip.geometry()).isEmpty(), "the sign is covered by nothing"
    window.close()
    wait_until(qt_application, lambda: not window.isVisible())
    assert window.worker.error is None


def test_escape_goes_on_recording_and_what_is_refused_meanwhile_is_reported_under_the_question(
    opened: Opened, qt_application: QApplication
) -> None:
    window = opened(FlowOptions(Step.NEEDLE))
    _press(qt_application, window, Qt.Key.Key_N)
    assert not window.close()
    _press(qt_application, window, Qt.Key.Key_G)
    assert "The needle is in" in window.strip.text
    _press(qt_application, window, Qt.Key.Key_Backspace)
    assert "Taken back: needle in" in window.strip.text
    assert window.strip.text.startswith("A recording is running")
    _press(qt_application, window, Qt.Key.Key_Escape)
    assert not window.strip.asks
    assert window.worker.is_running
    _press(qt_application, window, Qt.Key.Key_G, Qt.Key.Key_0, Qt.Key.Key_0)
    title = window.flow.flow.sheet().title
    assert window.flow.panel.entry.hasFocus()
    window.close()
    _press(qt_application, window, Qt.Key.Key_Escape)
    assert not window.strip.asks, "while a number is typed, too"
    assert window.flow.flow.sheet().title == title


def test_a_theme_that_was_chosen_is_kept() -> None:
    assert Settings().theme is None
    Settings().keep("theme", "dark")
    kept = Settings().theme
    assert kept is not None
    assert kept.name == "dark"
    Settings().keep("theme", "")


def test_volume_and_scale_are_kept_and_nonsense_is_none(opened: Opened, qt_application: QApplication) -> None:
    window = opened(FlowOptions(Step.NEEDLE))
    app._follow_choices(window, follows_desktop=False)
    try:
        assert Settings().volume is None
        _press(qt_application, window, Qt.Key.Key_Minus, Qt.Key.Key_Minus, Qt.Key.Key_C)
        assert Settings().volume == window.sound.volume == 5
        assert Settings().has_own_scales
        window.traces.scales.is_common, window.sound.volume = True, 9
        app._follow_choices(window, follows_desktop=False)
        assert not window.traces.scales.is_common
        assert window.sound.volume == 5
        for nonsense in ("loud", "11", "-3"):
            Settings().keep("volume", nonsense)
            assert Settings().volume is None
    finally:
        for key in ("volume", "scale"):
            Settings().keep(key, "")


def test_the_desktops_theme_is_followed_until_one_is_chosen(
    opened: Opened, qt_application: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = opened(FlowOptions(Step.NEEDLE))
    app._follow_choices(window, follows_desktop=True)
    hints = QGuiApplication.styleHints()
    try:
        for theme in (DARK, LIGHT):  # simulates the desktop; the offscreen one has no scheme to change
            monkeypatch.setattr(app, "desktop_theme", lambda theme=theme: theme)
            hints.colorSchemeChanged.emit(Qt.ColorScheme.Unknown)
            assert window._theme is theme
        _press(qt_application, window, Qt.Key.Key_T)
        assert Settings().text("theme") == "dark"
        hints.colorSchemeChanged.emit(Qt.ColorScheme.Unknown)
        assert window._theme is DARK
    finally:
        Settings().keep("theme", "")


def test_the_sign_asks_for_no_rest_where_the_step_asks_for_a_contraction(
    qt_application: QApplication, tmp_path: Path
) -> None:
    with HeldBoard(noise_blocks(5.0)) as board:
        window = make_window(board, tmp_path, FlowOptions(Step.CONTRACTION))
        show_active(window)
        window.start()
        wait_until(qt_application, lambda: window.flow.monitor.end_second >= 5)
        window.advance()
        assert "contract at the key" in window.sign.shown.detail
        _press(qt_application, window, Qt.Key.Key_G)
        for heard in (None, event(4.9, "voluntary", "EMG 1", grade="strong", peak_uv=300.0, snr_db=40.0)):
            if heard is not None:
                window.status.hear_candidate(5.0)
                window.status.hear_verdict(heard, 5.0)
            window.advance()
            assert (window.sign.shown.headline, window.sign.shown.condition) == ("contract now", Condition.LEARNING)
            assert "hold" in window.sign.shown.detail
        _press(qt_application, window, Qt.Key.Key_B, Qt.Key.Key_G, Qt.Key.Key_X)
        window.advance()
        assert window.flow.flow.step is Step.REST
        assert window.sign.shown.headline != "contract now"
        end_session(qt_application, window, board)
