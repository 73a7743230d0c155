"""Valid and rejected content of a session's small files."""

import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquisition.core import AmplitudeUnit, RecordingError
from twitchscope.findings.measured_site import SiteRecord
from twitchscope.findings.site_text import site_lines
from twitchscope.saved import session_files
from twitchscope.saved.session_files import MOST_BYTES, read_session
from twitchscope.storage.fields import LONGEST_TEXT, MOST_TEXTS, Fields
from twitchscope.storage.parts import is_being_recorded, was_cut_off

texts = st.text("undo<x\n\u202e", max_size=6)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
EVENT_KEYS = ("kind", "label", "onset_s", "offset_s", "channel", "channels", "reasons", "peak_uv", "feedback_shown",
              "undone_label", "undone_onset_s", "decided_by")  # fmt: skip
SITE_KEYS = (
    "n_twitches", "channel", "is_needle", "decay", "before", "after", "twitches_per_min", "level_ratio", "latency_ms",
    "irritability", "irritability_low",
)  # fmt: skip
INNER_KEYS = ("value", "low", "high", "n", "level_uv", "n_loci", "prevalence", "spikes_per_s")


def _write(folder: Path, *lines: Any) -> Path:
    (folder / "session.json").write_text('{"format": 1}', "utf-8")
    (folder / "events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return folder


@given(st.lists(st.dictionaries(st.sampled_from(EVENT_KEYS), values, max_size=8), max_size=4))
def test_any_journal_is_read_or_refused_in_one_sentence(lines: list[dict[str, Any]]) -> None:
    with TemporaryDirectory() as name:
        try:
            read_session(_write(Path(name), *lines))
        except RecordingError as error:
            assert "\n" not in str(error)


@given(st.dictionaries(st.sampled_from(SITE_KEYS), values | st.dictionaries(st.sampled_from(INNER_KEYS), values)))
def test_any_site_becomes_lines_or_is_refused(site: dict[str, Any]) -> None:
    try:
        record = SiteRecord.from_json(Fields("session.json", site))
    except RecordingError:
        return
    assert record is None or all(isinstance(line, str) for line in site_lines(record, AmplitudeUnit.MICROVOLTS))


def test_an_undo_takes_back_the_mark_it_names_and_no_other(tmp_path: Path) -> None:
    mark = {"kind": "marker", "label": "seen", "decided_by": "operator", "feedback_shown": False}
    undo = {"kind": "marker", "label": "undo", "onset_s": 9.0, "undone_label": "seen", "undone_onset_s": 2.0}
    files = read_session(_write(tmp_path, *({**mark, "onset_s": at_s} for at_s in (3.0, 2.0, 1.0)), undo))
    assert [(one.time_s, one.feedback_shown) for one in files.marks] == [(1.0, False), (3.0, False)]
    assert "was not closed" in files.warnings[0]


def test_a_text_is_one_line_and_no_longer_than_a_page_can_hold() -> None:
    text = Fields("here", {"name": "a\nb\u202e" + "c" * 1000}).text("name")
    assert text.startswith("a b c")
    assert len(text) == LONGEST_TEXT


@pytest.mark.parametrize("content", ["[1]", '"x"', "{", '{"format": "one"}', "[" * 100_000])
def test_a_document_that_is_none_is_refused(tmp_path: Path, content: str) -> None:
    _write(tmp_path)
    (tmp_path / "session.json").write_text(content, "utf-8")
    with pytest.raises(RecordingError, match=r"session\.json"):
        read_session(tmp_path)


def test_a_document_of_a_newer_version_is_refused_and_says_what_reads_it(tmp_path: Path) -> None:
    _write(tmp_path)
    (tmp_path / "session.json").write_text('{"format": 99}', "utf-8")
    with pytest.raises(RecordingError, match=r"session\.json was written by a newer version of this program: use that"):
        read_session(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="a device that never ends: POSIX")
def test_a_document_that_never_ends_is_refused(tmp_path: Path) -> None:
    (tmp_path / "session.json").symlink_to("/dev/zero")
    with pytest.raises(RecordingError, match="too large to be a session's"):
        read_session(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes among its files")
@pytest.mark.parametrize("name", ["session.json", "events.jsonl"])
def test_a_pipe_in_the_place_of_a_file_keeps_nobody_waiting(tmp_path: Path, name: str) -> None:
    _write(tmp_path)
    (tmp_path / name).unlink()
    os.mkfifo(tmp_path / name)
    with pytest.raises(RecordingError, match=rf"{name} cannot be read: it is a pipe"):
        read_session(tmp_path)
    assert was_cut_off(tmp_path)
    assert not is_being_recorded(tmp_path)


def test_an_endless_line_is_left_out_and_said(tmp_path: Path) -> None:
    _write(tmp_path)
    (tmp_path / "events.jsonl").write_bytes(b"9" * 3_000_000 + b"\n")
    files = read_session(tmp_path)
    assert not files.events
    assert "not whole" in " ".join(files.warnings)


def test_a_journal_that_no_session_fills_is_refused_before_it_fills_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = {"kind": "event", "label": "twitch", "onset_s": 1.0, "reasons": ["x"] * (MOST_TEXTS + 1)}
    with pytest.raises(RecordingError, match="a list of at most 1000 texts"):
        read_session(_write(tmp_path, event))
    event["reasons"] = ["x"]
    monkeypatch.setattr(session_files, "MOST_LINES", 3)
    assert len(read_session(_write(tmp_path, *[event] * 3)).events) == 3
    with pytest.raises(RecordingError, match="has more than 3 lines"):
        read_session(_write(tmp_path, *[event] * 4))
    with (tmp_path / "events.jsonl").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(RecordingError, match="is larger than a journal can be"):
        read_session(tmp_path)


def test_a_folder_without_its_document_is_named_with_what_opens_its_recording(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"holds no session\.json: expected a session folder$") as refused:
        read_session(tmp_path)
    assert str(tmp_path) in str(refused.value)
    (tmp_path / "recording.bdf").touch()
    with pytest.raises(RecordingError) as refused:
        read_session(tmp_path)
    assert f"`twitchscope review {tmp_path / 'recording.bdf'}` opens its recording alone" in str(refused.value)
