"""Listeners are called after the recorder, and none of them affects the recording."""

import json
from pathlib import Path
from typing import Any

import pytest

from acquisition import read_recording
from acquisition.core import Block
from tests.twitchscope.conftest import ScriptedBoard, noise_blocks, with_burst
from tests.twitchscope.listening import listened
from twitchscope.findings.event import DetectedEvent
from twitchscope.session.listeners import SessionListener
from twitchscope.session.plan import SessionPlan
from twitchscope.session.recorder import Recorder
from twitchscope.session.session import Session


class Watcher(SessionListener):
    """Listener that stores what it receives, and raises where told to."""

    name = "the watcher"

    def __init__(self, heard: list[str], fails_at: int | None = None) -> None:
        self.heard = heard
        self.ends: list[int | None] = []
        self._fails_at = fails_at

    def on_block(self, block: Block | None) -> None:
        self.ends.append(None if block is None else block.end_index)
        self.heard.append(f"block {self.ends[-1]}")
        if block is not None and block.end_index == self._fails_at:
            raise ZeroDivisionError("probe")

    def on_line(self, line: dict[str, Any]) -> None:
        self.heard.append(f"line {line['label']}")

    def on_event(self, event: DetectedEvent) -> None:
        self.heard.append(f"event {event.label}")

    def on_found(self, found: object) -> None:
        self.heard.append("found")

    def on_note(self, note: str) -> None:
        self.heard.append(f"note {note}")


def test_a_listener_has_each_block_behind_the_recorder_and_before_the_detector(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []
    put_block = Recorder.put_block

    def put_and_note(recorder: Recorder, block: Block | None) -> None:
        heard.append(f"recorder {None if block is None else block.end_index}")
        put_block(recorder, block)

    monkeypatch.setattr(Recorder, "put_block", put_and_note)
    with ScriptedBoard(noise_blocks(0.1)) as board:
        session = Session(board, SessionPlan(tmp_path, "p"))
        session.add_listener(Watcher(heard))
        session.run()
    in_order = [one for one in heard if one != "found"]
    assert in_order == [f"{who} {end}" for end in (50, 100, None) for who in ("recorder", "block")]
    assert all(heard.index(f"block {50 * n}") < at for n, at in enumerate(_places(heard, "found")[:2], start=1))
    assert len(_places(heard, "found")) == 3, "each block, and the end"


def _places(heard: list[str], what: str) -> list[int]:
    return [place for place, one in enumerate(heard) if one == what]


def test_a_verdict_is_heard_as_a_line_then_as_an_event_then_with_all_that_its_block_brought(tmp_path: Path) -> None:
    heard: list[str] = []
    with ScriptedBoard(with_burst(noise_blocks(20.0), at_s=15.0)) as board:
        session = Session(board, SessionPlan(tmp_path, "p"))
        session.add_listener(Watcher(heard))
        session.run()
    in_run = [one for one in heard if not one.startswith("block")]
    place = in_run.index("line twitch")
    assert in_run[place : place + 3] == ["line twitch", "event twitch", "found"]


def test_a_method_that_fails_is_called_no_more_and_everybody_hears_all_else(tmp_path: Path) -> None:
    failing, good, told = Watcher([], fails_at=100), Watcher([]), list[str]()
    with ScriptedBoard(noise_blocks(0.2)) as board:
        session = Session(board, SessionPlan(tmp_path, "p"))
        session.add_listener(failing)
        session.add_listener(good)
        listened(session, on_note=told.append)
        folder = session.run().folder
    assert failing.ends == [50, 100]
    assert good.ends == [50, 100, 150, 200, None]
    (note,) = told
    assert note.startswith("the watcher stopped working: ZeroDivisionError: probe; the recording goes on")
    assert f"note {note}" in failing.heard
    assert failing.heard.count("found") == good.heard.count("found") == 5
    assert folder is not None
    assert read_recording(folder).duration_s == 0.2
    assert json.loads((folder / "session.json").read_text("utf-8"))["board"]["notes"] == told


def test_a_listener_that_fails_on_a_note_or_at_the_end_is_reported_of_too(tmp_path: Path) -> None:
    def fail(told: object) -> None:
        raise ZeroDivisionError("probe")

    def fail_at_the_end(block: Block | None) -> None:
        assert block is not None, "the end"

    told: list[str] = []
    with ScriptedBoard(noise_blocks(0.1)) as board:
        session = listened(Session(board, SessionPlan(tmp_path, "p")), on_block=fail_at_the_end)
        listened(session, name="the deaf one", on_note=fail)
        listened(session, on_note=told.append)
        assert session.run().n_samples == 100
    told_of = [note.split(" stopped working")[0] for note in session.notes.all()]
    assert told_of == ["a view", "the deaf one"]
    assert sorted(told) == sorted(session.notes.all())
