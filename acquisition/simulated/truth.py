"""True events of a simulated session."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

WEAK_BELOW_DB = 20.0
STRONG_FROM_DB = 30.0
"""Limits of the grades, by peak over baseline RMS."""

INVISIBLE_BELOW_DB = 6.0
"""A twitch whose peak is less than twice the noise RMS is not visible at the skin."""


@dataclass(frozen=True, slots=True)
class Twitch:
    """Local twitch response.

    Attributes
    ----------
    onset_s, offset_s : float
        First and last time at which the twitch alone exceeds the RMS of the noise alone on its best pair, both above
        20 Hz. Below `INVISIBLE_BELOW_DB`, the first discharge and the end of the last potential.
    peak_uv : float
        Largest absolute value of the twitch alone above 20 Hz on that pair.
    grade : str
        ``weak``, ``medium`` or ``strong``.
    snr_db : float
        Peak over the RMS of the noise alone.
    channel : str
        The best pair, by `snr_db`.
    contact_s : float
        The needle contact that evoked it.
    n_units : int
        Number of motor units that fired.
    """

    onset_s: float
    offset_s: float
    peak_uv: float
    grade: str
    snr_db: float
    channel: str
    contact_s: float
    n_units: int


@dataclass(frozen=True, slots=True)
class Confounder:
    """Event that is not a twitch."""

    start_s: float
    stop_s: float
    kind: str


@dataclass(slots=True)
class Truth:
    """All true events, in order of time."""

    twitches: list[Twitch] = field(default_factory=list)
    needle_contacts: list[float] = field(default_factory=list)
    confounders: list[Confounder] = field(default_factory=list)

    def until(self, time_s: float) -> "Truth":
        """Return the events that began before `time_s`."""
        return Truth(
            [twitch for twitch in self.twitches if twitch.onset_s < time_s],
            [contact_s for contact_s in self.needle_contacts if contact_s < time_s],
            sorted((c for c in self.confounders if c.start_s < time_s), key=lambda c: (c.start_s, c.kind)),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the events as plain values, times in seconds to 0.1 ms."""
        return {
            "twitches": _rounded(self.twitches),
            "needle_contacts": [round(contact_s, 4) for contact_s in self.needle_contacts],
            "confounders": _rounded(self.confounders),
        }


def grade_of(snr_db: float) -> str:
    """Return the grade of a twitch by its peak over the baseline, in dB."""
    if snr_db < WEAK_BELOW_DB:
        return "weak"
    return "medium" if snr_db < STRONG_FROM_DB else "strong"


def _rounded(items: Sequence[Twitch] | Sequence[Confounder]) -> list[dict[str, Any]]:
    return [
        {key: round(value, 4) if isinstance(value, float) else value for key, value in asdict(item).items()}
        for item in items
    ]
