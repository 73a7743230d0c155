"""A note at a time of a recording."""

from dataclasses import dataclass

LOST_TEXT = "lost"
"""Text of the annotation over samples that were lost: their place is kept, their value is held."""

PADDING_TEXT = "padding"
"""Text of the annotation over samples that only fill the last record."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """A note at a time of a recording: a marker, an event, a stretch that was lost.

    Attributes
    ----------
    onset_s : float
        Seconds since sample 0, at the nominal rate.
    duration_s : float
        Seconds, 0 for a moment.
    text : str
        What is noted; no name of a person.
    """

    onset_s: float
    duration_s: float
    text: str
