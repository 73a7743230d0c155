"""Error message of a command that refuses to work."""

import pytest

from twitchscope.cli import main


def refusal(argv: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Return the error message of a failing command, checked to be one sentence with status 1."""
    assert main(argv) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("twitchscope: ")
    assert "Traceback" not in captured.err
    return captured.err
