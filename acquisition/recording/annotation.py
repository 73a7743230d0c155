"""Annotation of a recording."""

from dataclasses import dataclass

LOST_TEXT = "lost"
"""Text of the annotation over lost samples. Their positions are kept and filled with the previous value."""

PADDING_TEXT = "padding"
"""Text of the annotation over samples that only fill up the last record."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """Annotation at a time of a recording: a marker, an event or a lost stretch.

    Attributes
    ----------
    onset_s : float
        Seconds since sample 0, at the nominal rate.
    duration_s : float
        Seconds, 0 for an instant.
    text : str
        Free text, without personal names.
    """

    onset_s: float
    duration_s: float
    text: str
