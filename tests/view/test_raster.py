import itertools
import math
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from acquisition.core import BoardInfo, Channel, make_block
from dsp.sites.measures import fit_decay
from tests.twitchscope.conftest import RATE_HZ, ScriptedBoard
from tests.twitchscope.events import event
from tests.view.conftest import make_window
from twitchscope.findings.detection import Detection
from twitchscope.findings.event import DetectedEvent
from twitchscope.findings.site import SiteSpan
from twitchscope.findings.site_text import estimate_text
from twitchscope.live.feed import Feed, Found
from twitchscope.live.look.theme import LIGHT
from twitchscope.live.twitches.closeups import AFTER_S, BEFORE_S, MOST_KEPT, Closeups, take_closeup
from twitchscope.live.twitches.raster import HEAD_PX, Raster


def _twitch(onset_s: float, peak_uv: float = 80.0) -> DetectedEvent:
    return event(onset_s, channel="EMG 1", peak_uv=peak_uv)


def _feed(n_s: float, spike_s: float, ring_s: float) -> Feed:
    with ScriptedBoard([]) as board:
        feed = Feed(board.info, Detection(board.info), board.clock, False, ring_s)
        counts = np.zeros((round(n_s * RATE_HZ), board.info.n_channels), np.int32)
        counts[:, 0] = 100_000
        counts[round(spike_s * RATE_HZ), 0] += 10_000
        block = make_block(0, counts, 0.0)
        block.valid[round((spike_s + 0.1) * RATE_HZ)] = False
        feed.on_block(block)
    return feed


def test_a_closeup_lies_around_the_onset_and_is_nan_where_a_sample_was_lost() -> None:
    feed = _feed(4.0, 2.0, 10.0)
    closeup = take_closeup(feed, _twitch(2.0), 1)
    assert closeup is not None
    assert len(closeup.time_ms) == round((BEFORE_S + AFTER_S) * RATE_HZ)
    top = int(np.nanargmax(closeup.trace_uv[:, 0]))
    assert closeup.time_ms[top] == pytest.approx(0.0, abs=1e-3)
    spike_uv = 10_000 * float(feed.info.microvolts_per_count[0])
    assert closeup.trace_uv[top, 0] == pytest.approx(spike_uv, rel=0.07)
    assert abs(closeup.trace_uv[top - 5, 0]) < 1e-3 * spike_uv, "the offset is gone"
    assert closeup.time_ms[np.flatnonzero(np.isnan(closeup.trace_uv[:, 0]))].tolist() == [pytest.approx(100.0, abs=0.1)]


def test_what_the_ring_does_not_hold_any_more_is_no_closeup_and_the_count_goes_on() -> None:
    feed = _feed(4.0, 2.0, 1.0)
    closeups = Closeups(feed)
    closeups.expect(_twitch(2.0))
    closeups.expect(_twitch(3.5))
    assert closeups.advance()
    assert [one.number for one in closeups.of_site(SiteSpan())] == [2]
    assert [one.number for one in closeups.of_site(SiteSpan(3.0))] == [1]
    assert closeups.of_site(SiteSpan(stop_s=3.5)) == []


def test_a_closeup_waits_for_its_signal_and_the_end_takes_what_there_is() -> None:
    feed = _feed(4.0, 2.0, 10.0)
    closeups = Closeups(feed)
    closeups.expect(_twitch(3.9))
    assert not closeups.advance()
    assert closeups.take_rest()
    assert closeups.kept[0].time_ms[-1] == pytest.approx(99.0, abs=0.1)


def test_a_click_opens_the_twitch_under_it(qt_application: QApplication) -> None:
    feed = _feed(4.0, 2.0, 10.0)
    raster = Raster(feed.info, LIGHT)
    raster.resize(260, 300)
    raster.show()
    opened: list[int] = []
    raster.opened.connect(opened.append)
    first, second = take_closeup(feed, _twitch(2.0), 1), take_closeup(feed, _twitch(3.0), 2)
    assert first is not None
    assert second is not None
    raster.show_closeups([first, second])
    for row in (0, 1, 2):
        QTest.mouseClick(raster, Qt.MouseButton.LeftButton, pos=raster.row_rect(row).center().toPoint())
    QTest.mouseClick(raster, Qt.MouseButton.LeftButton, pos=QPoint(100, math.floor(HEAD_PX) - 5))
    assert opened == [0, 1], "there is nothing in the third row and in the heading"
    image = raster.grab().toImage()
    row = raster.row_rect(0)
    middle = {image.pixel(x, y) for x in range(100, 250) for y in range(int(row.top()) + 3, int(row.bottom()) - 3)}
    assert len(middle) > 3


def test_the_window_has_the_twitches_of_the_site_beside_it(qt_application: QApplication, tmp_path: Path) -> None:
    with ScriptedBoard([]) as board:
        window = make_window(board, tmp_path)
        window.show()
        assert window.side_panel.raster.isVisible()
        window.side_panel.collect([Found(_twitch(1.0), 0.0)])
        window.side_panel.end()
        assert window.side_panel.shown == [], "nothing of it ever came"
        window.close()


def test_what_stands_beside_is_of_the_same_site_as_the_sign(qt_application: QApplication, tmp_path: Path) -> None:
    with ScriptedBoard([]) as board:
        window = make_window(board, tmp_path)
        block = make_block(0, np.zeros((round(9.0 * RATE_HZ), board.info.n_channels), np.int32), 0.0)
        window._feed.on_block(block)
        window.status.begin_site()
        window.status.close_site(2.0)
        for onset_s in (1.9, 3.0, 4.0):  # the first is reported after its site was closed
            window.status.hear_verdict(_twitch(onset_s), onset_s + 0.2)
            window.side_panel.collect([Found(_twitch(onset_s), 0.0)])
        for n_twitches in (1, 2):
            window.side_panel.advance()
            assert window.status.n_at_site == n_twitches
            assert [one.number for one in window.side_panel.shown] == list(range(1, n_twitches + 1))
            assert all(window.status.site.holds(one.event.onset_s) for one in window.side_panel.shown)
            window.status.begin_site()
        window.close()


def test_what_is_reported_of_a_site_is_of_all_its_twitches_however_few_are_kept(
    qt_application: QApplication, tmp_path: Path
) -> None:
    n_twitches = MOST_KEPT + 30
    peaks_uv = [150.0 * 0.7 ** min(number, 3) for number in range(n_twitches)]
    with ScriptedBoard([]) as board:
        window = make_window(board, tmp_path)
        window._feed.on_block(make_block(0, np.zeros((round(9.0 * RATE_HZ), board.info.n_channels), np.int32), 0.0))
        for number, peak_uv in enumerate(peaks_uv):  # closer than in reality, so that the ring holds them all
            window.side_panel.collect([Found(_twitch(1.0 + 0.03 * number, peak_uv), 0.0)])
        window.side_panel.advance()
        assert len(window.side_panel.shown) == MOST_KEPT
        assert window.side_panel.shown[-1].number == n_twitches
        assert window.side_panel.decay.foot == f"× {estimate_text(fit_decay(peaks_uv))} a twitch", (
            "as the session tells it"
        )
        assert window.side_panel.decay.foot.startswith("× 0.70")
        assert window.side_panel._trend().twitches_s[0] == pytest.approx(1.0)
        assert str(n_twitches) in window.side_panel.raster.accessibleDescription()
        window.stage.open_twitch(5)
        assert f"Twitch {n_twitches - 5} of {n_twitches}" in window.stage.closeup.accessibleDescription()
        window.close()


@pytest.mark.usefixtures("qt_application")
@pytest.mark.parametrize("width", [220, 260])
def test_the_words_of_the_axis_touch_no_other_and_no_edge(width: int) -> None:
    words: list[tuple[str, float, float]] = []

    class Listener(QPainter):
        def drawText(self, box: QRectF, flags: Qt.AlignmentFlag, text: str) -> None:  # type: ignore[override]  # noqa: N802
            half = 0.5 * self.fontMetrics().horizontalAdvance(text)
            words.append((text, box.center().x() - half, box.center().x() + half))

    raster = Raster(BoardInfo("Board", RATE_HZ, (Channel("EMG 1", 1.0),), 262.0), LIGHT)
    raster.resize(width, 200)
    image = QImage(width, 200, QImage.Format.Format_RGB32)
    with Listener(image) as painter:
        raster._paint_axis(painter, 1)
    assert [text for text, _, _ in words] == ["onset", "50", "100 ms"]
    assert all(left[2] + 4.0 < right[1] for left, right in itertools.pairwise(words))
    assert words[-1][2] <= width
