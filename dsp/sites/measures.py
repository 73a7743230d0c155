"""Measures of one needled site, from its twitches and from activity at rest.

Each measure has its confidence interval, since the numbers are small. Unknown values are None.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dsp.events import ANSWER_S
from dsp.needle_electrode.spontaneous import NOISE_CRITERION_UV, Silence, StillWindow
from dsp.sites.intervals import (
    CONFIDENCE,
    median_interval,
    poisson_interval,
    relative_reach,
    share_interval,
    student_reach,
    survival_median,
)
from dsp.sites.wander import Wander

N_STEEP = 3
"""Number of steps over which the amplitude falls from twitch to twitch before it levels off: in Baraja-Vegas 2020 peak
RMS fell over the first three twitches, then stayed. A design assumption."""

LEAST_FOR_DECAY = 3
LEAST_FOR_LATER = 6
"""From this many twitches on, the later ones need not be level: they have a slope of their own."""

FLOOR_ALIKE = 0.32
"""Correlation of floor levels one second apart in steady noise, since the floor looks back over 1.5 s; two seconds
apart they are independent. It is 0.31 or 0.32 from 250 to 2000 samples a second (`python -m bench.site_intervals`)."""

ANSWER_BASE, ANSWER_SLOPE = 0.02, 0.35
NOISE_BASE_UV, NOISE_SLOPE_UV = 5.0, 20.0
"""The project's model of irritability, inverted for the exploratory score: share of answered passes and endplate noise
of a point of irritability 0, and their increase up to irritability 1. Assumptions that nobody has validated."""

Loci = dict[tuple[int, int], list[StillWindow]]
"""Seconds of each locus, by needle and locus, as each needle numbers its loci from 0."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Value, its 95 % confidence interval, and the number of observations."""

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
        Mean RMS: of endplate noise at a needle, of the local floor at the skin. `n` counts loci at a needle where there
        are at least two, seconds otherwise. Seconds that are filled with endplate spikes count in neither, as their
        noise is not known. The interval is that of the value around which the level wanders.
    n_loci : int or None
        Number of places at which a needle lay still, of all needles together; None at the skin.
    prevalence : Estimate or None
        Share of these loci with endplate noise of at least 10 µV, or filled with endplate spikes.
    spikes_per_s : Estimate or None
        Rate of endplate spikes, averaged over the loci; `n` is the number of spikes. None below 2000 samples a second.
    """

    level_uv: Estimate | None
    n_loci: int | None = None
    prevalence: Estimate | None = None
    spikes_per_s: Estimate | None = None


@dataclass(frozen=True, slots=True)
class Rest:
    """Rest before and after the twitches of a site.

    Attributes
    ----------
    before, after : Stretch
        Rest before the first twitch and after the last; all of it counts as before where there was none.
    level_ratio : Estimate or None
        Level after over level before; `n` is the smaller of their two. Where only the natural variation of rest changed
        the level, the interval includes 1 in 95 of 100 sites.
    """

    before: Stretch
    after: Stretch
    level_ratio: Estimate | None


@dataclass(frozen=True, slots=True)
class SiteMeasures:
    """Measures of a site.

    Attributes
    ----------
    n_twitches : int
        Number of confirmed twitches.
    n_passes : int or None
        Number of passes; None where they were not marked.
    twitches_per_pass : Estimate or None
        Share of the marked passes that were answered.
    twitches_per_min : Estimate or None
        Rate over the whole signal, needle in or not.
    decay : Estimate or None
        Factor by which the amplitude changes from one twitch to the next over the first three steps; None with fewer
        than three twitches.
    is_needle : bool
        Whether the levels are spontaneous electrical activity at a needle; otherwise the resting baseline at the skin.
    before, after, level_ratio
        As in `Rest`.
    silence_s : Estimate or None
        Median silence of the endplates after a twitch (Kaplan-Meier: a silence that was cut short lasted at least that
        long); None where less than half were observed to their end.
    latency_ms : Estimate or None
        Median latency from a needle contact stamped by hardware.
    irritability : float or None
        Exploratory, 0 to 1, not validated: the mean of the share of answered passes, the level of the endplate noise
        before the first twitch and the share of loci with it, as far as they are known. Each is scaled between its
        values at irritability 0 and 1 in the project's model.
    irritability_low, irritability_high : float or None
        The same from the lower and from the upper ends of their intervals.
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
    irritability_low: float | None
    irritability_high: float | None


def fit_decay(peaks_uv: Sequence[float], confidence: float = CONFIDENCE) -> Estimate | None:
    """Fit the factor by which each of the first twitches is smaller than the one before.

    The logarithm of the amplitude is fitted by least squares with a straight line over the first three steps; from
    there on it is level or, with six twitches or more, has a slope of its own. The interval is Student's.

    Parameters
    ----------
    peaks_uv : sequence of float
        Amplitudes above 0 in order of time. A twitch of unknown amplitude is NaN, and counts as a step. Missed twitches
        make the fall look steeper than it is.
    confidence : float
        Coverage of the interval.

    Returns
    -------
    Estimate or None
        `n` is the number of amplitudes. None with fewer than three, or where no two of the first steps can be compared.
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
    """Return the number of passes followed by a twitch within half a second and before the next pass."""
    onsets = sorted(onsets_s)
    ordered = sorted(passes_s)
    n = 0
    for at, pass_s in enumerate(ordered):
        stop_s = min(pass_s + ANSWER_S, ordered[at + 1] if at + 1 < len(ordered) else math.inf)
        n += any(pass_s <= onset_s < stop_s for onset_s in onsets)
    return n


def skin_rest(before_uv: Sequence[float], after_uv: Sequence[float] = ()) -> Rest:
    """Return the resting baseline before and after the twitches, from the floor at each second.

    Parameters
    ----------
    before_uv, after_uv : sequence of float
        Local floor at each second, in µV RMS; values that are not above 0 and finite are unknown, and left out.
    """
    known = [[level for level in levels if math.isfinite(level) and level > 0.0] for levels in (before_uv, after_uv)]
    wander = Wander([np.log(levels).tolist() for levels in known], FLOOR_ALIKE)
    before, after = (_level(levels, wander.reach(len(levels))) if levels else None for levels in known)
    reach = wander.reach(*map(len, known)) if all(known) else math.nan
    return Rest(Stretch(before), Stretch(after), _ratio(before, after, reach))


def needle_rest(before: Sequence[Sequence[StillWindow]], after: Sequence[Sequence[StillWindow]] = ()) -> Rest:
    """Return the spontaneous activity before and after the twitches.

    The ratio of levels at several loci is judged by the differences between loci; with a single locus, by how its level
    wanders.

    Parameters
    ----------
    before, after : sequence of sequence of StillWindow
        Still seconds of each needle; the same needles in both.
    """
    stretches = [_by_locus(needles) for needles in (before, after)]
    known = [_known_noise_uv(loci) for loci in stretches]
    of_loci = [[_mean(levels) for levels in loci.values()] for loci in known]
    at_one = [next(iter(loci.values())) if len(loci) == 1 else [] for loci in known]
    wander = Wander([np.log(levels).tolist() for levels in at_one], 0.0)
    level_before, level_after = (
        _level(seconds or levels, wander.reach(len(seconds)) if seconds else relative_reach(levels)) if levels else None
        for levels, seconds in zip(of_loci, at_one, strict=True)
    )
    reach = math.nan
    if all(of_loci):
        has_stayed = len({*known[0], *known[1]}) == 1
        reach = wander.reach(*map(len, at_one)) if has_stayed else relative_reach(*of_loci)
    return Rest(
        _needle_stretch(stretches[0], of_loci[0], level_before),
        _needle_stretch(stretches[1], of_loci[1], level_after),
        _ratio(level_before, level_after, reach),
    )


def measure_site(
    onsets_s: Sequence[float],
    peaks_uv: Sequence[float],
    duration_s: float,
    rest: Rest,
    *,
    is_needle: bool,
    passes_s: Sequence[float] | None = None,
    latencies_ms: Sequence[float] = (),
    silences: Sequence[Silence] = (),
) -> SiteMeasures:
    """Compute the measures of a site.

    Parameters
    ----------
    onsets_s : sequence of float
        Onsets of the confirmed twitches, in order of time.
    peaks_uv : sequence of float
        Peak of each of them on one channel, NaN where it is not known.
    duration_s : float
        Length of the signal.
    rest : Rest
        Rest before the first and after the last twitch.
    is_needle : bool
        Whether the rest comes from a needle.
    passes_s : sequence of float, optional
        Marked needle passes.
    latencies_ms : sequence of float
        Latencies from stamped contacts.
    silences : sequence of Silence
        Silences after twitches.
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
        n, n_passes, per_pass, per_min, fit_decay(peaks_uv), is_needle, rest.before, rest.after, rest.level_ratio,
        _median_silence(silences), _median(latencies_ms), *_irritability(per_pass, rest.before if is_needle else None),
    )  # fmt: skip


def _exp(value: float) -> float:
    return math.exp(min(value, 700.0))


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _level(levels_uv: Sequence[float], reach: float) -> Estimate:
    """Return the mean of levels; `reach` is the half-width of the interval of its logarithm."""
    mean = _mean(levels_uv)
    return Estimate(mean, mean * _exp(-reach), mean * _exp(reach), len(levels_uv))


def _ratio(before: Estimate | None, after: Estimate | None, reach: float) -> Estimate | None:
    """Return after over before; `reach` is the half-width of the interval of its logarithm."""
    if before is None or after is None:
        return None
    value = after.value / before.value
    return Estimate(value, value * _exp(-reach), value * _exp(reach), min(before.n, after.n))


def _by_locus(needles: Sequence[Sequence[StillWindow]]) -> Loci:
    """Return the seconds of each locus; a signal without any noise is none of a needle."""
    loci: Loci = {}
    for needle, windows in enumerate(needles):
        for window in windows:
            if window.activity.noise_uv != 0.0:
                loci.setdefault((needle, window.locus), []).append(window)
    return loci


def _known_noise_uv(loci: Loci) -> dict[tuple[int, int], list[float]]:
    """Return the noise in the seconds of each locus where it is known: where spikes leave enough of a second."""
    noise_uv = {key: [window.activity.noise_uv for window in windows] for key, windows in loci.items()}
    known = {key: [level_uv for level_uv in levels if math.isfinite(level_uv)] for key, levels in noise_uv.items()}
    return {key: levels for key, levels in known.items() if levels}


def _needle_stretch(loci: Loci, of_loci_uv: Sequence[float], level: Estimate | None) -> Stretch:
    """Return a stretch of rest from its loci, the noise of those where it is known, and its level.

    A locus whose noise is not known has endplate spikes nearly all the time: its RMS exceeds the criterion anyway.
    """
    n_loci = len(loci)
    if n_loci == 0:
        return Stretch(None, 0)
    n_active = n_loci - sum(level_uv < NOISE_CRITERION_UV for level_uv in of_loci_uv)
    prevalence = Estimate(n_active / n_loci, *share_interval(n_active, n_loci), n_loci)
    groups = list(loci.values()) if n_loci > 1 else [[window] for one in loci.values() for window in one]
    return Stretch(level, n_loci, prevalence, _spike_rate(groups))


def _spike_rate(groups: Sequence[Sequence[StillWindow]]) -> Estimate | None:
    """Return the rate of spikes, averaged over the loci, or over the seconds at a single locus.

    The interval is the wider of the exact Poisson interval and Student's, as places differ and spikes come in trains.
    With fewer than three of them the interval is NaN, unless there was no spike at all.
    """
    rates, n, seconds = [], 0, 0.0
    for windows in groups:
        counts = [one.activity.n_spikes for one in windows if one.activity.n_spikes is not None]
        length_s = math.fsum(one.activity.duration_s for one in windows if one.activity.n_spikes is not None)
        if length_s > 0.0:
            rates.append(sum(counts) / length_s)
            n, seconds = n + sum(counts), seconds + length_s
    if not rates:
        return None
    low, high = poisson_interval(n)
    if n == 0:
        return Estimate(0.0, 0.0, high / seconds, 0)
    rate, reach = _mean(rates), relative_reach(rates)
    if math.isnan(reach):
        return Estimate(rate, math.nan, math.nan, n)
    return Estimate(rate, rate * min(low / n, _exp(-reach)), rate * max(high / n, _exp(reach)), n)


def _median(values: Sequence[float]) -> Estimate | None:
    return Estimate(float(np.median(values)), *median_interval(values), len(values)) if len(values) else None


def _median_silence(silences: Sequence[Silence]) -> Estimate | None:
    found = survival_median([one.duration_s for one in silences], [one.is_open for one in silences])
    return None if found is None else Estimate(*found, len(silences))


def _irritability(
    per_pass: Estimate | None, at_needle: Stretch | None
) -> tuple[float, float, float] | tuple[None, None, None]:
    """Return the score, and its values at the lower and at the upper ends of the intervals of its parts."""
    scales = [(per_pass, ANSWER_BASE, ANSWER_SLOPE)]
    if at_needle is not None:
        scales += [(at_needle.level_uv, NOISE_BASE_UV, NOISE_SLOPE_UV), (at_needle.prevalence, 0.0, 1.0)]
    parts = [
        [_share((end - base) / slope, other) for end, other in ((one.value, 0.0), (one.low, 0.0), (one.high, 1.0))]
        for one, base, slope in scales
        if one is not None
    ]
    if not parts:
        return None, None, None
    value, low, high = (_mean(ends) for ends in zip(*parts, strict=True))
    return value, low, high


def _share(value: float, unknown: float) -> float:
    return unknown if math.isnan(value) else min(1.0, max(0.0, value))
