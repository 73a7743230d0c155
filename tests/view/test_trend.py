from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from acquisition.core import AmplitudeUnit, ChannelSetup, Role, Setup
from tests.patience import DEADLINE_S
from tests.twitchscope.conftest import ScriptedBoard, noise_blocks, with_burst
from tests.twitchscope.events import event
from tests.view.conftest import make_window, wait_until
from twitchscope.findings.detection import Detection
from twitchscope.findings.event import DetectedEvent
from twitchscope.findings.site import SiteSpan
from twitchscope.findings.site_text import estimate_text
from twitchscope.live.levels import BeforeAndAfter, LevelLog
from twitchscope.live.look.theme import LIGHT
from twitchscope.live.twitches.trend import DecayChart, LevelTrend, TrendChart


def _twitch(peak_uv: float, channel: str = "Band A") -> DetectedEvent:
    return event(channel=channel, peak_uv=peak_uv)


def _log(setup: Setup | None = None) -> LevelLog:
    with ScriptedBoard([], setup=setup) as board:
        detection = Detection(board.info)
        log = LevelLog(detection)
        for block in noise_blocks(20.0):
            detection.process(block)
            log.look()
    return log


def test_the_level_at_the_skin_is_kept_once_a_second_and_reported_before_and_after_the_twitches() -> None:
    log = _log()
    points = log.points(1, SiteSpan())
    assert [round(time_s) for time_s, _ in points] == list(range(5, 21))
    assert all(level_uv == pytest.approx(points[-1][1], rel=0.3) for _, level_uv in points)
    assert not log.is_needle
    means = log.before_and_after(1, SiteSpan(5.0, 19.0), [(12.0, 12.06), (14.0, 14.05)])
    assert means.before is not None
    assert means.after is not None
    assert (means.before.n, means.after.n) == (6, 4), "of the seconds that lie in the site"
    assert means.before.low < means.before.value < means.before.high
    nothing_yet = log.before_and_after(1, SiteSpan(), [])
    assert nothing_yet.before is not None
    assert nothing_yet.before.n == 16
    assert nothing_yet.after is None


def test_only_a_needle_has_spontaneous_activity() -> None:
    log = _log(Setup({1: ChannelSetup(role=Role.NEEDLE)}))
    assert log.is_needle
    points = log.points(0, SiteSpan())
    assert len(points) > 5
    assert all(level_uv > 0.0 for _, level_uv in points)


def test_the_charts_say_in_words_what_they_show(qt_application: QApplication) -> None:
    decay = DecayChart(LIGHT, AmplitudeUnit.MICROVOLTS)
    decay.show_twitches([_twitch(80.0), _twitch(60.0)])
    assert "from three" in decay.foot
    decay.show_twitches([_twitch(80.0), _twitch(40.0, "Band B"), _twitch(20.0), _twitch(10.0)])
    assert decay.foot.startswith("× 0.50")
    trend = TrendChart(LIGHT, AmplitudeUnit.MICROVOLTS)
    log = _log()
    twitches = [(12.0, 12.1)]
    means = log.before_and_after(0, SiteSpan(), twitches)
    trend.show_trend(LevelTrend("resting baseline", log.points(0, SiteSpan()), [12.0], means))
    assert trend.foot.startswith(f"before {estimate_text(means.before)} µV"), "as the report tells it"
    assert "after " in trend.foot
    trend.show_trend(LevelTrend("resting baseline", (), (), BeforeAndAfter(None, None)))
    assert trend.foot == "not known yet"
    trend.show_trend(LevelTrend("resting baseline", (), (), BeforeAndAfter(None, means.after)))
    assert trend.foot.startswith("after "), "of a site that begins with its twitches"
    for chart in (decay, trend):
        chart.resize(240, chart.height())
        image = chart.grab().toImage()
        assert len({image.pixel(x, y) for x in range(0, 240, 2) for y in range(0, image.height(), 2)}) > 2


def test_a_twitch_opens_by_key_and_closes_again_and_the_sign_stays(
    qt_application: QApplication, tmp_path: Path
) -> None:
    with ScriptedBoard(with_burst(with_burst(noise_blocks(19.0), at_s=15.0), at_s=17.0)) as board:
        window = make_window(board, tmp_path)
        window.resize(1280, 720)
        window.show()
        window.activateWindow()
        assert QTest.qWaitForWindowActive(window, round(1000.0 * DEADLINE_S))
        window.start()
        wait_until(qt_application, lambda: window._has_ended)
        kept = window.side_panel.shown
        assert [one.number for one in kept] == [1, 2]
        for key, number in ((Qt.Key.Key_R, 2), (Qt.Key.Key_Down, 1), (Qt.Key.Key_R, 1), (Qt.Key.Key_Up, 2)):
            QTest.keyClick(window, key)
            assert window.stage.closeup.shown is not None
            assert window.stage.closeup.shown.number == number
        assert window.stage.closeup.isVisible()
        assert window.sign.isVisible()
        assert not window.traces.isVisible()
        assert window.grab().toImage().pixelColor(640, 300).isValid()
        QTest.keyClick(window, Qt.Key.Key_Escape)
        assert window.traces.isVisible()
        QTest.mouseClick(window.side_panel.raster, Qt.MouseButton.LeftButton,
                         pos=window.side_panel.raster.row_rect(1).center().toPoint())  # fmt: skip
        assert window.stage.closeup.shown.number == 1
        QTest.mouseClick(window.stage.closeup, Qt.MouseButton.LeftButton)
        assert window.traces.isVisible()
        window.stop_frames()
        window.close()
