"""How long tests wait for what must come, and for what."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from acquisition.recording.bdf.header import RECORD_COUNT_OFFSET

DEADLINE_S = 120.0
"""The longest wait takes a healthy machine seven seconds; a slow one that does other work beside is given its time."""


def wait_for(condition: Callable[[], object]) -> None:
    """Let other threads and processes work until `condition` holds."""
    end_s = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end_s, "it did not come to that"
        threading.Event().wait(0.005)


def is_well_begun(folder: Path) -> bool:
    """Tell whether a session has made all its files and given them their names: two records are counted."""
    path = folder / "recording.bdf"
    return path.exists() and int(path.read_bytes()[RECORD_COUNT_OFFSET:][:8]) >= 2
