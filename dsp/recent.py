"""Recent part of the signal, on which a verdict is based."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Copy of some rows of `Recent.band_uv` and `Recent.raw_uv`, from row `first` on."""

    first: int
    band_uv: Samples
    raw_uv: Samples


@dataclass(frozen=True, slots=True, eq=False)
class Recent:
    """Last seconds of the signal.

    Attributes
    ----------
    start : int
        Sample index of row 0.
    band_uv, raw_uv : ndarray of float64, shape (n, n_channels)
        Signal in the detection band, and unfiltered.
    weights : ndarray of float64, shape (n_channels,)
        1 / RMS of each channel's floor; 0 for unusable channels.
    floor, rest : ndarray of float64, shape (n_channels,)
        Power of the floor, and of the resting baseline (0 where it is not learnt).
    """

    start: int
    band_uv: Samples
    raw_uv: Samples
    weights: Samples
    floor: Samples
    rest: Samples
    _columns: dict[tuple[str, int], Samples] = field(default_factory=dict, init=False, repr=False)

    def band_of(self, channel: int) -> Samples:
        """Return one channel of `band_uv` as a contiguous array, shape (n,); it is cached."""
        return self._column("band", channel, self.band_uv)

    def raw_of(self, channel: int) -> Samples:
        """Return one channel of `raw_uv` likewise."""
        return self._column("raw", channel, self.raw_uv)

    def until(self, stop: int) -> "Recent":
        """Return the rows before `stop` as views."""
        part = Recent(self.start, self.band_uv[:stop], self.raw_uv[:stop], self.weights, self.floor, self.rest)
        part._columns.update((key, column[:stop]) for key, column in self._columns.items())
        return part

    def less(self, first: int, band_uv: Samples, raw_uv: Samples) -> Rows:
        """Subtract a signal in place from row `first` on and return the original rows; parts outside are ignored."""
        if first < 0:
            first, band_uv, raw_uv = 0, band_uv[-first:], raw_uv[-first:]
        rows = slice(first, first + len(band_uv))
        before = Rows(first, self.band_uv[rows].copy(), self.raw_uv[rows].copy())
        n = len(before.band_uv)
        self.put(Rows(first, before.band_uv - band_uv[:n], before.raw_uv - raw_uv[:n]))
        return before

    def put(self, rows: Rows) -> None:
        """Overwrite rows with the given ones."""
        at = slice(rows.first, rows.first + len(rows.band_uv))
        self.band_uv[at], self.raw_uv[at] = rows.band_uv, rows.raw_uv
        self._columns.clear()

    def _column(self, name: str, channel: int, signal_uv: Samples) -> Samples:
        column = self._columns.get((name, channel))
        if column is None:
            column = self._columns[name, channel] = np.ascontiguousarray(signal_uv[:, channel])
        return column
