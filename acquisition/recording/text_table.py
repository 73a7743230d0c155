"""Numbers out of text, in chunks: memory does not grow with the file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from acquisition.core import RecordingError

CHUNK_BYTES = 1 << 18
MAX_LINE_BYTES = 1 << 16
"""No row of a recording is longer; a file without line ends is no text."""


@dataclass(frozen=True, slots=True)
class TextTable:
    """Rows of numbers in a text file.

    Attributes
    ----------
    path : Path
        The file.
    n_skipped : int
        Lines before the first row.
    delimiter : str or None
        What stands between the columns; None for any white space.
    columns : tuple of int
        Numbers of the columns that are wanted, from 0.
    comment : str
        Lines that begin with it are no rows; empty for none.
    """

    path: Path
    n_skipped: int
    delimiter: str | None
    columns: tuple[int, ...]
    comment: str = ""

    def chunks(self) -> Iterator[NDArray[np.float64]]:
        """Yield the wanted columns of all rows, shape (n_rows, n_columns); a row that cannot be read is all NaN."""
        n_skipped = self.n_skipped
        for lines in line_chunks(self.path):
            rows = lines[n_skipped:]
            n_skipped = max(0, n_skipped - len(lines))
            rows = [row for row in rows if row and not row.isspace()]
            if self.comment:
                rows = [row for row in rows if not row.startswith(self.comment)]
            if rows:
                yield self._numbers(rows)

    def _numbers(self, rows: list[str]) -> NDArray[np.float64]:
        try:
            return np.loadtxt(rows, np.float64, comments=None, delimiter=self.delimiter, usecols=self.columns, ndmin=2)
        except (ValueError, IndexError):  # one bad row spoils them all: find out which
            return np.array([_row_numbers(row, self.delimiter, self.columns) for row in rows], np.float64)


def _row_numbers(row: str, delimiter: str | None, columns: Sequence[int]) -> list[float]:
    fields = row.split(delimiter)
    try:
        return [float(fields[column]) for column in columns]
    except (ValueError, IndexError):
        return [np.nan] * len(columns)


def line_chunks(path: Path) -> Iterator[list[str]]:
    """Yield the lines of a text file, without their ends, in lists of about `CHUNK_BYTES`.

    Raises
    ------
    RecordingError
        When a line is longer than `MAX_LINE_BYTES`.
    """
    rest = b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            lines = (rest + chunk).split(b"\n")
            rest = lines.pop()
            if len(rest) > MAX_LINE_BYTES:
                raise RecordingError(f"{path} has a line of more than {MAX_LINE_BYTES} characters: it is no recording")
            yield [line.decode("utf-8", "replace").rstrip("\r") for line in lines]
    if rest:
        yield [rest.decode("utf-8", "replace").rstrip("\r")]
