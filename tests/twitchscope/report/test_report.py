"""Report of a session, whatever its files contain."""

import json
import os
import shutil
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

from acquisition.core import RecordingError
from tests.twitchscope.report_reading import n_sheets, read_page, tell_no_event
from tests.twitchscope.sessions import HOSTILE_NAME, record_session
from twitchscope.cli import main
from twitchscope.notice import NOT_A_MEDICAL_DEVICE
from twitchscope.report.content import report_page
from twitchscope.report.html import to_html
from twitchscope.report.page import Facts, Heading, Page, Picture, Table, Text
from twitchscope.report.pdf import to_pdf
from twitchscope.saved.references import ClockTie, Reference, import_references

A4 = b"/MediaBox [0 0 595.28 841.89]"


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record_session(tmp_path_factory.mktemp("out"), feedback_shown=False)


@pytest.fixture(scope="module")
def page(session: Path) -> Page:
    return report_page(session)


def test_the_page_says_what_was_found_and_what_it_is_not(page: Page) -> None:
    text = " ".join(read_page(to_html(page)).texts)
    expected = (
        NOT_A_MEDICAL_DEVICE, "2 twitches confirmed", "upper trapezius left", "hidden (masked)", "2 of 2",
        "0 of 20000 samples", "resting baseline", "twitchscope 0.1.0", "does not compare",
        "30 to 262 Hz, at most 0.05 false alarms a minute from noise at rest",
    )  # fmt: skip
    for said in expected:
        assert said in text, said


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take no name that is no text")
def test_a_folder_whose_name_is_no_text_has_a_report_with_marks_for_its_bytes(session: Path, tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"z\xff\xe9")
    shutil.copytree(session, folder)
    assert main(["report", str(folder)]) == 0
    assert "session z??" in (folder / "report.html").read_text("utf-8")
    assert n_sheets((folder / "report.pdf").read_bytes()) >= 1


def test_marks_are_paired_and_what_was_taken_back_does_not_count(page: Page) -> None:
    (table,) = (part for part in page.parts if isinstance(part, Table) and part.header[0] == "account")
    by_mark = {row[0]: row[1:] for row in table.rows}
    assert by_mark["twitch seen"][:4] == ("hidden", "1", "1", "1")
    assert by_mark["felt by patient"][:4] == ("hidden", "1", "1", "1")
    assert by_mark["twitch seen"][4].startswith("0.67 (")
    assert by_mark["twitch seen"][5].endswith("of 2")


def test_imported_times_are_compared_too(session: Path, tmp_path: Path) -> None:
    folder = tmp_path / "session"
    shutil.copytree(session, folder)
    onset_s = json.loads((folder / "events.jsonl").read_text("utf-8").splitlines()[0])["onset_s"]
    tie = ClockTie(offset_s=5.0)
    import_references(folder, [Reference(onset_s - 5.1, 0.0, "LTR"), Reference(1.0, 0.0, "LTR")], tie, "video")
    (table,) = (part for part in report_page(folder).parts if isinstance(part, Table) and part.header[0] == "account")
    (row,) = (row for row in table.rows if row[0] == "reference-video")
    assert row[1:5] == ("imported", "2", "1", "1")


def test_every_value_is_escaped_and_nothing_is_loaded(page: Page) -> None:
    html = to_html(page)
    reader = read_page(html)
    assert "<script" not in html
    assert HOSTILE_NAME in reader.texts
    assert reader.loads
    assert all(one.startswith("data:image/png;base64,") for one in reader.loads)


def test_the_picture_is_black_and_white_and_has_words(page: Page) -> None:
    (picture,) = (part for part in page.parts if isinstance(part, Picture))
    pixels = imread(BytesIO(picture.png))[:, :, :3]
    assert np.ptp(pixels, axis=2).max() < 0.02
    assert pixels.min() < 0.1
    assert "2 confirmed twitches" in picture.words


def test_the_pdf_is_one_sheet_of_a4(page: Page) -> None:
    pdf = to_pdf(page)
    assert pdf.startswith(b"%PDF-")
    assert A4 in pdf
    assert n_sheets(pdf) == 1


def test_the_fullest_page_is_one_sheet_too(page: Page) -> None:
    (picture,) = (part for part in page.parts if isinstance(part, Picture))
    long = "a reason that is rather long, and another one, and a third"
    full = Page(
        "A session with 漢字 in its name",
        (
            Text("note " * 60),
            *(Text(f"Note: {'a remark of the board ' * 9}") for _ in range(6)),
            Facts(tuple((f"fact {k}", "value " * 12) for k in range(12))),
            picture,
            Table(("no.", "why"), tuple((str(k), long * 2) for k in range(12)), (1, 6)),
            Heading("Agreement"),
            Table(("mark",) * 7, (("twitch seen",) * 7,) * 6, (1,) * 7),
            Table(("channel",) * 6, (("a channel’s name",) * 6,) * 16, (1,) * 6),
            Text("meaning " * 80),
        ),
    )
    assert n_sheets(to_pdf(full)) == 1


def test_what_no_sheet_can_hold_goes_on_to_the_next() -> None:
    rows = tuple((f"site {number}", "a twitch") for number in range(300))
    pdf = to_pdf(Page("Many", (Table(("site", "outcome"), rows, (1, 1)),)))
    assert n_sheets(pdf) > 1


def test_the_command_writes_both_files_privately_and_never_over_others(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "session"
    shutil.copytree(session, folder)
    assert main(["report", str(folder)]) == 0
    first = {name: (folder / name).read_bytes() for name in ("report.html", "report.pdf")}
    assert main(["report", str(folder)]) == 0
    assert all((folder / name).read_bytes() == content for name, content in first.items())
    assert {path.name for path in folder.glob("report*")} == {*first, "report-2.html", "report-2.pdf"}
    assert main(["check", str(folder)]) == 0, capsys.readouterr().out
    assert main(["report", str(folder), "--out", str(folder / "report.pdf")]) == 1
    assert "nothing is overwritten" in capsys.readouterr().err
    assert main(["report", str(folder), "--out", str(tmp_path / "mine.HTML")]) == 0
    assert NOT_A_MEDICAL_DEVICE in (tmp_path / "mine.HTML").read_text("utf-8")


def test_a_further_part_has_a_page_of_its_own(session: Path, tmp_path: Path) -> None:
    folder = tmp_path / "session"
    shutil.copytree(session, folder, ignore=shutil.ignore_patterns("report*"))
    for name in ("recording.bdf", "events.jsonl", "session.json"):
        stem, _, ending = name.partition(".")
        shutil.copy(folder / name, folder / f"{stem}-2.{ending}")
    (folder / "events-2.jsonl").write_text("", "utf-8")
    tell_no_event(folder / "session-2.json")
    assert main(["report", str(folder), "--part", "2"]) == 0
    text = " ".join(read_page((folder / "report-of-part-2.html").read_text("utf-8")).texts)
    assert "part 2" in text
    assert "No twitch seen" in text
    assert main(["report", str(folder), "--part", "3"]) == 1
    assert "this is part 1" in " ".join(read_page(to_html(report_page(folder))).texts)


def test_wrong_paths_are_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (tmp_path, tmp_path / "nowhere", Path(__file__)):
        assert main(["report", str(path)]) == 1
        said = capsys.readouterr().err
        assert said.startswith("twitchscope: ")
        assert said.count("\n") == 1
    with pytest.raises(SystemExit) as ended:
        main(["report", str(tmp_path), "--out", "report.docx"])
    assert ended.value.code == 2


def _set(document: dict[str, Any], *path: Any, value: Any) -> None:
    for key in path[:-1]:
        document = document[key]
    document[path[-1]] = value


HOSTILE_DOCUMENTS: dict[str, Callable[[dict[str, Any]], None]] = {
    "a board that is a list": lambda doc: _set(doc, "board", value=["x"]),
    "a board's name that is a number": lambda doc: _set(doc, "board", "name", value=7),
    "notes that are no texts": lambda doc: _set(doc, "board", "notes", value=[1, 2]),
    "a result that is a text": lambda doc: _set(doc, "result", value="good"),
    "samples without end": lambda doc: _set(doc, "result", "n_samples", value=float("inf")),
    "a count of 400 digits": lambda doc: _set(doc, "result", "n_lost", value=10**400),
    "a measured rate that is true": lambda doc: _set(doc, "result", "measured_rate_hz", value=True),
    "channels that are texts": lambda doc: _set(doc, "result", "channels", value=["Band A"]),
    "a channel of an unknown role": lambda doc: _set(doc, "channels", 0, "role", value="brain"),
    "more channels than there are": lambda doc: doc["channels"].append(doc["channels"][0]),
    "a site that is a list": lambda doc: _set(doc, "result", "site", value=[]),
    "an estimate without a value": lambda doc: _set(doc, "result", "site", "twitches_per_min", value={"low": 1.0}),
    "a stretch that is a number": lambda doc: _set(doc, "result", "site", "before", value=3),
    "a band of one edge": lambda doc: _set(doc, "detector", "band_hz", value=[30.0]),
    "a band without end": lambda doc: _set(doc, "detector", "band_hz", value=[30.0] * 10**6),
    "a band that falls": lambda doc: _set(doc, "detector", "band_hz", value=[200.0, 30.0]),
    "a band beyond half the rate": lambda doc: _set(doc, "detector", "band_hz", value=[30.0, 501.0]),
    "a band of texts": lambda doc: _set(doc, "detector", "band_hz", value=["30", "200"]),
    "a start that is no text": lambda doc: _set(doc, "started_at", value=[]),
}


@pytest.mark.parametrize("damage", HOSTILE_DOCUMENTS.values(), ids=HOSTILE_DOCUMENTS.keys())
def test_a_hostile_document_is_refused_in_one_sentence(
    session: Path, tmp_path: Path, damage: Callable[[dict[str, Any]], None]
) -> None:
    folder = tmp_path / "session"
    shutil.copytree(session, folder, ignore=shutil.ignore_patterns("report*"))
    document = json.loads((folder / "session.json").read_text("utf-8"))
    damage(document)
    (folder / "session.json").write_text(json.dumps(document), "utf-8")
    with pytest.raises(RecordingError, match=r"session\.json") as refused:
        report_page(folder)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(("told_hz", "said"), [([41.0, 180.0], "41 to 180 Hz"), (None, "30 to 262 Hz")])
def test_the_band_is_the_one_in_which_the_session_was_detected(
    session: Path, tmp_path: Path, told_hz: list[float] | None, said: str
) -> None:
    folder = tmp_path / "session"
    shutil.copytree(session, folder)
    document = json.loads((folder / "session.json").read_text("utf-8"))
    document["detector"]["band_hz"] = told_hz
    (folder / "session.json").write_text(json.dumps(document), "utf-8")
    page = report_page(folder)
    (facts, *_) = (dict(part.rows) for part in page.parts if isinstance(part, Facts))
    assert facts["detector"].startswith(said)
    (picture,) = (part for part in page.parts if isinstance(part, Picture))
    assert said in picture.words


def test_a_session_that_was_not_closed_has_a_report_that_says_so(session: Path, tmp_path: Path) -> None:
    folder = tmp_path / "session"
    shutil.copytree(session, folder)
    document = json.loads((folder / "session.json").read_text("utf-8"))
    document["result"] = None
    (folder / "session.json").write_text(json.dumps(document), "utf-8")
    with (folder / "events.jsonl").open("a", encoding="utf-8") as journal:
        journal.write('{"kind": "event", "onset_s": 19.')
    text = " ".join(read_page(to_html(report_page(folder))).texts)
    assert "was not closed" in text
    assert "is not whole and was left out" in text
    assert "2 twitches confirmed" in text


def test_a_session_without_twitch_never_says_that_there_was_none(session: Path, tmp_path: Path) -> None:
    folder = tmp_path / "session"
    shutil.copytree(session, folder)
    (folder / "events.jsonl").write_text("", "utf-8")
    tell_no_event(folder / "session.json")
    text = " ".join(read_page(to_html(report_page(folder))).texts)
    assert "No twitch seen on the surface EMG" in text
    assert "Nobody marked" in text


def test_a_session_without_a_usable_channel_says_that_none_could_be_seen(session: Path, tmp_path: Path) -> None:
    folder = tmp_path / "session"
    shutil.copytree(session, folder)
    (folder / "events.jsonl").write_text("", "utf-8")
    tell_no_event(folder / "session.json")
    document = json.loads((folder / "session.json").read_text("utf-8"))
    for channel in document["result"]["channels"]:
        channel["usable_fraction"] = 0.0
    (folder / "session.json").write_text(json.dumps(document), "utf-8")
    text = " ".join(read_page(to_html(report_page(folder))).texts)
    assert "No twitch could be seen: no channel was usable" in text
    assert "No twitch seen" not in text


@pytest.mark.parametrize(
    ("role", "said"),
    [
        ("surface", "No twitch seen on the surface EMG"),
        ("off", "No twitch could be seen: no channel is one of a muscle"),
    ],
)
def test_a_session_that_was_not_closed_says_of_no_twitch_what_its_channels_allow(
    session: Path, tmp_path: Path, role: str, said: str
) -> None:
    folder = tmp_path / "session"
    shutil.copytree(session, folder)
    (folder / "events.jsonl").write_text("", "utf-8")
    document = json.loads((folder / "session.json").read_text("utf-8"))
    document["result"] = None
    for channel in document["channels"]:
        channel["role"] = role
    (folder / "session.json").write_text(json.dumps(document), "utf-8")
    text = " ".join(read_page(to_html(report_page(folder))).texts)
    assert "was not closed" in text
    assert said in text


@pytest.mark.parametrize("is_told", [True, False])
def test_what_stands_out_of_the_local_floor_alone_is_not_reported_as_over_the_baseline(
    session: Path, tmp_path: Path, is_told: bool
) -> None:
    folder = tmp_path / "session"
    shutil.copytree(session, folder)
    lines = [json.loads(line) for line in (folder / "events.jsonl").read_text("utf-8").splitlines()]
    first, second = (line for line in lines if line["label"] == "twitch")
    assert second["over_floor"] is False
    if is_told:
        first["over_floor"] = True
    else:  # as written by an older version
        del first["over_floor"]
        document = json.loads((folder / "session.json").read_text("utf-8"))
        (channel,) = (one for one in document["result"]["channels"] if one["name"] == first["channel"])
        channel["baseline_rms_uv"] = None
        (folder / "session.json").write_text(json.dumps(document), "utf-8")
    (folder / "events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    page = report_page(folder)
    (table,) = (part for part in page.parts if isinstance(part, Table) and "over baseline" in part.header)
    over = table.header.index("over baseline")
    assert [row[over].endswith("dB (floor)") for row in table.rows] == [True, False]
    assert any(isinstance(part, Text) and part.text.startswith("(floor): ") for part in page.parts)


@pytest.mark.parametrize("journal", [b"", b"\xff\xfe\x00"])
def test_a_journal_that_was_lost_is_no_session_without_twitch(session: Path, tmp_path: Path, journal: bytes) -> None:
    folder = tmp_path / "session"
    shutil.copytree(session, folder)
    (folder / "events.jsonl").write_bytes(journal)
    page = report_page(folder)
    text = " ".join(read_page(to_html(page)).texts)
    assert "No twitch seen" not in text
    assert "Not known whether a twitch was seen" in text
    assert any(isinstance(part, Text) and part.is_strong and "contradicts itself" in part.text for part in page.parts)
    assert "session.json states 2 twitch" in text


def test_a_journal_with_fewer_twitches_than_were_reported_says_so(session: Path, tmp_path: Path) -> None:
    folder = tmp_path / "session"
    shutil.copytree(session, folder)
    lines = (folder / "events.jsonl").read_text("utf-8").splitlines(keepends=True)
    last = max(place for place, line in enumerate(lines) if '"twitch"' in line)
    (folder / "events.jsonl").write_text("".join(lines[:last] + lines[last + 1 :]), "utf-8")
    text = " ".join(read_page(to_html(report_page(folder))).texts)
    assert "1 twitch confirmed, as far as is known (session.json states 2 twitch" in text
