"""Structure of a text with columns: the lines before the rows, and the delimiter of their numbers."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from acquisition.core import MICROVOLTS_PER_UNIT, RecordingError
from acquisition.recording.text.table import seconds_of_day

COMMENTS = ("#", "%")
MAX_HEAD_LINES = 64
"""Maximum number of lines before the first row, besides comments and empty lines."""

MAX_ROWS_LOOKED_AT = 40
"""Number of lines, from a possible first row, examined for decimal commas and for whether it is a row at all."""

MAX_ROWS_KEPT = 1000
"""Number of rows examined for columns that rise as times do."""

MAX_UNIT_CHARS = 8

DATE = re.compile(r"\d{1,4}([-./])\d{1,2}\1\d{1,4}")
MAY_BE_ROW = re.compile(r"[\s\"]*(?:[-+.,;\d]|nan|inf)", re.IGNORECASE)
DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")
NO_DECIMAL_COMMA = re.compile(r"\d\.\d*,|,\d+[.,]")
"""A number with a point beside the comma, or with two commas."""

SEVERAL_NAMES = re.compile(r"[;\t]|,(?! )")
"""Delimiter between names; a single column may have a name such as "EMG, left"."""

THOUSANDS = re.compile(r"(?<![\d:])[1-9]\d{0,2},\d{3}(?!\d)")
LEADING_ZERO = re.compile(r",0\d|-0,")
LEAST_STEPS = 10
"""Minimum number of steps that show whether the first numbers of rows count up."""

ONE_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")
LABCHART_NAMES, LABCHART_UNITS = "ChannelTitle=", "UnitName="
"""Prefixes of LabChart's lines of names and units. In these lines, the column of times has the prefix as its field."""


@dataclass(frozen=True, slots=True)
class TextLayout:
    """Structure of the lines of a file.

    Attributes
    ----------
    header_lines : list of str
        The lines before the rows: comments, then others, including those of names.
    n_skipped : int
        Lines before the first row.
    delimiter : str or None
        Delimiter of the columns; None for any white space.
    translation : mapping of int to int or None
        Replacement of characters of a row before it is parsed, see `TextTable`.
    names : list of str or None
        One per column, with its unit where there is a line of units.
    has_units : bool
        Whether there is a line of units.
    rows : list of list of str
        Fields of the first rows, at most `MAX_ROWS_KEPT`, translated. The last one available may be truncated, and is
        omitted unless it is the only one.
    """

    header_lines: list[str]
    n_skipped: int
    delimiter: str | None
    translation: Mapping[int, int | None]
    names: list[str] | None
    has_units: bool
    rows: list[list[str]]


@dataclass(frozen=True, slots=True)
class _Form:
    """Delimiter of the fields of a line, and whether commas in them are decimal commas."""

    delimiter: str | None
    has_decimal_commas: bool = False

    def translation(self, lines: Sequence[str]) -> dict[int, int | None]:
        commas: dict[int, int | None] = {ord(","): ord(".")} if self.has_decimal_commas else {}
        quotes: dict[int, int | None] = {ord('"'): None} if any('"' in line for line in lines) else {}
        return {**commas, **quotes}

    def split(self, line: str, translation: Mapping[int, int | None]) -> list[str]:
        return [field.strip() for field in line.translate(translation).split(self.delimiter)]

    def titles(self, line: str) -> list[str]:
        """Return the fields of a line of names, which may contain the delimiter within quotes."""
        if self.delimiter is None:
            return line.split()
        return [title.strip() for title in next(csv.reader([line.replace("\r", " ")], delimiter=self.delimiter), [])]


def text_layout(head: str) -> TextLayout | None:
    """Return the structure of a text that begins with `head`, or None where it has no rows of numbers.

    Raises
    ------
    RecordingError
        If it is ambiguous which names belong to the rows, or which commas are decimal ones.
    """
    lines = [line.rstrip("\r") for line in head.split("\n")]
    titles: list[str] = []
    comments: list[str] = []
    for n_skipped, line in enumerate(lines):
        if line.startswith(COMMENTS):
            comments.append(line)
        elif line.strip():
            following = lines[n_skipped : n_skipped + MAX_ROWS_LOOKED_AT]
            following = [row for row in (following[:-1] or following) if row.strip()]  # the last one may be truncated
            form = _form(line, following, titles)
            if form is not None:
                return _layout(lines, n_skipped, form, titles, comments)
            titles.append(line)
            if len(titles) > MAX_HEAD_LINES:
                break
    return None


def is_number(text: str) -> bool:
    """Return whether a field is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def is_time_of_day(text: str) -> bool:
    """Return whether a field is a time of day, possibly after a date."""
    try:
        seconds_of_day(text)
    except ValueError:
        return False
    return True


def is_numbering(fields: Sequence[str]) -> bool:
    """Return whether a line numbers the columns from 0, as pandas does (after an empty field above the index)."""
    numbered = fields[1:] if fields and not fields[0] else fields
    return len(numbered) > 2 and list(numbered) == [str(number) for number in range(len(numbered))]


def _split(line: str) -> list[str]:
    delimiter = next((one for one in (";", "\t", ",") if one in line), None)
    return [field.strip() for field in line.split(delimiter)]


def _form(line: str, following: list[str], titles: list[str]) -> _Form | None:
    """Return the form in which a line is a row, or None where there is none."""
    if not MAY_BE_ROW.match(line) or is_numbering(_split(line)):
        return None
    for form in _forms(line, following, titles):
        translation = form.translation(following)
        fields = form.split(line, translation)
        is_named = form.delimiter is not None and bool(titles) and len(form.titles(titles[-1])) == len(fields)
        if _is_row(fields, is_named) and _is_repeated(len(fields), form, following, translation):
            return form
    return None


def _forms(line: str, following: list[str], titles: list[str]) -> Iterator[_Form]:
    has_commas = any("," in row for row in following)
    are_decimal = has_commas and all(_has_decimal_commas(row) for row in following)
    are_pairs = are_decimal and all(ONE_COMMA.fullmatch(row) for row in following)
    if are_decimal and not are_pairs and _may_be_thousands(following):
        raise RecordingError(
            "each comma stands before three digits: thousands, or decimal commas? Write decimal points and no thousands"
        )
    for delimiter in (";", "\t"):
        if delimiter in line:
            if are_decimal:
                yield _Form(delimiter, has_decimal_commas=True)
            yield _Form(delimiter)
    if are_decimal and len(line.split()) > 1 and " ," not in line and ", " not in line:
        yield _Form(None, has_decimal_commas=True)
    if are_pairs and not _count_up(following):
        are_named = bool(titles) and len(_Form(",").titles(titles[-1])) > 1
        if not titles or (len(titles) == 1 and not are_named and not _are_surely_decimal(following)):
            raise RecordingError(
                "each row is two whole numbers with a comma between: two columns, or one with a decimal comma? Put a "
                "line of two names above, or write decimal points"
            )
        if not are_named:
            yield _Form(None, has_decimal_commas=True)
    if "," in line:
        if '"' in line and any("," in title for title in _Form(",").titles(line)):
            raise RecordingError(
                "there are commas within quotes: write numbers with decimal points, or semicolons between the columns"
            )
        yield _Form(",")
    yield _Form(None)


def _has_decimal_commas(row: str) -> bool:
    """Return whether all commas of a row are within numbers that have no points."""
    return row.count(",") == len(DECIMAL_COMMA.findall(row)) and not NO_DECIMAL_COMMA.search(row)


def _may_be_thousands(rows: Sequence[str]) -> bool:
    """Return whether all commas may be thousands separators: none is as in 0,125 or 1234,5."""
    n_commas = sum(row.count(",") for row in rows)
    return n_commas == sum(len(THOUSANDS.findall(row)) for row in rows)


def _are_surely_decimal(rows: Sequence[str]) -> bool:
    """Return whether rows such as 12,05 are certainly one number each.

    No whole number begins with a zero or is -0, and signed values of a second channel would be negative in some rows.
    """
    if _may_be_thousands(rows):
        return False
    n_below = sum(row.lstrip().startswith("-") for row in rows)
    return n_below > len(rows) / 5 or any(LEADING_ZERO.search(row) for row in rows)


def _count_up(rows: Sequence[str]) -> bool:
    """Return whether the first numbers of pairs rise as milliseconds do, so that there are two columns."""
    firsts = [int(row.partition(",")[0]) for row in rows]
    steps = [second - first for first, second in pairwise(firsts)]
    if len(steps) < LEAST_STEPS or min(steps) < 0 or 2 * sum(steps) < len(steps):
        return False
    usual = sorted(steps)[len(steps) // 2]
    return sum(abs(step - usual) <= 1 + usual / 10 for step in steps) >= 0.9 * len(steps)


def _is_row(fields: list[str], is_named: bool) -> bool:
    """Return whether a line is a row: it begins with a number or a time; texts may follow where columns have names."""
    kinds = [is_number(field) or not field or ":" in field or bool(DATE.fullmatch(field)) for field in fields]
    return kinds[0] and any(is_number(field) for field in fields) and (is_named or all(kinds))


def _is_repeated(n_fields: int, form: _Form, following: list[str], translation: Mapping[int, int | None]) -> bool:
    """Return whether most of the following lines have as many fields. A single number above the names is not a row."""
    same = [len(form.split(row, translation)) == n_fields for row in following]
    return sum(same) > len(same) / 2


def _layout(lines: list[str], n_skipped: int, form: _Form, titles: list[str], comments: list[str]) -> TextLayout:
    rows = [row for row in lines[n_skipped:] if row.strip() and not row.startswith("#")]
    rows = rows[: min(max(1, len(rows) - 1), MAX_ROWS_KEPT)]
    translation = form.translation(rows[:MAX_ROWS_LOOKED_AT])
    fields = [form.split(row, translation) for row in rows]
    names, has_units = _names(titles, form, fields[0]) if titles else (None, False)
    return TextLayout([*comments, *titles], n_skipped, form.delimiter, translation, names, has_units, fields)


def _names(titles: list[str], form: _Form, first_row: list[str]) -> tuple[list[str], bool]:
    """Return the column names with their units from the lines above the rows, and whether there is a line of units.

    Raises
    ------
    RecordingError
        If no line has as many names as a row has numbers.
    """
    n_columns = len(first_row)
    if labchart := next((line for line in titles if line.startswith(LABCHART_NAMES)), None):
        names = ["time", *form.titles(labchart)[1:]]
        units = next((form.titles(line) for line in titles if line.startswith(LABCHART_UNITS)), [])
        units = ["", *units[1:]]
    else:
        above = SEVERAL_NAMES.split(titles[-1]) if n_columns == 1 else form.titles(titles[-1])
        is_of_units = len(titles) > 1 and _are_units(above)
        names = form.titles(titles[-2]) if is_of_units else above
        units = above if is_of_units else []
    if len(names) == n_columns - 1 and not first_row[-1]:
        names = [*names, ""]  # rows may end with a delimiter
    if n_columns == 1 and len(titles) > 1 + bool(units):
        raise RecordingError("expected one line of names at most above a single column of numbers")
    if len(names) != n_columns:
        cause = ": are there decimal commas, and commas between the columns?" if n_columns == 2 * len(names) else ""
        raise RecordingError(f"the line of names has {len(names)} columns and the first row {n_columns}{cause}")
    if not is_numbering(names) and not any(character.isalpha() for name in names for character in name):
        raise RecordingError(
            f"the line {', '.join(names)[:40]!r} above the rows holds no names and is no row like them"
        )
    if is_numbering(names):
        return [f"column {name}" if name else "index" for name in names], False
    padded = [*units, *[""] * (n_columns - len(units))]
    named = [f"{name} ({unit.strip('[]()')})" if unit else name for name, unit in zip(names, padded, strict=False)]
    return named, any(units)


def _are_units(fields: list[str]) -> bool:
    """Return whether a line below the names contains units: short texts, at least one of them a voltage."""
    units = [field.strip("[]() ").lower().replace("\ufffd", "µ") for field in fields]
    known = any(unit in MICROVOLTS_PER_UNIT for unit in units)
    return known and all(len(unit) <= MAX_UNIT_CHARS and not is_number(unit) for unit in units)
