"""What the detector tells."""

from dataclasses import dataclass
from typing import Literal, get_args

Label = Literal["twitch", "voluntary", "heartbeat", "artifact", "uncertain"]
Grade = Literal["weak", "medium", "strong"]

LABELS: tuple[Label, ...] = get_args(Label)
"""What a burst can be called."""

CANDIDATE_S = 0.020
"""No candidate is told to have begun longer before it was known."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A burst that has begun; a verdict follows when it has ended.

    Attributes
    ----------
    onset_index : int
        Sample at which it began, as far as that is known by now: at most 20 ms before `decided_index`. A burst that
        rises slowly may have begun earlier; its verdict tells.
    onset_s : float
        The same in seconds since the first sample.
    channel : int
        Channel on which it was seen first, from 0.
    decided_index : int
        Sample after which this became known.
    """

    onset_index: int
    onset_s: float
    channel: int
    decided_index: int


@dataclass(frozen=True, slots=True)
class TwitchEvent:
    """A burst and the verdict on it; one burst on several channels is one event.

    Attributes
    ----------
    onset_index, offset_index : int
        First and last sample.
    onset_s, offset_s : float
        The same in seconds since the first sample.
    label : str
        ``twitch`` (a brief, focal, involuntary burst consistent with a local twitch response), ``voluntary``,
        ``heartbeat``, ``artifact`` or ``uncertain``. Only ``twitch`` is confirmed.
    confidence : float
        Of the label, 0 to 1.
    reasons : tuple of str
        What decided it, the weightiest first.
    channel : int
        Channel with the strongest burst over its baseline, from 0: of the muscle's own, where one of them shows it.
    channels : tuple of int
        All channels on which it was seen.
    peak_uv, rms_uv : float
        Largest deviation, and root mean square from onset to offset less the floor's, in the detection band, in µV.
    snr_db : float
        Peak over the RMS of the resting baseline (of the local floor before that is learnt), in dB. At a needle over
        its first ten quiet seconds, spikes included (over what there was of them so far).
    grade : str
        ``weak`` < 20 dB ≤ ``medium`` < 30 dB ≤ ``strong``.
    latency_ms : float or None
        After a needle contact that hardware stamped, 0 to 500; None where there was none so soon before.
    decided_index : int
        Sample after which the verdict was given.
    onset_uncertainty_ms : float or None
        Half the width of the interval that holds the onset in about 68 of 100 cases; None where it was not worked out.
    over_floor : bool
        Whether `snr_db` and `grade` are over the local floor, since the resting baseline was not learnt yet.
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
