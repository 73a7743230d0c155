"""Recordings: the session writer and the readers."""

from acquisition.recording.annotation import LOST_TEXT, PADDING_TEXT, Annotation
from acquisition.recording.bdf_writer import BdfWriter
from acquisition.recording.formats import read_recording
from acquisition.recording.recording import Recording, RecordingHeader

__all__ = [
    "LOST_TEXT",
    "PADDING_TEXT",
    "Annotation",
    "BdfWriter",
    "Recording",
    "RecordingHeader",
    "read_recording",
]
