"""Fuzzing targets accept their valid seed inputs, so that the fuzzer reaches more than the first lines of a reader."""

from pathlib import Path

import pytest

from bench.fuzz.targets import TARGETS, seeds


@pytest.mark.parametrize("name", TARGETS)
def test_each_target_takes_what_it_begins_with(name: str, tmp_path: Path) -> None:
    contents = list(seeds(name))
    assert contents
    for content in contents:
        TARGETS[name](content, tmp_path)
