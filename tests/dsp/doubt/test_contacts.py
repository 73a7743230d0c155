"""Needle contacts: they give latencies, lower the confidence in bursts that follow none, and create no twitch.

All of this is the same in any chunking.
"""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from dsp import TwitchDetector, TwitchEvent
from dsp.doubt.contacts import LEAST_SHIFT, LOCKED_S, NO_CONTACT, REMEMBERED_S, STAMPED_S, SURE, ContactLock, ContactLog
from dsp.doubt.prevalence import shifted
from dsp.verdict import required
from tests.dsp.by_hand import RATE_HZ, add_twitch, heart_signal, near, noise, run, twitches
from tests.dsp.test_arguments import refusal_of

AT_S = [16.0 + 1.7 * k for k in range(12)]
LATENCY_S = 0.03
LOOSE_S = AT_S[-1] + 1.0


def after(sure: list[float]) -> ContactLock:
    lock = ContactLock()
    for since_contact_s in sure:
        lock.note(since_contact_s, 0.99)
    return lock


# --- the log ----------------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 9)), max_size=12), st.integers(0, 99), st.integers(0, 120))
@example([(4, 0), (5, 0)], 5, 5)
def test_the_last_contact_is_the_last_that_is_known(contacts: list[tuple[int, int]], index: int, decided: int) -> None:
    log = ContactLog(1000.0)
    for contact, late in contacts:
        log.note(contact, contact + late)
    before = [contact for contact, late in contacts if contact <= index and contact + late <= decided]
    assert log.seconds_before(index, decided) == ((index - max(before)) / 1000.0 if before else math.inf)


def test_what_is_long_past_is_forgotten_and_what_is_to_come_is_not() -> None:
    log = ContactLog(1.0)
    for contact in range(0, 1000, 2):
        log.note(contact, contact)
    now = 500
    log.forget(now)
    oldest = now - round(REMEMBERED_S)
    assert log.seconds_before(oldest - 1, now) == math.inf
    assert log.seconds_before(oldest + 1, now) == log.seconds_before(999, 999) == 1.0


# --- the lock ---------------------------------------------------------------------------------------------------------


def test_what_follows_a_contact_loses_nothing_nor_does_anything_where_none_is_stamped() -> None:
    lock = after([LATENCY_S] * 50)
    assert [lock.shift(seconds) for seconds in (0.0, LATENCY_S, LOCKED_S, STAMPED_S + 0.001, math.inf)] == [1.0] * 5


def test_the_more_sure_bursts_keep_to_the_contacts_the_more_another_is_doubted() -> None:
    shifts = [after([LATENCY_S] * n).shift(0.5) for n in range(0, 200, 5)]
    assert shifts[0] == 0.5 and shifts[-1] == LEAST_SHIFT and shifts == sorted(shifts, reverse=True)
    assert shifts[2] < 0.2


@given(st.lists(st.floats(0.0, 4.0), max_size=60), st.floats(0.0, 4.0))
def test_nothing_is_ever_added(sure: list[float], since_contact_s: float) -> None:
    assert LEAST_SHIFT <= after(sure).shift(since_contact_s) <= 1.0


def test_a_switch_that_closes_at_any_moment_of_a_pass_soon_takes_nothing() -> None:
    times_s = np.random.default_rng(4).uniform(0.0, 0.6, 12)
    assert after(times_s.tolist()).shift(0.5) == 1.0


def test_a_switch_that_comes_loose_soon_takes_nothing_any_more() -> None:
    assert after([LATENCY_S] * 500).shift(0.5) < 0.1
    assert after([LATENCY_S] * 500 + [0.3] * 20).shift(0.5) > 0.9


def test_a_burst_at_the_latest_time_of_a_reflex_keeps_to_its_contact() -> None:
    assert after([LOCKED_S] * 20).shift(0.5) == after([LATENCY_S] * 20).shift(0.5)


def test_doubtful_bursts_and_those_without_a_contact_teach_nothing() -> None:
    lock = after([math.inf, STAMPED_S + 0.1])
    lock.note(LATENCY_S, SURE - 0.01)
    assert lock.shift(0.5) == ContactLock().shift(0.5)


# --- verdicts ---------------------------------------------------------------------------------------------------------


def signal() -> NDArray[np.float64]:
    """Return twelve twitches, and another a second after the last."""
    x = noise(LOOSE_S + 3.0, seed=5)
    for k, at_s in enumerate([*AT_S, LOOSE_S]):
        add_twitch(x, at_s, 60.0 + k % 3)
    return x


def contacts() -> list[int]:
    return [round((at_s - LATENCY_S) * RATE_HZ) for at_s in AT_S]


def reported(x: NDArray[np.float64], stamped: list[int], threshold: float | None = None, block: int = 50) -> list:
    detector = TwitchDetector(RATE_HZ, x.shape[1])
    if threshold is not None:
        detector.study_classifier(threshold=threshold)
    for contact in stamped:
        detector.note_contact(contact)
    return run(detector, x, block=block)


def test_contacts_give_latencies() -> None:
    found = twitches(reported(signal(), contacts()))
    assert len(found) == len(AT_S) + 1
    for event in found[:-1]:
        assert event.latency_ms is not None
        assert event.latency_ms == pytest.approx(1e3 * LATENCY_S, abs=3.0)
    assert found[-1].latency_ms is None, "a second after the last contact"
    assert all(event.latency_ms is None for event in twitches(reported(signal(), [])))


def test_what_is_barely_confirmed_is_not_at_another_time_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    x = signal()
    loose = twitches(reported(x, []))[-1]
    barely = shifted(loose.confidence, 1.0 / 1.2)
    monkeypatch.setattr(required, "LEAST_OF_PIECE", (1.0,) * 4)
    monkeypatch.setattr(required, "LEAST_IN_CALM", barely)
    assert near(twitches(reported(x, [], barely)), LOOSE_S), "without contacts it is a twitch"
    answers = reported(x, contacts(), barely)
    (event,) = near(answers, LOOSE_S)
    assert (event.label, event.reasons) == ("uncertain", (NO_CONTACT, "1.0 s after the last one"))
    assert [one.onset_index for one in twitches(answers)] == [
        one.onset_index for one in twitches(reported(x, [], barely))[:-1]
    ]
    for block in (7, len(x)):
        assert reported(x, contacts(), barely, block) == answers


def test_a_doubted_twitch_on_a_heartbeat_is_not_called_the_heart(monkeypatch: pytest.MonkeyPatch) -> None:
    x, beats = heart_signal(30.0, 4)
    hit_s = next(beat for beat in beats if beat > 20.0) + 0.01
    add_twitch(x, hit_s, 60.0, channel=2)
    (usual,) = twitches(reported(x, []))
    assert usual.reasons[-1] == "on a heartbeat"
    barely = shifted(usual.confidence, 1.0 / 1.2)
    monkeypatch.setattr(required, "LEAST_OF_PIECE", (1.0,) * 4)
    monkeypatch.setattr(required, "LEAST_IN_CALM", barely)
    answers = reported(x, [round((hit_s - 1.0) * RATE_HZ)], barely)
    (event,) = [event for event in near(answers, hit_s) if event.label != "heartbeat"]
    assert (event.label, event.reasons[0]) == ("uncertain", NO_CONTACT)


def test_how_common_twitches_are_is_not_for_contacts_to_say() -> None:
    x = signal()

    def share(stamped: list[int]) -> float:
        detector = TwitchDetector(RATE_HZ, x.shape[1])
        for contact in stamped:
            detector.note_contact(contact)
        run(detector, x)
        return detector._judge._prevalence._twitches

    assert share(contacts()[:8]) == pytest.approx(share([]), rel=1e-9), "the last four are doubted"


def test_a_contact_counts_from_where_it_is_known() -> None:
    """A contact reported after lost samples comes too late for earlier decisions, in any chunking."""
    x = signal()

    def latency_ms(known_index: int, block: int) -> float | None:
        detector = TwitchDetector(RATE_HZ, x.shape[1])
        detector.note_contact(contacts()[0], known_index)
        return twitches(run(detector, x, block=block))[0].latency_ms

    decided = twitches(reported(x, []))[0].decided_index
    for block in (20, len(x)):
        assert latency_ms(decided, block) is not None
        assert latency_ms(decided + 1, block) is None


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(0, round((LOOSE_S + 2.0) * RATE_HZ)), max_size=30))
def test_contacts_make_no_twitch(stamped: list[int]) -> None:
    x = signal()
    without = {event.onset_index for event in twitches(reported(x, [], 0.9))}
    assert {event.onset_index for event in twitches(reported(x, stamped, 0.9))} <= without


def test_indices_are_those_of_a_signal_that_is_decimated() -> None:
    rate_hz = 16_000.0
    x = noise(20.0, 2, rate_hz, seed=2)
    add_twitch(x, 18.0, 60.0, rate_hz=rate_hz)
    detector = TwitchDetector(rate_hz, 2)
    detector.note_contact(round(17.96 * rate_hz))
    (event,) = twitches(run(detector, x, block=4000))
    assert event.latency_ms == pytest.approx(1e3 * (event.onset_s - 17.96), abs=0.1)
    assert event.latency_ms == pytest.approx(40.0, abs=3.0)


@pytest.mark.parametrize(("since_s", "label", "kind"), [(0.02, "voluntary", "tap reflex"), (0.2, "voluntary", "wince")])
def test_what_most_channels_show_soon_after_a_contact_is_no_wince(since_s: float, label: str, kind: str) -> None:
    x = noise(20.0, 6, seed=8)
    for channel in range(6):
        add_twitch(x, 18.0, 60.0, channel, n_units=4)
    (event,) = near(reported(x, [round((18.0 - since_s) * RATE_HZ)]), 18.0)
    assert isinstance(event, TwitchEvent)
    assert (event.label, event.reasons[0]) == (label, kind)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((-1,), "the sample of a needle contact must be a whole number from 0 on, not -1"),
        ((2.5,), "the sample of a needle contact must be a whole number from 0 on, not 2.5"),
        ((math.nan,), "the sample of a needle contact must be a whole number from 0 on, not nan"),
        ((math.inf,), "the sample of a needle contact must be a whole number from 0 on, not inf"),
        (("7",), "the sample of a needle contact must be one number, not the text '7'"),
        ((None,), "the sample of a needle contact must be one number, not None"),
        ((9, 8), "a needle contact at sample 9 cannot be known at sample 8 already"),
    ],
)
def test_what_is_no_contact_is_refused(arguments: tuple, message: str) -> None:
    assert refusal_of(lambda: TwitchDetector(RATE_HZ, 2).note_contact(*arguments)) == message
