import os
import stat
import subprocess
import sys
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acquisition import read_recording
from acquisition.core import AuxChannel, Channel, RecordingError, Role, held_block, make_block
from acquisition.recording import Annotation, BdfWriter
from tests.patience import DEADLINE_S
from tests.recording.support import (
    FOREIGN_READERS,
    STARTED_AT,
    joined,
    made_up_counts,
    make_info,
    write_recording,
)

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
    told = sorted(note for note in found.notes if note.text != "padding")
    assert [note.text for note in told] == [note.text for note in notes]
    assert [note.onset_s for note in told] == pytest.approx([note.onset_s for note in notes], abs=1e-6)
    assert [note.duration_s for note in told] == pytest.approx([0.05] * 10)


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


@pytest.mark.parametrize("scale_uv", [0.00186995, 1e-4, 0.0123456789, 1.0, 0.9, 7.3, 1e3])
def test_a_scale_that_8_characters_cannot_hold_is_rounded_outwards_and_told(tmp_path: Path, scale_uv):
    info = replace(make_info(), channels=(Channel("a", scale_uv),))
    with BdfWriter(tmp_path / "a.bdf", info, started_at=STARTED_AT) as writer:
        writer.write(make_block(0, made_up_counts(50, 1), 0.0))
        told_uv = writer.info.channels[0].microvolts_per_count
    assert told_uv == read_recording(tmp_path / "a.bdf").info.channels[0].microvolts_per_count
    assert scale_uv * (1 - 1e-12) <= told_uv <= scale_uv * (1 + 2e-4)


def test_a_scale_that_no_header_can_hold_is_refused(tmp_path: Path):
    info = replace(make_info(), channels=(Channel("a", 1e-15),))
    with pytest.raises(RecordingError, match="no scale that BDF can hold"):
        BdfWriter(tmp_path / "a.bdf", info, started_at=STARTED_AT)
    assert list(tmp_path.iterdir()) == []


def test_counts_beyond_24_bits_are_clamped(tmp_path: Path):
    counts = np.array([[-8_388_608, 2**31 - 1, -(2**31)]] * 50, np.int32)
    whole = joined(read_recording(write_recording(tmp_path / "a.bdf", make_info(), counts)))
    assert (whole.counts == [-8_388_607, 8_388_607, -8_388_607]).all()


class _Killed:
    """Copies of a file after every step that its writer takes: what a process killed there leaves behind."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path = path
        self.states: list[bytes] = []
        for name in ("write", "link", "close", "ftruncate", "unlink"):
            monkeypatch.setattr(os, name, self._watched(getattr(os, name), name))

    def _watched(self, function, name):
        def call(*args, **kwargs):
            if name == "write" and len(args[1]) > 8:  # the system may write less than asked
                args = (args[0], args[1][: max(1, len(args[1]) // 2)])
            result = function(*args, **kwargs)
            if self.path.exists():
                state = self.path.read_bytes()
                if not self.states or state != self.states[-1]:
                    self.states.append(state)
            return result

        return call


@pytest.mark.skipif(os.name == "nt", reason="the steps watched are those of POSIX")
@pytest.mark.parametrize("program", FOREIGN_READERS)
def test_killed_at_every_step_other_programs_open_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program):
    counts = made_up_counts(180)
    killed = _Killed(tmp_path / "a.bdf", monkeypatch)
    write_recording(killed.path, make_info(), counts, (Annotation(0.0, 0.0, "first"), Annotation(0.3, 0.0, "second")))
    monkeypatch.undo()
    assert len(killed.states) > 20
    for number, state in enumerate(killed.states):
        path = tmp_path / f"{number}.bdf"
        path.write_bytes(state)
        found = FOREIGN_READERS[program](path)
        n_samples = min(len(found.digital), 180)
        assert n_samples >= 50
        assert np.array_equal(found.digital[:n_samples, :3], counts[:n_samples])
        assert "first" in {note.text for note in found.notes}
        ours = joined(read_recording(path))
        assert np.array_equal(ours.counts, counts[: len(ours.counts)]) and len(ours.counts) >= n_samples - 50


ENDLESS_WRITER = """
import sys
from datetime import datetime
from pathlib import Path
import numpy as np
from acquisition.core import BoardInfo, ads1299_channels, make_block
from acquisition.recording import Annotation, BdfWriter

info = BoardInfo("Test Board", 250.0, ads1299_channels((24,) * 3), 65.5)
with BdfWriter(Path(sys.argv[1]), info, started_at=datetime(2026, 11, 22)) as writer:
    index = 0
    while True:
        counts = np.arange(index * 3, index * 3 + 30, dtype=np.int32).reshape(10, 3)
        writer.write(make_block(index, counts, 0.0))
        if index % 500 == 0:
            writer.annotate(Annotation(index / 250, 0.0, f"marker {index}"))
        index += 10
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_a_process_killed_outright_leaves_what_every_program_reads(tmp_path: Path):
    path = tmp_path / "a.bdf"
    process = subprocess.Popen([sys.executable, "-c", ENDLESS_WRITER, str(path)], cwd=Path(__file__).parents[2])
    try:
        deadline_s = time.monotonic() + DEADLINE_S
        while not (path.exists() and path.stat().st_size > 100_000):
            assert process.poll() is None and time.monotonic() < deadline_s
            time.sleep(0.005)
    finally:
        process.kill()
        process.wait()
    recording = read_recording(path)
    n_samples = recording.header.n_samples
    expected = np.arange(n_samples * 3).reshape(n_samples, 3)
    assert np.array_equal(joined(recording).counts, expected)
    markers = [note.text for note in recording.header.annotations]
    assert markers[: n_samples // 500] == [f"marker {index}" for index in range(0, n_samples // 500 * 500, 500)]
    for name, reader in FOREIGN_READERS.items():
        found = reader(path)
        assert np.array_equal(found.digital[:n_samples, :3], expected), name
        assert markers == [note.text for note in found.notes][: len(markers)], name


def test_the_file_appears_with_its_first_record_and_grows_record_by_record(tmp_path: Path):
    path = tmp_path / "a.bdf"
    counts = made_up_counts(200)
    with BdfWriter(path, make_info(), started_at=STARTED_AT) as writer:
        writer.write(make_block(0, counts[:49], 0.0))
        assert not path.exists()
        for n_samples in range(50, 200):
            writer.write(make_block(n_samples - 1, counts[n_samples - 1 : n_samples], 0.0))
            assert read_recording(path).header.n_samples == n_samples // 50 * 50
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.bdf"]


def test_without_a_sample_there_is_no_file(tmp_path: Path):
    with BdfWriter(tmp_path / "a.bdf", make_info(), started_at=STARTED_AT) as writer:
        writer.annotate(Annotation(0.0, 0.0, "nothing came"))
    assert list(tmp_path.iterdir()) == []


def test_one_sample_makes_a_file_of_one_sample(tmp_path: Path):
    counts = made_up_counts(1)
    recording = read_recording(write_recording(tmp_path / "a.bdf", make_info(), counts))
    assert recording.header.n_samples == 1
    assert np.array_equal(joined(recording).counts, counts)


def test_a_file_is_never_overwritten(tmp_path: Path):
    path = tmp_path / "a.bdf"
    path.write_text("mine")
    with pytest.raises(RecordingError, match="never overwritten"):
        BdfWriter(path, make_info(), started_at=STARTED_AT)
    assert path.read_text() == "mine"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.bdf"]


def test_a_file_that_comes_into_being_meanwhile_is_not_overwritten(tmp_path: Path):
    path = tmp_path / "a.bdf"
    writer = BdfWriter(path, make_info(), started_at=STARTED_AT)
    path.write_text("mine")
    with pytest.raises(RecordingError, match="meanwhile"):
        writer.write(make_block(0, made_up_counts(50), 0.0))
    writer.close()
    assert path.read_text() == "mine"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.bdf"]


@pytest.mark.skipif(os.name == "nt", reason="Windows deletes no open file")
@pytest.mark.parametrize("moment", ["before the name", "between name and draft"])
def test_a_file_that_is_deleted_meanwhile_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str):
    path, link = tmp_path / "a.bdf", os.link

    def link_and_delete(source: Path, target: Path) -> None:
        if moment == "between name and draft":
            link(source, target)
        for entry in tmp_path.iterdir():
            entry.unlink()
        if moment == "before the name":
            link(source, target)

    monkeypatch.setattr(os, "link", link_and_delete)
    told = pytest.raises(RecordingError, match="was deleted while")
    with BdfWriter(path, make_info(), started_at=STARTED_AT) as writer, told:
        writer.write(make_block(0, made_up_counts(50), 0.0))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="hard links of POSIX")
def test_a_file_system_without_hard_links_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    counts = made_up_counts(60)
    recording = read_recording(write_recording(tmp_path / "a.bdf", make_info(), counts))
    assert np.array_equal(joined(recording).counts, counts)


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
def test_only_the_owner_may_read_it(tmp_path: Path):
    path = write_recording(tmp_path / "a.bdf", make_info(), made_up_counts(60))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(RecordingError, match="cannot be written"):
        BdfWriter(tmp_path / "none" / "a.bdf", make_info(), started_at=STARTED_AT)


def test_a_full_disk_is_told_at_once_and_leaves_a_valid_file(tmp_path: Path):
    resource = pytest.importorskip("resource", reason="a limit of file size is how a full disk is made here")
    signal = pytest.importorskip("signal")
    path = tmp_path / "a.bdf"
    counts = made_up_counts(1000)
    old_limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    old_handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    writer = BdfWriter(path, make_info(), started_at=STARTED_AT)
    n_written = 0
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, old_limit[1]))
        with pytest.raises(RecordingError, match="disk did not take"):
            for n_written in range(0, 1000, 10):
                writer.write(make_block(n_written, counts[n_written : n_written + 10], 0.0))
        with pytest.raises(RecordingError, match="disk"):
            writer.write(make_block(n_written + 10, counts[:10], 0.0))
        with pytest.raises(RecordingError, match="disk"):
            writer.annotate(Annotation(0.0, 0.0, "x"))
        writer.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old_limit)
        signal.signal(signal.SIGXFSZ, old_handler)
    n_whole = (n_written + 10) // 50 - 1
    assert n_whole >= 2
    assert path.stat().st_size == 256 * 5 + n_whole * (3 * 50 * 3 + 576), "the partial record is taken back"
    for reader in FOREIGN_READERS.values():
        assert np.array_equal(reader(path).digital[:, :3], counts[: n_whole * 50])


def test_a_disk_that_is_full_from_the_start_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> int:
        raise OSError(28, "No space left on device")

    writer = BdfWriter(tmp_path / "a.bdf", make_info(), started_at=STARTED_AT)
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", refuse)
        with pytest.raises(RecordingError, match=r"disk did not take.*No space left"):
            writer.write(make_block(0, made_up_counts(50), 0.0))
    writer.close()
    assert list(tmp_path.iterdir()) == []


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


@pytest.mark.skipif(sys.platform == "win32", reason="locale names of POSIX")
def test_the_month_is_english_in_every_language(tmp_path: Path):
    import locale

    old = locale.setlocale(locale.LC_TIME)
    try:
        for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "C"):
            try:
                locale.setlocale(locale.LC_TIME, name)
            except locale.Error:
                continue
            path = write_recording(tmp_path / f"{name}.bdf", make_info(), made_up_counts(60))
            assert b"22-NOV-2026" in path.read_bytes()[:256]
    finally:
        locale.setlocale(locale.LC_TIME, old)


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
