"""What a stream tells of its channels, live or from a file."""

import pytest

from acquisition.core import UNKNOWN_MICROVOLTS_PER_COUNT, Role
from acquisition.link.lsl_channels import read_channels, told_bandwidth_hz


def test_nothing_told_is_taken_as_microvolts_of_the_skin() -> None:
    told = read_channels([{}, {}], "EXG")
    assert [(channel.name, channel.role) for channel in told.channels] == [
        ("EXG 1", Role.SURFACE),
        ("EXG 2", Role.SURFACE),
    ]
    assert told.channels[0].microvolts_per_count == UNKNOWN_MICROVOLTS_PER_COUNT
    assert (told.tells_scale, told.microvolts_per_unit, told.amplitude_unit) == ((False, False), (1.0, 1.0), "µV")
    assert told.notes == ("the stream tells no unit of EXG 1, EXG 2: taken as µV",)


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ({"type": "EMG"}, Role.SURFACE),
        ({"type": "Anything"}, Role.SURFACE),
        ({"type": "EKG"}, Role.ECG),
        ({"type": "Trigger"}, Role.OFF),
        ({"type": "ACC"}, Role.OFF),
        ({"type": "MISC", "role": "motion"}, Role.MOTION),
        ({"type": "EMG", "role": "needle"}, Role.NEEDLE),
        ({"type": "EMG", "role": "boss"}, Role.SURFACE),
        ({"type": "EMG", "role": "needle", "unit": "g"}, Role.OFF),
    ],
)
def test_role_type_and_unit_tell_what_a_channel_is_of(text: dict[str, str], role: Role) -> None:
    assert read_channels([{"unit": "uV", **text}], "EXG").channels[0].role is role


def test_what_is_left_out_is_told_and_what_was_left_out_by_its_own_role_is_not() -> None:
    told = read_channels([{"label": "A", "unit": "uV", "type": "Trigger"}, {"unit": "uV", "role": "off"}], "EXG")
    assert told.notes == ("no voltage of a muscle, kept as they come and not watched: A (Trigger)",)


def test_counts_are_watched_where_nothing_tells_a_voltage() -> None:
    counts = {"unit": "counts"}
    alone = read_channels([counts, counts, {"type": "Trigger"}], "EXG")
    assert [channel.role for channel in alone.channels] == [Role.SURFACE, Role.SURFACE, Role.OFF]
    assert (alone.amplitude_unit, alone.channels[0].microvolts_per_count) == ("counts", 1.0)
    beside = read_channels([counts, {"unit": "uV"}], "EXG")
    assert ([channel.role for channel in beside.channels], beside.amplitude_unit) == ([Role.OFF, Role.SURFACE], "µV")


@pytest.mark.parametrize(("text", "bandwidth_hz"), [("131", 131.0), ("", 225.0), ("1e9", 225.0), ("nan", 225.0)])
def test_a_bandwidth_is_told_or_guessed(text: str, bandwidth_hz: float) -> None:
    assert told_bandwidth_hz(text, 500.0) == pytest.approx(bandwidth_hz)
