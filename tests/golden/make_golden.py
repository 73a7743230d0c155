"""Regenerate the golden files: small synthetic recordings in every supported input format.

Run as ``python -m tests.golden.make_golden`` from the project's root. The files in the repository should not change:
they verify that later versions still read files written by earlier versions and by other programs.
"""

from datetime import datetime
from pathlib import Path

import edfio
import mne
import numpy as np
import pyedflib

from acquisition.core import AuxChannel, BoardInfo, ads1299_channels, make_block
from acquisition.recording import Annotation, BdfWriter
from tests.recording.text_files import LSB_UV, brainflow, gui_named, gui_old, sd_card, wave
from tests.recording.xdf.xdf_files import stream, write

FOLDER = Path(__file__).parent
LOST = (40, 41, 255, 256)
NOTES = ((0.1, 0.0, "tap µ"), (0.5, 0.25, "pass 1"))


def make_ours() -> None:
    info = BoardInfo("Cyton", 250.0, ads1299_channels((24, 12)), 65.5, (AuxChannel("Accel 0", "g", 0.000125),), 8)
    with BdfWriter(FOLDER / "twitchscope-0.1.bdf", info, started_at=datetime(2026, 11, 22, 22, 13, 5)) as writer:
        block = make_block(0, wave(300, 2).astype(np.int32), 0.0, np.arange(300, dtype=np.int32)[:, np.newaxis])
        block.valid[list(LOST)] = False
        writer.write(block)
        for note in NOTES:
            writer.annotate(Annotation(*note))


def make_by_edfio() -> None:
    signals = [
        edfio.BdfSignal(
            column * LSB_UV,
            250,
            label=f"ch {number}",
            physical_dimension="uV",
            physical_range=(-187500, 187500),
            digital_range=(-8388607, 8388607),
        )
        for number, column in enumerate(wave(500, 2).T)
    ]
    notes = [edfio.EdfAnnotation(*note) for note in NOTES]
    edfio.Bdf(signals, annotations=notes, data_record_duration=0.2).write(FOLDER / "edfio.bdf")


def make_by_pyedflib() -> None:
    writer = pyedflib.EdfWriter(str(FOLDER / "pyedflib.edf"), 2, pyedflib.FILETYPE_EDFPLUS)
    for number in range(2):
        writer.setSignalHeader(
            number,
            {
                "label": f"ch {number}",
                "dimension": "uV",
                "sample_frequency": 250,
                "physical_max": 3276.7,
                "physical_min": -3276.7,
                "digital_max": 32767,
                "digital_min": -32767,
                "transducer": "",
                "prefilter": "",
            },
        )
    writer.writeSamples([np.ascontiguousarray(column // 4, np.int32) for column in wave(500, 2).T], digital=True)
    for note in NOTES:
        writer.writeAnnotation(*note)
    writer.close()


def make_by_mne() -> None:
    raw = mne.io.RawArray(wave(500, 2).T * LSB_UV * 1e-6, mne.create_info(["a", "b"], 250.0, "emg"), verbose="error")
    raw.set_annotations(mne.Annotations(*zip(*NOTES, strict=True)))
    mne.export.export_raw(FOLDER / "mne.bdf", raw, physical_range=(-187500, 187500), verbose="error")


def make_texts() -> None:
    ganglion = [(place, place % 201) for place in range(300) if place not in LOST]
    texts = {
        "gui-v4-cyton.txt": gui_old(wave(300, 8), LOST),
        "gui-v4-ganglion.txt": gui_old(wave(300, 4) // 10, unix_time=False).replace("250.0", "200.0"),
        "gui-v6-cyton.txt": gui_named(wave(300, 8), LOST),
        "gui-v6-ganglion.txt": gui_named(wave(300, 4) // 10, (), "BoardGanglionBLE", 200, counters=ganglion),
        "sd-8.txt": sd_card(wave(300, 8), LOST),
        "brainflow-cyton.csv": brainflow(wave(300, 8), LOST),
        "brainflow-ganglion.csv": brainflow(wave(300, 4) // 10, sampling_rate_hz=200),
        "columns.csv": "time,Band_uV\n" + "\n".join(f"{n / 250},{v / 100}" for n, v in enumerate(wave(300, 1)[:, 0])),
    }
    for name, text in texts.items():
        (FOLDER / name).write_text(text, newline="")
    times_s = 1000 + np.arange(300) / 250
    write(FOLDER / "emg.xdf", stream(1, "EMG", wave(300, 2), times_s, 250, (("a", "uV"), ("b", "uV"))))


if __name__ == "__main__":
    for path in FOLDER.iterdir():
        if path.suffix in (".bdf", ".edf", ".txt", ".csv", ".xdf"):
            path.unlink()
    make_ours()
    make_by_edfio()
    make_by_pyedflib()
    make_by_mne()
    make_texts()
