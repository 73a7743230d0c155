"""A signal may arrive between any two instructions, so functions called by its handler must take no lock."""

import signal
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from acquisition.core import MonotonicClock
from tests.twitchscope.conftest import ScriptedBoard
from twitchscope.cli import main
from twitchscope.ending import asked_by_signals, interrupted_in_order
from twitchscope.session.plan import SessionPlan
from twitchscope.session.recorder import Recorder
from twitchscope.session.session import Session
from twitchscope.session.stream import Stream


def lock(patch: pytest.MonkeyPatch) -> None:
    """Simulate that the interrupted thread holds every lock of an Event, a Condition or a queue."""

    def wait_for_itself(condition: threading.Condition) -> None:
        raise AssertionError("the thread would wait for itself for ever")

    patch.setattr(threading.Condition, "__enter__", wait_for_itself)


def test_a_session_is_stopped_and_a_disk_given_up_without_any_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedBoard([]) as board:
        session = Session(board, SessionPlan(tmp_path, "p"))
        stream = Stream(board)
        recorder = Recorder(lambda: tmp_path, board.info, datetime(2026, 11, 28))
        with monkeypatch.context() as patch:
            lock(patch)
            session.interrupt()
            stream.stop()
            recorder.wait.give_up()
    assert recorder.wait.how_long == "until nobody waited any more"


def test_what_asks_for_the_end_takes_no_lock_and_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        lock(patch)
        with asked_by_signals() as is_asked_to_end:
            assert not is_asked_to_end()
            signal.raise_signal(signal.SIGTERM)
            assert is_asked_to_end()
        with interrupted_in_order() as look_up:
            look_up()
            signal.raise_signal(signal.SIGTERM)
            with pytest.raises(KeyboardInterrupt):
                look_up()


def test_a_simulated_board_on_a_wire_is_ended_without_any_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def serve(path: str, *, is_asked_to_end: Any, clock: MonotonicClock, **more: object) -> None:
        with monkeypatch.context() as patch:
            lock(patch)
            signal.raise_signal(signal.SIGTERM)
        asked.append(is_asked_to_end())

    monkeypatch.setattr("twitchscope.commands.simulate.load", lambda name: serve)
    assert main(["simulate", "--serial", "board"]) == 0
    assert asked == [True]
