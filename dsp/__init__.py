"""From an array of EMG to local twitch responses: knows no board, no file and no clock."""

from dsp.detector import TwitchDetector, detect_twitches
from dsp.events import LABELS, Candidate, Grade, Label, TwitchEvent

__all__ = ["LABELS", "Candidate", "Grade", "Label", "TwitchDetector", "TwitchEvent", "detect_twitches"]
