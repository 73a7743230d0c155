"""Access to a part of a session's recording, also while it is being written."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from acquisition.core import RecordingError
from acquisition.recording.bdf.records import BdfRecords


def read_window(path: Path, n_channels: int, first_index: int, n_samples: int) -> NDArray[np.int32]:
    """Return samples of a recording of `BdfWriter`, as far as its whole records contain them.

    Parameters
    ----------
    path : Path
        A recording, which another thread may be writing.
    n_channels : int
        Channels of the board; its auxiliary columns are omitted.
    first_index : int
        Index of the first sample, at least 0.
    n_samples : int
        Number of samples.

    Returns
    -------
    ndarray of int32, shape (at most n_samples, n_channels)
        Raw counts. A lost sample has the value before it.

    Raises
    ------
    RecordingError
        If the file cannot be read.
    """
    try:
        records = BdfRecords(path)
        n_in_record = records.header.signals[0].n_samples
        first_record = first_index // n_in_record
        stop_record = min(records.n_whole, (first_index + n_samples - 1) // n_in_record + 1)
        parts = [part for _, _, part in records.parts(range(n_channels), stop_record, first_record)]
    except OSError as error:
        raise RecordingError(f"{path.name} cannot be read back: {error}") from error
    if not parts:
        return np.empty((0, n_channels), np.int32)
    skipped = first_index - first_record * n_in_record
    return np.concatenate(parts)[skipped : skipped + n_samples]
