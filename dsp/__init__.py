"""From an array of EMG to local twitch responses: knows no board, no file and no clock."""

from dsp.detector import TwitchDetector
from dsp.events import LABELS, Candidate, Grade, Label, TwitchEvent
from dsp.offline import detect_twitches

__all__ = ["LABELS", "Candidate", "Grade", "Label", "TwitchDetector", "TwitchEvent", "detect_twitches"]
