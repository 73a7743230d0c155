"""Synthetic recordings with files of their true events."""

import contextlib
import json
import math
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from acquisition.core import RecordingError
from acquisition.recording import BdfWriter
from acquisition.simulated.board import SimulatedBoard
from acquisition.simulated.scenario import load_scenario

STARTED_AT = datetime(2000, 1, 1)
"""Start time of every synthetic recording, so that the same seed gives the same file."""


def record_simulation(
    path: Path,
    *,
    seconds: float,
    seed: int,
    sampling_rate_hz: float,
    scenario: str | None,
    progress: Callable[[float], None] | None = None,
) -> None:
    """Write a synthetic recording and its true events, ``FILE.truth.json``, beside it.

    Parameters
    ----------
    path : Path
        The BDF+ file to create.
    seconds : float
        Length, above zero.
    seed : int
        Seed of the patient.
    sampling_rate_hz : float
        250, 500, 1000, 2000 or 4000.
    scenario : str or None
        Name of a scenario or a TOML file; None for the default.
    progress : callable, optional
        Called with the number of seconds completed.

    Raises
    ------
    RecordingError
        If one of the files exists, the length is invalid, or a write fails.
    BoardConfigError
        If there is no such scenario or rate.
    """
    path = Path(path)
    _refuse_existing(path)
    truth_path = truth_path_of(path)  # a path without a name raises here, but such a path exists and is rejected above
    _refuse_existing(truth_path)
    if not 0.0 < seconds < math.inf or round(seconds * sampling_rate_hz) < 1:
        raise RecordingError(f"a recording of {seconds:g} s cannot be made: expected at least one sample")
    board = SimulatedBoard(
        load_scenario(scenario),
        seed=seed,
        sampling_rate_hz=sampling_rate_hz,
        speed=0.0,
        seconds=round(seconds * sampling_rate_hz) / sampling_rate_hz,
    )
    with board:
        try:
            _write(board, path, progress)
        except BaseException:
            # Also write the truth of an interrupted recording, but raise the original error.
            with contextlib.suppress(RecordingError):
                if _is_there(path):
                    _write_truth(board, truth_path)
            raise
        _write_truth(board, truth_path)


def truth_path_of(path: Path) -> Path:
    """Return the path of the truth of a recording: ``FILE.bdf`` → ``FILE.truth.json``."""
    return path.with_suffix(".truth.json")


def _refuse_existing(path: Path) -> None:
    if _is_there(path):
        raise RecordingError(f"{path} exists already: nothing is ever overwritten")


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:
        raise RecordingError(f"{path} cannot be written: {error.strerror}") from error


def _write(board: SimulatedBoard, path: Path, progress: Callable[[float], None] | None) -> None:
    with BdfWriter(path, board.info, started_at=STARTED_AT, recording_code="SIMULATED") as writer:
        board.start()
        while (block := board.read()) is not None:
            writer.write(block)
            if progress is not None:
                progress(block.end_index / board.info.sampling_rate_hz)


def _write_truth(board: SimulatedBoard, path: Path) -> None:
    """Write the truth, readable by its owner only, like every file of a session; an incomplete file is deleted."""
    text = json.dumps(board.truth.to_json(), indent=1) + "\n"
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(fd, "w", encoding="utf-8") as file:
                file.write(text)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise RecordingError(f"{path} cannot be written: {error.strerror}") from error
