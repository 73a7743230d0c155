"""Layout on small and large screens; the sign is readable on both."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QFont
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit

from acquisition.core import Block, BoardInfo, Channel, Role, Setup, ads1299_channels, make_block
from tests.twitchscope.conftest import RATE_HZ, noise_blocks
from tests.view.conftest import HeldBoard, end_session, make_window, show_active, wait_until
from tests.view.pictures import ScriptedSignal
from twitchscope.entries.visit import Visit
from twitchscope.live.feed import DetectorState
from twitchscope.live.flow.board_work import Opened, Work
from twitchscope.live.flow.choosing_window import Beginning, ChoosingWindow
from twitchscope.live.flow.steps import Step
from twitchscope.live.flow.view import FlowOptions
from twitchscope.live.lanes.gutter import lanes_a_name
from twitchscope.live.lanes.overlay import GUTTER_PX
from twitchscope.live.lanes.scales import Scales
from twitchscope.live.lanes.traces import Traces
from twitchscope.live.look.fitted import Fitted, FittedText
from twitchscope.live.look.theme import LIGHT
from twitchscope.live.look.themed import fitting_scale
from twitchscope.live.sign import LEAST_PX
from twitchscope.live.window import LiveWindow
from twitchscope.review.event_table import HEADER, EventTable
from twitchscope.review.overview import HEIGHT_PX, OverviewStrip


class WideBoard(HeldBoard):
    """Board with `n_channels` channels, all of them railed."""

    def __init__(self, n_channels: int) -> None:
        super().__init__([_railed(block, n_channels) for block in noise_blocks(3.0)])
        self._n_channels = n_channels

    def _open(self) -> BoardInfo:
        return BoardInfo("Wide", RATE_HZ, ads1299_channels((12.0,) * self._n_channels), 0.262 * RATE_HZ)


def _railed(block: Block, n_channels: int) -> Block:
    counts = np.full((block.n_samples, n_channels), 8_388_607, np.int32)
    return make_block(block.first_index, counts, block.arrival_s)


@pytest.fixture
def plain(qt_application: QApplication, tmp_path: Path) -> Iterator[LiveWindow]:
    """Yield a window whose board has sent 2 s and is silent now."""
    with HeldBoard(noise_blocks(2.0)) as board:
        window = make_window(board, tmp_path, FlowOptions(Step.NEEDLE))
        show_active(window)
        window.start()
        wait_until(qt_application, lambda: window._feed.time_s() >= 2.0)
        yield window
        end_session(qt_application, window, board)


@pytest.mark.parametrize(("n_channels", "size"), [(8, (1024, 600)), (16, (1024, 660)), (16, (1280, 720))])
def test_the_sign_keeps_its_height_and_the_window_its_size(
    qt_application: QApplication, tmp_path: Path, n_channels: int, size: tuple[int, int]
) -> None:
    with WideBoard(n_channels) as board:
        window = make_window(board, tmp_path, FlowOptions(Step.ELECTRODES))
        window.resize(*size)
        window.show()
        window.start()
        wait_until(qt_application, lambda: len(window.flow.flow.sheet().items) == n_channels)
        window.flow.refresh()
        assert not window.close()
        window.strip.tell("The needle is in: first mark it out (N).")
        for _ in range(3):
            QTest.qWait(1)  # lets the layout settle
        assert window.size().toTuple() == size
        assert window.sign.height() >= LEAST_PX
        items = [label for label in window.flow.panel.findChildren(Fitted) if label.objectName() == "item_wrong"]
        assert len(items) == n_channels
        assert all(label.height() >= label.sizeHint().height() for label in items), "each is read"
        (advice,) = window.flow.panel.findChildren(FittedText)
        assert advice.text().endswith("…")
        assert "EMG 8" in advice.toolTip(), "what has no room is in the tip"
        end_session(qt_application, window, board)


def test_charts_that_have_no_room_are_left_out_and_come_back(plain: LiveWindow, qt_application: QApplication) -> None:
    beside = plain.side_panel
    assert beside.decay.isVisible()
    assert beside.trend.isVisible()
    for height_px, shown in ((120, (False, False)), (200, (True, False)), (400, (True, True))):
        beside.resize(beside.width(), height_px)
        assert (beside.decay.isVisible(), beside.trend.isVisible()) == shown


def test_what_is_painted_grows_with_the_window(plain: LiveWindow, qt_application: QApplication) -> None:
    small_px = plain.side_panel.trend.height()
    plain.resize(3840, 2160)
    wait_until(qt_application, lambda: plain.traces.font().pixelSize() == 26)
    assert plain.traces.gutter_px == 2 * GUTTER_PX
    assert plain.traces.x_at(plain.traces._head * plain.traces._samples_per_column / RATE_HZ) > 2 * GUTTER_PX
    assert plain.side_panel.trend.height() == 2 * small_px
    assert plain.side_panel.raster.row_rect(1).height() == 72.0
    assert plain.stage.closeup.letter_scale == 2.0
    plain.resize(1280, 720)
    wait_until(qt_application, lambda: plain.traces.gutter_px == GUTTER_PX)
    assert plain.side_panel.trend.height() == small_px


@pytest.mark.usefixtures("qt_application")
def test_beside_a_needle_stands_its_role_and_no_rest_and_its_scale_has_no_ceiling() -> None:
    signal = ScriptedSignal()
    first, *others = signal.info.channels
    signal.info = replace(signal.info, channels=(replace(first, role=Role.NEEDLE), *others))
    signal.state = replace(signal.state, baseline_rms_uv=(0.01,) * 4)
    traces = Traces(signal, LIGHT)
    traces.resize(800, 600)
    traces.refill()
    needle, skin = traces._gutter.texts(traces)[:2]
    assert "needle" in needle
    assert "rest" not in needle
    assert "rest 0.0" in skin
    assert traces._peaks()[0] > 30.0
    assert traces._peaks()[1] == 1.0


@pytest.mark.usefixtures("qt_application")
def test_the_overview_of_a_review_grows_with_its_letters() -> None:
    strip, table = OverviewStrip(60.0, LIGHT), EventTable(HEADER)
    font = QFont()
    font.setPixelSize(26)
    for widget in (strip, table):
        widget.setFont(font)
    assert table.verticalHeader().defaultSectionSize() > table.fontMetrics().height()
    assert strip.height() == 2 * HEIGHT_PX
    assert strip._x(0.0) == 2 * GUTTER_PX, "it stands under the traces"


def test_who_has_larger_letters_everywhere_has_them_here(qt_application: QApplication) -> None:
    usual = qt_application.font()
    larger = QFont(usual)
    larger.setPixelSize(20)
    try:
        qt_application.setFont(larger)
        assert fitting_scale(1280, 720) == 1.5
        assert fitting_scale(3840, 2160) == 2.0
    finally:
        qt_application.setFont(usual)
    assert fitting_scale(1280, 720) == fitting_scale(800, 600) == 1.0


@pytest.mark.usefixtures("qt_application")
def test_a_text_without_room_ends_in_dots_and_is_whole_in_its_tip() -> None:
    line, text = Fitted("one two three\nfour"), FittedText()
    words = " ".join(f"word{number}" for number in range(100))
    text.say(words)
    for label, narrow in ((line, 60), (text, 200)):
        label.resize(narrow, 60)
        label.show()
        assert label.text() != label.whole
        assert "…" in label.text()
        assert label.toolTip() == label.accessibleName() == label.whole
        label.resize(20_000, 60)
        assert (label.text(), label.toolTip()) == (label.whole, "")
        label.close()


def test_a_name_is_read_whole_in_a_narrow_choosing_window(qt_application: QApplication) -> None:
    channels = tuple(Channel(f"Lateral {letter}", 0.1, Role.SURFACE) for letter in "ABCDEFGH")
    window = ChoosingWindow(Beginning(Setup(), Visit(), "unnamed", False), LIGHT, Work())
    window.resize(1024, 600)
    window.show()
    window._show_result(Opened("cyton:X", BoardInfo("Wide", 1000.0, channels, 262.0), False, True))
    qt_application.processEvents()
    assert window.channels is not None
    name = next(one for one in window.channels.findChildren(QLineEdit) if "name of channel" in one.accessibleName())
    assert name.width() >= name.fontMetrics().horizontalAdvance("Lateral A") + 10
    assert any(label.text() == "over the needled band" for label in window.channels.findChildren(QLabel))
    window.close()


@pytest.mark.usefixtures("qt_application")
def test_each_of_sixteen_lanes_has_its_name_in_a_small_window() -> None:
    signal = ScriptedSignal()
    names = tuple(f"Lateral {number}" for number in range(1, 17))
    signal.info = replace(signal.info, channels=tuple(Channel(name, 0.1, Role.SURFACE) for name in names))
    signal.state = DetectorState((2.0,) * 16, (True,) * 16, True)
    traces = Traces(signal, LIGHT)
    for lane_px, n_named in ((9.0, 16), (4.0, 8)):
        traces.resize(700, round(16 * lane_px) + traces.axis_px)
        shown = [text for text in traces._gutter.texts(traces) if text]
        assert len(shown) == n_named
        assert set(shown) <= set(names)


@pytest.mark.parametrize(
    ("second", "is_common", "said"),
    [
        (Role.REFERENCE, True, "common scale"),
        (Role.NEEDLE, True, "a scale for each kind of channel"),
        (Role.NEEDLE, False, "own scales"),
    ],
)
def test_lanes_of_different_scales_are_not_said_to_have_one(second: Role, is_common: bool, said: str) -> None:
    scales = Scales([Role.SURFACE, second])
    scales.is_common = is_common
    assert scales.text() == said


def test_a_long_name_beside_a_lane_ends_in_dots_and_no_line_runs_through_a_name(qt_application: QApplication) -> None:
    signal = ScriptedSignal()
    long = [replace(one, name="EMG", muscle="upper trapezius", side="left") for one in signal.info.channels]
    signal.info = replace(signal.info, channels=tuple(long))
    traces = Traces(signal, LIGHT)
    traces.resize(700, 440)
    shown = traces._gutter.texts(traces)[0].split("\n")
    assert shown[-1].startswith("upper trap")
    assert shown[-1].endswith("…")
    assert all(traces.fontMetrics().horizontalAdvance(line) <= GUTTER_PX for line in shown)
    traces.resize(700, 20 + traces.axis_px)  # lanes of 5 px
    image = traces.grab().toImage()
    rows = {y for y in range(22) if image.pixelColor(3, y).name() == LIGHT.line}
    n_a_name = lanes_a_name(traces)
    assert n_a_name > 1
    assert len(rows) == 4 // n_a_name
