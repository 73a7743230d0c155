"""Uncertainty of the mean of a wandering level."""

import math

import numpy as np
import pytest

from bench.site_intervals import wander
from dsp.sites.intervals import student_reach
from dsp.sites.wander import Wander


def test_independent_values_have_little_more_than_students_interval():
    values = np.random.default_rng(1).standard_normal(400)
    student = student_reach(399) * values.std(ddof=1) / 20.0
    assert student < Wander([values.tolist()], 0.0).reach(400) < 1.3 * student


def test_neighbours_that_are_alike_tell_less():
    steps = np.random.default_rng(2).standard_normal(401)
    values = steps[1:] + 0.35 * steps[:-1]  # correlation 0.31: 1.62 times the variance of the mean
    student = student_reach(399) * values.std(ddof=1) / 20.0
    assert Wander([values.tolist()], 0.31).reach(400) / student == pytest.approx(1.62**0.5, rel=0.1)


@pytest.mark.parametrize("pace_s", [10.0, 30.0])
def test_a_wander_widens_the_interval_to_what_it_does_to_a_mean(pace_s):
    rng = np.random.default_rng(4)
    values = wander(rng, 3000, 0.1, pace_s) + 0.02 * rng.standard_normal(3000)
    true = 1.96 * 0.1 * math.sqrt(2.0 * pace_s / 3000.0)
    assert Wander([values.tolist()], 0.0).reach(3000) == pytest.approx(true, rel=0.35)


def test_a_long_stretch_tells_how_much_a_short_one_may_be_off():
    rng = np.random.default_rng(5)
    long, short = wander(rng, 600, 0.1, 30.0).tolist(), [0.0]
    both = Wander([short, long], 0.0)
    assert 0.15 < both.reach(1) < 0.4
    assert both.reach(1, 600) > both.reach(1)
    assert math.isnan(Wander([short, []], 0.0).reach(1))


def test_values_without_any_scatter_have_no_width():
    assert Wander([[3.0] * 20], 0.3).reach(20) == pytest.approx(0.0, abs=1e-12)
