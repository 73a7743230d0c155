"""Real recordings, compared with figures worked out by hand from the files (row counts, wraps of the counter)."""

import csv
from pathlib import Path

import numpy as np
import pytest

from acquisition import read_recording
from acquisition.core import ads1299_microvolts_per_count
from tests.recording.support import joined, write_recording

CYTON_UV = ads1299_microvolts_per_count(24)

FIGURES = {
    # name: rate, channels, samples, lost, bandwidth
    "openbci-gui-old.txt": (250, 8, 22490, 0, 65.5),
    "openbci-gui-v5.txt": (250, 8, 22490, 0, 65.5),
    "openbci-gui-v6.txt": (250, 8, 22490, 0, 65.5),
    "OBCI-01.TXT": (250, 8, 3282, 0, 65.5),
    "brainflow-cyton-emg.csv": (250, 8, 14507, 1, 65.5),
    "openbci-ganglion-rest.txt": (200, 4, 4654, 0, 52.4),
    "openbci-ganglion-movement.txt": (200, 4, 26639, 0, 52.4),
    "openbci-ganglion-gaps.txt": (200, 4, 4593, 0, 52.4),
    "plux-short-bursts-1000hz.bdf": (1000, 1, 87_000, 0, 450),
    "evoked-hand-forearm-5000hz.bdf": (5000, 4, 435_000, 0, 2250),
    "tibialis-with-heartbeat-250hz.bdf": (250, 1, 137_250, 0, 112.5),
    "biosppy-voluntary-1000hz.txt": (1000, 1, 63_880, 0, 450),
}


@pytest.mark.parametrize("name", FIGURES)
def test_rate_channels_length_and_losses(shared_data: Path, name):
    rate_hz, n_channels, n_samples, n_lost, bandwidth_hz = FIGURES[name]
    recording = read_recording(shared_data / name)
    whole = joined(recording)
    assert recording.info.sampling_rate_hz == rate_hz
    assert recording.info.n_channels == n_channels
    assert (recording.header.n_samples, whole.n_lost) == (n_samples, n_lost)
    assert recording.info.bandwidth_hz == pytest.approx(bandwidth_hz)


def test_every_recording_there_is_has_its_figures(shared_data: Path):
    names = {path.name for path in shared_data.iterdir() if path.suffix not in (".md", ".json")}
    assert names == set(FIGURES)


def test_three_versions_of_one_recording_are_the_same_samples(shared_data: Path):
    old, v5, v6 = (joined(read_recording(shared_data / f"openbci-gui-{name}.txt")) for name in ("old", "v5", "v6"))
    assert np.array_equal(old.counts, v5.counts)
    assert np.array_equal(old.counts, v6.counts)


@pytest.mark.parametrize(
    "name, delimiter, n_head, n_channels, tolerance_uv",
    [
        ("openbci-gui-old.txt", ",", 6, 8, 0.0111),  # less than half a count: 32-bit floats and two decimals
        ("openbci-ganglion-movement.txt", ",", 6, 4, 0.00094),  # half a count
        ("brainflow-cyton-emg.csv", "\t", 0, 8, 1e-6),
    ],
)
def test_microvolts_are_those_in_the_text(shared_data: Path, name, delimiter, n_head, n_channels, tolerance_uv):
    with (shared_data / name).open(newline="") as file:
        rows = list(csv.reader(file, delimiter=delimiter))[n_head:]
    told_uv = np.array([[float(field) for field in row[1 : 1 + n_channels]] for row in rows])
    recording = read_recording(shared_data / name)
    found_uv = recording.info.to_microvolts(joined(recording).counts)
    assert np.abs(found_uv - told_uv).max() <= tolerance_uv


def test_sd_card_counts_are_those_in_the_text(shared_data: Path):
    lines = (shared_data / "OBCI-01.TXT").read_text().splitlines()
    fields = [line.split(",") for line in lines if "," in line]
    counts = [[(int(field, 16) ^ 0x800000) - 0x800000 for field in row[1:9]] for row in fields]
    recording = read_recording(shared_data / "OBCI-01.TXT")
    assert np.array_equal(joined(recording).counts, counts)
    assert recording.info.channels[0].microvolts_per_count == CYTON_UV


def test_railed_channels_of_the_brainflow_recording_are_seen(shared_data: Path):
    recording = read_recording(shared_data / "brainflow-cyton-emg.csv")
    whole = joined(recording)
    railed = (np.abs(whole.counts) >= recording.info.full_scale_counts)[whole.valid].all(axis=0)
    assert railed.tolist() == [False, *[True] * 7]


@pytest.mark.parametrize("name", [name for name in FIGURES if not name.startswith("evoked")])
def test_played_back_and_recorded_again_it_is_the_same(shared_data: Path, tmp_path: Path, name):
    first = read_recording(shared_data / name)
    whole = joined(first)
    path = write_recording(tmp_path / "a.bdf", first.info, whole.counts, n_block=5000, aux=whole.aux)
    again = read_recording(path)
    assert np.array_equal(joined(again).counts, whole.counts)
    assert np.array_equal(joined(again).aux, whole.aux)
    scales = [ch.microvolts_per_count for ch in first.info.channels]
    if name.endswith(".bdf"):  # ±1574 for −8388608 to 8388607: the symmetric range is rounded to 7 characters
        assert [ch.microvolts_per_count for ch in again.info.channels] == pytest.approx(scales, rel=1e-7)
    else:
        assert [ch.microvolts_per_count for ch in again.info.channels] == scales
    assert again.info.full_scale_counts == first.info.full_scale_counts
    assert again.info.bandwidth_hz == pytest.approx(first.info.bandwidth_hz)
