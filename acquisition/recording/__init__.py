"""Recordings: the session writer and the readers.

`formats` detects the format of a file and opens it as a `Recording`. Each format has its own package, independent of
the others.
"""

from acquisition.recording.annotation import LOST_TEXT, PADDING_TEXT, Annotation
from acquisition.recording.bdf.window import read_window
from acquisition.recording.bdf.writer import BdfWriter
from acquisition.recording.formats import SESSION_RECORDING, read_recording, session_part
from acquisition.recording.lost_stretches import invalid_runs
from acquisition.recording.recording import Damage, Recording, RecordingHeader

__all__ = [
    "LOST_TEXT",
    "PADDING_TEXT",
    "SESSION_RECORDING",
    "Annotation",
    "BdfWriter",
    "Damage",
    "Recording",
    "RecordingHeader",
    "invalid_runs",
    "read_recording",
    "read_window",
    "session_part",
]
