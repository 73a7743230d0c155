"""Share of a burst that one pulse explains: a short deflection, filtered to the detection band, is fitted to it."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp.bands import design_band_pass
from dsp.compiled._pulses import best_pulse, best_step, largest_repeat, partial_correlations
from dsp.measuring.measures import energy_of

Samples = NDArray[np.float64]

IMPULSE_SAMPLES = 4
"""An analogue impulse is two to four samples wide after a sinc3 converter."""

UNIT_S = 0.013
"""Fitted length of a motor unit potential. At the skin it lasts 5 to 15 ms; little lies outside of this middle part."""

MOST_TOGETHER = 8
"""Largest number of adjacent positions of a pulse that are ruled out together."""

RESPONSE_S = 0.05
"""Length of the band-pass's impulse response."""

NEXT_S, NEXT_LATEST_S = 0.018, 0.055
"""Interval after which one unit may fire again: the F wave of a fasciculation comes after 32 ms (Kleine 2012)."""

LEAST_AGAIN, MOST_AGAIN = 0.6, 1.6
"""Range of the amplitude of a unit's second discharge over that of the first."""


@dataclass(frozen=True, slots=True)
class Pulses:
    """Share of a burst's energy that pulses explain: all of it for an impulse, what exceeds the floor for a motor unit.

    Attributes
    ----------
    impulse : float
        Share explained by an impulse of at most four samples, or a step and one sample beside it.
    unit : float
        Share explained by one deflection of at most 13 ms.
    doublet : float
        Share explained by two such deflections of the same shape; equal to `unit` where there is no second one.
    doubt : float
        Standard deviation of these shares due to the noise alone.
    """

    impulse: float
    unit: float
    doublet: float
    doubt: float


class _Deflections:
    """All pulses of `n_pulse` samples after the band-pass: sums of its impulse response at successive delays.

    Parameters
    ----------
    response : ndarray of float64, shape (n,)
        Impulse response of the band-pass.
    n_pulse : int
        Length of a pulse in samples.
    """

    def __init__(self, response: Samples, n_pulse: int) -> None:
        self.size, self.n_pulse = response.size, n_pulse
        self._response = response.copy()
        self._basis, self._inverse = _triangle(_late(response, n_pulse))
        n_more = min(MOST_TOGETHER, max(1, (self.size - n_pulse) // 2)) - 1
        self._wide = _triangle(_late(response, n_pulse + n_more))[1]
        self._tail_share = float(np.linalg.norm(self._basis[self.size - n_more :], 2)) if n_more else 0.0

    def best(self, signal_uv: Samples, first: Samples) -> tuple[float, int, Samples]:
        """Return energy, position and weights of the pulse that explains most of a signal that ends with `size` zeros.

        `first` holds the products of the signal with the response that begins at each position.
        """
        return best_pulse(signal_uv, first, self._response, self._inverse, self._wide, self._tail_share)

    def shape(self, weights: Samples) -> Samples:
        """Return the filtered pulse for these weights."""
        shape: Samples = self._basis @ weights
        return shape


def _late(response: Samples, n_late: int) -> Samples:
    """Return the response delayed by 0, 1, … samples and truncated to its length, as columns."""
    late = [np.concatenate((np.zeros(k), response[: response.size - k])) for k in range(n_late)]
    return np.array(late).T


def _triangle(columns: Samples) -> tuple[Samples, Samples]:
    """Return an orthonormal basis, and the upper triangle that turns products with columns into those with it."""
    basis, triangle = np.linalg.qr(columns)
    return basis, np.triu(np.linalg.inv(triangle))


class PulseFitter:
    """Least-squares fit of short deflections of any shape, as they look after the band-pass.

    Parameters
    ----------
    sampling_rate_hz : float
        Rate of the signal.
    band_hz : tuple of float
        Edges of the detection band.
    """

    def __init__(self, sampling_rate_hz: float, band_hz: tuple[float, float]) -> None:
        self._rate_hz = sampling_rate_hz
        n_unit, n_response = max(3, round(UNIT_S * sampling_rate_hz)), round(RESPONSE_S * sampling_rate_hz)
        response = impulse_response(sampling_rate_hz, band_hz, max(n_unit, IMPULSE_SAMPLES) + n_response)
        self._impulse = _Deflections(response[: IMPULSE_SAMPLES + n_response], IMPULSE_SAMPLES)
        self._unit = _Deflections(response[: n_unit + n_response], n_unit)
        late = np.concatenate(([0.0], response[: 2 + n_response]))
        self._ramp = np.cumsum(late)
        self._steps = _triangle(np.column_stack((response[: 3 + n_response], late, self._ramp)))[1]
        self._response = response
        ends = (2 + n_response, 3 + n_response, self._impulse.size, self._unit.size)
        self._ends = np.array(sorted(set(ends)), np.int64)
        self._rows = np.searchsorted(self._ends, ends).tolist()
        self._soon, self._late = (math.ceil(NEXT_S * sampling_rate_hz), math.floor(NEXT_LATEST_S * sampling_rate_hz))
        self._n_zeros = max(self._impulse.size, self._unit.size)

    def fit(self, band_uv: Samples, floor: float) -> Pulses:
        """Fit pulses to a burst.

        Parameters
        ----------
        band_uv : ndarray of float64, shape (n_samples,)
            The burst and some 20 ms around it, in the detection band.
        floor : float
            Power of the noise.
        """
        padded = np.zeros(band_uv.size + self._n_zeros)
        padded[: band_uv.size] = band_uv
        energy = energy_of(band_uv)
        total = max(energy - floor * band_uv.size, 1e-12)
        products = partial_correlations(padded, self._response, self._ends)
        second, first, of_impulse, of_unit = (products[row] for row in self._rows)
        impulse = self._impulse.best(padded, of_impulse)[0]
        impulse = best_step(padded, first, second, self._ramp, self._steps, impulse)
        unit, at, weights = self._unit.best(padded, of_unit)
        fitted = self._unit.shape(weights)
        gain = largest_repeat(padded, fitted, at, self._soon, self._late, LEAST_AGAIN, MOST_AGAIN)
        again = gain**2 * energy_of(fitted)
        noise = floor * self._unit.n_pulse
        return Pulses(
            impulse=impulse / max(energy, 1e-12),
            unit=(unit - noise) / total,
            doublet=(unit + again - noise) / total,
            doubt=floor * (2.0 * band_uv.size) ** 0.5 / total,
        )


def impulse_response(sampling_rate_hz: float, band_hz: tuple[float, float], n_samples: int) -> Samples:
    """Return the first samples of the band-pass's impulse response."""
    band_pass = design_band_pass(sampling_rate_hz, band_hz)
    response = np.zeros(n_samples)
    response[0] = band_pass.gain
    for a1, a2 in band_pass.sections.tolist():
        z1 = z2 = 0.0
        for n, x in enumerate(response.tolist()):
            y = x - z1
            z1 = a1 * y + z2
            z2 = a2 * y + x
            response[n] = y
    return response
