import itertools
import json
import stat
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from acquisition import read_recording
from acquisition.core import (
    Block,
    BoardConfigError,
    ChannelSetup,
    LinkError,
    RecordingError,
    Role,
    Setup,
    WrongRate,
)
from tests.patience import DEADLINE_S, wait_for
from tests.twitchscope.conftest import RATE_HZ, ScriptedBoard, noise_blocks, with_burst
from tests.twitchscope.listening import listened
from twitchscope.findings.event import DetectedEvent
from twitchscope.session import stream as stream_module
from twitchscope.session.plan import SessionPlan
from twitchscope.session.recorder import Recorder
from twitchscope.session.result import SessionResult
from twitchscope.session.session import Session


def _run(board: ScriptedBoard, out: Path, seconds: float | None = None) -> tuple[SessionResult, list[DetectedEvent]]:
    events: list[DetectedEvent] = []
    with board:
        result = listened(Session(board, SessionPlan(out, "test", seconds)), on_event=events.append).run()
    return result, events


def _journal(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "events.jsonl").read_text("utf-8").splitlines()]


def test_the_recording_holds_every_sample_from_index_0(tmp_path: Path) -> None:
    blocks = noise_blocks(3.0)
    result, _ = _run(ScriptedBoard(blocks), tmp_path)
    assert result.folder is not None
    recording = read_recording(result.folder / "recording.bdf")
    counts = np.concatenate([block.counts for block in recording.blocks()])
    assert np.array_equal(counts, np.concatenate([block.counts for block in blocks]))
    assert recording.info.sampling_rate_hz == RATE_HZ


def test_a_reader_at_its_own_pace_gets_every_block(tmp_path: Path) -> None:
    blocks = noise_blocks(2.0)
    with ScriptedBoard(blocks) as board:
        session = Session(board, SessionPlan(tmp_path, "test"))
        queued = session.subscribe()
        session.run()
    assert [block.first_index for block in queued] == [block.first_index for block in blocks]


def test_a_twitch_is_reported_logged_and_annotated(tmp_path: Path) -> None:
    result, events = _run(ScriptedBoard(with_burst(noise_blocks(20.0), at_s=15.0)), tmp_path)
    twitches = [event for event in events if event.label == "twitch"]
    assert len(twitches) == 1
    assert twitches[0].onset_s == pytest.approx(15.0, abs=0.02)
    assert twitches[0].channel == "EMG 1"
    assert result.folder is not None
    lines = _journal(result.folder)
    assert [line["onset_s"] for line in lines] == [event.onset_s for event in events]
    assert all(line["decided_by"] == "detector" and line["feedback_shown"] is True for line in lines)
    notes = read_recording(result.folder / "recording.bdf").header.annotations
    assert [note for note in notes if note.text.startswith("twitch EMG 1")]


def test_session_json_tells_board_channels_and_result_and_names_nobody(tmp_path: Path) -> None:
    result, _ = _run(ScriptedBoard(noise_blocks(2.0)), tmp_path)
    assert result.folder is not None
    document = json.loads((result.folder / "session.json").read_text(encoding="utf-8"))
    assert document["board"]["sampling_rate_hz"] == RATE_HZ
    assert document["detector"]["band_hz"][1] == document["board"]["bandwidth_hz"] == 262.0
    assert [channel["gain"] for channel in document["channels"]] == [12.0] * 4
    assert document["result"]["n_samples"] == 2000
    assert "Not a medical device" in document["notice"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no permission bits")
def test_every_file_of_a_session_is_its_owners_alone(tmp_path: Path) -> None:
    result, _ = _run(ScriptedBoard(with_burst(noise_blocks(16.0), at_s=12.0)), tmp_path)
    assert result.folder is not None
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in result.folder.iterdir()}
    assert modes == {"recording.bdf": 0o600, "events.jsonl": 0o600, "session.json": 0o600}


def test_seconds_are_signal_time_gaps_included(tmp_path: Path) -> None:
    before, after = noise_blocks(1.0), noise_blocks(2.0, first_index=1500)
    result, _ = _run(ScriptedBoard([*before, *after]), tmp_path, seconds=2.0)
    assert (result.n_samples, result.n_lost) == (2000, 500)
    assert result.folder is not None
    valid = np.concatenate([block.valid for block in read_recording(result.folder / "recording.bdf").blocks()])
    assert not valid[1000:1500].any()
    assert np.count_nonzero(~valid) == 500


def test_a_board_that_breaks_off_leaves_a_valid_recording(tmp_path: Path) -> None:
    with pytest.raises(LinkError, match="unplugged"):
        _run(ScriptedBoard(noise_blocks(1.3), failure=LinkError("unplugged")), tmp_path)
    (folder,) = tmp_path.iterdir()
    assert read_recording(folder / "recording.bdf").header.n_samples == 1300


def test_a_board_that_never_sends_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(LinkError):
        _run(ScriptedBoard([], failure=LinkError("silent")), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_board_at_another_rate_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(WrongRate):
        _run(ScriptedBoard(noise_blocks(1.0), failure=WrongRate("sends 250")), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("seconds", "is_marked"), [(1.0, True), (11.0, False)])
def test_a_recording_at_another_rate_that_holds_a_mark_or_is_long_is_kept_and_says_what_is_wrong(
    tmp_path: Path, seconds: float, is_marked: bool
) -> None:
    def mark_once(found: object) -> None:
        if is_marked and not marked:
            marked.append(session.mark("seen", 0.1))

    marked: list[bool] = []
    with ScriptedBoard(noise_blocks(seconds), failure=WrongRate("sends 250")) as board:
        session = listened(Session(board, SessionPlan(tmp_path, "test")), on_found=mark_once)
        with pytest.raises(WrongRate, match="sends 250"):
            session.run()
    assert all(marked)
    (folder,) = tmp_path.iterdir()
    assert read_recording(folder).duration_s == seconds
    assert len((folder / "events.jsonl").read_text("utf-8").splitlines()) >= is_marked
    document = json.loads((folder / "session.json").read_text("utf-8"))
    assert document["board"]["notes"][-1] == "kept, though its times are wrong: sends 250"
    assert document["result"]["wrong_rate"] == "sends 250"
    assert document["result"]["duration_s"] == seconds


def test_any_other_refusal_of_a_streaming_board_leaves_what_was_recorded(tmp_path: Path) -> None:
    with pytest.raises(BoardConfigError):
        _run(ScriptedBoard(noise_blocks(1.0), failure=BoardConfigError("refused")), tmp_path)
    (folder,) = tmp_path.iterdir()
    assert read_recording(folder).header.n_samples == 1000


def test_a_folder_that_cannot_be_made_stops_the_session(tmp_path: Path) -> None:
    (tmp_path / "sessions").write_text("in the way")
    with pytest.raises(RecordingError):
        _run(ScriptedBoard(noise_blocks(5.0)), tmp_path / "sessions")


def test_a_recording_analysed_again_gives_the_events_of_the_session(tmp_path: Path) -> None:
    from twitchscope.commands.analyze import analyze

    blocks = with_burst(with_burst(noise_blocks(25.0), at_s=15.0), at_s=20.5, peak_counts=1500.0, seed=8)
    result, events = _run(ScriptedBoard(blocks), tmp_path)
    assert result.folder is not None
    again = list(analyze(result.folder, Setup(), None, 0.05).events)
    assert again == sorted(events, key=lambda event: event.onset_s)
    assert [event.label for event in again].count("twitch") == 2


def test_a_burst_right_before_the_end_is_reported_too(tmp_path: Path) -> None:
    from twitchscope.commands.analyze import analyze

    blocks = with_burst(noise_blocks(16.0), at_s=15.92)
    result, events = _run(ScriptedBoard(blocks), tmp_path)
    assert events[-1].offset_s == pytest.approx(15.98, abs=0.02)
    assert result.n_events[events[-1].label] > 0
    assert result.folder is not None
    assert [line["onset_s"] for line in _journal(result.folder)] == [event.onset_s for event in events]
    assert list(analyze(result.folder, Setup(), None).events) == events


def test_what_the_journal_does_not_take_nobody_hears_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Recorder, "put_entry", lambda recorder, entry: False)
    heard: list[object] = []
    with ScriptedBoard(with_burst(noise_blocks(20.0), at_s=15.0)) as board:
        session = listened(
            Session(board, SessionPlan(tmp_path, "test")),
            on_event=heard.append,
            on_line=heard.append,
            on_found=lambda found: session.mark("seen", 1.0),
        )
        assert session.run().n_events == {}
    assert heard == []


@pytest.mark.parametrize(("keeps_time", "rate_hz"), [(True, RATE_HZ), (False, None)])
def test_a_rate_is_measured_only_on_a_board_that_keeps_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keeps_time: bool, rate_hz: float | None
) -> None:
    monkeypatch.setattr(ScriptedBoard, "keeps_time", keeps_time)
    result, _ = _run(ScriptedBoard(noise_blocks(3.0)), tmp_path)
    assert result.measured_rate_hz == (rate_hz and pytest.approx(rate_hz))


def test_an_error_in_the_program_ends_the_session_and_keeps_the_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_module, "QUEUE_BLOCKS_OFFLINE", 1)
    has_read = threading.Condition()

    class AheadBoard(ScriptedBoard):
        n_read_samples = 0

        def _read(self, timeout_s: float) -> Block | None:
            block = super()._read(timeout_s)
            with has_read:
                self.n_read_samples += block.n_samples if block is not None else 0
                has_read.notify_all()
            return block

    def fail(event: object, *, feedback_shown: bool) -> None:
        # One block waits in the queue, and the reader holds the next one: from now on nobody takes any more.
        with has_read:
            assert has_read.wait_for(lambda: board.n_read_samples >= session.detection._next_index + 100, DEADLINE_S)
        raise ZeroDivisionError("a bug")

    with AheadBoard(with_burst(noise_blocks(20.0), at_s=12.0)) as board, pytest.raises(ZeroDivisionError):
        session = Session(board, SessionPlan(tmp_path, "test"))
        monkeypatch.setattr(session.detection, "detected_event", fail)
        session.run()
    (folder,) = tmp_path.iterdir()
    assert read_recording(folder).header.n_samples >= 12 * RATE_HZ


def test_stop_ends_a_session_while_the_board_sends_nothing(tmp_path: Path) -> None:
    class SilentBoard(ScriptedBoard):
        n_reads = 0

        def _read(self, timeout_s: float) -> Block | None:
            self.n_reads += 1
            if self.n_reads == 3:
                session.stop()
            if self.n_reads > 100:
                raise LinkError("nobody stopped")
            return self._empty_block()

    with SilentBoard([]) as board:
        session = Session(board, SessionPlan(tmp_path, "test"))
        assert session.run().n_samples == 0
    assert list(tmp_path.iterdir()) == []


def test_a_session_starts_when_its_board_has_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noon = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)

    class SlowBoard(ScriptedBoard):
        def _start(self) -> None:
            super()._start()
            self.clock.wait_s(2.0)

    class WallClock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return noon + timedelta(seconds=board.clock.now_s() - opened_s)

    monkeypatch.setattr("twitchscope.session.session.datetime", WallClock)
    board = SlowBoard(noise_blocks(1.0))
    opened_s = board.clock.now_s()
    result, _ = _run(board, tmp_path)
    assert result.folder is not None
    document = json.loads((result.folder / "session.json").read_text(encoding="utf-8"))
    assert datetime.fromisoformat(document["started_at"]) == noon + timedelta(seconds=2.0)


NEEDLE_SETUP = Setup({2: ChannelSetup(name="Needle", role=Role.NEEDLE)})


def test_a_needle_in_a_person_is_refused_until_its_isolation_is_confirmed(tmp_path: Path) -> None:
    with pytest.raises(BoardConfigError, match="isolated link"):
        _run(ScriptedBoard(noise_blocks(1.0), setup=NEEDLE_SETUP), tmp_path)
    assert list(tmp_path.iterdir()) == []
    with ScriptedBoard(noise_blocks(1.0), setup=NEEDLE_SETUP) as board:
        plan = SessionPlan(tmp_path, "test", needle_is_isolated=True)
        assert Session(board, plan).run().n_samples == 1000


def test_a_needle_in_a_simulated_patient_needs_no_isolation(tmp_path: Path) -> None:
    class NobodyThere(ScriptedBoard):
        is_wired_to_a_person = False

    result, _ = _run(NobodyThere(noise_blocks(1.0), setup=NEEDLE_SETUP), tmp_path)
    assert result.n_samples == 1000


def test_a_wall_clock_that_is_set_meanwhile_moves_no_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[datetime] = []

    class JumpingWallClock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            asked.append(datetime(2026, 11, 23 - len(asked), 12, 30, 15, tzinfo=UTC))
            return asked[-1]

    monkeypatch.setattr("twitchscope.session.session.datetime", JumpingWallClock)
    falling = itertools.count(1.8e9, -3600.0)
    monkeypatch.setattr(time, "time", lambda: next(falling))
    with ScriptedBoard(noise_blocks(3.0)) as board:
        session = Session(board, SessionPlan(tmp_path, "test"))

        def mark_at_times(block: Block | None) -> None:
            if block is not None and block.end_index in (1000, 2000):
                assert session.mark_now("seen")

        listened(session, on_block=mark_at_times)
        folder = session.run().folder
    monkeypatch.undo()
    assert folder is not None
    assert len(asked) == 1, "once, for the date of sample 0"
    assert [line["onset_s"] for line in _journal(folder)] == [1.0, 2.0]
    header = read_recording(folder).header
    assert [note.onset_s for note in header.annotations if note.text.endswith("seen")] == [1.0, 2.0]
    document = json.loads((folder / "session.json").read_text("utf-8"))
    assert datetime.fromisoformat(document["started_at"]) == asked[0]


def test_a_discarded_session_leaves_what_somebody_put_beside_it_and_tells_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path.name == "events.jsonl":
            raise OSError(30, "Read-only file system")
        unlink(path, missing_ok)

    unlink = Path.unlink
    monkeypatch.setattr(Path, "unlink", refuse)
    with ScriptedBoard(noise_blocks(1.0), failure=WrongRate("sends 250")) as board:
        session = Session(board, SessionPlan(tmp_path, "test"))

        def write_beside(block: Block | None) -> None:
            if block is None:
                wait_for(lambda: list(tmp_path.glob("*/events.jsonl")))
                (next(tmp_path.iterdir()) / "notes.txt").write_text("mine", "utf-8")

        listened(session, on_block=write_beside)
        with pytest.raises(WrongRate, match="sends 250"):
            session.run()
    (folder,) = tmp_path.iterdir()
    assert {path.name for path in folder.iterdir()} == {"notes.txt", "events.jsonl"}


def test_a_window_whose_code_fails_loses_nothing_of_the_recording(tmp_path: Path) -> None:
    def fail(block: Block | None) -> None:
        raise ZeroDivisionError("probe")

    told: list[str] = []
    with ScriptedBoard(noise_blocks(2.0)) as board:
        session = listened(Session(board, SessionPlan(tmp_path, "test")), on_note=told.append)
        listened(session, name="the window", on_block=fail)
        folder = session.run().folder
    assert folder is not None
    assert read_recording(folder).duration_s == 2.0
    (note,) = told
    assert note.startswith("the window stopped working: ")
    assert json.loads((folder / "session.json").read_text("utf-8"))["result"]["n_samples"] == 2000


@pytest.mark.parametrize("failing", ["on_event", "on_found", "on_line"])
def test_a_view_of_events_that_fails_is_dropped_with_a_note_and_the_recording_is_whole(
    tmp_path: Path, failing: str
) -> None:
    n_called: Counter[str] = Counter()

    def view(name: str) -> Callable[[object], None]:
        def call(told: object) -> None:
            n_called[name] += 1
            if name == failing:
                raise ZeroDivisionError("a fault")

        return call

    blocks = with_burst(with_burst(noise_blocks(20.0), at_s=15.0), at_s=18.0)
    with ScriptedBoard(blocks) as board:
        session = Session(board, SessionPlan(tmp_path, "p"))
        listened(session, **{name: view(name) for name in ("on_event", "on_found", "on_line")})
        result = session.run()
    assert result.n_samples == 20_000
    assert result.n_events["twitch"] == 2
    (note,) = session.notes.all()
    assert "a view stopped working: ZeroDivisionError: a fault" in note
    assert n_called.pop(failing) == 1
    assert min(n_called.values()) >= 2
    assert result.folder is not None
    assert len(_journal(result.folder)) >= 2
    assert json.loads((result.folder / "session.json").read_text("utf-8"))["result"]["n_samples"] == 20_000
