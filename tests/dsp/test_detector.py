"""Contract of the detector: timing, and each verdict on a constructed signal."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import signal

from dsp import Candidate, TwitchDetector, TwitchEvent, detect_twitches
from dsp.bursts import Group
from dsp.verdict.rules import MOST_OF_MUSCLE_UV, NEAR_NOISE, ONE_UNIT
from dsp.verdict.survey import Surroundings
from tests.dsp.busy import BUSY, BUSY_VALID, BUSY_WHOLE, make_busy
from tests.dsp.by_hand import RATE_HZ, add_twitch, heart_signal, near, noise, run, twitches, unit_wave


def test_clean_twitches_are_found_in_place() -> None:
    x = noise(20.0)
    truth = [(at_s, add_twitch(x, at_s, 60.0)) for at_s in (5.0, 9.3, 14.2)]
    found = twitches(detect_twitches(x, RATE_HZ))
    assert len(found) == 3
    for event, (onset_s, offset_s) in zip(found, truth, strict=True):
        assert abs(event.onset_s - onset_s) <= 0.003
        assert abs(event.offset_s - offset_s) <= 0.015
        assert event.channel == 1
        assert event.grade == "medium"
        assert 0.9 <= event.confidence <= 1.0
        assert event.reasons
        assert event.latency_ms is None


def test_noise_alone_confirms_nothing() -> None:
    assert twitches(detect_twitches(noise(120.0, 8, seed=5), RATE_HZ)) == []


def test_order_is_that_of_decision_and_each_candidate_has_a_verdict() -> None:
    decided = [reported.decided_index for reported in BUSY_WHOLE]
    assert decided == sorted(decided)
    n_candidates = sum(isinstance(reported, Candidate) for reported in BUSY_WHOLE)
    assert n_candidates == sum(isinstance(reported, TwitchEvent) for reported in BUSY_WHOLE)


@pytest.mark.parametrize(
    ("rate_hz", "wait_s"), [(250.0, 0.075), (1000.0, 0.050), (2000.0, 0.050), (4000.0, 0.050), (8000.0, 0.050)]
)
def test_candidate_within_20_ms_and_verdict_within_50_ms(rate_hz: float, wait_s: float) -> None:
    """At 250 samples/s the band-pass rings for about 25 ms, and the verdict is delayed by this time too."""
    x = noise(12.0, 2, rate_hz, seed=2)
    ends = [add_twitch(x, at_s, 80.0, rate_hz=rate_hz) for at_s in (5.0, 7.7, 10.1)]
    reported = run(TwitchDetector(rate_hz, 2), x)
    candidates = [one for one in reported if isinstance(one, Candidate)]
    for at_s, end_s in zip((5.0, 7.7, 10.1), ends, strict=True):
        candidate = next(one for one in candidates if abs(one.onset_s - at_s) < 0.02)
        assert candidate.decided_index / rate_hz - at_s <= 0.020
        assert candidate.onset_index >= candidate.decided_index - 0.020 * rate_hz
        verdict = next(one for one in twitches(reported) if abs(one.onset_s - at_s) < 0.02)
        assert verdict.decided_index / rate_hz - end_s <= wait_s
        assert abs(verdict.offset_s - end_s) <= 0.012


def test_every_verdict_comes_within_50_ms_of_what_was_last_seen_in_the_band(monkeypatch: pytest.MonkeyPatch) -> None:
    detector = make_busy()
    waits: list[int] = []
    judge = detector._judge.judge

    def watched(group: Group, around: Surroundings) -> TwitchEvent:
        waits.append(around.index - group.last_above)
        return judge(group, around)

    monkeypatch.setattr(detector._judge, "judge", watched)
    assert run(detector, BUSY, BUSY_VALID) == BUSY_WHOLE
    assert len(waits) == sum(isinstance(reported, TwitchEvent) for reported in BUSY_WHOLE)
    assert max(waits) <= 0.050 * 500.0


def test_the_reported_end_does_not_wait_for_what_follows() -> None:
    x = noise(20.0, seed=4)
    end_s = add_twitch(x, 12.0, 90.0)
    x[12_090:13_000] += 15.0 * np.random.default_rng(4).standard_normal((910, 4))
    event = next(one for one in twitches(run(TwitchDetector(RATE_HZ, 4), x)) if abs(one.onset_s - 12.0) < 0.02)
    assert event.decided_index / RATE_HZ > end_s + 0.2
    assert abs(event.offset_s - end_s) <= 0.012


def test_every_verdict_keeps_its_times_in_order() -> None:
    for event in (reported for reported in BUSY_WHOLE if isinstance(reported, TwitchEvent)):
        assert 0 <= event.onset_index <= event.offset_index <= event.decided_index
        assert event.onset_s == event.onset_index / 500.0
        assert 0.0 <= event.confidence <= 1.0
        assert event.reasons
        assert event.channel in event.channels


def test_one_burst_on_two_channels_is_one_event() -> None:
    x = noise(10.0)
    add_twitch(x, 6.0, 90.0, channel=1)
    add_twitch(x, 6.0, 45.0, channel=2)
    found = near(detect_twitches(x, RATE_HZ), 6.0)
    assert [event.label for event in found] == ["twitch"]
    assert found[0].channel == 1
    assert found[0].channels == (1, 2)


def test_measures_agree_with_a_known_burst() -> None:
    x = noise(20.0)
    add_twitch(x, 15.0, 120.0)
    clean = np.zeros_like(x)
    add_twitch(clean, 15.0, 120.0)
    event = twitches(detect_twitches(x, RATE_HZ))[0]

    sos = signal.butter(4, TwitchDetector(RATE_HZ, 4).band_hz, "bandpass", fs=RATE_HZ, output="sos")
    expected = np.max(np.abs(signal.sosfilt(sos, clean[:, 1])))
    assert event.peak_uv == pytest.approx(expected, rel=0.1)
    baseline_uv = np.std(signal.sosfilt(sos, noise(20.0)[:, 1])[500:])
    assert event.snr_db == pytest.approx(20 * np.log10(expected / baseline_uv), abs=1.0)


def test_an_event_tells_whether_the_baseline_it_stands_out_of_was_learnt() -> None:
    x = noise(20.0)
    add_twitch(x, 7.0, 90.0)
    add_twitch(x, 17.0, 90.0)
    detector = TwitchDetector(RATE_HZ, 4)
    detector.process(x[: round(7.5 * RATE_HZ)])
    assert not detector.resting_baseline_is_learnt
    early, late = twitches(detect_twitches(x, RATE_HZ))
    assert (early.over_floor, late.over_floor) == (True, False)
    assert early.snr_db == pytest.approx(late.snr_db, abs=2.0)


def test_contraction_is_voluntary() -> None:
    rng = np.random.default_rng(1)
    x = noise(12.0)
    ramp = np.clip(np.minimum(np.arange(1500), np.arange(1500)[::-1]) / 300.0, 0, 1)
    x[6000:7500] += (ramp * 40.0)[:, np.newaxis] * rng.standard_normal((1500, 4))
    found = near(detect_twitches(x, RATE_HZ), 6.7)
    assert [event.label for event in found] == ["voluntary"]
    assert "long" in found[0].reasons


def test_wince_on_all_channels_is_voluntary() -> None:
    rng = np.random.default_rng(1)
    x = noise(12.0, 6)
    x[6000:6150] += np.hanning(150)[:, np.newaxis] * 60.0 * rng.standard_normal((150, 6))
    events = detect_twitches(x, RATE_HZ)
    assert twitches(events) == []
    assert [event.label for event in near(events, 6.07, 0.0)] == ["voluntary"]


@pytest.mark.parametrize("kind", ["step", "pop", "impulse", "cable", "outlier"])
def test_faults_are_no_twitch(kind: str) -> None:
    x = noise(12.0)
    if kind == "step":
        x[7000:, 1] += 800.0
    elif kind == "pop":
        x[7000:, 1] += 500.0 * np.exp(-np.arange(5000) / 30.0)
    elif kind == "impulse":
        x[7000:7004, 1] += 600.0 * np.array([0.1, 0.7, 0.9, 0.2])
    elif kind == "cable":
        x[7000:7800, 1] += 1500.0 * np.hanning(800) * np.sin(2 * np.pi * 6.0 * np.arange(800) / RATE_HZ)
    else:
        x[7000, 1] += 3000.0
    events = detect_twitches(x, RATE_HZ)
    assert twitches(events) == []
    if kind in ("step", "pop", "impulse"):
        assert [event.label for event in near(events, 7.0, 0.02)] == ["artifact"]
    if kind == "outlier":
        assert near(events, 7.0, 0.02) == []


@pytest.mark.parametrize("size_uv", [60e3, 140e3])
def test_what_is_larger_than_any_muscle_is_no_twitch(size_uv: float) -> None:
    x = noise(24.0, 2)
    add_twitch(x, 15.0, size_uv, channel=0, n_units=2)
    add_twitch(x, 21.0, 5000.0, channel=0, n_units=2)
    reported = detect_twitches(x, RATE_HZ, full_scale_uv=187_500.0)
    (bounce,), (answer,) = near(reported, 15.0), near(reported, 21.0)
    assert (bounce.label, bounce.reasons[0]) == ("artifact", "larger than any muscle")
    assert answer.label == "twitch"


@pytest.mark.parametrize("rate_hz", [1000.0, 2000.0])
def test_a_plug_that_bounces_makes_no_twitch_of_tens_of_millivolts(rate_hz: float) -> None:
    rng = np.random.default_rng(0)
    x = noise(200.0, 2, rate_hz)
    for at_s in np.arange(12.0, 198.0, 3.0):  # some steps within 80 ms, then back
        steps = np.sort(rng.integers(0, round(0.08 * rate_hz), rng.integers(2, 6))) + round(at_s * rate_hz)
        size_uv = 10.0 ** rng.uniform(4.3, 5.1)
        for first, last in pairwise(steps):
            x[first:last, 0] += size_uv * rng.uniform(-1.0, 1.0)
    found = twitches(detect_twitches(x, rate_hz, full_scale_uv=187_500.0))
    assert all(event.peak_uv <= MOST_OF_MUSCLE_UV for event in found)


def test_where_the_scale_is_not_known_nothing_is_too_large() -> None:
    x = noise(24.0, 2)
    for at_s in (14.0, 17.0, 20.0):
        add_twitch(x, at_s, 90.0)
    detector = TwitchDetector(RATE_HZ, 2, largest_uv=np.inf)
    assert len(twitches(run(detector, 500.0 * x))) == 3
    with pytest.raises(ValueError, match="above 0"):
        TwitchDetector(RATE_HZ, 2, largest_uv=0.0)


def test_heart_is_learnt_and_never_a_twitch() -> None:
    x, beats = heart_signal(40.0, 4)
    events = detect_twitches(x, RATE_HZ)
    assert twitches(events) == []
    known = sum(any(event.label == "heartbeat" for event in near(events, beat, 0.05)) for beat in beats[4:])
    assert known >= 0.9 * len(beats[4:])


def test_twitch_on_a_heartbeat_is_still_found() -> None:
    x, beats = heart_signal(40.0, 4)
    hit = [beat for beat in beats if beat > 15.0][::5]
    for beat in hit:
        add_twitch(x, beat + 0.01, 60.0, channel=2)
    found = twitches(detect_twitches(x, RATE_HZ))
    assert sum(any(abs(event.onset_s - beat - 0.01) < 0.06 for event in found) for beat in hit) >= len(hit) - 1
    assert len(found) <= len(hit)


def test_twitch_before_a_wince_is_still_found() -> None:
    rng = np.random.default_rng(8)
    x = noise(14.0, 6)
    end_s = add_twitch(x, 9.0, 70.0)
    start = round((end_s + 0.1) * RATE_HZ)
    x[start : start + 300] += 50.0 * rng.standard_normal((300, 6))
    events = detect_twitches(x, RATE_HZ)
    assert [event.label for event in near(events, 9.03, 0.02)] == ["twitch"]
    assert [event.label for event in near(events, end_s + 0.25, 0.01)] == ["voluntary"]


def test_mains_does_not_hide_twitches_or_make_them() -> None:
    x = noise(20.0)
    t = np.arange(len(x)) / RATE_HZ
    x += (170.0 * np.sin(2 * np.pi * 60.02 * t) + 40.0 * np.sin(2 * np.pi * 180.06 * t))[:, np.newaxis]
    for at_s in (8.0, 12.5, 17.0):
        add_twitch(x, at_s, 50.0)
    found = twitches(detect_twitches(x, RATE_HZ))
    assert [round(event.onset_s, 1) for event in found] == [8.0, 12.5, 17.0]


def test_guarding_does_not_rain_false_alarms() -> None:
    rng = np.random.default_rng(9)
    x = noise(60.0, 6, seed=9)
    ramp = np.clip(np.arange(30_000) / 4000.0, 0, 1)[:, np.newaxis]
    x[20_000:50_000] += 6.0 * ramp * rng.standard_normal((30_000, 6))
    assert twitches(detect_twitches(x, RATE_HZ)) == []


def test_single_motor_unit_is_uncertain() -> None:
    x = noise(12.0)
    unit = unit_wave(length_s=0.010)
    x[7000 : 7000 + unit.size, 1] += 50.0 * unit
    (event,) = near(detect_twitches(x, RATE_HZ), 7.0)
    assert (event.label, event.reasons[0]) == ("uncertain", ONE_UNIT)


@pytest.mark.parametrize("gap_s", [0.08, 0.1, 0.14])
def test_a_second_twitch_of_a_pass_is_reported(gap_s: float) -> None:
    x = noise(20.0, seed=4)
    end_s = add_twitch(x, 15.0, 60.0)
    add_twitch(x, end_s + gap_s, 60.0)
    assert [event.label for event in near(detect_twitches(x, RATE_HZ), 15.1, 0.3)] == ["twitch", "twitch"]


def test_a_volley_just_after_a_twitch_is_the_rest_of_it() -> None:
    x = noise(20.0, seed=4)
    end_s = add_twitch(x, 15.0, 60.0)
    add_twitch(x, end_s + 0.055, 60.0)
    first, rest = near(detect_twitches(x, RATE_HZ), 15.1)
    assert (first.label, rest.label) == ("twitch", "uncertain")
    assert rest.reasons == ("aftermath", "goes on after a twitch")


def test_needle_channel_alone_never_confirms() -> None:
    x = noise(14.0, 2)
    rng = np.random.default_rng(4)
    for at in rng.integers(4000, 13_500, 80):
        x[at : at + 4, 0] += np.array([-150.0, -300.0, 200.0, 80.0])
    x[12_000:12_400, 0] += 100.0 * rng.standard_normal(400)
    assert twitches(detect_twitches(x, RATE_HZ, roles=("needle", "surface"))) == []


@pytest.mark.parametrize("role", ["ecg", "motion", "off"])
def test_channels_that_are_not_muscle_never_yield_events(role: str) -> None:
    x = noise(12.0, 2)
    add_twitch(x, 7.0, 100.0, channel=0)
    events = detect_twitches(x, RATE_HZ, roles=(role, "surface"))
    assert all(event.channels == (1,) for event in events)
    assert near(events, 7.0, 0.05) == []


def test_below_250_samples_a_second_nothing_is_confirmed() -> None:
    x = noise(14.0, 2, 200.0)
    for at_s in (6.0, 9.0, 12.0):
        add_twitch(x, at_s, 90.0, rate_hz=200.0)
    events = detect_twitches(x, 200.0)
    assert twitches(events) == []
    assert events
    assert "at most uncertain" in TwitchDetector(200.0, 2).warnings[0]


def test_what_is_far_over_the_noise_is_not_called_near_it() -> None:
    x = noise(25.0, seed=1)
    for at_s in (15.0, 18.0, 21.0):
        add_twitch(x, at_s, 900.0)
    reported = [event for event in run(TwitchDetector(RATE_HZ, 4), x) if isinstance(event, TwitchEvent)]
    assert len(reported) == 3
    assert all(event.snr_db > 40.0 and NEAR_NOISE not in event.reasons for event in reported)
