from dataclasses import replace

from acquisition.core import AmplitudeUnit
from tests.twitchscope.events import event
from twitchscope.findings.detection import NONE_WATCHED, NOT_SEEN
from twitchscope.findings.event import DetectedEvent
from twitchscope.live.status import CANDIDATE_SHOWN_S, TWITCH_SHOWN_S, Condition, Glance, Status
from twitchscope.saved.agreement import pass_table, passes_between


def _verdict(label: str = "twitch", snr_db: float = 26.0, onset_s: float = 2.0) -> DetectedEvent:
    return event(onset_s, label, "Band A", peak_uv=92.0, snr_db=snr_db)


def _glance(status: Status, now_s: float, unusable: tuple[str, ...] = ()) -> Glance:
    return status.glance(now_s, is_learnt=True, unusable=list(unusable))


def test_a_twitch_has_its_word_grade_peak_and_ratio_and_then_rests() -> None:
    status = Status(AmplitudeUnit.MICROVOLTS)
    status.hear_candidate(10.0)
    status.hear_verdict(_verdict(), 10.1)
    shown = _glance(status, 10.2)
    assert shown.condition is Condition.TWITCH
    assert shown.headline == "TWITCH medium"
    assert shown.detail == "92 µV · 20 × baseline · Band A"
    assert _glance(status, 10.2 + TWITCH_SHOWN_S).condition is Condition.RESTING


def test_before_the_baseline_is_learnt_nothing_is_reported_as_a_multiple_of_it() -> None:
    status = Status(AmplitudeUnit.MICROVOLTS)
    status.hear_verdict(replace(_verdict(), over_floor=True), 10.1)
    assert _glance(status, 10.2).detail == "92 µV · 20 × local floor · Band A"


def test_a_candidate_never_looks_like_a_twitch_and_is_forgotten_when_withdrawn() -> None:
    status = Status(AmplitudeUnit.MICROVOLTS)
    status.hear_candidate(5.0)
    assert _glance(status, 5.1).condition is Condition.CANDIDATE
    assert "TWITCH" not in _glance(status, 5.1).headline
    assert _glance(status, 5.1 + CANDIDATE_SHOWN_S).condition is Condition.RESTING
    assert status.n_twitches == 0


def test_what_follows_a_twitch_does_not_cover_it() -> None:
    status = Status(AmplitudeUnit.MICROVOLTS)
    status.hear_verdict(_verdict(), 10.0)
    status.hear_verdict(_verdict("artifact"), 10.3)
    assert _glance(status, 10.4).condition is Condition.TWITCH
    assert _glance(status, 10.4, ("Band B",)).condition is Condition.TWITCH


def test_other_verdicts_are_said_and_not_counted_and_a_heart_beats_in_silence() -> None:
    status = Status(AmplitudeUnit.MICROVOLTS)
    status.hear_verdict(_verdict("heartbeat"), 1.0)
    assert _glance(status, 1.1).condition is Condition.RESTING
    status.hear_verdict(_verdict("voluntary"), 2.0)
    assert _glance(status, 2.1).headline == "not a twitch"
    assert "voluntary" in _glance(status, 2.1).detail
    status.hear_verdict(_verdict("uncertain", snr_db=11.0), 9.0)
    assert _glance(status, 9.1).condition is Condition.RESTING, "near the noise: not worth a look"
    assert status.n_twitches == 0


def test_passes_are_counted_each_and_an_empty_one_says_what_it_can() -> None:
    status = Status(AmplitudeUnit.MICROVOLTS)
    status.needle_in(0.5)
    assert _glance(status, 1.0).condition is Condition.NEEDLE_IN
    assert _glance(status, 1.0).detail == f"this pass: {NOT_SEEN}"
    status.hear_verdict(_verdict(), 2.1)
    assert _glance(status, 9.0).numbers == ((1, "this pass"), (1, "this site"))
    status.needle_out(9.1)
    status.needle_in(9.2)
    assert _glance(status, 10.0).numbers == ((0, "this pass"), (1, "this site"))
    assert _glance(status, 10.0).counts == "1 twitch in this session"
    status.needle_out(10.5)
    assert _glance(status, 11.0).detail == f"this pass: {NOT_SEEN}"


def test_an_empty_pass_says_what_could_be_seen() -> None:
    status = Status(AmplitudeUnit.MICROVOLTS)
    status.needle_in(0.5)
    shown = status.glance(1.0, is_learnt=False, unusable=[], none_seen=lambda start_s, stop_s: NONE_WATCHED)
    assert shown.detail == f"this pass: {NONE_WATCHED}"


def test_a_twitch_belongs_to_the_pass_in_which_it_began_whenever_its_verdict_comes() -> None:
    status = Status(AmplitudeUnit.MICROVOLTS)
    status.needle_in(8.0)
    status.needle_out(10.05)
    status.hear_verdict(_verdict(onset_s=10.0), 10.2)
    assert _glance(status, 14.0).numbers == ((1, "this pass"), (1, "this site"))
    assert _glance(status, 14.0).detail == "last twitch: 92 µV · 20 × baseline · Band A"
    status.needle_in(20.52)
    status.hear_verdict(_verdict(onset_s=20.0), 20.2)
    status.needle_out(21.0)
    assert _glance(status, 30.0).numbers == ((0, "this pass"), (2, "this site")), "it began before the needle was in"


def test_the_sign_counts_for_a_pass_what_the_report_counts() -> None:
    onsets_s = [2.0, 2.5, 2.6, 4.0, 5.5]
    ins_s, outs_s = [1.0, 3.0, 5.0], [2.5, 4.5, 5.2]
    passes = passes_between(ins_s, outs_s, 6.0)
    for needle_pass, in_s, out_s in zip(passes, ins_s, outs_s, strict=True):
        status = Status(AmplitudeUnit.MICROVOLTS)
        status.needle_in(in_s)
        status.needle_out(out_s)
        for onset_s in onsets_s:
            status.hear_verdict(_verdict(onset_s=onset_s), onset_s + 0.2)
        assert status.n_in_pass == sum(map(needle_pass.holds, onsets_s))
        assert (status.n_in_pass > 0) == bool(pass_table([needle_pass], onsets_s, []).n_only_first)


def test_an_undone_mark_gives_the_pass_back_with_what_came_meanwhile() -> None:
    status = Status(AmplitudeUnit.MICROVOLTS)
    status.needle_in(1.0)
    status.needle_out(3.0)
    status.hear_verdict(_verdict(onset_s=4.0), 4.2)
    assert status.n_in_pass == 0
    status.undo_needle()
    assert status.in_pass
    assert status.n_in_pass == 1
    status.undo_needle()
    assert _glance(status, 9.0).numbers == ((1, "this site"),)


def test_another_site_begins_with_nothing_seen() -> None:
    status = Status(AmplitudeUnit.MICROVOLTS)
    status.needle_in(1.0)
    status.hear_verdict(_verdict(), 2.1)
    status.needle_out(3.0)
    status.close_site(4.0)
    status.begin_site()
    shown = _glance(status, 9.0)
    assert shown.numbers == ((0, "this site"),)
    assert shown.detail == f"this site: {NOT_SEEN}"
    assert shown.counts == "1 twitch in this session"


def test_a_site_ends_where_it_was_closed() -> None:
    status = Status(AmplitudeUnit.MICROVOLTS)
    status.hear_verdict(_verdict(onset_s=2.0), 2.1)
    status.begin_site()  # the first site includes what came before it was named
    status.hear_verdict(_verdict(onset_s=3.9), 3.95)
    status.close_site(4.0)
    for onset_s in (3.99, 5.0, 6.0):
        status.hear_verdict(_verdict(onset_s=onset_s), onset_s + 0.1)
    shown = _glance(status, 20.0)
    assert shown.numbers == ((3, "this site"),)
    assert shown.counts == "5 twitches in this session"
    status.begin_site()
    assert _glance(status, 20.0).numbers == ((2, "this site"),), "a site begins where the one before was closed"


def test_unusable_channels_are_named() -> None:
    shown = _glance(Status(AmplitudeUnit.MICROVOLTS), 3.0, ("A", "B", "C", "D"))
    assert shown.condition is Condition.ELECTRODES
    assert shown.detail == "look at A, B, C …"
    assert "on the skin" in shown.counts
