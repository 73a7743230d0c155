"""Detection of rails: whether the range in a header is that of a converter, which clips the signal, or of the data.

Many exporters fit the range to the data. The smallest and the largest sample are then at its ends, and the largest
twitch would be classified as saturation. A saturated converter stays at its end for a while or returns to it again and
again, and reaches both ends in a strong burst.
"""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from acquisition.core import ADS1299_FULL_SCALE_COUNTS, ADS1299_GAINS, ads1299_microvolts_per_count
from acquisition.recording.bdf.header import SignalHeader
from acquisition.recording.bdf.records import BdfRecords

HELD_S = 0.01
"""Minimum time at an end that indicates clipping. The peak of a muscle burst is shorter, even where each sample of
200 Hz or more was repeated for a faster rate. An assumption."""

LEAST_HELD = 3
"""Minimum number of samples for the same."""

LEAST_RUN, LEAST_RUNS = 2, 3
"""Minimum length in samples, and number, of shorter runs at an end that also indicate clipping. The largest value of a
signal occurs about once, and in coarse steps as single samples in several places. An assumption."""

NEAR = 1e-3
"""Share of the range. The extremes of fitted data are at least this near to its ends, which are rounded outwards."""

FAR = 0.99
"""An end below this share of the other's magnitude is ignored, because a full scale is a single magnitude."""

SAME_COUNTS = 2
"""Maximum difference between the ends of a converter: -32768 and 32767, and rounding."""

ADS1299_UV = tuple(ads1299_microvolts_per_count(gain) * ADS1299_FULL_SCALE_COUNTS for gain in ADS1299_GAINS)
"""Full scales of an ADS1299 in µV. They are a converter's whatever the samples, also in files of other programs."""

SCALE_TOLERANCE = 1e-3
"""Relative tolerance of these full scales: other programs write them in 16 bits, or with few digits."""

NEVER = 2**31 - 1


class Rails:
    """Ends of one signal's range, and statistics of its samples there.

    Parameters
    ----------
    signal : SignalHeader
        The signal.
    microvolts_per_count : float
        Its scale.
    n_held : int
        Minimum number of consecutive samples at an end that indicates clipping.
    """

    def __init__(self, signal: SignalHeader, microvolts_per_count: float, n_held: int) -> None:
        offset = signal.offset_counts
        down, up = -(signal.digital_min + offset), signal.digital_max + offset
        larger, smaller = max(down, up), min(down, up)
        self.full_scale_counts = max(1, smaller if smaller > FAR * larger else larger)
        """Magnitude of the ends, in counts relative to the count of 0 µV."""
        self._is_symmetric = larger - smaller <= SAME_COUNTS
        full_uv = self.full_scale_counts * microvolts_per_count
        self._is_ads1299 = self._is_symmetric and any(abs(full_uv / one - 1.0) < SCALE_TOLERANCE for one in ADS1299_UV)
        near = round(NEAR * (signal.digital_max - signal.digital_min))
        self._low = -self.full_scale_counts - offset if down > FAR * larger else -NEVER
        self._high = self.full_scale_counts - offset if up > FAR * larger else NEVER
        self._near_low, self._near_high = self._low + near, self._high - near
        self._n_held = n_held
        self._n_samples = 0
        self._open, self._longest = [0, 0], [0, 0]  # current run of samples at the lower and the upper end
        self._n_runs = [0, 0]
        self._is_near = False

    def may_reach(self, least: int, greatest: int, n_samples: int) -> bool:
        """Add the extremes of the next samples, and return whether `look` needs the samples themselves."""
        self._n_samples += n_samples
        if least > self._near_low and greatest < self._near_high:
            self._open = [0, 0]
            return False
        return True

    def look(self, values: NDArray[np.int32]) -> None:
        """Add the next samples, shape (n_samples,)."""
        self._is_near |= bool(values.min() <= self._near_low or values.max() >= self._near_high)
        for end, is_there in enumerate((values <= self._low, values >= self._high)):
            self._n_runs[end] += _n_runs(is_there, self._open[end])
            longest, self._open[end] = _longest_run(is_there, self._open[end])
            self._longest[end] = max(self._longest[end], longest)

    @property
    def are_sure(self) -> bool:
        """Whether the ends are certainly a converter's, whatever samples follow."""
        has_both = self._is_symmetric and min(self._longest) > 0
        is_constant = not self._is_symmetric and max(self._longest) == self._n_samples  # invented around a value
        is_held = max(self._longest) >= self._n_held and not is_constant
        return self._is_ads1299 or has_both or is_held or max(self._n_runs) >= LEAST_RUNS

    @property
    def are_known(self) -> bool:
        """Whether the ends are probably a converter's. A one-sided range must be reached for that."""
        return self.are_sure or (self._is_symmetric and not self._is_near)

    @property
    def are_fitted(self) -> bool:
        """Whether the signal comes near the ends, but only briefly, as with a range fitted to the data."""
        return self._is_near and not self.are_sure and max(self._longest) < self._n_held


def look_for_rails(
    records: BdfRecords, scales_uv: Mapping[int, float], n_records: int, sampling_rate_hz: float
) -> dict[int, Rails]:
    """Return the rails of some signals, by signal number.

    The 16 bits of a sample, or the highest byte of its 24, show for nearly all samples that they are far from the ends.
    An hour of eight channels therefore takes a thirtieth of the time of the detection.

    Parameters
    ----------
    records : BdfRecords
        The file.
    scales_uv : mapping of int to float
        µV per count by signal number; all signals have the same rate.
    n_records : int
        Number of records to examine.
    sampling_rate_hz : float
        Sampling rate of the signals.
    """
    n_held = max(LEAST_HELD, math.ceil(HELD_S * sampling_rate_hz))
    found = {number: Rails(records.header.signals[number], uv, n_held) for number, uv in scales_uv.items()}
    for _, _, columns in records.raw_parts(list(found), n_records) if found else ():
        unsure = [(rails, raw) for rails, raw in zip(found.values(), columns, strict=True) if not rails.are_sure]
        if not unsure:
            break
        for rails, raw in unsure:
            if rails.may_reach(*_extremes(raw, records.header.sample_bytes), raw.size // records.header.sample_bytes):
                rails.look(records.decoded([raw])[:, 0])
    return found


def _extremes(raw: NDArray[np.uint8], sample_bytes: int) -> tuple[int, int]:
    """Return bounds of samples: exact for 16 bits, to the next 65536 for 24."""
    if sample_bytes == 2:
        values = raw.view("<i2")
        return int(values.min()), int(values.max())
    highest = np.ascontiguousarray(raw[2::3]).view(np.int8)  # faster in one contiguous array
    return int(highest.min()) << 16, (int(highest.max()) << 16) + 0xFFFF


def _longest_run(is_there: NDArray[np.bool_], n_before: int) -> tuple[int, int]:
    """Return the longest run of True, including the `n_before` values before, and the length of the run at the end."""
    gaps = np.flatnonzero(~is_there)
    if not gaps.size:
        return n_before + len(is_there), n_before + len(is_there)
    n_last = len(is_there) - 1 - int(gaps[-1])
    within = int(np.diff(gaps).max(initial=1)) - 1
    return max(n_before + int(gaps[0]), within, n_last), n_last


def _n_runs(is_there: NDArray[np.bool_], n_before: int) -> int:
    """Return how many runs of True reach `LEAST_RUN` values, including a run begun by the `n_before` values before."""
    there = np.concatenate((np.arange(LEAST_RUN, 0, -1) <= n_before, is_there))
    is_long = np.lib.stride_tricks.sliding_window_view(there[1:], LEAST_RUN).all(axis=1)
    return int(np.count_nonzero(is_long & ~there[:-LEAST_RUN]))
