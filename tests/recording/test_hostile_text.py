"""Texts that somebody made up or broke give a recording or a sentence, and at once."""

import contextlib
from pathlib import Path

import pytest

from acquisition import read_recording
from acquisition.core import RecordingError

ROWS = "".join(f"{k / 1000:.3f},{k * 37 % 101}\n" for k in range(100))


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("field", ["1e+-5", "1e²", "1e99999", "1e-", "e5", "--1", "٣e٣"])
def test_a_field_that_looks_like_a_number_is_none(tmp_path: Path, field):
    path = write(tmp_path / "a", "time_s,EMG\n" + ROWS.replace("0.005,", f"{field},"))
    with contextlib.suppress(RecordingError):
        assert read_recording(path, sampling_rate_hz=1000).header.n_samples
