"""Errors of acquisition. Each message states what was expected, what came and the likely cause."""


class AcquisitionError(Exception):
    """Base class of all errors between a board and a recording."""


class BoardNotFound(AcquisitionError):
    """A board, port or file does not exist."""


class LinkError(AcquisitionError):
    """The link to a board cannot be opened or has failed."""


class ProtocolError(AcquisitionError):
    """A board sent an answer that its protocol does not allow."""


class BoardConfigError(AcquisitionError):
    """A board cannot be set up as requested."""


class WrongRate(BoardConfigError):
    """A streaming board sends at another rate than requested. The samples so far cannot be kept."""


class RecordingError(AcquisitionError):
    """A recording cannot be read or written."""
