"""Detection of rests without anything as large as a beat: a heart never rests, a series of twitches does."""

import numpy as np

from dsp.compiled._kernel import Kernel
from dsp.heart.echoes import step_samples
from dsp.heart.likeness import Samples
from dsp.recent import Recent

BLOCK_S, REMEMBERED_S = 0.05, 60.0
"""Length of the blocks whose energies are kept, and for how long they are kept."""

BLOCKS_OF_BEAT = 3
"""Number of blocks that a beat may extend over, wherever it lies in the first one."""

LEAST_OF_BEAT = 0.2
"""Share of a beat's energy above the noise from which another beat may be present, whatever its shape."""

LEAST_OF_NOISE, QUIET_SHARE = 0.1, 0.25
"""Blocks below `LEAST_OF_NOISE` of the noise do not count as rest. The noise is this quantile of the energies."""


class Rests:
    """Record of the energy in the detection band, in blocks and per channel.

    Parameters
    ----------
    sampling_rate_hz : float
        Sampling rate of the signal.
    """

    def __init__(self, sampling_rate_hz: float) -> None:
        self._rate_hz = sampling_rate_hz
        self._step = step_samples(sampling_rate_hz)
        self._n_steps = max(1, round(BLOCK_S * sampling_rate_hz / self._step))
        self._block = self._step * self._n_steps
        self._n_kept = round(REMEMBERED_S * sampling_rate_hz / self._block)
        self._kept: Samples = np.zeros((0, 0))
        self._end = 0

    def follow(self, kernel: Kernel) -> None:
        """Add the signal since the last call; called once a second."""
        new = self._blocks(kernel, max(0, kernel.index - 1))
        self._kept = np.concatenate((self._kept.reshape(-1, new.shape[1]), new))[-self._n_kept :]
        self._end += len(new)

    def _blocks(self, kernel: Kernel, stop: int) -> Samples:
        """Return the energies of the whole blocks before a sample that are not stored yet."""
        n = max(0, stop // self._block - self._end)
        means = kernel.band_means(self._end * self._block, n * self._n_steps, self._step)
        energies: Samples = np.sum(np.square(means).reshape(n, self._n_steps, means.shape[1]), axis=1)
        return energies

    def find(
        self, recent: Recent, kernel: Kernel, weights: Samples, beats: list[int], since: int
    ) -> tuple[Samples, float]:
        """Return the length of each rest, in which nothing reached a beat's energy, and the time that was searched.

        Parameters
        ----------
        recent : Recent
            The signal around the burst; nothing after it counts.
        kernel : Kernel
            Kernel with the signal that it still holds.
        weights : ndarray of float64, shape (n_channels,)
            One over the noise of each channel, 0 for channels that do not count.
        beats : list of int
            Sample indices of the beats' centres. The weakest beat sets the least energy of a beat.
        since : int
            Sample index before which nothing counts.

        Returns
        -------
        tuple of ndarray of float64, shape (n_rests,), and float
            Both in seconds.
        """
        new = self._blocks(kernel, recent.start + len(recent.band_uv))
        kept = np.concatenate((self._kept.reshape(-1, new.shape[1]), new)) @ (weights * weights)
        if len(kept) < BLOCKS_OF_BEAT:
            return np.zeros(0), 0.0
        block_s = self._block / self._rate_hz
        first = self._end + len(new) - len(kept)
        energies = np.convolve(kept, np.ones(BLOCKS_OF_BEAT), "valid")
        noise = float(np.quantile(energies, QUIET_SHARE))
        rows = [min(max(0, beat // self._block - first - 1), len(energies) - 1) for beat in beats]
        least = noise + LEAST_OF_BEAT * (float(np.min(energies[rows])) - noise)
        is_rest = (energies < least) & (energies > LEAST_OF_NOISE * noise)
        is_rest = is_rest[max(0, since // self._block - first) :]
        turns = np.flatnonzero(np.diff(is_rest.astype(np.int8), prepend=0, append=0))
        rests_s: Samples = (turns[1::2] - turns[::2]).astype(np.float64) * block_s
        return rests_s, len(is_rest) * block_s
