"""Detection of local twitch responses in arrays of EMG, independent of boards, files and clocks.

`TwitchDetector` processes a stream block by block and returns each `Candidate` and `TwitchEvent` as it is decided.
`detect_twitches` runs the same detector over a whole signal.
"""

from dsp.detector import TwitchDetector
from dsp.events import LABELS, Candidate, Grade, Label, TwitchEvent
from dsp.offline import detect_twitches

__all__ = ["LABELS", "Candidate", "Grade", "Label", "TwitchDetector", "TwitchEvent", "detect_twitches"]
