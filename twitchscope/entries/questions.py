"""Questions about a site before and after: each has one key for each answer, and one to skip it.

The scales are short, so that one key is enough. The meaning of their steps is an assumption, except for the pain scale
(numeric rating scale, 0 to 10).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from twitchscope.entries.sites import AFTER, BEFORE
from twitchscope.words import for_later

TEN = "T"
"""Key for 10, which has no digit."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question.

    Attributes
    ----------
    label : str
        Name in the files.
    words : str
        Text of the question in English, as in reports; `twitchscope.words.tr` translates it for the screen.
    ladder : mapping of str to tuple
        Key to (value, words in English); empty if a number is typed.
    unit : str
        Unit of a typed number.
    most : float
        Largest plausible number.
    when : tuple of str
        Before, after, or both.
    """

    label: str
    words: str
    ladder: Mapping[str, tuple[float, str]] = field(default_factory=dict)
    unit: str = ""
    most: float = 0.0
    when: tuple[str, ...] = (BEFORE, AFTER)


def questions(when: str) -> list[Question]:
    """Return the questions asked `BEFORE` or `AFTER`, in order."""
    return [question for question in _all() if when in question.when]


def _all() -> list[Question]:
    pain = {str(value): (float(value), str(value)) for value in range(10)} | {TEN: (10.0, "10")}
    return [
        Question("pain", for_later("Pain at this site, 0 none to 10 worst"), pain),
        Question("tenderness", for_later("Tenderness to pressure"), _steps(
            for_later("none"), for_later("mild"), for_later("clear"), for_later("withdraws"))),
        Question("pressure_threshold", for_later("Pressure pain threshold"), unit="kg/cm²", most=30.0),
        Question("referred_pain", for_later("Referred pain: where?"), _regions()),
        Question("band_tension", for_later("Tension of the band"), _steps(
            for_later("none felt"), for_later("slight"), for_later("clear"), for_later("hard"))),
        Question("range_of_motion", for_later("Range of motion"), unit="°", most=360.0),
        Question("sensation", for_later("What was felt at the needle?"), _steps(
            for_later("nothing"), for_later("shock"), for_later("cramp"), for_later("grab"), for_later("dull ache"),
            for_later("other")), when=(AFTER,)),
        Question("adverse_event", for_later("Adverse event?"), _steps(
            for_later("none"), for_later("bleeding or bruise"), for_later("faint or dizzy"), for_later("lasting pain"),
            for_later("nerve pain"), for_later("short of breath: stop, have the lungs looked at"), for_later("other")),
            when=(AFTER,)),
    ]  # fmt: skip


def _steps(*words: str) -> dict[str, tuple[float, str]]:
    return {str(value): (float(value), text) for value, text in enumerate(words)}


def _regions() -> dict[str, tuple[float, str]]:
    return _steps(
        for_later("none"), for_later("head"), for_later("neck"), for_later("shoulder"), for_later("arm"),
        for_later("hand"), for_later("chest or back"), for_later("low back or buttock"), for_later("leg"),
        for_later("foot"),
    )  # fmt: skip
