"""A session file that another program truncates while it is written ends the recording, and is named."""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from acquisition.recording import Annotation
from tests.patience import is_well_begun, wait_for
from tests.twitchscope.conftest import ScriptedBoard, noise_blocks
from twitchscope.session.recorder import JournalEntry, Recorder

SECONDS = 10.0


def _mark(recorder: Recorder) -> bool:
    return recorder.put_entry(JournalEntry({"event": "mark"}, Annotation(0.5, 0.0, "mark")))


def _go_on(recorder: Recorder) -> None:
    for block in noise_blocks(SECONDS):
        if block.first_index >= recorder.n_samples:
            recorder.put_block(block)


@pytest.mark.parametrize("go_on", [_go_on, _mark, lambda recorder: None])
@pytest.mark.parametrize(("name", "n_left"), [("recording.bdf", 0), ("recording.bdf", 5000), ("events.jsonl", 0)])
def test_a_file_that_is_cut_short_is_reported(
    tmp_path: Path, name: str, n_left: int, go_on: Callable[[Recorder], object]
) -> None:
    recorder = Recorder(lambda: tmp_path, ScriptedBoard([]).open(), datetime(2026, 11, 28))
    recorder.start()
    first = [block for block in noise_blocks(SECONDS) if block.end_index <= 2000]
    for block in first:
        recorder.put_block(block)
    assert _mark(recorder)
    wait_for(lambda: is_well_begun(tmp_path) and recorder.n_samples == first[-1].end_index)
    n_written = (tmp_path / name).stat().st_size
    os.truncate(tmp_path / name, n_left)
    go_on(recorder)
    recorder.close()
    sentence = f"{tmp_path / name} was cut short by another program while it was written: {n_left} of {n_written} bytes"
    assert str(recorder.error).startswith(sentence)
    assert (tmp_path / name).stat().st_size == n_left, "nothing is written behind a hole"
