"""Intervals of small counts."""

import math

import numpy as np
import pytest

from dsp.intervals import mean_interval, poisson_interval, share_interval


def test_poisson_intervals_are_those_of_the_tables():
    assert poisson_interval(0) == pytest.approx((0.0, 3.6889), abs=1e-4)
    assert poisson_interval(10) == pytest.approx((4.7954, 18.3904), abs=1e-4)


def test_wilson_intervals_are_those_of_the_tables():
    assert share_interval(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert share_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert share_interval(0, 0) == (0.0, 1.0)


def test_a_mean_of_one_value_has_no_interval():
    assert all(math.isnan(end) for end in mean_interval([3.0]))
    assert mean_interval([1.0, 2.0, 3.0]) == pytest.approx((2.0 - 4.3027 / 3**0.5, 2.0 + 4.3027 / 3**0.5), abs=1e-4)


def test_intervals_cover_what_they_promise():
    rng = np.random.default_rng(4)
    counts, means, shares = rng.poisson(3.0, 2000), rng.normal(5.0, 2.0, (2000, 4)), rng.binomial(12, 0.3, 2000)
    poisson = {count: poisson_interval(int(count)) for count in set(counts)}
    wilson = {count: share_interval(int(count), 12) for count in set(shares)}
    assert np.mean([poisson[c][0] <= 3.0 <= poisson[c][1] for c in counts]) >= 0.95
    assert 0.92 < np.mean([wilson[c][0] <= 0.3 <= wilson[c][1] for c in shares]) < 0.98
    intervals = [mean_interval(list(values)) for values in means[:400]]
    assert 0.92 < np.mean([low <= 5.0 <= high for low, high in intervals]) < 0.98


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: poisson_interval(-1),
        lambda: share_interval(3, 2),
        lambda: poisson_interval(1, 1.0),
        lambda: mean_interval([], 0.0),
    ],
)
def test_what_is_no_count_is_refused(wrong):
    with pytest.raises(ValueError):
        wrong()
