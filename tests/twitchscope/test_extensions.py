"""Tests of the message about compiled extensions that are older than their sources."""

import os
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from tests.twitchscope.refusals import refusal
from twitchscope.cli import main
from twitchscope.extensions import ROOT, _with_included, old_extensions


def _tree(root: Path, built_s: float) -> Path:
    """Create a source tree of one extension, built at `built_s`, with its source from time 1000 s."""
    (root / "dsp" / "compiled").mkdir(parents=True)
    (root / "acquisition").mkdir()
    (root / "Makefile").touch()
    for name, at_s in (("_kernel.pyx", 1000.0), (f"_kernel{EXTENSION_SUFFIXES[0]}", built_s)):
        (root / "dsp" / "compiled" / name).touch()
        os.utime(root / "dsp" / "compiled" / name, (at_s, at_s))
    return root


def test_extensions_that_are_older_than_their_sources_are_reported_where_something_does_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(argv: object) -> int:
        raise ImportError("cannot import name 'new' from 'dsp.compiled._kernel'")

    monkeypatch.setattr("twitchscope.cli._run", fail)
    root = _tree(tmp_path, built_s=900.0)
    monkeypatch.setattr("twitchscope.cli.old_extensions", lambda: old_extensions(root))
    said = refusal(["boards"], capsys)
    assert said.startswith("twitchscope: dsp.compiled._kernel: compiled before the sources were changed")
    assert said.endswith("run make build\n")
    (root / "dsp" / "compiled" / f"_kernel{EXTENSION_SUFFIXES[0]}").unlink()
    assert "dsp.compiled._kernel" in refusal(["boards"], capsys)


@pytest.mark.parametrize("changed", ["_kernel.pyx", "_chain.pxd", "_chain.h", "_lanes.h"])
def test_an_extension_is_older_than_what_its_source_includes(tmp_path: Path, changed: str) -> None:
    root = _tree(tmp_path, built_s=1100.0)
    includes = {
        "_kernel.pyx": "cimport cython\nfrom ._chain cimport (\n    step,\n)\n",
        "_chain.pxd": 'cdef extern from "_chain.h":\n    void step() nogil\n',
        "_chain.h": '#include <math.h>\n#include "_lanes.h"\n',
        "_lanes.h": '#include "_chain.h"\n',
        "_other.h": "",
    }
    for name, text in includes.items():
        path = root / "dsp" / "compiled" / name
        path.write_text(text, "utf-8")
        os.utime(path, (1000.0, 1000.0))
    os.utime(root / "dsp" / "compiled" / "_other.h", (1200.0, 1200.0))
    assert old_extensions(root) == [], "nothing that it includes has changed"
    os.utime(root / "dsp" / "compiled" / changed, (1200.0, 1200.0))
    assert old_extensions(root) == ["dsp.compiled._kernel"]


def test_every_include_of_this_source_tree_is_found() -> None:
    compiled = ROOT / "dsp" / "compiled"
    found = {path.name for source in compiled.glob("*.pyx") for path in _with_included(source)}
    assert found == {path.name for suffix in ("pyx", "pxd", "h") for path in compiled.glob(f"*.{suffix}")}


def test_an_error_of_the_program_keeps_its_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(argv: object) -> int:
        raise TypeError("a fault")

    monkeypatch.setattr("twitchscope.cli._run", fail)
    root = _tree(tmp_path, built_s=1100.0)
    monkeypatch.setattr("twitchscope.cli.old_extensions", lambda: old_extensions(root))
    with pytest.raises(TypeError, match="a fault"):
        main(["boards"])
    (root / "Makefile").unlink()
    assert old_extensions(root) == []
