"""Measures of a site: their values, and the coverage of their intervals."""

import math

import numpy as np
import pytest

from bench.site_decay import KINDS, covered
from bench.site_intervals import SCATTERS, floor_levels, ratios_covered, rest_of, spikes_covered
from dsp.needle_electrode.spontaneous import Silence, Spontaneous, StillWindow
from dsp.sites.intervals import poisson_interval
from dsp.sites.measures import answered_passes, fit_decay, measure_site, needle_rest, skin_rest


@pytest.mark.parametrize("kind", KINDS)
def test_the_interval_of_the_decay_holds_the_truth_in_nine_of_ten_sites_and_more(kind):
    share, _ = covered(kind, 1000, seed=77)
    assert 0.90 <= share <= 0.98


def test_the_decay_of_an_exact_fall_is_that_fall():
    decay = fit_decay([100.0, 75.0, 56.25, 42.1875, 42.1875, 42.1875])
    assert decay.value == pytest.approx(0.75)
    assert decay.low == pytest.approx(0.75) and decay.high == pytest.approx(0.75)


def test_a_twitch_of_unknown_size_keeps_its_place():
    decay = fit_decay([100.0, math.nan, 56.25, 42.1875, math.nan, 42.1875])
    assert (decay.value, decay.n) == (pytest.approx(0.75), 4)
    assert fit_decay([math.nan] * 3 + [42.0, 40.0, 44.0]) is None, "none of the first steps is known"


def test_two_twitches_have_no_decay():
    assert fit_decay([100.0, 75.0]) is None
    assert fit_decay([100.0, math.nan, 0.0, 75.0]) is None
    assert fit_decay([]) is None


def test_the_decay_of_the_most_that_floats_hold_stays_finite():
    decay = fit_decay([5e-324, 1.0, 1.7e308])
    assert 0.0 < decay.low <= decay.value <= decay.high < math.inf


def test_a_pass_is_answered_once_and_by_what_comes_before_the_next():
    assert answered_passes([1.0, 2.0, 3.0], [1.05, 1.3, 2.6, 3.4]) == 2
    assert answered_passes([1.0, 1.2], [1.25]) == 1
    assert answered_passes([], [1.0]) == 0
    assert [answered_passes([1.0], [onset_s]) for onset_s in (0.999, 1.0, 1.499, 1.5)] == [0, 1, 1, 0]


def site(**changes):
    known = {
        "onsets_s": [20.0, 22.0, 25.0],
        "peaks_uv": [80.0, 60.0, 50.0],
        "duration_s": 60.0,
        "rest": skin_rest([3.0, 3.1, 2.9], [3.0, 3.2, 3.1]),
        "is_needle": False,
    }
    return measure_site(**(known | changes))


def test_unmarked_passes_are_not_invented():
    measures = site()
    assert measures.n_passes is None and measures.twitches_per_pass is None
    assert measures.irritability is None
    assert measures.twitches_per_min.value == pytest.approx(3.0)
    assert measures.twitches_per_min.low == pytest.approx(0.6187, abs=1e-3)
    assert site(passes_s=[]).twitches_per_pass is None
    assert site(duration_s=0.0).twitches_per_min is None


def test_marked_passes_give_a_share_with_its_interval():
    share = site(passes_s=[19.95, 21.0, 21.95, 24.95]).twitches_per_pass
    assert (share.value, share.n) == (0.75, 4)
    assert share.low < 0.75 < share.high


def test_a_resting_baseline_is_compared_with_an_interval():
    ratio = site().level_ratio
    assert ratio.low < 1.0 < ratio.high
    assert skin_rest([3.0, 3.1, 2.9]).level_ratio is None
    alone = skin_rest([3.0], [3.0]).level_ratio
    assert alone.value == pytest.approx(1.0) and math.isnan(alone.low) and math.isnan(alone.high)
    same = skin_rest([3.0] * 9, [3.0] * 4).level_ratio
    assert same.n == 4
    assert same.low == pytest.approx(1.0) and same.high == pytest.approx(1.0)


@pytest.mark.parametrize("scatter", SCATTERS.values())
@pytest.mark.parametrize(("size", "pace_s"), [(0.0, 1.0), (0.05, 10.0), (0.1, 30.0)])
def test_rest_that_only_wanders_has_not_changed_in_nine_of_ten_sites_and_more(scatter, size, pace_s):
    for n_before, n_after in ((30, 120), (300, 300)):
        rng = np.random.default_rng([n_before, n_after])
        n = n_before + n_after + 20
        floors = [floor_levels(rng, n, size, pace_s, scatter) for _ in range(100)]
        share, reach = ratios_covered([rest_of(levels, n_before, n_after) for levels in floors])
        assert share >= 0.9
        if not size:
            assert reach < 1.05, "rest that is steady is found to be so"


def test_seconds_of_which_the_level_is_not_known_do_not_count():
    assert skin_rest([3.0, math.nan, 0.0, 3.1, math.inf, -1.0]) == skin_rest([3.0, 3.1])
    assert skin_rest([math.nan]).before.level_uv is None


def test_a_level_that_fell_by_a_third_is_seen_to_have_fallen():
    rng = np.random.default_rng(3)
    levels = floor_levels(rng, 260, 0.05, 10.0, 0.03)
    levels[130:] *= 2.0 / 3.0
    ratio = rest_of(levels, 120, 120).level_ratio
    assert ratio.value == pytest.approx(2.0 / 3.0, rel=0.1)
    assert ratio.high < 1.0


def window(locus, noise_uv, n_spikes=None):
    return StillWindow(0, locus, Spontaneous(noise_uv, n_spikes, 1.0))


def needle(*windows):
    return needle_rest([windows]).before


def test_loci_count_and_not_the_seconds_at_each():
    stretch = needle(window(0, 20.0), window(0, 22.0), window(1, 5.0), window(2, 15.0))
    assert stretch.n_loci == 3
    assert stretch.level_uv.n == 3 and stretch.level_uv.value == pytest.approx((21.0 + 5.0 + 15.0) / 3)
    assert stretch.level_uv.low < stretch.level_uv.value < stretch.level_uv.high
    assert (stretch.prevalence.value, stretch.prevalence.n) == (pytest.approx(2 / 3), 3)
    assert stretch.spikes_per_s is None
    assert needle(window(0, 10.0), window(1, 9.9)).prevalence.value == 0.5, "10 µV are endplate noise"


def test_places_of_two_needles_are_different_ones():
    one, other = [window(0, 3.8)] * 5, [window(0, 23.6)] * 5
    stretch = needle_rest([one, other]).before
    assert (stretch.n_loci, stretch.prevalence.value) == (2, 0.5)
    assert stretch.level_uv.value == pytest.approx(13.7) and math.isnan(stretch.level_uv.low)
    moved = needle_rest([one, []], [[], other]).level_ratio
    assert moved.value == pytest.approx(23.6 / 3.8) and math.isnan(moved.low), "two places differ by any factor"


def test_a_needle_that_stayed_is_compared_by_its_seconds():
    rng = np.random.default_rng(8)
    seconds = [window(0, level_uv) for level_uv in 20.0 * np.exp(0.05 * rng.standard_normal(60))]
    rest = needle_rest([seconds[:30]], [seconds[30:]])
    assert rest.before.level_uv.n == 30
    assert 0.8 < rest.level_ratio.low < rest.level_ratio.value < rest.level_ratio.high < 1.25


def test_places_before_are_compared_with_places_after():
    rng, held = np.random.default_rng(9), []
    for _ in range(400):
        levels_uv = 15.0 * np.exp(0.5 * rng.standard_normal(7))
        before, after = ([window(locus, level_uv) for locus, level_uv in enumerate(levels_uv)][part]
                         for part in (slice(4), slice(4, 7)))  # fmt: skip
        ratio = needle_rest([before], [after]).level_ratio
        held.append(ratio.low <= 1.0 <= ratio.high)
    assert 0.9 <= np.mean(held) <= 0.98


def test_spikes_in_trains_have_the_wider_interval():
    even = needle(*[window(0, 20.0, 10) for _ in range(8)]).spikes_per_s
    trains = needle(*[window(0, 20.0, count) for count in (0, 0, 40, 0, 0, 40, 0, 0)]).spikes_per_s
    assert even.value == trains.value == pytest.approx(10.0)
    assert trains.high - trains.low > 2.0 * (even.high - even.low)
    assert (even.low, even.high) == pytest.approx([end / 8.0 for end in poisson_interval(80)])


@pytest.mark.parametrize("n_loci", [3, 10])
def test_the_interval_of_spikes_a_second_knows_that_places_differ(n_loci):
    assert 0.9 <= spikes_covered(n_loci, 400, seed=5) <= 0.98


def test_places_count_alike_for_spikes_however_long_the_needle_lay_there():
    rate = needle(*[window(0, 20.0, 2)] * 8, window(1, 20.0, 20)).spikes_per_s
    assert (rate.value, rate.n) == (pytest.approx(11.0), 36)
    assert math.isnan(rate.low) and math.isnan(rate.high), "two places do not tell how places differ"
    none = needle(*[window(0, 20.0, 0)] * 8, window(1, 20.0, 0)).spikes_per_s
    assert (none.value, none.low, none.high) == (0.0, 0.0, pytest.approx(3.6889 / 9.0, abs=1e-4))


def test_nothing_still_is_reported_as_nothing():
    assert needle().level_uv is None and needle().n_loci == 0
    assert needle(window(0, 0.0)) == needle()


def test_seconds_full_of_spikes_count_among_loci_and_spikes_but_not_in_the_noise():
    quiet = [window(0, 4.0, 1), window(1, 6.0, 2)]
    busy = window(2, math.nan, 90)
    stretch = needle(*quiet, busy)
    assert (stretch.level_uv.value, stretch.level_uv.n) == (5.0, 2)
    assert (stretch.n_loci, stretch.prevalence.value) == (3, pytest.approx(1 / 3))
    assert (stretch.spikes_per_s.value, stretch.spikes_per_s.n) == (pytest.approx(31.0), 93)
    at_one_place = needle(window(0, 4.0, 2), window(0, math.nan, 90))
    assert (at_one_place.level_uv.value, at_one_place.level_uv.n) == (4.0, 1)
    assert (at_one_place.n_loci, at_one_place.prevalence.value, at_one_place.spikes_per_s.value) == (1, 0.0, 46.0)
    alone = needle_rest([[busy]], [quiet])
    assert alone.before.level_uv is None and alone.level_ratio is None
    assert (alone.before.n_loci, alone.before.prevalence.value, alone.before.spikes_per_s.value) == (1, 1.0, 90.0)


def test_the_exploratory_score_stays_between_0_and_1():
    noisy, quiet = needle_rest([[window(0, 90.0)]]), needle_rest([[window(0, 1.0)]])
    assert site(rest=noisy, is_needle=True).irritability == 1.0
    assert site(rest=quiet, is_needle=True).irritability == 0.0


def test_the_exploratory_score_says_how_little_few_passes_tell():
    few = site(passes_s=[5.0, 10.0, 19.95])
    assert few.irritability == pytest.approx(0.895, abs=0.001)
    assert few.irritability_low == pytest.approx(0.119, abs=0.001) and few.irritability_high == 1.0
    many = site(
        onsets_s=[2.0 * k + 0.1 for k in range(40)], peaks_uv=[80.0] * 40, passes_s=[2.0 * k for k in range(200)]
    )
    assert many.irritability_high - many.irritability_low < 0.35
    alone = site(rest=needle_rest([[window(0, 15.0)]]), is_needle=True)
    assert alone.irritability == pytest.approx((0.5 + 1.0) / 2.0)
    assert alone.irritability_low == pytest.approx(0.2065 / 2.0, abs=0.001), "one second may be of any level"
    assert alone.irritability_high == 1.0


def test_silences_and_latencies_are_reported_as_medians():
    ended = [Silence(0, length_s, is_open=False) for length_s in (0.3, 0.5, 0.4)]
    measures = site(silences=ended, latencies_ms=[30.0])
    assert (measures.silence_s.value, measures.silence_s.n) == (0.4, 3)
    assert (measures.latency_ms.value, measures.latency_ms.n) == (30.0, 1)
    for one in (measures.silence_s, measures.latency_ms):
        assert math.isnan(one.low) and math.isnan(one.high), "so few have no interval of 95 %"
    assert site(latencies_ms=[30.0, 34.0, 31.0, 36.0, 33.0, 35.0]).latency_ms.low == 30.0
    assert site().silence_s is None
    cut_short = [Silence(0, 0.1, is_open=True)] * 2
    assert site(silences=[*ended, *cut_short]).silence_s.value == 0.4, "they lasted longer than they were seen to"


def test_the_interval_of_the_resting_baseline_knows_that_the_floor_looks_back():
    rng, held, widths = np.random.default_rng(6), [], []
    for _ in range(150):
        steps = rng.standard_normal(61)
        levels = 3.0 + 0.1 * (steps[1:] + 0.35 * steps[:-1])  # correlation of neighbours as for the floor: 0.3
        level = skin_rest(levels.tolist()).before.level_uv
        held.append(level.low <= 3.0 <= level.high)
        widths.append(level.high / level.low)
        assert level.n == 60
    assert np.mean(held) >= 0.92 and np.median(widths) < 1.05
