"""Result of a session."""

from dataclasses import dataclass
from pathlib import Path

from twitchscope.findings.channel import ChannelRecord
from twitchscope.findings.measured_site import MeasuredSite


@dataclass(frozen=True, slots=True)
class SessionResult:
    """Result of a session.

    Attributes
    ----------
    folder : Path or None
        Folder of the session; None if no sample arrived.
    duration_s : float
        Duration of the signal in seconds, lost samples included.
    n_samples, n_lost : int
        Number of samples, lost ones included, and number of lost samples.
    why_uncounted : str
        Why not every lost sample was counted, see `Board.why_uncounted`; empty if all were.
    n_not_watched : int
        Samples skipped because the detector did not keep up.
    measured_rate_hz : float or None
        Measured sampling rate in Hz; None if it could not be measured.
    n_events : mapping of str to int
        Number of verdicts per label.
    channels : list of ChannelRecord
        How well each channel was usable.
    site : MeasuredSite
        Measures of the whole signal, taken as one site.
    wrong_rate : str
        Why all times are wrong: the board sent samples at another rate than the recording has. Empty if it did not.
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
    wrong_rate: str = ""
