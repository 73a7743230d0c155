"""Measures of one needled site, from the twitches found there and from what was measured at rest.

Each measure carries its interval, since the numbers are few. What is not known is None.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dsp.contacts import ANSWER_S
from dsp.intervals import (
    CONFIDENCE,
    mean_interval,
    poisson_interval,
    share_interval,
    student_reach,
    survival_median,
)
from dsp.spontaneous import NOISE_CRITERION_UV, Silence, StillWindow

N_STEEP = 3
"""Falls from twitch to twitch before the amplitude stays: Baraja-Vegas 2020 saw peak RMS fall over the first three
twitches, then stay; a design assumption."""

LEAST_FOR_DECAY = 3
LEAST_FOR_LATER = 6
"""From so many twitches on, the later ones need not be level: they have a slope of their own."""

FLOOR_REACH = 2
"""The local floor at the skin looks back over 1.5 s: values two seconds apart share nothing."""

ANSWER_BASE, ANSWER_SLOPE = 0.02, 0.35
NOISE_BASE_UV, NOISE_SLOPE_UV = 5.0, 20.0
"""The project's model of irritability, turned round for the exploratory score: share of answered passes and endplate
noise of a point of irritability 0, and what they gain up to 1. Assumptions, not validated by anybody."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value, the 95 % interval that it lies in, and from how many observations it comes."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rest before or after the twitches.

    Attributes
    ----------
    level_uv : Estimate or None
        Mean RMS; of endplate noise at a needle, of the local floor at the skin. `n` counts loci at a needle where there
        are at least two of them, seconds otherwise.
    n_loci : int or None
        Places at which the needle lay still; None at the skin.
    prevalence : Estimate or None
        Share of these loci with endplate noise of at least 10 µV.
    spikes_per_s : Estimate or None
        Endplate spikes; `n` is their count. None below 2000 samples a second.
    """

    level_uv: Estimate | None
    n_loci: int | None = None
    prevalence: Estimate | None = None
    spikes_per_s: Estimate | None = None


@dataclass(frozen=True, slots=True)
class SiteMeasures:
    """What can be said of a site.

    Attributes
    ----------
    n_twitches : int
        Confirmed ones.
    n_passes : int or None
        None where passes were not marked.
    twitches_per_pass : Estimate or None
        Share of the marked passes that were answered.
    twitches_per_min : Estimate or None
        Over the whole signal, needle in or not.
    decay : Estimate or None
        Factor by which the amplitude changes from one twitch to the next over the first three steps; None with fewer
        than three twitches.
    is_needle : bool
        The levels are spontaneous electrical activity at a needle; else the resting baseline at the skin.
    before, after : Stretch
        Before the first twitch and after the last; all of it is before where there was none.
    level_ratio : Estimate or None
        Level after over level before.
    silence_s : Estimate or None
        Median silence of the endplates after a twitch (Kaplan-Meier: one that something cut short lasted at least so
        long); None where less than half were seen to their end.
    latency_ms : Estimate or None
        Median from a needle contact that hardware stamped.
    irritability : float or None
        Exploratory, 0 to 1, not validated.
    """

    n_twitches: int
    n_passes: int | None
    twitches_per_pass: Estimate | None
    twitches_per_min: Estimate | None
    decay: Estimate | None
    is_needle: bool
    before: Stretch
    after: Stretch
    level_ratio: Estimate | None
    silence_s: Estimate | None
    latency_ms: Estimate | None
    irritability: float | None


def fit_decay(peaks_uv: Sequence[float], confidence: float = CONFIDENCE) -> Estimate | None:
    """Fit how much smaller each of the first twitches is than the one before.

    A straight line through the logarithm of the amplitude over the first three steps, level from there on, or with a
    slope of its own where there are six twitches or more, by least squares; the interval is Student's.

    Parameters
    ----------
    peaks_uv : sequence of float
        Amplitudes above 0 in order of time; NaN of a twitch whose amplitude is not known, which is a step all the same.
        Missed twitches make the fall look steeper than it is.
    confidence : float
        Coverage of the interval.

    Returns
    -------
    Estimate or None
        `n` counts the amplitudes. None with fewer than three, or where no two of the first steps can be compared.
    """
    sizes = np.asarray(peaks_uv, np.float64)
    order = np.flatnonzero(np.isfinite(sizes) & (sizes > 0.0))
    n = order.size
    if n < LEAST_FOR_DECAY:
        return None
    columns = [np.ones(n), np.minimum(order, N_STEEP)]
    if n >= LEAST_FOR_LATER:
        columns.append(np.maximum(order - N_STEEP, 0))
    basis = np.column_stack(columns)
    logs = np.log(sizes[order])
    weights, _, rank, _ = np.linalg.lstsq(basis, logs, rcond=None)
    if rank < basis.shape[1]:
        return None
    left = logs - basis @ weights
    n_free = n - basis.shape[1]
    error = math.sqrt(float(left @ left) / n_free * float(np.linalg.inv(basis.T @ basis)[1, 1]))
    reach = student_reach(n_free, confidence) * error
    slope = float(weights[1])
    return Estimate(_exp(slope), _exp(slope - reach), _exp(slope + reach), n)


def answered_passes(passes_s: Sequence[float], onsets_s: Sequence[float]) -> int:
    """Return how many passes were followed by a twitch within half a second and before the next pass."""
    onsets = sorted(onsets_s)
    ordered = sorted(passes_s)
    n = 0
    for at, pass_s in enumerate(ordered):
        stop_s = min(pass_s + ANSWER_S, ordered[at + 1] if at + 1 < len(ordered) else math.inf)
        n += any(pass_s <= onset_s < stop_s for onset_s in onsets)
    return n


def skin_stretch(levels_uv: Sequence[float]) -> Stretch:
    """Return the resting baseline over some seconds.

    Parameters
    ----------
    levels_uv : sequence of float
        Local floor at each second, in µV RMS; values that are not above 0 were not known.
    """
    known = [level for level in levels_uv if math.isfinite(level) and level > 0.0]
    return Stretch(_mean(known, FLOOR_REACH))


def needle_stretch(windows: Sequence[StillWindow]) -> Stretch:
    """Return the spontaneous activity over some seconds with the needle still."""
    windows = [window for window in windows if math.isfinite(window.activity.noise_uv)]
    if not windows:
        return Stretch(None, 0)
    by_locus: dict[int, list[float]] = {}
    for window in windows:
        by_locus.setdefault(window.locus, []).append(window.activity.noise_uv)
    of_loci = [math.fsum(levels) / len(levels) for levels in by_locus.values()]
    n_loci = len(of_loci)
    level = _mean(of_loci if n_loci > 1 else [window.activity.noise_uv for window in windows])
    n_active = sum(level_uv >= NOISE_CRITERION_UV for level_uv in of_loci)
    prevalence = Estimate(n_active / n_loci, *share_interval(n_active, n_loci), n_loci)
    return Stretch(level, n_loci, prevalence, _spike_rate(windows))


def measure_site(
    onsets_s: Sequence[float],
    peaks_uv: Sequence[float],
    duration_s: float,
    before: Stretch,
    after: Stretch,
    *,
    is_needle: bool,
    passes_s: Sequence[float] | None = None,
    latencies_ms: Sequence[float] = (),
    silences: Sequence[Silence] = (),
) -> SiteMeasures:
    """Bring together what is known of a site.

    Parameters
    ----------
    onsets_s : sequence of float
        Of the confirmed twitches, in order of time.
    peaks_uv : sequence of float
        Of each of them on one channel, NaN where it is not known.
    duration_s : float
        Length of the signal.
    before, after : Stretch
        Rest before the first and after the last twitch.
    is_needle : bool
        Whether these come from a needle.
    passes_s : sequence of float, optional
        Marked needle passes.
    latencies_ms : sequence of float
        From stamped contacts.
    silences : sequence of Silence
        After twitches.
    """
    n = len(onsets_s)
    per_pass, n_passes = None, None
    if passes_s is not None and len(passes_s):
        n_passes = len(passes_s)
        n_answered = answered_passes(passes_s, onsets_s)
        per_pass = Estimate(n_answered / n_passes, *share_interval(n_answered, n_passes), n_passes)
    per_min = None
    if duration_s > 0.0:
        low, high = (60.0 * end / duration_s for end in poisson_interval(n))
        per_min = Estimate(60.0 * n / duration_s, low, high, n)
    return SiteMeasures(
        n, n_passes, per_pass, per_min, fit_decay(peaks_uv), is_needle, before, after,
        _ratio(before.level_uv, after.level_uv), _median_silence(silences), _median(latencies_ms),
        _irritability(per_pass, before if is_needle else None),
    )  # fmt: skip


def _exp(value: float) -> float:
    return math.exp(min(value, 700.0))


def _mean(values: list[float], reach: int = 1) -> Estimate | None:
    """Return the mean of values of which only every `reach`-th is independent of the ones before."""
    if not values:
        return None
    low, high = mean_interval(values[::reach])
    mean, half = math.fsum(values) / len(values), (high - low) / 2.0
    low = math.nan if math.isnan(half) else max(0.0, mean - half)
    return Estimate(mean, low, mean + half, len(values))


def _median(values: Sequence[float]) -> Estimate | None:
    """Return the median with the interval that order statistics give; the range where there are fewer than six."""
    if not len(values):
        return None
    ordered = sorted(values)
    n = len(ordered)
    from scipy import special

    chance = special.bdtr(np.arange(n + 1), n, 0.5)
    rank = max(0, int(np.searchsorted(chance, (1.0 - CONFIDENCE) / 2.0)) - 1)
    return Estimate(float(np.median(ordered)), ordered[rank], ordered[n - 1 - rank], n)


def _median_silence(silences: Sequence[Silence]) -> Estimate | None:
    found = survival_median([one.duration_s for one in silences], [one.is_open for one in silences])
    return None if found is None else Estimate(*found, len(silences))


def _spike_rate(windows: Sequence[StillWindow]) -> Estimate | None:
    """Return spikes a second; the wider of the exact Poisson and Student's interval, as trains clump."""
    counts = [window.activity.n_spikes for window in windows if window.activity.n_spikes is not None]
    seconds = math.fsum(window.activity.duration_s for window in windows if window.activity.n_spikes is not None)
    if not counts or seconds <= 0.0:
        return None
    n = sum(counts)
    low, high = (end / seconds for end in poisson_interval(n))
    rates = [count * len(counts) / seconds for count in counts]
    wide = mean_interval(rates)
    if len(counts) > 1:
        low, high = max(0.0, min(low, wide[0])), max(high, wide[1])
    return Estimate(n / seconds, low, high, n)


def _ratio(before: Estimate | None, after: Estimate | None) -> Estimate | None:
    """Return after over before; the interval adds the relative half-widths in squares, on the logarithm."""
    if before is None or after is None or before.value <= 0.0 or after.value <= 0.0:
        return None
    value = after.value / before.value
    reach = math.hypot(*((one.high - one.low) / 2.0 / one.value for one in (before, after)))
    if not math.isfinite(reach):
        return Estimate(value, math.nan, math.nan, min(before.n, after.n))
    return Estimate(value, value * _exp(-reach), value * _exp(reach), min(before.n, after.n))


def _irritability(per_pass: Estimate | None, at_needle: Stretch | None) -> float | None:
    parts = []
    if per_pass is not None:
        parts.append((per_pass.value - ANSWER_BASE) / ANSWER_SLOPE)
    if at_needle is not None and at_needle.level_uv is not None:
        parts.append((at_needle.level_uv.value - NOISE_BASE_UV) / NOISE_SLOPE_UV)
    if at_needle is not None and at_needle.prevalence is not None:
        parts.append(at_needle.prevalence.value)
    clipped = [min(1.0, max(0.0, part)) for part in parts]
    return math.fsum(clipped) / len(clipped) if clipped else None
