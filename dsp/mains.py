"""Find the mains in the unfiltered signal, and keep its frequency while the kernel follows its amplitude."""

import math

import numpy as np
from numpy.typing import NDArray

MAX_HARMONICS = 6
NOMINAL_HZ = (50.0, 60.0)
FOUND_RATIO = 12.0
"""Power at the line over that beside it at which the line is taken for mains."""

HOLD_TICKS = 20
"""How many seconds a harmonic is followed after it was last found."""

BESIDE_HZ = (-4.0, -3.0, 3.0, 4.0)
MAX_OFF_HZ = 0.6
PULL = 0.5
"""Share of the measured frequency error that is corrected at each tick."""


class MainsFinder:
    """Which line, how many harmonics, and at which exact frequency.

    Parameters
    ----------
    sampling_rate_hz : float
        Rate of the signal.
    high_edge_hz : float
        Harmonics above the detection band need no follower.
    tick_samples : int
        `update` is called at every multiple of this, with that many samples.
    """

    def __init__(self, sampling_rate_hz: float, high_edge_hz: float, tick_samples: int) -> None:
        self.sampling_rate_hz = sampling_rate_hz
        self.frequency_hz = 0.0
        """0 while none is found."""
        self.n_harmonics = 0
        self._tick_samples = tick_samples
        self._age = 0
        self._found_before = 0
        self._last: NDArray[np.complex128] | None = None
        self._harmonics = {
            line_hz: max(1, min(MAX_HARMONICS, int(min(1.1 * high_edge_hz, 0.48 * sampling_rate_hz) / line_hz)))
            for line_hz in NOMINAL_HZ
        }
        self._probes = {line_hz: self._make_probes(line_hz) for line_hz in NOMINAL_HZ}

    def update(self, raw_uv: NDArray[np.float64], amplitudes_uv: NDArray[np.float64], is_quiet: bool) -> bool:
        """Look at the last second; return True where the follower must be told of a change.

        Parameters
        ----------
        raw_uv : ndarray of float64, shape (tick_samples, n_channels)
            Unfiltered signal of the usable channels.
        amplitudes_uv : ndarray of float64, shape (n_channels, 2 * n_harmonics)
            What the kernel's follower has learnt.
        is_quiet : bool
            No burst in this second: bursts have energy at the mains' frequency too.
        """
        before = (self.frequency_hz, self.n_harmonics)
        self._steer(amplitudes_uv)
        if is_quiet:
            self._search(raw_uv)
        return (self.frequency_hz, self.n_harmonics) != before

    def _make_probes(self, line_hz: float) -> NDArray[np.complex128]:
        time_s = np.arange(self._tick_samples) / self.sampling_rate_hz
        window = np.hanning(self._tick_samples + 2)[1:-1]
        window /= window.sum()
        rows = []
        for harmonic in range(1, self._harmonics[line_hz] + 1):
            for off_hz in (0.0, *BESIDE_HZ):
                turn = -2j * math.pi * (harmonic * line_hz + off_hz)
                rows.append(window * np.exp(turn * time_s))
        return np.array(rows)

    def _ratios(self, raw_uv: NDArray[np.float64], line_hz: float) -> NDArray[np.float64]:
        """Largest power over channels of each harmonic over the power beside it."""
        found = np.abs(self._probes[line_hz] @ raw_uv) ** 2
        found = found.reshape(self._harmonics[line_hz], 1 + len(BESIDE_HZ), -1)
        beside = np.mean(found[:, 1:], axis=1) + 1e-6
        ratios: NDArray[np.float64] = np.max(found[:, 0] / beside, axis=-1)
        return ratios

    def _search(self, raw_uv: NDArray[np.float64]) -> None:
        self._age += 1
        if raw_uv.shape[1] == 0:
            return
        ratios = {line_hz: self._ratios(raw_uv, line_hz) for line_hz in NOMINAL_HZ}
        nominal_hz = max(NOMINAL_HZ, key=lambda line_hz: float(ratios[line_hz][0]))
        if self.frequency_hz:
            nominal_hz = min(NOMINAL_HZ, key=lambda line_hz: abs(line_hz - self.frequency_hz))
        present = np.flatnonzero(ratios[nominal_hz] > FOUND_RATIO)
        n_found = int(present[-1]) + 1 if present.size else 0
        n_found, self._found_before = min(n_found, self._found_before), n_found
        if n_found >= max(1, self.n_harmonics):
            self._age = 0
        if n_found > self.n_harmonics:
            if not self.frequency_hz:
                self.frequency_hz = nominal_hz
            self.n_harmonics = n_found
        elif self._age > HOLD_TICKS:
            self.n_harmonics = n_found
            self._age = 0
            if n_found == 0:
                self.frequency_hz = 0.0
                self._last = None

    def _steer(self, amplitudes_uv: NDArray[np.float64]) -> None:
        """Correct the frequency by how far the phase of the fundamental turned since the last tick."""
        if amplitudes_uv.shape[1] < 2 or not self.frequency_hz:
            self._last = None
            return
        now = amplitudes_uv[:, 0] - 1j * amplitudes_uv[:, 1]
        if self._last is not None and self._last.size == now.size:
            turned = complex(np.sum(now * np.conj(self._last)))
            if abs(turned) > 1e-3:
                seconds = self._tick_samples / self.sampling_rate_hz
                self.frequency_hz += PULL * math.atan2(turned.imag, turned.real) / (2.0 * math.pi * seconds)
                nominal_hz = min(NOMINAL_HZ, key=lambda line_hz: abs(line_hz - self.frequency_hz))
                low_hz, high_hz = nominal_hz - MAX_OFF_HZ, nominal_hz + MAX_OFF_HZ
                self.frequency_hz = min(max(self.frequency_hz, low_hz), high_hz)
        self._last = now
