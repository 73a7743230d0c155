"""Results of the detector: candidates and events."""

from dataclasses import dataclass
from typing import Literal, get_args

Label = Literal["twitch", "voluntary", "heartbeat", "artifact", "uncertain"]
Grade = Literal["weak", "medium", "strong"]

LABELS: tuple[Label, ...] = get_args(Label)
"""Labels that a burst can be given."""

CANDIDATE_S = 0.020
"""Longest time in seconds from the onset of a candidate to its decision."""

ANSWER_S = 0.5
"""A twitch that begins within this time of a contact or a pass is a response to it; one that begins later has no
latency."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Burst that has begun; its verdict follows after its end.

    Attributes
    ----------
    onset_index : int
        Provisional sample of the onset, at most 20 ms before `decided_index`. A burst that rises slowly may have begun
        earlier; the event reports the final onset.
    onset_s : float
        Onset in seconds since the first sample.
    channel : int
        Channel on which the burst was first detected, from 0.
    decided_index : int
        Last sample on which the detection is based.
    """

    onset_index: int
    onset_s: float
    channel: int
    decided_index: int


@dataclass(frozen=True, slots=True)
class TwitchEvent:
    """Burst and its verdict; a burst on several channels is one event.

    Attributes
    ----------
    onset_index, offset_index : int
        First and last sample.
    onset_s, offset_s : float
        Onset and offset in seconds since the first sample.
    label : str
        ``twitch`` (a brief, focal, involuntary burst consistent with a local twitch response), ``voluntary``,
        ``heartbeat``, ``artifact`` or ``uncertain``. Only ``twitch`` is confirmed.
    confidence : float
        Confidence in the label, 0 to 1.
    reasons : tuple of str
        Reasons for the label, the most important first.
    channel : int
        Channel with the strongest burst over its baseline, from 0. Channels on the target muscle take precedence if
        the burst was detected on one of them.
    channels : tuple of int
        All channels on which the burst was detected.
    peak_uv, rms_uv : float
        Largest absolute value, and RMS from onset to offset with the power of the floor subtracted. Both in µV, in the
        detection band.
    snr_db : float
        Peak over the RMS of the resting baseline in dB; over the local floor before the baseline is learnt. On a
        needle channel the baseline is the first ten quiet seconds, endplate spikes included; before they are complete,
        the part recorded so far.
    grade : str
        ``weak`` < 20 dB ≤ ``medium`` < 30 dB ≤ ``strong``.
    latency_ms : float or None
        Time since the last hardware-stamped needle contact, 0 to 500; None without a contact in that time.
    decided_index : int
        Last sample on which the verdict is based.
    onset_uncertainty_ms : float or None
        Half the width of the 68 % interval of the onset; None if it was not estimated.
    over_floor : bool
        Whether `snr_db` and `grade` refer to the local floor because the resting baseline was not learnt yet.
    """

    onset_index: int
    offset_index: int
    onset_s: float
    offset_s: float
    label: Label
    confidence: float
    reasons: tuple[str, ...]
    channel: int
    channels: tuple[int, ...]
    peak_uv: float
    rms_uv: float
    snr_db: float
    grade: Grade
    latency_ms: float | None
    decided_index: int
    onset_uncertainty_ms: float | None = None
    over_floor: bool = False
