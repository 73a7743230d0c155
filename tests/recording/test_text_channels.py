"""Which columns of a text are channels, in which unit, and what is said of the others."""

from collections.abc import Callable
from pathlib import Path

import pytest

from acquisition import read_recording
from acquisition.core import RecordingError, Role
from acquisition.recording.recording import Recording
from tests.recording.support import joined


def read(path: Path, names: str, row: Callable[[int], tuple[float, ...]], unit: str | None = None) -> Recording:
    """Open a text of 1000 rows at 1000 Hz."""
    rows = [",".join(f"{value:.10g}" for value in row(k)) for k in range(1000)]
    path.write_text("\n".join(["# fs = 1000", names, *rows, ""]), "utf-8")
    return read_recording(path, unit=unit)


def test_what_is_left_out_by_its_name_is_told(tmp_path: Path):
    names = "time_s,EMG (uV),Trigger,Label left (uV)"
    recording = read(tmp_path / "a", names, lambda k: (k / 1000, k % 7, k % 2, k % 5))
    assert [channel.name for channel in recording.info.channels] == ["EMG", "Label left"]
    assert recording.header.warnings == ("left out by their names, as no signals: Trigger",)


def test_a_column_of_sums_costs_the_others_nothing(tmp_path: Path):
    recording = read(tmp_path / "a", "EMG (uV),crc", lambda k: (k % 7, 1e14 * (k * 37 % 101)))
    assert [channel.role for channel in recording.info.channels] == [Role.SURFACE, Role.OFF]
    assert "not watched, as their values are no voltages: crc (1e+16 µV)" in recording.header.warnings
    assert recording.info.to_microvolts(joined(recording).counts)[:8, 0] == pytest.approx([0, 1, 2, 3, 4, 5, 6, 0])
    with pytest.raises(RecordingError, match="these columns are no EMG"):
        read(tmp_path / "a", "crc,pressure (Pa)", lambda k: (1e14 * (k * 37 % 101), k % 7))
