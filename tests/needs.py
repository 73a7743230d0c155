"""What a test needs and a machine may not have: skipped by name on a laptop, a failure where CI=true."""

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skip the test that runs, or fail it in CI, which has to have all of it."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)
