"""Expected beats: what is left out for them leaves enough for learning."""

import numpy as np
import pytest

from dsp.compiled._kernel import Kernel
from dsp.heart.beat_fitter import BeatFitter
from dsp.heart.rhythm import Rhythm
from dsp.thresholds.kernel_design import LONG_HOPS, design_kernel

RATE_HZ = 250.0


@pytest.mark.parametrize(("beat_s", "least"), [(0.33, 0.2), (0.4, 0.25), (0.5, 0.3), (0.8, 0.4), (1.0, 0.4)])
@pytest.mark.parametrize("since_s", [0.5, 2.0, 9.0])
def test_a_heart_leaves_enough_for_learning_however_fast_and_seldom_recognized(
    beat_s: float, least: float, since_s: float
) -> None:
    design = design_kernel(RATE_HZ, (30.0, 100.0), 1, np.ones(1, np.bool_), np.full(1, np.inf), 0.05)
    kernel, rhythm = Kernel(design), Rhythm(RATE_HZ)
    rng, n_learnt, n_blocks = np.random.default_rng(1), 0, 1000
    kernel.run(3.0 * rng.standard_normal((5000, 1)), None)
    every = round(beat_s * RATE_HZ)
    last = kernel.index - round(since_s * RATE_HZ)
    rhythm.learn(last, [last - every, last - 2 * every])
    kernel.leave_out(*rhythm.expected(kernel.index, BeatFitter(RATE_HZ).core))
    for _ in range(n_blocks):
        before = kernel.tail()
        kernel.run(3.0 * rng.standard_normal((LONG_HOPS * design.hop_samples, 1)), None)
        n_learnt += bool(np.any(kernel.tail() != before))
    assert n_learnt > least * n_blocks


def test_a_part_longer_than_the_interval_allows_has_no_slack() -> None:
    rhythm = Rhythm(RATE_HZ)
    rhythm.learn(1000, [920, 840])
    assert rhythm.expected(1200, slice(4, 64)) == (1004, 80, 60)
