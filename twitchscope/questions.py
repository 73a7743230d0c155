"""What is asked of a site before and after: each question has one key for each answer, and one to leave it out.

The ladders are short, so that one key is enough; what each step of them means is an assumption but for the pain scale
(numeric rating scale, 0 to 10).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from twitchscope.sites import AFTER, BEFORE
from twitchscope.words import tr

TEN = "T"
"""Key of the 10, for which there is no digit."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question.

    Attributes
    ----------
    label : str
        Its name in the files.
    words : str
        As it is asked.
    ladder : mapping of str to tuple
        Key to (value, words); empty where a number is typed.
    unit : str
        Of a typed number.
    most : float
        Largest number that can be meant.
    asked : tuple of str
        Before, after, or both.
    """

    label: str
    words: str
    ladder: Mapping[str, tuple[float, str]] = field(default_factory=dict)
    unit: str = ""
    most: float = 0.0
    asked: tuple[str, ...] = (BEFORE, AFTER)


def questions(when: str) -> list[Question]:
    """Return what is asked `BEFORE` or `AFTER`, in its order."""
    return [question for question in _all() if when in question.asked]


def _all() -> list[Question]:
    pain = {str(value): (float(value), str(value)) for value in range(10)} | {TEN: (10.0, "10")}
    return [
        Question("pain", tr("Pain at this site, 0 none to 10 worst"), pain),
        Question("tenderness", tr("Tenderness to pressure"), _steps(
            tr("none"), tr("mild"), tr("clear"), tr("withdraws"))),
        Question("pressure_threshold", tr("Pressure pain threshold"), unit="kg/cm²", most=30.0),
        Question("referred_pain", tr("Referred pain: where?"), _regions()),
        Question("band_tension", tr("Tension of the band"), _steps(
            tr("none felt"), tr("slight"), tr("clear"), tr("hard"))),
        Question("range_of_motion", tr("Range of motion"), unit="°", most=360.0),
        Question("sensation", tr("What was felt at the needle?"), _steps(
            tr("nothing"), tr("shock"), tr("cramp"), tr("grab"), tr("dull ache"), tr("other")), asked=(AFTER,)),
        Question("adverse_event", tr("Adverse event?"), _steps(
            tr("none"), tr("bleeding or bruise"), tr("faint or dizzy"), tr("lasting pain"), tr("nerve pain"),
            tr("short of breath: stop, have the lungs looked at"), tr("other")), asked=(AFTER,)),
    ]  # fmt: skip


def _steps(*words: str) -> dict[str, tuple[float, str]]:
    return {str(value): (float(value), text) for value, text in enumerate(words)}


def _regions() -> dict[str, tuple[float, str]]:
    return _steps(
        tr("none"), tr("head"), tr("neck"), tr("shoulder"), tr("arm"), tr("hand"), tr("chest or back"),
        tr("low back or buttock"), tr("leg"), tr("foot"),
    )  # fmt: skip
