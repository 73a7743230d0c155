"""Shared fixtures: the real recordings, and a check for leftover threads."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.needs import IN_CI, missing, no_window
from tests.patience import DEADLINE_S

settings.register_profile("shared machine", deadline=None)  # an example's duration depends on the machine's load
settings.load_profile("shared machine")

left_out: list[str] = []


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out the window's tests where Qt does not start, since collecting them loads it; in CI they fail."""
    problem = no_window() if collection_path == Path(__file__).parent / "view" and not IN_CI else None
    if problem is None:
        return None
    left_out.append(f"LEFT OUT tests/view: {problem}")
    return True


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Report what was left out."""
    for line in left_out:
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real recordings; without it tests are skipped with the reason, and fail in CI."""
    parents = Path(__file__).resolve().parents  # beside the project, or beside the tree that contains a copy of it
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
