"""What a session came to."""

from dataclasses import dataclass
from pathlib import Path

from twitchscope.findings.channel import ChannelRecord
from twitchscope.findings.measured_site import MeasuredSite


@dataclass(frozen=True, slots=True)
class SessionResult:
    """What a session came to.

    Attributes
    ----------
    folder : Path or None
        Where it was written; None when not a single sample came.
    duration_s : float
        Length in seconds of signal, lost samples included.
    n_samples, n_lost : int
        Samples made, and how many of them were lost.
    why_uncounted : str
        Why not every lost sample was counted, see `Board.why_uncounted`; empty where all were.
    n_not_watched : int
        Samples that the detector, which did not keep up, left out.
    measured_rate_hz : float or None
        True sampling rate, where it could be measured.
    n_events : mapping of str to int
        Number of verdicts of each label.
    channels : list of ChannelRecord
        How well each could be used.
    site : MeasuredSite
        All of the signal, taken as one site.
    """

    folder: Path | None
    duration_s: float
    n_samples: int
    n_lost: int
    why_uncounted: str
    n_not_watched: int
    measured_rate_hz: float | None
    n_events: dict[str, int]
    channels: list[ChannelRecord]
    site: MeasuredSite
