"""Pieces of bursts, confirmed only if they are sure enough, and the ways to study the classifier."""

import numpy as np
import pytest

from dsp import TwitchDetector, TwitchEvent
from dsp.doubt.prevalence import shifted
from dsp.verdict import required
from dsp.verdict.evidence import NAMES
from tests.dsp.by_hand import RATE_HZ, add_twitch, noise, run, twitches
from tests.dsp.test_arguments import refusal_of

TWITCH_S = 20.0


def detect(monkeypatch: pytest.MonkeyPatch, least: float, threshold: float = 0.45) -> list[TwitchEvent]:
    """Detect a twitch that a contraction on other channels hides, where `least` is the probability that is needed."""
    x = noise(TWITCH_S + 4.0, seed=8)
    add_twitch(x, TWITCH_S - 0.07, 60.0, channel=0)
    start = round(TWITCH_S * RATE_HZ)
    x[start : start + 400, 1:] += 400.0 * np.random.default_rng(8).standard_normal((400, 3))
    monkeypatch.setattr(required.Required, "of_burst", lambda *_, **__: least)
    detector = TwitchDetector(RATE_HZ, 4)
    detector.study_classifier(threshold=threshold)
    return [event for event in run(detector, x) if isinstance(event, TwitchEvent)]


def test_whatever_is_not_confirmed_as_a_whole_is_searched_for_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = detect(monkeypatch, least=0.45)
    assert len(twitches(usual)) == 1
    assert detect(monkeypatch, least=0.45, threshold=0.0) == usual


def test_a_piece_that_is_not_sure_enough_leaves_the_burst_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    (usual,) = twitches(detect(monkeypatch, least=0.45))
    above = shifted(usual.confidence, 1.2)
    with monkeypatch.context() as patch:
        patch.setattr(required, "LEAST_OF_PIECE", [1.0] * 4)
        whole = detect(monkeypatch, least=above)
    assert twitches(whole) == []
    assert detect(monkeypatch, least=above) == whole


def three_twitches() -> np.ndarray:
    """Return three twitches in a stream too young to be calm: its own threshold decides."""
    x = noise(20.0)
    for at_s in (5.0, 9.3, 14.2):
        add_twitch(x, at_s, 60.0)
    return x


def test_a_twitch_is_confirmed_from_the_threshold_under_study_on() -> None:
    usual = twitches(run(TwitchDetector(RATE_HZ, 4), three_twitches()))
    least, *_, most = sorted(event.confidence for event in usual)
    assert len(usual) == 3
    assert least < most
    studied = TwitchDetector(RATE_HZ, 4)
    studied.study_classifier(threshold=most)
    assert twitches(run(studied, three_twitches())) == [event for event in usual if event.confidence >= most]


def test_whoever_studies_the_classifier_sees_the_evidence_and_nothing_is_confirmed() -> None:
    seen: list[tuple[TwitchEvent, np.ndarray]] = []
    studied = TwitchDetector(RATE_HZ, 4)
    studied.study_classifier(witness=lambda event, evidence: seen.append((event, evidence)))
    reported = run(studied, three_twitches())
    assert twitches(reported) == []
    assert all(evidence.shape == (len(NAMES),) and np.isfinite(evidence).all() for _, evidence in seen)
    onsets_s = {round(event.onset_index / RATE_HZ, 1) for event, evidence in seen if not evidence[NAMES.index("piece")]}
    assert onsets_s >= {5.0, 9.3, 14.2}


@pytest.mark.parametrize("threshold", [-0.1, 1.1, float("nan"), "0.5"])
def test_a_threshold_under_study_is_a_probability(threshold: object) -> None:
    refusal = refusal_of(lambda: TwitchDetector(RATE_HZ, 4).study_classifier(threshold=threshold))
    assert refusal.startswith("the threshold must be ")
