from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitchscope.accounts import accounts
from twitchscope.agreement import (
    MARK_WITHIN_S,
    Overlap,
    Pass,
    PassTable,
    overlap,
    pair,
    pair_marks,
    pair_onsets,
    pass_table,
    passes_between,
)
from twitchscope.session_files import Mark

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
    # 20 + 15 of 50 alike, 0.5 by chance: the example of the encyclopaedias, κ = 0.4.
    kappa = PassTable(20, 5, 10, 15).kappa
    assert kappa is not None
    assert kappa.value == pytest.approx(0.4)
    assert (kappa.low, kappa.high) == pytest.approx((0.1247, 0.6176), abs=1e-3)  # Wilson's 0.5624 to 0.8090 of 35 in 50


def test_kappa_is_not_told_where_there_was_one_answer_only() -> None:
    assert PassTable(5, 0, 0, 0).kappa is None
    assert PassTable(0, 0, 0, 0).kappa is None
    perfect = PassTable(3, 0, 0, 4).kappa
    assert perfect is not None
    assert perfect.value == perfect.high == 1.0
    assert perfect.low < 0.5, "seven passes prove little"


def test_passes_end_at_their_mark_at_the_next_pass_or_with_the_session() -> None:
    assert passes_between([10.0, 20.0, 30.0], [15.0, 35.0], 60.0) == [
        Pass(10.0, 15.0, 20.0),
        Pass(20.0, 30.0, 30.0),
        Pass(30.0, 35.0, 60.0),
    ]
    assert passes_between([], [5.0], 60.0) == []


def test_a_mark_counts_a_little_behind_its_pass_and_never_into_the_next() -> None:
    passes = passes_between([10.0, 16.0, 30.0, 50.0], [15.0, 20.0, 40.0, 55.0], 60.0)
    table = pass_table(passes, events_s=[12.0, 31.0], marks_s=[16.5, 41.9])
    assert table == PassTable(n_both=1, n_only_first=1, n_only_second=1, n_neither=1)


def test_a_pass_is_a_question_to_the_account_in_whose_time_it_fell() -> None:
    def mark(label: str, time_s: float, shown: bool) -> Mark:
        return Mark(label, time_s, "", "operator", shown)

    def event(onset_s: float, shown: bool) -> dict[str, Any]:
        return {"label": "twitch", "onset_s": onset_s, "feedback_shown": shown}

    marks = [
        mark("needle_in", 10.0, False), mark("seen", 11.5, False), mark("needle_out", 12.0, False),
        mark("needle_in", 15.0, False), mark("needle_out", 17.0, False),
        mark("needle_in", 30.0, True), mark("seen", 31.5, True), mark("needle_out", 32.0, True),
    ]  # fmt: skip
    hidden, shown = accounts([event(11.0, False), event(31.0, True)], marks, {}, {}, 40.0)
    assert (hidden.verdicts, shown.verdicts) == ("hidden", "shown")
    assert (hidden.counted, shown.counted) == (Overlap(1, 0, 0), Overlap(1, 0, 0)), "each with the twitches of its time"
    assert (hidden.table.n_both, hidden.table.n_neither, hidden.table.n) == (1, 1, 2)
    assert (shown.table.n_both, shown.table.n) == (1, 1)
