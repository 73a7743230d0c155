"""Streams that a session sends on the lab streaming layer, without ever waiting for the network."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from acquisition import read_recording
from acquisition.core import BoardInfo, ChannelSetup, ManualClock, MonotonicClock, Role, Setup, make_board, open_board
from acquisition.link.lsl import host_minus_lsl_s
from tests.lsl_sender import pylsl, unique_name
from tests.patience import DEADLINE_S, wait_for
from tests.twitchscope.conftest import N_CHANNELS, RATE_HZ, ScriptedBoard, noise_blocks, with_burst
from tests.twitchscope.listening import listened
from tests.twitchscope.paced import paced_session
from twitchscope.lsl.outlet import LslOut, source_of
from twitchscope.session.plan import SessionPlan
from twitchscope.session.session import Session

now_s = MonotonicClock().now_s


class FakeOutlet:
    """Outlet that stores what is pushed; with a `stuck` peer a push blocks until released."""

    def __init__(self, info: Any, network: "FakeNetwork") -> None:
        self.info = info
        self._network = network
        self.pushed: list[tuple[Any, float]] = []

    def push_chunk(self, values: Any, stamp_s: float) -> None:
        if not self._network.is_free.wait(DEADLINE_S):
            self._network.was_waited_for_in_vain = True
            self._network.is_free.set()  # so that a test that waits for it fails and comes to an end
        self.pushed.append((np.array(values), stamp_s))

    def push_sample(self, values: list[str], stamp_s: float) -> None:
        self.pushed.append((values[0], stamp_s))


class FakeNetwork:
    """Replacement of `pylsl` without a network, with outlets that the test can inspect."""

    def __init__(self, *, is_stuck: bool = False) -> None:
        self.outlets: dict[str, FakeOutlet] = {}
        self.is_free = threading.Event()
        self.was_waited_for_in_vain = False
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
    """Let the end of a session wait until everything is sent, however slow the machine is."""
    monkeypatch.setattr("twitchscope.lsl.outlet.LONGEST_END_S", DEADLINE_S)


def run_sent(board: ScriptedBoard, out: Path, network: FakeNetwork) -> tuple[Session, LslOut, list[str]]:
    """Run a session that is sent; return it, its sender and the messages at the end."""
    told: list[str] = []
    with board:
        session = Session(board, SessionPlan(out, "test"))
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


class CountingBoard(ScriptedBoard):
    """Board whose µV scale is unknown."""

    def _open(self) -> BoardInfo:
        return replace(super()._open(), amplitude_unit="counts")


@pytest.mark.usefixtures("patient_end")
def test_counts_of_an_unknown_scale_are_sent_as_counts(tmp_path: Path) -> None:
    network = FakeNetwork()
    run_sent(CountingBoard(noise_blocks(0.1)), tmp_path, network)
    node = network.outlets["T EMG"].info.desc().child("channels").child("channel")
    assert node.child_value("unit") == "counts"


@pytest.mark.usefixtures("patient_end")
def test_each_channel_is_sent_as_what_it_is(tmp_path: Path) -> None:
    roles = (Role.NEEDLE, Role.ECG, Role.MOTION, Role.OFF)
    setup = Setup({number: ChannelSetup(role=role) for number, role in enumerate(roles, start=1)})
    network = FakeNetwork()
    with ScriptedBoard(noise_blocks(0.1), setup=setup) as board:
        session = Session(board, SessionPlan(tmp_path, "test", needle_is_isolated=True))
        LslOut(session, "test", "T", network)
    node = network.outlets["T EMG"].info.desc().child("channels").child("channel")
    sent = []
    while not node.empty():
        sent.append((node.child_value("role"), node.child_value("type")))
        node = node.next_sibling("channel")
    assert sent == [("needle", "EMG"), ("ecg", "ECG"), ("motion", "MISC"), ("off", "MISC")]


def test_a_peer_that_hangs_delays_nobody_and_what_it_missed_is_reported(tmp_path: Path) -> None:
    network = FakeNetwork(is_stuck=True)
    blocks = noise_blocks(20.0, block_samples=20)
    session, sender, told = run_sent(ScriptedBoard(blocks), tmp_path, network)
    assert not network.was_waited_for_in_vain, "the session waited for the push that hangs"
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


def test_the_end_waits_once_and_not_for_the_queue_and_then_for_the_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = FakeNetwork(is_stuck=True)
    waits_s: list[float] = []
    with ScriptedBoard(noise_blocks(1.0)) as board:
        sender = LslOut(Session(board, SessionPlan(tmp_path, "test")), "test", "T", network)
        with sender.sending(lambda line: None):
            blocks = noise_blocks(20.0, block_samples=20)
            sender.on_block(blocks.pop())
            wait_for(sender._queue.empty)  # the thread hangs with it
            while not sender.n_skipped_samples:
                sender.on_block(blocks.pop())
            monkeypatch.setattr("twitchscope.lsl.outlet.LONGEST_END_S", 0.02)
            monkeypatch.setattr(sender._thread, "join", waits_s.append)
        network.is_free.set()
    assert waits_s == [0.0]


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


def sent_as(name: str) -> Callable[[Session], AbstractContextManager[None]]:
    """Return a function that sends a session under a name."""
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
    """Check that the received samples are a contiguous part of the recorded ones."""
    recorded = np.concatenate([block.counts for block in read_recording(folder).blocks()])
    first = np.flatnonzero((recorded == heard[0]).all(axis=1))
    assert any(np.array_equal(recorded[start : start + len(heard)], heard) for start in first)


def sending_command(name: str, out: Path) -> list[str]:
    """Return the command of another process that sends a simulated patient under a name."""
    return [
        sys.executable, "-m", "twitchscope", "record", "--board", "simulated:?seed=3&rate=500&channels=2", "--out",
        str(out), "--lsl", name, "--format", "jsonl",
    ]  # fmt: skip


def test_two_programs_one_sends_and_the_other_hears(tmp_path: Path) -> None:
    name = unique_name()
    command = sending_command(name, tmp_path)
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
    """As pylsl's own inlets do: they resolve the source_id of the lost stream again."""
    name = unique_name()
    command = sending_command(name, tmp_path)

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
        session = listened(Session(board, SessionPlan(tmp_path, "test")), on_event=lambda record: session.stop())
        sender = LslOut(session, "test", "T", network)
        with sender.sending(lambda line: None):
            for decided_by in ("lsl", "operator"):
                sender.on_line({"kind": "marker", "label": "seen", "onset_s": 1.0, "decided_by": decided_by})
    assert [text for text, _ in network.outlets["T markers"].pushed] == ["seen"]


def test_without_pylsl_the_way_to_it_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    from acquisition.core import BoardNotFound

    monkeypatch.setitem(sys.modules, "pylsl", None)
    with pytest.raises(BoardNotFound, match=r'pip install "twitchscope\[lsl\]"'):
        make_board("lsl:EMG", clock=ManualClock()).open()
