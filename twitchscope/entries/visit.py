"""Entries about a session as a whole: codes of persons and visit, electrodes and needle; never a person's name."""

import re
from dataclasses import asdict, dataclass
from typing import Any

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,19}")
"""Pattern of a code. It allows no space, so that a person's name does not match by accident."""

MOST_LETTERS = 60


@dataclass(frozen=True, slots=True)
class Visit:
    """Entries about a session as a whole; empty or None if not given.

    Attributes
    ----------
    operator, visit, study_arm : str
        Codes.
    electrode_type, electrode_orientation, skin_preparation : str
        In words.
    electrode_spacing_mm : float or None
        Between the centres of a pair.
    needle_gauge : str
        Such as ``0.30 mm``.
    needle_length_mm : float or None
        Length of the shaft.
    """

    operator: str = ""
    visit: str = ""
    study_arm: str = ""
    electrode_type: str = ""
    electrode_spacing_mm: float | None = None
    electrode_orientation: str = ""
    skin_preparation: str = ""
    needle_gauge: str = ""
    needle_length_mm: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the given entries, for a file."""
        return {key: value for key, value in asdict(self).items() if value not in ("", None)}


CODES = ("operator", "visit", "study_arm")
NUMBERS = ("electrode_spacing_mm", "needle_length_mm")
FIELDS = tuple(Visit.__dataclass_fields__)


def visit_value(key: str, value: object) -> str | float:
    """Return a checked value of a visit.

    Raises
    ------
    ValueError
        States what was expected and what came.
    """
    if key in NUMBERS:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0.0 < value <= 1000.0:
            raise ValueError(f"{key} = {value!r}, expected a number of millimetres up to 1000")
        return float(value)
    if not isinstance(value, str) or len(value) > MOST_LETTERS or not value.isprintable():
        raise ValueError(f"{key} = {value!r}, expected a text of at most {MOST_LETTERS} letters")
    if key in CODES and value and CODE.fullmatch(value) is None:
        raise ValueError(f"{key} = {value!r}, expected a code of letters, digits, . _ - (at most 20), never a name")
    return value
