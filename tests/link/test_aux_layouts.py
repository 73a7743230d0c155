"""Every layout of the auxiliary bytes."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from acquisition.link.aux_layouts import AUX_PLANS, AuxDecoder, AuxMode, aux_words
from acquisition.link.protocol import AUX_LAYOUTS, Tail


def rows(*packets: str) -> NDArray[np.uint8]:
    return np.array([list(bytes.fromhex(packet)) for packet in packets], np.uint8)


def tails(*values: int) -> NDArray[np.uint8]:
    return np.array(values, np.uint8)


def counters(*values: int) -> NDArray[np.uint8]:
    return np.array(values, np.uint8)


def test_every_tail_has_a_layout() -> None:
    assert sorted(AUX_LAYOUTS) == list(range(0xC0, 0xC7))


def test_words_are_big_endian_and_signed() -> None:
    assert aux_words(rows("0001 FFFF 7FFF", "8000 0100 00FF")).tolist() == [[1, -1, 32767], [-32768, 256, 255]]


def test_c0_accelerometer_is_held_where_all_is_zero() -> None:
    decoder = AuxDecoder(AuxMode.ACCEL)
    aux = rows("0000 0000 0000", "0010 FFF0 1F40", "0000 0000 0000", "0000 0001 0000", "0000 0000 0000")
    found = decoder.decode(counters(0, 1, 2, 3, 4), tails(*[Tail.ACCEL] * 5), aux)
    assert found.tolist() == [[0, 0, 0], [16, -16, 8000], [16, -16, 8000], [0, 1, 0], [0, 1, 0]]
    assert found.dtype == np.int32
    following = decoder.decode(counters(5), tails(Tail.ACCEL), rows("0000 0000 0000"))
    assert following.tolist() == [[0, 1, 0]]
    assert 8000 * AUX_PLANS[AuxMode.ACCEL].columns[2].unit_per_count == pytest.approx(1.0)


@pytest.mark.parametrize("tail", [Tail.TIME_SET_ACCEL, Tail.TIME_ACCEL])
def test_c3_and_c4_one_axis_by_the_counter_before_the_time(tail: Tail) -> None:
    aux = rows("0111 00000001", "0222 FFFFFFFF", "0333 00010000", "0444 7FFFFFFF")
    found = AuxDecoder(AuxMode.ACCEL).decode(counters(7, 28, 249, 10), tails(*[tail] * 4), aux)
    assert found.tolist() == [[0x111, 0, 0], [0x111, 0x222, 0], [0x111, 0x222, 0x333], [0x111, 0x222, 0x333]]


def test_c1_analog() -> None:
    found = AuxDecoder(AuxMode.ANALOG).decode(
        counters(0, 1), tails(Tail.RAW_AUX, Tail.RAW_AUX), rows("03FF 0000 0200", "0000 0000 0000")
    )
    assert found.tolist() == [[1023, 0, 512], [0, 0, 0]]
    assert 1023 * AUX_PLANS[AuxMode.ANALOG].columns[0].unit_per_count == pytest.approx(3.3)


def test_c1_digital() -> None:
    found = AuxDecoder(AuxMode.DIGITAL).decode(
        counters(0, 1), tails(Tail.RAW_AUX, Tail.RAW_AUX), rows("01 00 01 00 00 01", "00 01 00 01 00 00")
    )
    assert found.tolist() == [[1, 0, 1, 0, 1], [0, 1, 0, 1, 0]]


def test_c1_marker_lasts_one_packet() -> None:
    found = AuxDecoder(AuxMode.MARKER).decode(
        counters(0, 1, 2), tails(*[Tail.RAW_AUX] * 3), rows("0000 0000 0000", "0031 0000 0000", "0000 0000 0000")
    )
    assert found[:, 0].tolist() == [0, ord("1"), 0]


@pytest.mark.parametrize("tail", [Tail.TIME_SET_RAW_AUX, Tail.TIME_RAW_AUX])
def test_c5_and_c6_the_first_word_before_the_time(tail: Tail) -> None:
    all_tails = tails(Tail.RAW_AUX, tail, tail)
    aux = rows("0001 0002 0003", "0009 12345678", "0008 00000005")
    assert AuxDecoder(AuxMode.ANALOG).decode(counters(0, 1, 2), all_tails, aux).tolist() == [
        [1, 2, 3],
        [9, 2, 3],
        [8, 2, 3],
    ]
    assert AuxDecoder(AuxMode.MARKER).decode(counters(0, 1, 2), all_tails, aux)[:, 0].tolist() == [1, 9, 8]
    digital = AuxDecoder(AuxMode.DIGITAL).decode(
        counters(0, 1), tails(Tail.RAW_AUX, tail), rows("01 01 01 01 00 01", "00 01 0000 0007")
    )
    assert digital.tolist() == [[1, 1, 1, 1, 1], [0, 1, 1, 1, 1]]


@pytest.mark.parametrize("tail", [Tail.TIME_SET_RAW_AUX, Tail.TIME_RAW_AUX])
def test_an_age_that_nothing_tells_is_long_ago(tail: Tail) -> None:
    """The value is not 0, which would mean an edge at this very sample."""
    found = AuxDecoder(AuxMode.EVENTS).decode(counters(0), tails(tail), rows("01 00 12345678"))
    assert found.tolist() == [[1, 0, 255, 255, 0, 255]]


def test_one_packet_with_one_word() -> None:
    decoder = AuxDecoder(AuxMode.ANALOG)
    assert decoder.decode(counters(0), tails(Tail.TIME_RAW_AUX), rows("0009 12345678")).tolist() == [[9, 0, 0]]
    assert decoder.decode(counters(1), tails(Tail.ACCEL), rows("0001 0002 0003")).tolist() == [[9, 0, 0]]


def test_c2_is_the_users_own_and_changes_no_column() -> None:
    all_tails = tails(Tail.ACCEL, Tail.USER_DEFINED)
    aux = rows("0001 0002 0003", "0102 0304 0506")
    assert AuxDecoder(AuxMode.ACCEL).decode(counters(0, 1), all_tails, aux).tolist() == [[1, 2, 3], [1, 2, 3]]


@pytest.mark.parametrize("mode", list(AuxMode))
def test_chunks_make_no_difference(mode: AuxMode) -> None:
    generator = np.random.default_rng(5)
    n_packets = 500
    aux = generator.integers(0, 256, (n_packets, 6), dtype=np.uint8) * (generator.random((n_packets, 1)) < 0.3)
    all_tails = generator.integers(0xC0, 0xC7, n_packets).astype(np.uint8)
    all_counters = np.arange(n_packets).astype(np.uint8)
    at_once = AuxDecoder(mode).decode(all_counters, all_tails, aux.astype(np.uint8))
    decoder = AuxDecoder(mode)
    cuts = [0, 1, 2, 2, 50, 51, 300, n_packets]
    parts = [decoder.decode(all_counters[a:b], all_tails[a:b], aux[a:b].astype(np.uint8)) for a, b in pairwise(cuts)]
    np.testing.assert_array_equal(np.concatenate(parts), at_once)
