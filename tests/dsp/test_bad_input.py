"""Bad input never raises within a signal and never yields a twitch; impossible input is rejected."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dsp import Candidate, TwitchDetector, TwitchEvent, detect_twitches
from tests.dsp.by_hand import RATE_HZ, add_twitch, near, noise, run, twitches


@pytest.mark.parametrize("what", ["nan", "inf", "lost", "railed", "flat", "unplugged"])
def test_bad_stretches_yield_no_twitch_and_no_error(what: str) -> None:
    x = noise(16.0, 2)
    x += 2500.0  # electrode offset, so that a missing sample shows as a step
    valid = np.ones(len(x), np.bool_)
    for start in (5000, 6500, 8000, 8100, 10_000):
        stop = start + 60
        if what == "nan":
            x[start:stop, 0] = np.nan
        elif what == "inf":
            x[start:stop, 0] = np.inf
        elif what == "lost":
            x[start:stop] = x[start - 1]
            valid[start:stop] = False
        elif what == "railed":
            x[start:stop, 0] = 187_500.0
        elif what == "flat":
            x[start : start + 700, 0] = x[start, 0]
        else:
            x[start : start + 500, 0] = 187_500.0 - 3.0 * np.arange(500)
    detector = TwitchDetector(RATE_HZ, 2, full_scale_uv=180_000.0)
    assert twitches(run(detector, x, valid)) == []
    usable = detector.usable_fraction
    assert 0.8 < usable[0] < 0.99
    assert (usable[1] > 0.99) == (what != "lost")


def test_twitches_around_a_loss_are_found() -> None:
    x = noise(14.0, 2)
    valid = np.ones(len(x), np.bool_)
    x[8000:8020] = x[7999]
    valid[8000:8020] = False
    add_twitch(x, 7.5, 60.0)
    add_twitch(x, 8.5, 60.0)
    found = twitches(run(TwitchDetector(RATE_HZ, 2), x, valid))
    assert [round(event.onset_s, 1) for event in found] == [7.5, 8.5]


@pytest.mark.parametrize("rate_hz", [250.0, 1000.0])
def test_lone_lost_samples_hide_no_twitch(rate_hz: float) -> None:
    x = noise(60.0, 2, rate_hz)
    valid = np.random.default_rng(1).random(len(x)) >= 0.005
    valid[1:] |= ~valid[:-1]  # no two in a row
    n_lost = int(np.count_nonzero(~valid))
    assert n_lost > 40
    places_s = np.arange(10.0, 58.0, 3.0)
    for at_s in places_s:
        add_twitch(x, at_s, 90.0, rate_hz=rate_hz)
    whole = twitches(run(TwitchDetector(rate_hz, 2), x))
    x[~valid] = np.roll(x, 1, axis=0)[~valid]
    detector = TwitchDetector(rate_hz, 2)
    found = twitches(run(detector, x, valid))
    assert len(whole) == len(places_s)
    assert len(found) >= len(whole) - 1
    np.testing.assert_array_equal(detector.usable_fraction, 1.0)


@pytest.mark.parametrize(("rate_hz", "is_bridged"), [(250.0, False), (1000.0, False), (2000.0, True)])
def test_lost_samples_of_strong_mains_make_no_twitch(rate_hz: float, is_bridged: bool) -> None:
    t = np.arange(round(60.0 * rate_hz)) / rate_hz
    x = noise(60.0, 2, rate_hz) + 250.0 * np.sin(2.0 * np.pi * 50.02 * t)[:, np.newaxis]
    valid = np.random.default_rng(2).random(len(x)) >= 0.002
    x[~valid] = np.roll(x, 1, axis=0)[~valid]
    detector = TwitchDetector(rate_hz, 2)
    assert twitches(run(detector, x, valid)) == []
    assert np.all((detector.usable_fraction > 0.995) == is_bridged)


def test_channels_return_after_a_long_loss_that_holds_the_last_value() -> None:
    # If a hop is one sample, priming the filter must not make the next sample look unchanged.
    x = noise(12.0, 2, 250.0)
    valid = np.ones(len(x), np.bool_)
    valid[1500:1630] = False
    x[1500:1630] = x[1499]
    detector = TwitchDetector(250.0, 2)
    run(detector, x, valid)
    assert np.all(detector.usable_fraction > 0.9)
    assert detector._kernel.is_usable().all()


def test_burst_that_ends_in_saturation_is_an_artifact() -> None:
    x = noise(12.0, 2)
    x[7000:7040, 0] += 300.0 * np.random.default_rng(1).standard_normal(40)
    x[7040:7400, 0] = 190_000.0
    events = detect_twitches(x, RATE_HZ, full_scale_uv=187_500.0)
    assert [event.label for event in near(events, 7.02, 0.01)] == ["artifact"]


@pytest.mark.parametrize("value", [0.0, 5.0, np.nan, 1e300, -np.inf])
def test_constant_signals_yield_nothing(value: float) -> None:
    detector = TwitchDetector(RATE_HZ, 3)
    assert run(detector, np.full((5000, 3), value)) == []
    assert np.all(detector.usable_fraction < 0.2)


@pytest.mark.parametrize("rate_hz", [250.0, 1000.0])
@pytest.mark.parametrize("count_uv", [1.0, 10.0])
@pytest.mark.parametrize("noise_in_counts", [0.15, 0.3, 0.5])
def test_noise_near_one_coarse_count_yields_nothing(rate_hz: float, count_uv: float, noise_in_counts: float) -> None:
    rng = np.random.default_rng(3)
    x = count_uv * np.round(noise_in_counts * rng.standard_normal((round(120.0 * rate_hz), 1)))
    assert twitches(run(TwitchDetector(rate_hz, 1), x)) == []


def test_steps_of_strong_mains_are_not_taken_for_coarse_counts() -> None:
    x = noise(16.0, 2, 250.0)
    x += 500.0 * np.sin(2.0 * np.pi * 50.02 * np.arange(len(x)) / 250.0)[:, np.newaxis]
    detector = TwitchDetector(250.0, 2)
    run(detector, 0.0223 * np.round(x / 0.0223))
    assert np.all(detector.floor_rms_uv < 3.0)


def test_twitches_over_coarse_counts_are_measured_against_what_counts_can_tell() -> None:
    x = noise(40.0, 2)
    for at_s in range(15, 39, 2):
        add_twitch(x, at_s, 120.0)
    found = twitches(run(TwitchDetector(RATE_HZ, 2), 10.0 * np.round(x / 10.0)))
    assert len(found) == 12
    assert all(20.0 < event.snr_db < 36.0 for event in found)


@pytest.mark.parametrize("rate_hz", [250.0, 1000.0])
def test_a_start_that_was_no_rest_blinds_nobody(rate_hz: float) -> None:
    x = noise(40.0, 1, rate_hz)
    x[: round(14.0 * rate_hz)] *= 10.0
    for at_s in (16.0, 18.0, 20.0, 22.0):
        add_twitch(x, at_s, 60.0, 0, rate_hz)
    detector = TwitchDetector(rate_hz, 1)
    found = twitches(run(detector, x))
    assert [round(event.onset_s) for event in found] == [16, 18, 20, 22]
    assert all(event.snr_db > 17.0 for event in found)
    assert detector.baseline_rms_uv[0] < 4.0


@pytest.mark.parametrize("rate_hz", [250.0, 1000.0])
def test_a_quiet_second_changes_no_baseline_and_no_grade(rate_hz: float) -> None:
    x = noise(64.0, 1, rate_hz)
    x[round(50.0 * rate_hz) : round(53.0 * rate_hz)] *= 0.1
    add_twitch(x, 40.0, 90.0, 0, rate_hz)
    add_twitch(x, 52.0, 90.0, 0, rate_hz)
    detector = TwitchDetector(rate_hz, 1)
    events = run(detector, x[: round(53.0 * rate_hz)])
    quiet = detector.baseline_rms_uv[0]
    events += run(detector, x[round(53.0 * rate_hz) :])
    assert quiet == detector.baseline_rms_uv[0] > 2.0
    (early,), (late,) = near(events, 40.0, 0.05), near(events, 52.0, 0.05)
    assert late.snr_db == pytest.approx(early.snr_db, abs=1.0)


def test_channels_on_which_nothing_is_looked_for_are_usable_where_they_are_not_bad() -> None:
    x = noise(10.0, 3)
    x[:, 1] = np.nan
    x[:5000, 2] = np.nan
    detector = TwitchDetector(RATE_HZ, 3, roles=["surface", "ecg", "motion"])
    run(detector, x)
    assert detector.usable_fraction[0] > 0.9
    assert detector.usable_fraction[1:].tolist() == pytest.approx([0.0, 0.5], abs=0.01)


def test_all_zero_start_then_signal() -> None:
    x = noise(16.0, 2)
    x[:5000] = 0.0
    add_twitch(x, 11.0, 60.0)
    found = twitches(detect_twitches(x, RATE_HZ))
    assert [round(event.onset_s, 2) for event in found] == [11.0]


def test_channel_that_vanishes_and_returns() -> None:
    x = noise(24.0, 2)
    x[8000:14_000, 0] = 200_000.0
    x[14_000:, 0] += 40_000.0
    add_twitch(x, 10.0, 60.0, channel=1)
    add_twitch(x, 20.0, 60.0, channel=0)
    found = twitches(detect_twitches(x, RATE_HZ, full_scale_uv=187_500.0))
    assert [(round(event.onset_s, 1), event.channel) for event in found] == [(10.0, 1), (20.0, 0)]


def reported_of_garbage(seed: int, rate_hz: float, n_channels: int, seconds: float) -> list[Candidate | TwitchEvent]:
    rng = np.random.default_rng(seed)
    n = round(seconds * rate_hz)
    x = rng.standard_normal((n, n_channels)) * 10.0 ** rng.uniform(-3, 6)
    for _ in range(int(rng.integers(0, 7 * seconds))):
        at, length, c = rng.integers(n), int(rng.integers(1, 400)), rng.integers(n_channels)
        x[at : at + length, c] = rng.choice([np.nan, np.inf, -np.inf, 0.0, 1e12, rng.standard_normal() * 1e4])
    valid = rng.random(n) > rng.choice([0.0, 0.001, 0.5])
    return run(TwitchDetector(rate_hz, n_channels, full_scale_uv=1e5), x, valid, block=97)


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.sampled_from([50.0, 125.0, 250.0, 1000.0, 9000.0]), st.integers(1, 5))
@example(188, 125.0, 5)  # 60 Hz above the highest frequency that is followed at this rate
def test_garbage_never_raises_and_its_events_are_in_order(seed: int, rate_hz: float, n_channels: int) -> None:
    for event in reported_of_garbage(seed, rate_hz, n_channels, 4.5):
        assert 0 <= event.onset_index <= event.decided_index <= 4.5 * rate_hz
        if isinstance(event, TwitchEvent):
            assert event.onset_index <= event.offset_index <= event.decided_index
            numbers = (event.confidence, event.peak_uv, event.rms_uv, event.snr_db, event.onset_uncertainty_ms)
            assert np.isfinite(numbers).all()


def test_garbage_is_labelled_artifact_and_not_twitch() -> None:
    reported = [one for seed in range(20) for one in reported_of_garbage(seed, RATE_HZ, 1 + seed % 5, 20.0)]
    labels = [one.label for one in reported if isinstance(one, TwitchEvent)]
    assert labels.count("artifact") > 20
    assert "twitch" not in labels


def test_empty_blocks_and_one_dimension() -> None:
    detector = TwitchDetector(RATE_HZ, 1)
    assert detector.process(np.zeros((0, 1))) == []
    assert detector.process(noise(1.0, 1)[:, 0]) == []
    assert detector.flush() == []
    x = noise(8.0, 1)
    add_twitch(x, 5.0, 60.0, channel=0)
    assert detect_twitches(x[:, 0], RATE_HZ) == detect_twitches(x, RATE_HZ)
    assert len(twitches(detect_twitches(x[:, 0], RATE_HZ))) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sampling_rate_hz": 0.0}, "at least 50 Hz"),
        ({"sampling_rate_hz": float("nan")}, "at least 50 Hz"),
        ({"n_channels": 0}, "whole number of channels"),
        ({"n_channels": 2.5}, "whole number of channels"),
        ({"sampling_rate_hz": -250.0}, "at least 50 Hz"),
        ({"sampling_rate_hz": float("inf")}, "at least 50 Hz"),
        ({"roles": ["surface", "surface", "off"]}, "2 channels and 3 roles"),
        ({"full_scale_uv": float("nan")}, "above 0 µV"),
        ({"roles": ["surface"]}, "2 channels and 1 roles"),
        ({"roles": ["surface", "skin"]}, "'skin' is no role"),
        ({"false_alarms_per_min": 0.0}, "above 0 a minute"),
        ({"bandwidth_hz": -1.0}, "above 0 Hz"),
        ({"full_scale_uv": 0.0}, "above 0 µV"),
        ({"full_scale_uv": [1.0, 2.0, 3.0]}, "one value or 2"),
    ],
)
def test_bad_arguments_are_refused(arguments: dict, message: str) -> None:
    given_arguments = {"sampling_rate_hz": RATE_HZ, "n_channels": 2, **arguments}
    with pytest.raises(ValueError, match=message):
        TwitchDetector(**given_arguments)


def test_wrong_shapes_are_refused() -> None:
    detector = TwitchDetector(RATE_HZ, 2)
    with pytest.raises(ValueError, match="shape"):
        detector.process(np.zeros((5, 3)))
    with pytest.raises(ValueError, match="valid must have shape"):
        detector.process(np.zeros((5, 2)), np.ones(4, np.bool_))


@pytest.mark.parametrize(
    "bad",
    ["text", None, [[1.0, 2.0], [3.0]], np.zeros((4, 2), complex), np.full((4, 2), None), np.array([["a", "b"]])],
)
def test_what_is_no_numbers_is_refused(bad: object) -> None:
    with pytest.raises(ValueError, match="the signal must"):
        TwitchDetector(RATE_HZ, 2).process(bad)
    with pytest.raises(ValueError, match="the signal must"):
        detect_twitches(bad, RATE_HZ)


@pytest.mark.parametrize("shape", [(), (2, 3, 2)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="shape"):
        TwitchDetector(RATE_HZ, 2).process(np.zeros(shape))
    with pytest.raises(ValueError, match="shape"):
        detect_twitches(np.zeros(shape), RATE_HZ)


def test_a_signal_needs_a_channel_and_roles_for_all_of_them() -> None:
    with pytest.raises(ValueError, match="number of channels"):
        detect_twitches(np.zeros((1000, 0)), RATE_HZ)
    with pytest.raises(ValueError, match="3 channels and 2 roles"):
        detect_twitches(np.zeros((1000, 3)), RATE_HZ, ["surface", "ecg"])
    assert detect_twitches(np.zeros((0, 3)), RATE_HZ) == []


@pytest.mark.parametrize("rate_hz", [0.0, -1000.0, 49.9, np.nan, np.inf])
def test_rates_that_cannot_be_are_refused(rate_hz: float) -> None:
    with pytest.raises(ValueError, match="at least 50 Hz"):
        detect_twitches(np.zeros((1000, 2)), rate_hz)


@pytest.mark.parametrize("rate_hz", [250.0, 256.0, 333.3, 1024.7, 5000.1])
def test_rates_need_not_be_round(rate_hz: float) -> None:
    x = noise(9.0, 2, rate_hz)
    add_twitch(x, 7.0, 60.0, rate_hz=rate_hz)
    assert [round(event.onset_s, 1) for event in twitches(detect_twitches(x, rate_hz))] == [7.0]


MADE: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "columns first": np.asfortranarray,
    "every second column": lambda x: np.repeat(x, 2, axis=1)[:, ::2],
    "backwards": lambda x: x[::-1].copy()[::-1],
    "read only": lambda x: np.frombuffer(x.tobytes(), x.dtype).reshape(x.shape),
    "int32": lambda x: x.astype(np.int32),
    "int16": lambda x: x.astype(np.int16),
    "big-endian": lambda x: x.astype(">f8"),
    "lists": lambda x: x.tolist(),
}


@pytest.mark.parametrize("made", MADE)
def test_arrays_of_any_make_give_the_same(made: str) -> None:
    x = np.round(20.0 * noise(9.0, 2))
    add_twitch(x, 7.0, 1200.0)
    x = np.round(x)
    expected = detect_twitches(x, RATE_HZ)
    assert len(twitches(expected)) == 1
    before = x.copy()
    assert detect_twitches(MADE[made](x), RATE_HZ) == expected
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("size_uv", [1e9, 1e160, 1e300])
@pytest.mark.parametrize("what", ["spikes", "noise", "step"])
def test_absurd_amplitudes_hurt_their_own_channel_alone_and_only_while_they_last(size_uv: float, what: str) -> None:
    x = noise(21.0, 2)
    rng = np.random.default_rng(0)
    if what == "spikes":
        x[8000:8500:7, 0] = size_uv * rng.choice([-1.0, 1.0], 72)
    elif what == "noise":
        x[8000:9000, 0] = size_uv * rng.uniform(-1.0, 1.0, 1000)
    else:
        x[8000:9000, 0] += size_uv
    add_twitch(x, 8.5, 60.0, channel=1)
    add_twitch(x, 17.0, 60.0, channel=0)
    detector = TwitchDetector(RATE_HZ, 2)
    found = twitches(run(detector, x))
    assert [(round(event.onset_s, 1), event.channel) for event in found if event.onset_s > 10.0] == [(17.0, 0)]
    assert all(event.channel == 1 for event in found if event.onset_s < 10.0)
    assert np.all(np.isfinite(detector.baseline_rms_uv))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0.0, 1e300])
def test_a_whole_signal_of_nothing_has_no_events(value: float) -> None:
    assert detect_twitches(np.full((6000, 2), value), RATE_HZ) == []
    assert detect_twitches(np.full(6000, value), RATE_HZ, valid=np.zeros(6000, np.bool_)) == []


def test_bad_samples_one_by_one_are_as_bad_in_a_block() -> None:
    x = noise(9.0, 2)
    x[6000:6040, 0] = np.nan
    x[6500:6502, 1] = np.inf
    valid = np.ones(len(x), np.bool_)
    valid[7000:7003] = False
    add_twitch(x, 8.0, 60.0)
    whole = TwitchDetector(RATE_HZ, 2, full_scale_uv=1000.0)
    single = TwitchDetector(RATE_HZ, 2, full_scale_uv=1000.0)
    assert run(single, x, valid, block=1) == run(whole, x, valid, block=len(x))
    np.testing.assert_array_equal(single.usable_fraction, whole.usable_fraction)


def test_empty_blocks_in_between_change_nothing() -> None:
    x = noise(9.0, 3)
    add_twitch(x, 7.0, 60.0)
    plain, broken = TwitchDetector(RATE_HZ, 3), TwitchDetector(RATE_HZ, 3)
    reported: list = []
    for start in range(0, len(x), 37):
        assert broken.process(np.zeros((0, 3)), np.zeros(0, np.bool_)) == []
        reported += broken.process(x[start : start + 37])
    assert reported + broken.flush() == run(plain, x, block=37)
    assert len(twitches(reported)) == 1


def test_another_rate_is_another_detector_and_touches_none_beside_it() -> None:
    # A stream has one rate; a board that returns with another rate gets a new detector.
    signals = {}
    for rate_hz in (250.0, 1000.0, 5000.0):
        signals[rate_hz] = noise(9.0, 2, rate_hz)
        add_twitch(signals[rate_hz], 7.0, 60.0, rate_hz=rate_hz)
    alone = {rate_hz: run(TwitchDetector(rate_hz, 2), x, block=round(0.1 * rate_hz)) for rate_hz, x in signals.items()}
    detectors = {rate_hz: TwitchDetector(rate_hz, 2) for rate_hz in signals}
    side_by_side: dict[float, list] = {rate_hz: [] for rate_hz in signals}
    for k in range(90):
        for rate_hz, x in signals.items():
            block = round(0.1 * rate_hz)
            side_by_side[rate_hz] += detectors[rate_hz].process(x[k * block : (k + 1) * block])
    for rate_hz, detector in detectors.items():
        assert side_by_side[rate_hz] + detector.flush() == alone[rate_hz]
        assert [round(event.onset_s, 1) for event in twitches(alone[rate_hz])] == [7.0]
