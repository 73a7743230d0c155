"""Classification of the range in a header: that of a converter, or one fitted to the data."""

import json
from pathlib import Path

import edfio
import numpy as np
import pytest

from acquisition import read_recording
from acquisition.core import Channel
from tests.recording.bdf.edf_files import File, Signal
from tests.recording.support import joined, write_recording
from twitchscope.cli import main

N, RATE_HZ = 4000, 1000
RANGE_16 = ("-32767", "32767")


def noise(seed: int = 1) -> np.ndarray:
    return np.rint(np.random.default_rng(seed).normal(0.0, 300.0, N)).astype(np.int64)


def at(end: int, starts: int | list[int], n_samples: int) -> np.ndarray:
    """Return noise that stays at an end of the range for `n_samples`, from each start on."""
    values = noise()
    values[np.add.outer(starts, np.arange(n_samples))] = end
    return values


def channels_of(tmp_path: Path, *signals: Signal, sample_bytes: int = 2) -> tuple[tuple[Channel, ...], list[str], int]:
    recording = read_recording(File(list(signals), sample_bytes, kind="").write(tmp_path / "a"))
    assert recording.info.sampling_rate_hz == RATE_HZ
    return recording.info.channels, list(recording.header.warnings), recording.info.full_scale_counts


def signal(
    values: np.ndarray, physical: tuple[str, str] = ("-4000", "4000"), digital: tuple[str, str] = RANGE_16
) -> Signal:
    return Signal(values, physical=physical, digital=digital)


@pytest.mark.parametrize(
    ("values", "physical"),
    [
        (at(32_767, 2000, 1), ("-128.7", "128.7")),
        (at(-32_767, 0, 1), ("-128.7", "128.7")),
        (at(32_767, N - 1, 1), ("-128.7", "128.7")),
        (at(32_760, 2000, 1), ("-128.7", "128.7")),  # the end was rounded outwards
        (at(32_767, 2000, 2), ("-128.7", "128.7")),  # whether or not it is clipped for two samples, it is one twitch
        (at(32_767, [500, 2000], 4), ("-128.7", "128.7")),
        (at(32_767, [1, 500, 2000, 2500, N - 1], 1), ("-128.7", "128.7")),  # with few steps the extreme is repeated
        (at(-32_767, 2000, 1), ("-128.7", "61.3")),
        (at(32_767, 2000, 1), ("-53.1", "128.7")),
    ],
)
def test_a_range_that_single_samples_reach_is_none_of_a_converter(tmp_path: Path, values, physical):
    (channel,), warnings, _ = channels_of(tmp_path, signal(values, physical))
    assert channel.full_scale_counts == 0
    assert len(warnings) == 1
    assert "fitted to the data" in warnings[0]


def test_both_ends_of_a_range_that_was_fitted_to_each_are_none(tmp_path: Path):
    values = at(-32_767, 1000, 1)
    values[1010] = 32_767
    (channel,), warnings, _ = channels_of(tmp_path, signal(values, ("-128.7", "61.3")))
    assert channel.full_scale_counts == 0
    assert warnings


def both_ends() -> np.ndarray:
    values = at(-32_768, 1000, 1)
    values[1010] = 32_767
    return values


@pytest.mark.parametrize(
    ("values", "physical", "digital", "full"),
    [
        (noise(), ("-4000", "4000"), RANGE_16, 32_767),  # never reached
        (at(32_767, 2000, 10), ("-4000", "4000"), RANGE_16, 32_767),
        (at(-32_767, 995, 10), ("-4000", "4000"), RANGE_16, 32_767),  # across the edge of a record
        (np.full(N, 32_767), ("-4000", "4000"), RANGE_16, 32_767),
        (at(32_767, [500, 2000, 3500], 2), ("-4000", "4000"), RANGE_16, 32_767),
        (at(32_767, [999, 1999, 2999], 2), ("-4000", "4000"), RANGE_16, 32_767),  # across the edges of records
        (at(4095, [500, 2000, 3500], 2), ("-1000", "3095"), ("0", "4095"), 3095),
        (both_ends(), ("-4000.1", "4000"), ("-32768", "32767"), 32_767),
        (at(32_767, 2000, 1), ("-187500", "187500"), RANGE_16, 32_767),  # the range of an ADS1299 is never fitted
        (at(4095, 2000, 20), ("-1000", "3095"), ("0", "4095"), 3095),
        (at(0, 2000, 20), ("-2048", "2047"), ("0", "4095"), 2047),
    ],
)
def test_a_range_at_whose_ends_the_signal_is_held_is_a_converters(tmp_path: Path, values, physical, digital, full):
    (channel,), warnings, full_scale_counts = channels_of(tmp_path, signal(values, physical, digital))
    assert (channel.full_scale_counts, full_scale_counts) == (None, full)
    assert warnings == []


def test_a_range_made_up_around_a_constant_is_none(tmp_path: Path):
    (channel,), warnings, _ = channels_of(tmp_path, signal(np.full(N, -32_767), ("-5", "-4")))
    assert channel.full_scale_counts == 0
    assert warnings == []


def test_a_range_far_from_zero_is_not_railed_throughout(tmp_path: Path):
    (channel,), _, _ = channels_of(tmp_path, signal(noise(), ("9950", "10000")))
    assert channel.full_scale_counts == 0


def test_24_bits_are_looked_at_as_16_are(tmp_path: Path):
    full = 8_388_607
    digital, physical = (str(-full), str(full)), ("-128.7", "128.7")
    held, touched, free = (
        signal(values, physical, digital) for values in (at(full, 900, 50), at(-full, 9, 1), noise())
    )
    channels, warnings, full_scale_counts = channels_of(tmp_path, held, touched, free, sample_bytes=3)
    assert [channel.full_scale_counts for channel in channels] == [None, 0, None]
    assert full_scale_counts == full
    assert len(warnings) == 1


def test_each_channel_has_its_own_ends(tmp_path: Path):
    small = signal(at(2047, 2000, 50), ("-500", "500"), ("-2048", "2047"))
    recording = read_recording(File([small, signal(noise())], 2, kind="").write(tmp_path / "a"))
    assert [channel.full_scale_counts for channel in recording.info.channels] == [2047, None]
    full_scale_uv = recording.info.full_scale_uv
    assert full_scale_uv == pytest.approx([500.0, 4000.0], rel=1e-3)
    signal_uv = recording.info.to_microvolts(joined(recording).counts)
    assert np.flatnonzero(np.abs(signal_uv[:, 0]) >= full_scale_uv[0]).tolist() == list(range(2000, 2050))


def test_a_record_as_long_as_the_file_is_looked_at_in_parts(tmp_path: Path):
    n_samples = 700_000
    values = np.zeros(n_samples, "<i2")
    values[524_280:524_300] = 32_767  # a part ends at sample 524 288
    file = File([signal(np.empty(n_samples))], 2, n_records=1, duration="700", kind="")
    (tmp_path / "a").write_bytes(file.header() + values.tobytes())
    recording = read_recording(tmp_path / "a")
    assert recording.info.channels[0].full_scale_counts is None
    assert recording.header.warnings == ()


def test_recorded_again_a_channel_has_the_ends_that_it_had(tmp_path: Path):
    signals = [
        signal(at(2047, 2000, 50), ("-500", "500"), ("-2048", "2047")),
        signal(noise()),
        signal(at(32_767, 2000, 1), ("-128.7", "128.7")),
    ]
    first = read_recording(File(signals, 2, kind="").write(tmp_path / "a"))
    again = read_recording(write_recording(tmp_path / "b.bdf", first.info, joined(first).counts))
    assert again.info.full_scale_counts == first.info.full_scale_counts == 32_767
    assert [one.full_scale_counts for one in again.info.channels] == [2047, None, 0]
    assert again.header.warnings == ()


@pytest.mark.parametrize(
    ("physical", "n_bits"), [(("-70", "130"), 1), (("-130", "70"), 1), (("-1000", "0"), 1), (("19900", "20100"), 8)]
)
def test_counts_far_from_their_zero_fit_into_a_recording(tmp_path: Path, physical, n_bits):
    full = 8_388_607
    values = noise() * 20_000
    values[1000] = full
    file = File([signal(np.clip(values, -full, full), physical, (str(-full - 1), str(full)))], 3, kind="")
    first = read_recording(file.write(tmp_path / "a"))
    low, high = map(float, physical)
    told_uv = low + (np.clip(values, -full, full) + full + 1) * (high - low) / 2**24
    step_uv = (high - low) / 2**24
    first_uv = first.info.to_microvolts(joined(first).counts)[:, 0]
    assert first_uv == pytest.approx(told_uv, abs=1.01 * 2**n_bits * step_uv)
    again = read_recording(write_recording(tmp_path / "b.bdf", first.info, joined(first).counts))
    assert np.array_equal(joined(again).counts, joined(first).counts)


def bursts_uv() -> np.ndarray:
    """Return forty seconds of noise with short bursts from 15 s on, the last one the largest."""
    rng = np.random.default_rng(6)
    signal_uv = rng.normal(0.0, 3.0, 40_000)
    for number, start in enumerate(range(15_000, 39_000, 4000)):
        shape = np.hanning(60) * (40.0 + 10.0 * number)
        signal_uv[start : start + 60] += shape * np.sin(2.0 * np.pi * 0.09 * np.arange(60) + number)
    return signal_uv


def test_the_largest_twitch_is_one_whatever_range_the_exporter_chose(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    found = []
    for physical_range in ((-8000.0, 8000.0), None):  # None is edfio's default, the range of the data
        signal = edfio.BdfSignal(bursts_uv(), RATE_HZ, physical_dimension="uV", physical_range=physical_range)
        edfio.Bdf([signal]).write(tmp_path / "a.bdf")
        assert main(["analyze", "--format", "json", str(tmp_path / "a.bdf")]) == 0
        captured = capsys.readouterr()
        assert ("fitted to the data" in captured.err) is (physical_range is None)
        events = json.loads(captured.out)["events"]
        found.append([(event["label"], round(event["onset_s"], 3), round(event["peak_uv"], 1)) for event in events])
    assert found[0] == found[1]
    assert max(found[0], key=lambda event: event[2])[:2] == ("twitch", pytest.approx(35.0, abs=0.02))
