"""A session on the lab streaming layer: what it sends, what it hears, and that nobody waits for the network."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from acquisition import read_recording
from acquisition.core import Block, ManualClock, MonotonicClock, Role, make_board, open_board
from acquisition.link.lsl import host_minus_lsl_s
from tests.lsl_sender import pylsl, unique_name
from tests.patience import DEADLINE_S, wait_for
from tests.twitchscope.conftest import N_CHANNELS, RATE_HZ, ScriptedBoard, noise_blocks, with_burst
from twitchscope.lsl_in import LslMarkers
from twitchscope.lsl_out import LslOut, source_of
from twitchscope.session import Session, SessionPlan

now_s = MonotonicClock().now_s


class FakeOutlet:
    """Keeps what is pushed; one whose peer is `stuck` never returns before it is let go."""

    def __init__(self, info: Any, network: "FakeNetwork") -> None:
        self.info = info
        self._network = network
        self.pushed: list[tuple[Any, float]] = []

    def push_chunk(self, values: Any, stamp_s: float) -> None:
        self._network.is_free.wait(DEADLINE_S)
        self.pushed.append((np.array(values), stamp_s))

    def push_sample(self, values: list[str], stamp_s: float) -> None:
        self.pushed.append((values[0], stamp_s))


class FakeNetwork:
    """`pylsl` without a network: outlets that the test can look into."""

    def __init__(self, *, is_stuck: bool = False) -> None:
        self.outlets: dict[str, FakeOutlet] = {}
        self.is_free = threading.Event()
        if not is_stuck:
            self.is_free.set()

    def __getattr__(self, name: str) -> Any:
        return getattr(pylsl, name)

    def local_clock(self) -> float:
        return 500.0

    def StreamOutlet(self, info: Any, *arguments: Any) -> FakeOutlet:  # noqa: N802 (pylsl's name)
        self.outlets[info.name()] = FakeOutlet(info, self)
        return self.outlets[info.name()]


@pytest.fixture
def patient_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the end of a session wait until all is sent, however busy the machine is."""
    monkeypatch.setattr("twitchscope.lsl_out.LONGEST_END_S", DEADLINE_S)


def run_sent(board: ScriptedBoard, out: Path, network: FakeNetwork) -> tuple[Session, LslOut, list[str]]:
    """Run a session that is sent; return it with what was told at the end."""
    told: list[str] = []
    with board:
        session = Session(board, SessionPlan(out, "test"), lambda record: None)
        sender = LslOut(session, "test", "T", network)
        with sender.sending(told.append):
            session.run()
    return session, sender, told


@pytest.mark.usefixtures("patient_end")
def test_signal_events_and_markers_are_sent_with_what_they_are(tmp_path: Path) -> None:
    blocks = with_burst(noise_blocks(20.0), at_s=15.0)
    gap = [*blocks[:300], *blocks[301:]]
    network = FakeNetwork()
    session, _, told = run_sent(ScriptedBoard(gap), tmp_path, network)
    emg, events, markers = (network.outlets[f"T {what}"] for what in ("EMG", "events", "markers"))
    sent_uv = np.concatenate([values for values, _ in emg.pushed])
    info = session.board.info
    assert sent_uv.shape == (20_000, N_CHANNELS)
    assert np.isnan(sent_uv[15_000:15_050]).all()
    assert not np.isnan(sent_uv[15_050:]).any()
    assert sent_uv[:50] == pytest.approx(info.to_microvolts(blocks[0].counts), rel=1e-6)
    lines = [json.loads(text) for text, _ in events.pushed]
    assert session.folder is not None
    kept = [json.loads(line) for line in (session.folder / "events.jsonl").read_text("utf-8").splitlines()]
    assert lines == [line for line in kept if line["kind"] == "event"]
    assert [markers.info.type(), events.info.type(), emg.info.type()] == ["Markers", "Markers", "EMG"]
    assert markers.pushed == []
    assert told == []
    node = emg.info.desc().child("channels").child("channel")
    assert [node.child_value(key) for key in ("label", "unit", "role", "gain")] == [
        "EMG 1", "microvolts", "surface", "12.0",
    ]  # fmt: skip
    assert [one.info.source_id() for one in (emg, events, markers)] == ["test-emg", "test-events", "test-markers"]


def test_a_peer_that_hangs_delays_nobody_and_what_it_missed_is_told(tmp_path: Path) -> None:
    network = FakeNetwork(is_stuck=True)
    blocks = noise_blocks(20.0, block_samples=20)
    began_s = time.monotonic()
    session, sender, told = run_sent(ScriptedBoard(blocks), tmp_path, network)
    assert time.monotonic() - began_s < DEADLINE_S / 2
    network.is_free.set()
    wait_for(lambda: "LSL" not in {thread.name for thread in threading.enumerate()})
    assert session.folder is not None
    recording = read_recording(session.folder)
    assert recording.header.n_samples == 20_000
    assert all(block.valid.all() for block in recording.blocks())
    assert sender.n_skipped_samples >= 20_000 - 20 * 520
    assert told == [
        "LSL: the network does not take all of it, some is left out; the recording is whole",
        "LSL: nothing is sent any more, the recording goes on: the network did not take it",
        f"LSL: {sender.n_skipped_samples} samples and 0 lines were left out",
    ]


@pytest.mark.usefixtures("patient_end")
def test_a_network_that_fails_ends_the_sending_and_not_the_recording(tmp_path: Path) -> None:
    class Failing(FakeNetwork):
        def StreamOutlet(self, info: Any, *arguments: Any) -> FakeOutlet:  # noqa: N802 (pylsl's name)
            outlet = super().StreamOutlet(info)

            def fail(values: Any, stamp_s: float) -> None:
                raise RuntimeError("an internal error has occurred.")

            outlet.push_chunk = fail  # type: ignore[method-assign]
            return outlet

    session, _, told = run_sent(ScriptedBoard(noise_blocks(3.0)), tmp_path, Failing())
    assert told[0] == "LSL: nothing is sent any more, the recording goes on: an internal error has occurred."
    assert session.folder is not None
    assert read_recording(session.folder).header.n_samples == 3000


class PacedBoard(ScriptedBoard):
    """Sends a block each 50 ms until the test lets it end; each says when it was due, however late it is."""

    keeps_time = True

    def __init__(self, n_blocks: int) -> None:
        super().__init__(noise_blocks(0.05 * n_blocks))
        self.clock = MonotonicClock()
        self.is_over = threading.Event()

    def _start(self) -> None:
        super()._start()
        self._due_s = self.clock.now_s()

    def _read(self, timeout_s: float) -> Block | None:
        self._due_s += 0.05
        if self.is_over.wait(self._due_s - self.clock.now_s()):
            return None
        block = super()._read(timeout_s)
        return block and Block(block.first_index, block.counts, block.aux, block.valid, self._due_s)


@contextmanager
def paced_session(out: Path, attach: Callable[[Session], AbstractContextManager[None]]) -> Iterator[Session]:
    """Run a session of a `PacedBoard`, and what is attached to it, as long as the block lasts."""
    with PacedBoard(6000) as board:
        session = Session(board, SessionPlan(out, "test"), lambda record: None)
        thread = threading.Thread(target=session.run, name="session")
        with attach(session):
            thread.start()
            try:
                yield session
            finally:
                board.is_over.set()
                thread.join()


def sent_as(name: str) -> Callable[[Session], AbstractContextManager[None]]:
    """Let a session be sent under a name."""
    return lambda session: LslOut(session, name, name).sending(lambda line: None)


def test_our_own_board_hears_what_we_send(tmp_path: Path) -> None:
    name = unique_name()
    url = f"lsl:{name} EMG?timeout={DEADLINE_S:g}"
    with paced_session(tmp_path, sent_as(name)) as session, open_board(url) as heard:
        assert [channel.name for channel in heard.info.channels] == ["EMG 1", "EMG 2", "EMG 3", "EMG 4"]
        assert [channel.gain for channel in heard.info.channels] == [12.0] * 4
        assert (heard.info.sampling_rate_hz, heard.info.bandwidth_hz) == (RATE_HZ, 262.0)
        assert heard.notes == []
        heard.start()
        counts, arrivals_s = [], []
        end_s = time.monotonic() + DEADLINE_S
        while heard.next_index < 1000 or min(arrivals_s) >= 0.5:
            assert time.monotonic() < end_s
            block = heard.read()
            assert block is not None
            counts.append(block.counts)
            arrivals_s.append(now_s() - block.arrival_s)
    assert session.folder is not None
    assert_is_part_of(np.concatenate(counts), session.folder)
    assert np.min(arrivals_s) >= 0.0


def assert_is_part_of(heard: np.ndarray[Any, Any], folder: Path) -> None:
    """Check that what was heard is exactly a part of what was recorded."""
    recorded = np.concatenate([block.counts for block in read_recording(folder).blocks()])
    first = np.flatnonzero((recorded == heard[0]).all(axis=1))
    assert any(np.array_equal(recorded[start : start + len(heard)], heard) for start in first)


def test_two_programs_one_sends_and_the_other_hears(tmp_path: Path) -> None:
    name = unique_name()
    command = [
        sys.executable, "-m", "twitchscope", "record", "--board", "simulated:?seed=3&rate=500&channels=2", "--out",
        str(tmp_path), "--lsl", name, "--format", "jsonl",
    ]  # fmt: skip
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as other:
        try:
            with open_board(f"lsl:{name} EMG?timeout={DEADLINE_S:g}") as board:
                assert all(channel.role is Role.SURFACE for channel in board.info.channels)
                board.start()
                counts, end_s = [], time.monotonic() + DEADLINE_S
                while board.next_index < 500:
                    assert time.monotonic() < end_s
                    block = board.read()
                    assert block is not None
                    counts.append(block.counts)
                assert board.n_lost == 0
            other.send_signal(signal.SIGINT)
            _, said = other.communicate(timeout=DEADLINE_S)
            assert other.returncode == 0, said
            assert b"LSL" not in said
        finally:
            other.kill()
    (folder,) = tmp_path.iterdir()
    assert_is_part_of(np.concatenate(counts), folder)


def test_a_source_is_known_again_when_it_is_sent_anew() -> None:
    url, name = "cyton:/dev/ttyUSB0?rate=250", "TwitchScope"
    assert source_of(url, name) == source_of(url, name)
    assert len({source_of(url, name), source_of(f"{url}&gain=24", name), source_of(url, "Other")}) == 3


def test_a_peer_goes_on_with_a_stream_that_was_killed_and_started_again(tmp_path: Path) -> None:
    """As pylsl's own inlets do by themselves: they look for the source_id of the stream that they lost."""
    name = unique_name()
    command = [
        sys.executable, "-m", "twitchscope", "record", "--board", "simulated:?seed=3&rate=500&channels=2", "--out",
        str(tmp_path), "--lsl", name, "--format", "jsonl",
    ]  # fmt: skip

    def start() -> "subprocess.Popen[bytes]":
        quiet = subprocess.DEVNULL
        return subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet)

    def hear() -> None:
        end_s = time.monotonic() + DEADLINE_S
        while inlet.pull_sample(0.2)[0] is None:
            assert time.monotonic() < end_s, "nothing is heard"

    sender = start()
    try:
        (found,) = pylsl.resolve_byprop("name", f"{name} EMG", 1, DEADLINE_S)
        inlet = pylsl.StreamInlet(found, recover=True)
        hear()
        sender.kill()
        sender.wait()
        while inlet.pull_sample(0.0)[0] is not None:
            """What had come before it was killed."""
        sender = start()
        hear()
    finally:
        sender.kill()
        sender.wait()


def test_markers_of_other_programs_get_the_time_of_their_stamp(tmp_path: Path) -> None:
    name = unique_name("cues")
    told: list[str] = []
    with paced_session(tmp_path, lambda session: LslMarkers(session, name).listening(told.append)) as session:
        wait_for(lambda: session.time_s(now_s()) is not None)
        outlet = pylsl.StreamOutlet(pylsl.StreamInfo(name, "Markers", 1, 0.0, "string", f"test {name}"))
        assert outlet.wait_for_consumers(DEADLINE_S)
        wait_for(lambda: (session.time_s(now_s()) or 0.0) > 1.0)
        sent_s = []
        for text, ago_s in (("felt_by_patient", 0.5), ("cue\x1b[2J 7", 0.25), ("x" * 1000, 0.0)):
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
        assert before_s - 0.2 < line["onset_s"] < after_s + 0.2  # LSL compares clocks to half a round trip
    assert f"LSL markers: {name!r} is heard" in told


class CueNetwork:
    """`pylsl` with one stream of markers: what each look for it, and each read of it, comes to is written down."""

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
    """Listen to the markers of a network, before a session has begun, until nothing is left to happen."""
    told: list[str] = []
    with ScriptedBoard(noise_blocks(1.0)) as board:
        session = Session(board, SessionPlan(out, "test"), lambda record: None)
        board.clock.wait_s(1.0)
        listener = LslMarkers(session, "cues", network)
        with listener.listening(told.append):
            wait_for(lambda: network.is_over.is_set() or (told and "is heard any more" in told[-1]))
    return told


def test_markers_that_go_away_come_back_or_cannot_be_kept_are_told(tmp_path: Path) -> None:
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


def test_of_markers_that_cannot_be_kept_the_first_and_the_number_are_told(tmp_path: Path) -> None:
    network = CueNetwork([True, False], [([[b"seen"]] * 200, [500.0] * 200), RuntimeError("lost")])
    assert told_of(network, tmp_path) == [
        "LSL markers: 'cues' is heard",
        "LSL markers: 'seen' is not marked: no sample has come yet, or the recording has ended",
        "LSL markers: 'cues' broke off (lost); it is waited for",
        "LSL markers: 200 in all were not marked",
    ]


def test_markers_that_never_come_are_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twitchscope.lsl_in.PATIENCE_S", -1.0)
    (line,) = told_of(CueNetwork(3 * [False], []), tmp_path)
    assert line.startswith("LSL markers: 'cues' is not heard yet; it is waited for")


def test_a_sender_whose_clock_cannot_be_asked_is_told_once(tmp_path: Path) -> None:
    network = CueNetwork(3 * [True], [])

    def fail(timeout_s: float) -> float:
        raise RuntimeError("The operation failed due to a timeout.")

    network.time_correction = fail  # type: ignore[method-assign]
    (line,) = told_of(network, tmp_path)
    assert line == "LSL markers: 'cues' broke off (The operation failed due to a timeout.); it is waited for"


def test_an_error_that_nobody_thought_of_is_told_too(tmp_path: Path) -> None:
    (line,) = told_of(CueNetwork([True], [ValueError("odd")]), tmp_path)[1:]
    assert line == "LSL markers: no marker is heard any more: odd"


def test_a_sync_mark_is_heard_by_another_program_at_the_time_it_has_in_the_journal(tmp_path: Path) -> None:
    name = unique_name()
    with paced_session(tmp_path, sent_as(name)) as session:
        (found,) = pylsl.resolve_byprop("name", f"{name} markers", 1, DEADLINE_S)
        inlet = pylsl.StreamInlet(found, recover=False)
        inlet.open_stream(DEADLINE_S)
        wait_for(lambda: session.mark_now("sync", decided_by="operator"))
        assert session.mark("screen_flash", 0.25, decided_by="program")
        heard = [inlet.pull_sample(DEADLINE_S) for _ in range(2)]
        to_host_s = inlet.time_correction(DEADLINE_S) + host_minus_lsl_s(pylsl, session.board.clock)
        kept_s = [session.time_s(stamp_s + to_host_s) for _, stamp_s in heard]
        inlet.close_stream()
    assert [values for values, _ in heard] == [["sync"], ["screen_flash"]]
    assert session.folder is not None
    lines = [json.loads(line) for line in (session.folder / "events.jsonl").read_text("utf-8").splitlines()]
    assert kept_s == pytest.approx([line["onset_s"] for line in lines if line["kind"] == "marker"], abs=0.05)


@pytest.mark.usefixtures("patient_end")
def test_a_marker_that_came_by_lsl_is_not_sent_back_there(tmp_path: Path) -> None:
    network = FakeNetwork()
    with ScriptedBoard(noise_blocks(1.0)) as board:
        session = Session(board, SessionPlan(tmp_path, "test"), lambda record: session.stop())
        sender = LslOut(session, "test", "T", network)
        with sender.sending(lambda line: None):
            for decided_by in ("lsl", "operator"):
                sender.put_line({"kind": "marker", "label": "seen", "onset_s": 1.0, "decided_by": decided_by})
    assert [text for text, _ in network.outlets["T markers"].pushed] == ["seen"]


def test_without_pylsl_the_way_to_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from acquisition.core import BoardNotFound

    monkeypatch.setitem(sys.modules, "pylsl", None)
    with pytest.raises(BoardNotFound, match=r'pip install "twitchscope\[lsl\]"'):
        make_board("lsl:EMG", clock=ManualClock()).open()
