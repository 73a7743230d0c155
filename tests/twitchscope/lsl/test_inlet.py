"""Markers of other programs on the lab streaming layer: their time, and senders that go away."""

import json
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from acquisition.core import ManualClock, MonotonicClock
from tests.lsl_sender import pylsl, unique_name
from tests.patience import DEADLINE_S, wait_for
from tests.twitchscope.conftest import ScriptedBoard, noise_blocks
from tests.twitchscope.paced import paced_session
from twitchscope.lsl.inlet import LslMarkers
from twitchscope.session.plan import SessionPlan
from twitchscope.session.session import Session

now_s = MonotonicClock().now_s


@pytest.fixture(autouse=True)
def patient_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the end of a session wait for the thread, however slow the machine is."""
    monkeypatch.setattr("twitchscope.lsl.inlet.LONGEST_END_S", DEADLINE_S)


def test_markers_of_other_programs_get_the_time_of_their_stamp(tmp_path: Path) -> None:
    name = unique_name("cues")
    told: list[str] = []
    with paced_session(tmp_path, lambda session: LslMarkers(session, name).listening(told.append)) as session:
        wait_for(lambda: session.time_s(now_s()) is not None)
        outlet = pylsl.StreamOutlet(pylsl.StreamInfo(name, "Markers", 1, 0.0, "string", f"test {name}"))
        assert outlet.wait_for_consumers(DEADLINE_S)
        wait_for(lambda: (session.time_s(now_s()) or 0.0) > 2.0)
        sent_s = []
        for text, ago_s in (("felt_by_patient", 1.6), ("cue\x1b[2J 7", 0.8), ("x" * 1000, 0.0)):
            before_s = now_s()
            stamp_s = pylsl.local_clock() - ago_s
            sent_s.append((before_s - ago_s, now_s() - ago_s))
            outlet.push_sample([text], stamp_s)
        sent_s = [(session.time_s(before_s), session.time_s(after_s)) for before_s, after_s in sent_s]
        assert session.folder is not None
        journal = session.folder / "events.jsonl"
        wait_for(lambda: journal.exists() and journal.read_text("utf-8").count("marker") >= 3)
    lines = [json.loads(line) for line in journal.read_text("utf-8").splitlines()]
    lines = [line for line in lines if line["kind"] == "marker"]
    assert [(line["label"], line["decided_by"]) for line in lines] == [
        ("felt_by_patient", "lsl"), ("marker", "lsl"), ("marker", "lsl"),
    ]  # fmt: skip
    assert (lines[1]["text"], len(lines[2]["text"])) == ("cue[2J 7", 200)
    for line, (before_s, after_s) in zip(lines, sent_s, strict=True):
        assert before_s - 0.2 < line["onset_s"] < after_s + 0.2  # LSL estimates clock offsets to half a round trip
    assert f"LSL markers: {name!r} is heard" in told


class CueNetwork:
    """Replacement of `pylsl` with one stream of markers and scripted results of each search and each read."""

    def __init__(self, looks: list[bool], reads: list[Any]) -> None:
        self.looks, self.reads = looks, reads
        self.is_over = threading.Event()

    def resolve_bypred(self, predicate: str, least: int, timeout_s: float) -> list[str]:
        if not self.looks:
            self.is_over.set()
            return []
        return ["a stream"] if self.looks.pop(0) else []

    def StreamInlet(self, found: str, **options: Any) -> "CueNetwork":  # noqa: N802 (pylsl's name)
        return self

    def open_stream(self, timeout_s: float) -> None: ...

    def local_clock(self) -> float:
        return 500.0

    def time_correction(self, timeout_s: float) -> float:
        return 0.0

    def pull_chunk(self, timeout_s: float, most: int, **options: Any) -> Any:
        what = self.reads.pop(0)
        if isinstance(what, Exception):
            raise what
        return what


def told_of(network: CueNetwork, out: Path) -> list[str]:
    """Listen to the markers of a network, before a session has begun, until the script is exhausted."""
    told: list[str] = []
    with ScriptedBoard(noise_blocks(1.0)) as board:
        session = Session(board, SessionPlan(out, "test"))
        board.clock.wait_s(1.0)
        listener = LslMarkers(session, "cues", network)
        with listener.listening(told.append):
            wait_for(lambda: network.is_over.is_set() or (told and "is heard any more" in told[-1]))
    return told


def test_markers_that_go_away_come_back_or_cannot_be_kept_are_reported(tmp_path: Path) -> None:
    lost = RuntimeError("the stream has been lost")
    network = CueNetwork([True, True, True, False], [([[b"seen"]], [500.0]), lost, lost, lost])
    assert told_of(network, tmp_path) == [
        "LSL markers: 'cues' is heard",
        "LSL markers: 'seen' is not marked: no sample has come yet, or the recording has ended",
        *2 * [
            "LSL markers: 'cues' broke off (the stream has been lost); it is waited for",
            "LSL markers: 'cues' is heard",
        ],
        "LSL markers: 'cues' broke off (the stream has been lost); it is waited for",
    ]  # fmt: skip


class SleptNetwork(CueNetwork):
    """Markers of another computer, whose clock goes on while this one sleeps: a number among the reads is a sleep.

    As liblsl does, it returns the clock offset as known before the call.
    """

    def __init__(self, clock: ManualClock, reads: list[Any]) -> None:
        super().__init__([True], reads)
        self._clock = clock
        self._slept_s = self._known_s = 0.0

    def local_clock(self) -> float:
        return self._clock.now_s() - self._slept_s

    def time_correction(self, timeout_s: float) -> float:
        known_s, self._known_s = self._known_s, self._slept_s
        return -1000.0 - known_s

    def pull_chunk(self, timeout_s: float, most: int, **options: Any) -> Any:
        if isinstance(self.reads[0], float):
            self._slept_s += self.reads[0]
            self._clock.wait_s(self.reads.pop(0))
        return super().pull_chunk(timeout_s, most, **options)


def heard_of(clock: ManualClock, network: CueNetwork) -> tuple[list[float], list[str]]:
    """Return the times of the marks, and the messages, until the network reports its end."""
    marks_s: list[float] = []

    def mark(label: str, time_s: float, *arguments: Any, **options: Any) -> bool:
        marks_s.append(time_s)
        return True

    session: Any = SimpleNamespace(board=SimpleNamespace(clock=clock), time_s=lambda host_s: host_s, mark=mark)
    told: list[str] = []
    with LslMarkers(session, "cues", network).listening(told.append):
        wait_for(lambda: "the end" in "".join(told))
    return marks_s, told


def test_a_stamp_of_another_clock_than_lsls_is_reported_once_and_its_marker_has_the_time_of_its_arrival() -> None:
    clock = ManualClock(50.0)
    stamps = [1050.0, 1_789_999_000.0, 3.0, float("nan"), 1041.0]
    reads = [([[b"seen"]], [stamp]) for stamp in stamps]
    assert heard_of(clock, SleptNetwork(clock, [*reads, ValueError("the end")])) == (
        [50.0, 50.0, 50.0, 50.0, 41.0],
        [
            "LSL markers: 'cues' is heard",
            "LSL markers: 'cues' does not stamp by LSL's clock, or is more than 10 s late: such markers get the time "
            "at which they arrive",
            "LSL markers: no marker is heard any more: the end",
        ],
    )


def test_a_marker_of_another_computer_that_comes_behind_a_sleep_has_its_time() -> None:
    clock = ManualClock(50.0)
    reads = [([[b"seen"]], [1050.0]), 3600.0, ([[b"seen"]], [4650.0]), ([[b"seen"]], [4650.5]), ValueError("the end")]
    assert heard_of(clock, SleptNetwork(clock, reads))[0] == [50.0, 3650.0, 3650.5]


def test_of_markers_that_cannot_be_kept_the_first_and_the_number_are_reported(tmp_path: Path) -> None:
    network = CueNetwork([True, False], [([[b"seen"]] * 200, [500.0] * 200), RuntimeError("lost")])
    assert told_of(network, tmp_path) == [
        "LSL markers: 'cues' is heard",
        "LSL markers: 'seen' is not marked: no sample has come yet, or the recording has ended",
        "LSL markers: 'cues' broke off (lost); it is waited for",
        "LSL markers: 200 in all were not marked",
    ]


def test_markers_that_never_come_are_reported_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twitchscope.lsl.inlet.PATIENCE_S", -1.0)
    (line,) = told_of(CueNetwork(3 * [False], []), tmp_path)
    assert line.startswith("LSL markers: 'cues' is not heard yet; it is waited for")


def test_a_sender_whose_clock_cannot_be_queried_is_reported_once(tmp_path: Path) -> None:
    network = CueNetwork(3 * [True], [])

    def fail(timeout_s: float) -> float:
        raise RuntimeError("The operation failed due to a timeout.")

    network.time_correction = fail  # type: ignore[method-assign]
    (line,) = told_of(network, tmp_path)
    assert line == "LSL markers: 'cues' broke off (its clock cannot be queried); it is waited for"


def test_an_error_that_nobody_thought_of_is_reported_too(tmp_path: Path) -> None:
    (line,) = told_of(CueNetwork([True], [ValueError("odd")]), tmp_path)[1:]
    assert line == "LSL markers: no marker is heard any more: odd"


def test_a_thread_that_hangs_in_the_network_holds_no_end_up_and_says_nothing_behind_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twitchscope.lsl.inlet.LONGEST_END_S", 0.0)
    network, let_go = CueNetwork([True], []), threading.Event()

    def hang(timeout_s: float, most: int, **options: Any) -> Any:
        network.is_over.set()
        assert let_go.wait(DEADLINE_S)
        return [[b"seen"]], [500.0]

    network.pull_chunk = hang  # type: ignore[method-assign]
    told = told_of(network, tmp_path)
    let_go.set()
    for thread in threading.enumerate():
        if thread.name == "LSL markers":
            thread.join(DEADLINE_S)
    assert told == ["LSL markers: 'cues' is heard"]
