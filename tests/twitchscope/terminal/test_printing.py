import io
from dataclasses import replace
from pathlib import Path

import pytest

from acquisition.core import AcquisitionError, AmplitudeUnit, Board, ChannelSetup, Setup
from tests.twitchscope.conftest import ScriptedBoard, noise_blocks, with_burst
from twitchscope.cli import main
from twitchscope.findings.detection import Detection
from twitchscope.session.result import SessionResult
from twitchscope.terminal.printing import Printer, event_printer, masked_result_text


class Failing(io.StringIO):
    """Stream that accepts no line."""

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


def test_a_full_disk_ends_the_printing_and_is_reported_at_the_end() -> None:
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


UNCOUNTED = "the board does not number its samples"


def test_losses_that_were_not_counted_are_not_reported_as_none() -> None:
    result = SessionResult(None, 10.0, 2500, 0, "", 0, None, {}, [], {})
    assert masked_result_text(result)[0] == "10.0 s recorded, 0 of 2500 samples lost"
    told = masked_result_text(replace(result, why_uncounted=UNCOUNTED))[0]
    assert told == f"10.0 s recorded, 0 of 2500 samples seen to be lost ({UNCOUNTED})"


def test_samples_that_nobody_watched_are_counted() -> None:
    told = masked_result_text(SessionResult(None, 10.0, 2500, 0, "", 40, None, {}, [], {}))[0]
    assert told.endswith("lost; 40 were not watched: the detector did not keep up")


def test_record_tells_why_losses_were_not_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Board, "why_uncounted", UNCOUNTED)
    assert main(["record", "--board", "simulated:?seed=3&speed=0&seconds=4", "--out", str(tmp_path)]) == 0
    assert f"4.0 s recorded, 0 of 4000 samples seen to be lost ({UNCOUNTED})" in capsys.readouterr().out


def test_a_channel_called_by_a_unit_keeps_its_name() -> None:
    told: list[str] = []
    print_event = event_printer("text", told.append, AmplitudeUnit.COUNTS)
    with ScriptedBoard([], setup=Setup({1: ChannelSetup(name="A µV")})) as board:
        detection = Detection(board.info)
    for event in detection.run(with_burst(noise_blocks(20.0), at_s=15.0)):
        print_event(detection.detected_event(event))
    (line,) = told
    assert "A µV" in line
    assert " counts  " in line


def test_decibels_over_the_local_floor_are_marked() -> None:
    blocks = with_burst(with_burst(noise_blocks(20.0), at_s=4.0), at_s=18.0)
    told: list[str] = []
    print_event = event_printer("text", told.append, AmplitudeUnit.MICROVOLTS)
    detection = Detection(ScriptedBoard([]).open())
    for event in detection.run(blocks):
        print_event(detection.detected_event(event))
    assert [" dB (floor)  " in line for line in told] == [True, False]
