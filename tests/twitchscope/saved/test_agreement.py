import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twitchscope.events import event
from twitchscope.saved.accounts import accounts
from twitchscope.saved.agreement import (
    MARK_WITHIN_S,
    Overlap,
    Pass,
    PassTable,
    marked_pass_table,
    overlap,
    pair,
    pair_marks,
    pair_onsets,
    pass_table,
    passes_between,
)
from twitchscope.saved.rating import Decision
from twitchscope.saved.session_files import Mark

times = st.lists(st.floats(0.0, 60.0), max_size=12)


def test_a_mark_belongs_to_the_nearest_event_of_the_two_seconds_before_it() -> None:
    assert pair_marks([10.0, 11.0], [11.5]) == [1]
    assert pair_marks([10.0], [12.0]) == [0]
    assert pair_marks([10.0], [12.001]) == [None]
    assert pair_marks([10.0], [9.999]) == [None], "an event cannot answer a mark that was made before it"


def test_an_event_is_taken_once_and_the_closest_pair_is_made_first() -> None:
    assert pair_marks([10.0], [10.4, 11.0]) == [0, None]
    assert pair_marks([1.0, 1.9], [2.0, 2.5]) == [1, 0]


def test_onsets_pair_to_both_sides_and_in_any_order() -> None:
    assert pair_onsets([3.0, 1.0], [1.05, 2.95]) == [1, 0]
    assert pair_onsets([1.0], [1.2]) == [None]


@given(times, times)
def test_pairs_are_one_to_one_and_within_reach(events_s: list[float], marks_s: list[float]) -> None:
    partners = pair_marks(events_s, marks_s)
    taken = [partner for partner in partners if partner is not None]
    assert len(set(taken)) == len(taken)
    for mark_s, partner in zip(marks_s, partners, strict=True):
        free = [k for k, at_s in enumerate(events_s) if mark_s - MARK_WITHIN_S <= at_s <= mark_s and k not in taken]
        assert partner is None or mark_s - MARK_WITHIN_S <= events_s[partner] <= mark_s
        assert partner is not None or not free, "a mark stayed alone beside a free event"


@given(times, times)
def test_nothing_is_counted_twice(events_s: list[float], others_s: list[float]) -> None:
    counted = overlap(len(events_s), pair(events_s, others_s, 1.0, 1.0))
    assert counted.n_both + counted.n_only_first == len(events_s)
    assert counted.n_both + counted.n_only_second == len(others_s)


def test_positive_agreement_is_twice_the_shared_over_the_sum() -> None:
    agreement = Overlap(6, 2, 4).positive_agreement
    assert agreement is not None
    assert agreement.value == pytest.approx(2 * 6 / (8 + 10))
    assert agreement.low < agreement.value < agreement.high
    assert Overlap(0, 0, 0).positive_agreement is None


def test_kappa_of_a_table_worked_out_by_hand() -> None:
    # 20 + 15 of 50 agree, 0.5 by chance: a textbook example, κ = 0.4.
    kappa = PassTable(20, 5, 10, 15).kappa
    assert kappa is not None
    assert kappa.value == pytest.approx(0.4)
    assert (kappa.low, kappa.high) == pytest.approx((0.1247, 0.6176), abs=1e-3)  # Wilson: 0.5624 to 0.8090 for 35 of 50


def test_kappa_is_not_given_where_there_was_one_answer_only() -> None:
    assert PassTable(5, 0, 0, 0).kappa is None
    assert PassTable(0, 0, 0, 0).kappa is None
    perfect = PassTable(3, 0, 0, 4).kappa
    assert perfect is not None
    assert perfect.value == perfect.high == 1.0
    assert perfect.low < 0.5, "seven passes prove little"


def test_passes_end_at_their_mark_at_the_next_pass_or_with_the_session() -> None:
    assert passes_between([10.0, 20.0, 30.0], [15.0, 35.0], 60.0) == [
        Pass(10.0, 15.0, -math.inf, 20.0),
        Pass(20.0, 30.0, 15.0, 30.0),
        Pass(30.0, 35.0, 30.0, math.inf),
    ]
    assert passes_between([20.0], [5.0, 19.8, 22.0], 60.0) == [Pass(20.0, 22.0, 19.8, math.inf)]
    assert passes_between([], [5.0], 60.0) == []


def test_a_mark_counts_a_little_behind_its_pass_and_never_into_the_next() -> None:
    passes = passes_between([10.0, 16.0, 30.0, 50.0], [15.0, 20.0, 40.0, 55.0], 60.0)
    table = marked_pass_table(passes, events_s=[12.0, 31.0], marks_s=[16.5, 41.9])
    assert table == PassTable(n_both=1, n_only_first=1, n_only_second=1, n_neither=1)


def test_no_interval_of_kappa_ends_below_the_least_kappa_there_is() -> None:
    kappa = PassTable(9, 1, 0, 0).kappa
    assert kappa is not None
    assert (kappa.value, kappa.low) == (0.0, -1.0)


def test_accounts_that_tell_the_same_times_agree_on_every_pass() -> None:
    onsets_s = [11.2, 21.2, 31.2, 41.2]
    passes = passes_between(
        [10.0, 20.0, 30.0, 40.0], [10.9, 22.0, 30.9, 42.0], 60.0
    )  # half of them end before their twitch
    assert pass_table(passes, onsets_s, onsets_s) == PassTable(2, 0, 0, 2)


def test_a_twitch_just_before_the_key_for_the_needle_is_that_passs_and_one_of_the_pass_before_is_not() -> None:
    passes = passes_between([10.0, 20.0], [19.9, 25.0], 60.0)
    assert [one.holds(9.7) for one in passes] == [True, False]
    assert [one.holds(9.4) for one in passes] == [False, False]
    assert [one.holds(19.8) for one in passes] == [True, False]
    assert [one.holds(19.95) for one in passes] == [False, True]


@pytest.mark.parametrize(
    ("in_s", "out_s"), [(-2.0, -0.3), (0.3, 2.5)], ids=["the needle left before", "its key came late"]
)
def test_a_mark_and_its_twitch_count_for_the_same_pass(in_s: float, out_s: float) -> None:
    onsets_s = [10.0, 20.0, 30.0]
    ins_s = [*(onset_s + in_s for onset_s in onsets_s), 40.0, 50.0]
    outs_s = [*(onset_s + out_s for onset_s in onsets_s), 41.0, 51.0]
    table = marked_pass_table(passes_between(ins_s, outs_s, 60.0), onsets_s, [onset_s + 0.7 for onset_s in onsets_s])
    assert table == PassTable(3, 0, 0, 2)


def _kappa_by_hand(knows: bool) -> float:
    """Return the mean κ of 100 sessions of close passes, with keys, and marks at twitches or by chance."""
    rng = np.random.default_rng(5)
    values = []
    for _ in range(100):
        needle_in_s = np.cumsum(rng.uniform(2.0, 5.0, 40))
        needle_out_s = needle_in_s + rng.uniform(0.5, 1.8, 40)
        onsets_s = (needle_in_s + rng.uniform(0.0, needle_out_s - needle_in_s))[rng.random(40) < 0.5]
        guesses_s = (needle_in_s + rng.uniform(0.0, needle_out_s - needle_in_s))[rng.random(40) < 0.5]
        marks_s = (onsets_s if knows else guesses_s) + rng.uniform(0.3, 1.3, len(onsets_s if knows else guesses_s))
        keys_s = (
            (needle_in_s + rng.uniform(0.0, 0.5, 40)).tolist(),
            (needle_out_s + rng.uniform(-0.2, 0.2, 40)).tolist(),
        )
        kappa = marked_pass_table(passes_between(*keys_s, 300.0), onsets_s.tolist(), marks_s.tolist()).kappa
        assert kappa is not None
        values.append(kappa.value)
    return float(np.mean(values))


def test_kappa_by_hand_is_that_of_who_knows_and_nothing_by_chance() -> None:
    assert _kappa_by_hand(knows=True) > 0.9
    assert abs(_kappa_by_hand(knows=False)) < 0.04  # 2.5 standard errors of the mean of 100 sessions of 40 passes


def test_a_pass_without_a_decision_on_what_it_holds_is_not_called_one_without_twitch() -> None:
    marks = [
        Mark(label, at_s + start_s, "", "operator", True)
        for start_s in (10.0, 20.0, 30.0, 40.0)
        for label, at_s in (("needle_in", 0.0), ("needle_out", 3.0))
    ]
    events = [event(11.0), event(21.0, "uncertain"), event(31.0, "heartbeat"), event(47.0, "uncertain")]
    decisions = [Decision(11.0, "A", "twitch", 11.0, 11.1, "A", True, "")]
    (rater,) = accounts(events, marks, {}, {"r1": decisions}, 50.0)
    assert rater.table == PassTable(1, 0, 0, 2), "the second pass is no answer yet"
    decisions.append(Decision(21.0, "A", "no event", 21.0, 21.1, "A", True, ""))
    (rater,) = accounts(events, marks, {}, {"r1": decisions}, 50.0)
    assert rater.table == PassTable(1, 0, 0, 3)
    (rater,) = accounts([*events, event(48.0)], marks, {}, {"r1": decisions}, 50.0)
    assert rater.table.n == 0, "who left a twitch open has not looked at all of the session"


def test_a_pass_is_a_question_to_the_account_in_whose_time_it_fell() -> None:
    def mark(label: str, time_s: float, shown: bool) -> Mark:
        return Mark(label, time_s, "", "operator", shown)

    marks = [
        mark("needle_in", 10.0, False), mark("seen", 11.5, False), mark("needle_out", 12.0, False),
        mark("needle_in", 15.0, False), mark("needle_out", 17.0, False),
        mark("needle_in", 30.0, True), mark("seen", 31.5, True), mark("needle_out", 32.0, True),
    ]  # fmt: skip
    hidden, shown = accounts([event(11.0, feedback_shown=False), event(31.0)], marks, {}, {}, 40.0)
    assert (hidden.verdicts, shown.verdicts) == ("hidden", "shown")
    assert (hidden.counted, shown.counted) == (Overlap(1, 0, 0), Overlap(1, 0, 0)), "each with the twitches of its time"
    assert (hidden.table.n_both, hidden.table.n_neither, hidden.table.n) == (1, 1, 2)
    assert (shown.table.n_both, shown.table.n) == (1, 1)
