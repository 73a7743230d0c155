"""Slow twin of the chain in `dsp/compiled/_chain_lanes.h`: the same processing of each sample, in the same order."""

import math

from dsp.artifacts.mains import MAX_HARMONICS
from dsp.thresholds.kernel_design import KernelDesign

STEP_TOLERANCE = 1e-6
"""As in `dsp/compiled/_chain.h`: relative; steps of one count in µV differ by rounding."""


class SlowChain:
    """De-glitcher, band-pass, mains follower and energy of one channel."""

    def __init__(self, design: KernelDesign, full_scale_uv: float) -> None:
        self._design = design
        self._full_scale_uv = full_scale_uv
        self.must_prime = True
        self.mains_gain, self.mains_clip = 0.0, math.inf
        self.mains = [0.0] * (2 * MAX_HARMONICS)
        self._good = self._x1 = self._x2 = self._x3 = self._roughness = 0.0
        self.count, self._finest, self._n_seen, self._given = 0.0, math.inf, 0, math.nan
        self._z = [0.0] * (2 * len(design.sections))
        self._was_lost = False
        self.start_hop()

    def look_for_count(self, x: float, is_looked_for: bool) -> None:
        """Process an input sample and, if `is_looked_for`, update the smallest step seen."""
        step = abs(x - self._given)
        self._given = x
        if not is_looked_for or not 0.0 < step < self._finest * (1.0 + STEP_TOLERANCE):
            return
        self._n_seen = 1 if step < self._finest * (1.0 - STEP_TOLERANCE) else self._n_seen + 1
        if self._n_seen == 1:
            self._finest = step

    def take_count(self, is_forgotten: bool) -> None:
        """Take the smallest step as one count of the converter if it was seen often enough."""
        if is_forgotten:
            self.count, self._finest, self._n_seen = 0.0, math.inf, 0
        elif self._n_seen >= self._design.count_seen:
            self.count = self._finest
        self._given = math.nan

    def start_hop(self) -> None:
        """Reset the sums of a hop."""
        self.energy, self.n_bad, self.n_changed = 0.0, 0, 0

    def is_good(self, x: float, is_valid: bool) -> bool:
        """Return whether a sample is valid, finite and within full scale."""
        return is_valid and -self._full_scale_uv < x < self._full_scale_uv

    def prime(self, x: float) -> None:
        """Set the filters to their steady state for a constant signal."""
        self.must_prime = False
        self._x1 = self._x2 = self._x3 = x
        self._z = [0.0] * len(self._z)
        self._z[0] = self._z[1] = self._design.gain * x

    def step(self, x: float, is_valid: bool, wave: dict[int, float]) -> tuple[float, float]:
        """Process one sample; return the band-passed and the de-glitched value of the previous sample.

        `wave` holds the cosine and sine of each followed harmonic, by their place in `mains`.
        """
        is_good = self.is_good(x, is_valid)
        x0 = x if is_good else self._good
        is_bridged = not is_valid and not self._was_lost
        is_rough = self._roughness > self._design.bridge_share * self.mains_clip
        self.n_bad += is_rough if is_bridged else not is_good
        self.n_changed += x0 != self._good
        self._good = x0
        clean = self._deglitch(x0)
        self._was_lost = not is_valid
        y = self._design.gain * clean
        for k, (a1, a2) in enumerate(self._design.sections.tolist()):
            given = y
            y = given - self._z[2 * k]
            self._z[2 * k] = a1 * y + self._z[2 * k + 1]
            self._z[2 * k + 1] = a2 * y + given
        for h in list(wave)[::2]:
            y -= self.mains[h] * wave[h] + self.mains[h + 1] * wave[h + 1]
        learn = self.mains_gain * max(-self.mains_clip, min(y, self.mains_clip)) if is_good else 0.0
        for k, value in wave.items():
            self.mains[k] += learn * value
        self.energy += y * y
        return y, clean

    def relearn(
        self, band_uv: list[float], waves: dict[int, tuple[float, float]], turns: list[tuple[float, float]]
    ) -> bool:
        """Refit the mains to the last samples of the band if the fit explains enough of them; return whether it does.

        `waves` holds the current cosine and sine of each followed order, `turns` the rotation of all orders per sample.
        The samples are visited from last to first. What was learnt from later samples is subtracted from earlier ones.
        """
        learnt, sums = dict.fromkeys(waves, (0.0, 0.0)), dict.fromkeys(waves, (0.0, 0.0))
        energy = explained = 0.0
        for given in reversed(band_uv):
            y = given
            learn = self.mains_gain * max(-self.mains_clip, min(y, self.mains_clip))
            for order, (a, b) in waves.items():
                c, s = turns[order - 1]
                waves[order] = u, v = a * c + b * s, b * c - a * s
                learnt[order] = p, q = learnt[order][0] + learn * u, learnt[order][1] + learn * v
                y -= p * u + q * v
            energy += y * y
            for order, (u, v) in waves.items():
                sums[order] = sums[order][0] + y * u, sums[order][1] + y * v
        per_sum = 2.0 / len(band_uv)
        for pair in sums.values():
            for value in pair:
                explained += per_sum * value * value
        if explained < self._design.relearn_share * energy:
            return False
        for order, pair in sums.items():
            for k, value in enumerate(pair):
                self.mains[2 * order - 2 + k] += per_sum * value
        return True

    def _deglitch(self, x0: float) -> float:
        between = 0.5 * (self._x2 + x0)
        off = abs(self._x1 - between)
        apart = self._design.apart_share * off + (self._roughness + self._roughness)
        is_glitch = (
            off > self._design.glitch_ratio * self._roughness + (0.5 + self._design.glitch_counts * self.count)
            and abs(x0 - self._x2) < apart
            and abs(self._x2 - self._x3) < apart
        )
        clean = between if is_glitch or self._was_lost else self._x1
        cap = 3.0 * self._roughness + 0.1
        self._roughness += self._design.roughness_step * (min(off, cap) - self._roughness)
        self._x3, self._x2, self._x1 = self._x2, clean, x0
        return clean
