"""Common parts of the sessions of `bench.detection.units` and `bench.detection.envelopes`: kinds, length, truth.

The first generator models muscle by firing motor units, the second by noise under envelopes. Neither shares a waveform
with the other, with `bench.detection.composer` or with the simulated patient. The length of a session and the content
of a kind are assumptions.
"""

from dataclasses import dataclass

import numpy as np

from bench.detection.draft import TrueTwitch
from bench.detection.waves import Rng, Samples

SECONDS, REST_S = 75.0, 10.0
"""Length of a session, and of the rest at its beginning."""


@dataclass(frozen=True)
class Kind:
    """Content of a session besides noise, drift and needle passes; faults are of cables, electrodes and the converter.

    With `is_slow` the sampling rate is 250 SPS; with `answers` some passes are answered by a twitch.
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
"""The random generators are seeded with the order and the names of the kinds: a change alters all sessions."""


@dataclass(frozen=True)
class Stretch:
    """Stretch of signal that is not a twitch."""

    start_s: float
    stop_s: float
    kind: str


@dataclass(frozen=True, eq=False)
class Session:
    """Finished session.

    Attributes
    ----------
    signal_uv : ndarray of float64, shape (n_samples, n_channels)
    rate_hz : float
        Sampling rate.
    roles : tuple of str
        ``surface`` or ``reference``, per channel.
    twitches : tuple of TrueTwitch
        Sizes are measured from 20 to 450 Hz, or to 0.9 of the Nyquist frequency; `rms_uv` is NaN (not measured).
    confounders : tuple of Stretch
        Events that are not twitches, in order of time; heartbeats are not included.
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
    """Draw an array from a log-uniform distribution; `bench.detection.waves.between` draws a single number."""
    drawn: Samples = np.exp(rng.uniform(np.log(low), np.log(high), shape))
    return drawn
