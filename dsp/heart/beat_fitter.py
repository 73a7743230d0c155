"""Where in a burst a heartbeat of known shape is, how large it is, and by what part of a sample it is late."""

import numpy as np

from dsp.compiled._alike import averaged_rows
from dsp.heart.likeness import Samples, project
from dsp.heart.slow_changes import LEAST_GAIN, MOST_GAIN

LEAST_LIKENESS = 0.6
LEAST_LIKENESS_ALONE = 0.8
"""The same where a single channel tells: any brief burst resembles another there."""
LEAST_EXPLAINED = 0.5
"""Share of the template that must be found, sample by sample, where the rest is covered by something larger."""
MISFIT_NOISE, MISFIT_SHARE = 3.0, 0.35
"""What a beat of the day may differ from the template: in RMS of the noise, and as a share of the template."""
MOST_PLACES, REFINEMENTS = 6, 3
COMPARED_AT_HZ = 1000.0
"""Faster signals are compared in means of several samples: a QRS complex has nothing that they lose."""

TEMPLATE_BEFORE_S, TEMPLATE_AFTER_S = 0.075, 0.085
CORE_BEFORE_S, CORE_AFTER_S = 0.045, 0.060
"""Where most of a beat's energy is: there shapes are compared; all of the template is taken out."""


def _highest(values: Samples, most: int) -> list[int]:
    """Return the places of the highest peaks, at most so many, highest first."""
    rises = np.diff(values, prepend=-np.inf, append=-np.inf)
    peaks = np.flatnonzero((rises[:-1] > 0.0) & (rises[1:] <= 0.0))
    highest: list[int] = peaks[np.argsort(-values[peaks], kind="stable")[:most]].tolist()
    return highest


def is_alone(pattern: Samples) -> bool:
    """Tell whether a single channel shows a pattern."""
    return bool(np.count_nonzero(np.any(pattern != 0.0, axis=0)) < 2)


def least_likeness(pattern: Samples) -> float:
    """Return the likeness from which something is of a pattern's shape."""
    return LEAST_LIKENESS_ALONE if is_alone(pattern) else LEAST_LIKENESS


class BeatFitter:
    """Fits a template of all channels, both weighted by one over the noise, into rows of the signal.

    Parameters
    ----------
    sampling_rate_hz : float
        Rate of the signal.

    Attributes
    ----------
    step : int
        So many samples are compared as their mean.
    before, length : int
        Rows of a template before the middle of the QRS complex, and all of them.
    core, core_steps : slice
        Rows of it, and those means, that are compared.
    """

    def __init__(self, sampling_rate_hz: float) -> None:
        self.step = max(1, round(sampling_rate_hz / COMPARED_AT_HZ))
        self.before = round(TEMPLATE_BEFORE_S * sampling_rate_hz)
        self.length = self.before + round(TEMPLATE_AFTER_S * sampling_rate_hz)
        after = self.before + round(CORE_AFTER_S * sampling_rate_hz)
        self.core = slice(self.before - round(CORE_BEFORE_S * sampling_rate_hz), after)
        self.core_steps = slice(self.core.start // self.step, self.core.stop // self.step)

    def in_steps(self, rows: Samples) -> Samples:
        """Return rows as they are compared."""
        if self.step == 1:
            return rows
        return averaged_rows(rows, np.ones(rows.shape[1]), 0, len(rows) // self.step, self.step)

    def find(self, part: Samples, shape: Samples) -> int | None:
        """Return the most alike lag, if likeness and gain there are those of a beat."""
        gain, likeness = self._project(part, shape)
        best = int(np.argmax(likeness))
        is_beat = likeness[best] >= least_likeness(shape) and LEAST_GAIN <= gain[best] <= MOST_GAIN
        return self._refined(part, shape, best) if is_beat else None

    def _project(self, part: Samples, shape: Samples) -> tuple[Samples, Samples]:
        """Return gain and likeness of the template's core at each lag of the template within `part`, in steps."""
        n_lags = (len(part) - self.length) // self.step + 1
        rows, core = self.in_steps(part), self.core_steps
        return project(rows[core.start : core.stop + n_lags - 1], self.in_steps(shape)[core])

    def _refined(self, part: Samples, shape: Samples, lag_steps: int) -> int:
        """Return the most alike lag, in rows, around one in steps."""
        if self.step == 1:
            return lag_steps
        first = max(0, (lag_steps - 1) * self.step)
        stop = min((lag_steps + 1) * self.step, len(part) - self.length) + self.core.stop
        return first + int(np.argmax(project(part[first + self.core.start : stop], shape[self.core])[1]))

    def find_covered(self, part: Samples, shape: Samples) -> int | None:
        """Return the lag at which most of the template's samples are there, if any: what is far off counts as covered.

        Lags are those that look best once the signal is cut off above the template's size.
        """
        ceiling = np.max(np.abs(shape), axis=0) + MISFIT_NOISE
        below = np.clip(part, -ceiling, ceiling)
        likeness = self._project(below, shape)[1]
        limit = (MISFIT_NOISE + MISFIT_SHARE * np.abs(shape)) ** 2
        whole = float(np.sum(np.minimum(shape * shape, limit)))
        best, best_share = None, LEAST_EXPLAINED
        for place in _highest(likeness, MOST_PLACES):
            lag = self._refined(below, shape, place)
            window = part[lag : lag + self.length]
            left = np.minimum((window - shape) ** 2, limit)
            share = float(np.sum(np.minimum(window * window, limit) - left)) / max(whole, 1e-12)
            if share > best_share:
                best, best_share = lag, share
        return best

    def gain_and_shift(self, window: Samples, shape: Samples) -> tuple[float, float]:
        """Return the gain of a template and by what part of a sample it is early, fitted to what is not covered."""
        slope = np.gradient(shape, axis=0)
        limit = (MISFIT_NOISE + MISFIT_SHARE * np.abs(shape)) ** 2
        gain, shift = 1.0, 0.0
        for _ in range(REFINEMENTS):
            off = window - gain * shape - shift * slope
            trust = 1.0 / (1.0 + off * off / limit) ** 2
            aa, ab, bb = (float(np.sum(trust * one)) for one in (shape * shape, shape * slope, slope * slope))
            xa, xb = float(np.sum(trust * window * shape)), float(np.sum(trust * window * slope))
            size = max(aa * bb - ab * ab, 1e-12)
            gain = float(np.clip((bb * xa - ab * xb) / size, LEAST_GAIN, MOST_GAIN))
            shift = float(np.clip((xb - ab * gain) / max(bb, 1e-12), -1.5, 1.5))
        return gain, shift
