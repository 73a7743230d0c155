"""One burst that needle and skin both show is one event; two bursts are two events."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from dsp import Label, TwitchEvent
from dsp.bursts import JOIN_S, Group
from dsp.needle_electrode import watch as needle_watch
from dsp.needle_electrode.model import NeedleVerdict
from dsp.needle_electrode.track import LONGEST_BURST_S, NeedleBurst
from dsp.needle_electrode.watch import AGAIN_S, LONGEST_WAIT_S, SLACK_S, NeedleWatch

ONSET, OFFSET = 20_000, 20_080
BURST = NeedleBurst(0, ONSET, OFFSET, OFFSET + 30, (), 600.0, 200.0, 30.0, "medium", False, 1.0, False)
AT_SKIN = Group(ONSET + 10, 0, {1})


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> NeedleWatch:
    """Return a watch of one needle, channel 0, whose bursts are all volleys."""
    monkeypatch.setattr(needle_watch, "weigh_burst", lambda features: NeedleVerdict(True, 0.8, ("dense",)))
    return NeedleWatch(1000.0, 4, [0], (30.0, 400.0))


def report(watch: NeedleWatch, *bursts: NeedleBurst, skin: tuple[Group, ...] = (), index: int = 0) -> list[TwitchEvent]:
    """Let the needle have bursts, with the kernel at `index` or where the last burst was decided."""
    watch.tracks = {0: SimpleNamespace(advance=lambda kernel: bursts)}  # type: ignore[dict-item]
    kernel = SimpleNamespace(index=index or bursts[-1].decided_index)
    return watch.advance(kernel, list(skin), 0)  # type: ignore[arg-type, return-value]


def moved(by: int) -> NeedleBurst:
    return replace(BURST, onset_index=ONSET + by, offset_index=OFFSET + by, decided_index=BURST.decided_index + by)


def seen(label: Label, by: int = 10, confidence: float = 0.7) -> TwitchEvent:
    """Return an event at the skin, later than the needle's by so many samples."""
    return TwitchEvent(
        ONSET + by, OFFSET + by, 0.0, 0.0, label, confidence, ("why",), 1, (1,), 60.0, 20.0, 20.0, "medium", None,
        OFFSET + by + 60, 1.0,
    )  # fmt: skip


@pytest.mark.parametrize("over_floor", [False, True])
def test_an_event_says_whether_its_decibels_are_over_a_level_that_was_learnt(
    watch: NeedleWatch, over_floor: bool
) -> None:
    (event,) = report(watch, replace(BURST, over_floor=over_floor))
    assert event.over_floor is over_floor


@pytest.mark.parametrize(
    ("label", "joined", "confidence", "reasons"),
    [
        ("twitch", "twitch", 0.8, ("why", "seen by the needle")),
        ("uncertain", "twitch", 0.8, ("needle electrode", "dense", "also at the skin")),
        ("voluntary", "voluntary", 0.7, ("why",)),
    ],
)
def test_what_the_needle_showed_waits_for_the_skin_and_is_one_event_with_it(
    watch: NeedleWatch, label: Label, joined: Label, confidence: float, reasons: tuple[str, ...]
) -> None:
    assert report(watch, BURST, skin=(AT_SKIN,)) == []
    (event,) = watch.join(seen(label))
    assert (event.label, event.confidence, event.reasons, event.channels) == (joined, confidence, reasons, (0, 1))
    assert event.decided_index == seen(label).decided_index
    assert watch.flush() == []


@pytest.mark.parametrize("label", ["heartbeat", "artifact"])
def test_a_volley_at_the_needle_is_none_of_the_heart_or_of_a_fault_at_the_skin(
    watch: NeedleWatch, label: Label
) -> None:
    report(watch, BURST, skin=(AT_SKIN,))
    reported = watch.join(seen(label))
    assert [(event.label, event.channels) for event in reported] == [("twitch", (0,)), (label, (1,))]


def test_what_the_skin_does_not_show_in_time_is_the_needle_s_alone(watch: NeedleWatch) -> None:
    report(watch, BURST, skin=(AT_SKIN,))
    until = BURST.decided_index + round(LONGEST_WAIT_S * 1000.0)
    watch.tracks = {}
    assert report(watch, skin=(AT_SKIN,), index=until - 8) == []
    (event,) = report(watch, skin=(AT_SKIN,), index=until + 8)
    assert (event.label, event.channels, event.decided_index) == ("twitch", (0,), until)


@pytest.mark.parametrize(("by_s", "n_reported"), [(JOIN_S, 0), (JOIN_S + 0.001, 1), (-JOIN_S - 0.001, 1)])
def test_only_what_began_at_about_the_same_time_is_waited_for(watch: NeedleWatch, by_s: float, n_reported: int) -> None:
    assert len(report(watch, BURST, skin=(Group(ONSET + round(1000.0 * by_s), 0, {1}),))) == n_reported


@pytest.mark.parametrize(("by", "is_one"), [(OFFSET - ONSET + round(1000.0 * SLACK_S), True), (200, False)])
def test_a_twitch_that_was_reported_is_not_reported_again(watch: NeedleWatch, by: int, is_one: bool) -> None:
    assert [event.label for event in report(watch, BURST)] == ["twitch"]
    for label in ("twitch", "uncertain"):
        assert watch.join(seen(label, by)) == ([] if is_one else [seen(label, by)])
    assert watch.join(seen("voluntary", by)) == [seen("voluntary", by)]


def test_what_the_skin_reported_first_the_needle_does_not_report_again(watch: NeedleWatch) -> None:
    watch.join(seen("twitch"))
    assert report(watch, BURST) == []
    assert [event.label for event in report(watch, moved(400))] == ["twitch"]


def test_a_volley_in_a_contraction_at_the_skin_is_uncertain(watch: NeedleWatch) -> None:
    watch.join(seen("voluntary"))
    (event,) = report(watch, BURST)
    assert (event.label, event.reasons) == ("uncertain", ("needle electrode", "a contraction at the skin"))


@pytest.mark.parametrize("skin", [(), (AT_SKIN,)])
def test_a_volley_so_soon_after_a_twitch_is_the_rest_of_it(watch: NeedleWatch, skin: tuple[Group, ...]) -> None:
    report(watch, BURST, skin=skin)  # reported, or held
    soon = OFFSET - ONSET + round(1000.0 * AGAIN_S)
    (event,) = report(watch, moved(soon))
    assert (event.label, event.reasons) == ("uncertain", ("aftermath", "goes on after a twitch"))
    *_, event = report(watch, moved(2 * soon + 1))  # along with what was held until then
    assert event.label == "twitch"


def test_a_volley_before_one_that_another_needle_reported_is_no_rest_of_it(watch: NeedleWatch) -> None:
    report(watch, BURST)
    (event,) = report(watch, moved(-500))
    assert event.label == "twitch"


def test_what_lasts_is_no_volley(watch: NeedleWatch) -> None:
    n = round(900.0 * LONGEST_BURST_S)
    (shorter,) = report(watch, replace(BURST, offset_index=ONSET + n - 2))
    (longer,) = report(watch, replace(moved(5000), offset_index=ONSET + 5000 + n - 1))
    assert (shorter.label, longer.label, longer.reasons) == ("twitch", "voluntary", ("needle electrode", "long"))
