"""How much of a burst is one pulse: what a short deflection becomes in the detection band, fitted to it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsp.bands import design_band_pass

Samples = NDArray[np.float64]

IMPULSE_SAMPLES = 4
"""An analogue impulse comes out of a sinc3 converter two to four samples wide."""

UNIT_S = 0.013
"""A motor unit at the skin is 5 to 15 ms long; what lies outside this middle of it is little."""

RESPONSE_S = 0.05
"""The band-pass answers to an impulse for this long."""

NEXT_S, NEXT_LATEST_S = 0.018, 0.055
"""One unit may fire again after so long: the F wave of a fasciculation comes after 32 ms (Kleine 2012)."""

LEAST_AGAIN, MOST_AGAIN = 0.6, 1.6
"""Amplitude of the second discharge of one unit over the first."""


@dataclass(frozen=True, slots=True)
class Pulses:
    """What pulses explain of a burst's energy: an impulse of all of it, a unit of what is over the floor.

    Attributes
    ----------
    impulse : float
        By an impulse of at most four samples, or a step and one sample beside it.
    unit : float
        By one deflection of at most 13 ms.
    doublet : float
        By two such deflections of the same shape; equal to `unit` where there is no second one.
    doubt : float
        Standard deviation of these shares from the noise alone.
    """

    impulse: float
    unit: float
    doublet: float
    doubt: float


class PulseFitter:
    """Fits short deflections of any shape, as the band-pass leaves them, by least squares.

    Parameters
    ----------
    sampling_rate_hz : float
        Rate of the signal.
    band_hz : tuple of float
        Detection band.
    """

    def __init__(self, sampling_rate_hz: float, band_hz: tuple[float, float]) -> None:
        self._rate_hz = sampling_rate_hz
        self._n_response = round(RESPONSE_S * sampling_rate_hz)
        self._impulse = self._basis(band_hz, IMPULSE_SAMPLES)
        self._step = self._step_basis(band_hz)
        self._unit = self._basis(band_hz, max(3, round(UNIT_S * sampling_rate_hz)))

    def fit(self, band_uv: Samples, floor: float) -> Pulses:
        """Fit pulses to a burst.

        Parameters
        ----------
        band_uv : ndarray of float64, shape (n_samples,)
            Burst and some 20 ms around it, in the detection band.
        floor : float
            Power of the noise.
        """
        n_padded = self._unit.shape[0]
        padded = np.concatenate((band_uv, np.zeros(n_padded)))
        energy = float(band_uv @ band_uv)
        total = max(energy - floor * band_uv.size, 1e-12)
        impulse = max(_best(padded, self._impulse)[0], _best(padded, self._step)[0])
        unit, at, fitted = _best(padded, self._unit)
        noise = floor * self._unit.shape[1]
        again = self._again(padded, at, fitted)
        return Pulses(
            impulse=impulse / max(energy, 1e-12),
            unit=(unit - noise) / total,
            doublet=(unit + again - noise) / total,
            doubt=floor * (2.0 * band_uv.size) ** 0.5 / total,
        )

    def _again(self, padded: Samples, at: int, fitted: Samples) -> float:
        """Return the energy that the same shape explains once more, soon before or after."""
        own = float(fitted @ fitted)
        left = padded.copy()
        left[at : at + fitted.size] -= fitted
        gain = np.correlate(left, fitted, "valid") / max(own, 1e-12)
        apart = np.abs(np.arange(gain.size) - at) / self._rate_hz
        may_be = (apart >= NEXT_S) & (apart <= NEXT_LATEST_S) & (gain >= LEAST_AGAIN) & (gain <= MOST_AGAIN)
        return own * float(np.max(np.where(may_be, gain, 0.0))) ** 2

    def _basis(self, band_hz: tuple[float, float], n_pulse: int) -> Samples:
        """Return an orthonormal basis, (n, n_pulse), of all pulses of so many samples after the band-pass."""
        response = impulse_response(self._rate_hz, band_hz, n_pulse + self._n_response)
        shifted = [np.concatenate((np.zeros(k), response[: response.size - k])) for k in range(n_pulse)]
        basis: Samples = np.linalg.qr(np.array(shifted).T)[0]
        return basis

    def _step_basis(self, band_hz: tuple[float, float]) -> Samples:
        """Return the same of a step over up to three samples."""
        response = impulse_response(self._rate_hz, band_hz, 3 + self._n_response)
        late = [np.concatenate((np.zeros(k), response[: response.size - k])) for k in range(2)]
        basis: Samples = np.linalg.qr(np.array([*late, np.cumsum(late[1])]).T)[0]
        return basis


def impulse_response(sampling_rate_hz: float, band_hz: tuple[float, float], n_samples: int) -> Samples:
    """Return the first samples of the band-pass's answer to a single 1."""
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


def _best(padded: Samples, basis: Samples) -> tuple[float, int, Samples]:
    """Return energy, place and shape of the pulse that explains most."""
    n_windows = padded.size - basis.shape[0] + 1
    windows = np.lib.stride_tricks.as_strided(padded, (n_windows, basis.shape[0]), padded.strides * 2, writeable=False)
    weights = np.ascontiguousarray(windows) @ basis  # rows that overlap would be multiplied without BLAS
    energy = np.einsum("ij,ij->i", weights, weights)
    at = int(np.argmax(energy))
    return float(energy[at]), at, basis @ weights[at]
