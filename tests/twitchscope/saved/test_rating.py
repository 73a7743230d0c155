"""Decisions of a rater beside the automatic events, and the agreement of accounts."""

import json
import os
import stat
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquisition.core import RecordingError
from dsp import LABELS
from tests.twitchscope.events import event
from twitchscope.saved.accounts import accounts
from twitchscope.saved.agreement import Overlap
from twitchscope.saved.rating import (
    NO_EVENT,
    Rating,
    check_rater,
    rating_path,
    ratings_beside,
    read_decisions,
)
from twitchscope.saved.session_files import Mark

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def rating(tmp_path: Path) -> Rating:
    return Rating(rating_path(tmp_path, "r1"), "r1", None, lambda: NOW)


def again(rating: Rating) -> Rating:
    return Rating(rating.path, rating.rater, rating.blind_seed, lambda: NOW)


def test_each_decision_is_on_the_disk_at_once_and_the_owner_alone_can_read_it(rating: Rating) -> None:
    assert not rating.path.exists(), "looking leaves nothing behind"
    rating.label(event(10.0), "voluntary")
    added = rating.add(20.0, 20.1, "Band B", "twitch")
    assert again(rating).decisions == rating.decisions
    if os.name != "nt":
        assert stat.S_IMODE(rating.path.stat().st_mode) == 0o600
    assert added.about_s is None
    document = json.loads(rating.path.read_text("utf-8"))
    assert document["rater"] == "r1"
    assert "Not a medical device" in document["notice"]


def test_an_event_is_decided_once_and_moved_without_losing_which_it_was(rating: Rating) -> None:
    one = event(10.0)
    rating.label(one, "uncertain")
    decision = rating.label(one, "twitch")
    moved = rating.change(decision, onset_s=10.02)
    assert rating.decisions == (moved,)
    assert (moved.about_s, moved.onset_s, moved.offset_s, moved.label) == (10.0, 10.02, 10.06, "twitch")
    assert rating.on(one) == moved
    assert rating.change(moved, onset_s=11.0).offset_s == 11.0, "an event cannot end before it begins"


def test_every_change_can_be_taken_back_in_order(rating: Rating) -> None:
    one = event(10.0)
    rating.label(one, "twitch")
    added = rating.add(12.0, 12.1, "Band A", "twitch")
    rating.remove(added)
    states = []
    while rating.undo():
        states.append([decision.onset_s for decision in again(rating).decisions])
    assert states == [[10.0, 12.0], [10.0], []]


def test_two_windows_do_not_overwrite_each_other(rating: Rating) -> None:
    other = again(rating)
    other.label(event(10.0), "twitch")
    with pytest.raises(RecordingError, match="another window"):
        rating.label(event(11.0), "artifact")
    assert [decision.onset_s for decision in again(rating).decisions] == [10.0]
    assert rating.decisions == ()


def test_raters_have_files_of_their_own_beside_a_session_or_a_recording(tmp_path: Path) -> None:
    recording = tmp_path / "a.bdf"
    recording.touch()
    for rater in ("r1", "r2"):
        Rating(rating_path(recording, rater), rater, 7, lambda: NOW).label(event(1.0), "twitch")
    (tmp_path / "a.bdf.rating-NO.json").write_text("{}", "utf-8")
    assert sorted(ratings_beside(recording)) == ["r1", "r2"]
    assert all(decision.is_blind for decision in read_decisions(ratings_beside(recording)["r2"]))
    assert ratings_beside(tmp_path) == {}


@pytest.mark.parametrize("name", ["", "Dr Smith", "../x", "a" * 41, "R1"])
def test_a_name_that_is_no_pseudonym_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="a rater is named by"):
        check_rater(name)


KEYS = ("about_s", "about_channel", "label", "onset_s", "offset_s", "channel", "is_blind", "decided_at")
values = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from([*LABELS, NO_EVENT, "x"]) | st.just([])
)


@given(st.lists(st.dictionaries(st.sampled_from(KEYS), values, max_size=8), max_size=3))
def test_any_file_is_read_or_refused_in_one_sentence(decisions: list[dict[str, Any]]) -> None:
    with TemporaryDirectory() as name:
        path = Path(name) / "rating-r1.json"
        path.write_text(json.dumps({"format": 1, "decisions": decisions}), "utf-8")
        try:
            assert all(one.label in (*LABELS, NO_EVENT) for one in read_decisions(path))
        except RecordingError as error:
            assert "\n" not in str(error)


def test_accounts_are_compared_each_in_its_own_way(rating: Rating) -> None:
    events = [event(10.0), event(20.0), event(30.0), event(40.0, "voluntary")]
    marks = [
        Mark("seen", 11.9, "", "operator", True),
        Mark("seen", 22.1, "", "operator", True),
        Mark("felt_by_patient", 30.5, "", "operator", False),
        *(Mark(label, at_s, "", "operator", True) for label, at_s in (("needle_in", 9.0), ("needle_out", 12.0),
                                                                     ("needle_in", 50.0))),
    ]  # fmt: skip
    rating.label(events[0], "twitch")
    rating.label(events[1], "artifact")
    rating.label(events[3], "twitch")
    imported = [Mark("LTR", at_s, "", "video", True) for at_s in (10.2, 29.0)]
    ratings = {"r1": rating.decisions}
    found = {one.name: one for one in accounts(events, marks, {"reference-video": imported}, ratings, 60.0)}
    seen = found["twitch seen"]
    assert (seen.verdicts, seen.counted) == ("shown", Overlap(1, 2, 1))
    assert (seen.table.n_both, seen.table.n_neither) == (1, 1)
    assert found["felt by patient"].counted == Overlap(0, 0, 1), "masked marks are compared with masked events alone"
    assert found["reference-video"].counted == Overlap(1, 2, 1)
    rated = found["rater r1"]
    assert rated.counted == Overlap(1, 1, 1), "what was not judged counts for nobody"
    assert rated.table.n == 0, "a rater who has not judged every twitch has said nothing about passes"
    assert rated.row()[-1] == "no pass compared"
    assert rated.verdicts == "shown"


def test_a_rater_is_blind_who_saw_no_verdict_at_all(rating: Rating) -> None:
    seen = rating.label(event(10.0), "twitch")
    blind = replace(seen, is_blind=True)
    for decisions, verdicts in (([blind], "hidden"), ([blind, seen], "shown"), ([seen], "shown")):
        (account,) = accounts([event(10.0)], [], {}, {"r1": decisions}, 60.0)
        assert account.verdicts == verdicts
