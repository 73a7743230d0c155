"""Verdicts after a loss: surer for a while, said so, the same in any chunking; without losses nothing changes."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from dsp import TwitchDetector
from dsp.losses import CAUTION_S, Losses, asked_after_loss
from dsp.prevalence import shifted
from tests.dsp.by_hand import RATE_HZ, add_twitch, heart_signal, near, noise, run, twitches

LOST_S, SOON_S, LATE_S = 12.0, 20.0, 75.0


@pytest.mark.parametrize("least", [0.3, 0.45, 0.85])
def test_after_a_loss_more_is_asked_for_a_while(least: float) -> None:
    assert asked_after_loss(least, math.inf) == asked_after_loss(least, CAUTION_S) == least
    assert least + 0.04 < asked_after_loss(least, 0.0) == asked_after_loss(least, CAUTION_S - 0.001) < 1.0


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 5)), min_size=1, max_size=8),
    st.lists(st.integers(1, 60), min_size=1, max_size=5),
    st.integers(1, 3),
)
def test_the_last_loss_is_the_same_in_any_chunking_and_none_is_known_before_it_comes(
    stretches: list[tuple[int, int]], sizes: list[int], factor: int
) -> None:
    valid = np.concatenate([np.repeat([True, False], stretch) for stretch in stretches] + [np.ones(3, np.bool_)])
    losses, start, turn = Losses(1000.0, factor), 0, 0
    while start < len(valid):
        stop = min(len(valid), start + sizes[turn % len(sizes)])
        losses.take(stop - start, valid[start:stop])
        for index in range(-(-start // factor), stop // factor):
            before = np.flatnonzero(~valid[: (index + 1) * factor])
            expected = ((index + 1) * factor - 1 - before[-1]) / 1000.0 if before.size else math.inf
            assert losses.seconds_before(index) == expected
        start, turn = stop, turn + 1


def signal(n_lost: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Two twitches in noise, the first soon after a loss of so many samples, the second long after it."""
    x = noise(LATE_S + 2.0, seed=3)
    for at_s in (SOON_S, LATE_S):
        add_twitch(x, at_s, 60.0)
    valid = np.ones(len(x), np.bool_)
    valid[round(LOST_S * RATE_HZ) :][:n_lost] = False
    return x, valid


def detector(threshold: float) -> TwitchDetector:
    """Return a detector whose classifier confirms from `threshold` on."""
    made = TwitchDetector(RATE_HZ, 4)
    judge = made._judge
    judge._forest = replace(judge._forest, threshold=threshold)
    return made


def test_what_is_barely_confirmed_is_not_soon_after_a_loss_and_says_why() -> None:
    x, valid = signal(n_lost=1)
    usual = twitches(run(TwitchDetector(RATE_HZ, 4), x, valid, block=len(x)))
    assert [round(event.onset_s) for event in usual] == [SOON_S, LATE_S], "both are sure enough with any losses"
    barely = shifted(usual[0].confidence, 1.0 / 1.2)
    told = run(detector(barely), x, valid, block=len(x))
    assert [round(event.onset_s) for event in twitches(told)] == [LATE_S]
    (soon,) = near(told, SOON_S)
    assert (soon.label, soon.reasons) == ("uncertain", ("surer asked", "samples were lost 8.1 s before"))
    for block in (7, 4096):
        assert run(detector(barely), x, valid, block=block) == told


def test_without_losses_the_same_threshold_confirms_both() -> None:
    x, valid = signal(n_lost=0)
    assert valid.all()
    usual = twitches(run(TwitchDetector(RATE_HZ, 4), x, valid, block=len(x)))
    barely = shifted(usual[0].confidence, 1.0 / 1.2)
    assert twitches(run(detector(barely), x, valid, block=len(x))) == usual


def test_a_twitch_on_a_heartbeat_that_is_not_sure_enough_is_not_called_the_heart() -> None:
    x, beats = heart_signal(30.0, 4)
    hit_s = next(beat for beat in beats if beat > 20.0) + 0.01
    add_twitch(x, hit_s, 60.0, channel=2)
    valid = np.ones(len(x), np.bool_)
    valid[round((hit_s - 5.0) * RATE_HZ)] = False
    (usual,) = twitches(run(TwitchDetector(RATE_HZ, 4), x, valid, block=len(x)))
    assert usual.reasons[-1] == "on a heartbeat"
    told = run(detector(shifted(usual.confidence, 1.0 / 1.2)), x, valid, block=len(x))
    (event,) = [event for event in near(told, hit_s) if event.label != "heartbeat"]
    assert (event.label, event.reasons[0]) == ("uncertain", "surer asked")
