"""Access to the records of a BDF or EDF file in pieces of bounded size."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from acquisition.core import RecordingError
from acquisition.recording.bdf.header import BdfHeader, n_signals_of, parse_header

BATCH_BYTES = 1 << 19
"""Approximate size of the batches in which records are read; a longer record is read in parts."""


class BdfRecords:
    """Header of a file, and access to its records.

    Parameters
    ----------
    path : Path
        A BDF or EDF file.

    Raises
    ------
    RecordingError
        If it has no plausible header.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as file:
            first = file.read(256)
            n_signals = n_signals_of(first)
            n_file_bytes = path.stat().st_size
            if 256 * (n_signals + 1) > n_file_bytes:
                raise RecordingError(
                    f"the header says {n_signals} signals, but the file ends within their description: it is cut short"
                )
            self.header: BdfHeader = parse_header(first, file.read(256 * n_signals))
        self.n_whole = (n_file_bytes - self.header.header_bytes) // self.header.record_bytes
        sizes = [self.header.sample_bytes * signal.n_samples for signal in self.header.signals]
        self.offsets = [sum(sizes[:number]) for number in range(len(sizes))]
        self.sizes = sizes

    def batches(
        self, numbers: Sequence[int], n_records: int, first_record: int = 0
    ) -> Iterator[tuple[int, list[NDArray[np.uint8]]]]:
        """Yield whole records in batches: number of the first record, and per signal its bytes (n_records, n_bytes)."""
        record_bytes = self.header.record_bytes
        with self.path.open("rb") as file:
            for first in range(first_record, n_records, max(1, BATCH_BYTES // record_bytes)):
                n_batch = min(max(1, BATCH_BYTES // record_bytes), n_records - first)
                if record_bytes > BATCH_BYTES:
                    parts = [self._part(file, first, number, 0, self.sizes[number]) for number in numbers]
                    yield first, [part.reshape(1, -1) for part in parts]
                    continue
                file.seek(self.header.header_bytes + first * record_bytes)
                raw = self._exactly(file, n_batch * record_bytes).reshape(n_batch, record_bytes)
                ends = [self.offsets[number] + self.sizes[number] for number in numbers]
                yield first, [raw[:, self.offsets[number] : end] for number, end in zip(numbers, ends, strict=True)]

    def parts(
        self, numbers: Sequence[int], n_records: int, first_record: int = 0
    ) -> Iterator[tuple[int, int, NDArray[np.int32]]]:
        """Yield samples of signals of one rate: record, first sample within it, digital values (n_samples, n_signals).

        Records from `first_record` up to but excluding `n_records` are read. A part holds several short records, or a
        part of one long record.
        """
        for record, start, raw in self.raw_parts(numbers, n_records, first_record):
            yield record, start, self.decoded(raw)

    def raw_parts(
        self, numbers: Sequence[int], n_records: int, first_record: int = 0
    ) -> Iterator[tuple[int, int, list[NDArray[np.uint8]]]]:
        """Yield the same parts as bytes, one contiguous array per signal."""
        n_in_record = self.header.signals[numbers[0]].n_samples
        n_most = max(1, BATCH_BYTES // (self.header.sample_bytes * len(numbers)))
        if self.header.record_bytes <= BATCH_BYTES:
            for first, columns in self.batches(numbers, n_records, first_record):
                yield first, 0, [column.reshape(-1) for column in columns]
            return
        with self.path.open("rb") as file:
            for record in range(first_record, n_records):
                for start in range(0, n_in_record, n_most):
                    n_bytes = self.header.sample_bytes * min(n_most, n_in_record - start)
                    offset = self.header.sample_bytes * start
                    yield record, start, [self._part(file, record, number, offset, n_bytes) for number in numbers]

    def _part(self, file: IO[bytes], record: int, number: int, offset: int, n_bytes: int) -> NDArray[np.uint8]:
        file.seek(self.header.header_bytes + record * self.header.record_bytes + self.offsets[number] + offset)
        return self._exactly(file, n_bytes)

    def _exactly(self, file: IO[bytes], n_bytes: int) -> NDArray[np.uint8]:
        raw = file.read(n_bytes)
        if len(raw) < n_bytes:
            raise RecordingError(f"{self.path} became shorter while it was read: is another program writing it?")
        return np.frombuffer(raw, np.uint8)

    def decoded(self, columns: list[NDArray[np.uint8]]) -> NDArray[np.int32]:
        """Return bytes of signals as digital values, shape (n_samples, n_signals)."""
        n_bytes, sample_bytes = columns[0].size, self.header.sample_bytes
        values = np.empty((n_bytes // sample_bytes, len(columns)), np.int32)
        if sample_bytes == 2:
            for number, raw in enumerate(columns):
                values[:, number] = np.ascontiguousarray(raw).view("<i2")
            return values
        padded = np.zeros((len(columns), 1 + n_bytes), np.uint8)
        for number, raw in enumerate(columns):
            padded[number, 1:] = raw
        # read four bytes, starting one before each sample; the shift removes that byte and extends the sign
        quads = np.ndarray(values.shape, "<i4", padded, strides=(3, 1 + n_bytes))
        np.right_shift(quads, 8, out=values)
        return values
