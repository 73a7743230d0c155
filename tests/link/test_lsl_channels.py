"""Channels from the metadata of a stream, live or from a file."""

import pytest

from acquisition.core import UNKNOWN_MICROVOLTS_PER_COUNT, UNKNOWN_SCALE, Role
from acquisition.link.lsl_channels import declared_bandwidth_hz, read_channels


def test_nothing_stated_is_taken_as_microvolts_of_the_skin() -> None:
    declared = read_channels([{}, {}], "EXG")
    assert [(channel.name, channel.role) for channel in declared.channels] == [
        ("EXG 1", Role.SURFACE),
        ("EXG 2", Role.SURFACE),
    ]
    assert declared.channels[0].microvolts_per_count == UNKNOWN_MICROVOLTS_PER_COUNT
    assert (declared.tells_scale, declared.microvolts_per_unit, declared.amplitude_unit) == (
        (False, False),
        (1.0, 1.0),
        "µV",
    )
    assert declared.notes == ("no unit is stated, taken as µV: EXG 1, EXG 2",)


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ({"type": "EMG"}, Role.SURFACE),
        ({"type": "Anything"}, Role.SURFACE),
        ({"type": "EKG"}, Role.ECG),
        ({"type": "Trigger"}, Role.OFF),
        ({"type": "ACC"}, Role.OFF),
        ({"type": "TRIGGERS"}, Role.OFF),
        ({"type": "Acceleration"}, Role.OFF),
        ({"label": "ECG"}, Role.ECG),
        ({"label": "EKG 1", "type": "EXG"}, Role.ECG),
        ({"label": "ECR", "type": "EXG"}, Role.SURFACE),
        ({"label": "ECG", "type": "ACC"}, Role.OFF),
        ({"label": "ECG", "role": "surface"}, Role.SURFACE),
        ({"type": "MISC", "role": "motion"}, Role.MOTION),
        ({"type": "EMG", "role": "needle"}, Role.NEEDLE),
        ({"type": "EMG", "role": "boss"}, Role.SURFACE),
        ({"type": "EMG", "role": "needle", "unit": "g"}, Role.OFF),
    ],
)
def test_role_type_and_unit_tell_what_a_channel_is_of(text: dict[str, str], role: Role) -> None:
    assert read_channels([{"unit": "uV", **text}], "EXG").channels[0].role is role


def test_what_is_left_out_is_reported_and_what_was_left_out_by_its_own_role_is_not() -> None:
    declared = read_channels([{"label": "A", "unit": "uV", "type": "Trigger"}, {"unit": "uV", "role": "off"}], "EXG")
    assert declared.notes == ("no voltage of a muscle, not watched: A (Trigger)",)


def test_counts_are_watched_where_nothing_tells_a_voltage() -> None:
    counts = {"unit": "counts"}
    alone = read_channels([counts, counts, {"type": "Trigger"}], "EXG")
    assert [channel.role for channel in alone.channels] == [Role.SURFACE, Role.SURFACE, Role.OFF]
    assert (alone.amplitude_unit, alone.channels[0].microvolts_per_count) == ("counts", 1.0)
    beside = read_channels([counts, {"unit": "uV"}], "EXG")
    assert ([channel.role for channel in beside.channels], beside.amplitude_unit) == ([Role.OFF, Role.SURFACE], "µV")


def test_counts_beside_a_voltage_are_reported_and_a_role_that_is_stated_wins() -> None:
    muscle, adc = {"label": "A", "unit": "uV"}, {"label": "B", "unit": "ADC"}
    declared = read_channels([muscle, adc], "EXG")
    assert declared.notes == ("no voltage of a muscle, not watched: B (adc)",)
    assert read_channels([muscle, {**adc, "role": "surface"}], "EXG").channels[1].role is Role.SURFACE


@pytest.mark.parametrize("unit", ["counts", "adc", "bits"])
def test_what_sees_no_muscle_takes_no_counts_from_it(unit: str) -> None:
    declared = read_channels([{"unit": unit}, {"label": "ACC X", "unit": "g"}, {"label": "ECG", "unit": "mV"}], "EXG")
    assert [channel.role for channel in declared.channels] == [Role.SURFACE, Role.OFF, Role.ECG]
    assert declared.amplitude_unit == "counts"
    assert declared.notes[-1] == UNKNOWN_SCALE


def test_an_ecg_known_by_its_label_is_reported() -> None:
    declared = read_channels([{"label": "A", "unit": "uV"}, {"label": "ECG", "unit": "uV"}], "EXG")
    assert declared.notes == ("taken as an ECG by its label: ECG",)


def test_channels_of_type_misc_are_watched_where_there_is_nothing_else() -> None:
    misc = {"unit": "uV", "type": "MISC"}
    alone = read_channels([misc, misc, {"unit": "uV", "type": "Trigger"}], "EXG")
    assert [channel.role for channel in alone.channels] == [Role.SURFACE, Role.SURFACE, Role.OFF]
    beside = read_channels([misc, {"unit": "uV", "type": "EMG"}], "EXG")
    assert [channel.role for channel in beside.channels] == [Role.OFF, Role.SURFACE]


@pytest.mark.parametrize("scale", ["1e-30", "1e9", "nan"])
def test_a_scale_that_no_recording_can_hold_is_none(scale: str) -> None:
    declared = read_channels([{"unit": "uV", "microvolts_per_count": scale}], "EXG")
    assert declared.channels[0].microvolts_per_count == UNKNOWN_MICROVOLTS_PER_COUNT
    assert declared.tells_scale == (False,)


@pytest.mark.parametrize(("text", "bandwidth_hz"), [("131", 131.0), ("", 225.0), ("1e9", 225.0), ("nan", 225.0)])
def test_a_bandwidth_is_stated_or_guessed(text: str, bandwidth_hz: float) -> None:
    assert declared_bandwidth_hz(text, 500.0) == pytest.approx(bandwidth_hz)
