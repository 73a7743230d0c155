"""Measure the coverage of the intervals of a site's measures: rest before and after, medians, spikes by locus.

Run as ``python -m bench.site_intervals`` from the project's root; it takes three minutes. If the logarithm of the
resting level only wanders (Ornstein-Uhlenbeck process), the true ratio after / before is 1. This is tested first on
simulated floor levels, then on the levels that the detector reports for noise.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from dsp import TwitchDetector
from dsp.needle_electrode.spontaneous import Spontaneous, StillWindow
from dsp.sites.intervals import median_interval, survival_median
from dsp.sites.measures import FLOOR_ALIKE, Rest, needle_rest, skin_rest
from twitchscope.findings.site import SETTLED_S
from twitchscope.findings.unrest import resting

Values = NDArray[np.float64]

WANDERS = ((0.0, 1.0), (0.05, 10.0), (0.10, 10.0), (0.10, 30.0), (0.20, 60.0))
"""Standard deviation of the logarithm, and time constant in s."""

LENGTHS_S = ((10, 10), (30, 30), (30, 120), (60, 120), (300, 300))
"""Seconds of rest before and after."""

GAP_S = 20
SCATTERS = {250: 0.063, 1000: 0.027}
"""SD of the logarithm of the floor levels in steady noise, by sampling rate in SPS (printed by this bench)."""


def wander(rng: np.random.Generator, n: int, size: float, pace_s: float) -> Values:
    """Return an Ornstein-Uhlenbeck process, one value per second."""
    kept = np.exp(-1.0 / pace_s)
    steps = size * rng.standard_normal(n)
    steps[1:] *= np.sqrt(1.0 - kept * kept)
    values: Values = signal.lfilter([1.0], [1.0, -kept], steps)
    return values


def floor_levels(rng: np.random.Generator, n: int, size: float, pace_s: float, scatter: float) -> Values:
    """Return floor levels in µV RMS whose neighbours are correlated (`FLOOR_ALIKE`) as those of the detector are."""
    follow = (1.0 - np.sqrt(1.0 - 4.0 * FLOOR_ALIKE**2)) / (2.0 * FLOOR_ALIKE)
    steps = rng.standard_normal(n + 1)
    scattered = scatter * (steps[1:] + follow * steps[:-1]) / np.sqrt(1.0 + follow**2)
    levels: Values = 3.0 * np.exp(scattered + wander(rng, n, size, pace_s))
    return levels


def detected_levels(seed: int, seconds: int, rate_hz: int, size: float, pace_s: float) -> Iterator[Values]:
    """Yield, for each of eight channels of wandering noise, the level that the detector reports for each second."""
    rng = np.random.default_rng(seed)
    of_second = np.arange(seconds + 1)
    at_s = np.arange(seconds * rate_hz) / rate_hz
    gains = [np.exp(np.interp(at_s, of_second, wander(rng, seconds + 1, size, pace_s))) for _ in range(8)]
    detector = TwitchDetector(rate_hz, 8)
    detector.process(3.0 * rng.standard_normal((at_s.size, 8)) * np.column_stack(gains))
    yield from detector.levels_uv[SETTLED_S:].T


def rest_of(levels: Values, n_before: int, n_after: int) -> Rest:
    """Return the rest before and after a gap of `GAP_S` seconds with twitches."""
    after = levels[n_before + GAP_S : n_before + GAP_S + n_after]
    return skin_rest(resting(levels[:n_before].tolist()), resting(after.tolist()))


def ratios_covered(rests: list[Rest]) -> tuple[float, float]:
    """Return the share of sites whose after / before interval covers 1, and the median of upper end over value."""
    ratios = [rest.level_ratio for rest in rests if rest.level_ratio is not None]
    held = [ratio.low <= 1.0 <= ratio.high for ratio in ratios]
    return float(np.mean(held)), float(np.median([ratio.high / ratio.value for ratio in ratios]))


def medians_covered(n: int, n_sites: int, seed: int) -> float:
    """Return the share of sites whose interval of a median of `n` values contains it; NaN if there is no interval."""
    rng = np.random.default_rng([seed, n])
    ends = np.array([median_interval(values) for values in np.exp(rng.standard_normal((n_sites, n))).tolist()])
    return float(np.mean((ends[:, 0] <= 1.0) & (ends[:, 1] >= 1.0))) if np.isfinite(ends).all() else float("nan")


def silences_covered(n: int, n_sites: int, seed: int) -> tuple[float, float]:
    """Return the coverage for silences of which two in five are censored, and the share of sites with an interval."""
    rng = np.random.default_rng([seed, n])
    held = []
    for _ in range(n_sites):
        true_s, moves_s = rng.exponential(1.0, n), rng.exponential(1.5, n)
        median = survival_median(np.minimum(true_s, moves_s).tolist(), (moves_s < true_s).tolist())
        if median is not None and np.isfinite(median[1]):
            held.append(median[1] <= np.log(2.0) and not median[2] < np.log(2.0))
    return (float(np.mean(held)) if held else float("nan")), len(held) / n_sites


def spikes_covered(n_loci: int, n_sites: int, seed: int) -> float:
    """Return the coverage of the spikes per second where the rate differs between loci (gamma distributed)."""
    rng = np.random.default_rng([seed, n_loci])
    held = []
    for _ in range(n_sites):
        counts = [rng.poisson(rate, 10) for rate in rng.gamma(1.0, 5.0, n_loci)]
        windows = [
            StillWindow(0, locus, Spontaneous(10.0, int(n), 1.0))
            for locus, of_locus in enumerate(counts)
            for n in of_locus
        ]
        spikes_per_s = needle_rest([windows]).before.spikes_per_s
        assert spikes_per_s is not None
        held.append(spikes_per_s.low <= 5.0 <= spikes_per_s.high)
    return float(np.mean(held))


def _print_levels(n_sites: int) -> None:
    for rate_hz, scatter in SCATTERS.items():
        for size, pace_s in WANDERS:
            parts = []
            for before, after in LENGTHS_S:
                rng = np.random.default_rng([rate_hz, before, after])
                n = before + GAP_S + after
                floors = (floor_levels(rng, n, size, pace_s, scatter) for _ in range(n_sites))
                share, reach = ratios_covered([rest_of(levels, before, after) for levels in floors])
                parts.append(f"{before}/{after} s {100.0 * share:.1f} % (to × {reach:.2f})")
            print(f"as at {rate_hz} SPS, SD {100.0 * size:.0f} %, {pace_s:.0f} s: {', '.join(parts)}", flush=True)


def _print_detector(n_seeds: int) -> None:
    n = max(sum(lengths) for lengths in LENGTHS_S) + GAP_S
    for rate_hz in SCATTERS:
        for size, pace_s in WANDERS:
            runs = range(n_seeds)
            levels = [one for seed in runs for one in detected_levels(seed, n + SETTLED_S, rate_hz, size, pace_s)]
            parts = []
            for before, after in LENGTHS_S:
                share, _ = ratios_covered([rest_of(one, before, after) for one in levels])
                parts.append(f"{before}/{after} s {100.0 * share:.1f} %")
            if not size:
                logs = [np.log(one) - np.log(one).mean() for one in levels]
                alike = np.mean([one[1:] @ one[:-1] / (one @ one) for one in logs])
                parts.append(f"scatter {100.0 * np.std(logs):.1f} %, neighbours alike by {alike:.2f}")
            print(f"detector at {rate_hz} SPS, SD {100.0 * size:.0f} %, {pace_s:.0f} s: {', '.join(parts)}", flush=True)


def main() -> None:
    for n in (6, 10, 30):
        coverage, share_with_interval = silences_covered(n, 4000, seed=1)
        print(
            f"median of {n}: covered {100.0 * medians_covered(n, 4000, seed=1):.1f} %; "
            f"of silences {100.0 * coverage:.1f} % of the {100.0 * share_with_interval:.0f} % of sites with an interval"
        )
    for n_loci in (3, 5, 10):
        print(f"spikes a second of {n_loci} loci: covered {100.0 * spikes_covered(n_loci, 2000, seed=1):.1f} %")
    _print_levels(1000)
    _print_detector(16)


if __name__ == "__main__":
    main()
