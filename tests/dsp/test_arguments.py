"""Invalid arguments of any type are rejected with one plain sentence that says what came."""

import re
from collections.abc import Callable

import numpy as np
import pytest

from dsp import TwitchDetector, detect_twitches
from tests.dsp.by_hand import RATE_HZ, add_twitch, noise, run, twitches

MASKED = np.ma.array(np.zeros((4, 2)), mask=[[True, False]] * 4)
NUMPYS_OWN = ("inhomogeneous", "setting an array element", "convert", "instances of", "argument")


def refusal_of(act: Callable[[], object]) -> str:
    """Return the error message with which a call is rejected."""
    with pytest.raises(ValueError) as caught:
        act()
    message = str(caught.value)
    assert "\n" not in message and len(message) < 200
    assert not any(word in message for word in NUMPYS_OWN)
    assert caught.value.__cause__ is None
    return message


def refused(**arguments: object) -> str:
    return refusal_of(lambda: TwitchDetector(**{"sampling_rate_hz": RATE_HZ, "n_channels": 2, **arguments}))


@pytest.mark.parametrize(
    ("argument", "what"),
    [
        ("sampling_rate_hz", "the sampling rate"),
        ("n_channels", "the number of channels"),
        ("false_alarms_per_min", "the false-alarm budget"),
        ("bandwidth_hz", "the bandwidth"),
    ],
)
@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        ("1000", "the text '1000'"),
        ([1000], "[1000]"),
        (np.array([1000.0]), "array([1000.])"),
        ({}, "{}"),
        (1j, "1j"),
        (np.True_, repr(np.True_)),
    ],
)
def test_what_is_no_number_is_quoted(argument: str, what: str, value: object, quoted: str) -> None:
    assert refused(**{argument: value}) == f"{what} must be one number, not {quoted}"


@pytest.mark.parametrize("argument", ["sampling_rate_hz", "n_channels", "false_alarms_per_min"])
def test_no_number_at_all_is_refused(argument: str) -> None:
    assert refused(**{argument: None}).endswith("must be one number, not None")


@pytest.mark.parametrize("argument", ["sampling_rate_hz", "n_channels", "false_alarms_per_min", "bandwidth_hz"])
def test_a_number_beyond_any_float_is_refused(argument: str) -> None:
    assert "at most 308 digits, not one of about 5000;" in refused(**{argument: 10**5000})


@pytest.mark.parametrize("n_channels", [float("inf"), float("nan"), -float("inf"), 1025, 10**7])
def test_the_number_of_channels_has_a_limit(n_channels: float) -> None:
    message = refused(n_channels=n_channels)
    assert f"a whole number of channels, 1 to 1024, not {n_channels}" in message


def test_a_signal_with_a_row_a_channel_is_refused_as_such() -> None:
    message = refusal_of(lambda: detect_twitches(np.zeros((2, 60_000)), RATE_HZ))
    assert "not 60000; a signal has a row a sample and a column a channel" in message


@pytest.mark.parametrize("budget", [5e-324, 1e-300, 0.99e-9, 1.01e6, 1e300])
def test_budgets_beyond_arithmetic_are_refused(budget: float) -> None:
    assert f"above 0 a minute, 1e-09 to 1000000, not {budget:g}" in refused(false_alarms_per_min=budget)


@pytest.mark.parametrize("rate_hz", [1.01e6, 1e12, 1e300])
def test_rates_that_no_filter_holds_for_are_refused(rate_hz: float) -> None:
    assert f"at most 1000000, not {rate_hz:g}" in refused(sampling_rate_hz=rate_hz)


@pytest.mark.parametrize(
    "fitting",
    [
        {"false_alarms_per_min": 1e-9},
        {"false_alarms_per_min": 1e6},
        {"n_channels": 1024},
        {"sampling_rate_hz": 1_000_000},
        {"sampling_rate_hz": np.array(1000), "n_channels": np.array(2), "bandwidth_hz": np.float32(262.0)},
        {"n_channels": 2.0, "bandwidth_hz": float("inf")},
        {"roles": np.array(["surface", "off"])},
        {"roles": (role for role in ("surface", "off"))},
    ],
)
def test_what_fits_is_taken_up_to_the_limits(fitting: dict) -> None:
    detector = TwitchDetector(**{"sampling_rate_hz": RATE_HZ, "n_channels": 2, **fitting})
    x = noise(1.0, 1)[:, [0] * detector.n_channels]
    assert run(detector, x) == []


@pytest.mark.parametrize(
    ("roles", "quoted"),
    [
        ("surface", "the text 'surface'"),
        (b"ab", "the text b'ab'"),
        (5, "5"),
        ({"surface": 0, "off": 1}, "{'off': 1, 'surface': 0}"),
        ({"surface", "off"}, "{'off', 'surface'}"),
    ],
)
def test_roles_are_a_list(roles: object, quoted: str) -> None:
    assert refused(roles=roles) == f"the roles must be a list with the role of each channel in turn, not {quoted}"


@pytest.mark.parametrize(
    ("full_scale_uv", "message"),
    [
        ("x", "must be real numbers in µV, not the text 'x'"),
        ("5", "must be real numbers in µV, not the text '5'"),
        ({}, "must be real numbers in µV, not {}"),
        (1j, "must be real numbers in µV, not 1j"),
        ([None, 1.0], "must be real numbers in µV, not [None, 1.0]"),
        ([True, True], "must be real numbers in µV, not [True, True]"),
        ([[1.0], [1.0, 2.0]], "must have rows of equal length, not [[1.0], [1.0, 2.0]]"),
        (np.ma.array([1.0, 2.0], mask=[False, True]), "must not be a masked array"),
        (-5.0, "must be above 0 µV, not -5"),
        ([1.0, 0.0], "must be above 0 µV, not 0"),
        ([np.nan, 1.0], "must be above 0 µV, not nan"),
        ([1.0, 2.0, 3.0], "must be one value or 2, not of shape (3,)"),
    ],
)
def test_a_full_scale_is_of_numbers(full_scale_uv: object, message: str) -> None:
    assert refused(full_scale_uv=full_scale_uv).startswith(f"the full scale {message}")


@pytest.mark.parametrize(
    ("signal_uv", "message"),
    [
        ([[1.0, 2.0], [3.0]], "must have rows of equal length, not [[1.0, 2.0], [3.0]]"),
        ("text", "must be real numbers in µV, not the text 'text'"),
        (np.full((4, 2), None), "must be real numbers in µV, not array([[None"),
        (MASKED, "must not be a masked array, whose mask would be lost"),
        (np.ma.array(np.zeros((4, 2))), "must not be a masked array"),
    ],
)
def test_a_signal_that_is_none_is_refused_plainly(signal_uv: object, message: str) -> None:
    for act in (TwitchDetector(RATE_HZ, 2).process, lambda block: detect_twitches(block, RATE_HZ)):
        assert refusal_of(lambda act=act: act(signal_uv)).startswith(f"the signal {message}")


@pytest.mark.parametrize(
    ("valid", "message"),
    [
        (["False"] * 4, "True or False for each sample, not ['False', 'False', 'False', 'False']"),
        ("True", "True or False for each sample, not the text 'True'"),
        ([None] * 4, "True or False for each sample, not [None, None, None, None]"),
        ([True, False, None, True], "True or False for each sample, not [True, False, None, True]"),
        ([1.0, 0.0, np.nan, 1.0], "True or False (1 or 0) for each sample, not nan"),
        ([0, 1, 2, 1], "True or False (1 or 0) for each sample, not 2"),
        ([0.0, 1.0, 0.5, 1.0], "True or False (1 or 0) for each sample, not 0.5"),
        ([1, 1, -1, 1], "True or False (1 or 0) for each sample, not -1"),
        ([[1], [1, 2], 1, 1], "have rows of equal length"),
        (np.ma.array([True] * 4, mask=[False, True, False, False]), "not be a masked array"),
    ],
)
def test_valid_is_true_or_false(valid: object, message: str) -> None:
    detector = TwitchDetector(RATE_HZ, 2)
    assert re.match(
        f"valid must (be )?{re.escape(message)}", refusal_of(lambda: detector.process(np.zeros((4, 2)), valid))
    )
    assert detector.duration_s == 0.0


@pytest.mark.parametrize("made", [np.ndarray.tolist, lambda valid: valid.astype(np.uint8), lambda valid: valid * 1.0])
def test_valid_of_ones_and_zeros_is_as_true_and_false(made: Callable[[np.ndarray], object]) -> None:
    x = noise(9.0, 2)
    valid = np.ones(len(x), np.bool_)
    valid[3000:3020] = False
    add_twitch(x, 7.0, 60.0)
    expected = detect_twitches(x, RATE_HZ, valid=valid)
    assert len(twitches(expected)) == 1
    assert detect_twitches(x, RATE_HZ, valid=made(valid)) == expected


def test_a_refused_block_changes_nothing() -> None:
    x = noise(9.0, 2)
    add_twitch(x, 7.0, 60.0)
    plain, bothered = TwitchDetector(RATE_HZ, 2), TwitchDetector(RATE_HZ, 2)
    reported: list = []
    for start in range(0, len(x), 500):
        for block, valid in ((MASKED, None), (np.zeros((4, 2)), [0, 2, 1, 1]), ([[1.0], [2.0, 3.0]], None)):
            refusal_of(lambda block=block, valid=valid: bothered.process(block, valid))
        reported += bothered.process(x[start : start + 500])
    assert reported + bothered.flush() == run(plain, x, block=500)
    assert len(twitches(reported)) == 1
