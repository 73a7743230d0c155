"""Features of a burst at a needle, and their classification by the model."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp.verdict.forest import NEEDLE_WEIGHTS, load_forest

Samples = NDArray[np.float64]

FEATURES = (
    "energy", "density", "peak", "length", "length squared", "filled", "frequency", "before", "before long", "after",
    "crest", "abrupt", "before highest", "over high", "over highest", "band",
)  # fmt: skip
"""Features of the model, in the order of its weights; see `describe`."""

REASONS = {
    "energy": "stands out", "density": "dense", "peak": "large", "length": "long enough",
    "length squared": "as long as a volley", "filled": "no single spikes", "frequency": "broad potentials",
    "before": "quiet before", "before long": "quiet before", "after": "ends abruptly", "crest": "many potentials",
    "abrupt": "abrupt", "before highest": "quiet before", "over high": "larger than passes before",
    "over highest": "larger than passes before",
}  # fmt: skip
"""Words for a feature that speaks for a twitch. The band has none: it only tells which frequency is to be expected."""

MOST_REASONS = 3

WINDOW_HOPS = 6
"""Window in hops of 4 ms: the shortest volley. A single spike fills one or two of these six hops."""

END_SHARE = 0.06
"""Share of the burst's largest 12 ms power below which it has ended: a quarter of its amplitude."""

HIGH_QUANTILE, JUST_BEFORE_S = 0.97, 0.5
"""Quantile of the 24 ms powers of the last ten seconds, and how far back the powers just before the burst reach."""


@dataclass(frozen=True, slots=True)
class NeedleVerdict:
    """Verdict on a burst: whether it is a volley, its probability, and the reasons for a twitch."""

    is_twitch: bool
    probability: float
    reasons: tuple[str, ...]


def weigh_burst(features: tuple[float, ...]) -> NeedleVerdict:
    """Classify a burst as a volley or not.

    Parameters
    ----------
    features : tuple of float
        The features of `FEATURES`, in that order, as returned by `describe`.
    """
    forest = load_forest(NEEDLE_WEIGHTS)
    reached = forest.reach(np.array(features))
    probability, shares = forest.probability(reached), forest.shares(reached)
    order = [FEATURES[k] for k in np.argsort(-shares) if shares[k] > 0.0 and FEATURES[k] in REASONS]
    reasons = tuple(dict.fromkeys(REASONS[name] for name in order[:MOST_REASONS]))
    return NeedleVerdict(probability >= forest.threshold, probability, reasons)


def describe(
    powers: Samples,
    earlier: Samples,
    band_uv: Samples,
    first: int,
    last: int,
    reference: float,
    high_hz: float,
    sampling_rate_hz: float,
    hop_s: float,
) -> tuple[float, ...]:
    """Return the features of `FEATURES` for a burst.

    Parameters
    ----------
    powers : ndarray of float64, shape (n_hops,)
        Power of each hop around it, in µV²; the burst lies in [first, last], and what follows it tells most.
    earlier : ndarray of float64
        Power of each hop of the last ten seconds before it.
    band_uv : ndarray of float64, shape (n_samples,)
        The burst in the detection band.
    first, last : int
        First and last hop.
    reference : float
        24 ms power that represents the ongoing activity.
    high_hz : float
        Upper edge of the detection band.
    sampling_rate_hz, hop_s : float
        Rate of the signal, and length of a hop.
    """
    sums = np.concatenate(([0.0], np.cumsum(powers)))
    windows = (sums[WINDOW_HOPS:] - sums[:-WINDOW_HOPS]) / WINDOW_HOPS
    part = powers[first : last + 1]
    near = slice(max(0, first - WINDOW_HOPS + 1), last + 1)
    energy = max(float(np.max(windows[near], initial=0.0)), 1e-9)
    sliding = np.lib.stride_tricks.sliding_window_view(powers, WINDOW_HOPS)
    density = float(np.max(np.median(sliding[near], axis=1), initial=0.0))
    reference, tiny = max(reference, 1e-9), 1e-6 * energy
    peak_uv = float(np.max(np.abs(band_uv)))
    steps = np.diff(band_uv)
    square_sum = max(float(np.sum(band_uv * band_uv)), 1e-12)
    length_s = part.size * hop_s
    before, long_before, after = (
        powers[max(0, first - 12) : first],
        powers[max(0, first - 60) : first],
        powers[last + 1 :],
    )
    attack = float(np.mean(part[: min(part.size, 5)])) / max(float(np.max(part)), 1e-9)

    just_before, high, highest = _highest(earlier, round(JUST_BEFORE_S / hop_s), energy)

    def over(hops: Samples, typical: Callable[[Samples], np.floating] = np.median) -> float:
        return float(np.log((typical(hops) if hops.size else 0.0) / energy + 1e-4))

    return (
        float(np.log(energy / reference)),
        float(np.log((density + tiny) / reference)),
        float(np.log(max(peak_uv, 1e-3))),
        length_s,
        (length_s - 0.08) ** 2,
        float(np.mean(part > END_SHARE * np.max(part))),
        sampling_rate_hz / (2.0 * np.pi) * (float(np.sum(steps * steps)) / square_sum) ** 0.5 / 100.0,
        over(before),
        over(long_before),
        over(after, np.mean),
        float(np.log(max(peak_uv, 1e-3) ** 2 / energy)),
        attack,
        just_before,
        high,
        highest,
        high_hz / 100.0,
    )


def _highest(earlier: Samples, n_just: int, energy: float) -> tuple[float, float, float]:
    """Return a burst's energy relative to the largest 24 ms powers just before it and of the last ten seconds.

    Insertional activity of a pass is about as large as that of earlier passes, so the model needs no absolute size.
    """
    if earlier.size < 10 * WINDOW_HOPS:
        return 0.0, 0.0, 0.0
    sums = np.concatenate(([0.0], np.cumsum(earlier)))
    windows = (sums[WINDOW_HOPS:] - sums[:-WINDOW_HOPS]) / WINDOW_HOPS
    high, highest = np.quantile(windows, (HIGH_QUANTILE, 1.0))
    return (
        float(np.log(np.max(windows[-n_just:]) / energy + 1e-4)),
        float(np.log(energy / max(float(high), 1e-9))),
        float(np.log(energy / max(float(highest), 1e-9))),
    )
