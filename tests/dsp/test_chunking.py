"""The detector gives the same in blocks of any length."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsp import TwitchDetector, TwitchEvent
from tests.dsp.busy import BUSY, BUSY_VALID, BUSY_WHOLE, make_busy
from tests.dsp.by_hand import add_twitch, noise, run, twitches


def test_busy_signal_has_what_it_takes_to_test_chunking() -> None:
    labels = {event.label for event in BUSY_WHOLE if isinstance(event, TwitchEvent)}
    assert {"twitch", "voluntary", "artifact"} <= labels


@pytest.mark.parametrize("block", [1, 2, 3, 7, 64, 499])
def test_blocks_of_any_length_give_the_same(block: int) -> None:
    assert run(make_busy(), BUSY, BUSY_VALID, block) == BUSY_WHOLE


@settings(max_examples=15)
@given(st.lists(st.integers(0, 900), min_size=1, max_size=12))
def test_free_chunking_gives_the_same(sizes: list[int]) -> None:
    detector = make_busy()
    reported: list = []
    start, turn = 0, 0
    sizes = [*sizes, 333]
    while start < len(BUSY):
        stop = start + sizes[turn % len(sizes)]
        reported += detector.process(BUSY[start:stop], BUSY_VALID[start:stop])
        start, turn = stop, turn + 1
    assert reported + detector.flush() == BUSY_WHOLE


def test_decimated_signal_gives_the_same_in_any_chunking() -> None:
    x = noise(8.0, 2, 10_000.0)
    add_twitch(x, 5.0, 80.0, rate_hz=10_000.0)
    whole = run(TwitchDetector(10_000.0, 2), x, block=len(x))
    assert len(twitches(whole)) == 1
    assert abs(twitches(whole)[0].onset_s - 5.0) < 0.003
    for block in (1, 7, 1234):
        part = x if block > 1 else x[:9000]
        expected = whole if block > 1 else run(TwitchDetector(10_000.0, 2), part, block=9000)
        assert run(TwitchDetector(10_000.0, 2), part, block=block) == expected
    assert "decimated" in TwitchDetector(10_000.0, 2).warnings[0]
    assert TwitchDetector(4000.0, 2).warnings == ()
