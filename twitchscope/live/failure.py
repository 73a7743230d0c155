"""What a window says of an error, whatever kind it is."""

from acquisition.core import AcquisitionError


def said_of(error: Exception) -> str:
    """Return the sentence of an error that this program raised; any other with its kind, which is all that is known."""
    if isinstance(error, AcquisitionError):
        return str(error)
    return ": ".join(part for part in (type(error).__name__, str(error)) if part)
