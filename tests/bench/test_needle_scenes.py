"""Sizes of the volleys in scenes at a needle electrode."""

import numpy as np
import pytest
from scipy import signal

from bench.detection.needle_scenes import REST_S, Recipe, make_scene
from dsp.bands import choose_band_hz


@pytest.mark.parametrize("rate_hz", [500.0, 2000.0])
def test_the_size_of_a_volley_is_that_in_the_detection_band(rate_hz):
    scene = make_scene(Recipe(seconds=40.0, answered=1.0), rate_hz, 7100)
    sos = signal.butter(4, choose_band_hz(rate_hz, None), "bandpass", fs=rate_hz, output="sos")
    band_uv = signal.sosfilt(sos, scene.signal_uv[:, 0])
    level_uv = np.std(band_uv[round(rate_hz) : round(REST_S * rate_hz) - 1])
    shown = [one for one in scene.twitches if one.over_all > 10.0]
    assert len(shown) >= 5
    for one in shown:
        part_uv = band_uv[round(one.onset_s * rate_hz) : round(one.offset_s * rate_hz) + 1]
        peak_uv = np.max(np.abs(part_uv))
        assert one.peak_uv == pytest.approx(peak_uv, rel=0.35)
        assert one.rms_uv == pytest.approx(np.std(part_uv), rel=0.35)
        assert one.peak_ratio == pytest.approx(peak_uv / level_uv, rel=0.35)
        assert one.over_all > one.peak_uv / np.max(np.abs(band_uv))
