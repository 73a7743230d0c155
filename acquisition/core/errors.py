"""The errors of acquisition: each message says what was expected, what came and the likely cause."""


class AcquisitionError(Exception):
    """Base of everything that can go wrong between a board and a recording."""


class BoardNotFound(AcquisitionError):
    """No such board, port or file."""


class LinkError(AcquisitionError):
    """The link to a board cannot be opened, or broke."""


class ProtocolError(AcquisitionError):
    """A board answered something that its protocol does not allow."""


class BoardConfigError(AcquisitionError):
    """A board cannot be set up as asked."""


class WrongRate(BoardConfigError):
    """A streaming board sends at another rate than it was asked for; what it sent so far cannot be kept."""


class RecordingError(AcquisitionError):
    """A recording cannot be read or written."""
