"""Content of the report on each site, and on what came after the last."""

import json
import shutil
from pathlib import Path

import pytest

from acquisition.core import ChannelSetup, RecordingError, Role, Setup
from tests.twitchscope.conftest import ScriptedBoard, noise_blocks
from tests.twitchscope.report_reading import n_sheets, tell_no_event
from tests.twitchscope.sessions import record_many_sites, record_two_sites
from twitchscope.entries.questions import questions
from twitchscope.entries.sites import AFTER, BEFORE
from twitchscope.report.content import report_page
from twitchscope.report.html import to_html
from twitchscope.report.page import Facts, Heading, Table, Text
from twitchscope.report.pdf import to_pdf
from twitchscope.session.plan import SessionPlan
from twitchscope.session.session import Session


@pytest.fixture(scope="module")
def two_sites(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record_two_sites(tmp_path_factory.mktemp("sites"))


def test_each_site_has_its_twitches_measures_and_answers(two_sites: Path) -> None:
    page = report_page(two_sites)
    titles = [part.text for part in page.parts if isinstance(part, Heading)]
    assert titles[0] == "Site 1: upper trapezius left, active point, <b>3 cm"
    assert titles[1] == "Site 2: infraspinatus"
    outcomes = [
        part.text for part in page.parts if isinstance(part, Text) and "confirmed" in part.text and part.is_strong
    ]
    assert len(outcomes) == 2
    assert all(text.startswith("1 twitch confirmed") for text in outcomes)
    (answers,) = (part for part in page.parts if isinstance(part, Table) and part.header[0] == "question")
    assert [row[1:] for row in answers.rows] == [
        ("7", "3", "-4"),
        ("2.5 kg/cm²", "4 kg/cm²", "+1.5 kg/cm²"),
        ("–", "shock", ""),
    ]
    (twitches,) = (part for part in page.parts if isinstance(part, Table) and part.header[0] == "site")
    assert [row[0] for row in twitches.rows] == ["1", "2"]
    (facts, *_) = (dict(part.rows) for part in page.parts if isinstance(part, Facts))
    assert facts["operator"] == "op-1"
    assert facts["electrode spacing"] == "20 mm"
    assert facts["contraction before"].startswith("seen: Band A 80 µV")
    assert facts["verdicts"] == "partly shown, partly hidden (masked)"
    (account,) = (part for part in page.parts if isinstance(part, Table) and part.header[0] == "account")
    assert account.rows[0][:4] == ("twitch seen", "shown", "1", "1"), "a hidden twitch is no part of what was shown"
    assert "<b>3 cm" not in to_html(page)
    assert n_sheets(to_pdf(page)) == 1


@pytest.mark.parametrize("is_old", [False, True])
def test_a_site_at_which_no_channel_was_usable_says_so_and_one_beside_it_does_not(
    two_sites: Path, tmp_path: Path, is_old: bool
) -> None:
    folder = tmp_path / "session"
    shutil.copytree(two_sites, folder)
    lines = (folder / "events.jsonl").read_text("utf-8").splitlines()
    kept = [line for line in lines if json.loads(line)["kind"] != "event"]
    (folder / "events.jsonl").write_text("\n".join([*kept, ""]), "utf-8")
    tell_no_event(folder / "session.json")
    document = json.loads((folder / "session.json").read_text("utf-8"))
    first, second = document["sites"]
    names = [channel["name"] for channel in document["channels"]]
    assert [channel["name"] for channel in first["channels"]] == names
    assert all(channel["usable_fraction"] > 0.5 for channel in second["channels"][:2])
    first["channels"] = [{"name": name, "usable_fraction": 0.0} for name in names]
    if is_old:  # older sites have no channels of their own
        del first["channels"], second["channels"]
    (folder / "session.json").write_text(json.dumps(document), "utf-8")
    page = report_page(folder)
    told = [part.text for part in page.parts if isinstance(part, Text) and part.is_strong and "No twitch" in part.text]
    usable = "No twitch seen on the surface EMG"
    unusable = "No twitch could be seen: no channel was usable"
    assert [text.split(";")[0].rstrip(".") for text in told] == [usable if is_old else unusable, usable]


def test_what_came_after_the_last_site_is_reported_by_itself(two_sites: Path, tmp_path: Path) -> None:
    folder = tmp_path / "session"
    shutil.copytree(two_sites, folder)
    lines = [json.loads(line) for line in (folder / "events.jsonl").read_text("utf-8").splitlines()]
    (end,) = (line for line in lines if line["label"] == "site_end" and line["site"] == 2)
    end["onset_s"] = 17.5  # the second twitch began at 18 s
    (folder / "events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    page = report_page(folder)
    titles = [part.text for part in page.parts if isinstance(part, Heading)]
    assert titles[1:3] == ["Site 2: infraspinatus", "After the last site"]
    outcomes = [part.text for part in page.parts if isinstance(part, Text) and part.is_strong and "witch" in part.text]
    assert outcomes == ["1 twitch confirmed.", "No twitch seen on the surface EMG.", "1 twitch confirmed."]
    (twitches,) = (part for part in page.parts if isinstance(part, Table) and part.header[0] == "site")
    assert [row[0] for row in twitches.rows] == ["1", "after"]


def test_what_is_no_twitch_after_the_last_site_is_counted_too_and_a_beat_alone_is_not_reported(
    two_sites: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "session"
    shutil.copytree(two_sites, folder)
    journal = (folder / "events.jsonl").read_text("utf-8")
    event = next(line for line in map(json.loads, journal.splitlines()) if line["label"] == "twitch")
    for label, told in (("heartbeat", []), ("uncertain", ["After the last site"])):
        event |= {"label": label, "onset_s": 19.5, "offset_s": 19.6, "snr_db": 29.97, "grade": "medium"}
        (folder / "events.jsonl").write_text(f"{journal}{json.dumps(event)}\n", "utf-8")
        page = report_page(folder)
        assert [one.text for one in page.parts if isinstance(one, Heading) and one.text.startswith("After")] == told
    assert [one.text for one in page.parts if isinstance(one, Text) and one.text.endswith("not counted: 1 uncertain.")]


def test_decibels_are_not_rounded_up_to_the_next_grade(two_sites: Path, tmp_path: Path) -> None:
    folder = tmp_path / "session"
    shutil.copytree(two_sites, folder)
    lines = [json.loads(line) for line in (folder / "events.jsonl").read_text("utf-8").splitlines()]
    for line in lines:
        line |= {"snr_db": 29.97, "grade": "medium"} if line["label"] == "twitch" else {}
    (folder / "events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    (twitches,) = (one for one in report_page(folder).parts if isinstance(one, Table) and "grade" in one.header)
    assert {row[-3].split(" dB")[0] for row in twitches.rows} == {"29"}


def test_session_json_holds_the_sites_and_the_journal_alone_is_enough(two_sites: Path, tmp_path: Path) -> None:
    document = json.loads((two_sites / "session.json").read_text("utf-8"))
    first, second = document["sites"]
    assert (first["start_s"], first["stop_s"], second["start_s"], second["stop_s"]) == (0.0, 16.5, 16.5, 19.0)
    assert (first["muscle"], first["point"], second["muscle"]) == ("upper trapezius", "active", "infraspinatus")
    assert [site["measures"]["n_twitches"] for site in document["sites"]] == [1, 1]
    assert document["result"]["site"]["n_twitches"] == 2
    assert {"label": "pain", "when": "before", "value": 7.0, "text": "7"} in first["answers"]
    assert document["visit"]["study_arm"] == "B"
    assert document["checks"][0]["label"] == "contraction"
    folder = tmp_path / "session"
    shutil.copytree(two_sites, folder)
    document["result"], document["sites"] = None, []
    (folder / "session.json").write_text(json.dumps(document), "utf-8")
    page = report_page(folder)
    assert "Site 1: upper trapezius left, active point, <b>3 cm" in [
        p.text for p in page.parts if isinstance(p, Heading)
    ]
    assert any(part.header[0] == "question" for part in page.parts if isinstance(part, Table))


@pytest.mark.parametrize(
    "line",
    [
        '{"kind": "answer", "label": "pain", "onset_s": 1.0, "site": "one", "when": "before", "value": 3}',
        '{"kind": "site", "label": "site_begin", "onset_s": null, "site": 1}',
        '{"kind": "site", "label": "site_begin", "onset_s": 1.0, "site": 1, "muscle": 7}',
        '{"kind": "check", "label": "contact", "onset_s": 1.0, "text": []}',
    ],
)
def test_a_hostile_line_of_a_site_is_refused_in_one_sentence(two_sites: Path, tmp_path: Path, line: str) -> None:
    folder = tmp_path / "session"
    shutil.copytree(two_sites, folder)
    with (folder / "events.jsonl").open("a", encoding="utf-8") as journal:
        journal.write(line + "\n")
    with pytest.raises(RecordingError, match=r"events\.jsonl") as refused:
        report_page(folder)
    assert "\n" not in str(refused.value)


def test_six_full_sites_are_one_sheet_and_nothing_is_left_out(tmp_path: Path) -> None:
    page = report_page(record_many_sites(tmp_path, 6))
    assert n_sheets(to_pdf(page)) == 1
    (sites,) = (
        part for part in page.parts if isinstance(part, Table) and part.header[0] == "site" and "outcome" in part.header
    )
    assert [row[0] for row in sites.rows[6:]] == ["After the last site"], "a twitch came 0.05 s after its end"
    assert sites.rows[5][0] == "Site 6: infraspinatus right, latent point"
    (answers,) = (part for part in page.parts if isinstance(part, Table) and part.header[0] == "before → after")
    assert answers.header[1:] == tuple(f"site {number}" for number in range(1, 7))
    asked = {question.label: question.words for when in (BEFORE, AFTER) for question in questions(when)}
    assert {row[0] for row in answers.rows} == set(asked.values())
    pain = next(row for row in answers.rows if row[0] == asked["pain"])
    assert pain[1:] == ("8 → 2",) * 6


def test_a_remote_pair_does_not_tell_the_muscle_of_the_site(tmp_path: Path) -> None:
    setup = Setup(
        {
            2: ChannelSetup(role=Role.REFERENCE, muscle="deltoid", side="right"),
            3: ChannelSetup(role=Role.ECG, muscle="chest"),
        }
    )
    with ScriptedBoard(noise_blocks(3.0), setup=setup) as board:
        folder = Session(board, SessionPlan(tmp_path, "p1")).run().folder
    assert folder is not None
    headings = [part.text for part in report_page(folder).parts if isinstance(part, Heading)]
    assert "Site: muscle not stated" in headings


def test_each_channel_has_its_own_rest_whatever_it_is_called(tmp_path: Path) -> None:
    setup = Setup({1: ChannelSetup(name="EMG 4", role=Role.REFERENCE)})
    with ScriptedBoard(noise_blocks(20.0), setup=setup) as board:
        folder = Session(board, SessionPlan(tmp_path, "p1")).run().folder
    assert folder is not None
    path = folder / "session.json"
    document = json.loads(path.read_text("utf-8"))
    assert [one["name"] for one in document["channels"]] == ["EMG 4", "EMG 2", "EMG 3", "EMG 4 2"]
    for key in ("channels", "result"):  # as written by a version that did not make names unique
        (document[key] if key == "channels" else document[key]["channels"])[3]["name"] = "EMG 4"
    for number, channel in enumerate(document["result"]["channels"]):
        channel["baseline_rms_uv"] = 1.0 + number
    path.write_text(json.dumps(document), "utf-8")
    (table,) = (one for one in report_page(folder).parts if isinstance(one, Table) and one.header[0] == "channel")
    assert [row[4] for row in table.rows] == ["1.00 µV", "2.00 µV", "3.00 µV", "4.00 µV"]
