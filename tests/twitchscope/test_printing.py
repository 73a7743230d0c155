import io

import pytest

from acquisition.core import AcquisitionError
from twitchscope.printing import Printer


class Failing(io.StringIO):
    """Takes no line."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def write(self, text: str) -> int:
        raise self._error


def test_a_reader_who_goes_away_is_no_failure() -> None:
    stream = Failing(BrokenPipeError())
    printer = Printer(stream)
    printer.line("a")
    printer.line("b")
    printer.finish()
    assert stream.closed


def test_a_full_disk_ends_the_printing_and_is_told_at_the_end() -> None:
    stream = Failing(OSError(28, "No space left on device"))
    printer = Printer(stream)
    printer.line("a")
    printer.line("b")
    with pytest.raises(AcquisitionError, match="output cannot be written: No space left"):
        printer.finish()


def test_a_stream_that_is_closed_already_is_no_failure() -> None:
    stream = io.StringIO()
    stream.close()
    printer = Printer(stream)
    printer.line("a")
    printer.finish()
