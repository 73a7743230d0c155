"""Fixtures of the contract suite: each kind of board in turn."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from acquisition.core import Board

from .boards import CASES, Case, record


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recording of the simulated patient: 3 channels at 500 Hz."""
    return record(tmp_path_factory.mktemp("contract") / "recorded.bdf")


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    """Each kind of board in turn."""
    with ExitStack() as stack:
        yield CASES[request.param](request, stack)


@pytest.fixture
def board(case: Case) -> Iterator[Board]:
    """Board that is not open yet and is closed after the test."""
    made = case.make()
    yield made
    made.close()
