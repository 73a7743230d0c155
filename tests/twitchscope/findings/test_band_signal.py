"""The signal drawn from a recording is the one that the detector's values come from."""

from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from acquisition.core import Block, BoardInfo, ads1299_channels, make_block
from dsp import TwitchDetector, TwitchEvent
from twitchscope.findings.band_signal import BandSignal
from twitchscope.report.signal import channel_signal

RATE_HZ = 1000.0
BURSTS_S = (25.0, 31.3, 38.01, 44.7)


class Recorded:
    """Recording of 45.9 s of noise with bursts, with mains of a given amplitude in µV."""

    def __init__(self, mains_uv: float) -> None:
        self.info = BoardInfo("Scripted", RATE_HZ, ads1299_channels((24.0,)), 0.262 * RATE_HZ)
        rng = np.random.default_rng(4)
        time_s = np.arange(45_900) / RATE_HZ
        signal_uv = 1.5 * rng.standard_normal(len(time_s)) + mains_uv * np.sin(2.0 * np.pi * 50.03 * time_s)
        for onset_s in BURSTS_S:
            first = round(onset_s * RATE_HZ)
            signal_uv[first : first + 60] += 40.0 * rng.standard_normal(60) * np.hanning(60)
        self.counts = np.round(signal_uv[:, np.newaxis] / self.info.microvolts_per_count).astype(np.int32)
        self.header = SimpleNamespace(n_samples=len(self.counts))

    def blocks(self, n_samples: int) -> Iterator[Block]:
        """Yield the signal in blocks of `n_samples`, the last one shorter."""
        for first in range(0, len(self.counts), n_samples):
            yield make_block(first, self.counts[first : first + n_samples], 0.0)


@pytest.mark.parametrize("mains_uv", [0.0, 20.0])
def test_a_twitch_is_drawn_as_large_as_it_is_reported(mains_uv: float) -> None:
    recorded = Recorded(mains_uv)
    detector = TwitchDetector(RATE_HZ, 1, bandwidth_hz=recorded.info.bandwidth_hz)
    results = [*detector.process(recorded.info.to_microvolts(recorded.counts)), *detector.flush()]
    events = [one for one in results if isinstance(one, TwitchEvent)]
    onsets_s = [min(events, key=lambda one: abs(one.onset_s - at_s)).onset_s for at_s in BURSTS_S]
    peaks_uv = [min(events, key=lambda one: abs(one.onset_s - at_s)).peak_uv for at_s in BURSTS_S]
    drawn = channel_signal(recorded, 0, detector.band_hz, onsets_s)  # type: ignore[arg-type]
    assert np.abs(drawn.twitches_uv).max(axis=1) == pytest.approx(peaks_uv, rel=0.1)
    columns_s = (np.arange(len(drawn.low_uv)) + 0.5) * drawn.column_s
    is_rest = (columns_s > 2.0) & np.all(np.abs(columns_s[:, np.newaxis] - BURSTS_S) > 0.3, axis=1)
    assert drawn.high_uv[is_rest].max() < 8.0, "no mains are left, at the end neither"


@pytest.mark.parametrize("n_each", [1, 333, 4000, 20_000])
def test_pieces_are_the_whole_in_the_detectors_band(n_each: int) -> None:
    signal_uv = np.random.default_rng(6).standard_normal((20_000 if n_each > 1 else 900, 2))
    band_hz = (30.0, 262.0)
    expected: NDArray[np.float64] = sosfilt(butter(4, band_hz, "bandpass", fs=RATE_HZ, output="sos"), signal_uv, axis=0)
    band = BandSignal(RATE_HZ, band_hz)
    pieces = [band.take(signal_uv[first : first + n_each]) for first in range(0, len(signal_uv), n_each)]
    settled = slice(500, None)
    assert np.concatenate(pieces)[settled] == pytest.approx(expected[settled], abs=0.2), (
        "but for a line that noise made"
    )


def test_the_step_of_a_converter_at_the_start_is_not_drawn_as_a_burst() -> None:
    recorded = Recorded(20.0)
    offset_counts = round(20_000.0 / recorded.info.microvolts_per_count[0])
    recorded.counts += offset_counts
    recorded.counts[:2] -= np.array([[round(0.84 * offset_counts)], [round(0.4 * offset_counts)]], np.int32)
    drawn = channel_signal(recorded, 0, (30.0, 262.0), [3.0])  # type: ignore[arg-type]
    columns_s = (np.arange(len(drawn.low_uv)) + 0.5) * drawn.column_s
    is_start = columns_s < 20.0
    assert max(drawn.high_uv[is_start].max(), -drawn.low_uv[is_start].min()) < 8.0
    assert np.abs(drawn.twitches_uv).max() < 8.0
