"""Flow of a session without a window: steps, keys, what is refused and why, and what the journal stores."""

import subprocess
import sys

import pytest

from acquisition.core import AmplitudeUnit
from tests.twitchscope.events import event
from tests.twitchscope.flowing import World
from twitchscope.entries.sites import SiteBook
from twitchscope.findings.detection import NONE_USABLE
from twitchscope.live.feed import DetectorState
from twitchscope.live.flow.mask import Mask
from twitchscope.live.flow.steps import Step


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
    assert world.flow.press("G") == ""  # tenderness is skipped
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
    answers = {label: (answer.value, answer.text) for (label, _), answer in site.answers.items()}
    assert answers == {"pain": (10.0, "10"), "pressure_threshold": (2.5, "2.5 kg/cm²"), "referred_pain": (4.0, "arm")}
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


def test_a_closed_site_counts_a_twitch_whose_verdict_comes_after_its_end_and_none_that_began_later() -> None:
    world = World()
    world.to(Step.AFTER)
    while world.told[-1] != "closed":
        world.flow.press("G")
    (site,) = world.sites.book.sites
    assert site.end_s is not None
    none_yet = world.flow.sheet().text
    for onset_s in (site.end_s - 0.05, site.end_s + 0.5):
        world.monitor.take_verdict(event(onset_s))
    assert "1 twitch" in world.flow.sheet().text
    assert "1 twitch" not in none_yet


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
        world.monitor.take_verdict(event(onset_s))
    world.live(3)
    world.to(Step.AFTER)
    world.flow.press("End")
    assert "2 twitches" in world.flow.sheet().text
    world.to(Step.SITE)
    world.monitor.take_verdict(event(7.0))
    world.live(3)
    world.to(Step.AFTER)
    world.flow.press("End")
    assert "1 twitch confirmed" in world.flow.sheet().text
    spans = [(start_s, stop_s) for _, start_s, stop_s in world.sites.book.spans(100.0)]
    assert spans == [(0.0, 6.0), (6.0, 9.0)]


def test_a_site_without_twitch_says_what_could_be_seen_when_it_is_closed() -> None:
    world = World()
    world.source.state = DetectorState((0.0, 0.0), (True, True), True, none_seen=lambda start_s, stop_s: NONE_USABLE)
    world.to(Step.AFTER)
    world.flow.press("End")
    assert world.flow.sheet().text == NONE_USABLE


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
    found = Found(event(), 0.0)
    assert mask.through([found]) == [found]
    mask.put_on()
    assert mask.through([found]) == []
    glance = mask.glance(Status(AmplitudeUnit.MICROVOLTS).glance(1.0, is_learnt=True, unusable=[]))
    assert "hidden" in glance.detail
    assert "twitch" not in glance.counts
    assert mask.lift() == [found]
    assert mask.lift() == []
    assert shown == [False, True, True]
