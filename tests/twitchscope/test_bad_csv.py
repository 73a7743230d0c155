"""Defective text columns: `analyze` rejects them in a sentence, or reads them and reports what is lost."""

import csv
import io
import json
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
    """Return the status, the messages, and the rows of the printed table."""
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
        ("\n".join([NAMES, *(row.replace(".", ",") for row in rows())]), "are there decimal commas, and commas"),
        ("\r".join([NAMES, *rows()]), "is no recording"),
        (with_row("4.0,1.0\x00,2.0"), "is no recording"),
        ("\n".join([NAMES, *(f"{k / 250},1e300,-2e300" for k in range(500))]), "2e+300 µV: these columns are no EMG"),
        ("\n".join([NAMES, *(row.partition(",")[0] for row in rows())]), "names has 3 columns and the first row 1"),
        ("\n".join([",".join(["1.0"] * 1100)] * 20), "1 to 1024, not 1100; a signal has a row a sample"),
    ],
    ids=[
        "empty", "blank lines", "names alone", "not a number throughout", "decimal and other commas",
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


@pytest.mark.parametrize("row", ["4.0,abc,-", "4.0,1.0", ""], ids=["text", "column missing", "empty"])
def test_a_row_that_cannot_be_read_is_lost_and_reported(
    row: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said, table = analyze(tmp_path, with_row(row), capsys)
    assert status == 0
    assert said.count("\n") <= 1
    assert ("1 rows cannot be read and count as lost" in said) == bool(row)  # an empty line is not a row
    assert "twitch" not in [event[2] for event in table[1:]]


@pytest.mark.parametrize("value", ["abc", "1;0", "-", ""])
def test_a_channel_without_a_number_costs_the_others_nothing(
    value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said, table = analyze(tmp_path, with_row(f"4.0,{value},1.0"), capsys)
    assert status == 0
    assert said.endswith("no number where others have one, in so many rows: A 1; taken as railed there\n")
    assert "twitch" not in [event[2] for event in table[1:]]


def test_decimal_commas_are_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = "\n".join([NAMES, *rows(), ""])
    expected = analyze(tmp_path, plain, capsys)
    assert analyze(tmp_path, plain.replace(",", ";").replace(".", ","), capsys) == expected


@pytest.mark.parametrize("value", ["1e300", "1e9", "-99999999"])
def test_an_absurd_value_erases_nothing(value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, said, _ = analyze(tmp_path, with_row(f"4.0,{value},1.0"), capsys)
    assert status == 0
    assert said.endswith("values beyond ±10 V, which no converter gives: A 1; taken as railed there\n")
    assert main(["analyze", str(tmp_path / "signal.csv"), "--format", "json"]) == 0
    channels = json.loads(capsys.readouterr().out)["channels"]
    assert [channel["noise_uv"] for channel in channels] == pytest.approx([2.4, 2.4], abs=0.5)
    assert [channel["baseline_rms_uv"] for channel in channels] == [None, None], "learning it takes ten seconds"


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


@pytest.mark.parametrize(("factor", "unit"), [(1e-6, "V"), (1e-3, "mV")])
def test_a_unit_that_is_not_stated_is_doubted_and_can_be_given(
    factor: float, unit: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "signal.csv"
    signal = 3.0 * np.random.default_rng(5).standard_normal(5000)
    path.write_text("A,B (uV)\n" + "".join(f"{factor * value:.9f},{value:.3f}\n" for value in signal), encoding="utf-8")
    command = ["analyze", str(path), "--rate", "1000", "--format", "json"]
    assert main(command) == 0
    said = capsys.readouterr()
    assert f"µV, which no EMG has: are these {'volts' if unit == 'V' else 'millivolts'}? (--unit {unit})" in said.err
    assert main([*command, "--unit", unit]) == 0
    again = capsys.readouterr()
    assert again.err == ""
    first, second = (channel["noise_uv"] for channel in json.loads(again.out)["channels"])
    assert first == pytest.approx(second, rel=1e-2)


def test_a_unit_that_a_file_tells_is_not_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--record", str(tmp_path / "a.bdf"), "--seconds", "2"]) == 0
    assert main(["analyze", str(tmp_path / "a.bdf"), "--unit", "mV"]) == 0
    assert "the unit given, mV, is not used: it is for columns of plain text that state none" in capsys.readouterr().err


def test_where_no_channel_was_usable_nothing_is_said_of_what_was_not_seen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "signal.csv"
    path.write_text("A (uV),B (g)\n" + "nan,1\n" * 5000, encoding="utf-8")
    setup = tmp_path / "setup.toml"
    setup.write_text('[[channel]]\nnumber = 2\nrole = "off"\n')
    assert main(["analyze", str(path), "--rate", "1000", "--setup", str(setup)]) == 0
    output = capsys.readouterr().out
    assert "no twitch could be seen: no channel was usable" in output
    assert "no twitch seen" not in output


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
    output = capsys.readouterr().out
    assert output.count("TWITCH") == 3
    assert "mV" not in output


@pytest.mark.parametrize("name", ["a", "setup"])
def test_a_file_called_as_a_word_of_the_message_is_named_before_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_text("\n".join([NAMES, *rows()]) + "\n", "utf-8")
    Path("setup.toml").write_text('[[channel]]\nnumber = 9\nrole = "needle"\n', "utf-8")
    assert main(["analyze", name, "--rate", str(RATE_HZ), "--setup", "setup.toml"]) == 1
    assert capsys.readouterr().err.startswith(f"twitchscope: {name}: the setup names channel 9")


@pytest.mark.parametrize("name", ["a", "there"])
def test_a_file_that_is_named_by_the_message_is_named_once(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["analyze", name]) == 1
    assert capsys.readouterr().err == f"twitchscope: there is no file {name}\n"
