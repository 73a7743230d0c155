"""From a path to an open recording: the format is told by what is in the file, never by its name."""

from pathlib import Path

from acquisition.core import RecordingError, Setup
from acquisition.recording.bdf_header import BDF_VERSION, EDF_VERSION
from acquisition.recording.bdf_reader import BdfRecording
from acquisition.recording.recording import Recording

SESSION_RECORDING = "recording.bdf"
HEAD_BYTES = 65_536


def read_recording(path: Path | str, *, sampling_rate_hz: float | None = None, setup: Setup = Setup()) -> Recording:  # noqa: B008  (frozen)
    """Open a recording of any format that TwitchScope reads.

    Parameters
    ----------
    path : Path or str
        BDF, EDF, OpenBCI GUI ``.txt``, OpenBCI SD-card ``.TXT``, BrainFlow ``.csv``, XDF, text with columns, or a
        session folder (its ``recording.bdf``).
    sampling_rate_hz : float, optional
        For a file that does not tell its rate; above zero.
    setup : Setup, optional
        What the user says of the channels.

    Raises
    ------
    RecordingError
        When there is no such file, or it is no recording; the message says what was looked for and found.
    BoardConfigError
        When the setup does not fit the recording.
    """
    path = Path(path)
    if path.is_dir():
        path /= SESSION_RECORDING
        if not path.exists():
            raise RecordingError(f"{path.parent} is a folder without {SESSION_RECORDING}: it is no session")
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        return _open(path, head, sampling_rate_hz, setup)
    except FileNotFoundError as error:
        raise RecordingError(f"there is no file {path}") from error
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror or error}") from error


def _open(path: Path, head: bytes, sampling_rate_hz: float | None, setup: Setup) -> Recording:
    if head[:8] in (BDF_VERSION, EDF_VERSION):
        return BdfRecording(path, setup)
    raise RecordingError(f"{path} is no recording that is known here")
