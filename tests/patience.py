"""Limits and conditions of waits in tests."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from acquisition.recording.bdf.header import RECORD_COUNT_OFFSET

DEADLINE_S = 120.0
"""Limit of waits in seconds. The longest wait takes 7 s on a healthy machine; slow and busy ones get more time."""


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until `condition` holds while other threads and processes work."""
    end_s = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end_s, "it did not come to that"
        threading.Event().wait(0.005)


def is_well_begun(folder: Path) -> bool:
    """Return whether a session has created and named all its files: its header counts at least two records."""
    path = folder / "recording.bdf"
    return path.exists() and int(path.read_bytes()[RECORD_COUNT_OFFSET:][:8]) >= 2
