"""Reading of files of other programs: annotations, gaps, and long files in parts."""

import os
import tracemalloc
from datetime import datetime
from pathlib import Path

import edfio
import numpy as np
import pytest

from acquisition import read_recording
from acquisition.core import ChannelSetup, RecordingError, Role, Setup, make_block
from acquisition.recording import Annotation, BdfWriter
from tests.recording.bdf.edf_files import File, Signal, onset, ramp
from tests.recording.support import joined, made_up_counts, make_info, write_recording


@pytest.mark.parametrize("tal_first", [True, False])
def test_annotations_may_stand_anywhere(tmp_path: Path, tal_first):
    tals = [onset(0, "+0.5\x150.1\x14one", "+0.7\x14two"), onset(1), onset(2, "+0.1\x14late"), onset(3)]
    recording = read_recording(File([Signal(ramp())], tals=tals, tal_first=tal_first).write(tmp_path / "a"))
    assert recording.header.annotations == (
        Annotation(0.1, 0.0, "late"),
        Annotation(0.5, 0.1, "one"),
        Annotation(0.7, 0.0, "two"),
    )
    assert np.array_equal(joined(recording).counts[:, 0], ramp())


def test_annotations_count_from_the_first_sample_where_the_file_starts_within_a_second(tmp_path: Path):
    tals = [onset(0.25, "+0.75\x14one"), onset(1.25), onset(2.25), onset(3.25)]
    recording = read_recording(File([Signal(ramp())], tals=tals).write(tmp_path / "a"))
    assert recording.header.annotations == (Annotation(0.5, 0.0, "one"),)


@pytest.mark.parametrize("kind, sample_bytes", [("BDF+D", 3), ("EDF+D", 2)])
def test_a_gap_becomes_lost_samples(tmp_path: Path, kind, sample_bytes):
    digital = ("-8388607", "8388607") if sample_bytes == 3 else ("-32767", "32767")
    tals = [onset(0), onset(1), onset(3.5, "+3.6\x14here"), onset(4.5)]
    file = File([Signal(ramp(), digital=digital)], sample_bytes, kind=kind, tals=tals)
    recording = read_recording(file.write(tmp_path / "a"))
    whole = joined(recording, 70)
    assert recording.header.n_samples == 550
    assert np.array_equal(np.flatnonzero(~whole.valid), np.arange(200, 350))
    assert (whole.counts[200:350, 0] == ramp()[199]).all()
    assert np.array_equal(whole.counts[350:, 0], ramp()[200:])
    assert recording.header.annotations == (Annotation(3.6, 0.0, "here"),)


def test_records_that_overlap_are_put_one_behind_the_other(tmp_path: Path):
    tals = [onset(0), onset(0.5), onset(2), onset(3)]
    recording = read_recording(File([Signal(ramp())], kind="BDF+D", tals=tals).write(tmp_path / "a"))
    assert recording.header.n_samples == 400
    assert "put behind it" in recording.header.warnings[0]


def test_a_gap_of_years_is_refused(tmp_path: Path):
    tals = [onset(0), onset(1), onset(2), b"+999999999999\x14\x14\x00"]
    with pytest.raises(RecordingError, match="more than a month"):
        read_recording(File([Signal(ramp())], kind="BDF+D", tals=tals).write(tmp_path / "a"))


def test_stretches_that_mne_left_out_are_lost(tmp_path: Path):
    tals = [onset(0, "+0.5\x150.25\x14BAD_ACQ_SKIP"), onset(1), onset(2), onset(3)]
    whole = joined(read_recording(File([Signal(ramp())], tals=tals).write(tmp_path / "a")))
    assert np.array_equal(np.flatnonzero(~whole.valid), np.arange(50, 75))


def test_what_edfio_writes_is_read(tmp_path: Path):
    rng = np.random.default_rng(3)
    data = rng.normal(0, 100, (2, 1280))
    signals = [
        edfio.BdfSignal(row, 256, label=f"ch {n}", physical_dimension="uV", physical_range=(-1000, 1000))
        for n, row in enumerate(data)
    ]
    notes = [edfio.EdfAnnotation(1.5, 0.5, "ä"), edfio.EdfAnnotation(0.25, None, "b")]
    edfio.Bdf(signals, annotations=notes).write(tmp_path / "a.bdf")
    recording = read_recording(tmp_path / "a.bdf")
    whole = joined(recording)
    assert recording.info.to_microvolts(whole.counts) == pytest.approx(data.T, abs=2e-4)
    assert recording.header.annotations == (Annotation(0.25, 0.0, "b"), Annotation(1.5, 0.5, "ä"))


def test_the_users_setup_is_over_what_the_file_tells(tmp_path: Path):
    path = write_recording(tmp_path / "a.bdf", make_info(), made_up_counts(60))
    setup = Setup({2: ChannelSetup(name="Band", role=Role.NEEDLE)})
    channels = read_recording(path, setup=setup).info.channels
    assert (channels[1].name, channels[1].role) == ("Band", Role.NEEDLE)
    assert (channels[0].name, channels[0].role) == ("EMG 1", Role.SURFACE)


def test_a_record_as_long_as_the_file_is_read_in_parts(tmp_path: Path):
    n_samples = 900_000
    counts = made_up_counts(n_samples, 3)
    path = tmp_path / "a"
    file = File([Signal(np.empty(n_samples), label=f"{n}") for n in range(3)], n_records=1, duration="900")
    path.write_bytes(file.header() + counts.T.astype("<i4").copy().view(np.uint8).reshape(-1, 4)[:, :3].tobytes())
    tracemalloc.start()
    try:
        recording = read_recording(path)
        for block in recording.blocks(9999):
            assert np.array_equal(block.counts, counts[block.first_index : block.end_index])
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert recording.header.n_samples == n_samples
    assert peak_bytes < path.stat().st_size


def test_a_long_recording_is_read_in_bounded_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "fsync", lambda _: None)  # ten minutes would be 600 of them
    info = make_info(1000.0, 8)
    second = made_up_counts(1000, 8)
    with BdfWriter(tmp_path / "a.bdf", info, started_at=datetime(2026, 1, 1)) as writer:
        for n in range(600):
            writer.write(make_block(1000 * n, second, 0.0))
            writer.annotate(Annotation(float(n), 0.0, "second"))
    n_file_bytes = (tmp_path / "a.bdf").stat().st_size
    assert n_file_bytes > 14e6
    tracemalloc.start()
    try:
        recording = read_recording(tmp_path / "a.bdf")
        n_samples = sum(block.n_samples for block in recording.blocks())
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert n_samples == 600_000
    assert peak_bytes < n_file_bytes / 2
    assert peak_bytes < 8e6


@pytest.mark.parametrize("n_block", [1, 7, 50, 51, 1000])
def test_blocks_of_every_length_are_the_same_samples(tmp_path: Path, n_block):
    counts = made_up_counts(173)
    recording = read_recording(write_recording(tmp_path / "a.bdf", make_info(), counts))
    whole = joined(recording, n_block)
    assert np.array_equal(whole.counts, counts)
    assert whole.arrival_s == pytest.approx(172 / 250)
    assert np.array_equal(joined(recording, n_block).counts, counts), "blocks start over"


def test_blocks_of_no_length_are_refused(tmp_path: Path):
    recording = read_recording(write_recording(tmp_path / "a.bdf", make_info(), made_up_counts(60)))
    with pytest.raises(ValueError, match="at least one sample"):
        list(recording.blocks(0))
