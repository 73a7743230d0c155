"""Confidence intervals from small counts."""

import math

import numpy as np
import pytest
from scipy import stats

from bench.site_intervals import medians_covered, silences_covered
from dsp.sites.intervals import (
    median_interval,
    poisson_interval,
    relative_reach,
    share_interval,
    student_reach,
    survival_median,
)


def test_poisson_intervals_are_those_of_the_tables():
    assert poisson_interval(0) == pytest.approx((0.0, 3.6889), abs=1e-4)
    assert poisson_interval(10) == pytest.approx((4.7954, 18.3904), abs=1e-4)


def test_wilson_intervals_are_those_of_the_tables():
    assert share_interval(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert share_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert share_interval(0, 0) == (0.0, 1.0)
    assert all(share_interval(0, n)[0] >= 0.0 and share_interval(n, n)[1] <= 1.0 for n in range(1, 300))


def test_student_reaches_as_far_as_the_tables_say():
    assert student_reach(2) == pytest.approx(4.3027, abs=1e-4)
    assert student_reach(30, 0.9) == pytest.approx(1.6973, abs=1e-4)


def test_intervals_cover_what_they_promise():
    rng = np.random.default_rng(4)
    counts, shares = rng.poisson(3.0, 2000), rng.binomial(12, 0.3, 2000)
    poisson = {count: poisson_interval(int(count)) for count in set(counts)}
    wilson = {count: share_interval(int(count), 12) for count in set(shares)}
    assert np.mean([poisson[c][0] <= 3.0 <= poisson[c][1] for c in counts]) >= 0.95
    assert 0.92 < np.mean([wilson[c][0] <= 0.3 <= wilson[c][1] for c in shares]) < 0.98


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: poisson_interval(-1),
        lambda: share_interval(3, 2),
        lambda: poisson_interval(1, 1.0),
        lambda: student_reach(3, 0.0),
    ],
)
def test_what_is_no_count_is_refused(wrong):
    with pytest.raises(ValueError):
        wrong()


def test_survival_medians_are_those_of_a_known_trial():
    """Remissions of Freireich's trial (1963), whose intervals on this scale are printed in textbooks."""
    treated = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    median, low, high = survival_median(treated, [False] * 9 + [True] * 12)
    assert (median, low) == (23, 13)
    assert math.isnan(high)
    placebo = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
    assert survival_median(placebo, [False] * 21) == (8, 4, 11)


@pytest.mark.filterwarnings("ignore:The confidence interval is undefined")
@pytest.mark.parametrize("seed", range(8))
def test_ends_of_a_median_are_where_the_curve_s_interval_crosses_a_half(seed):
    """As scipy draws it: Kaplan-Meier, Greenwood's variance, on the logarithm of the logarithm."""
    rng = np.random.default_rng(seed)
    durations, were_cut = rng.integers(1, 8, 20).astype(float), rng.random(20) < 0.2
    sample = stats.CensoredData(durations[~were_cut], right=durations[were_cut])
    curve = stats.ecdf(sample).sf
    ends = curve.confidence_interval(method="log-log")
    is_end = curve.probabilities < np.concatenate(([1.0], curve.probabilities[:-1]))

    def first(is_there):
        found = curve.quantiles[is_end & is_there]
        return found[0] if found.size else math.nan

    expected = [first(one <= 0.5) for one in (curve.probabilities, ends.low.probabilities, ends.high.probabilities)]
    assert survival_median(durations.tolist(), were_cut.tolist()) == pytest.approx(expected, nan_ok=True)


def test_a_median_that_was_not_seen_is_not_reported():
    assert survival_median([], []) is None
    assert survival_median([0.2, 0.3, 0.4], [False, True, True]) is None
    assert survival_median([0.2, 0.3], [True, True]) is None


def test_silences_that_were_cut_short_do_not_shorten_the_median():
    rng = np.random.default_rng(1)
    true_s, moves_s = rng.exponential(0.5, 4000), rng.exponential(0.5, 4000)
    median, low, high = survival_median(np.minimum(true_s, moves_s).tolist(), (moves_s < true_s).tolist())
    assert low < 0.5 * math.log(2.0) < high
    assert median == pytest.approx(0.5 * math.log(2.0), rel=0.1)


def test_a_median_of_fewer_than_six_has_no_interval():
    assert median_interval([3.0, 1.0, 2.0, 6.0, 5.0, 4.0]) == (1.0, 6.0)
    for n in range(6):
        assert all(math.isnan(end) for end in median_interval([32.0] * n))
    assert median_interval([1.0, 2.0, 3.0], 0.7) == (1.0, 3.0)


@pytest.mark.parametrize("n", [6, 7, 10, 30])
def test_the_interval_of_a_median_holds_it(n):
    assert medians_covered(n, 1000, seed=7) >= 0.94


def test_a_median_duration_has_no_interval_where_fewer_than_six_tell_of_it():
    for n in range(1, 6):
        median, low, high = survival_median([0.1 * (k + 1) for k in range(n)], [False] * n)
        assert median > 0.0 and math.isnan(low) and math.isnan(high)
    cut_at_once = survival_median([0.0] * 4 + [0.3, 0.4], [True] * 4 + [False, False])
    assert cut_at_once[0] == 0.3 and math.isnan(cut_at_once[1])


@pytest.mark.parametrize("n", [6, 10, 30])
def test_the_interval_of_a_median_duration_holds_it_though_some_are_cut(n):
    share, _ = silences_covered(n, 500, seed=7)
    assert 0.92 <= share <= 1.0


def test_a_relative_spread_needs_three_values():
    assert math.isnan(relative_reach([1.0, 2.0])) and math.isnan(relative_reach([1.0, 2.0], [3.0]))
    assert math.isnan(relative_reach([0.0, 0.0, 0.0])) and math.isnan(relative_reach([0.0, 0.0], [1.0, 2.0, 3.0]))
    assert relative_reach([1.0, 2.0, 3.0]) == pytest.approx(4.3027 * 0.5 / 3**0.5, abs=1e-4)
    assert relative_reach([1.0, 2.0, 3.0], [4.0]) == pytest.approx(4.3027 * 0.5 * (4 / 3) ** 0.5, abs=1e-4)
