"""What was found of what is known: matching with a tolerance, counts, and how sure they are."""

import bisect
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from dsp.sites.intervals import poisson_interval, share_interval

EARLY_S, LATE_S = 0.05, 0.02
"""A detection counts for a twitch when its onset lies between this long before the twitch and this long after it."""


class Span(Protocol):
    """Anything with a first and a last moment."""

    @property
    def onset_s(self) -> float:
        """First moment in seconds."""

    @property
    def offset_s(self) -> float:
        """Last moment in seconds."""


@dataclass(frozen=True, slots=True)
class Known:
    """A twitch whose time is known.

    Attributes
    ----------
    onset_s, offset_s : float
        First and last moment.
    peak_ratio : float
        Peak over the RMS of the baseline, both in the band that the rate leaves; infinite where it is not known.
    is_scored : bool
        False where it may be found or missed, such as before a baseline can be learnt.
    peak_uv, rms_uv : float
        Its sizes in the band; NaN where they are not known.
    over_all : float
        Peak over the RMS of all else that its channel shows around it, NaN where it is not known.
    """

    onset_s: float
    offset_s: float
    peak_ratio: float = math.inf
    is_scored: bool = True
    peak_uv: float = math.nan
    rms_uv: float = math.nan
    over_all: float = math.nan


@dataclass(frozen=True, slots=True)
class Score:
    """Counts over a stretch of signal; scores of several stretches are added.

    Attributes
    ----------
    n_known, n_found : int
        Scored twitches, and how many of them were found.
    n_other : int
        Detections that are no known twitch, scored or not.
    duration_s : float
        Length of the signal in seconds.
    onset_errors_s : tuple of float
        Onset found less onset known, of the found and scored ones.
    """

    n_known: int = 0
    n_found: int = 0
    n_other: int = 0
    duration_s: float = 0.0
    onset_errors_s: tuple[float, ...] = ()

    def __add__(self, other: "Score") -> "Score":
        return Score(
            self.n_known + other.n_known,
            self.n_found + other.n_found,
            self.n_other + other.n_other,
            self.duration_s + other.duration_s,
            self.onset_errors_s + other.onset_errors_s,
        )

    @property
    def sensitivity(self) -> float:
        """Share of the known that was found; NaN where none is known."""
        return self.n_found / self.n_known if self.n_known else math.nan

    @property
    def sensitivity_interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the sensitivity."""
        return share_interval(self.n_found, self.n_known)

    @property
    def others_per_min(self) -> float:
        """Detections a minute that are no known twitch: false alarms. NaN without a signal."""
        return 60.0 * self.n_other / self.duration_s if self.duration_s > 0.0 else math.nan

    @property
    def others_interval_per_min(self) -> tuple[float, float]:
        """Exact 95 % interval of the false alarms a minute."""
        if not self.duration_s > 0.0:
            return 0.0, math.inf
        low, high = poisson_interval(self.n_other)
        return 60.0 * low / self.duration_s, 60.0 * high / self.duration_s

    @property
    def f1(self) -> float:
        """Harmonic mean of sensitivity and precision; NaN where nothing is known."""
        total = self.n_known + self.n_found + self.n_other
        return 2.0 * self.n_found / total if self.n_known else math.nan

    @property
    def median_onset_error_s(self) -> float:
        """Median of the absolute onset errors; NaN where none was found."""
        errors = sorted(abs(error) for error in self.onset_errors_s)
        if not errors:
            return math.nan
        middle = len(errors) // 2
        return errors[middle] if len(errors) % 2 else 0.5 * (errors[middle - 1] + errors[middle])


def total(scores: Iterable[Score]) -> Score:
    """Add scores up."""
    return sum(scores, Score())


def match(
    known: Sequence[Span], onsets_s: Sequence[float], early_s: float = EARLY_S, late_s: float = LATE_S
) -> list[int | None]:
    """Return for each detection the index of the known twitch that it counts for, None where there is none.

    A twitch takes one detection and a detection one twitch, as many pairs as can be made; of two twitches that a
    detection could stand for it takes the one whose window closes first.

    Parameters
    ----------
    known : sequence of Known or anything else with ``onset_s`` and ``offset_s``
        In any order.
    onsets_s : sequence of float
        Onsets of the detections, in any order.
    early_s, late_s : float
        How long before the onset and after the offset of a twitch a detection may lie.
    """
    by_onset = sorted(range(len(known)), key=lambda k: known[k].onset_s)
    partners: list[int | None] = [None] * len(onsets_s)
    waiting: list[tuple[float, int]] = []
    begun = 0
    for at in sorted(range(len(onsets_s)), key=lambda i: onsets_s[i]):
        onset_s = onsets_s[at]
        while begun < len(by_onset) and known[by_onset[begun]].onset_s - early_s <= onset_s:
            k = by_onset[begun]
            bisect.insort(waiting, (known[k].offset_s + late_s, k))
            begun += 1
        while waiting and waiting[0][0] < onset_s:
            waiting.pop(0)
        if waiting:
            partners[at] = waiting.pop(0)[1]
    return partners


def score(
    known: Sequence[Known],
    onsets_s: Sequence[float],
    duration_s: float,
    *,
    least_ratio: float = 0.0,
    most_ratio: float = math.inf,
    early_s: float = EARLY_S,
    late_s: float = LATE_S,
) -> Score:
    """Count what was found and what else was told.

    A detection of a twitch that is not scored, or lies outside the asked sizes, is neither found nor a false alarm.

    Parameters
    ----------
    known, onsets_s, early_s, late_s
        As for `match`.
    duration_s : float
        Length of the signal.
    least_ratio, most_ratio : float
        Only twitches with a peak over baseline of at least the first and below the second are counted; those of
        unknown size where the second is infinite.
    """
    counted = [
        one.is_scored and one.peak_ratio >= least_ratio and (one.peak_ratio < most_ratio or math.isinf(most_ratio))
        for one in known
    ]
    partners = match(known, onsets_s, early_s, late_s)
    errors = [onsets_s[i] - known[k].onset_s for i, k in enumerate(partners) if k is not None and counted[k]]
    return Score(sum(counted), len(errors), partners.count(None), duration_s, tuple(errors))
