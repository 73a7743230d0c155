"""Classification of channels by their labels, for all files and streams."""

import re

HEART = re.compile(r"(ECG|EKG)(?![A-Za-z])", re.IGNORECASE)

TAKEN_AS_ECG = "taken as an ECG by its label"
"""Beginning of the message about such channels; their labels follow."""


def is_heart(label: str) -> bool:
    """Return whether a label is that of an ECG channel: ``ECG``, ``EKG 1``."""
    return HEART.match(label) is not None
