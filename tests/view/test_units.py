"""Units of amplitudes in the windows."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QWidget

from acquisition.core import AmplitudeUnit, BoardInfo
from tests.twitchscope.conftest import ScriptedBoard, noise_blocks, with_burst
from tests.twitchscope.events import event
from tests.twitchscope.review.test_browser import browser
from tests.view.conftest import make_window, wait_until
from twitchscope.electrodes.contraction import judge_contraction
from twitchscope.findings.rest import SHORT_S, RestLearning
from twitchscope.live.status import Status
from twitchscope.review.glance import glance_of

NAME = "A µV"


class UnitBoard(ScriptedBoard):
    """Board with amplitudes in another unit, whose first channel is named like a unit."""

    unit = AmplitudeUnit.COUNTS

    def _open(self) -> BoardInfo:
        info = super()._open()
        channels = (replace(info.channels[0], name=NAME), *info.channels[1:])
        return replace(info, channels=channels, amplitude_unit=self.unit)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list of all hand-painted texts."""
    texts: list[str] = []
    draw: Callable[..., Any] = QPainter.drawText

    def note_and_draw(painter: QPainter, *arguments: Any) -> Any:
        texts.extend(one for one in arguments if isinstance(one, str))
        return draw(painter, *arguments)

    monkeypatch.setattr(QPainter, "drawText", note_and_draw)
    return texts


@pytest.mark.parametrize("unit", AmplitudeUnit)
def test_the_live_window_tells_the_unit_of_the_board(
    qt_application: QApplication, tmp_path: Path, drawn: list[str], monkeypatch: pytest.MonkeyPatch, unit: AmplitudeUnit
) -> None:
    monkeypatch.setattr(UnitBoard, "unit", unit)
    with UnitBoard(with_burst(noise_blocks(19.0), at_s=15.0)) as board:
        window = make_window(board, tmp_path)
        window.resize(1280, 720)
        window.show()
        window.start()
        wait_until(qt_application, lambda: window._has_ended)
        window.grab()
        window.stage.open_twitch(0)
        window.grab()
        drawn += [one.accessibleDescription() for one in window.findChildren(QWidget)]
        window.stop_frames()
        window.close()
    texts = [text.replace(NAME, "A") for text in drawn]
    for start in ("± ", "before ", "1 · "):  # lanes, resting level, and raster
        assert [text for text in texts if start in text and text.endswith(str(unit))], start
    assert str(unit) in texts, "on the axes of the charts"
    (other,) = set(AmplitudeUnit) - {unit}
    assert not [text for text in texts if other in text]


def test_sign_and_review_tell_it(tmp_path: Path) -> None:
    status = Status(AmplitudeUnit.COUNTS)
    status.hear_verdict(event(channel=NAME, grade="weak", peak_uv=92.0), 2.1)
    assert status.glance(2.2, is_learnt=True, unusable=[]).detail == f"92 counts · 20 × baseline · {NAME}"
    assert " counts · " in glance_of(browser(tmp_path), AmplitudeUnit.COUNTS).detail


def test_the_steps_tell_it_and_take_no_count_for_activity() -> None:
    info = UnitBoard([])._open()
    loud = np.full(info.n_channels, 600.0)
    learning = RestLearning(info, SHORT_S)
    learning.take_second(0.0, loud, (True,) * info.n_channels, "")
    assert (learning.n_s, learning.reason) == (1, "")
    learning.take_second(1.0, 3.0 * loud, (True,) * info.n_channels, "")
    assert learning.reason == f"{NAME} is not steady, 600.0 to 1800.0 counts: keep still"
    seen = judge_contraction(info, loud[np.newaxis], 40.0 * loud[np.newaxis])
    assert seen.text() == f"seen: {NAME} 24000 counts, 40.0 × rest; there is no reference pair to compare with"
