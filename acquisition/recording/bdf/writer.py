"""Session writer: BDF+C, appended record by record during the recording."""

from collections import deque
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from acquisition.core import Block, BoardInfo, RecordingError
from acquisition.recording.annotation import LOST_TEXT, PADDING_TEXT, Annotation
from acquisition.recording.bdf.channels import DIGITAL_MAX, channel_signals, effective_info, recording_field
from acquisition.recording.bdf.header import BdfHeader, SignalHeader, encode_header
from acquisition.recording.bdf.record_file import RecordFile
from acquisition.recording.bdf.record_length import RecordLength, choose_record_length
from acquisition.recording.bdf.tal import encode_annotation, record_onset_tal
from acquisition.recording.lost_stretches import LostStretches

ANNOTATION_SAMPLES = 192
"""Length of the annotation signal in one record, in 3-byte samples: 576 bytes, about twenty markers, five times a
second. Annotations that do not fit are written to the next record."""

LOST_TAL_BYTES = 48
"""Maximum length of the annotation of a lost stretch."""

LOST_TALS_KEPT_FREE = 4
"""Number of such annotations for which other annotations leave room."""

SYNC_S = 1.0
"""Duration of signal between syncs to the disk, the maximum loss in a power cut. A killed process loses less."""


def at_once(bring: Callable[[], None]) -> None:
    """Sync the file to the disk now, in the writing thread."""
    bring()


class BdfWriter:
    """Writer of blocks of a board as BDF+C, raw counts of 24 bits, valid at every instant.

    All signal channels come first, in board order whatever their role, then the auxiliary columns, then the
    annotations. Sample 0 of the file is sample 0 of the board. A gap between blocks is filled like a lost sample.
    Counts beyond ±8388607 are clipped, so a negative rail of −8388608 is written as −8388607. A lost stretch is
    annotated ``lost`` in each record that it touches. The last record is filled up with the last value; this padding
    is annotated ``padding`` and removed by the reader.

    Not thread-safe: the recorder's thread owns it. Only the function passed to `bring_to_disk` may be called in another
    thread, and only before `close`.

    Parameters
    ----------
    path : Path
        File to create; never overwritten. It appears with its first record.
    info : BoardInfo
        Board description.
    started_at : datetime
        Local time of sample 0, stored in whole seconds.
    recording_code : str
        Pseudonym of the session, not a personal name; at most 12 characters are stored.
    bring_to_disk : callable, optional
        Called with the function that syncs the file, after the first record and once per second of signal. It handles
        the exceptions of that function.

    Attributes
    ----------
    info : BoardInfo
        As stored in the file: scales that 8 characters cannot represent are rounded away from zero (ADS1299 gains are
        exact).

    Raises
    ------
    RecordingError
        If the file exists or cannot be created.
    """

    def __init__(
        self,
        path: Path,
        info: BoardInfo,
        *,
        started_at: datetime,
        recording_code: str = "X",
        bring_to_disk: Callable[[Callable[[], None]], None] = at_once,
    ) -> None:
        n_columns = info.n_channels + len(info.aux)
        self._length = choose_record_length(info.sampling_rate_hz, 3 * n_columns)
        self.info = effective_info(info)
        header = _header(info, self._length, started_at, recording_code)
        self._file = RecordFile(Path(path), encode_header(header, self._length.text))
        self._columns = np.zeros((self._length.n_samples, n_columns), np.int32)
        self._n_filled = 0
        self._next_index = 0
        self._lost = LostStretches()
        self._queue: deque[bytes] = deque()
        self._samples_per_sync = round(SYNC_S * info.sampling_rate_hz)
        self._unsynced_samples = self._samples_per_sync  # the first record gives the file its name
        self._bring_to_disk = bring_to_disk
        self._is_failed = False

    @property
    def n_samples(self) -> int:
        """Number of samples so far, including those of an incomplete record."""
        return self._next_index

    @property
    def has_records(self) -> bool:
        """Whether the file has its first record, and hence its name."""
        return self._file.n_records > 0

    def write(self, block: Block) -> None:
        """Add the next block. All records that it completes are in the file on return.

        Raises
        ------
        RecordingError
            If the write fails, or the block repeats samples.
        """
        self._require_open()
        if block.first_index < self._next_index:
            raise RecordingError(
                f"sample {block.first_index} came after sample {self._next_index - 1}: a recording is written in order"
            )
        self._hold(block.first_index - self._next_index)
        self._take(np.hstack((block.counts, block.aux)), block.valid)

    def annotate(self, annotation: Annotation) -> None:
        """Add an annotation to the next record; a long text is shortened. Its onset may be before or after that record.

        Raises
        ------
        RecordingError
            If the writer is closed.
        ValueError
            If its time is not a finite number or its duration is negative.
        """
        self._require_open()
        self._queue.append(encode_annotation(annotation))

    def follow(self) -> Path:
        """Return the current folder of the file, also after it or a parent folder was moved.

        Raises
        ------
        RecordingError
            If the file was deleted, renamed or replaced.
        """
        self._require_open()
        return self._file.follow()

    def close(self) -> None:
        """Complete the last record, write all pending annotations, and close. Idempotent.

        Raises
        ------
        RecordingError
            If the write of the last record fails.
        """
        if not self._file.is_open:
            return
        self._bring_to_disk = at_once
        try:
            if not self._is_failed and self._next_index > 0:
                self._finish()
                self._sync()
        finally:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _require_open(self) -> None:
        if not self._file.is_open:
            raise RecordingError(f"{self._file.path} is closed: nothing more can be written")
        if self._is_failed:
            raise RecordingError(f"the disk did not take {self._file.path} earlier: nothing more is written")

    def _hold(self, n_samples: int) -> None:
        """Fill the positions of samples that no block contained."""
        while n_samples > 0:
            n_held = min(n_samples, self._length.n_samples)
            self._take(np.repeat(self._last_values()[np.newaxis], n_held, axis=0), np.zeros(n_held, np.bool_))
            n_samples -= n_held

    def _last_values(self) -> NDArray[np.int32]:
        # the buffer is never cleared, so its last row still holds the last value of the previous record
        last: NDArray[np.int32] = self._columns[self._n_filled - 1].copy()
        return last

    def _take(self, columns: NDArray[np.int32], valid: NDArray[np.bool_]) -> None:
        start = 0
        while start < len(columns):
            n_taken = min(len(columns) - start, self._length.n_samples - self._n_filled)
            part = slice(start, start + n_taken)
            target = self._columns[self._n_filled : self._n_filled + n_taken]
            np.clip(columns[part], -DIGITAL_MAX, DIGITAL_MAX, out=target)
            self._lost.add(self._next_index, valid[part])
            self._n_filled += n_taken
            self._next_index += n_taken
            start += n_taken
            if self._n_filled == self._length.n_samples:
                self._write_record(b"")

    def _finish(self) -> None:
        """Write the last samples, and records of padding while annotations are pending."""
        while self._n_filled > 0 or self._queue or self._lost:
            n_padded = self._length.n_samples - self._n_filled
            rate_hz = self.info.sampling_rate_hz
            end_index = self._file.n_records * self._length.n_samples + self._n_filled
            self._columns[self._n_filled :] = self._last_values()
            padding = Annotation(end_index / rate_hz, n_padded / rate_hz, PADDING_TEXT)
            self._write_record(encode_annotation(padding))

    def _write_record(self, first_tal: bytes) -> None:
        tals = self._tals(first_tal)
        record = _int24_bytes(self._columns.T) + tals.ljust(3 * ANNOTATION_SAMPLES, b"\x00")
        try:
            self._file.append(record)
        except RecordingError:
            self._is_failed = True
            raise
        self._n_filled = 0
        self._unsynced_samples += self._length.n_samples
        if self._unsynced_samples >= self._samples_per_sync:
            self._sync()

    def _sync(self) -> None:
        self._unsynced_samples = 0
        self._bring_to_disk(self._file.sync)

    def _tals(self, first_tal: bytes) -> bytes:
        """Return the annotation bytes of the next record: its onset, pending annotations that fit, lost stretches."""
        tals = record_onset_tal(self._file.n_records * self._length.duration) + first_tal
        room = 3 * ANNOTATION_SAMPLES
        while self._queue and len(tals) + len(self._queue[0]) <= room - LOST_TALS_KEPT_FREE * LOST_TAL_BYTES:
            tals += self._queue.popleft()
        rate_hz = self.info.sampling_rate_hz
        for start, stop in self._lost.take((room - len(tals)) // LOST_TAL_BYTES):
            tals += encode_annotation(Annotation(start / rate_hz, (stop - start) / rate_hz, LOST_TEXT))
        return tals


def _header(info: BoardInfo, length: RecordLength, started_at: datetime, code: str) -> BdfHeader:
    annotations = SignalHeader(
        "BDF Annotations", "", "", "-1", "1", -DIGITAL_MAX - 1, DIGITAL_MAX, "", ANNOTATION_SAMPLES
    )
    signals = (*channel_signals(info, length.n_samples), annotations)
    recording = recording_field(info, started_at, code, float(length.n_samples / length.duration))
    return BdfHeader(3, recording, started_at, "BDF+C", 1, length.duration, signals)


def _int24_bytes(columns: NDArray[np.int32]) -> bytes:
    """Return values as little-endian 24-bit integers, row by row."""
    return np.ascontiguousarray(columns, "<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
