"""Slow twins of `dsp.compiled._burst`, `_channels`, `_line` and `_shape` on whole arrays: measures of a burst.

The tests compare those modules with them. Names, arguments and results are the same and are documented there.
"""

from statistics import median

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]


def smooth_power(signal_uv: Samples, n_samples: int) -> Samples:
    """Return the centred moving mean of the squares along the first axis; windows are shorter at the edges."""
    half, n = max(0, n_samples // 2), signal_uv.shape[0]
    sums = np.concatenate((np.zeros((1, *signal_uv.shape[1:])), np.cumsum(signal_uv * signal_uv, axis=0)))
    at = np.arange(n)
    low, high = np.maximum(at - half, 0), np.minimum(at + half + 1, n)
    width = (high - low).reshape(-1, *[1] * (signal_uv.ndim - 1))
    power: Samples = np.maximum((sums[high] - sums[low]) / width, 0.0)
    return power


def top_amplitude(signal_uv: Samples) -> float:
    """Return the largest absolute value of a signal, 0 if it is empty."""
    return float(np.max(np.abs(signal_uv), initial=0.0))


def change_row(power: Samples) -> int:
    """Return the row at which a power of 1 most likely changed to a larger, unknown power."""
    if power.size < 2:
        return 0
    after = np.cumsum(power[::-1])[::-1]
    length = np.arange(power.size, 0, -1, dtype=np.float64)
    gain = after - length - length * np.log(np.maximum(after / length, 1.0))
    return int(np.argmax(gain[:-1]))


def pause_end(signal_uv: Samples, n_smooth: int, n_pause: int, share: float, least: float) -> int:
    """Return the row at which the first pause, `n_pause` rows of low smoothed power, ends, or -1."""
    power = smooth_power(signal_uv, n_smooth)
    quiet = power < np.maximum(share * np.maximum.accumulate(power), least)
    runs = np.convolve(quiet, np.ones(n_pause), "valid") >= n_pause - 0.5 if quiet.size >= n_pause else quiet[:0]
    runs[:n_smooth] = False
    found = np.flatnonzero(runs)
    return int(found[0]) + n_pause if found.size else -1


def summit_rows(signal_uv: Samples, n_smooth: int, share: float) -> tuple[int, int]:
    """Return the rows [first, last) around the largest smoothed power in which it is at least `share` of that."""
    power = smooth_power(signal_uv, n_smooth)
    if not power.size:
        return 0, 0
    top = int(np.argmax(power))
    low = np.flatnonzero(power < share * power[top])
    return int(low[low < top].max(initial=-1)) + 1, int(low[low > top].min(initial=power.size))


def last_row(signal_uv: Samples, lag: int, n_samples: int, share: float, least: float) -> int:
    """Return the last row at which the smoothed power of changes over `lag` exceeds a level, or -1."""
    power = smooth_power(signal_uv[lag:] - signal_uv[:-lag], n_samples)
    above = np.flatnonzero(power > max(share * float(np.max(power, initial=0.0)), least))
    return int(above[-1]) if above.size else -1


def first_row(signal_uv: Samples, n_samples: int, level: float, share: float, most_share: float) -> int:
    """Return the first row at which the mean square of the last `n_samples` exceeds a level, 0 if none does."""
    sums = np.concatenate((np.zeros(n_samples), np.cumsum(signal_uv**2)))
    short = (sums[n_samples:] - sums[:-n_samples]) / n_samples
    top = float(np.max(short, initial=0.0))
    return int(np.argmax(short > min(max(level, share * top), most_share * top)))


def onset_sums(power: Samples, sizes: Samples, rises_s: Samples, sampling_rate_hz: float, every: int) -> Samples:
    """Return minus twice the log-likelihood of each rise time, onset and size."""
    n = power.size
    starts = np.arange(0, n, every)
    since_s = (np.arange(1 - n, n + 1) - 0.5) / sampling_rate_hz
    rises = np.array([since_s > 0.0 if rise == 0.0 else np.clip(since_s / rise, 0.0, 1.0) ** 2 for rise in rises_s])
    level = 1.0 + sizes[:, np.newaxis, np.newaxis] * rises
    inverse, logs = 1.0 / level, np.cumsum(np.log(level[:, :, n:]), axis=2)
    windows = np.lib.stride_tricks.sliding_window_view(inverse, n, axis=2)[:, :, n - starts]
    return np.ascontiguousarray(np.moveaxis(windows @ power + logs[:, :, n - 1 - starts], 0, 2))


def onset_rows(sums: Samples, penalties: Samples, weight: float) -> tuple[int, int, int]:
    """Return the onsets at the 16, 50 and 84 % quantiles of their probability."""
    likelihood = -0.5 * weight * sums - penalties[:, np.newaxis, np.newaxis]
    below = np.cumsum(np.exp(likelihood - likelihood.max()).sum(axis=(0, 2)))
    early, middle, late = (int(np.searchsorted(below, share * below[-1])) for share in (0.16, 0.5, 0.84))
    return early, middle, late


def refilter(signal_uv: Samples, sections: Samples) -> Samples:
    """Return the signal filtered by cascaded second-order sections that start at rest."""
    before = signal_uv.tolist()
    for b1, b2, a1, a2 in sections.tolist():
        after: list[float] = []
        x1 = x2 = y1 = y2 = 0.0
        for x in before:
            y = x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2
            x2, x1, y2, y1 = x1, x, y1, y
            after.append(y)
        before = after
    return np.array(before)


def top_amplitudes(signal_uv: Samples, first: int) -> Samples:
    """Return the largest absolute value of each channel from row `first` on."""
    top: Samples = np.max(np.abs(signal_uv[first:]), axis=0, initial=0.0)
    return top


def centres(signal_uv: Samples, first: int) -> Samples:
    """Return the centre of energy of each channel, in rows counted from `first`."""
    energy = signal_uv[first:] ** 2
    rows: Samples = np.arange(len(energy)) @ energy / np.maximum(energy.sum(axis=0), 1e-12)
    return rows


def company(
    signal_uv: Samples,
    floor_power: Samples,
    seeing: NDArray[np.bool_],
    channel: int,
    before: int,
    first: int,
    n_samples: int,
    least: float,
) -> tuple[float, float, float, int]:
    """Return the level of a burst on its own and on the other channels, and how many channels show it."""
    level = np.mean(signal_uv[before:] ** 2, axis=0) / floor_power - 1.0
    top = np.max(smooth_power(signal_uv[first:], n_samples), axis=0, initial=0.0) / floor_power - 1.0
    others = seeing & (np.arange(seeing.size) != channel)
    n_others = int(np.count_nonzero(others))
    reached = (top >= 0.25 * top[channel]) & (top >= least) & others
    middle = median(level[others].tolist()) if n_others >= 3 else 0.0
    return float(level[channel]), middle, np.count_nonzero(reached) / max(n_others, 1), n_others + 1


def rise(
    signal_uv: Samples,
    floor_power: Samples,
    weights: Samples,
    channel: int,
    within: tuple[int, int],
    before: tuple[int, int],
    after: tuple[int, int],
    least: float,
) -> tuple[float, float, float, float]:
    """Return the rise in power of a burst over the signal just before and after it, as log10."""
    parts = [signal_uv[max(0, first) : max(0, last)] for first, last in (within, before, after)]
    inside, *around = (
        np.maximum(np.mean(part**2, axis=0), least * floor_power) if len(part) else floor_power for part in parts
    )
    over = [inside / power for power in around]
    risen = np.minimum(*over)
    others = (weights > 0.0) & (np.arange(weights.size) != channel)
    shares = (risen[others] / risen[channel]).tolist() or [0.0]
    return _log(over[0][channel]), _log(over[1][channel]), _log(max(shares)), _log(median(shares))


def harmonics(n_samples: int, line_hz: float, sampling_rate_hz: float, most_orders: int) -> Samples:
    """Return cosines and sines of a line and its harmonics below 0.48 of the rate, shape (n_samples, 2 * n_orders)."""
    orders = [h for h in range(1, most_orders + 1) if line_hz * h < 0.48 * sampling_rate_hz]
    turns = 2.0 * np.pi * line_hz / sampling_rate_hz * np.arange(n_samples)
    waves = [wave(h * turns) for h in orders for wave in (np.cos, np.sin)]
    return np.column_stack(waves) if waves else np.empty((n_samples, 0))


def without_line(raw_uv: Samples, onset: int, sampling_rate_hz: float, line_hz: float, most_orders: int) -> Samples:
    """Return the signal minus a line and its harmonics, which are fitted before row `onset`."""
    if not line_hz or onset < 0.1 * sampling_rate_hz:
        return raw_uv.copy()
    basis = harmonics(raw_uv.size, line_hz, sampling_rate_hz, most_orders)
    ramp = (np.arange(raw_uv.size) - onset) / sampling_rate_hz
    fitted = np.column_stack((basis, np.ones(raw_uv.size), ramp))
    weights = np.linalg.lstsq(fitted[:onset], raw_uv[:onset])[0]
    clean: Samples = raw_uv - basis @ weights[: basis.shape[1]]
    return clean


def line_share(burst: Samples, sampling_rate_hz: float, line_hz: float, most_orders: int) -> float:
    """Return the fraction of a burst's energy explained by a line and its harmonics; 0 if the burst is too short."""
    basis = harmonics(burst.size, line_hz, sampling_rate_hz, most_orders)
    if not basis.shape[1] or basis.shape[1] * 4 > burst.size:
        return 0.0
    fit = basis @ np.linalg.lstsq(basis, burst)[0]
    return float(fit @ fit) / max(float(burst @ burst), 1e-12)


def slow_ratio(
    raw_uv: Samples, onset: int, peak_uv: float, sampling_rate_hz: float, slow_s: float, before_s: float
) -> float:
    """Return the deflection of the moving mean from row `onset` on, corrected for that before, relative to a peak."""
    width = max(1, round(slow_s * sampling_rate_hz))
    low = max(0, onset - round(before_s * sampling_rate_hz) - width)
    part = raw_uv[low:]
    if part.size <= width:
        return 0.0
    sums = np.concatenate(([0.0], np.cumsum(part - part[0])))
    slow = (sums[width:] - sums[:-width]) / width
    split = max(1, onset - low - width)
    level = median(slow[:split].tolist())
    during = float(np.max(np.abs(slow[split:] - level), initial=0.0))
    usual = float(np.max(np.abs(slow[:split] - level)))
    return max(0.0, during - 1.2 * usual) / max(peak_uv, 1e-9)


def steps_of(raw_uv: Samples, each: int) -> Samples:
    """Return the differences between means of `each` samples."""
    n = raw_uv.size // each
    return np.diff(raw_uv[: n * each].reshape(n, each).mean(axis=1)) if n else raw_uv[:0]


def impulse_share(raw_uv: Samples, onset: int, sampling_rate_hz: float, width: int) -> float:
    """Return the largest fraction of the steepness from 3 ms before row `onset` on within `width` steps of 1 ms."""
    each = max(1, round(sampling_rate_hz * 0.001))
    low = max(0, onset - 3 * each)
    before = steps_of(raw_uv[max(0, low - round(0.1 * sampling_rate_hz)) : low], each)
    steps = steps_of(raw_uv[low:], each)
    if steps.size < 2 * width:
        return 1.0
    noise = float(np.mean(before * before)) if before.size else 0.0
    energy = np.cumsum(np.concatenate(([0.0], steps * steps)))
    top = float(np.max(energy[width:] - energy[:-width])) - width * noise
    total = float(energy[-1]) - steps.size * noise
    is_clear = total > 3.0 * noise * (2.0 * steps.size) ** 0.5
    return min(1.0, top / total) if is_clear else 0.0


def attack(burst: Samples, n_samples: int) -> float:
    """Return the energy of the first `n_samples` over the largest energy of as many consecutive samples."""
    width = min(n_samples, burst.size)
    sums = np.concatenate(([0.0], np.cumsum(burst * burst)))
    windows = sums[width:] - sums[: sums.size - width]
    return float(windows[0] / max(float(np.max(windows)), 1e-12))


def levels(
    signal_uv: Samples, onset: int, stop: int, sampling_rate_hz: float, n_samples: int
) -> tuple[float, float, float, float]:
    """Return the attack and roughness of a burst, and the levels just before it and at the end of the signal."""
    burst = signal_uv[onset:stop]
    rows = [max(0, onset - round(seconds * sampling_rate_hz)) for seconds in (0.070, 0.010, 0.250, 0.110)]
    before = min(_mean(signal_uv[rows[0] : rows[1]]), _mean(signal_uv[rows[2] : rows[3]]))
    after = _mean(signal_uv[-max(1, round(0.020 * sampling_rate_hz)) :])
    return attack(burst, n_samples), _roughness(burst), before, after


def outline(
    signal_uv: Samples, onset: int, stop: int, floor_power: float, sampling_rate_hz: float, n_smooth: int
) -> tuple[float, ...]:
    """Return eighteen features of a burst's shape and the signal before it."""
    power = smooth_power(signal_uv[onset:], n_smooth)
    rate_hz, tail, burst = sampling_rate_hz, signal_uv[onset:], signal_uv[onset:stop]
    top = max(float(power[: max(1, stop - onset)].max(initial=0.0)), 1e-12)
    widths = [_width(power > share**2 * top) / rate_hz for share in (0.5, 0.25, 0.1)]
    within = power[: max(1, round(widths[1] * rate_hz))]
    energy = np.cumsum(burst * burst)
    total = max(float(energy[-1]), 1e-12)
    places = np.searchsorted(energy, (0.05 * total, 0.25 * total, 0.5 * total, 0.75 * total, 0.95 * total)) / rate_hz
    peak = max(float(np.max(np.abs(burst), initial=0.0)), 1e-9)
    steps = np.diff(burst)
    curves = np.diff(steps)
    turning = (steps[1:] * steps[:-1] < 0.0) & (np.abs(burst[1:-1]) > 0.3 * peak) if burst.size > 2 else steps[:0]
    half = max(1, burst.size // 2)
    early, late = _roughness(burst[:half]), _roughness(burst[half:])
    return (
        *map(_log, widths), _log(_width(power > 4.0 * floor_power) / rate_hz), float(np.mean(within > 0.0625 * top)),
        _log((int(np.argmax(power)) + 1) / rate_hz),
        float((places[2] - places[0]) / max(places[4] - places[0], 1e-4)), _log(places[3] - places[1]),
        _log(peak * peak * burst.size / total), float(np.count_nonzero(turning)),
        float((burst.max(initial=0.0) + burst.min(initial=0.0)) / peak),
        float(curves @ curves) / max(float(steps @ steps), 1e-12), _log(late / max(early, 1e-6)),
        _log(_mean(tail[-max(1, round(0.02 * rate_hz)) :]) / top),
        *_earlier(signal_uv[:onset], rate_hz, floor_power, top),
    )  # fmt: skip


def _log(value: float) -> float:
    return float(np.log10(max(value, 1e-3)))


def _width(above: NDArray[np.bool_]) -> int:
    at = np.flatnonzero(above)
    return int(at[-1] - at[0] + 1) if at.size else 0


def _roughness(part: Samples) -> float:
    steps = np.diff(part)
    return float(steps @ steps) / max(float(part @ part), 1e-12)


def _mean(part: Samples) -> float:
    return float(part @ part) / part.size if part.size else 0.0


def _earlier(before: Samples, rate_hz: float, floor_power: float, top: float) -> tuple[float, ...]:
    rows = [max(0, before.size - round(seconds * rate_hz)) for seconds in (0.010, 0.060, 0.250, 1.0)]
    levels = [_log(_mean(before[rows[k + 1] : rows[k]]) / floor_power) for k in range(3)]
    return (*levels, _log(_mean(before[rows[1] : rows[0]]) / top))


def wander(raw_uv: Samples, onset: int, stop: int, peak_uv: float, sampling_rate_hz: float) -> tuple[float, float]:
    """Return the wander of the unfiltered signal before a burst and the step across it, over its peak, as log10."""
    n = max(1, round(0.02 * sampling_rate_hz))
    means = raw_uv[max(0, onset - 15 * n) : onset]
    means = means[: means.size // n * n].reshape(-1, n).mean(axis=1)
    moved = float(np.ptp(means)) if means.size > 1 else 0.0
    before, after = raw_uv[max(0, onset - n) : max(1, onset)], raw_uv[max(0, stop - n) :][-2 * n :]
    step = abs(float(after.mean()) - float(before.mean())) if before.size and after.size else 0.0
    return _log(moved / peak_uv), _log(step / peak_uv)


def reach(products: Samples, floor_power: Samples, weights: Samples, channel: int, n_rows: int) -> tuple[float, ...]:
    """Return the extent of a burst over the channels and its similarity there."""
    seen = np.flatnonzero(weights > 0.0)
    if seen.size < 2:
        return ()
    scale = 1.0 / np.sqrt(floor_power[seen])
    matrix = products[np.ix_(seen, seen)] * scale * scale[:, np.newaxis]
    energy = np.maximum(np.diag(matrix) - n_rows, 0.0) + 1e-9
    own = int(np.flatnonzero(seen == channel)[0]) if channel in seen else int(np.argmax(energy))
    others = np.arange(seen.size) != own
    share = energy[others] / energy[own]
    norm = np.sqrt(np.maximum(np.diag(matrix), 1e-12))
    alike = (np.abs(matrix[own]) / (norm * norm[own]))[others]
    return (
        np.count_nonzero(share > 0.0625) / share.size, np.count_nonzero(share > 0.0036) / share.size,
        _log(float(share.max())), _log(median(share.tolist())),
        float(np.linalg.eigvalsh(matrix)[-1]) / max(float(np.trace(matrix)), 1e-12), median(alike.tolist()),
    )  # fmt: skip
