"""Time-stamped annotation lists (TALs), which hold annotations within the data records of EDF+ and BDF+.

A TAL is ``onset [0x15 duration] 0x14 text 0x14 … 0x00``; the first one of each record states the record's own time.
"""

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from acquisition.recording.annotation import Annotation

ONSET_DECIMALS = 7
"""Decimals of onsets: 100 ns, the resolution of EDFlib, and far less than one sample at any rate."""

MAX_TEXT_BYTES = 240
"""Maximum length of a text. A longer one would fill whole records, and other readers truncate texts at 40 to 512 bytes,
within a word. It is therefore shortened, at a space where possible. The full text must be kept elsewhere, as a session
does in its journal."""

SHORTENED = " …"
"""Suffix of a shortened text."""

EMPTY_TEXT = "(empty)"
"""Replacement of an empty text, which means record keeping in EDF+."""

MAX_SECONDS = 1e9
"""Maximum distance of an annotation from the start: 30 years."""

_TAL = re.compile(rb"([+-]\d{1,15}(?:\.\d{0,15})?)(?:\x15(\d{1,15}(?:\.\d{0,15})?))?\x14(.*)", re.DOTALL)


_KEEPING = re.compile(rb"([+-]\d{1,15}(?:\.\d{0,15})?)\x14\x14\x00*")
"""Content of most records: the TAL of their own time, and padding."""


def record_onset_tal(onset_s: Fraction) -> bytes:
    """Return the first TAL of a record: its exact start in seconds since the start of the file."""
    text = format(Decimal(onset_s.numerator) / Decimal(onset_s.denominator), "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"+{text}\x14\x14\x00".encode("ascii")


def encode_annotation(annotation: Annotation) -> bytes:
    """Return an annotation as a TAL, its text shortened to `MAX_TEXT_BYTES`.

    Raises
    ------
    ValueError
        If its time is not a finite number, beyond `MAX_SECONDS`, or its duration is negative.
    """
    onset_s, duration_s = annotation.onset_s, annotation.duration_s
    if not (abs(onset_s) <= MAX_SECONDS and 0.0 <= duration_s <= MAX_SECONDS):
        raise ValueError(f"an annotation at {onset_s} s of {duration_s} s is no time within a recording")
    onset = f"{onset_s:+.{ONSET_DECIMALS}f}".rstrip("0").rstrip(".")
    time = "+0" if onset in ("-0", "+") else onset
    if duration_s > 0.0:
        time += "\x15" + (f"{duration_s:.{ONSET_DECIMALS}f}".rstrip("0").rstrip(".") or "0")
    return time.encode("ascii") + b"\x14" + shorten(clean_text(annotation.text)).encode("utf-8") + b"\x14\x00"


def clean_text(text: str) -> str:
    """Return `text` without control characters, which would end a TAL, and without lone surrogates."""
    kept = "".join(char for char in text if unicodedata.category(char) not in ("Cc", "Cs"))
    return kept or EMPTY_TEXT


def shorten(text: str) -> str:
    """Return `text` in at most `MAX_TEXT_BYTES` of UTF-8; a longer one is shortened and ends in `SHORTENED`."""
    encoded = text.encode("utf-8")
    if len(encoded) <= MAX_TEXT_BYTES:
        return text
    kept = encoded[: MAX_TEXT_BYTES - len(SHORTENED.encode("utf-8"))].decode("utf-8", "ignore")  # whole characters
    words, space, _ = kept.rpartition(" ")
    return (words if space and len(words) > len(kept) // 2 else kept).rstrip() + SHORTENED


def parse_tals(raw: bytes) -> Iterator[Annotation]:
    """Yield the annotations in the annotation bytes of one record; invalid TALs are skipped.

    The record-keeping TAL is returned as an annotation with an empty text.
    """
    for piece in raw.rstrip(b"\x00").split(b"\x00"):  # most pieces are padding
        match = _TAL.fullmatch(piece)
        if match is None:
            continue
        onset_s = float(match[1])
        duration_s = float(match[2]) if match[2] else 0.0
        for text in match[3].removesuffix(b"\x14").split(b"\x14"):
            yield Annotation(onset_s, duration_s, decode_text(text))


def lone_record_onset_s(raw: bytes) -> float | None:
    """Return the onset of a record in s where its annotation bytes contain nothing else, otherwise None.

    For such records the result equals that of `parse_tals`, in a fraction of the time.
    """
    match = _KEEPING.fullmatch(raw)
    return None if match is None else float(match[1])


def decode_text(text: bytes) -> str:
    """Decode annotation bytes: UTF-8 by the specification, or Latin-1 as in many files."""
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")
