"""Slow twin of `dsp.compiled._kernel`: the same arithmetic, one channel and one sample at a time, in plain Python.

The tests compare the kernel with it bit for bit. Read it first. Its chain is `dsp.slow_twins.chain`.
"""

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from dsp.artifacts.mains import MAX_HARMONICS
from dsp.bursts import KIND_CUT, KIND_END, KIND_START, Mark
from dsp.slow_twins.chain import SlowChain
from dsp.thresholds.kernel_design import FLOOR_SLOTS, LONG_HOPS, SHORT_HOPS, SLOT_HOPS, KernelDesign
from dsp.thresholds.tail import extrapolate_tail

IDLE, ACTIVE, TAIL = "idle", "active", "tail"


class SlowTracker:
    """Floor, tail, thresholds, resting baseline and burst of one channel, updated once a hop."""

    def __init__(self, design: KernelDesign, chain: SlowChain) -> None:
        self._design, self._chain = design, chain
        self.rest = self.least = 0.0
        self.rest_is_sure = False
        self.phase = IDLE
        self._guard = self._bad_run = self._flat_run = 0
        self._n_hops = self._started = self._last_above = 0
        self._ring, self._ring_at, self._n_filled = [0.0] * LONG_HOPS, 0, 0
        self._peak, self._level, self._tail_low = [0.0, 0.0], [1.0, 1.0], 0.0
        self.learns_mains, self.relearnt = False, 0
        self.most_growth = math.inf
        self.forget()

    def forget(self) -> None:
        """Reset floor and tail to their initial state."""
        design = self._design
        self._set_local(0.0)
        self._window, self._slot, self._ready_run = list[float](), list[float](), 0
        self._rest_powers = list[float]()
        self._n_blocks = design.prior_blocks
        self._n_block_hops, self._is_block_quiet, self._was_block_quiet = 0, False, False
        self._n_stale = 0
        self.rate = list(design.prior_rate)
        self.excess = [rate * mean for rate, mean in zip(design.prior_rate, design.prior_excess, strict=True)]
        self.square = [
            excess * mean * square
            for excess, mean, square in zip(self.excess, design.prior_excess, design.prior_square, strict=True)
        ]
        self._block_peak, self._last_peak = [0.0, 0.0], [0.0, 0.0]
        self._set_thresholds()

    def hop(self, index: int, channel: int, is_quiet: bool) -> list[Mark]:
        """Process the hop that ended with sample `index`."""
        design, chain = self._design, self._chain
        power = chain.energy * (1.0 / design.hop_samples)
        self._flat_run = 0 if chain.n_changed else self._flat_run + 1
        is_bad = chain.n_bad > 0 or chain.must_prime
        chain.start_hop()
        self._n_hops += 1
        if is_bad or self._flat_run >= design.flat_hops:
            return self._unusable(index, channel)
        self._bad_run = 0
        if self._guard > 0:
            self._guard -= 1
            return []
        self._ready_run += 1
        self._ring[self._ring_at] = power
        self._ring_at = (self._ring_at + 1) % LONG_HOPS
        self.learns_mains = True
        has_fallen = self.phase == TAIL and self._tail_low < design.knee[0]
        if self.phase == IDLE or self._n_hops - self._started > design.thaw_hops or has_fallen:
            self._push_floor(power)
        if self._n_filled < LONG_HOPS:
            self._n_filled += 1
            return []
        if self._ready_run < design.ready_hops or len(self._window) < FLOOR_SLOTS:
            return []
        newest = [self._ring[self._ring_at - 1 - k] for k in range(SHORT_HOPS)]
        z = [_sum(newest) * self._scale[0], _sum_of_pairs(self._ring) * self._scale[1]]
        marks = self._burst(index, channel, z)
        self._tail(z, is_quiet)
        if self.phase == IDLE:
            self._learn_rest(power)
        return marks

    def _unusable(self, index: int, channel: int) -> list[Mark]:
        marks = [self._mark(KIND_CUT, index, channel)] if self.phase == ACTIVE else []
        self.phase = IDLE
        self._guard = self._design.guard_hops
        self._n_filled = 0
        self._chain.must_prime = True
        self._is_block_quiet = False
        self._slot, self._rest_powers = [], []
        self._bad_run += 1
        self.learns_mains = False
        if self._bad_run == self._design.forget_hops:
            self.forget()
        return marks

    def _push_floor(self, power: float) -> None:
        self._slot.append(power)
        if len(self._slot) < SLOT_HOPS:
            return
        self._window = [*self._window, _sum(self._slot) / SLOT_HOPS][-FLOOR_SLOTS:]
        self._slot = []
        rank = self._design.floor_rank * len(self._window) // FLOOR_SLOTS
        self._set_local(max(sorted(self._window)[rank] * self._design.floor_gain, self.least))

    def _set_local(self, power: float) -> None:
        self.local = power
        self._floor = max(self.local, self.resting, self._design.least_power)
        self._scale = [1.0 / (SHORT_HOPS * self._floor), 1.0 / (LONG_HOPS * self._floor)]

    @property
    def resting(self) -> float:
        """Resting baseline, limited to `most_rest` local floors until a later rest has confirmed it."""
        most = self._design.most_rest * self.local
        return most if 0.0 < most < self.rest and not self.rest_is_sure else self.rest

    def hops_to_learn_from(self) -> int:
        """Return the hops of the burst after the filter's ringing that followed its start or the last relearning.

        Negative during the ringing, and without a burst.
        """
        if self.phase != ACTIVE:
            return -1
        return self._n_hops - max(self._started, self.relearnt) - self._design.relearn_hops

    def note_learnt(self) -> None:
        """Record that the mains was relearnt at this hop."""
        self.relearnt = self._n_hops

    def has_forgotten(self) -> bool:
        """Return whether the channel has been unusable for long enough to reset its state."""
        return self._bad_run >= self._design.forget_hops

    def _set_thresholds(self) -> None:
        ceiling = self._design.ceiling
        tail = list(zip(self.rate, self.excess, self.square, strict=True))
        confirm, candidate = extrapolate_tail(self._design, tail, self.most_growth)
        self.confirm = [min(level, top) for level, top in zip(confirm, ceiling, strict=True)]
        self.candidate = [min(level, top) for level, top in zip(candidate, ceiling, strict=True)]

    def _tail(self, z: list[float], is_quiet: bool) -> None:
        self._block_peak = [max(peak, value) for peak, value in zip(self._block_peak, z, strict=True)]
        if self.phase != IDLE or not is_quiet:
            self._is_block_quiet = False
        self._n_block_hops += 1
        if self._n_block_hops < LONG_HOPS:
            return
        if self._was_block_quiet and self._is_block_quiet:
            self._count_tail()
        over_local = self._floor / self.local if self.local > self._design.least_power else 1.0
        self._last_peak, self._block_peak = [peak * over_local for peak in self._block_peak], [0.0, 0.0]
        self._was_block_quiet, self._is_block_quiet, self._n_block_hops = self._is_block_quiet, True, 0

    def _count_tail(self) -> None:
        self._n_blocks += 1.0
        weight = 1.0 / min(self._n_blocks, self._design.memory_blocks)
        for k in range(2):
            over = self._last_peak[k] - self._design.knee[k]
            is_over, over = float(over > 0.0), max(over, 0.0)
            self.rate[k] += weight * (is_over - self.rate[k])
            self.excess[k] += weight * (over - self.excess[k])
            self.square[k] += weight * (over * over - self.square[k])
        self._n_stale = (self._n_stale + 1) % self._design.threshold_blocks
        if self._n_stale == 0:
            self._set_thresholds()

    def _learn_rest(self, power: float) -> None:
        if not self._rest_powers:
            self._rest_low = self._rest_high = self.local
        self._rest_low, self._rest_high = min(self._rest_low, self.local), max(self._rest_high, self.local)
        if self._rest_high > 3.0 * self._rest_low:
            self._rest_powers = []
            return
        self._rest_powers.append(power)
        if len(self._rest_powers) >= self._design.rest_hops:
            mean = _sum(self._rest_powers) / len(self._rest_powers)
            if self.rest == 0.0 or mean < 0.5 * self.rest:
                self.rest, self.rest_is_sure = mean, False
                self._set_local(self.local)
            elif mean < 2.0 * self.rest and not self.rest_is_sure:
                self.rest_is_sure = True
                self._set_local(self.local)
            self._rest_powers = []

    def _burst(self, index: int, channel: int, z: list[float]) -> list[Mark]:
        design = self._design
        if self.phase == TAIL:
            self._tail_low = min(self._tail_low, z[0])
            if z[0] < design.knee[0]:
                if self._n_hops - self._last_above >= design.tail_hops:
                    self.phase = IDLE
                return []
            is_large = z[0] >= design.peak_share * self._peak[0] and z[0] >= 8.0 * self._tail_low
            return self._open(index, channel, z) if is_large and z[0] >= self.candidate[0] else []
        if self.phase == IDLE:
            if z[0] >= self.candidate[0] or z[1] >= self.candidate[1]:
                return self._open(index, channel, z)
            return []
        self._peak = [max(peak, value) for peak, value in zip(self._peak, z, strict=True)]
        if z[0] > max(design.peak_share * self._peak[0], design.knee[0]):
            self._last_above = self._n_hops
        elif self._n_hops - self._last_above >= design.hang_hops:
            mark = self._mark(KIND_END, index, channel)
            self.phase = TAIL
            self._tail_low = z[0]
            return [mark]
        return []

    def _open(self, index: int, channel: int, z: list[float]) -> list[Mark]:
        self.phase = ACTIVE
        self._started = self._last_above = self._n_hops
        self._peak, self._level = list(z), list(self.confirm)
        return [self._mark(KIND_START, index, channel)]

    def _mark(self, kind: int, index: int, channel: int) -> Mark:
        hop = self._design.hop_samples
        margin = max(peak / level for peak, level in zip(self._peak, self._level, strict=True))
        return Mark(
            kind,
            channel,
            index,
            index - (self._n_hops - self._started) * hop,
            index - (self._n_hops - self._last_above) * hop,
            margin,
            self._peak[0],
            max(self.local, self.resting),
        )


class SlowKernel:
    """Kernel of all channels of one stream.

    Parameters
    ----------
    design : KernelDesign
        As for `dsp.compiled._kernel.Kernel`.
    """

    def __init__(self, design: KernelDesign) -> None:
        self._design = design
        self._chains = [SlowChain(design, float(limit)) for limit in design.full_scale_uv]
        self._trackers = [SlowTracker(design, chain) for chain in self._chains]
        self._orders: list[int] = []
        self._relearn_samples = 0
        self._phasors = [(1.0, 0.0)] * MAX_HARMONICS
        self._turns = [(1.0, 0.0)] * MAX_HARMONICS
        self.mains_radians_per_sample = self._nominal = 0.0
        self._last_mains = [(0.0, 0.0)] * len(self._chains)
        self._last_changes = [(0.0, 0.0)] * len(self._chains)
        self._steps = [design.least_step] * len(self._chains)
        self._left_out = (0, 0, 0)
        self.index = 0
        self.band: list[list[float]] = []
        """Band-passed samples of all channels; row n holds sample n - 1."""
        self.raw: list[list[float]] = []
        """De-glitched samples, in the same order."""

    def run(self, signal_uv: NDArray[np.float64], valid: NDArray[np.bool_] | None) -> list[Mark]:
        """Process all samples and return the marks."""
        marks: list[Mark] = []
        for row, sample in enumerate(signal_uv.tolist()):
            is_valid = True if valid is None else bool(valid[row])
            segment, in_segment = divmod(self.index, self._design.segment_hops * self._design.hop_samples)
            if in_segment == 0:
                self._begin_segment(sample, is_valid)
            is_looked_for = segment < self._design.count_segments or segment % self._design.count_every == 0
            for chain, x in zip(self._chains, sample, strict=True):
                chain.look_for_count(x, is_looked_for)
            wave = {2 * order - 2 + k: self._phasors[order - 1][k] for order in self._orders for k in (0, 1)}
            pairs = [chain.step(x, is_valid, wave) for chain, x in zip(self._chains, sample, strict=True)]
            self.band.append([pair[0] for pair in pairs])
            self.raw.append([pair[1] for pair in pairs])
            self._turn()
            self.index += 1
            if self.index % self._design.hop_samples == 0:
                is_quiet = all(tracker.phase != ACTIVE for tracker in self._trackers) and not self._is_left_out()
                for channel in np.flatnonzero(self._design.enabled).tolist():
                    marks += self._trackers[channel].hop(self.index - 1, channel, is_quiet)
        return marks

    def _begin_segment(self, sample: list[float], is_valid: bool) -> None:
        """Pass the state of the trackers to the chains."""
        if self._orders:
            self._steer()
        for c, (chain, tracker, x) in enumerate(zip(self._chains, self._trackers, sample, strict=True)):
            self._change_step(c)
            is_long = tracker.hops_to_learn_from() * self._design.hop_samples >= self._relearn_samples
            if self._orders and is_long:
                band_uv = [row[c] for row in self.band[-self._relearn_samples :]]
                if chain.relearn(band_uv, {order: self._phasors[order - 1] for order in self._orders}, self._turns):
                    tracker.note_learnt()
            self._last_mains[c] = chain.mains[0], chain.mains[1]
            chain.mains_gain = self._steps[c] if tracker.learns_mains else 0.0
            chain.take_count(tracker.has_forgotten())
            tracker.least = chain.count * chain.count / 12.0
            clip = self._design.mains_clip * math.sqrt(tracker.local)
            chain.mains_clip = clip if tracker.local > 0.0 else math.inf
            if chain.must_prime and chain.is_good(x, is_valid):
                chain.prime(x)

    def _steer(self) -> None:
        """Change the frequency of the mains by a share of the phase by which the fundamental has turned."""
        turned = power = 0.0
        for chain, tracker, last in zip(self._chains, self._trackers, self._last_mains, strict=True):
            if chain.mains_gain > 0.0 and tracker.local > 0.0:
                turned += chain.mains[0] * last[1] - chain.mains[1] * last[0]
                power += last[0] * last[0] + last[1] * last[1] + self._design.mains_doubt * tracker.local
        if power > 0.0:
            off = self.mains_radians_per_sample - self._nominal + self._design.mains_pull * (turned / power)
            most = self._design.mains_off
            self._retune(self._nominal + min(max(off, -most), most))

    def _change_step(self, channel: int) -> None:
        """Learn the mains in larger steps while the fundamental changes in one direction, else in smaller ones."""
        design, mains = self._design, self._chains[channel].mains
        if self._chains[channel].mains_gain == 0.0:
            self._steps[channel], self._last_changes[channel] = design.least_step, (0.0, 0.0)
            return
        a, b = mains[0] - self._last_mains[channel][0], mains[1] - self._last_mains[channel][1]
        c, d = self._last_changes[channel]
        power = a * a + b * b + c * c + d * d
        alike = 2.0 * (a * c + b * d) / power if power > 0.0 else 0.0
        step = self._steps[channel] * (1.0 + design.step_growth * (alike - design.steady_change))
        self._steps[channel] = min(max(step, design.least_step), design.most_step)
        self._last_changes[channel] = a, b

    def _retune(self, radians_per_sample: float) -> None:
        """Change the frequency of the mains, keeping the phases."""
        self.mains_radians_per_sample = radians_per_sample
        c, s = math.cos(radians_per_sample), math.sin(radians_per_sample)
        u, v = 1.0, 0.0
        for h in range(MAX_HARMONICS):
            u, v = (u * c - v * s, v * c + u * s) if h else (c, s)
            self._turns[h] = u, v
            a, b = self._phasors[h]
            scale = 1.0 / math.sqrt(a * a + b * b)
            self._phasors[h] = (a * scale, b * scale)

    def _is_left_out(self) -> bool:
        first, every, n_samples = self._left_out
        last = self.index - 1
        return every > 0 and last >= first and (last - first) % every < n_samples

    def _turn(self) -> None:
        for order in self._orders:
            a, b = self._phasors[order - 1]
            c, s = self._turns[order - 1]
            self._phasors[order - 1] = (a * c - b * s, b * c + a * s)

    def set_mains(self, radians_per_sample: float, orders: Iterable[int]) -> None:
        """Follow the mains near this frequency: its harmonics of the given orders, 1 for the fundamental.

        The frequency that is followed already stays if the given one is as before. New harmonics start at amplitude
        zero.
        """
        self._retune(self.mains_radians_per_sample if radians_per_sample == self._nominal else radians_per_sample)
        self._nominal = radians_per_sample
        for order in set(orders).difference(self._orders):
            for chain in self._chains:
                chain.mains[2 * order - 2] = chain.mains[2 * order - 1] = 0.0
            if order == 1:
                self._last_mains = [(0.0, 0.0)] * len(self._chains)
        self._orders = sorted(set(orders))
        if self._orders:
            self._relearn_samples = round(self._design.relearn_cycles * 2.0 * math.pi / radians_per_sample)

    def limit_growth(self, most: float) -> None:
        """Limit the factor by which the mean excess over the knee may grow with the share of blocks above it."""
        for tracker in self._trackers:
            tracker.most_growth = most

    def leave_out(self, first: int, every: int, n_samples: int) -> None:
        """Learn no tail from where heartbeats are expected: `n_samples` from `first`, `first + every` and so on."""
        self._left_out = first, every, n_samples + LONG_HOPS * self._design.hop_samples

    def floor_power(self) -> list[float]:
        """Return the local floor of each channel in µV²."""
        return [tracker.local for tracker in self._trackers]

    def rest_power(self) -> list[float]:
        """Return the resting baseline of each channel in µV²."""
        return [tracker.resting for tracker in self._trackers]

    def thresholds(self) -> list[list[float]]:
        """Return the confirmation thresholds of each channel."""
        return [list(tracker.confirm) for tracker in self._trackers]


def settle(settled: NDArray[np.float64], level: NDArray[np.float64], most_rise: float) -> NDArray[np.float64]:
    """Return the updated settled level of rest: it falls at once and rises slowly.

    Parameters
    ----------
    settled : ndarray of float64, shape (n_channels,)
        Previous power; 0 where it was not known.
    level : ndarray of float64, shape (n_channels,)
        Current power; 0 where it is not known.
    most_rise : float
        Largest factor by which the level may rise.
    """
    return np.where(settled > 0.0, np.minimum(level, most_rise * settled), level)


def _sum(values: list[float]) -> float:
    """Sum from left to right; Python's own `sum` compensates rounding errors from 3.12 on."""
    total = 0.0
    for value in values:
        total += value
    return total


def _sum_of_pairs(values: list[float]) -> float:
    """Sum ten values in the order of the kernel, in which additions wait less for each other."""
    pairs = [one + other for one, other in zip(values[::2], values[1::2], strict=True)]
    return ((pairs[0] + pairs[1]) + (pairs[2] + pairs[3])) + pairs[4]
