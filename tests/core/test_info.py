"""Descriptions of boards, and the channel settings given by the user."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquisition.core import (
    ADS1299_FULL_SCALE_COUNTS,
    ADS1299_GAINS,
    BoardConfigError,
    BoardInfo,
    Channel,
    ChannelSetup,
    Role,
    Setup,
    ads1299_channels,
    ads1299_microvolts_per_count,
    distinct_label,
    distinct_names,
)


def info_of(*channels: Channel) -> BoardInfo:
    return BoardInfo("Test", 250.0, channels, bandwidth_hz=65.5)


TWO = info_of(*ads1299_channels((24, 12)))


@pytest.mark.parametrize(
    ("gain", "microvolts"),
    [(1, 0.536442), (2, 0.268221), (4, 0.134110), (6, 0.0894070), (8, 0.0670552), (12, 0.0447035), (24, 0.0223517)],
)
def test_scale_of_each_gain_of_the_datasheet(gain: int, microvolts: float) -> None:
    assert gain in ADS1299_GAINS
    assert ads1299_microvolts_per_count(gain) == pytest.approx(microvolts, rel=1e-5)


@pytest.mark.parametrize("gain", ADS1299_GAINS)
def test_full_scale_is_the_reference_over_the_gain(gain: int) -> None:
    channel = ads1299_channels((gain,))
    counts = np.array([[ADS1299_FULL_SCALE_COUNTS]], np.int32)
    assert info_of(*channel).to_microvolts(counts)[0, 0] == pytest.approx(4.5e6 / gain, rel=1e-15)


def test_channels_are_scaled_each_by_its_own() -> None:
    microvolts = TWO.to_microvolts(np.array([[1000, 1000], [-1, 1]], np.int32))
    np.testing.assert_allclose(microvolts[0], [22.351744, 44.703489], rtol=1e-6)
    assert microvolts.dtype == np.float64
    assert microvolts.shape == (2, 2)
    assert TWO.n_channels == 2


def test_each_channel_has_its_own_full_scale() -> None:
    board, own, unknown = (Channel("", 0.5, full_scale_counts=counts) for counts in (None, 2047, 0))
    info = info_of(board, own, unknown)
    assert info.full_scale_uv.tolist() == [0.5 * ADS1299_FULL_SCALE_COUNTS, 0.5 * 2047, np.inf]


@given(st.integers(-8_388_608, 8_388_607), st.sampled_from(ADS1299_GAINS))
def test_counts_come_back_from_microvolts_exactly(count: int, gain: int) -> None:
    scale = ads1299_microvolts_per_count(gain)
    assert round(count * scale / scale) == count


def test_names_and_gains_of_ads1299_channels() -> None:
    assert [(channel.name, channel.gain, channel.role) for channel in TWO.channels] == [
        ("EMG 1", 24, Role.SURFACE),
        ("EMG 2", 12, Role.SURFACE),
    ]


def test_an_empty_setup_changes_nothing() -> None:
    needle = info_of(Channel("N", 1.0, Role.NEEDLE, muscle="trapezius", side="left", needled_band=True))
    assert Setup().apply(needle) == needle


def test_a_setup_names_a_channel() -> None:
    said = ChannelSetup("Band A", Role.NEEDLE, "trapezius", "left", 12.0, needled_band=True)
    first, second = Setup({2: said}).apply(TWO).channels
    assert first == TWO.channels[0]
    assert (second.name, second.role, second.muscle, second.side) == ("Band A", Role.NEEDLE, "trapezius", "left")
    assert second.needled_band
    assert second.microvolts_per_count == TWO.channels[1].microvolts_per_count


def test_what_a_setup_leaves_open_stays_as_the_board_says() -> None:
    board = info_of(Channel("EMG 1", 1.0, gain=24.0, muscle="trapezius", side="left"))
    (channel,) = Setup({1: ChannelSetup(side="right")}).apply(board).channels
    assert (channel.name, channel.gain, channel.muscle, channel.side) == ("EMG 1", 24.0, "trapezius", "right")


def test_a_setup_is_applied_twice_as_once() -> None:
    setup = Setup({1: ChannelSetup("A", Role.ECG, "m", "s", 24.0)})
    assert setup.apply(setup.apply(TWO)) == setup.apply(TWO)


def test_a_board_s_own_name_that_the_user_gives_to_another_channel_gets_a_number() -> None:
    setup = Setup({1: ChannelSetup(name="EMG 2", role=Role.REFERENCE)})
    named = setup.apply(TWO)
    assert [channel.name for channel in named.channels] == ["EMG 2", "EMG 2 2"]
    assert [channel.role for channel in named.channels] == [Role.REFERENCE, Role.SURFACE]
    assert setup.apply(named) == named
    swapped = Setup({1: ChannelSetup(name="EMG 2"), 2: ChannelSetup(name="EMG 1")}).apply(TWO)
    assert [channel.name for channel in swapped.channels] == ["EMG 2", "EMG 1"]


@pytest.mark.parametrize("number", [0, 3, -1])
def test_a_setup_of_a_missing_channel_is_refused(number: int) -> None:
    with pytest.raises(BoardConfigError, match=rf"names channel {number}, but Test has channels 1 to 2"):
        Setup({number: ChannelSetup()}).apply(TWO)


def test_a_gain_that_the_board_does_not_run_is_refused() -> None:
    with pytest.raises(BoardConfigError, match="sets gain 6 on channel 1, but the board runs gain 24"):
        Setup({1: ChannelSetup(gain=6.0)}).apply(TWO)


def test_a_gain_that_nobody_knows_is_not_argued_with() -> None:
    unknown = info_of(Channel("A", 1.0))
    assert Setup({1: ChannelSetup(gain=6.0)}).apply(unknown).channels[0].gain is None


def test_defaults_of_a_channel_that_was_not_named() -> None:
    assert Setup({1: ChannelSetup("A")}).of(2) == ChannelSetup()


def test_a_name_that_is_taken_gets_the_first_number_that_makes_it_another() -> None:
    assert distinct_label("EMG", []) == "EMG"
    assert distinct_label("EMG", ["EMG"]) == "EMG 2"
    assert distinct_label("EMG", ["EMG", "EMG 2"]) == "EMG 3"
    assert distinct_label("sixteen of them.", ["sixteen of them."]) == "sixteen of the 2"


def test_names_of_anybody_are_printable_and_different():
    assert distinct_names(["EMG", "EMG", "", "\x1b[2J", " A ", "EMG 2", "EMG"], "CH") == [
        "EMG", "EMG 2", "CH 3", "[2J", "A", "EMG 2 2", "EMG 3",
    ]  # fmt: skip
    assert len(distinct_names(["x" * 1000] * 300, "CH")[0]) == 80
    assert len(set(distinct_names(["x" * 1000] * 300, "CH"))) == 300
