"""Raw EMG of one channel as sound: scaled to its resting baseline, gated, on a carrier if its band is too low."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twitchscope.live.audio.resampler import Resampler
from twitchscope.live.lanes.puller import SLOW_BASELINE_HZ, SlowBaseline

CARRIER_BELOW_HZ = 70.0
"""A band that ends below this is put on a carrier. That of the Cyton at 250 samples/s ends at 65 Hz, where a small
loudspeaker is silent."""

CARRIER_HZ = 400.0
"""Small loudspeakers reproduce 300 Hz and above (assumption, after laptop loudspeakers)."""

FULL_SCALE_RMS = 40.0
"""Multiple of the resting baseline that is full scale: 32 dB, a strong twitch."""

OPENS_AT_RMS = 4.0
"""Multiple of the resting baseline at which the gate opens; Gaussian noise exceeds it once in 16 000 samples."""

NOTCH_HZ = 3.0
N_HARMONICS = 5
"""Width of a notch (-3 dB) and number of notches: mains at the skin has odd harmonics up to about the fifth."""

HOLD_S = 0.25
RISE_S, FALL_S = 0.002, 0.06
"""Time that the gate stays open after the last excess, and durations of its opening and closing."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Consecutive samples of the channel that is played.

    Attributes
    ----------
    raw_uv : ndarray of float64, shape (n_samples,)
        Samples as sent by the board.
    bad : ndarray of bool, shape (n_samples,)
        True where a sample was lost or the channel is railed or off; silent there.
    baseline_rms_uv : float
        Resting baseline; NaN or 0 before it is known, in which case the sound is silent.
    mains_hz : float
        Frequency of the hum to remove, with its harmonics; 0 for none.
    """

    raw_uv: NDArray[np.float64]
    bad: NDArray[np.bool_]
    baseline_rms_uv: float
    mains_hz: float = 0.0


class Notches:
    """Notch filters that remove a hum and its harmonics: each has a zero on the unit circle and a pole inside it.

    Parameters
    ----------
    hum_hz, rate_hz : float
        Frequency of the hum and sampling rate.
    """

    def __init__(self, hum_hz: float, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self._radius = math.exp(-math.pi * NOTCH_HZ / rate_hz)
        self._states = [[0.0, 0.0] for k in range(N_HARMONICS) if (k + 1) * hum_hz < 0.45 * rate_hz]
        self.tune(hum_hz)

    def tune(self, hum_hz: float) -> None:
        """Follow a hum whose frequency has drifted slightly."""
        turns = [2.0 * math.pi * (k + 1) * hum_hz / self._rate_hz for k in range(len(self._states))]
        self._cosines = [2.0 * math.cos(turn) for turn in turns]

    def take_out(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the next values without the hum, shape (n_samples,)."""
        left: list[float] = values.tolist()
        radius = self._radius
        for cosine, state in zip(self._cosines, self._states, strict=True):
            first, second = state
            for k, value in enumerate(left):  # transposed direct form II
                out = value + first
                first = second - cosine * value + radius * cosine * out
                second = value - radius * radius * out
                left[k] = out
            state[:] = first, second
        return np.array(left)


class EmgVoice:
    """Converter of signal pieces to sound at `to_hz` samples/s.

    Parameters
    ----------
    from_hz, to_hz : float
        Sampling rates of the board and of the device.
    band_end_hz : float
        Upper end of the board's band (-3 dB).

    Attributes
    ----------
    is_gated : bool
        Whether the sound is silent while the signal is near its resting baseline.
    """

    def __init__(self, from_hz: float, to_hz: float, band_end_hz: float) -> None:
        self.is_gated = True
        self._resampler = Resampler(from_hz, to_hz)
        self._slow = SlowBaseline(math.exp(-2.0 * math.pi * SLOW_BASELINE_HZ / from_hz))
        self._carrier_turn = 2.0 * math.pi * CARRIER_HZ / to_hz if band_end_hz < CARRIER_BELOW_HZ else 0.0
        self._carrier_at = 0.0
        self._from_hz = from_hz
        self._notches: Notches | None = None
        self._rise, self._fall = 1.0 / max(1.0, RISE_S * from_hz), 1.0 / max(1.0, FALL_S * from_hz)
        self._n_hold = round(HOLD_S * from_hz)
        self._n_since_excess = self._n_hold + 1
        self._openness = 0.0
        self._level = 0.0

    def sound(self, piece: Piece, bend: float = 1.0) -> NDArray[np.float32]:
        """Return the sound of the next samples, float32, full scale 1."""
        trace_uv = piece.raw_uv[:, np.newaxis]
        trace_uv = self._without_hum((trace_uv - self._slow.follow(trace_uv))[:, 0], piece.mains_hz)
        baseline_uv = piece.baseline_rms_uv
        is_known = math.isfinite(baseline_uv) and baseline_uv > 0.0
        heard = ~piece.bad & is_known
        excess = np.abs(trace_uv) > (OPENS_AT_RMS * baseline_uv if is_known and self.is_gated else 0.0)
        level = 1.0 / (FULL_SCALE_RMS * baseline_uv) if is_known else self._level
        levels = np.linspace(self._level, level, len(trace_uv) + 1)[1:]
        self._level = level
        opened = self._follow_gate(excess & heard, heard)
        low = np.where(heard, trace_uv, 0.0) * levels * opened
        resampled = self._resampler.put(np.tanh(low), bend)
        return (resampled * self._carrier(len(resampled))).astype(np.float32)

    def _without_hum(self, trace_uv: NDArray[np.float64], hum_hz: float) -> NDArray[np.float64]:
        if not hum_hz:
            return trace_uv
        if self._notches is None:
            self._notches = Notches(hum_hz, self._from_hz)
        self._notches.tune(hum_hz)
        return self._notches.take_out(trace_uv)

    def _follow_gate(self, excess: NDArray[np.bool_], heard: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the opening of the gate at each sample, 0 to 1."""
        openness, n_since = self._openness, self._n_since_excess
        opened = []
        for is_over, is_heard in zip(excess.tolist(), heard.tolist(), strict=True):
            n_since = 0 if is_over else n_since + 1
            if is_heard and n_since <= self._n_hold:
                openness = min(1.0, openness + self._rise)
            else:
                openness = max(0.0, openness - self._fall)
            opened.append(openness)
        self._openness, self._n_since_excess = openness, n_since
        return np.array(opened)

    def _carrier(self, n_samples: int) -> NDArray[np.float64] | float:
        if self._carrier_turn == 0.0:
            return 1.0
        turns = self._carrier_at + self._carrier_turn * np.arange(n_samples)
        self._carrier_at = (self._carrier_at + self._carrier_turn * n_samples) % (2.0 * math.pi)
        carrier: NDArray[np.float64] = math.sqrt(2.0) * np.sin(turns)
        return carrier
