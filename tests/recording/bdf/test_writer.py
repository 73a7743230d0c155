"""Contents written by BdfWriter: the same samples, losses and markers for BdfRecording and other programs."""

import os
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acquisition import read_recording
from acquisition.core import UNKNOWN_SCALE, AuxChannel, Channel, RecordingError, Role, held_block, make_block
from acquisition.recording import Annotation, BdfWriter
from acquisition.recording.bdf.tal import shorten
from tests.recording.support import FOREIGN_READERS, STARTED_AT, joined, made_up_counts, make_info, write_recording

RATES_HZ = (125.0, 200.0, 250.0, 256.0, 333.0, 512.0, 1000.0, 1600.0, 2000.0, 4000.0)


def notes_of(n_samples: int, rate_hz: float) -> tuple[Annotation, ...]:
    return tuple(Annotation(n * n_samples / rate_hz / 10, 0.05, f"note µ {n}") for n in range(10))


@pytest.mark.parametrize("program", FOREIGN_READERS)
@pytest.mark.parametrize("sampling_rate_hz", RATES_HZ)
def test_other_programs_read_the_same_samples_and_annotations(tmp_path: Path, program, sampling_rate_hz):
    n_samples = int(1.7 * sampling_rate_hz) + 3
    info = make_info(sampling_rate_hz, aux=(AuxChannel("pin"),))
    counts, notes = made_up_counts(n_samples), notes_of(n_samples, sampling_rate_hz)
    pins = np.arange(n_samples, dtype=np.int32)[:, np.newaxis]
    path = write_recording(tmp_path / "a.bdf", info, counts, notes, aux=pins)
    found = FOREIGN_READERS[program](path)
    assert found.sampling_rate_hz == pytest.approx(sampling_rate_hz)
    assert np.array_equal(found.digital[:n_samples, :3], counts)
    assert np.array_equal(found.digital[:n_samples, 3], pins[:, 0])
    assert (found.digital[n_samples:, :3] == counts[-1]).all(), "the padding holds the last value"
    kept = sorted(note for note in found.notes if note.text != "padding")
    assert [note.text for note in kept] == [note.text for note in notes]
    assert [note.onset_s for note in kept] == pytest.approx([note.onset_s for note in notes], abs=1e-6)
    assert [note.duration_s for note in kept] == pytest.approx([0.05] * 10)


@pytest.mark.parametrize("program", FOREIGN_READERS)
def test_a_long_text_is_one_annotation_that_other_programs_read_whole(tmp_path: Path, program):
    words = "marker note: tief, spürbar, "
    notes = (Annotation(0.5, 0.25, 20 * words), Annotation(0.75, 0.25, "seen"))
    path = write_recording(tmp_path / "a.bdf", make_info(250.0), made_up_counts(500), notes)
    kept = sorted(note for note in FOREIGN_READERS[program](path).notes if note.text != "padding")
    assert [note.text for note in kept] == [shorten(20 * words), "seen"]
    assert kept[0].text.startswith(7 * words) and kept[0].text.endswith(" …")


@pytest.mark.parametrize("sampling_rate_hz", RATES_HZ)
def test_our_reader_gets_everything_back(tmp_path: Path, sampling_rate_hz):
    n_samples = int(1.7 * sampling_rate_hz) + 3
    aux = (AuxChannel("accel x", "g", 0.000125), AuxChannel("pin"))
    info = make_info(sampling_rate_hz, aux=aux)
    counts, notes = made_up_counts(n_samples), notes_of(n_samples, sampling_rate_hz)
    aux_counts = made_up_counts(n_samples, 2, seed=2) // 256
    recording = read_recording(write_recording(tmp_path / "a.bdf", info, counts, notes, aux=aux_counts))
    whole = joined(recording)
    assert np.array_equal(whole.counts, counts)
    assert np.array_equal(whole.aux, aux_counts)
    assert whole.valid.all()
    assert recording.info == replace(info, bandwidth_hz=recording.info.bandwidth_hz)
    assert recording.info.bandwidth_hz == pytest.approx(info.bandwidth_hz, rel=1e-5)
    assert [note.text for note in recording.header.annotations] == [note.text for note in notes]
    assert recording.header.warnings == ()


def test_a_rate_without_an_exact_record_comes_back(tmp_path: Path):
    info = make_info(333.3333)
    recording = read_recording(write_recording(tmp_path / "a.bdf", info, made_up_counts(500)))
    assert recording.info.sampling_rate_hz == 333.3333


def test_roles_muscles_and_gains_come_back(tmp_path: Path):
    channels = (
        Channel("Band A", 0.0223, Role.NEEDLE, None, "upper trapezius", "left", True),
        Channel("Band B", 4.5e6 / 12 / 8_388_607, Role.REFERENCE, 12.0, "infraspinatus", "", False),
        Channel("Herz µ", 0.5, Role.ECG),
        Channel("Herz µ", 0.5, Role.OFF, muscle="a;b"),
    )
    info = replace(make_info(), channels=channels)
    found = read_recording(write_recording(tmp_path / "a.bdf", info, made_up_counts(60, 4))).info.channels
    assert [ch.name for ch in found] == ["Band A", "Band B", "Herz u", "Herz u 2"]
    assert [ch.role for ch in found] == [ch.role for ch in channels]
    assert [ch.gain for ch in found] == [None, 12.0, None, None]
    assert (found[0].muscle, found[0].side, found[0].needled_band) == ("upper trapezius", "left", True)
    assert (found[1].muscle, found[1].side, found[1].needled_band) == ("infraspinatus", "", False)
    assert found[3].muscle == "a,b"


def test_a_boards_name_is_not_cut_within_a_bracket(tmp_path: Path):
    name = "Simulated patient (active trapezius with an ecg, seed 7)"
    recording = read_recording(write_recording(tmp_path / "a.bdf", replace(make_info(), name=name), made_up_counts(50)))
    assert recording.info.name == "Simulated patient"
    info = replace(make_info(), name="Board (new)")
    assert read_recording(write_recording(tmp_path / "b.bdf", info, made_up_counts(50))).info.name == "Board (new)"


@pytest.mark.parametrize("scale_uv", [0.00186995, 1e-4, 0.0123456789, 1.0, 0.9, 7.3, 1e3])
def test_a_scale_that_8_characters_cannot_hold_is_rounded_outwards_and_reported(tmp_path: Path, scale_uv):
    info = replace(make_info(), channels=(Channel("a", scale_uv),))
    with BdfWriter(tmp_path / "a.bdf", info, started_at=STARTED_AT) as writer:
        writer.write(make_block(0, made_up_counts(50, 1), 0.0))
        told_uv = writer.info.channels[0].microvolts_per_count
    assert told_uv == read_recording(tmp_path / "a.bdf").info.channels[0].microvolts_per_count
    assert scale_uv * (1 - 1e-12) <= told_uv <= scale_uv * (1 + 2e-4)


@pytest.mark.parametrize("program", FOREIGN_READERS)
@pytest.mark.parametrize("scale", [1.0, 3.7, 400.0, 0.0119, 1e-7])
def test_counts_of_no_known_scale_stay_counts(tmp_path: Path, program, scale):
    channels = (Channel("A", scale, full_scale_counts=4095), Channel("B", scale), Channel("C", scale))
    info = replace(make_info(1000.0), channels=channels, amplitude_unit="counts")
    counts = made_up_counts(500)
    path = write_recording(tmp_path / "a.bdf", info, counts)
    recording = read_recording(path)
    assert recording.info.amplitude_unit == "counts"
    assert recording.info.channels[0].microvolts_per_count == pytest.approx(scale, rel=1e-4)
    assert recording.info.channels[0].full_scale_counts == 4095
    assert recording.header.warnings == (UNKNOWN_SCALE,)
    assert np.array_equal(FOREIGN_READERS[program](path).digital[:500, :3], counts)


def test_a_scale_that_no_header_can_hold_is_refused(tmp_path: Path):
    info = replace(make_info(), channels=(Channel("a", 1e-15),))
    with pytest.raises(RecordingError, match="no scale that BDF can hold"):
        BdfWriter(tmp_path / "a.bdf", info, started_at=STARTED_AT)
    assert list(tmp_path.iterdir()) == []


def test_counts_beyond_24_bits_are_clamped(tmp_path: Path):
    counts = np.array([[-8_388_608, 2**31 - 1, -(2**31)]] * 50, np.int32)
    whole = joined(read_recording(write_recording(tmp_path / "a.bdf", make_info(), counts)))
    assert (whole.counts == [-8_388_607, 8_388_607, -8_388_607]).all()


def test_one_sample_makes_a_file_of_one_sample(tmp_path: Path):
    counts = made_up_counts(1)
    recording = read_recording(write_recording(tmp_path / "a.bdf", make_info(), counts))
    assert recording.header.n_samples == 1
    assert np.array_equal(joined(recording).counts, counts)


def test_lost_samples_keep_their_place_and_are_annotated(tmp_path: Path):
    counts = made_up_counts(400)
    with BdfWriter(tmp_path / "a.bdf", make_info(), started_at=STARTED_AT) as writer:
        writer.write(make_block(0, counts[:60], 0.0))
        writer.write(held_block(60, 130, counts[59], np.empty(0, np.int32), 0.0))
        writer.write(make_block(190, counts[190:], 0.0))
    recording = read_recording(tmp_path / "a.bdf")
    whole = joined(recording)
    expected = counts.copy()
    expected[60:190] = counts[59]
    assert np.array_equal(whole.counts, expected)
    assert np.array_equal(np.flatnonzero(~whole.valid), np.arange(60, 190))
    lost = [note for note in recording.header.annotations if note.text == "lost"]
    assert [(note.onset_s, note.duration_s) for note in lost] == [(60 / 250, 130 / 250)]


def test_a_gap_between_blocks_is_held_and_lost(tmp_path: Path):
    counts = made_up_counts(300)
    with BdfWriter(tmp_path / "a.bdf", make_info(), started_at=STARTED_AT) as writer:
        writer.write(make_block(5, counts[5:70], 0.0))
        writer.write(make_block(200, counts[200:], 0.0))
    whole = joined(read_recording(tmp_path / "a.bdf"))
    assert np.array_equal(np.flatnonzero(~whole.valid), [*range(5), *range(70, 200)])
    assert (whole.counts[:5] == 0).all()
    assert (whole.counts[70:200] == counts[69]).all()
    assert np.array_equal(whole.counts[200:], counts[200:])


def test_killed_during_a_loss_the_loss_is_in_the_file(tmp_path: Path):
    writer = BdfWriter(tmp_path / "a.bdf", make_info(), started_at=STARTED_AT)
    counts = made_up_counts(60)
    writer.write(make_block(0, counts, 0.0))
    writer.write(held_block(60, 5000, counts[-1], np.empty(0, np.int32), 0.0))
    (tmp_path / "killed.bdf").write_bytes((tmp_path / "a.bdf").read_bytes())
    writer.close()
    whole = joined(read_recording(tmp_path / "killed.bdf"))
    assert len(whole.valid) == 5050
    assert np.array_equal(np.flatnonzero(~whole.valid), np.arange(60, 5050))


def test_a_loss_longer_than_what_is_read_at_once_is_lost_throughout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "fsync", lambda _: None)
    counts = made_up_counts(100_000, 8)
    block = make_block(0, counts, 0.0)
    block.valid[30_000:90_000] = False
    with BdfWriter(tmp_path / "a.bdf", make_info(n_channels=8), started_at=STARTED_AT) as writer:
        writer.write(block)
    whole = joined(read_recording(tmp_path / "a.bdf"))
    assert np.array_equal(whole.valid, block.valid)
    assert np.array_equal(whole.counts, counts)


def test_more_losses_than_fit_lose_no_truth_about_what_is_lost(tmp_path: Path):
    counts = made_up_counts(2000)
    block = make_block(0, counts, 0.0)
    block.valid[100:1500:2] = False
    with BdfWriter(tmp_path / "a.bdf", make_info(), started_at=STARTED_AT) as writer:
        writer.write(block)
    whole = joined(read_recording(tmp_path / "a.bdf"))
    assert not whole.valid[100:1500:2].any(), "a lost sample is never taken for a true one"
    assert whole.valid[:100].all() and whole.valid[1500:].all()
    assert int((tmp_path / "a.bdf").read_bytes()[236:244]) == 2000 / 50, "no record for what is lost alone"


def test_a_flood_of_markers_is_kept_whole(tmp_path: Path):
    notes = tuple(Annotation(0.001 * n, 0.01, f"marker {n} " + "x" * (n % 150)) for n in range(400))
    path = write_recording(tmp_path / "a.bdf", make_info(), made_up_counts(120), notes)
    recording = read_recording(path)
    assert recording.header.n_samples == 120, "records of padding hold the rest, and are taken away again"
    assert [note.text for note in recording.header.annotations] == [note.text for note in notes]
    for name, reader in FOREIGN_READERS.items():
        texts = {note.text for note in reader(path).notes}
        assert {note.text for note in notes} <= texts, name


def test_a_late_marker_and_an_early_one_are_kept(tmp_path: Path):
    with BdfWriter(tmp_path / "a.bdf", make_info(), started_at=STARTED_AT) as writer:
        writer.write(make_block(0, made_up_counts(500), 0.0))
        writer.annotate(Annotation(0.1, 0.0, "late"))
        writer.annotate(Annotation(2.3, 0.0, "early"))
        writer.write(make_block(500, made_up_counts(100), 0.0))
    notes = read_recording(tmp_path / "a.bdf").header.annotations
    assert [(note.onset_s, note.text) for note in notes] == [(0.1, "late"), (2.3, "early")]


def test_a_marker_after_the_last_whole_record_is_kept(tmp_path: Path):
    path = write_recording(tmp_path / "a.bdf", make_info(), made_up_counts(100), (Annotation(0.4, 0.0, "end"),))
    recording = read_recording(path)
    assert recording.header.n_samples == 100
    assert [note.text for note in recording.header.annotations] == ["end"]


def test_samples_out_of_order_are_refused(tmp_path: Path):
    with BdfWriter(tmp_path / "a.bdf", make_info(), started_at=STARTED_AT) as writer:
        writer.write(make_block(0, made_up_counts(50), 0.0))
        with pytest.raises(RecordingError, match="came after sample 49"):
            writer.write(make_block(49, made_up_counts(50), 0.0))


def test_a_closed_writer_says_so(tmp_path: Path):
    writer = BdfWriter(tmp_path / "a.bdf", make_info(), started_at=STARTED_AT)
    writer.close()
    writer.close()
    with pytest.raises(RecordingError, match="is closed"):
        writer.write(make_block(0, made_up_counts(50), 0.0))


def test_the_longest_header_fits(tmp_path: Path):
    info = replace(
        make_info(16_000.0, n_channels=16),
        name="A board with a name that is very long " * 3,
        bandwidth_hz=1234.56789,
        full_scale_counts=8_388_588,
        channels=tuple(
            Channel(
                f"Ä{n} " * 20, 0.0223, Role.REFERENCE, 24.0, "musculus sternocleidomastoideus" * 3, "left" * 9, True
            )
            for n in range(16)
        ),
    )
    with BdfWriter(tmp_path / "a.bdf", info, started_at=STARTED_AT, recording_code="P 001 " * 9) as writer:
        writer.write(make_block(0, made_up_counts(5000, 16), 0.0))
    found = read_recording(tmp_path / "a.bdf").info
    assert found.channels[0].role is Role.REFERENCE
    assert found.channels[0].needled_band
    assert found.full_scale_counts == 8_388_588
    assert found.bandwidth_hz == pytest.approx(1234.56789, rel=1e-5)
    assert len({ch.name for ch in found.channels}) == 16


class InGerman(datetime):
    """Time formatted by `strftime` as with a German locale, which the test machine may not have."""

    def strftime(self, format: str) -> str:
        return super().strftime(format.replace("%b", "Dez").replace("%B", "Dezember"))


def test_the_month_is_english_in_every_language(tmp_path: Path):
    started_at = InGerman(2026, 12, 22, 22, 13, 5)
    assert f"{started_at:%d-%b-%Y}" == "22-Dez-2026"
    with BdfWriter(tmp_path / "a.bdf", make_info(), started_at=started_at) as writer:
        writer.write(make_block(0, made_up_counts(60), 0.0))
    assert b"Startdate 22-DEC-2026 " in (tmp_path / "a.bdf").read_bytes()[:256]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_chunking_gives_the_same_bytes_and_no_lost_sample_passes_for_true(tmp_path: Path, data):
    n_samples = data.draw(st.integers(1, 260))
    counts = made_up_counts(n_samples)
    is_lost = data.draw(st.lists(st.booleans(), min_size=n_samples, max_size=n_samples))
    block = make_block(0, counts, 0.0)
    block.valid[:] = ~np.array(is_lost)
    cuts = sorted(data.draw(st.sets(st.integers(0, n_samples))) | {0, n_samples})
    for name, edges in (("whole", [0, n_samples]), ("cut", cuts)):
        (tmp_path / name).unlink(missing_ok=True)
        with BdfWriter(tmp_path / name, make_info(), started_at=STARTED_AT) as writer:
            for start, stop in pairwise(edges):
                writer.write(block[start:stop])
    assert (tmp_path / "whole").read_bytes() == (tmp_path / "cut").read_bytes()
    found = joined(read_recording(tmp_path / "cut"))
    assert np.array_equal(found.counts, counts)
    assert not (found.valid & ~block.valid).any()
    if np.count_nonzero(np.diff(block.valid)) < 8:
        assert np.array_equal(found.valid, block.valid)
