"""Text with columns that is not as it should be: `analyze` says so in a sentence, or reads it and says what is lost."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from twitchscope.cli import main

RATE_HZ, N_ROWS, AT = 250, 2500, 1000
NAMES = "time (s),A (uV),B (uV)"


def rows() -> list[str]:
    signal = np.random.default_rng(5).normal(0.0, 3.0, (N_ROWS, 2))
    return [f"{k / RATE_HZ:.4f},{a:.3f},{b:.3f}" for k, (a, b) in enumerate(signal)]


def with_row(row: str) -> str:
    changed = rows()
    changed[AT] = row
    return "\n".join([NAMES, *changed]) + "\n"


def analyze(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, list[list[str]]]:
    """Return the status, what was said, and the rows of the table that was printed."""
    path = tmp_path / "signal.csv"
    path.write_bytes(text.encode())
    status = main(["analyze", str(path), "--rate", str(RATE_HZ), "--format", "csv"])
    captured = capsys.readouterr()
    assert [one.name for one in tmp_path.iterdir()] == ["signal.csv"]
    return status, captured.err, list(csv.reader(io.StringIO(captured.out)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "found an empty file"),
        ("\n\n\n", "is no recording"),
        (NAMES + "\n", "is no recording"),
        (NAMES + "\n" + "0.0,nan,nan\n" * 500, "no row of numbers"),
        ("\n".join([NAMES, *rows()]).replace(",", ";").replace(".", ","), "decimal commas"),
        ("\n".join([NAMES, *(row.replace(".", ",") for row in rows())]), "is no recording"),
        ("\r".join([NAMES, *rows()]), "is no recording"),
        (with_row("4.0,1.0\x00,2.0"), "is no recording"),
        (with_row("4.0,1e300,2.0"), "values up to 1e+300 µV: these columns are no EMG"),
        ("\n".join([NAMES, *(row.partition(",")[0] for row in rows())]), "no column of a signal"),
        ("\n".join([",".join(["1.0"] * 1100)] * 20), "1 to 1024, not 1100; a signal has a row a sample"),
    ],
    ids=[
        "empty", "blank lines", "names alone", "not a number throughout", "decimal commas", "decimal and other commas",
        "old line ends", "a byte of zero", "absurdly large", "columns missing throughout", "on its side",
    ],
)  # fmt: skip
def test_it_is_refused_in_one_sentence(
    text: str, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said, table = analyze(tmp_path, text, capsys)
    assert status == 1
    assert said.startswith("twitchscope: ") and said.count("\n") == 1 and "Traceback" not in said
    assert "signal.csv" in said and expected in said
    assert len(table) == 1


@pytest.mark.parametrize(
    "row", ["4.0,abc,1.0", "4.0,1.0", "4.0,1;0,2.0", ""], ids=["text", "column missing", "typo", "empty"]
)
def test_a_row_that_cannot_be_read_is_lost_and_told(
    row: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said, table = analyze(tmp_path, with_row(row), capsys)
    assert status == 0
    assert said.count("\n") <= 1
    assert ("1 rows cannot be read and count as lost" in said) == bool(row)  # an empty line is no row
    assert "twitch" not in [event[2] for event in table[1:]]


@pytest.mark.parametrize("value", ["nan", "NaN", "inf", "-inf"])
def test_a_value_that_is_none_is_no_twitch(value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, table = analyze(tmp_path, with_row(f"4.0,{value},1.0"), capsys)
    assert status == 0
    assert "twitch" not in [event[2] for event in table[1:]]


@pytest.mark.parametrize("cut", [0, 3])
def test_line_ends_may_be_mixed_and_the_last_one_missing(
    cut: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = "\n".join([NAMES, *rows()])
    mixed = "".join(row + ("\r\n" if k % 2 else "\n") for k, row in enumerate(plain.split("\n"))).rstrip()
    expected = analyze(tmp_path, plain, capsys)
    assert expected[0] == 0
    assert analyze(tmp_path, mixed[: len(mixed) - cut], capsys) == expected


def test_counts_of_no_known_scale_may_be_as_large_as_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(5)
    signal = 3.0 * rng.standard_normal(24_000)
    for start in range(14_000, 23_000, 3_000):
        signal[start : start + 50] += 60.0 * rng.standard_normal(50)
    path = tmp_path / "counts.csv"
    path.write_text("A (counts)\n" + "".join(f"{round(500.0 * value)}\n" for value in signal), encoding="utf-8")
    assert main(["analyze", str(path), "--rate", "1000"]) == 0
    told = capsys.readouterr().out
    assert told.count("TWITCH") == 3
    assert "mV" not in told
