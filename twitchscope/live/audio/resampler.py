"""Streaming resampler from the sampling rate of a board to that of a sound card.

`soxr` resamples too, but at one fixed ratio. Board and sound card have separate clocks, so the ratio must be
adjustable.
"""

import numpy as np
from numpy.typing import NDArray

HALF_WIDTH = 8
"""Samples on each side of a point that contribute to its value; also the delay in samples."""

N_PHASES = 256
KAISER_BETA = 8.0
"""Images of a tone at a fifth of the board's rate are 70 dB below it, as measured by a test."""


class Resampler:
    """Interpolator of a stream with a windowed sinc; the result does not depend on the chunking.

    Parameters
    ----------
    from_hz, to_hz : float
        Input and output rate in Hz; `to_hz` is at least `from_hz`.

    Raises
    ------
    ValueError
        If the rate would decrease.
    """

    def __init__(self, from_hz: float, to_hz: float) -> None:
        if not 0.0 < from_hz <= to_hz:
            raise ValueError(f"a stream is brought to a higher rate only, not from {from_hz:g} to {to_hz:g} Hz")
        self._step = from_hz / to_hz
        self._table = _kernel_table()
        self._kept = np.zeros(2 * HALF_WIDTH)
        self._at = float(HALF_WIDTH)

    def put(self, values: NDArray[np.float64], bend: float = 1.0) -> NDArray[np.float64]:
        """Add samples and return all output values that they determine.

        Parameters
        ----------
        values : ndarray of float64, shape (n_samples,)
            Samples at the input rate.
        bend : float
            Playing speed relative to the nominal one, about 1.
        """
        kept = np.concatenate([self._kept, values])
        step = self._step * bend
        end = len(kept) - HALF_WIDTH
        n_out = max(0, int(np.ceil((end - self._at) / step)))
        places = self._at + step * np.arange(n_out)
        whole = np.floor(places).astype(np.int64)
        phase = (places - whole) * N_PHASES
        row = phase.astype(np.int64)
        share = (phase - row)[:, np.newaxis]
        weights = (1.0 - share) * self._table[row] + share * self._table[row + 1]
        windows = np.lib.stride_tricks.sliding_window_view(kept, 2 * HALF_WIDTH)
        resampled: NDArray[np.float64] = np.einsum("ij,ij->i", windows[whole - HALF_WIDTH + 1], weights)
        self._at += step * n_out
        n_done = int(self._at) - HALF_WIDTH
        self._kept = kept[n_done:]
        self._at -= n_done
        return resampled


def _kernel_table() -> NDArray[np.float64]:
    """Return the weights of 2 · HALF_WIDTH samples for N_PHASES + 1 phases between two samples, both ends included."""
    phase = np.arange(N_PHASES + 1)[:, np.newaxis] / N_PHASES
    distance = np.arange(-HALF_WIDTH + 1, HALF_WIDTH + 1) - phase
    window = np.i0(KAISER_BETA * np.sqrt(np.clip(1.0 - (distance / HALF_WIDTH) ** 2, 0.0, 1.0)))
    weights: NDArray[np.float64] = np.sinc(distance) * window
    weights /= weights.sum(axis=1, keepdims=True)
    return weights
