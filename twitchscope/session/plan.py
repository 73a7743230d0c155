"""What is fixed before a session starts."""

from dataclasses import dataclass, field
from pathlib import Path

from twitchscope.entries.inputs import InputMark
from twitchscope.entries.visit import Visit
from twitchscope.findings.detection import DEFAULT_FALSE_ALARMS_PER_MIN


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """What is fixed before a session starts.

    Attributes
    ----------
    out : Path
        Folder in which the session's own folder is made.
    pseudonym : str
        Last part of that folder's name.
    seconds : float or None
        Length in seconds of signal, gaps included; None until stopped.
    false_alarms_per_min : float
        The detector's budget.
    feedback_shown : bool
        Whether the verdicts are shown as they come; stored with each, since feedback changes what a human reports.
    needle_is_isolated : bool
        Whether somebody confirmed battery power and an isolated link; without it a needle channel is refused.
    inputs : tuple of InputMark
        What the board's inputs mark, other than by default.
    continues : Path or None
        Folder of a session that goes on with this one as a further part, instead of a folder of its own.
    visit : Visit
        What is said once of the session.
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
