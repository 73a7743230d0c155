"""Fixtures of driver tests: scripted BrainFlow session, scripted LSL sender and clock."""

from collections.abc import Callable

import pytest
from brainflow.board_shim import BoardShim, BrainFlowInputParams

from acquisition.core import ManualClock
from acquisition.drivers import brainflow as driver
from tests.drivers.scripted_brainflow import ScriptedSession
from tests.drivers.scripted_lsl import Scripted


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> ScriptedSession:
    """Session for the driver under test; descriptions still come from BrainFlow."""
    scripted = ScriptedSession(0, BrainFlowInputParams())

    class Shim(BoardShim):
        def __new__(cls, board_id: int, parameters: BrainFlowInputParams) -> ScriptedSession:  # type: ignore[misc]
            scripted.board_id, scripted.parameters = board_id, parameters
            return scripted

    monkeypatch.setattr(driver, "BoardShim", Shim)
    return scripted


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(10.0)


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Scripted]:
    return lambda *arguments, **options: Scripted(monkeypatch, *arguments, **options)
