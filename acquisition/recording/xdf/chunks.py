"""Check of the chunk sizes of an XDF file against the size of the file: pyxdf allocates memory for any size stated."""

import mmap
from pathlib import Path

from acquisition.core import RecordingError

FIRST_CHUNK = 4
"""Offset of the first chunk, after the magic bytes ``XDF:``."""

LENGTH_BYTES = (1, 4, 8)
SAMPLES_TAG = 3
TAG_BYTES, STREAM_ID_BYTES = 2, 4
BOUNDARY = bytes.fromhex("43a546dccbf5410fb30ed5467383cbe4")
"""Boundary marker, repeated in a file so that a reader can resynchronize after damage, as pyxdf does."""


def whole_chunks_bytes(path: Path) -> int:
    """Return the number of bytes up to the chunk that the end of the file cuts, or of the whole file if it cuts none.

    Raises
    ------
    RecordingError
        With the stated size, if a chunk is longer than the file although a boundary follows, or states more samples
        than it has bytes.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        place = FIRST_CHUNK
        while place < len(data):
            length, start = _number(data, place)
            if length is None or length < TAG_BYTES:
                found = data.find(BOUNDARY, place)
                place = found + len(BOUNDARY) if found >= 0 else len(data)
                continue
            if start + length > len(data) and data.find(BOUNDARY, start) < 0:  # else the stated length is wrong
                return place
            if length > len(data):
                raise RecordingError(f"a piece of {length} bytes is promised and {len(data)} are there: damaged?")
            if int.from_bytes(data[start : start + TAG_BYTES], "little") == SAMPLES_TAG:
                n_samples, _ = _number(data, start + TAG_BYTES + STREAM_ID_BYTES)
                if n_samples is not None and n_samples > length:
                    raise RecordingError(f"{n_samples} samples are promised in a piece of {length} bytes: damaged?")
            place = start + length
        return len(data)


def _number(data: mmap.mmap, place: int) -> tuple[int | None, int]:
    """Return the variable-length number at `place`, or None where there is none, and the offset after it."""
    n_bytes = data[place] if place < len(data) else 0
    end = place + 1 + n_bytes
    if n_bytes not in LENGTH_BYTES or end > len(data):
        return None, end
    return int.from_bytes(data[place + 1 : end], "little"), end
