"""Framing of the byte stream: exact, resynchronising, independent of chunking, and equal to its slow twin."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from acquisition.link.encoding import encode_packets
from acquisition.link.framing import Framer, Frames
from acquisition.link.reference import MAX_PENDING_BYTES, ReferenceScanner

SEED = 20


def noisy_counts(n_packets: int, seed: int = SEED) -> NDArray[np.int32]:
    return np.random.default_rng(seed).integers(-(2**23), 2**23, (n_packets, 8), dtype=np.int32)


def wire_of(n_packets: int, first_counter: int = 0, seed: int = SEED) -> bytes:
    aux = np.random.default_rng(seed + 1).integers(0, 256, (n_packets, 6), dtype=np.uint8)
    return encode_packets(noisy_counts(n_packets, seed), first_counter, aux).tobytes()


def feed_all(framer: Framer, chunks: list[bytes]) -> Frames:
    parts = [framer.feed(chunk) for chunk in chunks]
    return Frames(
        np.concatenate([part.counts for part in parts]),
        np.concatenate([part.counters for part in parts]),
        np.concatenate([part.tails for part in parts]),
        np.concatenate([part.aux for part in parts]),
        b"".join(part.text for part in parts),
    )


def assert_same(one: Frames, other: Frames) -> None:
    np.testing.assert_array_equal(one.counts, other.counts)
    np.testing.assert_array_equal(one.counters, other.counters)
    np.testing.assert_array_equal(one.tails, other.tails)
    np.testing.assert_array_equal(one.aux, other.aux)
    assert one.text == other.text


def chunked(wire: bytes, cuts: list[int]) -> list[bytes]:
    places = [0, *sorted(cut % (len(wire) + 1) for cut in cuts), len(wire)]
    return [wire[start:stop] for start, stop in pairwise(places)]


def test_one_packet_byte_by_byte() -> None:
    packet = bytes.fromhex("A0 2A 000001 FFFFFF 7FFFFF 800000 000FA0 123456 FEDCBA 000000 01FF 8000 7F02 C1")
    following = bytes.fromhex("A0 2B") + bytes(30) + b"\xc0"
    frames = Framer().feed(packet + following)
    assert frames.counts[0].tolist() == [1, -1, 8388607, -8388608, 4000, 1193046, -74566, 0]
    assert frames.counts.dtype == np.int32
    assert frames.counts.flags.c_contiguous
    assert frames.counters.tolist() == [42, 43]
    assert frames.tails.tolist() == [0xC1, 0xC0]
    assert frames.aux[0].tolist() == [0x01, 0xFF, 0x80, 0x00, 0x7F, 0x02]


def test_encoding_is_the_inverse() -> None:
    counts = noisy_counts(600)
    frames = Framer().feed(encode_packets(counts, 250).tobytes())
    np.testing.assert_array_equal(frames.counts, counts)
    np.testing.assert_array_equal(frames.counters, (250 + np.arange(600)) % 256)


def test_a_packet_in_sync_is_handed_on_without_waiting_for_the_next_byte() -> None:
    framer = Framer()
    framer.feed(wire_of(3))
    assert framer.feed(wire_of(4)[3 * 33 :]).n_frames == 1
    assert framer.bytes_pending == 0


@pytest.mark.parametrize("place", range(33))
def test_a_lost_byte_costs_exactly_one_packet(place: int) -> None:
    wire = wire_of(40)
    lost = 20 * 33 + place
    frames = Framer().feed(wire[:lost] + wire[lost + 1 :])
    assert frames.counters.tolist() == [*range(20), *range(21, 40)]
    np.testing.assert_array_equal(frames.counts, np.delete(noisy_counts(40), 20, axis=0))


@settings(max_examples=300)
@given(st.integers(3 * 33, 38 * 33), st.integers(1, 200), st.integers(0, 9999))
def test_a_lost_run_of_bytes_costs_only_the_packets_it_touched(start: int, length: int, seed: int) -> None:
    # A loss that ends with a packet leaves no tail before the next head; one in 37 of these costs that packet too.
    assume(start % 33 == 0 or (start + length) % 33 != 0)
    wire = wire_of(52, seed=seed)  # the last two may still be pending
    cut = wire[:start] + wire[start + length :]
    before = wire[start - 7 : start - 1]
    # A packet that may have been filled up with foreign bytes needs a head after it, or the next counter.
    is_before_touched = start % 33 == 0 and length > 1 and any(byte in (0xA0, 0xC0) for byte in before)
    touched = range(start // 33 - is_before_touched, (start + length - 1) // 33 + 1)
    found = [counter for counter in Framer().feed(cut).counters.tolist() if counter < 50]
    assert [counter for counter in found if counter not in touched] == [n for n in range(50) if n not in touched]
    # The start of one packet and the rest of another may look like one packet, by the length of the loss or by chance.
    assert sum(counter in touched for counter in found) <= 1


def test_two_lost_bytes_before_a_counter_that_looks_like_a_tail() -> None:
    wire = wire_of(20, first_counter=0xC0 - 10)
    frames = Framer().feed(wire[: 9 * 33 + 20] + wire[9 * 33 + 22 :])
    assert frames.counters.tolist() == [*range(0xB6, 0xBF), *range(0xC0, 0xCA)]


@pytest.mark.parametrize("first_sample", [0x000FA0, 0xA0A0A0 - 2**24, 0x00C0A0, 0x00C0A0 - 2**23, 0xC0A000 - 2**24])
@pytest.mark.parametrize("lost_place", [0, 1, 5, 32])
def test_a_constant_head_in_the_payload_never_locks_the_search(first_sample: int, lost_place: int) -> None:
    counts = np.full((100, 8), first_sample, np.int32)
    wire = encode_packets(counts).tobytes()
    lost = 50 * 33 + lost_place
    frames = Framer().feed(wire[:lost] + wire[lost + 1 :])
    assert frames.counters.tolist()[:98] == [*range(50), *range(51, 99)]
    assert np.all(frames.counts == first_sample)


@pytest.mark.parametrize("start", range(1, 33))
def test_a_start_in_the_middle_of_a_packet(start: int) -> None:
    counts = np.full((30, 8), 0x00C0A0, np.int32)
    frames = Framer().feed(encode_packets(counts).tobytes()[start:])
    assert frames.counters.tolist()[:28] == list(range(1, 29))


@pytest.mark.parametrize(
    "text", [b",", b"Failure: Board RFduino buffer overflowed. Soft reset command sent to Board.$$$"]
)
def test_text_between_packets_costs_no_packet(text: bytes) -> None:
    wire = wire_of(30)
    framer = Framer()
    frames = framer.feed(wire[: 10 * 33] + text + wire[10 * 33 : 11 * 33] + text + wire[11 * 33 :])
    assert frames.counters.tolist() == list(range(30))
    assert frames.text == 2 * text
    assert framer.bytes_discarded == 2 * len(text)


def test_text_stands_apart_from_other_bytes() -> None:
    garbage = b"\x01\x02\x03"
    frames = Framer().feed(garbage + b"Time stamp ON$$$" + garbage + b"," + wire_of(3))
    assert frames.text == b"Time stamp ON$$$\0,"


def test_a_counter_that_starts_again_after_text() -> None:
    frames = Framer().feed(wire_of(20) + b"Success: Channel set for 1$$$" + wire_of(20))
    assert frames.counters.tolist() == [*range(20), *range(20)]


def test_packets_lost_whole_cost_no_other_packet() -> None:
    wire = wire_of(60)
    frames = Framer().feed(wire[: 10 * 33] + wire[15 * 33 : 16 * 33] + wire[40 * 33 :])
    assert frames.counters.tolist() == [*range(10), 15, *range(40, 60)]


def test_garbage_right_behind_a_packet_is_no_packet_for_its_head_and_tail() -> None:
    wire = wire_of(40)
    garbage = b"\xa0" + bytes([200]) + bytes(range(30)) + b"\xc0" + b"\x00\x01"
    frames = Framer().feed(wire[: 20 * 33] + garbage + wire[20 * 33 :])
    assert frames.counters.tolist() == list(range(40))


@pytest.mark.parametrize("n_lost", range(1, 6))
@pytest.mark.parametrize("n_strange", [2, 7, 40])
def test_a_packet_that_lost_bytes_is_not_filled_up_by_garbage(n_lost: int, n_strange: int) -> None:
    counts = noisy_counts(40)
    wire = encode_packets(counts).tobytes()  # the accelerometer's bytes are mostly zero
    garbage = bytes([0x11] * (n_lost - 1) + [0xC3] + [0x77] * n_strange)
    frames = Framer().feed(wire[: 20 * 33 + 10] + wire[20 * 33 + 10 + n_lost : 21 * 33] + garbage + wire[21 * 33 :])
    assert frames.counters.tolist() == [*range(20), *range(21, 40)]
    np.testing.assert_array_equal(frames.counts, np.delete(counts, 20, axis=0))


@pytest.mark.parametrize("byte", [0xA0, 0xC0])
def test_a_packet_whose_auxiliary_bytes_look_like_an_end_waits_for_what_follows(byte: int) -> None:
    aux = np.full((20, 6), byte, np.uint8)
    wire = encode_packets(noisy_counts(20), 0, aux).tobytes()
    framer = Framer()
    assert framer.feed(wire[: 10 * 33]).counters.tolist() == list(range(9))
    assert framer.feed(wire[10 * 33 :] + b"\xa0\x14").counters.tolist() == list(range(9, 20))


def test_nothing_but_heads_is_bounded() -> None:
    framer = Framer()
    for _ in range(50):
        assert framer.feed(b"\xa0" * 1000).n_frames == 0
    assert framer.bytes_pending <= MAX_PENDING_BYTES
    assert framer.frames_rejected == framer.bytes_discarded == 50_000 - framer.bytes_pending


PIECES = st.one_of(
    st.binary(max_size=80),
    st.builds(
        lambda n, first, seed: wire_of(n, first, seed), st.integers(1, 6), st.integers(0, 255), st.integers(0, 50)
    ),
    st.builds(
        lambda value, n: encode_packets(np.full((n, 8), value, np.int32)).tobytes(),
        st.sampled_from([0x000FA0, 0x00C0A0, 0, -1, 0xA0C0A0 - 2**24]),
        st.integers(1, 5),
    ),
    st.builds(lambda wire, cut: wire[: cut % len(wire)], st.just(wire_of(5)), st.integers(0, 1000)),
    st.sampled_from([b",", b"$$$", b"\xa0", b"\xc0\xa0", b"A", b"Failure: Communications timeout$$$"]),
    st.lists(st.sampled_from([0xA0, 0xC0, 0xC6, 0xC7, 0x41, 0x24, 0x00]), max_size=120).map(bytes),
)


@settings(max_examples=400)
@given(st.lists(PIECES, max_size=8).map(b"".join), st.lists(st.integers(0, 4000), max_size=12))
def test_any_chunking_gives_the_same_and_equals_the_slow_twin(wire: bytes, cuts: list[int]) -> None:
    whole, chunky, slow = Framer(), Framer(), Framer(ReferenceScanner())
    at_once = whole.feed(wire)
    assert_same(at_once, feed_all(chunky, chunked(wire, cuts)))
    assert_same(at_once, feed_all(slow, chunked(wire, cuts[::2])))
    for framer in (chunky, slow):
        assert framer.frames_rejected == whole.frames_rejected
        assert framer.bytes_discarded == whole.bytes_discarded
        assert framer.bytes_pending == whole.bytes_pending <= MAX_PENDING_BYTES
    assert 33 * at_once.n_frames + whole.bytes_discarded + whole.bytes_pending == len(wire)
