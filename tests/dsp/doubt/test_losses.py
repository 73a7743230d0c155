"""Verdicts after a loss: they need a higher probability for a while and say so, in any chunking.

Without losses nothing changes.
"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bench.budget import KINDS, Rest
from dsp import TwitchDetector
from dsp.doubt.losses import CAUTION_S, Losses, required_after_loss
from dsp.doubt.prevalence import shifted
from dsp.verdict import required
from tests.dsp.by_hand import RATE_HZ, add_twitch, heart_signal, near, noise, run, twitches

LOST_S, SOON_S, LATE_S = 12.0, 20.0, 75.0


@pytest.mark.parametrize("least", [0.3, 0.45, 0.85])
def test_after_a_loss_more_is_asked_for_a_while(least: float) -> None:
    assert required_after_loss(least, math.inf) == required_after_loss(least, CAUTION_S) == least
    assert least + 0.04 < required_after_loss(least, 0.0) == required_after_loss(least, CAUTION_S - 0.001) < 1.0


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
    """Return two twitches in noise, one soon after a loss of `n_lost` samples and one long after it."""
    x = noise(LATE_S + 2.0, seed=3)
    for at_s in (SOON_S, LATE_S):
        add_twitch(x, at_s, 60.0)
    valid = np.ones(len(x), np.bool_)
    valid[round(LOST_S * RATE_HZ) :][:n_lost] = False
    return x, valid


def detector(threshold: float) -> TwitchDetector:
    """Return a detector whose classifier confirms from `threshold` on."""
    made = TwitchDetector(RATE_HZ, 4)
    made.study_classifier(threshold=threshold)
    return made


def test_what_is_barely_confirmed_is_not_soon_after_a_loss_and_says_why() -> None:
    x, valid = signal(n_lost=1)
    usual = twitches(run(TwitchDetector(RATE_HZ, 4), x, valid, block=len(x)))
    assert [round(event.onset_s) for event in usual] == [SOON_S, LATE_S], "both are sure enough with any losses"
    barely = shifted(usual[0].confidence, 1.0 / 1.2)
    reported = run(detector(barely), x, valid, block=len(x))
    assert [round(event.onset_s) for event in twitches(reported)] == [LATE_S]
    (soon,) = near(reported, SOON_S)
    assert (soon.label, soon.reasons) == ("uncertain", ("more evidence needed", "samples were lost 8.1 s before"))
    for block in (7, 4096):
        assert run(detector(barely), x, valid, block=block) == reported


def test_without_losses_the_same_threshold_confirms_both() -> None:
    x, valid = signal(n_lost=0)
    assert valid.all()
    usual = twitches(run(TwitchDetector(RATE_HZ, 4), x, valid, block=len(x)))
    barely = shifted(usual[0].confidence, 1.0 / 1.2)
    assert twitches(run(detector(barely), x, valid, block=len(x))) == usual


def test_a_piece_of_a_burst_needs_more_evidence_after_a_loss_too(monkeypatch: pytest.MonkeyPatch) -> None:
    x = noise(SOON_S + 4.0, seed=8)
    add_twitch(x, SOON_S - 0.07, 60.0, channel=0)
    start = round(SOON_S * RATE_HZ)
    x[start : start + 400, 1:] += 400.0 * np.random.default_rng(8).standard_normal((400, 3))
    valid = np.ones(len(x), np.bool_)
    valid[round(LOST_S * RATE_HZ)] = False
    (usual,) = twitches(run(TwitchDetector(RATE_HZ, 4), x, valid))
    monkeypatch.setattr(required, "LEAST_OF_PIECE", [shifted(usual.confidence, 1.0 / 1.2)] * 4)
    assert len(twitches(run(TwitchDetector(RATE_HZ, 4), x))) == 1
    assert twitches(run(TwitchDetector(RATE_HZ, 4), x, valid)) == []


@pytest.mark.parametrize("n_lost", [1, 2])
def test_energy_alone_confirms_nothing_after_a_loss(n_lost: int) -> None:
    rate_hz = 250.0
    rest = KINDS["gaussian"](Rest(2, rate_hz, 8), round(300.0 * rate_hz))
    valid = np.ones(len(rest), np.bool_)
    for lost_s in range(10, 300, 30):
        valid[round(lost_s * rate_hz) :][:n_lost] = False
    listening = [TwitchDetector(rate_hz, 8, false_alarms_per_min=2.0) for _ in range(2)]
    alone = twitches(run(listening[0], rest, block=500))
    assert len(alone) >= 2
    assert {event.reasons[0] for event in alone} == {"alone in rest"}
    assert twitches(run(listening[1], rest, valid, block=500)) == []


def test_a_twitch_on_a_heartbeat_that_is_not_sure_enough_is_not_called_the_heart() -> None:
    x, beats = heart_signal(30.0, 4)
    hit_s = next(beat for beat in beats if beat > 20.0) + 0.01
    add_twitch(x, hit_s, 60.0, channel=2)
    valid = np.ones(len(x), np.bool_)
    valid[round((hit_s - 5.0) * RATE_HZ)] = False
    (usual,) = twitches(run(TwitchDetector(RATE_HZ, 4), x, valid, block=len(x)))
    assert usual.reasons[-1] == "on a heartbeat"
    reported = run(detector(shifted(usual.confidence, 1.0 / 1.2)), x, valid, block=len(x))
    (event,) = [event for event in near(reported, hit_s) if event.label != "heartbeat"]
    assert (event.label, event.reasons[0]) == ("uncertain", "more evidence needed")
