"""Files written once and kept: by the first version of TwitchScope, by other programs, and in their formats."""

from pathlib import Path

import numpy as np
import pytest

from acquisition import read_recording
from acquisition.recording import Annotation
from tests.recording.support import joined
from tests.recording.text_files import LSB_UV, wave

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
LOST = [40, 41, 255, 256]
NOTES = (Annotation(0.1, 0.0, "tap µ"), Annotation(0.5, 0.25, "pass 1"))

FILES = {
    # name: rate, channels, samples, losses shown, divisor of the wave
    "twitchscope-0.1.bdf": (250, 2, 300, True, 1),
    "edfio.bdf": (250, 2, 500, False, 1),
    "mne.bdf": (250, 2, 500, False, 1),
    "pyedflib.edf": (250, 2, 500, False, 4),
    "gui-v4-cyton.txt": (250, 8, 300, True, 1),
    "gui-v4-ganglion.txt": (200, 4, 300, False, 10),
    "gui-v6-cyton.txt": (250, 8, 300, True, 1),
    "gui-v6-ganglion.txt": (200, 4, 300, True, 10),
    "sd-8.txt": (250, 8, 300, True, 1),
    "brainflow-cyton.csv": (250, 8, 300, True, 1),
    "brainflow-ganglion.csv": (200, 4, 300, False, 10),
    "columns.csv": (250, 1, 299, False, 1),  # the last row has no end of line
    "emg.xdf": (250, 2, 300, False, 1),
}


@pytest.mark.parametrize("name", FILES)
def test_golden_file(name):
    rate_hz, n_channels, n_samples, shows_losses, divisor = FILES[name]
    recording = read_recording(GOLDEN / name, sampling_rate_hz=250 if name == "columns.csv" else None)
    whole = joined(recording, 77)
    assert recording.info.sampling_rate_hz == pytest.approx(rate_hz)
    assert (recording.info.n_channels, recording.header.n_samples) == (n_channels, n_samples)
    assert np.flatnonzero(~whole.valid).tolist() == (LOST if shows_losses else [])
    scale_uv = {
        "pyedflib.edf": 0.1,
        "columns.csv": 0.01,
        "emg.xdf": 1.0,
        "twitchscope-0.1.bdf": np.array([LSB_UV, 2 * LSB_UV]),
    }.get(name, LSB_UV)
    microvolts = recording.info.to_microvolts(whole.counts)
    expected_uv = wave(n_samples, n_channels) // divisor * scale_uv
    tolerance_uv = 0.0061 if name.startswith("gui-v4") else 0.012 if name == "emg.xdf" else 0.001
    assert microvolts[whole.valid] == pytest.approx(expected_uv[whole.valid], abs=tolerance_uv)


@pytest.mark.parametrize("name", ["twitchscope-0.1.bdf", "edfio.bdf", "mne.bdf", "pyedflib.edf"])
def test_annotations_of_golden_files(name):
    notes = [note for note in read_recording(GOLDEN / name).header.annotations if note.text != "lost"]
    assert [note.text for note in notes] == [note.text for note in NOTES]
    assert [note.onset_s for note in notes] == pytest.approx([note.onset_s for note in NOTES])
    assert [note.duration_s for note in notes] == pytest.approx([note.duration_s for note in NOTES], abs=1e-3)


def test_our_golden_file_keeps_board_gains_and_aux():
    info = read_recording(GOLDEN / "twitchscope-0.1.bdf").info
    assert (info.name, info.bandwidth_hz, info.counter_bits) == ("Cyton", 65.5, 8)
    assert [ch.gain for ch in info.channels] == [24, 12]
    assert [(column.name, column.unit, column.unit_per_count) for column in info.aux] == [("Accel 0", "g", 0.000125)]


def test_every_golden_file_is_tested():
    names = {path.name for path in GOLDEN.iterdir() if path.suffix in (".bdf", ".edf", ".txt", ".csv", ".xdf")}
    assert names == set(FILES)
