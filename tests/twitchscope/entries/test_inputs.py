"""Marks from the board's inputs, at their sample, and the latency of the twitch after them."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquisition.core import (
    AuxChannel,
    Block,
    BoardConfigError,
    BoardInfo,
    Setup,
    ads1299_channels,
    make_block,
    make_board,
)
from tests.twitchscope.conftest import N_CHANNELS, RATE_HZ, ScriptedBoard, noise_blocks, with_burst
from tests.twitchscope.listening import listened
from twitchscope.commands.analyze import analyze
from twitchscope.entries.inputs import Edge, InputMark, InputWatch
from twitchscope.findings.event import DetectedEvent
from twitchscope.saved.recording import open_with_session
from twitchscope.session.plan import SessionPlan
from twitchscope.session.result import SessionResult
from twitchscope.session.session import Session

PINS = (AuxChannel("Digital E1"), AuxChannel("Digital E2"), AuxChannel("Analog A5", "V", 0.01), AuxChannel("Marker"))


def info_of(aux: Sequence[AuxChannel] = PINS) -> BoardInfo:
    return BoardInfo("Scripted", RATE_HZ, ads1299_channels((12.0,) * N_CHANNELS), 262.0, tuple(aux), 8)


def blocks_of(values: dict[int, list[tuple[int, int]]], n_samples: int, cuts: Sequence[int] = ()) -> list[Block]:
    """Return blocks whose columns have the given values from each index on."""
    aux = np.zeros((n_samples, len(PINS)), np.int32)
    for column, steps in values.items():
        for index, value in steps:
            aux[index:, column] = value
    whole = make_block(0, np.zeros((n_samples, N_CHANNELS), np.int32), 0.0, aux)
    ends = sorted({*cuts, n_samples})
    return [whole[start:stop] for start, stop in zip([0, *ends[:-1]], ends, strict=True)]


def edges_of(
    values: dict[int, list[tuple[int, int]]], marks: Sequence[InputMark] = (), cuts: Sequence[int] = ()
) -> list[tuple[int, str, str]]:
    watch = InputWatch(info_of(), marks)
    return [
        (edge.index, edge.label, edge.text) for block in blocks_of(values, 2000, cuts) for edge in watch.edges(block)
    ]


def test_pins_mark_at_their_sample_and_an_analog_input_does_not() -> None:
    values = {0: [(100, 1), (400, 0)], 1: [(700, 1)], 2: [(100, 330)]}
    assert edges_of(values) == [(100, "needle_contact", "Digital E1 on"), (700, "marker", "Digital E2 on")]


def test_a_setup_says_what_an_input_marks() -> None:
    marks = [InputMark("Digital E1", "needle_out", Edge.BOTH), InputMark("Analog A5", "seen", Edge.FALLING, level=1.5)]
    values = {0: [(100, 1), (400, 0)], 2: [(50, 149), (60, 151), (500, 149)]}
    assert edges_of(values, marks) == [
        (100, "needle_out", "Digital E1 on"), (400, "needle_out", "Digital E1 off"), (500, "seen", "Analog A5 off"),
    ]  # fmt: skip


def test_the_sync_output_marks_its_pulses() -> None:
    watch = InputWatch(info_of((AuxChannel("Digital OUT"), AuxChannel("Age OUT", "samples"))))
    aux = np.zeros((100, 2), np.int32)
    aux[:, 1] = 255
    aux[30:50, 0], aux[30:, 1] = 1, np.concatenate([np.arange(20), np.arange(50)])
    block = make_block(0, np.zeros((100, N_CHANNELS), np.int32), 0.0, aux)
    (edge,) = watch.edges(block)
    assert (edge.index, edge.label, edge.text, edge.is_exact) == (30, "sync_pulse", "Digital OUT on", True)


def test_an_input_that_is_on_from_the_start_has_not_changed() -> None:
    assert edges_of({0: [(0, 1)]}) == []


def test_a_bouncing_contact_is_one_contact() -> None:
    bounces = [(100, 1), (103, 0), (105, 1), (300, 0), (302, 1), (304, 0), (900, 1)]
    assert [edge[0] for edge in edges_of({0: bounces})] == [100, 900]


@pytest.mark.parametrize(("age", "found"), [(12, (238, True)), (0, (250, True)), (255, (250, False))])
def test_a_board_that_tells_the_age_of_an_edge_needs_no_packet_of_it(age: int, found: tuple[int, bool]) -> None:
    """Samples 230 to 249 are lost, and the edge with them."""
    aux = np.zeros((400, 2), np.int32)
    aux[:, 1] = 255
    aux[250:, 0] = 1
    aux[250:, 1] = np.minimum(age + np.arange(150), 255)
    whole = make_block(0, np.zeros((400, N_CHANNELS), np.int32), 0.0, aux)
    watch = InputWatch(info_of((AuxChannel("Digital E1"), AuxChannel("Age E1", "samples"))))
    edges = watch.edges(whole[:230]) + watch.edges(whole[250:])
    assert [(edge.index, edge.is_exact) for edge in edges] == [found]
    assert edges[0].known_index == 250


def test_codes_of_the_marker_column_are_marks() -> None:
    assert edges_of({3: [(10, 49), (11, 50), (12, 0), (40, 49)]}) == [
        (10, "marker", "Marker 49"), (11, "marker", "Marker 50"), (40, "marker", "Marker 49"),
    ]  # fmt: skip


@given(st.lists(st.integers(1, 1999), max_size=12), st.lists(st.integers(0, 1999), max_size=10))
def test_any_chunking_gives_the_same_marks(cuts: list[int], changes: list[int]) -> None:
    values = {0: [(index, place % 2) for place, index in enumerate(sorted(changes))], 3: [(5, 1)]}
    assert edges_of(values, cuts=cuts) == edges_of(values)


def test_a_change_behind_lost_samples_has_no_exact_time() -> None:
    (block,) = blocks_of({0: [(100, 1)]}, 300)
    valid = np.ones(300, np.bool_)
    valid[80:100] = False
    lossy = Block(0, block.counts, block.aux, valid, 0.0)
    for parts in ([lossy], [lossy[:100], lossy[100:]], [block[:80], block[100:]]):
        watch = InputWatch(info_of())
        (edge,) = [edge for part in parts for edge in watch.edges(part)]
        assert not edge.is_exact


def test_an_input_that_the_board_has_not_is_refused() -> None:
    with pytest.raises(BoardConfigError, match=r"names the input 'Digital E9'; Scripted has Digital E1, Digital E2"):
        InputWatch(info_of(), [InputMark("Digital E9", "seen")])
    with pytest.raises(BoardConfigError, match="has none"):
        InputWatch(info_of(()), [InputMark("Digital E9", "seen")])


# --- in a session -----------------------------------------------------------------------------------------------------

CONTACT_S, BURST_S = 15.0, 15.04


class PinBoard(ScriptedBoard):
    """Board with one event input."""

    def _open(self) -> BoardInfo:
        return info_of(PINS[:1])


def contact_session(
    out: Path, *, is_lost: bool = False, inputs: tuple[InputMark, ...] = ()
) -> tuple[SessionResult, list[DetectedEvent], PinBoard]:
    """Record a burst 40 ms after a contact, and another one without a contact."""
    blocks = with_burst(with_burst(noise_blocks(24.0), at_s=BURST_S), at_s=20.0, seed=6)
    for number, block in enumerate(blocks):
        index = block.first_index + np.arange(block.n_samples)
        block.aux[:, 0] = (index >= round(CONTACT_S * RATE_HZ)) & (index < round(17.0 * RATE_HZ))
        if is_lost and block.first_index == round(CONTACT_S * RATE_HZ) - 50:
            blocks[number] = block[:49]  # only the sample before the contact is missing, which hides no twitch
    events: list[DetectedEvent] = []
    with PinBoard(blocks) as board:
        session = listened(Session(board, SessionPlan(out, "test", inputs=inputs)), on_event=events.append)
        return session.run(), events, board


def test_a_stamped_contact_gives_the_latency_of_the_twitch_behind_it(tmp_path: Path) -> None:
    result, events, _ = contact_session(tmp_path)
    first, second = (event for event in events if event.label == "twitch")
    assert first.latency_ms == pytest.approx(1e3 * (first.onset_s - CONTACT_S), abs=1e-3)
    assert first.latency_ms == pytest.approx(40.0, abs=10.0)
    assert second.latency_ms is None
    assert result.site.measures.latency_ms is not None
    assert result.site.measures.latency_ms.n == 1
    assert result.site.measures.twitches_per_pass is not None
    assert (result.site.measures.n_passes, result.site.measures.twitches_per_pass.value) == (1, 1.0)
    assert result.folder is not None
    lines = [json.loads(line) for line in (result.folder / "events.jsonl").read_text("utf-8").splitlines()]
    assert [line for line in lines if line["kind"] == "marker"] == [
        {
            "kind": "marker", "decided_by": "board", "feedback_shown": True, "label": "needle_contact",
            "onset_s": CONTACT_S, "text": "Digital E1 on",
        }
    ]  # fmt: skip


def test_a_recording_analysed_again_gives_the_same_latency(tmp_path: Path) -> None:
    result, events, _ = contact_session(tmp_path)
    assert result.folder is not None
    again = analyze(result.folder, Setup(), None, 0.05)
    assert list(again.events) == sorted(events, key=lambda event: event.onset_s)
    assert again.detection.measured_site().to_json() == result.site.to_json()
    other = analyze(result.folder, Setup(), None, 0.05, [InputMark("Digital E1", "seen")])
    assert all(event.latency_ms is None for event in other.events)


def test_a_session_tells_what_its_inputs_marked(tmp_path: Path) -> None:
    result, events, _ = contact_session(tmp_path, inputs=(InputMark("Digital E1", "seen", Edge.BOTH, 0.25),))
    assert result.folder is not None
    for path in (result.folder, result.folder / "recording.bdf"):
        opened = open_with_session(path)
        assert opened.inputs == (InputMark("Digital E1", "seen", Edge.BOTH, 0.25),)
        again = analyze(path, Setup(), None, 0.05)
        assert list(again.events) == sorted(events, key=lambda event: event.onset_s)
        assert all(event.latency_ms is None for event in again.events)


def test_a_contact_whose_sample_is_not_known_gives_no_latency(tmp_path: Path) -> None:
    result, events, board = contact_session(tmp_path, is_lost=True)
    assert board.n_lost == 1
    assert [event.onset_s for event in events if event.label == "twitch"] == pytest.approx([BURST_S, 20.0], abs=0.02)
    assert all(event.latency_ms is None for event in events)
    assert result.site.measures.n_passes is None
    assert result.folder is not None
    assert "right behind lost samples" in (result.folder / "events.jsonl").read_text("utf-8")


def test_a_simulated_patient_whose_contacts_are_stamped_has_latencies(tmp_path: Path) -> None:
    url = "simulated:?seed=7&needle.contact_input=1&speed=0&seconds=40"
    events: list[DetectedEvent] = []
    with make_board(url) as board:
        result = listened(Session(board, SessionPlan(tmp_path, "test")), on_event=events.append).run()
        truth = board.truth  # type: ignore[attr-defined]
    assert result.site.measures.n_passes == len([contact_s for contact_s in truth.needle_contacts if contact_s < 40.0])
    said = [event for event in events if event.label == "twitch"]
    for event in said:
        true = min(truth.twitches, key=lambda one: abs(one.onset_s - event.onset_s))
        assert event.latency_ms == pytest.approx(1e3 * (true.onset_s - true.contact_s), abs=8.0)
    assert len(said) > 2
    assert result.folder is not None
    again = analyze(result.folder, Setup(), None, 0.05)
    assert list(again.events) == sorted(events, key=lambda event: event.onset_s)


def test_sync_marks_pulse_the_output_unless_an_input_made_them(tmp_path: Path) -> None:
    class Pulsing(ScriptedBoard):
        n_pulses = 0

        def pulse_sync(self) -> None:
            self.n_pulses += 1

    def mark_all(found: object) -> None:
        while marks:
            assert session.mark(*marks.pop(0))

    marks = [("sync", 0.1, "", "operator"), ("sync", 0.2, "", "board"), ("sync", 0.3, "", "lsl"), ("seen", 0.4)]
    with Pulsing(noise_blocks(3.0)) as board:
        session = listened(Session(board, SessionPlan(tmp_path, "test")), on_found=mark_all)
        session.run()
        assert not session.mark("sync", 0.5), "nothing keeps it any more"
    assert not marks
    assert board.n_pulses == 2
