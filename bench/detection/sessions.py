"""What the sessions of `bench.detection.units` and `bench.detection.envelopes` have in common: kinds, length, truth.

The first makes muscle of firing motor units, the second of noise under envelopes. Neither shares a waveform with the
other, with `bench.detection.composer` or with the simulated patient. How long a session is and what a kind holds is an
assumption.
"""

from dataclasses import dataclass

import numpy as np

from bench.detection.draft import TrueTwitch
from bench.detection.waves import Rng, Samples

SECONDS, REST_S = 75.0, 10.0
"""Length of a session, and of the rest with which it begins."""


@dataclass(frozen=True)
class Kind:
    """What a session holds besides noise, drift and needle passes; faults are of cables, electrodes and the converter.

    At `is_slow` it is sampled 250 times a second; where it `answers`, some passes are answered by a twitch.
    """

    is_slow: bool = False
    answers: bool = True
    mains: bool = False
    heart: bool = False
    muscle: bool = False
    faults: bool = False


KINDS: dict[str, Kind] = {
    "clean": Kind(),
    "mains": Kind(mains=True),
    "heart": Kind(heart=True),
    "muscle": Kind(muscle=True),
    "all": Kind(mains=True, heart=True, muscle=True, faults=True),
    "no answer": Kind(answers=False, mains=True, heart=True, muscle=True, faults=True),
    "250 clean": Kind(is_slow=True),
    "250 all": Kind(is_slow=True, mains=True, heart=True, muscle=True, faults=True),
}
"""Their order and their names are part of what the seeds mean."""


@dataclass(frozen=True)
class Stretch:
    """Something that is no twitch."""

    start_s: float
    stop_s: float
    kind: str


@dataclass(frozen=True, eq=False)
class Session:
    """A finished session.

    Attributes
    ----------
    signal_uv : ndarray of float64, shape (n_samples, n_channels)
    rate_hz : float
        Samples a second.
    roles : tuple of str
        Per channel, ``surface`` or ``reference``.
    twitches : tuple of TrueTwitch
        Sizes are counted from 20 to 450 Hz, or to 0.9 of half the rate; `rms_uv` is NaN: it was not measured.
    confounders : tuple of Stretch
        What is no twitch and has a beginning and an end, in order of time; heartbeats are not among them.
    """

    signal_uv: Samples
    rate_hz: float
    roles: tuple[str, ...]
    twitches: tuple[TrueTwitch, ...]
    confounders: tuple[Stretch, ...]


def in_order(stretches: list[Stretch]) -> tuple[Stretch, ...]:
    """Return stretches in order of their beginning."""
    return tuple(sorted(stretches, key=lambda one: one.start_s))


def betweens(rng: Rng, low: float, high: float, shape: int | tuple[int, ...]) -> Samples:
    """Draw an array evenly on a logarithmic scale; `bench.detection.waves.between` draws a number."""
    drawn: Samples = np.exp(rng.uniform(np.log(low), np.log(high), shape))
    return drawn


def sinc3(factor: int) -> Samples:
    """Return the impulse response, before it is thinned out, of the sinc3 decimator of a delta-sigma converter."""
    box = np.ones(factor) / factor
    return np.convolve(np.convolve(box, box), box)
