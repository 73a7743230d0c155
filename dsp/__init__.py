"""From an array of EMG to local twitch responses: knows no board, no file and no clock."""

from dsp.detector import TwitchDetector, detect_twitches
from dsp.events import Candidate, Grade, Label, TwitchEvent

__all__ = ["Candidate", "Grade", "Label", "TwitchDetector", "TwitchEvent", "detect_twitches"]
