"""Made-up or damaged texts quickly give a recording or a sentence."""

import contextlib
from pathlib import Path

import pytest

from acquisition import read_recording
from acquisition.core import RecordingError
from tests.cost import assert_costs_at_most

ROWS = "".join(f"{k / 1000:.3f},{k * 37 % 101}\n" for k in range(100))


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def read_if_possible(path: Path) -> None:
    with contextlib.suppress(RecordingError):
        read_recording(path, sampling_rate_hz=1000)


@pytest.mark.parametrize("field", ["1e+-5", "1e²", "1e99999", "1e-", "e5", "--1", "٣e٣"])
def test_a_field_that_looks_like_a_number_is_none(tmp_path: Path, field):
    path = write(tmp_path / "a", "time_s,EMG\n" + ROWS.replace("0.005,", f"{field},"))
    with contextlib.suppress(RecordingError):
        assert read_recording(path, sampling_rate_hz=1000).header.n_samples


@pytest.mark.parametrize(
    "head",
    [
        "# sampl" + "_" * 60_000,
        "# " + "sampl" * 12_000,
        "# " + "sampling rate" * 4_000,
        "# fs=" + "1,000" * 12_000 + "x",
        "# labels" + " " * 60_000,
        "# units" + ":" * 30_000 + " " * 30_000 + "x",
        "# resolution" + ":" * 60_000,
        "#\n" * 30_000 + "#",
        "#" + " " * 60_000,
        "time_s,(" + " " * 60_000 + "x",
        "time_s," + "(" * 60_000,
        "time_s," + "(a" * 30_000,
        "time_s,EMG" + ", " * 30_000 + "V",
        "time_s,EMG" + "_" * 60_000,
        ",".join(f"({' ' * 190}" for _ in range(300)),
    ],
)
def test_a_head_of_64_kb_is_judged_as_quickly_as_one_of_plain_words(tmp_path: Path, head):
    path = write(tmp_path / "a", f"{head}\n{ROWS}")
    plain = write(tmp_path / "b", "# a line of words\n" * 3_500 + f"time_s,EMG\n{ROWS}")
    assert_costs_at_most(15.0, lambda: read_if_possible(path), lambda: read_if_possible(plain))  # measured: up to 4


def test_thousands_of_columns_of_one_name_take_no_longer_than_of_distinct_names(tmp_path: Path):
    row = ",".join("1" * 8_000)
    rows = f"{row}\n{row}\n{row}\n"
    equal = write(tmp_path / "a", ",".join(["E"] * 8_000) + f"\n{rows}")
    distinct = write(tmp_path / "b", ",".join(f"E{number}" for number in range(8_000)) + f"\n{rows}")
    # A search for each name from the first number on: 13 times.
    assert_costs_at_most(4.0, lambda: read_if_possible(equal), lambda: read_if_possible(distinct))
