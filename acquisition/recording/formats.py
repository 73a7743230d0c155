"""Opening of recordings by path. The format is detected from the content of the file, never from its name."""

import math
import re
from codecs import BOM_UTF8
from dataclasses import replace
from pathlib import Path

from acquisition.core import RecordingError, Setup, open_to_read
from acquisition.recording.bdf.header import BDF_VERSION, EDF_VERSION
from acquisition.recording.bdf.reader import BdfRecording
from acquisition.recording.recording import Recording

SESSION_RECORDING = "recording.bdf"
_FURTHER_PART = re.compile(r"recording-([2-9]|[1-9][0-9]{1,3})\.bdf")
HEAD_BYTES = 65_536
DEFAULT_SETUP = Setup()


def read_recording(
    path: Path | str,
    *,
    sampling_rate_hz: float | None = None,
    setup: Setup = DEFAULT_SETUP,
    unit: str | None = None,
) -> Recording:
    """Open a recording of any supported format.

    Parameters
    ----------
    path : Path or str
        BDF, EDF, OpenBCI GUI ``.txt``, OpenBCI SD-card ``.TXT``, BrainFlow ``.csv``, OpenSignals ``.txt``, XDF, text
        with columns, or a session folder (its ``recording.bdf``).
    sampling_rate_hz : float, optional
        For a file that does not state its rate; above zero.
    setup : Setup, optional
        Channel settings of the user.
    unit : str, optional
        For columns of plain text without a unit: ``V``, ``mV`` or ``uV``.

    Raises
    ------
    RecordingError
        If there is no such file, or it is not a recording; the message says what was expected and found.
    BoardConfigError
        If the setup does not fit the recording.
    ValueError
        If the rate is not above zero.
    """
    if sampling_rate_hz is not None and not (sampling_rate_hz > 0.0 and math.isfinite(sampling_rate_hz)):
        raise ValueError(f"the sampling rate must be above 0 Hz, not {sampling_rate_hz}")
    path = Path(path)
    try:
        if path.is_dir():
            recording = _open_session(path, setup)
        else:
            with open_to_read(path) as file:
                head = file.read(HEAD_BYTES).removeprefix(BOM_UTF8)
            recording = _open(path, head, sampling_rate_hz, setup, unit)
    except FileNotFoundError as error:
        raise RecordingError(f"there is no file {path}") from error
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror or error}") from error
    declared_hz = recording.info.sampling_rate_hz
    if sampling_rate_hz is not None and sampling_rate_hz != declared_hz:
        warning = f"the file states {declared_hz:g} Hz: the rate given, {sampling_rate_hz:g} Hz, is not used"
        recording.header = replace(recording.header, warnings=(warning, *recording.header.warnings))
    return recording if unit is None else _with_declared_unit(recording, unit)


def _with_declared_unit(recording: Recording, unit: str) -> Recording:
    """Return the recording, with a warning where the given unit is not used because it is not plain text."""
    from acquisition.recording.text.channels import unused_unit
    from acquisition.recording.text.delimited import TEXT_FILE

    if recording.info.name != TEXT_FILE:
        recording.header = replace(recording.header, warnings=(unused_unit(unit), *recording.header.warnings))
    return recording


def session_part(name: str) -> int | None:
    """Return the part number of a session recording, from 1, by its file name; None for any other name."""
    if name == SESSION_RECORDING:
        return 1
    match = _FURTHER_PART.fullmatch(name)
    return int(match[1]) if match is not None else None


def _open_session(folder: Path, setup: Setup) -> Recording:
    parts = {part: path for path in folder.iterdir() if (part := session_part(path.name)) and path.exists()}
    if not parts:
        raise RecordingError(f"{folder} is a folder without {SESSION_RECORDING}: it is no session")
    first, *further = sorted(parts)
    recording = read_recording(parts[first], setup=setup)
    others = [parts[part].name for part in further]
    if others:
        warning = f"the session has further parts, which are read by their own names: {', '.join(others)}"
        recording.header = replace(recording.header, warnings=(*recording.header.warnings, warning))
    return recording


def _open(path: Path, head: bytes, sampling_rate_hz: float | None, setup: Setup, unit: str | None) -> Recording:
    if head[:8] in (BDF_VERSION, EDF_VERSION):
        return BdfRecording(path, setup)
    from acquisition.recording.other_formats import open_other  # fifteen modules that sessions do not need

    return open_other(path, head, sampling_rate_hz, setup, unit)
