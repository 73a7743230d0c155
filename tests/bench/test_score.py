"""Matching and counting on the scoreboard."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.detection.score import Known, Score, match, score, total


def test_a_twitch_takes_one_detection_and_the_rest_are_false_alarms():
    known = [Known(1.0, 1.05), Known(2.0, 2.05)]
    result = score(known, [1.01, 1.03, 2.5], 60.0)
    assert (result.n_known, result.n_found, result.n_other) == (2, 1, 2)
    assert result.onset_errors_s == pytest.approx((0.01,))
    assert result.others_per_min == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("onset_s", "is_found"), [(0.949, False), (0.951, True), (1.0, True), (1.069, True), (1.071, False)]
)
def test_the_tolerance_reaches_50_ms_before_the_onset_and_20_ms_past_the_offset(onset_s, is_found):
    assert score([Known(1.0, 1.05)], [onset_s], 60.0).n_found == is_found


def test_what_is_not_scored_is_neither_found_nor_a_false_alarm():
    known = [Known(1.0, 1.05, is_scored=False), Known(2.0, 2.05, peak_ratio=3.0), Known(3.0, 3.05, peak_ratio=8.0)]
    result = score(known, [1.0, 2.0, 3.0], 60.0, least_ratio=5.0)
    assert (result.n_known, result.n_found, result.n_other) == (1, 1, 0)
    small = score(known, [1.0, 2.0, 3.0], 60.0, least_ratio=2.5, most_ratio=5.0)
    assert (small.n_known, small.n_found, small.n_other) == (1, 1, 0)


def test_twitches_of_unknown_size_count_where_no_upper_size_is_asked():
    assert score([Known(1.0, 1.1)], [1.0], 60.0, least_ratio=5.0).n_known == 1
    assert score([Known(1.0, 1.1)], [1.0], 60.0, most_ratio=5.0).n_known == 0


def test_scores_add_up():
    both = total([Score(2, 1, 3, 60.0, (0.01,)), Score(1, 1, 0, 60.0, (-0.03,))])
    assert both == Score(3, 2, 3, 120.0, (0.01, -0.03))
    assert both.sensitivity == pytest.approx(2 / 3)
    assert both.others_per_min == pytest.approx(1.5)
    assert both.f1 == pytest.approx(2 * 2 / (3 + 2 + 3))
    assert both.median_onset_error_s == pytest.approx(0.02)


def test_nothing_known_and_nothing_found_is_told_as_such():
    empty = score([], [], 0.0)
    assert math.isnan(empty.sensitivity) and math.isnan(empty.others_per_min)
    assert math.isnan(empty.f1) and math.isnan(empty.median_onset_error_s)
    assert empty.sensitivity_interval == (0.0, 1.0)
    assert empty.others_interval_per_min == (0.0, math.inf)


def test_intervals_hold_what_was_counted():
    one = Score(20, 19, 0, 600.0)
    low, high = one.sensitivity_interval
    assert low < 0.95 < high < 1.0
    assert one.others_interval_per_min == pytest.approx((0.0, 0.3689), abs=1e-4)


@given(
    st.lists(st.tuples(st.floats(0, 2), st.floats(0, 0.3)), max_size=5),
    st.lists(st.floats(-0.5, 3), max_size=5),
)
def test_as_many_pairs_are_made_as_can_be(windows, onsets_s):
    known = [Known(start, start + length) for start, length in windows]
    partners = match(known, onsets_s)
    made = [k for k in partners if k is not None]
    assert len(set(made)) == len(made)
    fits = [[one.onset_s - 0.05 <= onset_s <= one.offset_s + 0.02 for one in known] for onset_s in onsets_s]
    assert all(fits[i][k] for i, k in enumerate(partners) if k is not None)
    slots = [*range(len(known)), *[None] * len(onsets_s)]
    most = (
        max(
            sum(k is not None and fits[i][k] for i, k in enumerate(choice))
            for choice in set(itertools.permutations(slots, len(onsets_s)))
        )
        if len(onsets_s) <= 3 and len(known) <= 3
        else len(made)
    )
    assert len(made) == most
