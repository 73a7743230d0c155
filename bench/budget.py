"""Measure how often noise at rest crosses the detector's threshold, and how often it is confirmed as a twitch.

Run as ``python -m bench.budget`` from the project's root. Each line reports hours of simulated rest at one sampling
rate, number of channels and budget: rates per minute over all channels, and the confirmed events with the 95 % interval
of their count. ``--calibrate`` prints the table `dsp.thresholds.budget.ALONE_PER_BUDGET` that centres the kinds of
noise on `AIM`.
"""

import argparse
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from dsp import Candidate, TwitchDetector, TwitchEvent
from dsp.bursts import Group
from dsp.sites.intervals import poisson_interval
from dsp.thresholds.budget import ALONE_PER_BUDGET, at_rate
from dsp.verdict.judge import Judge
from dsp.verdict.survey import Surroundings

Samples = NDArray[np.float64]
CHUNK_S = 60.0
SETTLE_S = 60.0
"""Not counted: the thresholds still depend on the initial assumptions."""

AIM = 0.5
"""Target share of the budget: the geometric mean of a quarter and the whole. The kinds of noise lie around it."""


class Rest:
    """Seeded generator of resting noise, chunk by chunk.

    Parameters
    ----------
    seed : int
        Seed of the random generator.
    sampling_rate_hz : float
        Sampling rate.
    n_channels : int
        Number of independent channels.
    """

    def __init__(self, seed: int, sampling_rate_hz: float, n_channels: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.rate_hz = sampling_rate_hz
        self.n_channels = n_channels
        self._at = 0
        self._pole = float(np.exp(-2.0 * np.pi * 20.0 / sampling_rate_hz))
        self._state = np.zeros((1, n_channels))

    def gaussian(self, n: int) -> Samples:
        """Return white Gaussian noise of 3 µV RMS."""
        return 3.0 * self.rng.standard_normal((n, self.n_channels))

    def coloured(self, n: int) -> Samples:
        """Return noise that falls with frequency above 20 Hz, plus white amplifier noise."""
        low, self._state = signal.lfilter([1.0], [1.0, -self._pole], self.gaussian(n), axis=0, zi=self._state)
        return low + 0.3 * self.gaussian(n)

    def heavy(self, n: int) -> Samples:
        """Return Laplace noise."""
        return 2.0 * self.rng.laplace(size=(n, self.n_channels))

    def mixed(self, n: int) -> Samples:
        """Return Gaussian noise in which one of twenty samples is three times as large."""
        return self.gaussian(n) * np.where(self.rng.random((n, self.n_channels)) < 0.05, 3.0, 1.0)

    def drifting(self, n: int) -> Samples:
        """Return Gaussian noise whose level drifts by ± 6 dB with a period of one to three minutes, per channel."""
        t = (self._at + np.arange(n)[:, np.newaxis]) / self.rate_hz
        channel = np.arange(self.n_channels)
        self._at += n
        return self.gaussian(n) * 2.0 ** np.sin(2.0 * np.pi * t / (60.0 + 17.0 * (channel % 8)) + channel)

    def mains(self, n: int) -> Samples:
        """Return Gaussian noise with 30 µV of mains interference and its harmonics."""
        t = (self._at + np.arange(n)) / self.rate_hz
        self._at += n
        orders = [(h, uv) for h, uv in ((1, 30.0), (2, 3.0), (3, 8.0), (5, 3.0)) if 50.0 * h < 0.45 * self.rate_hz]
        hum = sum((uv * np.sin(2.0 * np.pi * 50.03 * h * t + h) for h, uv in orders), start=np.zeros(n))
        return self.gaussian(n) + hum[:, np.newaxis]


KINDS: dict[str, Callable[[Rest, int], Samples]] = {
    "gaussian": Rest.gaussian,
    "coloured": Rest.coloured,
    "heavy": Rest.heavy,
    "mixed": Rest.mixed,
    "drifting": Rest.drifting,
    "mains": Rest.mains,
}


@dataclass
class Counts:
    """Event counts of a number of minutes."""

    minutes: float = 0.0
    n_candidates: int = 0
    n_crossings: int = 0
    n_confirmed: int = 0


def count(kind: str, rate_hz: float, n_channels: int, budget: float, hours: float, seed: int) -> Counts:
    """Run a detector on hours of rest and return its counts."""
    detector = TwitchDetector(rate_hz, n_channels, false_alarms_per_min=budget)
    margins: list[float] = []
    judge = Judge.judge

    def listen(self: Judge, group: Group, around: Surroundings) -> TwitchEvent:
        margins.append(max(mark.margin for mark in group.ended.values()))
        return judge(self, group, around)

    rest, counts, n_before = Rest(seed, rate_hz, n_channels), Counts(), 0
    for chunk in range(1 + round(hours * 3600.0 / CHUNK_S)):
        with patch.object(Judge, "judge", listen):
            reported = detector.process(KINDS[kind](rest, round(CHUNK_S * rate_hz)))
        if chunk * CHUNK_S < SETTLE_S:
            n_before = len(margins)
            continue
        counts.minutes += CHUNK_S / 60.0
        counts.n_candidates += sum(isinstance(one, Candidate) for one in reported)
        counts.n_confirmed += sum(isinstance(one, TwitchEvent) and one.label == "twitch" for one in reported)
    counts.n_crossings = sum(margin >= 1.0 for margin in margins[n_before:])
    return counts


def line(kind: str, rate_hz: float, n_channels: int, budget: float, counts: Counts) -> str:
    minutes = counts.minutes
    low, high = poisson_interval(counts.n_confirmed)
    share = counts.n_confirmed / minutes / budget
    return (
        f"{kind:10s}{rate_hz:6g}{n_channels:4d}{budget:8g}{minutes / 60.0:7.1f}{counts.n_candidates / minutes:10.2f}"
        f"{counts.n_crossings / minutes:10.3f}{counts.n_confirmed / minutes:10.4f}{share:8.2f}"
        f"   {low / minutes / budget:.2f}–{high / minutes / budget:.2f}"
    )


def calibrate(args: argparse.Namespace) -> None:
    """Print the table that centres the highest and the lowest kind of noise on `AIM`, with the underlying counts."""
    for rate_hz in args.rates:
        of_kinds = []
        for kind in args.kinds:
            shares = []
            for n_channels, budget in itertools.product(args.channels, args.budgets):
                counts = count(kind, rate_hz, n_channels, budget, args.hours, args.seed)
                print("#" + line(kind, rate_hz, n_channels, budget, counts), flush=True)
                shares.append((counts.n_confirmed + 0.5) / counts.minutes / budget)
            of_kinds.append(float(np.mean(np.log(shares))))
        middle = float(np.exp(0.5 * (min(of_kinds) + max(of_kinds))))
        print(f"    ({rate_hz:g}, {at_rate(ALONE_PER_BUDGET, rate_hz) * AIM / middle:.2f}),", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--rates", nargs="+", type=float, default=[rate for rate, _ in ALONE_PER_BUDGET])
    parser.add_argument("--channels", nargs="+", type=int, default=[8])
    parser.add_argument("--budgets", nargs="+", type=float, default=[0.05, 2.0], help="false alarms a minute")
    parser.add_argument("--hours", type=float, default=10.0, help="of each line")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--calibrate", action="store_true", help="print the table for dsp.thresholds.budget")
    args = parser.parse_args()
    print("noise      SPS  ch  budget  hours  candid./min cross./min confirmed  share of the budget (95 %)")
    if args.calibrate:
        calibrate(args)
        return
    for kind, rate_hz, n_channels, budget in itertools.product(args.kinds, args.rates, args.channels, args.budgets):
        counts = count(kind, rate_hz, n_channels, budget, args.hours, args.seed)
        print(line(kind, rate_hz, n_channels, budget, counts), flush=True)


if __name__ == "__main__":
    main()
