"""Template of the heartbeat: the mean of beats on all channels, which follows the beats that are recognized."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp.heart.likeness import Samples
from dsp.recent import Recent

LEARNING, MOST_NOISE = 0.2, 0.1
"""Weight of each beat in the update of the template; weight times noise energy over template energy stays below
`MOST_NOISE`."""

EDGE_S = 0.008
"""Length of both ends of a snippet between whose means a straight line is drawn."""


@dataclass(frozen=True, slots=True, eq=False)
class Beat:
    """Heartbeat found in a burst.

    Attributes
    ----------
    start : int
        Row of the recent signal at which the fitted template begins.
    part_uv, raw_uv : ndarray of float64, shape (n, n_channels)
        The fitted beat in the band-passed and in the unfiltered signal, from `start` on.
    moved_uv : ndarray of float64, shape (n, n_channels)
        Part of `part_uv` that is due to the sub-sample shift.
    evidence : str
        Reason that is reported.
    """

    start: int
    part_uv: Samples
    raw_uv: Samples
    moved_uv: Samples
    evidence: str


def levelled(raw_uv: Samples, rate_hz: float) -> Samples:
    """Return a snippet less the straight line between its ends, so that its removal makes no step."""
    way = np.linspace(0.0, 1.0, raw_uv.shape[0])[:, np.newaxis]
    edge = max(1, round(EDGE_S * rate_hz))
    level: Samples = raw_uv - (raw_uv[:edge].mean(axis=0) * (1.0 - way) + raw_uv[-edge:].mean(axis=0) * way)
    return level


class Template:
    """Mean of the beats from which the heart was learnt, and of those that were recognized since.

    Parameters
    ----------
    bands_uv, raws_uv : list of ndarray of float64, shape (length, n_channels)
        Aligned beats, band-passed and unfiltered; the unfiltered ones are levelled.
    recent : Recent
        The signal around the last of them.

    Attributes
    ----------
    band_uv, raw_uv : ndarray of float64, shape (length, n_channels)
        The template in the band-passed and in the unfiltered signal.
    """

    def __init__(self, bands_uv: list[Samples], raws_uv: list[Samples], recent: Recent) -> None:
        self.band_uv: Samples = np.mean(bands_uv, axis=0)
        self.raw_uv: Samples = np.mean(raws_uv, axis=0)
        # each channel's noise power when the template was learnt; 0: not yet
        self._taught_in: Samples = np.where(recent.weights > 0.0, recent.floor, 0.0)

    def fitted(self, start: int, gain: float, shift: float, evidence: str) -> Beat:
        """Return the beat that begins at a row, with its gain and its sub-sample shift."""
        moved = shift * np.gradient(self.band_uv, axis=0)
        raw = gain * self.raw_uv + shift * np.gradient(self.raw_uv, axis=0)
        return Beat(start, gain * self.band_uv + moved, raw, moved, evidence)

    def follow(self, recent: Recent, beat: Beat, band_uv: Samples, raw_uv: Samples, usable: NDArray[np.bool_]) -> None:
        """Update the template with a recognized beat, as it was in the signal; `raw_uv` is levelled.

        The more of the beat is noise, the slower is the update: a template of noise fits no beat. A channel is not
        updated while it is unusable, and more slowly while its noise is louder than when the template was learnt.
        """
        noise = len(self.band_uv) * np.count_nonzero(recent.weights)
        energy = float(np.sum((self.band_uv * recent.weights) ** 2))
        share = min(LEARNING, MOST_NOISE * energy / max(1.0, float(noise)))
        self._taught_in = np.where(usable & (self._taught_in == 0.0), recent.floor, self._taught_in)
        shares = share * np.where(usable, np.minimum(1.0, self._taught_in / recent.floor), 0.0)
        self._taught_in += shares * (recent.floor - self._taught_in)
        self.band_uv += shares * (band_uv - beat.moved_uv - self.band_uv)
        self.raw_uv += shares * (raw_uv - self.raw_uv)
