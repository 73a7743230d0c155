"""What all tests share: the real recordings, and the check that nothing is left behind."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.needs import missing
from tests.patience import DEADLINE_S

settings.register_profile("shared machine", deadline=None)  # how long an example takes says how busy the machine is
settings.load_profile("shared machine")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real recordings; a machine without it skips by name, and CI fails."""
    parents = Path(__file__).resolve().parents  # beside the project, or beside the tree that a copy of it lies in
    found = next((parent / "shared" / "data" for parent in parents if (parent / "shared" / "data").is_dir()), None)
    return found or missing("the real recordings are not on this machine (folder ../shared/data beside the project)")


@pytest.fixture(autouse=True)
def no_thread_left_behind() -> Iterator[None]:
    """Fail a test that leaves a thread running."""
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if thread not in before]
    end_s = time.monotonic() + DEADLINE_S
    for thread in left:
        thread.join(timeout=max(0.0, end_s - time.monotonic()))
    alive = [thread.name for thread in left if thread.is_alive()]
    assert not alive, f"threads left running: {alive}"
