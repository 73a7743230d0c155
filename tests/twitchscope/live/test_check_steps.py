"""Flow of a session: checks of electrodes, contraction and rest before the needle."""

import pytest

from tests.twitchscope.events import event
from tests.twitchscope.flowing import IN_BAND, REST_UV, World
from twitchscope.live.feed import DetectorState
from twitchscope.live.flow.check_steps import STILL_LEARNING
from twitchscope.live.flow.steps import Step


def test_a_patient_who_never_rests_keeps_nobody_with_one_key_from_going_on() -> None:
    world = World(Step.REST)
    for _ in range(29):
        world.live(1, (60.0, REST_UV))
        assert "0 of 10 s" in (world.flow.press("G") or "")
    world.live(1, (60.0, REST_UV))
    (onwards,) = [choice for choice in world.flow.sheet().choices if choice.is_next]
    assert (onwards.key, onwards.words) == ("G", "go on without")
    assert world.flow.press("G") == ""
    assert world.flow.step is Step.SITE
    assert [line["label"] for line in world.keeper.of("check")] == []


def test_rest_is_learnt_once_the_detector_has_learnt_it_too() -> None:
    world = World(Step.REST)
    world.source.state = DetectorState((1.0, 1.0), (True, True), False)
    world.live(14)
    sheet = world.flow.sheet()
    assert (sheet.title, sheet.text) == ("Keep the muscle at rest: 10 of 10 s", STILL_LEARNING)
    assert world.flow.press("G") == STILL_LEARNING
    assert world.keeper.of("check") == []
    world.source.state = DetectorState((1.0, 1.0), (True, True), True)
    world.live(1)
    assert world.flow.sheet().title == "The resting baseline is learnt"
    (check,) = world.keeper.of("check")
    assert check["offset_s"] - check["onset_s"] == 10
    assert world.flow.press("G") == ""
    assert world.flow.step is Step.SITE


def test_a_detector_that_never_learns_keeps_nobody_at_rest_for_ever() -> None:
    world = World(Step.REST)
    world.source.state = DetectorState((1.0, 1.0), (True, True), False)
    world.live(30)
    (onwards,) = [choice for choice in world.flow.sheet().choices if choice.is_next]
    assert (onwards.key, onwards.words) == ("G", "go on without")
    assert world.flow.press("G") == ""
    assert world.keeper.of("check") == []


@pytest.mark.parametrize("line_hz", [49.97, 60.03])
def test_mains_are_not_blamed_on_the_patient(line_hz: float) -> None:
    world = World(Step.REST)
    for _ in range(13):
        world.source.add(1.0, mains_uv=1000.0, line_hz=line_hz)
        world.monitor.advance()
        world.flow.tick()
    assert world.flow.sheet().title == "The resting baseline is learnt"
    (check,) = world.keeper.of("check")
    assert check["channels"][0]["rms_uv"] == pytest.approx(IN_BAND * REST_UV, rel=0.15)


def test_nothing_is_said_of_electrodes_before_the_signal_has_settled() -> None:
    world = World(seconds=0.0)
    world.source.add(1.5, (60.0, 60.0))  # a start: filters and electrodes settle
    world.live(1)
    sheet = world.flow.sheet()
    assert (sheet.text, sheet.items) == ("waiting for the signal", ())
    world.live(1)
    assert world.flow.sheet().text == "all contacts look good"


def test_who_goes_on_before_the_signal_has_settled_is_reported_of_no_contact() -> None:
    world = World(seconds=0.0)
    world.source.add(1.5, (60.0, 60.0))
    assert world.flow.press("G") == ""
    (check,) = world.keeper.of("check")
    assert check["text"].startswith("not judged")
    assert check["channels"] == []


def test_a_contraction_can_be_left_out_or_made_once_more() -> None:
    world = World(Step.CONTRACTION)
    assert world.flow.press("X") == ""
    assert world.flow.step is Step.REST
    assert world.flow.press("B") == ""
    world.live(2)
    assert world.flow.press("G") == ""
    world.live(7, (60.0, 4.0))
    assert world.flow.press("V") == ""
    assert world.told == ["contract"] * 2
    world.live(7, (60.0, 4.0))
    assert world.flow.press("G") == ""
    assert world.flow.step is Step.REST
    assert [line["label"] for line in world.keeper.of("check")] == ["contraction"] * 2


def test_a_contraction_is_given_up_when_the_board_falls_silent() -> None:
    world = World(Step.CONTRACTION)
    world.live(2)
    assert world.flow.press("G") == ""
    assert world.flow.press("B") == ""
    assert world.flow.step is Step.ELECTRODES
    assert not world.flow.is_contracting
    world.live(8, (60.0, 4.0))
    assert [line["label"] for line in world.keeper.of("check")] == []


def test_electrodes_are_named_with_what_to_do_and_kept() -> None:
    world = World()
    world.live(4, (40.0, REST_UV))
    sheet = world.flow.sheet()
    assert [item.is_wrong for item in sheet.items] == [True, False]
    assert "Band A: noisy" in sheet.text
    assert world.flow.press("G") == ""
    (check,) = world.keeper.of("check")
    assert check["label"] == "contact"
    assert [channel["quality"] for channel in check["channels"]] == ["noisy", "good"]


@pytest.mark.parametrize(
    ("during_uv", "word"),
    [
        ((60.0, 4.0), "smaller on the reference"),
        ((60.0, 50.0), "as much on the reference"),
        ((3.0, 2.0), "hardly seen"),
    ],
)
def test_a_contraction_is_compared_with_rest_and_reference(during_uv: tuple[float, float], word: str) -> None:
    world = World()
    world.to(Step.CONTRACTION)
    world.live(2)
    assert not world.flow.is_contracting
    assert world.flow.press("G") == ""
    assert world.flow.is_contracting
    assert world.told == ["contract"]
    assert world.flow.press("G") is None, "nothing leads on while it is measured"
    world.live(6, during_uv)
    world.live(1)
    (check,) = [line for line in world.keeper.of("check") if line["label"] == "contraction"]
    assert word in check["text"]
    assert check["channels"][0]["contraction_uv"] == pytest.approx(IN_BAND * during_uv[0], rel=0.15)
    assert check["channels"][0]["rest_uv"] == pytest.approx(IN_BAND * REST_UV, rel=0.1)
    assert world.flow.sheet().text == check["text"]


def test_rest_is_refused_while_there_is_none_and_says_why() -> None:
    world = World()
    world.to(Step.REST)
    world.live(5)
    assert "of 10 s" in (world.flow.press("G") or "")
    world.live(2, (12.0, REST_UV))
    assert "not steady" in (world.flow.press("G") or "")
    world.live(2, (60.0, REST_UV))
    assert "Band A is active" in (world.flow.press("G") or "")
    assert "let the muscle go" in world.flow.sheet().text
    world.source.state = DetectorState((1.0, 1.0), (False, True), True)
    world.live(2)
    assert "Band A cannot be used" in (world.flow.press("G") or "")
    world.source.state = DetectorState((1.0, 1.0), (True, True), True)
    world.live(2, lost=True)
    world.live(1)
    assert "samples were lost" in (world.flow.press("G") or "")
    second = world.monitor.end_second
    world.monitor.take_verdict(event(second + 1.2, "voluntary", snr_db=30.0))
    world.live(4)
    assert "a burst" in (world.flow.press("G") or "")
    assert world.keeper.of("check")[-1]["label"] != "resting_baseline"
    world.live(11)
    (check,) = [line for line in world.keeper.of("check") if line["label"] == "resting_baseline"]
    assert check["offset_s"] - check["onset_s"] == 10
    assert check["channels"][0]["rms_uv"] == pytest.approx(IN_BAND * REST_UV, rel=0.1)
    assert world.flow.press("G") == ""
    assert world.flow.step is Step.SITE


def test_a_heartbeat_does_not_disturb_the_rest_and_sixty_seconds_are_offered() -> None:
    world = World()
    world.to(Step.REST)
    world.monitor.take_verdict(event(5.0, "heartbeat", snr_db=30.0))
    assert world.flow.press("L") == ""
    world.live(30)
    assert "of 60 s" in (world.flow.press("G") or "")
    world.live(32)
    assert world.flow.press("G") == ""
    (check,) = [line for line in world.keeper.of("check") if line["label"] == "resting_baseline"]
    assert check["offset_s"] - check["onset_s"] == 60
