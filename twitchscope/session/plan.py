"""Settings fixed before a session starts."""

from dataclasses import dataclass, field
from pathlib import Path

from twitchscope.entries.inputs import InputMark
from twitchscope.entries.visit import Visit
from twitchscope.findings.detection import DEFAULT_FALSE_ALARMS_PER_MIN


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """Settings fixed before a session starts.

    Attributes
    ----------
    out : Path
        Folder in which the session's own folder is created.
    pseudonym : str
        Last part of that folder's name.
    seconds : float or None
        Duration of the signal in seconds, gaps included; None to run until stopped.
    false_alarms_per_min : float
        Upper bound of the detector's false alarms per minute.
    feedback_shown : bool
        Whether verdicts are shown as they are decided; stored with each, since feedback changes what a human reports.
    needle_is_isolated : bool
        Whether somebody confirmed battery power and an isolated link; without it a needle channel is refused.
    inputs : tuple of InputMark
        What the board's inputs mark, other than by default.
    continues : Path or None
        Folder of an earlier session that this one continues as a further part, instead of a folder of its own.
    visit : Visit
        Entries about the session as a whole.
    """

    out: Path
    pseudonym: str
    seconds: float | None = None
    false_alarms_per_min: float = DEFAULT_FALSE_ALARMS_PER_MIN
    feedback_shown: bool = True
    needle_is_isolated: bool = False
    inputs: tuple[InputMark, ...] = ()
    continues: Path | None = None
    visit: Visit = field(default_factory=Visit)
