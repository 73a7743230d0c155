"""Recordings: the session writer and the readers."""

from acquisition.recording.annotation import Annotation
from acquisition.recording.recording import Recording, RecordingHeader

__all__ = ["Annotation", "Recording", "RecordingHeader"]
