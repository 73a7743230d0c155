"""Prevalence of twitches in a stream, and the factor on the odds that follows from it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsp.doubt.prevalence import LEAST_SHIFT, MEMORY_S, PLAUSIBLE, PRIOR_BURSTS, USUAL_SHARE, Prevalence, shifted

RATE_HZ = 500.0


def at(seconds: float) -> int:
    return round(seconds * RATE_HZ)


def after(probabilities: list[float], every_s: float = 1.0) -> Prevalence:
    prevalence = Prevalence(RATE_HZ)
    for k, probability in enumerate(probabilities):
        prevalence.note(at(k * every_s), probability)
    return prevalence


def test_a_new_stream_takes_nothing() -> None:
    assert Prevalence(RATE_HZ).shift(at(30.0)) == pytest.approx(1.0)


def test_many_twitches_add_nothing() -> None:
    assert after([0.95] * 20).shift(at(20.0)) == 1.0


def test_the_share_is_that_of_bursts_and_of_the_prior_together() -> None:
    share = (1.5 + USUAL_SHARE * PRIOR_BURSTS) / (6.0 + PRIOR_BURSTS)
    odds = share / (1.0 - share) / (USUAL_SHARE / (1.0 - USUAL_SHARE))
    assert LEAST_SHIFT < odds < 1.0
    assert after([0.25] * 6, every_s=0.0).shift(0) == pytest.approx(odds)


def test_doubtful_bursts_that_are_none_take_the_most() -> None:
    assert after([PLAUSIBLE] * 40).shift(at(40.0)) == LEAST_SHIFT


def test_bursts_that_look_like_no_twitch_say_nothing() -> None:
    assert after([0.01] * 400, every_s=0.1).shift(at(40.0)) == pytest.approx(1.0)


def test_it_fades() -> None:
    prevalence = after([0.2] * 50)
    assert prevalence.shift(at(50.0)) < 0.6
    assert prevalence.shift(at(50.0 + 8.0 * MEMORY_S)) == pytest.approx(1.0, abs=0.02)


def test_an_index_that_goes_back_does_no_harm() -> None:
    prevalence = after([0.3] * 5)
    prevalence.note(at(1.0), 0.3)
    assert prevalence.shift(at(0.5)) == prevalence.shift(at(4.0))


def test_odds_are_multiplied() -> None:
    assert shifted(0.75, 1.0 / 3.0) == pytest.approx(0.5)
    assert shifted(0.5, 1.0) == 0.5


@given(st.floats(0.0, 1.0), st.floats(LEAST_SHIFT, 1.0))
def test_it_stays_a_probability_and_keeps_certainty(probability: float, shift: float) -> None:
    assert 0.0 <= shifted(probability, shift) <= probability + 1e-12
    assert shifted(0.0, shift) == 0.0
    assert shifted(1.0, shift) == 1.0
