"""What a verdict looks at: numbers of one burst, worked out on candidates only."""

from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from dsp.events import TwitchEvent
from dsp.measures import smooth_power
from dsp.pulses import PulseFitter, Pulses
from dsp.recent import Recent

Samples = NDArray[np.float64]

SLOW_S = 0.04
"""Moving mean that leaves what is slower than about 20 Hz."""

BEFORE_S = 0.3

CLEARLY_SEEN = 3.5
"""Power over floor, less 1, in 12 ms: what another channel must show before it counts as having seen the burst."""


@dataclass(frozen=True, slots=True)
class Features:
    """Numbers of one burst on its strongest channel.

    Attributes
    ----------
    duration_s : float
        Onset to offset: above the noise and above 12 % of the burst's own peak.
    pulses : Pulses
        What a single impulse, a single motor unit and two discharges of one explain of it.
    attack : float
        Power of the first 20 ms (at least 8 samples) over the largest power in as long a time.
    slow_ratio : float
        Excess deflection below 20 Hz of the unfiltered signal over the peak in the detection band.
    impulse_share : float
        Largest share of the unfiltered signal's steepness within four samples or 3 ms.
    mains_share : float
        Share of the burst's energy that mains and its harmonics explain.
    frequency_hz : float
        Mean frequency of the burst in the detection band.
    spread : float
        Share of the other channels that reach half the peak over floor of the strongest.
    n_channels : int
        Channels that could have seen it.
    before : float
        Power over floor in the 60 ms that end 10 ms before the onset, or in the 140 ms that end 110 ms before it, the
        smaller: what lasts, and no weak beginning of the burst itself.
    after : float
        Power over floor in the last 20 ms that are known.
    company : float
        Median over the other channels of their mean power over floor, less 1, from 40 ms before the onset.
    own : float
        The same of the strongest channel.
    raised : float
        Local floor over resting baseline, in power; 1 before that is learnt.
    """

    duration_s: float
    pulses: Pulses
    attack: float
    slow_ratio: float
    impulse_share: float
    mains_share: float
    frequency_hz: float
    spread: float
    n_channels: int
    before: float
    after: float
    company: float
    own: float
    raised: float


def measure(
    recent: Recent,
    event: TwitchEvent,
    first: int,
    rate_hz: float,
    mains_hz: float,
    seeing: NDArray[np.bool_],
    fitter: PulseFitter,
) -> Features:
    """Work out the features of one burst.

    Parameters
    ----------
    recent : Recent
        The signal, without the heartbeat if there was one in the burst.
    event : TwitchEvent
        Onset, offset and strongest channel.
    first : int
        Row of `recent` at which the burst's surroundings begin.
    rate_hz, mains_hz : float
        Sampling rate; mains, 0 where none was found.
    seeing : ndarray of bool, shape (n_channels,)
        Channels that could have seen the burst.
    fitter : PulseFitter
        For this rate and band.
    """
    band_uv, raw_uv, floor, start = recent.band_uv, recent.raw_uv, recent.floor, recent.start
    channel = event.channel
    onset, stop = event.onset_index - start, event.offset_index - start + 1
    burst = band_uv[onset:stop, channel]
    near = band_uv[max(0, onset - round(0.020 * rate_hz)) : stop + round(0.030 * rate_hz), channel]
    steps = np.diff(burst)
    mean_square = max(float(np.sum(burst * burst)), 1e-12)
    level = np.mean(band_uv[max(0, onset - round(0.04 * rate_hz)) :] ** 2, axis=0) / floor - 1.0
    others = seeing & (np.arange(seeing.size) != channel)
    spread, n_channels = _spread(band_uv[first:], floor, channel, seeing, rate_hz)
    low = max(0, onset - round(0.5 * rate_hz))
    raw = _without_mains(raw_uv[low:, channel], onset - low, rate_hz, mains_hz)
    return Features(
        duration_s=burst.size / rate_hz,
        pulses=fitter.fit(near, float(floor[channel])),
        attack=_attack(burst, rate_hz),
        slow_ratio=_slow_ratio(raw, onset - low, event.peak_uv, rate_hz),
        impulse_share=_impulse_share(raw[: stop - low], onset - low, rate_hz),
        mains_share=_mains_share(burst, rate_hz, mains_hz),
        frequency_hz=rate_hz / (2.0 * np.pi) * (float(np.sum(steps * steps)) / mean_square) ** 0.5,
        spread=spread,
        n_channels=n_channels,
        before=_before(band_uv[:onset, channel], rate_hz) / floor[channel],
        after=_mean_power(band_uv[-max(1, round(0.020 * rate_hz)) :, channel]) / floor[channel],
        company=median(level[others].tolist()) if np.count_nonzero(others) >= 3 else 0.0,
        own=float(level[channel]),
        raised=float(floor[channel] / recent.rest[channel]) if recent.rest[channel] > 0.0 else 1.0,
    )


def _without_mains(raw_uv: Samples, onset: int, rate_hz: float, mains_hz: float) -> Samples:
    """Fit mains in what precedes the onset and take it out of all."""
    if not mains_hz or onset < 0.1 * rate_hz:
        return raw_uv
    basis = _harmonics(raw_uv.size, mains_hz, rate_hz, 5)
    n_waves = basis.shape[1]
    if not n_waves:
        return raw_uv
    fitted = np.empty((raw_uv.size, n_waves + 2))
    fitted[:, :n_waves] = basis
    fitted[:, n_waves] = 1.0
    fitted[:, n_waves + 1] = (np.arange(raw_uv.size) - onset) / rate_hz
    weights = _least_squares(fitted[:onset], raw_uv[:onset])
    clean: Samples = raw_uv - basis @ weights[:n_waves]
    return clean


def _harmonics(n_samples: int, line_hz: float, rate_hz: float, n_orders: int) -> Samples:
    """Return cosine and sine of a line and its harmonics below half the rate, shape (n_samples, 2 * n_found)."""
    n_found = sum(line_hz * h < 0.48 * rate_hz for h in range(1, n_orders + 1))
    first = np.exp(2j * np.pi * line_hz / rate_hz * np.arange(n_samples))
    basis = np.empty((n_samples, n_found), np.complex128)
    wave = first
    for k in range(n_found):
        basis[:, k] = wave
        wave = wave * first
    return basis.view(np.float64)


def _least_squares(basis: Samples, values: Samples) -> Samples:
    """Fit by the normal equations: a few waves that are far from alike, which needs no decomposition."""
    weights: Samples = np.asarray(np.linalg.solve(basis.T @ basis, basis.T @ values), np.float64)
    return weights


def _attack(burst: Samples, rate_hz: float) -> float:
    width = min(max(8, round(0.02 * rate_hz)), burst.size)
    sums = np.concatenate(([0.0], np.cumsum(burst * burst)))
    windows = sums[width:] - sums[:-width]
    return float(windows[0] / max(float(np.max(windows)), 1e-12))


def _slow_ratio(raw_uv: Samples, onset: int, peak_uv: float, rate_hz: float) -> float:
    """Deflection of the moving mean during the burst, less what it does anyway, over the burst's peak."""
    width = max(1, round(SLOW_S * rate_hz))
    low = max(0, onset - round(BEFORE_S * rate_hz) - width)
    part = raw_uv[low:]
    if part.size <= width:
        return 0.0
    sums = np.concatenate(([0.0], np.cumsum(part - part[0])))
    slow = (sums[width:] - sums[:-width]) / width
    split = max(1, onset - low - width)
    before = slow[:split]
    level = float(np.median(before))
    during = float(np.max(np.abs(slow[split:] - level), initial=0.0))
    usual = float(np.max(np.abs(before - level)))
    return max(0.0, during - 1.2 * usual) / max(peak_uv, 1e-9)


def _impulse_share(raw_uv: Samples, onset: int, rate_hz: float) -> float:
    """Share of the steepness, less that of the noise before the onset, that lies within a few steps of 1 ms.

    An impulse comes out of a sinc3 converter two to four samples wide, a step three; a motor unit is wider, at least
    from 1 kSPS on.
    """
    each = max(1, round(rate_hz * 0.001))
    low = max(0, onset - 3 * each)
    before = _steps(raw_uv[max(0, low - round(0.1 * rate_hz)) : low], each)
    steps = _steps(raw_uv[low:], each)
    width = 4 if rate_hz > 700.0 else 3
    if steps.size < 2 * width:
        return 1.0
    noise = float(np.mean(before * before)) if before.size else 0.0
    energy = np.cumsum(np.concatenate(([0.0], steps * steps)))
    top = float(np.max(energy[width:] - energy[:-width])) - width * noise
    total = float(energy[-1]) - steps.size * noise
    is_clear = total > 3.0 * noise * (2.0 * steps.size) ** 0.5
    return min(1.0, top / total) if is_clear else 0.0


def _steps(raw_uv: Samples, each: int) -> Samples:
    n = raw_uv.size // each
    return np.diff(raw_uv[: n * each].reshape(n, each).mean(axis=1)) if n else raw_uv[:0]


def _mains_share(burst: Samples, rate_hz: float, mains_hz: float) -> float:
    if burst.size < 0.025 * rate_hz:
        return 0.0
    shares = []
    energy = max(float(np.sum(burst * burst)), 1e-12)
    for line_hz in (mains_hz,) if mains_hz else (50.0, 60.0):
        basis = _harmonics(burst.size, line_hz, rate_hz, 3)
        if not basis.shape[1] or basis.shape[1] * 4 > burst.size:
            continue
        fit = basis @ _least_squares(basis, burst)
        shares.append(float(np.sum(fit * fit)) / energy)
    return max(shares, default=0.0)


def _spread(
    band_uv: Samples, floor: Samples, channel: int, usable: NDArray[np.bool_], rate_hz: float
) -> tuple[float, int]:
    """Share of the other usable channels that reach half of what the strongest does, and the number of channels."""
    others = usable.copy()
    others[channel] = False
    n_others = int(np.count_nonzero(others))
    if n_others == 0:
        return 0.0, 1
    power = np.max(smooth_power(band_uv, round(0.012 * rate_hz)), axis=0, initial=0.0) / floor - 1.0
    reach = (power >= 0.25 * power[channel]) & (power >= CLEARLY_SEEN) & others
    return float(np.count_nonzero(reach)) / n_others, n_others + 1


def _before(band_uv: Samples, rate_hz: float) -> float:
    def power(start_s: float, stop_s: float) -> float:
        start, stop = (max(0, band_uv.size - round(seconds * rate_hz)) for seconds in (start_s, stop_s))
        return _mean_power(band_uv[start:stop])

    return min(power(0.070, 0.010), power(0.250, 0.110))


def _mean_power(band_uv: Samples) -> float:
    return float(np.mean(band_uv * band_uv)) if band_uv.size else 0.0
