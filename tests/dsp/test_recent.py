"""Recent part of the signal for a verdict, and subtraction from it."""

import numpy as np
import pytest

from dsp.recent import Recent


def recent() -> Recent:
    rng = np.random.default_rng(3)
    ones = np.ones(2)
    return Recent(100, rng.standard_normal((40, 2)), rng.standard_normal((40, 2)), ones, ones, ones)


@pytest.mark.parametrize(("first", "n", "n_within"), [(5, 10, 10), (0, 40, 40), (35, 10, 5)])
def test_what_is_taken_out_is_gone_and_comes_back_to_the_bit(first: int, n: int, n_within: int) -> None:
    part = recent()
    band_uv, raw_uv = part.band_uv.copy(), part.raw_uv.copy()
    off_band_uv, off_raw_uv = np.full((n, 2), 3.0), np.full((n, 2), -2.0)
    before = part.less(first, off_band_uv, off_raw_uv)
    within = slice(first, first + n_within)
    expected_band_uv, expected_raw_uv = band_uv.copy(), raw_uv.copy()
    expected_band_uv[within] -= 3.0
    expected_raw_uv[within] += 2.0
    np.testing.assert_array_equal(part.band_uv, expected_band_uv)
    np.testing.assert_array_equal(part.raw_uv, expected_raw_uv)
    part.put(before)
    np.testing.assert_array_equal(part.band_uv, band_uv)
    np.testing.assert_array_equal(part.raw_uv, raw_uv)


def test_a_channel_that_was_looked_at_before_is_looked_at_anew() -> None:
    part = recent()
    band_uv, raw_uv = part.band_of(1).copy(), part.raw_of(1).copy()
    before = part.less(7, np.ones((4, 2)), np.ones((4, 2)))
    np.testing.assert_array_equal(part.band_of(1)[7:11], band_uv[7:11] - 1.0)
    np.testing.assert_array_equal(part.raw_of(1)[7:11], raw_uv[7:11] - 1.0)
    part.put(before)
    np.testing.assert_array_equal(part.band_of(1), band_uv)


@pytest.mark.parametrize(("first", "n_within"), [(-3, 7), (-10, 0), (-20, 0), (45, 0)])
def test_only_what_has_rows_is_taken_out(first: int, n_within: int) -> None:
    part = recent()
    expected_uv = part.band_uv.copy()
    off_uv = np.arange(20.0).reshape(10, 2)
    expected_uv[:n_within] -= off_uv[10 - n_within :]
    part.less(first, off_uv, off_uv)
    np.testing.assert_array_equal(part.band_uv, expected_uv)


def test_the_rows_before_one_are_those_of_the_whole() -> None:
    whole = recent()
    whole.band_of(1)
    part = whole.until(30)
    assert part.start == whole.start
    for channel in (0, 1):
        np.testing.assert_array_equal(part.band_of(channel), whole.band_uv[:30, channel])
        np.testing.assert_array_equal(part.raw_of(channel), whole.raw_uv[:30, channel])
