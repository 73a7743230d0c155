"""Pictures of parts of the live window from scripted signals; ``python -m tests.view.pictures`` regenerates them."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QFont, QFontDatabase, QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget

from acquisition.core import BoardInfo, ads1299_channels
from dsp.sites.measures import Estimate
from tests.twitchscope.events import event as made_event
from twitchscope.findings.event import DetectedEvent
from twitchscope.live.feed import DetectorState, Samples
from twitchscope.live.lanes.overlay import Flag
from twitchscope.live.lanes.traces import Traces
from twitchscope.live.levels import BeforeAndAfter
from twitchscope.live.look.theme import DARK, LIGHT, Theme
from twitchscope.live.sign import Sign
from twitchscope.live.status import Condition, Glance
from twitchscope.live.twitches.closeup_view import CloseupView
from twitchscope.live.twitches.closeups import Closeup
from twitchscope.live.twitches.raster import Raster
from twitchscope.live.twitches.trend import DecayChart, LevelTrend, TrendChart

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
FONT = "DejaVu Sans"
"""Font of the package fonts-dejavu-core, which ``.ci/run`` installs."""

RATE_HZ = 1000.0
NAMES = ("EMG 1", "EMG 2", "EMG 3", "EMG 4")
INFO = BoardInfo("Scripted", RATE_HZ, ads1299_channels((24.0,) * len(NAMES)), 0.262 * RATE_HZ)


class ScriptedSignal:
    """Ten seconds of noise with a twitch at 4 s, one channel off and 0.4 s lost."""

    def __init__(self) -> None:
        self.info = INFO
        signal_uv = np.random.default_rng(7).normal(0.0, 2.0, (10_000, len(NAMES)))
        signal_uv[4000:4060, :2] += twitch_uv(60)[:, np.newaxis] * (1.0, 0.4)
        signal_uv[8800:8802, 2] += 5000.0
        self._counts = np.round(signal_uv / self.info.microvolts_per_count).astype(np.int32)
        self._valid = np.ones(10_000, np.bool_)
        self._valid[6000:6400] = False
        self.state = DetectorState((2.0,) * 4, (True, True, True, False), True, (6.0,) * 4)
        self.end_index = 10_000

    def samples_from(self, index: int) -> Samples:
        """Return the samples from `index` on."""
        return Samples(index, self._counts[index:], self._valid[index:])


def twitch_uv(n_samples: int) -> NDArray[np.float64]:
    """Return a volley that fills its samples."""
    time_s = np.arange(n_samples) / RATE_HZ
    return 60.0 * np.sin(2.0 * np.pi * 90.0 * time_s) * np.hanning(n_samples)


def event(label: str, onset_s: float, offset_s: float, **more: Any) -> DetectedEvent:
    """Return an event as the detector reports it."""
    usual = made_event(onset_s, label, NAMES[0], channels=NAMES[:2], peak_uv=60.0, snr_db=29.5)
    return replace(usual, offset_s=offset_s, reasons=("brief", "focal"), **more)


def signs(theme: Theme) -> QImage:
    """Return the sign in all its conditions."""
    size = (480, 64)
    picture = QImage(size[0], size[1] * len(Condition), QImage.Format.Format_RGB32)
    sign = Sign(theme)
    _set_up(sign, *size)
    with QPainter(picture) as painter:
        for place, condition in enumerate(Condition):
            numbers = ((1, "this pass"), (4, "this site")) if condition is not Condition.LEARNING else ()
            sign.show_glance(Glance(condition, condition.value, "92 µV · 20 × baseline", "5 twitches", numbers))
            painter.drawImage(0, place * size[1], sign.grab().toImage())
    return picture


def traces(theme: Theme) -> QImage:
    """Return traces with each kind of verdict, a flag, lost samples, a channel that is off and a knocked plug."""
    widget = Traces(ScriptedSignal(), theme)
    _set_up(widget, 760, 300)
    widget.show_only(
        [
            event("voluntary", 1.0, 1.6),
            event("heartbeat", 2.5, 2.6),
            event("twitch", 4.0, 4.06),
            event("artifact", 8.8, 8.9, channel=NAMES[2], channels=(NAMES[2],)),
        ],
        [Flag(3.8, "needle in"), Flag(7.0, "seen")],
    )
    return _picture(widget, theme)


def closeups() -> list[Closeup]:
    """Return three twitches of decreasing amplitude."""
    time_ms = np.arange(-50, 200, dtype=np.float32)
    made = []
    for number, peak in enumerate((1.0, 0.7, 0.5), 1):
        trace_uv = np.random.default_rng(number).normal(0.0, 1.5, (250, len(NAMES))).astype(np.float32)
        trace_uv[50:110, :2] += peak * twitch_uv(60)[:, np.newaxis] * (1.0, 0.4)
        trace_uv[180:190] = np.nan
        made.append(Closeup(event("twitch", number, number + 0.06, peak_uv=60.0 * peak), number, time_ms, trace_uv))
    return made


def beside(theme: Theme) -> QImage:
    """Return raster and charts, one below the other."""
    raster, decay, trend = (
        Raster(INFO, theme),
        DecayChart(theme, INFO.amplitude_unit),
        TrendChart(theme, INFO.amplitude_unit),
    )
    raster.show_closeups(closeups())
    decay.show_twitches([one.event for one in closeups()])
    points = [(float(second), 1.7 + 0.1 * (second % 3)) for second in range(5, 45)]
    means = BeforeAndAfter(Estimate(1.81, 1.75, 1.87, 20), Estimate(1.79, 1.70, 1.88, 14))
    trend.show_trend(LevelTrend("resting baseline, EMG 1", points, [26.0, 28.0, 30.0], means))
    heights = (170, decay.height(), trend.height())
    picture = QImage(260, sum(heights), QImage.Format.Format_RGB32)
    with QPainter(picture) as painter:
        top = 0
        for widget, height in zip((raster, decay, trend), heights, strict=True):
            _set_up(widget, 260, height)
            painter.drawImage(0, top, _picture(widget, theme))
            top += height
    return picture


def closeup(theme: Theme) -> QImage:
    """Return one enlarged twitch."""
    view = CloseupView(INFO, theme)
    _set_up(view, 640, 260)
    view.show_closeup(closeups()[1], 3)
    return _picture(view, theme)


PICTURES: dict[str, Callable[[], QImage]] = {
    "view-signs-light.png": lambda: signs(LIGHT),
    "view-signs-dark.png": lambda: signs(DARK),
    "view-traces-light.png": lambda: traces(LIGHT),
    "view-traces-dark.png": lambda: traces(DARK),
    "view-beside-light.png": lambda: beside(LIGHT),
    "view-closeup-dark.png": lambda: closeup(DARK),
}


def has_font() -> bool:
    """Return whether the font of the golden pictures is installed."""
    return FONT in QFontDatabase.families()


def _set_up(widget: QWidget, width: int, height: int) -> None:
    font = QFont(FONT)
    font.setPixelSize(13)
    widget.setFont(font)
    widget.resize(width, height)


def _picture(widget: QWidget, theme: Theme) -> QImage:
    picture = QImage(widget.size(), QImage.Format.Format_RGB32)
    picture.fill(QColor(theme.background))
    widget.render(picture)
    return picture


def main() -> None:
    """Regenerate the golden pictures."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    application = QApplication([])
    assert has_font(), f"the font {FONT} is missing: install fonts-dejavu-core"
    for name, make in PICTURES.items():
        assert make().save(str(GOLDEN / name))
    application.quit()


if __name__ == "__main__":
    main()
