from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquisition.recording.bdf.record_length import MAX_RECORD_BYTES, choose_record_length


@pytest.mark.parametrize(
    "sampling_rate_hz, text",
    [
        (125, "0.2"),
        (200, "0.2"),
        (250, "0.2"),
        (256, "0.25"),
        (500, "0.2"),
        (512, "0.25"),
        (1000, "0.2"),
        (1024, "0.25"),
        (1600, "0.2"),
        (2000, "0.2"),
        (2048, "0.25"),
        (4000, "0.2"),
        (333, "1"),
        (666, "0.5"),
        (741, "1"),
        (963, "1"),
        (2148, "0.25"),
        (2148.1481, None),
        (333.3333, None),
    ],
)
def test_length_of_the_records(sampling_rate_hz, text):
    length = choose_record_length(float(sampling_rate_hz), 24)
    if text is None:
        assert length.n_samples / length.duration == pytest.approx(sampling_rate_hz, rel=1e-5)
    else:
        assert length.text == text
        assert length.n_samples / length.duration == sampling_rate_hz


def test_many_fast_channels_get_shorter_records():
    length = choose_record_length(16_000.0, 3 * 16)
    assert length.n_samples * 48 <= MAX_RECORD_BYTES
    assert length.n_samples / length.duration == 16_000


@given(st.integers(1, 100_000))
def test_every_whole_rate_is_exact(sampling_rate_hz):
    length = choose_record_length(float(sampling_rate_hz), 24)
    assert length.n_samples / length.duration == sampling_rate_hz
    assert length.duration <= 1
    assert len(length.text) <= 8 and Fraction(length.text) == length.duration


@given(st.integers(50, 10_000))
def test_no_record_is_longer_than_the_shortest_that_is_exact_or_a_quarter_of_a_second(sampling_rate_hz):
    length = choose_record_length(float(sampling_rate_hz), 24)
    shorter = range(sampling_rate_hz // 10, length.n_samples)
    exact = [count for count in shorter if (Fraction(count, sampling_rate_hz) * 1_000_000).denominator == 1]
    assert length.duration <= Fraction(1, 4) or not exact


@given(st.floats(1.0, 100_000.0, allow_nan=False))
def test_every_other_rate_is_near(sampling_rate_hz):
    length = choose_record_length(sampling_rate_hz, 24)
    assert length.n_samples >= 1
    assert length.n_samples / length.duration == pytest.approx(sampling_rate_hz, rel=1e-4)
    assert len(length.text) <= 8 and Fraction(length.text) == length.duration
