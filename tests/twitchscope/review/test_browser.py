"""Browsing of a rater through a recording, without a screen."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquisition.core import AmplitudeUnit, BoardInfo, RecordingError, ads1299_channels
from acquisition.recording import Recording, RecordingHeader
from tests.twitchscope.events import event
from twitchscope.findings.event import Event
from twitchscope.review.browser import BLIND_LABELS_ONLY, CHOOSE_FIRST, Browser
from twitchscope.review.glance import glance_of
from twitchscope.review.items import all_items, blind_items
from twitchscope.review.signal import RecordedSignal, SignalView, load_signal, overview_parts
from twitchscope.saved.rating import NO_EVENT, Rating

NOW = datetime(2026, 1, 2, tzinfo=UTC)
RATE_HZ = 1000.0


EVENTS = [event(10.0), event(20.0, "heartbeat"), event(30.0, "artifact"), event(40.0), event(50.0, channel="elsewhere")]


def browser(tmp_path: Path, seed: int | None = None, events: Sequence[Event] = EVENTS) -> Browser:
    rating = Rating(tmp_path / "rating-r1.json", "r1", seed, lambda: NOW)
    return Browser(events, rating, 60.0, ["A", "B"], RATE_HZ)


def test_events_are_gone_through_in_order_heartbeats_on_demand(tmp_path: Path) -> None:
    one = browser(tmp_path)
    visited = []
    for _ in range(4):
        assert one.selected is not None
        visited.append(one.selected.onset_s)
        assert one.start_s <= visited[-1] <= one.stop_s
        one.step(1)
    assert visited == [10.0, 30.0, 40.0, 40.0], "an event of a channel that is not there is left out"
    one.toggle_heartbeats()
    one.step(-1)
    one.step(-1)
    assert one.selected is not None
    assert one.selected.onset_s == 20.0


def test_what_a_rater_decides_stands_beside_what_the_detector_reported(tmp_path: Path) -> None:
    one = browser(tmp_path)
    one.pick(5.0, 0, reach_s=0.01)
    assert one.label("twitch") == CHOOSE_FIRST
    one.step(1)
    one.label("voluntary")
    one.move(0.01)
    item = one.selected
    assert item is not None
    assert item.event is EVENTS[0], "the automatic event is never touched"
    assert item.event.onset_s == 10.0
    assert item.decision is not None
    assert (item.decision.label, item.onset_s, item.offset_s) == ("voluntary", 10.01, 10.07)
    one.lengthen(-1.0)
    assert one.selected is not None
    assert one.selected.offset_s == one.selected.onset_s
    one.delete()
    assert one.selected is not None
    assert one.selected.decision is not None
    assert one.selected.decision.label == NO_EVENT
    while one.undo() == "":
        pass
    assert one.selected is not None
    assert one.selected.decision is None


def test_an_event_is_added_selected_relabelled_and_taken_away(tmp_path: Path) -> None:
    one = browser(tmp_path)
    one.add(25.0, 1)
    assert one.selected is not None
    assert (one.selected.event, one.selected.channel, one.selected.onset_s) == (None, "B", 25.0)
    one.label("uncertain")
    one.move(-0.5)
    assert one.selected.onset_s == 24.5
    assert one.agree() != ""
    one.delete()
    assert one.rating.decisions == ()
    assert len(one.items) == 3


def test_agreeing_keeps_the_detectors_label(tmp_path: Path) -> None:
    one = browser(tmp_path)
    one.pick(30.02, 0, reach_s=0.01)
    assert one.agree() == ""
    assert [decision.label for decision in one.rating.decisions] == ["artifact"]
    one.pick(33.0, 1, reach_s=0.01)
    assert one.selected is None
    assert one.cursor == (33.0, 1)


def test_blind_rating_hides_the_verdict_and_goes_on_to_the_next_undecided(tmp_path: Path) -> None:
    one = browser(tmp_path, seed=3)
    order = [item.onset_s for item in one.items]
    assert sorted(order) == [10.0, 30.0, 40.0]
    assert one.selected is one.items[0]
    for act in (one.agree, one.delete, lambda: one.add(5.0, 0), lambda: one.move(0.1)):
        assert act() == BLIND_LABELS_ONLY
    shown = glance_of(one, AmplitudeUnit.MICROVOLTS)
    assert "twitch strong" not in f"{shown.headline} {shown.detail} {shown.counts}".lower()
    for label in ("twitch", "artifact"):
        one.label(label)
    assert one.row == 2
    assert all(decision.is_blind for decision in one.rating.decisions)
    again = browser(tmp_path, seed=3)
    assert [item.onset_s for item in again.items] == order
    assert again.row == 2, "a rating is gone on with where it was left"
    again.label("twitch")
    assert again.n_decided == 3


def test_the_order_of_blind_rating_is_the_seeds_alone() -> None:
    many = [event(float(k)) for k in range(40)]
    first = [item.onset_s for item in blind_items(many, (), 7)]
    assert first == [item.onset_s for item in blind_items(list(reversed(many)), (), 7)]
    assert first != [item.onset_s for item in blind_items(many, (), 8)]
    assert first != sorted(first)


def test_a_decision_about_an_event_that_is_gone_is_not_lost(tmp_path: Path) -> None:
    one = browser(tmp_path)
    one.label("twitch")
    items = all_items(EVENTS[1:], one.rating.decisions, with_heartbeats=False)
    assert (items[0].onset_s, items[0].event) == (10.0, None)


@given(st.lists(st.tuples(st.sampled_from(["scroll", "zoom", "look", "step", "pick"]), st.floats(-100.0, 100.0))))
def test_the_part_that_is_shown_never_leaves_the_recording(steps: list[tuple[str, float]]) -> None:
    rating = Rating(Path("nowhere") / "rating-r1.json", "r1", None, lambda: NOW)
    one = Browser(EVENTS, rating, 60.0, ["A", "B"], RATE_HZ)
    for name, value in steps:
        match name:
            case "scroll":
                one.scroll(value)
            case "zoom":
                one.zoom(round(value))
            case "look":
                one.look_at(value)
            case "step":
                one.step(1 if value > 0 else -1)
            case _:
                one.pick(value, 0, 0.01)
        assert 0.0 <= one.start_s <= one.stop_s <= 60.0
        assert 0.0 <= one.cursor[0] <= 60.0


INFO = BoardInfo("Test", RATE_HZ, ads1299_channels((12.0, 12.0)), 262.0)


def _signal(n_samples: int) -> RecordedSignal:
    rng = np.random.default_rng(1)
    counts = rng.normal(2000.0, 40.0, (n_samples, 2)).astype(np.int32)
    return RecordedSignal(INFO, counts, np.ones(n_samples, np.bool_))


@pytest.mark.parametrize("n_samples", [600, 5_000, 100_001])
def test_no_spike_is_hidden_in_the_overview_and_a_loss_is_reported(n_samples: int) -> None:
    signal = _signal(n_samples)
    spike, lost = n_samples - 20, n_samples - 60
    signal.counts[spike, 1] += 50_000
    signal.valid[lost : lost + 3] = False
    parts = list(overview_parts(signal, 240))
    peaks = np.concatenate([part.peak_uv for part in parts])
    is_lost = np.concatenate([part.is_lost for part in parts])
    n_in_column = round(parts[0].column_s * RATE_HZ)
    assert len(peaks) == -(-n_samples // n_in_column) <= 240
    assert np.argmax(peaks) == spike // n_in_column
    assert peaks.max() > 0.9 * 50_000 * INFO.microvolts_per_count[1]
    assert list(np.flatnonzero(is_lost)) == sorted({lost // n_in_column, (lost + 2) // n_in_column})


def test_the_overview_is_the_same_whatever_it_is_worked_out_in(monkeypatch: pytest.MonkeyPatch) -> None:
    signal = _signal(90_000)
    parts = list(overview_parts(signal, 300))
    assert len(parts) > 1
    joined = np.concatenate([part.peak_uv for part in parts])
    whole = next(overview_parts(RecordedSignal(INFO, signal.counts[:20_000], signal.valid[:20_000]), 10**6))
    n_in_column = round(parts[0].column_s * RATE_HZ)
    n_columns = 20_000 // n_in_column
    expected = np.maximum.reduceat(whole.peak_uv[: n_columns * n_in_column], np.arange(n_columns) * n_in_column)
    np.testing.assert_allclose(joined[:n_columns], expected, rtol=1e-4)


def test_the_view_hands_out_what_lies_before_its_end() -> None:
    signal = _signal(1000)
    view = SignalView(signal)
    view.end_index = 400
    samples = view.samples_from(150)
    assert (samples.first_index, len(samples.counts)) == (150, 250)
    np.testing.assert_array_equal(samples.counts, signal.counts[150:400])
    assert len(view.samples_from(900).counts) == 0


def test_a_recording_that_no_memory_holds_is_refused() -> None:
    class Endless(Recording):
        path = Path("endless.bdf")
        header = RecordingHeader(INFO, 10**12)

        def blocks(self, n_samples: int | None = None) -> Any:
            raise AssertionError("nothing of it may be read")

    with pytest.raises(RecordingError, match="cut it into parts"):
        load_signal(Endless())
