"""Common stage of all events: firing motor units, waveforms on the canvas, and the truth that records them."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from acquisition.simulated.electrodes import ElectrodePair
from acquisition.simulated.muscle.contractions import Discharge, contraction
from acquisition.simulated.muscle.motor_units import MotorUnitPool
from acquisition.simulated.signal.canvas import Canvas
from acquisition.simulated.truth import Confounder, Truth


class Stage:
    """Target of needle passes and troubles.

    Parameters
    ----------
    pools : mapping of str to MotorUnitPool
        Motor units by the name of their pool.
    pairs : sequence of ElectrodePair
        Channels.
    internal_rate_hz : float
        Rate of the analog signal.
    sampling_rate_hz : int
        Rate of the board.

    Attributes
    ----------
    canvas : Canvas
        The analog signal.
    truth : Truth
        All events planned so far, possibly beyond the samples returned.
    """

    def __init__(
        self,
        pools: Mapping[str, MotorUnitPool],
        pairs: Sequence[ElectrodePair],
        internal_rate_hz: float,
        sampling_rate_hz: int,
    ) -> None:
        self.pools = pools
        self.pairs = pairs
        self.canvas = Canvas(internal_rate_hz, len(pairs))
        self.truth = Truth()
        self._sampling_rate_hz = sampling_rate_hz
        self._output_events: list[tuple[int, int, NDArray[np.float64]]] = []

    def note(self, start_s: float, stop_s: float, kind: str) -> None:
        """Record a confounder in the truth."""
        self.truth.confounders.append(Confounder(float(start_s), float(stop_s), kind))

    def fire(self, start_s: float, pool: str, discharges: Iterable[Discharge]) -> None:
        """Add the potentials of the discharges of a pool's units."""
        potentials_uv = self.pools[pool].potentials_uv
        for time_s, unit in discharges:
            self.canvas.add(start_s + time_s, potentials_uv[unit])

    def contract(
        self,
        start_s: float,
        duration_s: float,
        ramp_s: float,
        level: float,
        pools: Sequence[str],
        rng: np.random.Generator,
    ) -> None:
        """Contract pools together, ramping up to `level` in [0, 1] and down again."""
        for pool in pools:
            self.fire(start_s, pool, contraction(self.pools[pool].n_units, duration_s, ramp_s, level, rng))

    def volley_waveform(self, pool: str, discharges: Sequence[Discharge]) -> NDArray[np.float64]:
        """Return the waveform of a volley alone, shape (n_channels, n_samples), at the internal rate."""
        potentials_uv = self.pools[pool].potentials_uv
        starts = [self.canvas.index_at(time_s) for time_s, _ in discharges]
        length = potentials_uv.shape[2]
        waveform_uv = np.zeros((len(self.pairs), max(starts) + length))
        for start, (_, unit) in zip(starts, discharges, strict=True):
            waveform_uv[:, start : start + length] += potentials_uv[unit]
        return waveform_uv

    def strike_output(self, time_s: float, values_uv: NDArray[np.float64], kind: str, rng: np.random.Generator) -> None:
        """Add consecutive values after the decimator, on a channel chosen by `rng`."""
        start = int(time_s * self._sampling_rate_hz)
        self._output_events.append((start, int(rng.integers(len(self.pairs))), values_uv))
        start_s = start / self._sampling_rate_hz
        self.note(start_s, start_s + len(values_uv) / self._sampling_rate_hz, kind)

    def add_output_events(self, signal_uv: NDArray[np.float64], first_index: int) -> None:
        """Add the events after the decimator: bit errors, and impulses shorter than its response."""
        for start, channel, values_uv in self._output_events:
            low = start - first_index
            part = values_uv[: max(0, len(signal_uv) - low)]
            signal_uv[low : low + len(part), channel] += part
        self._output_events.clear()
