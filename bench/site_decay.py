"""Measure the coverage of the interval of the amplitude decay over simulated sites.

Run as ``python -m bench.site_decay [N_SITES]`` from the project's root; 4000 sites take seconds. Sites differ in the
number of twitches (3 to 20), in the decay factor (0.5 to 1) and in the scatter of the amplitude. In the further kinds
the amplitude still falls by 5 % per twitch after the third, as in the simulated patient; or a tenth of the twitches is
missed; or a third is larger on another channel, so that the amplitude on this channel is unknown.
"""

import sys

import numpy as np

from dsp.sites.measures import fit_decay

KINDS = (
    "as the model has it",
    "falls on by 5 % after the third",
    "a tenth of the twitches missed",
    "a third larger on another channel",
)


def covered(kind: str, n_sites: int, seed: int) -> tuple[float, float]:
    """Return the share of sites whose interval contains the factor, and the median width of the interval."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    held, widths = [], []
    for _ in range(n_sites):
        factor, scatter, n = rng.uniform(0.5, 1.0), rng.uniform(0.05, 0.4), int(rng.integers(3, 21))
        later = 0.95 if kind == KINDS[1] else 1.0
        steps = np.arange(n)
        sizes = factor ** np.minimum(steps, 3) * later ** np.maximum(steps - 3, 0)
        sizes = 100.0 * sizes * np.exp(scatter * rng.standard_normal(n))
        if kind == KINDS[2]:
            sizes = sizes[rng.random(n) > 0.1]
        if kind == KINDS[3]:
            sizes[rng.random(n) < 1 / 3] = np.nan
        estimate = fit_decay(sizes.tolist())
        if estimate is not None:
            held.append(estimate.low <= factor <= estimate.high)
            widths.append(estimate.high - estimate.low)
    return float(np.mean(held)), float(np.median(widths))


def main() -> None:
    n_sites = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
    for kind in KINDS:
        share, width = covered(kind, n_sites, seed=1)
        print(f"{kind:<34} {n_sites} sites, covered {100.0 * share:.1f} %, median width {width:.2f}")


if __name__ == "__main__":
    main()
