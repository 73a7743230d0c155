import numpy as np
import pytest
from numpy.typing import NDArray

from acquisition.core import BoardConfigError
from acquisition.link.encoding import encode_packets
from acquisition.simulated.cyton.wire import SimulatedCyton
from acquisition.simulated.cyton.wire_faults import FaultyLine, WireFaults, parse_faults

NOTHING = np.empty((0, 33), np.uint8)


def packets(n_packets: int = 20_000) -> NDArray[np.uint8]:
    counts = np.random.default_rng(1).integers(-1_000_000, 1_000_000, (n_packets, 8))
    return encode_packets(counts.astype(np.int32))


def carried(*names: str, seed: int = 1) -> bytes:
    return FaultyLine(WireFaults(frozenset(names)), np.random.default_rng(seed)).carry(b"", packets(), 1.0)


def cyton(*faults: str, **what: int) -> SimulatedCyton:
    settings = {"seed": 1, "sampling_rate_hz": 250, **what}
    return SimulatedCyton(scenario=None, faults=parse_faults(faults), **settings)  # type: ignore[arg-type]


def test_without_faults_everything_arrives() -> None:
    assert carried() == packets().tobytes()


def test_lost_bytes_are_few_and_seeded() -> None:
    lost = len(packets().tobytes()) - len(carried("lost-bytes"))
    assert 30 < lost < 110  # 66 expected
    assert carried("lost-bytes") == carried("lost-bytes")
    assert carried("lost-bytes") != carried("lost-bytes", seed=2)


def test_lost_packets_go_whole_and_in_short_bursts() -> None:
    left = np.frombuffer(carried("lost-packets"), np.uint8).reshape(-1, 33)
    gaps = np.diff(left[:, 1].astype(int)) % 256 - 1
    assert 0.001 < gaps.sum() / 20_000 < 0.01
    assert 1 < gaps.max() <= 12


def test_packets_are_lost_at_the_share_of_a_real_radio() -> None:
    """The share is 29 483 of 8.85 million at 2 m, in OpenBCI's endurance log."""
    line = FaultyLine(parse_faults(["lost-packets"]), np.random.default_rng(1))
    n_arrived = sum(len(line.carry(b"", packets(), 1.0)) // 33 for _ in range(20))
    assert 1.0 - n_arrived / 400_000 == pytest.approx(0.00333, rel=0.15)


def test_garbage_stands_between_packets() -> None:
    stream = carried("garbage")
    assert len(stream) > len(packets().tobytes())
    assert all(packet.tobytes() in stream for packet in packets(50))


def test_bursts_arrive_16_ms_apart_and_lose_nothing() -> None:
    line = FaultyLine(parse_faults(["bursts-16ms"]), np.random.default_rng(1))
    sent = packets(1000)
    arrived = [line.carry(b"", sent[i : i + 1], 0.004 * i) for i in range(1000)]
    assert b"".join(arrived) == sent[: sum(map(len, arrived)) // 33].tobytes()
    assert {len(burst) for burst in arrived[10:]} == {0, 4 * 33}


def test_a_railed_channel_stays_at_full_scale() -> None:
    left = np.frombuffer(carried("railed"), np.uint8).reshape(-1, 33)
    assert np.all(left[:, 8:11] == (0x7F, 0xFF, 0xFF))
    assert np.array_equal(np.delete(left, [8, 9, 10], axis=1), np.delete(packets(), [8, 9, 10], axis=1))


def test_a_board_left_streaming_sends_before_it_is_asked() -> None:
    wire = cyton("left-streaming")
    assert len(wire.exchange(b"", 0.1)) == 25 * 33
    assert wire.exchange(b"V", 0.1) == b""
    assert wire.exchange(b"sV", 0.2)[:6] == b"v3.1.5"


def test_a_fast_clock_sends_one_per_cent_more() -> None:
    wire = cyton("clock-fast")
    wire.exchange(b"b", 0.0)
    assert sum(len(wire.exchange(b"", 0.1 * tick)) for tick in range(101)) == 2525 * 33


def test_a_slow_reset_answers_after_a_second() -> None:
    wire = cyton("slow-reset")
    assert wire.exchange(b"v", 0.0) == b""
    assert wire.exchange(b"", 0.94) == b""
    assert wire.exchange(b"", 0.96).startswith(b"OpenBCI")


def test_a_board_that_is_off_leaves_the_dongle() -> None:
    wire = cyton("board-off")
    assert wire.exchange(b"v", 0.0) == b""
    assert wire.exchange(b"", 0.3).startswith(b"Failure: Communications timeout")


def test_faults_are_named_and_timed() -> None:
    faults = parse_faults(["garbage", "unplug@2.5"])
    assert faults == WireFaults(frozenset({"garbage"}), 2.5)
    assert parse_faults(["replug@4", "unplug@2.5"]) == WireFaults(frozenset(), 2.5, 4.0)


@pytest.mark.parametrize(
    "text", ["lost", "", "unplug@", "unplug@soon", "unplug@-1", "unplug@nan", "unplug@SECONDS", "replug@2", "replug"]
)
def test_an_unknown_fault_is_refused(text: str) -> None:
    with pytest.raises(BoardConfigError, match="fault"):
        parse_faults([text])


def test_nothing_sent_is_nothing_carried() -> None:
    line = FaultyLine(parse_faults(["garbage", "lost-bytes", "lost-packets", "railed"]), np.random.default_rng(1))
    assert line.carry(b"", NOTHING, 0.0) == b""
