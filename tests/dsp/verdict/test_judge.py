"""Pieces of bursts: searched for whatever is not sure enough as a whole, and kept only if they are sure enough."""

from dataclasses import replace

import numpy as np
import pytest

from dsp import TwitchDetector, TwitchEvent
from dsp.doubt.prevalence import shifted
from dsp.verdict import judge
from tests.dsp.by_hand import RATE_HZ, add_twitch, noise, run, twitches

TWITCH_S = 20.0


def detect(monkeypatch: pytest.MonkeyPatch, least: float, threshold: float = 0.45) -> list[TwitchEvent]:
    """Detect a twitch that a contraction on other channels hides, where `least` is the probability that is needed."""
    x = noise(TWITCH_S + 4.0, seed=8)
    add_twitch(x, TWITCH_S - 0.07, 60.0, channel=0)
    start = round(TWITCH_S * RATE_HZ)
    x[start : start + 400, 1:] += 400.0 * np.random.default_rng(8).standard_normal((400, 3))
    monkeypatch.setattr(judge.Judge, "_least", lambda *_: least)
    detector = TwitchDetector(RATE_HZ, 4)
    detector._judge._forest = replace(detector._judge._forest, threshold=threshold)
    return [event for event in run(detector, x) if isinstance(event, TwitchEvent)]


def test_whatever_is_not_confirmed_as_a_whole_is_searched_for_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = detect(monkeypatch, least=0.45)
    assert len(twitches(usual)) == 1
    assert detect(monkeypatch, least=0.45, threshold=0.0) == usual


def test_a_piece_that_is_not_sure_enough_leaves_the_burst_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    (usual,) = twitches(detect(monkeypatch, least=0.45))
    above = shifted(usual.confidence, 1.2)
    with monkeypatch.context() as patch:
        patch.setattr(judge, "LEAST_OF_PIECE", [1.0] * 4)
        whole = detect(monkeypatch, least=above)
    assert twitches(whole) == []
    assert detect(monkeypatch, least=above) == whole
