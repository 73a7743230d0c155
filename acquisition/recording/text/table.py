"""Parser of numbers in text, in chunks, so that memory does not grow with the file."""

import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from os import SEEK_END
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from acquisition.core import RecordingError
from acquisition.recording.recording import Damage

CHUNK_BYTES = 1 << 18
MAX_LINE_BYTES = 1 << 16
"""Maximum length of a row; a file without line ends is not text."""

NUL = b"\x00"
DAY_S = 86_400.0


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
        Delimiter of the columns; None for any white space.
    columns : tuple of int
        Numbers of the columns to read, from 0.
    comment : str
        Prefix of lines that are not rows; empty for none.
    day_time : int or None
        Number of the column with times of day such as 14:57:07.549, possibly after a date, which are read as seconds
        since midnight.
    translation : mapping of int to int or None
        Replacement of single characters of a row before it is parsed, as for `str.translate`.
    """

    path: Path
    n_skipped: int
    delimiter: str | None
    columns: tuple[int, ...]
    comment: str = ""
    day_time: int | None = None
    translation: Mapping[int, int | None] = field(default_factory=dict)

    def chunks(self, warnings: list[str]) -> Iterator[NDArray[np.float64]]:
        """Yield the selected columns of all rows, shape (n_rows, n_columns); NaN where there is no number.

        A row that ends before the last selected column is all NaN, because its missing fields are unknown.

        Data omitted at the end are reported in `warnings`.
        """
        n_skipped = self.n_skipped
        for lines in line_chunks(self.path, warnings):
            rows = lines[n_skipped:]
            n_skipped = max(0, n_skipped - len(lines))
            rows = [row for row in rows if row and not row.isspace()]
            if self.comment:
                rows = [row for row in rows if not row.startswith(self.comment)]
            if self.translation:
                rows = [row.translate(self.translation) for row in rows]
            if rows:
                yield self._numbers(rows)

    def _numbers(self, rows: list[str]) -> NDArray[np.float64]:
        try:
            return self._loaded(rows)
        except (ValueError, IndexError):  # one invalid field fails the whole chunk
            pass
        if self.delimiter is not None:
            between = re.escape(self.delimiter)
            empty = re.compile(f"(?<={between}) *(?={between}|$)|^ *(?={between})")
            try:  # a column with many empty fields must not slow down the whole file
                return self._loaded([empty.sub("nan", row) for row in rows])
            except (ValueError, IndexError):
                pass
        return np.array([self._row_numbers(row) for row in rows], np.float64)

    def _loaded(self, rows: list[str]) -> NDArray[np.float64]:
        converters: dict[int | str, Callable[[str], float]] = {}
        if self.day_time is not None:
            converters[self.day_time] = seconds_of_day
        return np.loadtxt(
            rows,
            np.float64,
            comments=None,
            delimiter=self.delimiter,
            converters=converters,
            usecols=self.columns,
            ndmin=2,
            encoding=None,
        )

    def _row_numbers(self, row: str) -> list[float]:
        fields = row.split(self.delimiter)
        if len(fields) <= max(self.columns):
            return [np.nan] * len(self.columns)
        return [
            _number(seconds_of_day if column == self.day_time else float, fields[column]) for column in self.columns
        ]


def _number(parse: Callable[[str], float], text: str) -> float:
    try:
        return parse(text)
    except ValueError:
        return np.nan


def seconds_of_day(text: str) -> float:
    """Return a time of day, possibly after a date, as seconds since midnight.

    Raises
    ------
    ValueError
        If it is not a time of day.
    """
    hours, minutes, seconds = text.strip().replace("T", " ").rpartition(" ")[2].removesuffix("Z").split(":")
    return 3600.0 * int(hours) + 60.0 * int(minutes) + float(seconds)


def over_midnights(times_s: NDArray[np.float64], tolerance_s: float = 0.5 * DAY_S) -> NDArray[np.float64]:
    """Return times of day with midnights removed: a step back by about a day continues the previous day."""
    is_midnight = np.abs(np.diff(times_s, prepend=times_s[:1]) + DAY_S) < tolerance_s
    return times_s + DAY_S * np.cumsum(is_midnight)


def line_chunks(path: Path, warnings: list[str]) -> Iterator[list[str]]:
    """Yield the lines of a text file, without their ends, in lists of about `CHUNK_BYTES`.

    A byte order mark is removed. A last line without an end may be truncated within a number, and NULs at the end are
    blocks not written before a power cut. Both are omitted and reported in `warnings`.

    Raises
    ------
    RecordingError
        If a line is longer than `MAX_LINE_BYTES`.
    """
    rest = b""
    has_ended = False
    with path.open("rb") as file:
        if file.read(len(BOM_UTF8)) != BOM_UTF8:
            file.seek(0)
        while not has_ended and (chunk := file.read(CHUNK_BYTES)):
            lines = (rest + chunk).split(b"\n")
            rest = lines.pop()
            if len(rest) > MAX_LINE_BYTES:
                has_ended = len(rest.rstrip(NUL)) <= MAX_LINE_BYTES and _ends_in_nuls(file)
                if not has_ended:
                    raise RecordingError(
                        f"{path} has a line of more than {MAX_LINE_BYTES} characters: it is no recording"
                    )
            yield [line.decode("utf-8", "replace").rstrip("\r") for line in lines]
    if rest.endswith(NUL):
        warnings.append(Damage("the file ends in bytes that are 0, as a power cut leaves them: left out"))
    if rest.strip(NUL + b" \t\r\x1a"):
        warnings.append("the last row has no end of line and may be cut: left out")


def _ends_in_nuls(file: BinaryIO) -> bool:
    """Return whether a file ends with NULs, without reading all of them, as there may be any number."""
    file.seek(-MAX_LINE_BYTES, SEEK_END)
    return not file.read().strip(NUL)
