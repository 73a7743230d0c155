from typing import Any

from twitchscope.detection import NOT_SEEN
from twitchscope.live.status import CANDIDATE_SHOWN_S, TWITCH_SHOWN_S, Condition, Glance, Status


def _verdict(label: str = "twitch", snr_db: float = 26.0) -> dict[str, Any]:
    return {"label": label, "grade": "medium", "peak_uv": 92.0, "snr_db": snr_db, "channel": "Band A"}


def _glance(status: Status, now_s: float, unusable: tuple[str, ...] = ()) -> Glance:
    return status.glance(now_s, is_learnt=True, unusable=list(unusable))


def test_a_twitch_has_its_word_grade_peak_and_ratio_and_then_rests() -> None:
    status = Status()
    status.hear_candidate(10.0)
    status.hear_verdict(_verdict(), 10.1)
    shown = _glance(status, 10.2)
    assert shown.condition is Condition.TWITCH
    assert shown.headline == "TWITCH medium"
    assert shown.detail == "92 µV · 20 × baseline · Band A"
    assert _glance(status, 10.2 + TWITCH_SHOWN_S).condition is Condition.RESTING


def test_a_candidate_never_looks_like_a_twitch_and_is_forgotten_when_withdrawn() -> None:
    status = Status()
    status.hear_candidate(5.0)
    assert _glance(status, 5.1).condition is Condition.CANDIDATE
    assert "TWITCH" not in _glance(status, 5.1).headline
    assert _glance(status, 5.1 + CANDIDATE_SHOWN_S).condition is Condition.RESTING
    assert status.n_twitches == 0


def test_what_follows_a_twitch_does_not_cover_it() -> None:
    status = Status()
    status.hear_verdict(_verdict(), 10.0)
    status.hear_verdict(_verdict("artifact"), 10.3)
    assert _glance(status, 10.4).condition is Condition.TWITCH
    assert _glance(status, 10.4, ("Band B",)).condition is Condition.TWITCH


def test_other_verdicts_are_said_and_not_counted_and_a_heart_beats_in_silence() -> None:
    status = Status()
    status.hear_verdict(_verdict("heartbeat"), 1.0)
    assert _glance(status, 1.1).condition is Condition.RESTING
    status.hear_verdict(_verdict("voluntary"), 2.0)
    assert _glance(status, 2.1).headline == "not a twitch"
    assert "voluntary" in _glance(status, 2.1).detail
    status.hear_verdict(_verdict("uncertain", snr_db=11.0), 9.0)
    assert _glance(status, 9.1).condition is Condition.RESTING, "near the noise: not worth a look"
    assert status.n_twitches == 0


def test_passes_are_counted_each_and_an_empty_one_says_what_it_can() -> None:
    status = Status()
    status.needle_in()
    assert _glance(status, 1.0).condition is Condition.NEEDLE_IN
    status.hear_verdict(_verdict(), 2.0)
    assert _glance(status, 9.0).numbers == ((1, "this pass"), (1, "this site"))
    status.needle_out()
    status.needle_in()
    assert _glance(status, 10.0).numbers == ((0, "this pass"), (1, "this site"))
    assert _glance(status, 10.0).counts == "1 twitch in this session"
    status.needle_out()
    assert _glance(status, 11.0).detail == NOT_SEEN


def test_another_site_begins_with_nothing_seen() -> None:
    status = Status()
    status.needle_in()
    status.hear_verdict(_verdict(), 2.0)
    status.needle_out()
    status.begin_site()
    shown = _glance(status, 9.0)
    assert shown.numbers == ((0, "this site"),)
    assert shown.detail == NOT_SEEN
    assert shown.counts == "1 twitch in this session"


def test_unusable_channels_are_named() -> None:
    shown = _glance(Status(), 3.0, ("A", "B", "C", "D"))
    assert shown.condition is Condition.ELECTRODES
    assert shown.detail == "look at A, B, C …"
    assert "on the skin" in shown.counts
