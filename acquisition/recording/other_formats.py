"""Formats other than BDF and EDF, detected from the content of the file."""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from pathlib import Path

from acquisition.core import RecordingError, Setup
from acquisition.recording.recording import Recording
from acquisition.recording.text.brainflow_csv import brainflow_rows, read_brainflow_csv
from acquisition.recording.text.delimited import read_delimited_text
from acquisition.recording.text.layout import text_layout
from acquisition.recording.text.openbci_gui import is_openbci_gui, read_openbci_gui
from acquisition.recording.text.openbci_sd import OpenBciSdRecording, is_openbci_sd
from acquisition.recording.text.opensignals import is_opensignals, read_opensignals

XDF_MAGIC = b"XDF:"


def open_other(path: Path, head: bytes, sampling_rate_hz: float | None, setup: Setup, unit: str | None) -> Recording:
    """Open a recording by its first bytes; the arguments are those of `read_recording`.

    Raises
    ------
    RecordingError
        If it is not a recording, or cannot be read.
    """
    if head.startswith(XDF_MAGIC):
        from acquisition.recording.xdf.reader import XdfRecording  # pyxdf is slow to import and rarely needed

        return XdfRecording(path, sampling_rate_hz, setup)
    if is_openbci_sd(head):
        return OpenBciSdRecording(path, sampling_rate_hz, setup)
    if head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise RecordingError(f'{path} is text in UTF-16, two bytes a letter: save it as UTF-8 (Excel: "CSV UTF-8")')
    if head.lstrip().startswith(b"{"):
        raise RecordingError(f"{path} is JSON, which holds no signal: name the recording beside it")
    text = _decoded(head.rstrip(b"\x00"))  # a power cut leaves NULs at the end
    if is_openbci_gui(text):
        return read_openbci_gui(path, text, sampling_rate_hz, setup)
    if (found := brainflow_rows(text)) is not None:
        return read_brainflow_csv(path, found, sampling_rate_hz, setup)
    try:
        layout = None if "\x00" in text else text_layout(text)
    except RecordingError as error:
        raise RecordingError(f"{path} is text with rows of numbers, but {error}") from error
    if layout is not None and is_opensignals(text):
        return read_opensignals(path, layout, setup)
    if layout is not None:
        return read_delimited_text(path, layout, sampling_rate_hz, setup, unit)
    raise RecordingError(
        f"{path} is no recording: looked for BDF or EDF, XDF, OpenBCI GUI, OpenBCI SD card, BrainFlow, OpenSignals "
        f"and text with columns of numbers; found {_describe(head)}"
    )


def _decoded(head: bytes) -> str:
    """Decode the start of a text, which may end within a character; text that is not UTF-8 is read as Windows-1252."""
    try:
        return getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return head.decode("cp1252", "replace")


def _describe(head: bytes) -> str:
    if not head:
        return "an empty file"
    first = head[:40].partition(b"\n")[0]
    if all(32 <= byte < 127 or byte in b"\t\r" for byte in first):
        return f"text that begins {first.decode('ascii').strip()!r}"
    return f"bytes that begin {head[:8].hex(' ')}"
