"""What the label of a channel tells, of whatever file or stream it comes."""

import re

HEART = re.compile(r"(ECG|EKG)(?![A-Za-z])", re.IGNORECASE)

TAKEN_AS_ECG = "taken as an ECG by its label"
"""What is said of such channels; their labels follow."""


def is_heart(label: str) -> bool:
    """Return whether a channel's label tells that it shows the heart: ``ECG``, ``EKG 1``."""
    return HEART.match(label) is not None
