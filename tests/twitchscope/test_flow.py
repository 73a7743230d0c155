"""The way through a session, without a window: steps, keys, what is refused and why, and what the journal keeps."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from acquisition.core import BoardInfo, Channel, Role
from twitchscope.live.feed import DetectorState, Samples
from twitchscope.live.flow.checking import STILL_LEARNING
from twitchscope.live.flow.machine import Flow, Surroundings
from twitchscope.live.flow.mask import Mask
from twitchscope.live.flow.monitor import Monitor
from twitchscope.live.flow.steps import Step
from twitchscope.sites import SiteBook, SiteLog
from twitchscope.visit import Visit

RATE_HZ = 1000.0
UV_PER_COUNT = 0.1
REST_UV = 2.0
BAND_HZ = (30.0, 400.0)
IN_BAND = ((BAND_HZ[1] - BAND_HZ[0]) / (0.5 * RATE_HZ)) ** 0.5
"""Share of white noise's RMS that lies in the band."""


class Source:
    """A signal that the test writes second by second."""

    def __init__(self) -> None:
        channels = (
            Channel("Band A", UV_PER_COUNT, Role.SURFACE, muscle="upper trapezius", side="left", needled_band=True),
            Channel("Remote", UV_PER_COUNT, Role.REFERENCE),
        )
        self.info = BoardInfo("Written", RATE_HZ, channels, 262.0)
        self.state = DetectorState((1.0, 1.0), (True, True), True)
        self._rng = np.random.default_rng(0)
        self._counts = np.empty((0, 2), np.int32)
        self._valid = np.empty(0, np.bool_)

    @property
    def end_index(self) -> int:
        return len(self._counts)

    def samples_from(self, index: int) -> Samples:
        return Samples(index, self._counts[index:], self._valid[index:])

    def add(
        self,
        seconds: float,
        uv: tuple[float, float] = (REST_UV, REST_UV),
        lost: bool = False,
        mains_uv: float = 0.0,
        line_hz: float = 50.0,
    ) -> None:
        """Add noise of these RMS, and mains of this amplitude."""
        n = round(seconds * RATE_HZ)
        noise = self._rng.normal(0.0, 1.0, (n, 2)) * np.array(uv)
        times_s = (self.end_index + np.arange(n)) / RATE_HZ
        noise += mains_uv * np.sin(2.0 * np.pi * line_hz * times_s)[:, np.newaxis]
        self._counts = np.concatenate([self._counts, (noise / UV_PER_COUNT).astype(np.int32)])
        self._valid = np.concatenate([self._valid, np.full(n, not lost)])


class Keeper:
    """Keeps lines, or refuses them."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.is_running = True

    def keep(self, line: dict[str, Any], annotation: str) -> bool:
        if self.is_running:
            self.lines.append(line)
        return self.is_running

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Return the lines of a kind."""
        return [line for line in self.lines if line["kind"] == kind]


class World:
    """A flow and everything around it."""

    def __init__(self, first: Step = Step.ELECTRODES, seconds: float = 3.0) -> None:
        self.source, self.keeper = Source(), Keeper()
        self.sites = SiteLog(self.keeper)
        self.monitor = Monitor(self.source, BAND_HZ)
        self.needle_is_in = False
        self.told: list[str] = []
        self.source.add(seconds)
        self.monitor.advance()
        self.flow = Flow(
            Surroundings(
                sites=self.sites,
                monitor=self.monitor,
                time_s=lambda: self.source.end_index / RATE_HZ,
                needle_is_in=lambda: self.needle_is_in,
                finish=lambda: self.told.append("finish"),
                contract=lambda: self.told.append("contract"),
                site_begins=lambda: self.told.append("begins"),
                site_closed=lambda: self.told.append("closed"),
                visit=Visit(needle_gauge="0.30", needle_length_mm=40.0),
            ),
            first,
        )

    def live(self, seconds: int, uv: tuple[float, float] = (REST_UV, REST_UV), lost: bool = False) -> None:
        """Let some seconds pass."""
        for _ in range(seconds):
            self.source.add(1.0, uv, lost)
            self.monitor.advance()
            self.flow.tick()

    def to(self, step: Step) -> None:
        """Go to a step by its keys."""
        while self.flow.step is not step:
            if self.flow.step in (Step.CONTRACTION, Step.REST):
                assert self.flow.press("X") == ""
            elif self.flow.takes("End"):
                assert self.flow.press("End") == ""
            else:
                assert self.flow.press("G") == ""


def test_the_machine_loads_no_window() -> None:
    code = (
        "import sys, twitchscope.live.flow.machine; sys.exit(any(name.startswith('PySide6') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_one_key_leads_through_all_steps_in_their_order() -> None:
    world = World()
    seen = [world.flow.step]
    for _ in range(60):
        if world.flow.press("G") != "":
            assert world.flow.step is Step.REST or world.flow.is_contracting
            world.live(1)
        if seen[-1] is not world.flow.step:
            seen.append(world.flow.step)
        if world.told[-1:] == ["closed"]:
            break
    assert seen == list(Step)[2:]
    assert [line["label"] for line in world.keeper.of("site")] == ["site_begin", "site_end"]
    assert world.flow.press("G") == ""
    assert world.flow.step is Step.SITE
    assert "Site 2" in world.flow.sheet().title


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


def test_who_goes_on_before_the_signal_has_settled_is_told_of_no_contact() -> None:
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
    world.monitor.take_verdict(
        {"label": "voluntary", "snr_db": 30.0, "onset_s": second + 1.2, "offset_s": second + 1.3}
    )
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
    world.monitor.take_verdict({"label": "heartbeat", "snr_db": 30.0, "onset_s": 5.0, "offset_s": 5.1})
    assert world.flow.press("L") == ""
    world.live(30)
    assert "of 60 s" in (world.flow.press("G") or "")
    world.live(32)
    assert world.flow.press("G") == ""
    (check,) = [line for line in world.keeper.of("check") if line["label"] == "resting_baseline"]
    assert check["offset_s"] - check["onset_s"] == 60


def test_a_site_is_preset_changed_by_keys_and_kept() -> None:
    world = World()
    world.to(Step.SITE)
    assert "upper trapezius left" in world.flow.sheet().text
    assert "0.30 × 40 mm" in world.flow.sheet().text
    for key in ("2", "5", "7"):
        assert world.flow.press(key) == ""
    assert world.flow.sheet().entry == ""
    assert world.flow.enter("  3 cm above ") == ""
    assert world.flow.press("8") == ""
    assert world.flow.sheet().entry == "0.30 40"
    assert world.flow.enter("0.25 × 30") == ""
    assert world.flow.press("6") == ""
    world.flow.leave_line()
    assert world.flow.press("G") == ""
    (line,) = world.keeper.of("site")
    assert {key: line[key] for key in ("muscle", "side", "point", "position", "needle_gauge", "needle_length_mm")} == {
        "muscle": "upper trapezius",
        "side": "right",
        "point": "latent",
        "position": "3 cm above",
        "needle_gauge": "0.25",
        "needle_length_mm": "30",
    }
    assert world.told == ["begins"]


def test_answers_are_kept_left_out_and_changed_by_going_back() -> None:
    world = World()
    world.to(Step.BEFORE)
    assert world.flow.press("T") == ""  # pain: ten
    assert world.flow.press("G") == ""  # tenderness is left out
    assert "kg/cm²" in world.flow.sheet().text
    assert "no number" in world.flow.enter("a lot")
    assert "no number" in world.flow.enter("31")
    assert world.flow.enter("2,5") == ""
    assert world.flow.press("3") == ""
    assert world.flow.press("B") == ""
    assert world.flow.press("4") == ""
    assert world.flow.press("B") == ""
    assert world.flow.press("B") == ""
    assert world.flow.sheet().entry == "2.5"
    assert world.flow.press("End") == ""
    assert world.flow.step is Step.NEEDLE
    site = world.sites.book.open_site
    assert site is not None
    told = {label: (answer.value, answer.text) for (label, _), answer in site.answers.items()}
    assert told == {"pain": (10.0, "10"), "pressure_threshold": (2.5, "2.5 kg/cm²"), "referred_pain": (4.0, "arm")}
    assert len(world.keeper.of("answer")) == 4, "the journal keeps the answer that was changed, too"


def test_a_site_is_not_closed_with_the_needle_in_and_after_it_more_is_asked() -> None:
    world = World()
    world.to(Step.NEEDLE)
    world.needle_is_in = True
    assert "needle is in" in (world.flow.press("G") or "")
    world.needle_is_in = False
    assert world.flow.press("G") == ""
    asked = []
    while world.told[-1] != "closed":
        asked.append(world.flow.sheet().title)
        assert world.flow.press("G") == ""
    assert len(asked) == 8
    assert "at the needle" in asked[-2]
    assert "Adverse event" in asked[-1]
    assert world.flow.press("Q") == ""
    assert world.told[-1] == "finish"


@pytest.mark.parametrize("key", ["End", "G", "0"])
def test_a_site_stays_open_where_the_needle_went_in_during_the_questions(key: str) -> None:
    world = World()
    world.to(Step.AFTER)
    while "8/8" not in world.flow.sheet().title:
        world.flow.press("G")
    world.needle_is_in = True
    assert "needle is in" in (world.flow.press(key) or "")
    assert "8/8" in world.flow.sheet().title, "the last question again"
    assert world.told[-1] != "closed"
    world.needle_is_in = False
    assert world.flow.press(key) == ""
    assert world.told[-1] == "closed"


def test_a_site_whose_recording_has_ended_is_not_closed_and_its_questions_stand() -> None:
    world = World()
    world.to(Step.AFTER)
    world.keeper.is_running = False
    assert "no recording" in (world.flow.press("End") or "")
    assert "8/8" in world.flow.sheet().title


def test_twitches_are_counted_for_the_site_in_which_they_came() -> None:
    world = World()
    for onset_s in (4.0, 5.0):
        world.monitor.take_verdict({"label": "twitch", "snr_db": 30.0, "onset_s": onset_s, "offset_s": onset_s + 0.1})
    world.live(3)
    world.to(Step.AFTER)
    world.flow.press("End")
    assert "2 twitches" in world.flow.sheet().text
    world.to(Step.SITE)
    world.monitor.take_verdict({"label": "twitch", "snr_db": 30.0, "onset_s": 7.0, "offset_s": 7.1})
    world.live(3)
    world.to(Step.AFTER)
    world.flow.press("End")
    assert "1 twitch confirmed" in world.flow.sheet().text
    spans = [(start_s, stop_s) for _, start_s, stop_s in world.sites.book.spans(100.0)]
    assert spans == [(0.0, 6.0), (6.0, 9.0)]


def test_without_a_recording_nothing_is_said_to_be_kept() -> None:
    world = World()
    world.to(Step.SITE)
    world.keeper.is_running = False
    assert "no recording" in (world.flow.press("G") or "")
    assert world.flow.step is Step.SITE
    assert world.sites.book == SiteBook(checks=world.sites.book.checks)


def test_a_flow_that_begins_at_the_needle_names_its_site_when_it_is_closed() -> None:
    world = World(Step.NEEDLE)
    assert world.flow.is_at_needle
    assert world.flow.press("S") is None, "the keys of marks are nobody else's"
    assert world.flow.press("G") == ""
    assert [line["label"] for line in world.keeper.of("site")] == ["site_begin"]


def test_there_is_a_way_back_but_not_behind_the_beginning_of_a_site() -> None:
    world = World()
    assert "no way back" in (world.flow.press("B") or "")
    world.to(Step.SITE)
    assert world.flow.press("B") == ""
    assert world.flow.step is Step.REST
    world.to(Step.BEFORE)
    assert "has begun" in (world.flow.press("B") or "")
    world.to(Step.NEEDLE)
    assert world.flow.press("B") == ""
    assert world.flow.step is Step.BEFORE


def test_a_mask_keeps_verdicts_back_and_says_so_to_the_session() -> None:
    from twitchscope.live.feed import Found
    from twitchscope.live.status import Status

    shown: list[bool] = []
    mask = Mask(shown.append)
    found = Found({"label": "twitch", "grade": "strong"}, 0.0)
    assert mask.through([found]) == [found]
    mask.put_on()
    assert mask.through([found]) == []
    glance = mask.glance(Status().glance(1.0, is_learnt=True, unusable=[]))
    assert "hidden" in glance.detail
    assert "twitch" not in glance.counts
    assert mask.lift() == [found]
    assert mask.lift() == []
    assert shown == [False, True, True]
