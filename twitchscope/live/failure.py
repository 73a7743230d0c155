"""Text of an error for a window."""

from acquisition.core import AcquisitionError


def failure_text(error: Exception) -> str:
    """Return the message of an error raised by this program, or the type and message of any other."""
    if isinstance(error, AcquisitionError):
        return str(error)
    return ": ".join(part for part in (type(error).__name__, str(error)) if part)
