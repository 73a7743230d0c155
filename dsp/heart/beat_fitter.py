"""Fit of a heartbeat template to a burst: position, gain and sub-sample shift."""

import numpy as np

from dsp.compiled._alike import averaged_rows
from dsp.heart.likeness import Samples, project
from dsp.heart.slow_changes import LEAST_GAIN, MOST_GAIN

LEAST_LIKENESS = 0.6
"""Least cosine similarity of a beat to the template."""
LEAST_LIKENESS_ALONE = 0.8
"""The same where only one channel shows the template: on one channel, brief bursts resemble each other."""
LEAST_EXPLAINED = 0.5
"""Share of the template that must be found, sample by sample, where something larger covers the rest."""
MISFIT_NOISE, MISFIT_SHARE = 3.0, 0.35
"""Tolerated difference between a beat and the template: in RMS of the noise, and as a share of the template."""
MOST_PLACES, REFINEMENTS = 6, 3
COMPARED_AT_HZ = 1000.0
"""At higher sampling rates, means of several samples are compared: they lose nothing of a QRS complex."""

TEMPLATE_BEFORE_S, TEMPLATE_AFTER_S = 0.075, 0.085
CORE_BEFORE_S, CORE_AFTER_S = 0.045, 0.060
"""Part of the template with most of a beat's energy. Only it is compared; the whole template is subtracted."""


def _highest(values: Samples, most: int) -> list[int]:
    """Return the indices of the `most` highest peaks, highest first."""
    rises = np.diff(values, prepend=-np.inf, append=-np.inf)
    peaks = np.flatnonzero((rises[:-1] > 0.0) & (rises[1:] <= 0.0))
    highest: list[int] = peaks[np.argsort(-values[peaks], kind="stable")[:most]].tolist()
    return highest


def is_alone(pattern: Samples) -> bool:
    """Return whether at most one channel of a pattern is not zero."""
    return bool(np.count_nonzero(np.any(pattern != 0.0, axis=0)) < 2)


def least_likeness(pattern: Samples) -> float:
    """Return the least likeness from which a signal has the shape of a pattern."""
    return LEAST_LIKENESS_ALONE if is_alone(pattern) else LEAST_LIKENESS


class BeatFitter:
    """Fit of a template of all channels to the signal, both weighted by one over the noise.

    Parameters
    ----------
    sampling_rate_hz : float
        Sampling rate of the signal.

    Attributes
    ----------
    step : int
        Number of samples in each mean that is compared.
    before, length : int
        Number of rows of a template before the middle of the QRS complex, and in total.
    core, core_steps : slice
        Rows of the template that are compared, and the means of `step` samples that they correspond to.
    """

    def __init__(self, sampling_rate_hz: float) -> None:
        self.step = max(1, round(sampling_rate_hz / COMPARED_AT_HZ))
        self.before = round(TEMPLATE_BEFORE_S * sampling_rate_hz)
        self.length = self.before + round(TEMPLATE_AFTER_S * sampling_rate_hz)
        after = self.before + round(CORE_AFTER_S * sampling_rate_hz)
        self.core = slice(self.before - round(CORE_BEFORE_S * sampling_rate_hz), after)
        self.core_steps = slice(self.core.start // self.step, self.core.stop // self.step)

    def in_steps(self, rows: Samples) -> Samples:
        """Return rows as means of `step` samples."""
        if self.step == 1:
            return rows
        return averaged_rows(rows, np.ones(rows.shape[1]), 0, len(rows) // self.step, self.step)

    def find(self, part: Samples, shape: Samples) -> int | None:
        """Return the lag of the highest likeness, or None if likeness or gain there are not those of a beat."""
        gain, likeness = self._project(part, shape)
        best = int(np.argmax(likeness))
        is_beat = likeness[best] >= least_likeness(shape) and LEAST_GAIN <= gain[best] <= MOST_GAIN
        return self._refined(part, shape, best) if is_beat else None

    def _project(self, part: Samples, shape: Samples) -> tuple[Samples, Samples]:
        """Return gain and likeness of the template's core at each lag within `part`, in steps."""
        n_lags = (len(part) - self.length) // self.step + 1
        rows, core = self.in_steps(part), self.core_steps
        return project(rows[core.start : core.stop + n_lags - 1], self.in_steps(shape)[core])

    def _refined(self, part: Samples, shape: Samples, lag_steps: int) -> int:
        """Return the lag in rows with the highest likeness around a lag in steps."""
        if self.step == 1:
            return lag_steps
        first = max(0, (lag_steps - 1) * self.step)
        stop = min((lag_steps + 1) * self.step, len(part) - self.length) + self.core.stop
        return first + int(np.argmax(project(part[first + self.core.start : stop], shape[self.core])[1]))

    def find_covered(self, part: Samples, shape: Samples) -> int | None:
        """Return the lag at which more than `LEAST_EXPLAINED` of the template is found, or None.

        Samples far from the template count as covered. Candidates are the `MOST_PLACES` lags of highest likeness after
        the signal was clipped at the template's size.
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
        """Return gain and shift of a template, fitted to what is not covered; a positive shift in samples is early."""
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
