"""Scripted BrainFlow session, and a Cyton through it."""

import os
from typing import Any

import numpy as np
from brainflow.board_shim import BrainFlowError, BrainFlowInputParams

from acquisition.core import Board, ManualClock, Setup, ads1299_microvolts_per_count, make_board

PORT = os.devnull
"""An existing path, like the port of a dongle that is plugged in."""
CYTON_UV = ads1299_microvolts_per_count(24)


class ScriptedSession:
    """Stand-in for BrainFlow's session that answers from lists and records every call."""

    def __init__(self, board_id: int, parameters: BrainFlowInputParams) -> None:
        self.calls: list[Any] = []
        self.failures: dict[str, list[int]] = {}
        self.replies: dict[str, str] = {}
        self.rate_hz = 250
        self.rows: list[np.ndarray] = []
        self.board_id = board_id
        self.parameters = parameters

    def _note(self, method: str, *arguments: object) -> None:
        self.calls.append((method, *arguments) if arguments else method)
        if self.failures.get(method):
            code = self.failures[method].pop(0)
            if code:
                raise BrainFlowError("unable", code)

    def prepare_session(self) -> None:
        self._note("prepare_session")

    def release_session(self) -> None:
        self._note("release_session")

    def start_stream(self, n_samples: int) -> None:
        self._note("start_stream", n_samples)

    def stop_stream(self) -> None:
        self._note("stop_stream")

    def config_board(self, command: str) -> str:
        self._note("config_board", command)
        return self.replies.get(command, "Success: done$$$")

    def get_board_sampling_rate(self) -> int:
        return self.rate_hz

    def get_board_data_count(self) -> int:
        return self.rows[0].shape[1] if self.rows else 0

    def get_board_data(self) -> np.ndarray:
        return self.rows.pop(0)


def cyton(clock: ManualClock, options: str = "", setup: Setup | None = None) -> Board:
    return make_board(f"brainflow:CYTON_BOARD?serial_port={PORT}{options}", setup, clock)


def cyton_rows(numbers: list[int], first_count: int = 0) -> np.ndarray:
    """Return rows of a Cyton whose channel 1 counts up and whose channel 2 counts down."""
    rows = np.zeros((24, len(numbers)))
    rows[0] = numbers
    rows[1] = (first_count + np.arange(len(numbers))) * CYTON_UV
    rows[2] = -rows[1]
    return rows
