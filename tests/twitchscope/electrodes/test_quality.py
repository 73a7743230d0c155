"""Contact quality of each channel from its signal, in a session's file and in the command that checks before one."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acquisition.core import Block, BoardInfo, Channel, Role, ads1299_channels, make_block
from tests.twitchscope.conftest import ScriptedBoard, noise_blocks
from twitchscope.cli import main
from twitchscope.electrodes.quality import QualityWatch
from twitchscope.findings.detection import NONE_USABLE, NOT_SEEN, Detection
from twitchscope.histogram import LogHistogram
from twitchscope.session.plan import SessionPlan
from twitchscope.session.session import Session

FULL_SCALE = 8_388_607


def _info(rate_hz: float) -> BoardInfo:
    return BoardInfo("Test Board", rate_hz, ads1299_channels((12,) * 4), 0.262 * rate_hz, (), 8)


def _signal(rate_hz: float, mains_hz: float) -> np.ndarray:
    """Return ten seconds: noise of 5 µV; noise of 3 µV with 10 µV of mains; railed; flat."""
    rng = np.random.default_rng(1)
    n = round(10.0 * rate_hz)
    mains_uv = 10.0 * np.sin(2.0 * np.pi * mains_hz * np.arange(n) / rate_hz)
    columns_uv = [
        5.0 * rng.standard_normal(n),
        3.0 * rng.standard_normal(n) + mains_uv,
        np.full(n, 1e9),
        np.full(n, 7.0),
    ]
    counts = np.column_stack(columns_uv) / _info(rate_hz).microvolts_per_count
    return np.clip(counts, -FULL_SCALE, FULL_SCALE).astype(np.int32)


@pytest.mark.parametrize("rate_hz", [250.0, 256.0, 333.0, 1000.0, 4000.0])
@pytest.mark.parametrize("mains_hz", [49.9, 60.1])
def test_each_kind_of_contact_is_reported(rate_hz: float, mains_hz: float) -> None:
    band_hz = (30.0, 0.4 * rate_hz)
    watch = QualityWatch(_info(rate_hz), band_hz)
    watch.process(make_block(0, _signal(rate_hz, mains_hz), 0.0))
    quiet, with_mains, railed, flat = watch.channels()
    band_share = np.sqrt((band_hz[1] - band_hz[0]) / (0.5 * rate_hz))
    assert quiet.noise_uv == pytest.approx(5.0 * band_share, rel=0.15)
    assert with_mains.noise_uv == pytest.approx(3.0 * band_share, rel=0.15)
    assert with_mains.mains_uv == pytest.approx(10.0, rel=0.1)
    assert quiet.mains_uv is not None
    assert quiet.mains_uv < 2.0
    assert (railed.railed_fraction, railed.flat_fraction, railed.noise_uv) == (1.0, 0.0, None)
    assert (flat.railed_fraction, flat.flat_fraction, flat.noise_uv) == (0.0, 1.0, None)


@settings(max_examples=20)
@given(cuts=st.lists(st.integers(0, 2500), max_size=8))
def test_any_chunking_tells_the_same(cuts: list[int]) -> None:
    counts = _signal(250.0, 50.0)
    whole, cut = QualityWatch(_info(250.0), (30.0, 100.0)), QualityWatch(_info(250.0), (30.0, 100.0))
    whole.process(make_block(0, counts, 0.0))
    for start, stop in zip([0, *sorted(cuts)], [*sorted(cuts), len(counts)], strict=True):
        cut.process(make_block(start, counts[start:stop], 0.0))
    assert cut.channels() == whole.channels()


def test_a_long_session_is_judged_to_its_end() -> None:
    """Mains and noise are later measured only now and then, but a channel that comes off is not missed."""
    rng = np.random.default_rng(2)
    counts = (5.0 * rng.standard_normal((100_000, 4)) / _info(250.0).microvolts_per_count).astype(np.int32)
    counts[75_000:, 2], counts[50_000:, 3] = FULL_SCALE, 7
    watch = QualityWatch(_info(250.0), (30.0, 100.0))
    watch.process(make_block(0, counts, 0.0))
    good, _, railed, flat = watch.channels()
    assert (good.railed_fraction, good.flat_fraction) == (0.0, 0.0)
    assert good.noise_uv == pytest.approx(5.0 * np.sqrt(70.0 / 125.0), rel=0.03)
    assert railed.railed_fraction == pytest.approx(0.25, abs=0.002)
    assert flat.flat_fraction == pytest.approx(0.5, abs=0.002)


def test_each_channel_is_railed_at_its_own_end() -> None:
    own = tuple(Channel("", 0.1, full_scale_counts=counts) for counts in (2047, None, 0))
    counts = np.random.default_rng(3).integers(1990, 2050, (1000, 3), np.int32)
    watch = QualityWatch(BoardInfo("Test Board", 250.0, own, 65.5, full_scale_counts=32_767), (30.0, 100.0))
    watch.process(make_block(0, counts, 0.0))
    assert [channel.railed_fraction for channel in watch.channels()] == [1.0, 0.0, 0.0]


def _bursts(rate_hz: float, seconds: float = 60.0) -> np.ndarray:
    """Return noise of 3 µV with mains and, every four seconds, a burst of 0.1 s at ten times the amplitude."""
    times_s = np.arange(round(seconds * rate_hz)) / rate_hz
    level_uv = np.where(times_s % 4.0 > 3.9, 30.0, 3.0)
    noise = np.random.default_rng(4).standard_normal(times_s.size)
    return level_uv * noise + 5.0 * np.sin(2.0 * np.pi * 50.0 * times_s)


def _remarks(signal_uv: np.ndarray, rate_hz: float, role: Role = Role.SURFACE) -> list[str]:
    info = BoardInfo("Test Board", rate_hz, (Channel("Band", 0.01, role),), 0.45 * rate_hz)
    watch = QualityWatch(info, (30.0, 0.4 * rate_hz))
    watch.process(make_block(0, np.rint(signal_uv / 0.01).astype(np.int32)[:, np.newaxis], 0.0))
    return watch.remarks()


def _smoothed(signal_uv: np.ndarray, rate_hz: float, seconds: float) -> np.ndarray:
    n_samples = round(seconds * rate_hz)
    return np.convolve(signal_uv, np.ones(n_samples) / n_samples, "valid")


@pytest.mark.parametrize("rate_hz", [250.0, 1000.0, 2000.0])
def test_what_is_no_raw_signal_is_reported(rate_hz: float) -> None:
    raw_uv = _bursts(rate_hz)
    for processed_uv in (
        np.abs(raw_uv),
        _smoothed(np.abs(raw_uv), rate_hz, 0.05),
        _smoothed(np.abs(raw_uv), rate_hz, 0.16),
        np.sqrt(_smoothed(raw_uv**2, rate_hz, 0.05)),
        np.sqrt(_smoothed(raw_uv**2, rate_hz, 0.1)),
    ):
        (remark,) = _remarks(processed_uv, rate_hz)
        assert "needs the raw signal" in remark
        assert "Band" in remark
        assert _remarks(processed_uv, rate_hz, Role.OFF) == []


@pytest.mark.parametrize("rate_hz", [250.0, 1000.0, 2000.0])
def test_a_raw_signal_is_none_of_that_whatever_it_lies_on(rate_hz: float) -> None:
    raw_uv = _bursts(rate_hz)
    drift_uv = np.linspace(20_000.0, 2_000.0, raw_uv.size)
    mains_uv = 2000.0 * np.sin(2.0 * np.pi * 50.0 * np.arange(raw_uv.size) / rate_hz)
    for offset_uv in (0.0, 150.0, 300.0, 20_000.0, drift_uv, 3_000.0 + mains_uv):
        assert _remarks(raw_uv + offset_uv, rate_hz) == []
    assert _remarks(np.full(raw_uv.size, 7.0), rate_hz) == []
    assert _remarks(np.abs(raw_uv)[: round(3.0 * rate_hz)], rate_hz) == []  # too short for a result


@pytest.mark.parametrize("seconds", ["5", "16"])
def test_the_programs_own_recording_is_raw_from_its_first_seconds_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], seconds: str
) -> None:
    """Every electrode has an offset that settles in the first seconds."""
    url = "simulated:?seed=2&rate=1000&speed=0"
    assert main(["record", "--board", url, "--seconds", seconds, "--out", str(tmp_path)]) == 0
    assert main(["analyze", *map(str, tmp_path.iterdir())]) == 0
    said = capsys.readouterr()
    assert "envelope" not in said.out + said.err


@pytest.mark.parametrize("rate_hz", [250.0, 1000.0, 2000.0])
def test_a_raw_signal_is_none_of_that_though_pops_lift_it(rate_hz: float) -> None:
    raw_uv = _bursts(rate_hz)
    times_s = np.arange(raw_uv.size) / rate_hz
    raw_uv += 120.0 + 30.0 * np.sin(2.0 * np.pi * 50.0 * times_s)
    for pop_s in (20.0, 45.0):
        raw_uv += np.where(times_s >= pop_s, 2000.0 * np.exp(-np.maximum(times_s - pop_s, 0.0) / 0.3), 0.0)
    assert _remarks(raw_uv, rate_hz) == []


def test_lost_samples_are_left_out() -> None:
    counts = _signal(250.0, 50.0)
    valid = np.ones(len(counts), np.bool_)
    valid[1000:1500] = False
    counts[1000:1500] = counts[999]  # held values, which would be taken for flat
    watch = QualityWatch(_info(250.0), (30.0, 100.0))
    for start in range(0, len(counts), 50):
        part = slice(start, start + 50)
        watch.process(Block(start, counts[part], np.empty((50, 0), np.int32), valid[part], 0.0))
    assert watch.channels()[0].flat_fraction == 0.0


def test_session_json_holds_the_contact_of_each_channel(tmp_path: Path) -> None:
    with ScriptedBoard(noise_blocks(5.0)) as board:
        folder = Session(board, SessionPlan(tmp_path, "p")).run().folder
    assert folder is not None
    channels = json.loads((folder / "session.json").read_text("utf-8"))["result"]["channels"]
    for channel in channels:
        assert channel["railed_fraction"] == channel["flat_fraction"] == 0.0
        assert 0.0 < channel["noise_uv"] < 100.0
        assert channel["mains_uv"] < 2.0 * channel["noise_uv"]


def test_electrodes_of_a_board_without_lead_off_are_judged_by_their_signal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["electrodes", "--board", "simulated:?seed=1&speed=0"]) == 0
    said = capsys.readouterr().out
    assert said.count("good") == 8
    assert "no impedances" in said


def test_quantiles_are_right_to_the_width_of_a_bin() -> None:
    values = np.random.default_rng(3).lognormal(1.0, 1.5, 5000)
    histogram = LogHistogram(1e-6, 1e6)
    for value in values:
        histogram.add(value)
    for share in (0.01, 0.5, 0.99):
        assert histogram.quantile(share) == pytest.approx(np.quantile(values, share), rel=0.03)
    assert histogram.n_values() == 5000
    assert histogram.n_below(1.0) == np.count_nonzero(values < 1.0)
    assert np.isnan(LogHistogram(1e-6, 1e6).quantile(0.5))


def test_a_stretch_in_which_no_channel_was_usable_says_so_whatever_the_session_was_like() -> None:
    with ScriptedBoard([]) as board:
        detection = Detection(board.info)
        for block in noise_blocks(20.0):
            is_off = 5.0 <= block.first_index / board.info.sampling_rate_hz < 12.0
            railed = np.full_like(block.counts, board.info.full_scale_counts)
            detection.process(replace(block, counts=railed) if is_off else block)
    assert detection.none_seen() == detection.none_seen(12.5, 20.0) == NOT_SEEN
    assert detection.none_seen(5.0, 12.0) == NONE_USABLE
    assert detection.none_seen(19.5, 19.9) == NOT_SEEN, "in which no second lies"
    shares = [channel["usable_fraction"] for channel in detection.usable_records(4.0, 14.0)]
    assert shares == pytest.approx([0.26] * len(shares), abs=0.04)
