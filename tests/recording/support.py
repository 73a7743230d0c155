"""Shared by the tests of recordings: made-up signals, writers, and three foreign readers."""

import warnings
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import edfio
import mne
import numpy as np
import pyedflib
from numpy.typing import NDArray

from acquisition.core import AuxChannel, Block, BoardInfo, ads1299_channels, make_block
from acquisition.recording import Annotation, BdfWriter, Recording

STARTED_AT = datetime(2026, 11, 22, 22, 13, 5)


class Note(NamedTuple):
    onset_s: float
    duration_s: float
    text: str


class Foreign(NamedTuple):
    """A file as read by another program: digital values of the signals, rate, annotations."""

    digital: NDArray[np.int64]
    sampling_rate_hz: float
    notes: list[Note]


def make_info(
    sampling_rate_hz: float = 250.0, n_channels: int = 3, aux: tuple[AuxChannel, ...] = (), gain: float = 24
) -> BoardInfo:
    return BoardInfo(
        "Test Board", sampling_rate_hz, ads1299_channels((gain,) * n_channels), 0.262 * sampling_rate_hz, aux, 8
    )


def made_up_counts(n_samples: int, n_channels: int = 3, seed: int = 1) -> NDArray[np.int32]:
    """Return counts over the whole range, including its ends."""
    counts = np.random.default_rng(seed).integers(-8_388_607, 8_388_608, (n_samples, n_channels), np.int32)
    counts[0], counts[-1] = 8_388_607, -8_388_607
    return counts


def write_recording(
    path: Path,
    info: BoardInfo,
    counts: NDArray[np.int32],
    annotations: tuple[Annotation, ...] = (),
    n_block: int = 37,
    aux: NDArray[np.int32] | None = None,
) -> Path:
    if aux is None:
        aux = np.zeros((len(counts), len(info.aux)), np.int32)
    with BdfWriter(path, info, started_at=STARTED_AT) as writer:
        waiting = list(annotations)
        for start in range(0, len(counts), n_block):
            part = slice(start, start + n_block)
            writer.write(make_block(start, counts[part], 0.0, aux[part]))
            while waiting and waiting[0].onset_s * info.sampling_rate_hz <= start + n_block:
                writer.annotate(waiting.pop(0))
        for annotation in waiting:
            writer.annotate(annotation)
    return path


def joined(recording: Recording, n_samples: int | None = None) -> Block:
    """Return the whole recording as one block; blocks must be contiguous."""
    blocks = list(recording.blocks(n_samples))
    index = 0
    for block in blocks:
        assert block.first_index == index
        assert block.counts.flags.c_contiguous and block.counts.dtype == np.int32
        index = block.end_index
    assert index == recording.header.n_samples
    return Block(
        0,
        np.concatenate([block.counts for block in blocks]),
        np.concatenate([block.aux for block in blocks]),
        np.concatenate([block.valid for block in blocks]),
        blocks[-1].arrival_s,
    )


def by_edfio(path: Path) -> Foreign:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns about a record after those counted
        edf = edfio.read_bdf(path)
        digital = np.array([signal.digital for signal in edf.signals]).T
    notes = [Note(note.onset, note.duration or 0.0, note.text) for note in edf.annotations]
    return Foreign(digital, edf.signals[0].sampling_frequency, notes)


def by_pyedflib(path: Path) -> Foreign:
    reader = pyedflib.EdfReader(str(path))
    try:
        digital = np.array([reader.readSignal(n, digital=True) for n in range(reader.signals_in_file)]).T
        onsets, durations, texts = reader.readAnnotations()
        notes = [Note(*note) for note in zip(onsets, np.maximum(durations, 0.0), texts, strict=True)]
        return Foreign(digital, reader.getSampleFrequency(0), notes)
    finally:
        reader.close()


def by_mne(path: Path) -> Foreign:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns about a record after those counted
        raw = mne.io.read_raw_bdf(path, preload=True, verbose="error")
    microvolts = raw.get_data()
    units = [1e6 if unit in ("uV", "µV", "μV") else 1.0 for unit in raw._orig_units.values()]
    header = raw._raw_extras[0]
    scale = (header["physical_max"] - header["physical_min"]) / (header["digital_max"] - header["digital_min"])
    digital = np.rint((microvolts.T * units) / scale).astype(np.int64)
    notes = [Note(a["onset"], a["duration"], a["description"]) for a in raw.annotations]
    return Foreign(digital, raw.info["sfreq"], notes)


FOREIGN_READERS = {"edfio": by_edfio, "pyedflib": by_pyedflib, "mne": by_mne}
