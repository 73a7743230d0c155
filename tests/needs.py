"""Requirements of tests that a machine may lack: the test is skipped with the reason, or fails when CI=true."""

import os
from functools import cache
from typing import NoReturn

import pytest

from twitchscope.display import window_problem

IN_CI = os.environ.get("CI") == "true"


def missing(what: str) -> NoReturn:
    """Skip the running test, or fail it in CI, which must have everything."""
    if IN_CI:
        pytest.fail(what)
    pytest.skip(what)


def window() -> None:
    """Skip the running test when no window can be opened, or fail it in CI."""
    problem = no_window()
    if problem is not None:
        missing(problem)


@cache
def no_window() -> str | None:
    """Return why no window can be opened even without a display, in one sentence, or None when one can."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QT_QPA_PLATFORM", "offscreen")
        return window_problem()
