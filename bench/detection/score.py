"""Matching of detections with known twitches, counts, and confidence intervals."""

import bisect
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from dsp.sites.intervals import poisson_interval, share_interval

EARLY_S, LATE_S = 0.05, 0.02
"""A detection matches a twitch if its onset lies from `EARLY_S` before the twitch's onset to `LATE_S` after its end."""


class Span(Protocol):
    """Anything with an onset and an offset."""

    @property
    def onset_s(self) -> float:
        """Onset in seconds."""

    @property
    def offset_s(self) -> float:
        """Offset in seconds."""


@dataclass(frozen=True, slots=True)
class Known:
    """Twitch whose time is known.

    Attributes
    ----------
    onset_s, offset_s : float
        First and last moment.
    peak_ratio : float
        Peak over the RMS of the baseline, both in the band available at the sampling rate; infinite if unknown.
    is_scored : bool
        False if it may be either found or missed, for example before a baseline can be learnt.
    peak_uv, rms_uv : float
        Peak and RMS in the band; NaN if unknown.
    over_all : float
        Peak over the RMS of all other signal around it on its channel; NaN if unknown.
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
    """Counts over a stretch of signal; scores of several stretches can be added.

    Attributes
    ----------
    n_known, n_found : int
        Number of scored twitches, and how many of them were found.
    n_other : int
        Number of detections that match no known twitch, scored or not.
    duration_s : float
        Length of the signal in seconds.
    onset_errors_s : tuple of float
        Detected onset minus true onset, of the scored twitches that were found.
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
        """Share of the known twitches that were found; NaN if none is known."""
        return self.n_found / self.n_known if self.n_known else math.nan

    @property
    def sensitivity_interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the sensitivity."""
        return share_interval(self.n_found, self.n_known)

    @property
    def others_per_min(self) -> float:
        """False alarms per minute: detections that match no known twitch. NaN without a signal."""
        return 60.0 * self.n_other / self.duration_s if self.duration_s > 0.0 else math.nan

    @property
    def others_interval_per_min(self) -> tuple[float, float]:
        """Exact 95 % interval of the false alarms per minute."""
        if not self.duration_s > 0.0:
            return 0.0, math.inf
        low, high = poisson_interval(self.n_other)
        return 60.0 * low / self.duration_s, 60.0 * high / self.duration_s

    @property
    def f1(self) -> float:
        """Harmonic mean of sensitivity and precision; NaN if no twitch is known."""
        total = self.n_known + self.n_found + self.n_other
        return 2.0 * self.n_found / total if self.n_known else math.nan

    @property
    def median_onset_error_s(self) -> float:
        """Median of the absolute onset errors; NaN if no twitch was found."""
        errors = sorted(abs(error) for error in self.onset_errors_s)
        if not errors:
            return math.nan
        middle = len(errors) // 2
        return errors[middle] if len(errors) % 2 else 0.5 * (errors[middle - 1] + errors[middle])


def total(scores: Iterable[Score]) -> Score:
    """Return the sum of scores."""
    return sum(scores, Score())


def match(
    known: Sequence[Span], onsets_s: Sequence[float], early_s: float = EARLY_S, late_s: float = LATE_S
) -> list[int | None]:
    """Return for each detection the index of the known twitch that it matches, None if there is none.

    The matching is one-to-one with the largest possible number of pairs. A detection that could match two twitches is
    assigned to the one whose window closes first.

    Parameters
    ----------
    known : sequence of Known or anything else with ``onset_s`` and ``offset_s``
        Known twitches, in any order.
    onsets_s : sequence of float
        Onsets of the detections, in any order.
    early_s, late_s : float
        Tolerance before the onset and after the offset of a twitch.
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
) -> Score:
    """Count the twitches that were found and the false alarms.

    A detection of a twitch that is not scored, or is outside the range of sizes, counts neither as found nor as a false
    alarm.

    Parameters
    ----------
    known, onsets_s
        As for `match`.
    duration_s : float
        Length of the signal.
    least_ratio, most_ratio : float
        Only twitches with a peak over baseline of at least `least_ratio` and below `most_ratio` are counted; those of
        unknown size only if `most_ratio` is infinite.
    """
    counted = [
        one.is_scored and one.peak_ratio >= least_ratio and (one.peak_ratio < most_ratio or math.isinf(most_ratio))
        for one in known
    ]
    partners = match(known, onsets_s)
    errors = [onsets_s[i] - known[k].onset_s for i, k in enumerate(partners) if k is not None and counted[k]]
    return Score(sum(counted), len(errors), partners.count(None), duration_s, tuple(errors))
