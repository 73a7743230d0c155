"""Header of EDF, EDF+, BDF and BDF+, defined by tables of fields that are used for both writing and reading."""

import math
from dataclasses import dataclass, fields
from datetime import datetime
from fractions import Fraction

from acquisition.core import RecordingError
from acquisition.recording.bdf.tal import decode_text

RECORD_COUNT_OFFSET = 236
"""Byte offset of the number of records, 8 ASCII characters."""

RECORD_COUNT_WIDTH = 8

FIXED_FIELDS = (
    ("version", 8),
    ("patient", 80),
    ("recording", 80),
    ("start_date", 8),
    ("start_time", 8),
    ("header_bytes", 8),
    ("reserved", 44),
    ("n_records", 8),
    ("record_duration", 8),
    ("n_signals", 4),
)
"""Name and width of the fields of the first 256 bytes (specification: edfplus.info/specs/edf.html)."""

SIGNAL_FIELDS = (
    ("label", 16),
    ("transducer", 80),
    ("dimension", 8),
    ("physical_min", 8),
    ("physical_max", 8),
    ("digital_min", 8),
    ("digital_max", 8),
    ("prefiltering", 80),
    ("n_samples", 8),
    ("reserved", 32),
)
"""Name and width of the fields of one signal, 256 bytes in total. Each field is stored for all signals in turn."""

EDF_VERSION = b"0       "
BDF_VERSION = b"\xffBIOSEMI"
ANNOTATION_LABELS = ("EDF Annotations", "BDF Annotations")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

MAX_SAMPLES_PER_RECORD = 100_000_000
MAX_RECORD_DURATION_S = 86_400.0
MAX_DIGITAL = 2**31 - 1
MAX_PHYSICAL = 10**15


@dataclass(frozen=True, slots=True)
class SignalHeader:
    """Header of one signal: texts as in the file without padding, and numbers.

    Attributes
    ----------
    label, transducer, dimension, prefiltering : str
        Free texts.
    physical_min, physical_max : str
        Range in units of `dimension`, as text, because the file stores only 8 characters.
    digital_min, digital_max : int
        The same range in counts.
    n_samples : int
        Samples of this signal in one record.
    """

    label: str
    transducer: str
    dimension: str
    physical_min: str
    physical_max: str
    digital_min: int
    digital_max: int
    prefiltering: str
    n_samples: int
    reserved: str = ""

    @property
    def is_annotations(self) -> bool:
        """Whether the signal holds TALs instead of samples."""
        return self.label in ANNOTATION_LABELS

    @property
    def exact_unit_per_count(self) -> Fraction:
        """Size of one count in units of `dimension`, as exact as in the file."""
        span = exact_number(self.physical_max) - exact_number(self.physical_min)
        return span / (self.digital_max - self.digital_min)

    @property
    def unit_per_count(self) -> float:
        """Size of one count in units of `dimension`."""
        return float(self.exact_unit_per_count)

    @property
    def offset_counts(self) -> int:
        """Value to add to a digital value so that 0 represents 0, to the nearest count."""
        return round(exact_number(self.physical_min) / self.exact_unit_per_count - self.digital_min)


@dataclass(frozen=True, slots=True)
class BdfHeader:
    """Header of a BDF or EDF file.

    Attributes
    ----------
    sample_bytes : int
        3 for BDF, 2 for EDF.
    recording : str
        The recording field.
    started_at : datetime or None
        Local start of the recording in whole seconds; None where the file does not state it.
    kind : str
        The reserved field: begins with ``BDF+C``, ``BDF+D`` …, or is arbitrary in files without annotations.
    n_records : int
        Number of records as stated in the header, -1 where it was never written.
    record_duration : Fraction
        Seconds, exact.
    signals : tuple of SignalHeader
        All signals, including annotations, in the order of the file.
    """

    sample_bytes: int
    recording: str
    started_at: datetime | None
    kind: str
    n_records: int
    record_duration: Fraction
    signals: tuple[SignalHeader, ...]

    @property
    def header_bytes(self) -> int:
        """Length of the header in bytes."""
        return 256 * (len(self.signals) + 1)

    @property
    def record_bytes(self) -> int:
        """Length of one record in bytes."""
        return self.sample_bytes * sum(signal.n_samples for signal in self.signals)

    @property
    def is_discontinuous(self) -> bool:
        """Whether records may be apart in time."""
        return self.kind[:5] in ("EDF+D", "BDF+D")


def encode_header(header: BdfHeader, record_duration: str) -> bytes:
    """Return the bytes of a header.

    Parameters
    ----------
    header : BdfHeader
        The header; `started_at` is required.
    record_duration : str
        `header.record_duration` as written in the file.

    Raises
    ------
    ValueError
        If `started_at` is None, or a field is too long.
    """
    if header.started_at is None:
        raise ValueError("a header needs the start of the recording")
    values: dict[str, str | bytes] = {
        "version": BDF_VERSION if header.sample_bytes == 3 else EDF_VERSION,
        "patient": "X X X X",
        "recording": header.recording,
        "start_date": _date_text(header.started_at),
        "start_time": header.started_at.strftime("%H.%M.%S"),
        "header_bytes": str(header.header_bytes),
        "reserved": header.kind,
        "n_records": str(header.n_records),
        "record_duration": record_duration,
        "n_signals": str(len(header.signals)),
    }
    parts = [_field(name, values[name], width) for name, width in FIXED_FIELDS]
    for name, width in SIGNAL_FIELDS:
        parts += [_field(name, str(getattr(signal, name)), width) for signal in header.signals]
    return b"".join(parts)


def encode_record_count(n_records: int) -> bytes:
    """Return the record count in 8 characters."""
    return _field("n_records", str(n_records), RECORD_COUNT_WIDTH)


def startdate_text(started_at: datetime) -> str:
    """Return the date as required in the recording field of EDF+, ``02-AUG-1951``, independent of the locale."""
    return f"{started_at.day:02d}-{MONTHS[started_at.month - 1]}-{started_at.year:04d}"


def _date_text(started_at: datetime) -> str:
    # 1985 to 2084 by the two-digit rule of EDF+. Later years are "yy", and complete only in the recording field.
    if 1985 <= started_at.year <= 2084:
        return started_at.strftime("%d.%m.%y")
    return started_at.strftime("%d.%m.yy")


def _field(name: str, value: str | bytes, width: int) -> bytes:
    raw = value if isinstance(value, bytes) else value.encode("ascii")
    if len(raw) > width:
        raise ValueError(f"header field {name} takes {width} characters, not {len(raw)}: {value!r}")
    return raw.ljust(width)


def parse_header(first: bytes, rest: bytes) -> BdfHeader:
    """Parse the first 256 bytes of a file and the 256 bytes of each signal.

    Raises
    ------
    RecordingError
        If it is not such a header, or its numbers are implausible.
    """
    texts = _split(first, FIXED_FIELDS)
    n_signals = n_signals_of(first)
    columns: dict[str, list[str]] = {}
    offset = 0
    for name, width in SIGNAL_FIELDS:
        columns[name] = [
            _text(rest[offset + width * number : offset + width * (number + 1)]) for number in range(n_signals)
        ]
        offset += width * n_signals
    if _integer(texts["header_bytes"], "header length") != 256 * (n_signals + 1):
        raise RecordingError(
            f"the header says it has {texts['header_bytes']} bytes, but {n_signals} signals make "
            f"{256 * (n_signals + 1)}: the header is damaged"
        )
    return BdfHeader(
        sample_bytes=3 if first[:8] == BDF_VERSION else 2,
        recording=texts["recording"],
        started_at=_start(texts["start_date"], texts["start_time"]),
        kind=texts["reserved"],
        n_records=_integer(texts["n_records"], "number of records"),
        record_duration=_duration(texts["record_duration"]),
        signals=tuple(_signal(columns, number) for number in range(n_signals)),
    )


def n_signals_of(first: bytes) -> int:
    """Return the number of signals, which determines the length of the header.

    Raises
    ------
    RecordingError
        If it is not a number, or below 1.
    """
    if len(first) < 256 or first[:8] not in (EDF_VERSION, BDF_VERSION):
        raise RecordingError("expected the 256 bytes of an EDF or BDF header: this is something else or cut short")
    n_signals = _integer(_text(first[252:256]), "number of signals")
    if n_signals < 1:
        raise RecordingError(f"the header says {n_signals} signals: there is nothing to read, the header is damaged")
    return n_signals


def _signal(columns: dict[str, list[str]], number: int) -> SignalHeader:
    names = {field.name for field in fields(SignalHeader)}
    texts = {name: column[number] for name, column in columns.items() if name in names}
    n_samples = _integer(texts["n_samples"], "samples in a record")
    if not 0 < n_samples <= MAX_SAMPLES_PER_RECORD:
        raise RecordingError(f"signal {number + 1} has {n_samples} samples in a record: the header is damaged")
    signal = SignalHeader(
        texts["label"],
        texts["transducer"],
        texts["dimension"],
        texts["physical_min"],
        texts["physical_max"],
        _integer(texts["digital_min"] or "0", "digital minimum"),
        _integer(texts["digital_max"] or "0", "digital maximum"),
        texts["prefiltering"],
        n_samples,
        texts["reserved"],
    )
    if not signal.is_annotations:
        _check_range(signal, number)
    return signal


def _check_range(signal: SignalHeader, number: int) -> None:
    low, high = _number(signal.physical_min), _number(signal.physical_max)
    if (
        low is None
        or high is None
        or low == high
        or max(abs(low), abs(high)) > MAX_PHYSICAL
        or signal.digital_max <= signal.digital_min
        or max(abs(signal.digital_min), abs(signal.digital_max)) > MAX_DIGITAL
    ):
        raise RecordingError(
            f"signal {number + 1} ({signal.label}) goes from {signal.physical_min} to {signal.physical_max} for counts "
            f"of {signal.digital_min} to {signal.digital_max}: that is no scale, the header is damaged"
        )


def _split(raw: bytes, table: tuple[tuple[str, int], ...]) -> dict[str, str]:
    texts = {}
    offset = 0
    for name, width in table:
        texts[name] = _text(raw[offset : offset + width])
        offset += width
    return texts


def _text(raw: bytes) -> str:
    return decode_text(raw).strip(" \x00")


def _integer(text: str, what: str) -> int:
    number = _number(text)
    if number is None or number.denominator != 1 or "e" in text.lower():
        raise RecordingError(f"the header's {what} is {text!r}, which is no whole number: the header is damaged")
    return int(number)


def _number(text: str) -> Fraction | None:
    """Parse an 8-character number, or return None; some exporters write a comma as decimal sign."""
    text = text.replace(",", ".")
    try:
        if not (text.isascii() and math.isfinite(float(text))) or "_" in text:
            return None
    except ValueError:
        return None
    # "1e-99999" is 0.0 as a float and a number of 100,000 digits as a fraction
    return Fraction(float(text)) if "e" in text.lower() else Fraction(text)


def exact_number(text: str) -> Fraction:
    """Parse a number of a header.

    Raises
    ------
    ValueError
        If it is not a number.
    """
    number = _number(text)
    if number is None:
        raise ValueError(f"{text!r} is no number")
    return number


def _duration(text: str) -> Fraction:
    duration = _number(text)
    if duration is None or not 0 < duration <= Fraction(MAX_RECORD_DURATION_S):
        raise RecordingError(
            f"a record of {text!r} s is none: expected a duration above 0; the header is damaged, or the file holds "
            "annotations alone"
        )
    return duration


def _start(date: str, time: str) -> datetime | None:
    try:
        day, month, year = (int(part) for part in date.replace("-", ".").split("."))
        hour, minute, second = (int(part) for part in time.replace(":", ".").split("."))
        return datetime(year + (1900 if year >= 85 else 2000), month, day, hour, minute, second)
    except ValueError:
        return None
