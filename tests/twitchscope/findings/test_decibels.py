"""Decibels never contradict the grade shown beside them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquisition.core import AmplitudeUnit
from dsp.measuring.measures import grade_of
from tests.twitchscope.events import event
from twitchscope.findings.decibels import rounded_db
from twitchscope.terminal.printing import event_text


@pytest.mark.parametrize(
    ("snr_db", "grade", "n_digits", "shown"),
    [
        (29.97, "medium", 1, 29.9),
        (29.97, "medium", 0, 29.0),
        (30.0, "medium", 2, 29.99),  # from an older journal, in which it was rounded up
        (19.996, "weak", 2, 19.99),
        (30.04, "strong", 1, 30.0),
        (24.56, "medium", 1, 24.6),
        (30.0, "of another program", 0, 30.0),
    ],
)
def test_only_what_would_reach_the_next_grade_is_not_rounded_up(
    snr_db: float, grade: str, n_digits: int, shown: float
) -> None:
    assert rounded_db(snr_db, grade, n_digits) == shown


@given(st.floats(-60.0, 140.0), st.integers(0, 3))
def test_rounded_decibels_have_the_grade_of_the_true_ones(snr_db: float, n_digits: int) -> None:
    shown = rounded_db(snr_db, grade_of(snr_db), n_digits)
    assert grade_of(shown) == grade_of(snr_db)
    assert abs(shown - snr_db) <= 10.0**-n_digits


def test_a_line_on_the_terminal_has_them() -> None:
    text = event_text(event(snr_db=29.97, grade="medium"), AmplitudeUnit.MICROVOLTS)
    assert "29.9 dB  medium" in text
