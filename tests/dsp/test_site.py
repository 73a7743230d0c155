"""Measures of a site: what they are, and that their intervals hold the truth."""

import math

import numpy as np
import pytest

from bench.site_decay import KINDS, covered
from dsp.site import answered_passes, fit_decay, measure_site, needle_stretch, skin_stretch
from dsp.spontaneous import Silence, Spontaneous, StillWindow


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


def site(**changes):
    known = {
        "onsets_s": [20.0, 22.0, 25.0],
        "peaks_uv": [80.0, 60.0, 50.0],
        "duration_s": 60.0,
        "before": skin_stretch([3.0, 3.1, 2.9]),
        "after": skin_stretch([3.0, 3.2, 3.1]),
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


def test_marked_passes_give_a_share_with_its_interval():
    share = site(passes_s=[19.95, 21.0, 21.95, 24.95]).twitches_per_pass
    assert (share.value, share.n) == (0.75, 4)
    assert share.low < 0.75 < share.high


def test_a_resting_baseline_is_compared_with_an_interval():
    ratio = site().level_ratio
    assert ratio.low < 1.0 < ratio.high
    assert site(after=skin_stretch([])).level_ratio is None
    alone = site(after=skin_stretch([3.0])).level_ratio
    assert alone.value == pytest.approx(1.0) and math.isnan(alone.low)


def window(locus, noise_uv, n_spikes=None):
    return StillWindow(0, locus, Spontaneous(noise_uv, n_spikes, 1.0))


def test_loci_count_and_not_the_seconds_at_each():
    stretch = needle_stretch([window(0, 20.0), window(0, 22.0), window(1, 5.0), window(2, 15.0)])
    assert stretch.n_loci == 3
    assert stretch.level_uv.n == 3 and stretch.level_uv.value == pytest.approx((21.0 + 5.0 + 15.0) / 3)
    assert (stretch.prevalence.value, stretch.prevalence.n) == (pytest.approx(2 / 3), 3)
    assert stretch.spikes_per_s is None


def test_spikes_in_trains_have_the_wider_interval():
    even = needle_stretch([window(0, 20.0, 10) for _ in range(8)]).spikes_per_s
    trains = needle_stretch([window(0, 20.0, count) for count in (0, 0, 40, 0, 0, 40, 0, 0)]).spikes_per_s
    assert even.value == trains.value == pytest.approx(10.0)
    assert trains.high - trains.low > 2.0 * (even.high - even.low)


def test_nothing_still_is_told_as_nothing():
    assert needle_stretch([]).level_uv is None and needle_stretch([]).n_loci == 0
    assert needle_stretch([window(0, math.nan)]).prevalence is None


def test_the_exploratory_score_stays_between_0_and_1():
    noisy, quiet = needle_stretch([window(0, 90.0)]), needle_stretch([window(0, 1.0)])
    assert site(before=noisy, is_needle=True).irritability == 1.0
    assert site(before=quiet, is_needle=True).irritability == 0.0


def test_silences_and_latencies_are_told_as_medians():
    ended = [Silence(0, length_s, is_open=False) for length_s in (0.3, 0.5, 0.4)]
    measures = site(silences=ended, latencies_ms=[30.0])
    assert (measures.silence_s.value, measures.silence_s.low, measures.silence_s.high) == (0.4, 0.3, 0.5)
    assert measures.latency_ms.value == 30.0
    assert site().silence_s is None


def test_the_interval_of_the_resting_baseline_knows_that_the_floor_looks_back():
    rng, held = np.random.default_rng(6), []
    for _ in range(400):
        steps = rng.standard_normal(61)
        levels = 3.0 + 0.1 * (steps[1:] + 0.35 * steps[:-1])  # neighbours alike as those of the floor are: 0.3
        level = skin_stretch(levels.tolist()).level_uv
        held.append(level.low <= 3.0 <= level.high)
        assert level.n == 60
    assert 0.92 <= np.mean(held) <= 0.99
