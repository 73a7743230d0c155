"""Blocks: creation, slicing and holding."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquisition.core import Block, held_block, make_block


def ramp(n_samples: int, n_channels: int = 2, first_index: int = 0) -> Block:
    counts = np.arange(n_samples * n_channels, dtype=np.int32).reshape(n_samples, n_channels)
    return make_block(first_index, counts, arrival_s=1.5)


def test_made_block_is_valid_and_without_aux() -> None:
    block = ramp(5, 3, first_index=7)
    assert (block.n_samples, block.first_index, block.end_index, block.n_lost) == (5, 7, 12, 0)
    assert block.aux.shape == (5, 0)
    assert block.aux.dtype == np.int32
    assert block.valid.dtype == np.bool_
    assert block.valid.all()


def test_made_block_keeps_aux() -> None:
    aux = np.array([[1], [2]], np.int32)
    np.testing.assert_array_equal(make_block(0, np.zeros((2, 1), np.int32), 0.0, aux).aux, aux)


def test_held_block_repeats_the_last_sample_and_is_lost() -> None:
    block = held_block(10, 3, np.array([5, -6], np.int32), np.array([9], np.int32), 2.0)
    np.testing.assert_array_equal(block.counts, [[5, -6]] * 3)
    np.testing.assert_array_equal(block.aux, [[9]] * 3)
    assert (block.first_index, block.end_index, block.n_lost, block.arrival_s) == (10, 13, 3, 2.0)
    assert block.counts.dtype == block.aux.dtype == np.int32
    assert block.counts.strides[0] == 0, "the hours that a computer slept through take no memory"


@given(n=st.integers(0, 20), start=st.integers(-25, 25), stop=st.integers(-25, 25))
def test_a_slice_keeps_every_sample_at_its_index(n: int, start: int, stop: int) -> None:
    block = ramp(n, first_index=100)
    part = block[start:stop]
    np.testing.assert_array_equal(part.counts, block.counts[start:stop])
    assert part.valid.size == part.aux.shape[0] == part.n_samples
    for offset in range(part.n_samples):
        np.testing.assert_array_equal(part.counts[offset], block.counts[part.first_index - 100 + offset])


def test_a_slice_is_a_view() -> None:
    block = ramp(4)
    assert np.shares_memory(block[1:3].counts, block.counts)


@pytest.mark.parametrize("step", [2, -1])
def test_a_slice_with_a_step_is_refused(step: int) -> None:
    with pytest.raises(ValueError, match="steps of 1"):
        ramp(4)[::step]
