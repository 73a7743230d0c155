"""Hostile bytes to runs of samples: nothing raises, and no sample is repeated or has a wrong index."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from acquisition.drivers._cyton_stream import CytonStream, DaisyPairs, Run
from acquisition.link.aux_layouts import AuxMode
from acquisition.link.encoding import encode_packets

NOISE = np.random.default_rng(8).integers(-(2**23), 2**23, (2000, 8), dtype=np.int32)
WIRE = encode_packets(NOISE).tobytes()

PIECES = st.one_of(
    st.binary(max_size=100),
    st.builds(lambda first, n: WIRE[33 * first : 33 * (first + n)], st.integers(0, 1500), st.integers(0, 400)),
    st.builds(lambda place, n: WIRE[place : place + n], st.integers(0, 50_000), st.integers(0, 500)),
    st.sampled_from([b"", b",", b"$$$", b"Success: Channel set for 1$$$", WIRE[:33], WIRE[:66]]),
)


@settings(max_examples=200)
@given(
    pieces=st.lists(st.tuples(PIECES, st.sampled_from([0.0, 0.001, 0.016, 0.3, 1.1, 60.0])), max_size=20),
    has_daisy=st.booleans(),
    mode=st.sampled_from(list(AuxMode)),
)
def test_hostile_bytes(pieces: list[tuple[bytes, float]], has_daisy: bool, mode: AuxMode) -> None:
    stream = CytonStream(250.0, 0.0, mode, has_daisy)
    now_s, next_index = 0.0, 0
    for data, wait_s in [*pieces, (b"", 1.0)]:
        now_s += wait_s
        for run in stream.feed(data, now_s):
            assert run.first_index >= next_index
            assert len(run.counts) == len(run.aux) > 0
            next_index = run.first_index + len(run.counts)
            assert run.counts.shape[1] == (16 if has_daisy else 8)
    assert stream.unwrapper.n_held == 0


def test_packets_on_hold_come_with_their_own_samples() -> None:
    stream = CytonStream(1000.0, 0.0, AuxMode.ACCEL, has_daisy=False)
    runs: list[Run] = []
    for number in [*range(200), *range(712, 1000)]:
        runs += stream.feed(b"", number * 1e-3)  # a read without data
        runs += stream.feed(WIRE[33 * number : 33 * (number + 1)], (number + 1) * 1e-3)
    assert stream.unwrapper.n_lost == 512
    indices = np.concatenate([run.first_index + np.arange(len(run.counts)) for run in runs])
    np.testing.assert_array_equal(indices, [*range(200), *range(712, 1000)])
    np.testing.assert_array_equal(np.concatenate([run.counts for run in runs]), NOISE[indices])


def pairs_of(indices: list[int], chunk: int, mode: AuxMode = AuxMode.ACCEL) -> tuple[list[int], NDArray[np.int32]]:
    pairs = DaisyPairs(mode)
    numbers = np.array(indices, np.int64)
    found = [
        pairs.join(
            numbers[i : i + chunk], NOISE[numbers[i : i + chunk]], numbers[i : i + chunk, None].astype(np.int32) % 3
        )
        for i in range(0, len(numbers), chunk)
    ]
    return np.concatenate([one[0] for one in found]).tolist(), np.concatenate([one[2] for one in found])


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 100])
def test_a_pair_needs_both_its_halves(chunk: int) -> None:
    assert pairs_of([0, 1, 2, 3, 4, 6, 7, 9, 10, 12, 13], chunk)[0] == [1, 3, 6]


@pytest.mark.parametrize("chunk", [1, 2, 100])
def test_of_a_pair_the_later_value_counts_and_of_markers_the_one_that_is_set(chunk: int) -> None:
    # Each packet's value is its number modulo 3.
    assert pairs_of(list(range(2, 8)), chunk)[1][:, 0].tolist() == [0, 2, 1]
    assert pairs_of(list(range(2, 8)), chunk, AuxMode.MARKER)[1][:, 0].tolist() == [2, 2, 1]


def test_trouble_is_reported_once_and_whole() -> None:
    stream = CytonStream(250.0, 0.0, AuxMode.ACCEL, has_daisy=False)
    text = b"Success: fine$$$\x00Failure: Board RFduino buffer overflowed.$$$"
    stream.feed(text[:40], 0.1)
    assert stream.failure() == ""
    stream.feed(text[40:], 0.2)
    assert stream.failure() == "Failure: Board RFduino buffer overflowed."
    assert stream.failure() == ""
