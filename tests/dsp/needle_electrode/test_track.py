"""Needle channels: what is confirmed there, what never is, and spontaneous endplate activity."""

import itertools
from itertools import pairwise

import numpy as np
import pytest
from scipy import signal

from bench.detection.needle_scenes import RECIPES, NeedleScene, Recipe, make_scene
from bench.detection.score import score, total
from bench.detection.train_needle import find_bursts
from bench.needle_activity import Tally, add, follow
from dsp import Candidate, TwitchDetector, TwitchEvent, detect_twitches
from dsp.bands import choose_band_hz
from dsp.needle_electrode.model import FEATURES, REASONS
from dsp.needle_electrode.spontaneous import Spontaneous, StillWindow, around, measure_silence, measure_spontaneous
from dsp.needle_electrode.track import NeedleTrack
from dsp.verdict.forest import NEEDLE_WEIGHTS, load_forest

SEED = 7100


def track_of(scene, step=1000):
    detector = TwitchDetector(scene.rate_hz, scene.signal_uv.shape[1], roles=scene.roles)
    for start in range(0, len(scene.signal_uv), step):
        detector.process(scene.signal_uv[start : start + step])
    return detector.needle_tracks[0]


@pytest.fixture(scope="module")
def passes():
    return [make_scene(RECIPES["needle, spikes and passes"], 1000.0, SEED + k) for k in range(3)]


@pytest.fixture(scope="module")
def confirmed(passes):
    reported = [detect_twitches(scene.signal_uv, scene.rate_hz, scene.roles) for scene in passes]
    return [[event for event in events if event.label == "twitch"] for events in reported]


def test_most_large_volleys_are_confirmed_and_little_else(passes, confirmed):
    scores = []
    for scene, events in zip(passes, confirmed, strict=True):
        onsets_s = [event.onset_s for event in events]
        scores.append(score(scene.twitches, onsets_s, scene.duration_s, least_ratio=20.0))
    found = total(scores)
    assert found.n_known >= 10
    assert found.sensitivity >= 0.6
    assert found.others_per_min <= 1.0


def test_a_burst_at_a_needle_is_reported_once():
    rng = np.random.default_rng(6)
    needle_uv = 10.0 * rng.standard_normal(60_000)
    starts = range(12_000, 58_000, 2_000)
    for start in starts:
        n = int(rng.integers(40, 120))
        decay = np.exp(-np.arange(500) / 60.0)
        needle_uv[start : start + n] += 600.0 * rng.standard_normal(n)
        needle_uv[start + n : start + n + 500] += 100.0 * decay * rng.standard_normal(500)
    events = detect_twitches(needle_uv[:, np.newaxis], 1000.0, ("needle",))
    onsets = [event.onset_index for event in events if event.label == "twitch"]
    reported = [sum(start - 50 <= onset < start + 1_950 for onset in onsets) for start in starts]
    assert max(reported) == 1
    assert sum(reported) == len(onsets) >= 21
    assert all(one.offset_index < other.onset_index for one, other in pairwise(events))


def test_most_onsets_at_a_needle_lie_within_their_uncertainty(passes, confirmed):
    within = [
        1000.0 * min(abs(event.onset_s - one.onset_s) for one in scene.twitches) <= event.onset_uncertainty_ms
        for scene, events in zip(passes, confirmed, strict=True)
        for event in events
    ]
    assert 0.5 <= np.mean(within) <= 0.9


@pytest.mark.parametrize("rate_hz", [1000.0, 2000.0])
def test_spike_trains_are_never_a_twitch(rate_hz):
    scene = make_scene(RECIPES["needle still, spike trains"], rate_hz, SEED)
    events = detect_twitches(scene.signal_uv, rate_hz, scene.roles)
    assert [event for event in events if event.label == "twitch"] == []


def test_insertional_bursts_are_never_a_twitch():
    scene = make_scene(Recipe(answered=0.0), 1000.0, SEED)
    events = detect_twitches(scene.signal_uv, 1000.0, scene.roles)
    assert len(scene.moves_s) > 10
    assert [event for event in events if event.label == "twitch"] == []


def test_any_chunking_gives_the_same_events_in_the_same_order():
    scene = make_scene(Recipe(seconds=30.0, n_surface=2, answered=0.6), 500.0, SEED)
    wanted = None
    for chunk in (1, 7, 250, 10**6):
        detector = TwitchDetector(500.0, 3, roles=scene.roles)
        reported = [one for at in range(0, 15000, chunk) for one in detector.process(scene.signal_uv[at : at + chunk])]
        reported += detector.flush()
        wanted = reported if wanted is None else wanted
        assert reported == wanted
    assert any(isinstance(one, TwitchEvent) for one in wanted) and any(isinstance(one, Candidate) for one in wanted)


def test_a_burst_seen_by_needle_and_skin_is_one_event():
    n_joint, n_twitches = 0, 0
    for seed in range(SEED, SEED + 4):
        scene = make_scene(RECIPES["needle and surface pairs"], 1000.0, seed)
        events = [event for event in detect_twitches(scene.signal_uv, 1000.0, scene.roles) if event.label == "twitch"]
        n_joint += sum(0 in event.channels and len(event.channels) > 1 for event in events)
        n_twitches += len(events)
        spans = sorted((event.onset_s, event.offset_s) for event in events)
        assert all(later[0] > earlier[1] for earlier, later in itertools.pairwise(spans))
    assert n_joint >= 0.4 * n_twitches >= 8


def test_a_needle_does_not_silence_the_skin():
    scene = make_scene(Recipe(n_surface=1, answered=0.0), 1000.0, SEED)
    signal_uv = scene.signal_uv.copy()
    rng = np.random.default_rng(1)
    at_s = np.arange(20.2, 55.0, 4.0)
    for start in (at_s * 1000).astype(int):
        wave = rng.standard_normal(60) * np.hanning(60) ** 0.5
        signal_uv[start : start + 60, 1] += 60.0 * wave
    events = detect_twitches(signal_uv, 1000.0, scene.roles)
    found = [
        at for at in at_s if any(e.label == "twitch" and 1 in e.channels and abs(e.onset_s - at) < 0.02 for e in events)
    ]
    assert len(found) >= 7


@pytest.mark.parametrize("bad", [np.nan, 0.0, 187_500.0])
def test_a_needle_that_comes_off_makes_no_twitch(bad):
    scene = make_scene(Recipe(seconds=30.0, passes=False), 1000.0, SEED)
    signal_uv = scene.signal_uv.copy()
    for start in (15_000, 18_000, 22_000):
        signal_uv[start : start + 1000] = bad
    events = detect_twitches(signal_uv, 1000.0, scene.roles, full_scale_uv=187_500.0)
    assert [event for event in events if event.label == "twitch"] == []


def needle_volleys(*times_s, seconds=12):
    """Return noise at a needle with volleys of 80 ms."""
    rng = np.random.default_rng(6)
    needle_uv = 10.0 * rng.standard_normal((1000 * seconds, 1))
    for at_s in times_s:
        needle_uv[round(1000.0 * at_s) :][:80] += 600.0 * rng.standard_normal((80, 1))
    return needle_uv


def reported_of(needle_uv):
    reported = detect_twitches(needle_uv, 1000.0, ("needle",), full_scale_uv=187_500.0)
    return [(event.label, event.reasons[0]) for event in reported]


@pytest.mark.parametrize("bad", [np.nan, 0.0, 187_500.0])
def test_a_volley_at_a_needle_that_comes_off_in_it_is_cut_off(bad):
    needle_uv = needle_volleys(9.0)
    assert reported_of(needle_uv) == [("twitch", "needle electrode")]
    needle_uv[9060:9400] = bad
    assert reported_of(needle_uv) == [("artifact", "cut off")]


@pytest.mark.parametrize(("is_cut", "n_silences"), [(False, 1), (True, 0)])
def test_a_needle_that_came_off_is_not_silent(is_cut, n_silences):
    needle_uv = needle_volleys(9.0)
    needle_uv[9080:9400] = np.nan if is_cut else 0.1 * needle_uv[1080:1400]
    detector = TwitchDetector(1000.0, 1, roles=("needle",))
    detector.process(np.concatenate((needle_uv, needle_uv[1000:3000])))
    assert len(detector.needle_tracks[0].log.silences) == n_silences


def test_a_burst_at_a_needle_ends_where_it_is_weak_and_is_reported_though_it_does_not_end():
    needle_uv = needle_volleys(9.0)
    needle_uv[9080:9500] *= 4.0
    (weak,) = detect_twitches(needle_uv, 1000.0, ("needle",))
    assert (weak.label, weak.decided_index < 9080 + 60) == ("twitch", True)
    needle_uv = needle_volleys(9.0)
    needle_uv[9080:11_000] *= 60.0
    (lasting, *_) = detect_twitches(needle_uv, 1000.0, ("needle",))
    assert (lasting.label, lasting.reasons[1]) == ("voluntary", "long")
    assert lasting.decided_index < 9000 + 650


@pytest.mark.parametrize("rate_hz", [400.0, 500.0, 700.0, 1000.0, 2000.0, 4000.0])
def test_a_volley_at_a_needle_is_judged_within_50_ms(rate_hz):
    rng, end = np.random.default_rng(6), round(9.08 * rate_hz)
    needle_uv = 10.0 * rng.standard_normal((round(12.0 * rate_hz), 1))
    needle_uv[round(9.0 * rate_hz) : end] += 600.0 * rng.standard_normal((end - round(9.0 * rate_hz), 1))
    (burst,) = find_bursts(NeedleScene(rate_hz, needle_uv, ("needle",)))
    assert abs(burst.offset_index - end) <= 0.010 * rate_hz
    assert burst.decided_index <= end + 0.050 * rate_hz


def test_a_volley_at_a_needle_is_judged_by_what_follows_until_the_verdict():
    after = []
    for after_uv in (10.0, 300.0):
        needle_uv = needle_volleys(9.0)
        needle_uv[9112:9118] *= after_uv / 10.0
        (burst,) = find_bursts(NeedleScene(1000.0, needle_uv, ("needle",)))
        assert abs(burst.offset_index - 9080) <= 4
        after.append(burst.features[FEATURES.index("after")])
    assert after[1] > after[0] + 1.0


def test_a_burst_at_a_needle_below_a_reference_that_rises_meanwhile_is_no_error():
    level_uv = np.full(15_000, 5.0)
    level_uv[10_000:12_560] = 300.0  # a quarter of the last ten seconds, from the burst on
    level_uv[12_620:12_960] = 60.0
    needle_uv = level_uv * np.random.default_rng(1).standard_normal(level_uv.size)
    events = detect_twitches(needle_uv[:, np.newaxis], 1000.0, ("needle",))
    assert any(event.onset_s > 12.6 for event in events)


def test_a_volley_at_a_needle_while_mains_are_still_learnt_is_uncertain():
    needle_uv = needle_volleys(5.3, 9.0)
    time_s = np.arange(len(needle_uv)) / 1000.0
    for line_hz, start_s in ((50.0, 0.0), (150.0, 2.0)):  # a harmonic that begins later is being learned until 6.5 s
        needle_uv[time_s >= start_s, 0] += 100.0 * np.sin(2.0 * np.pi * line_hz * time_s[time_s >= start_s])
    assert reported_of(needle_uv) == [("uncertain", "still learning"), ("twitch", "needle electrode")]


def test_below_250_samples_a_second_nothing_is_confirmed():
    scene = make_scene(Recipe(answered=1.0), 200.0, SEED)
    events = detect_twitches(scene.signal_uv, 200.0, scene.roles)
    assert [event for event in events if event.label == "twitch"] == []


@pytest.mark.parametrize("level_uv", [12.0, 40.0])
def test_endplate_noise_is_measured_between_spikes(level_uv):
    rng = np.random.default_rng(3)
    signal_uv = level_uv * rng.standard_normal(20_000)
    quiet = measure_spontaneous(signal_uv, 2000.0)
    assert quiet.noise_uv == pytest.approx(level_uv, rel=0.05)
    shape = 500.0 * np.array([-0.5, -1.0, -0.7, 0.0, 0.4, 0.5, 0.2])
    places = np.arange(200, 19_500, 80) + rng.integers(-20, 20, 242)
    for at in places:
        signal_uv[at : at + 7] += shape
    spiking = measure_spontaneous(signal_uv, 2000.0)
    assert spiking.noise_uv == pytest.approx(level_uv, rel=0.08)
    assert spiking.n_spikes == pytest.approx(242, abs=12)


def spiking(rate_hz, noise_uv, size_uv, every):
    """Return four seconds of noise with a spike every `every` samples, and the number of spikes."""
    signal_uv = noise_uv * np.random.default_rng(3).standard_normal(round(4.0 * rate_hz))
    places = range(200, signal_uv.size - 20, every)
    for at in places:
        signal_uv[at : at + 7] += size_uv * np.array([-0.5, -1.0, -0.7, 0.0, 0.4, 0.5, 0.2])
    return signal_uv, len(places)


def test_spikes_are_counted_from_30_microvolts_on_and_not_what_rings_after_them():
    signal_uv, n_spikes = spiking(2000.0, 2.0, 60.0, 100)
    assert measure_spontaneous(signal_uv, 2000.0).n_spikes == n_spikes
    assert measure_spontaneous(spiking(2000.0, 2.0, 20.0, 100)[0], 2000.0).n_spikes == 0
    signal_uv, n_spikes = spiking(2000.0, 1.0, 4000.0, 500)
    band = signal.butter(4, choose_band_hz(2000.0, None), "bandpass", fs=2000.0, output="sos")
    assert measure_spontaneous(signal.sosfilt(band, signal_uv), 2000.0).n_spikes == n_spikes


def test_small_spikes_that_a_low_rate_does_not_show_make_little_noise():
    assert measure_spontaneous(spiking(1000.0, 10.0, 60.0, 20)[0], 1000.0).noise_uv == pytest.approx(10.0, rel=0.4)


@pytest.mark.parametrize("name", ["needle still, spike trains", "needle, spikes and passes"])
def test_noise_and_spikes_of_a_busy_locus_are_those_of_the_scene(name):
    tally = Tally()
    for seed in (8103, 8104):  # seeds whose spikes stand out of the noise; smaller ones cannot be counted
        scene = make_scene(RECIPES[name], 2000.0, seed)
        add(tally, scene, follow(scene))
    assert tally.n_windows > 15
    assert max(np.abs(tally.level_errors)) < 0.1
    assert tally.n_found == pytest.approx(tally.n_known, rel=0.1)


def test_spikes_are_counted_from_2000_samples_a_second_on():
    assert measure_spontaneous(np.ones(1999), 1999.0).n_spikes is None
    assert measure_spontaneous(np.zeros(0), 2000.0).n_spikes == 0


def test_spike_rate_and_noise_of_a_scene_are_found():
    scene = make_scene(Recipe(seconds=30.0, passes=False, spikes_per_s=(8.0, 12.0)), 4000.0, SEED)
    windows = track_of(scene).log.windows
    assert len(windows) >= 8
    counted = sum(window.activity.n_spikes for window in windows)
    known = sum(
        np.sum(
            (np.array(scene.spikes_s) >= w.start_index / 4000.0)
            & (np.array(scene.spikes_s) < w.start_index / 4000.0 + 1.0)
        )
        for w in windows
    )
    assert counted == pytest.approx(known, rel=0.25)
    noise_uv = np.median([window.activity.noise_uv for window in windows])
    assert 0.45 * scene.noise_uv < noise_uv < 0.75 * scene.noise_uv  # 58 % of the RMS lies below 450 Hz


def test_hardly_anything_is_measured_within_a_second_of_a_move(passes):
    starts_s = [(scene, w.start_index / scene.rate_hz) for scene in passes for w in track_of(scene).log.windows]
    moved = [s for scene, s in starts_s if any(s - 0.95 < move_s < s + 0.95 for move_s in scene.moves_s)]
    assert len(starts_s) >= 15
    assert len(moved) <= 0.15 * len(starts_s)  # an insertion weaker than the endplate noise cannot be detected


@pytest.mark.parametrize("silent_s", [0.0, 0.3, 1.0])
def test_the_silence_after_a_burst_is_measured(silent_s):
    rng = np.random.default_rng(5)
    power = 400.0 * rng.standard_gamma(2.0, 750) / 2.0
    power[: round(silent_s / 0.004)] = 1.0
    silence = measure_silence(power, 400.0, 0.004, 0)
    assert silence.duration_s == pytest.approx(silent_s, abs=0.06)
    assert not silence.is_open


def test_a_silence_goes_on_behind_what_its_own_pass_does_and_another_pass_leaves_it_open():
    power = 400.0 * np.random.default_rng(6).standard_gamma(2.0, 750) / 2.0
    power[:175] = 1.0
    power[30:60] = 900.0  # insertional activity, 120 to 240 ms after the burst
    silence = measure_silence(power, 400.0, 0.004, 0)
    assert silence.duration_s == pytest.approx(0.7, abs=0.03)
    assert not silence.is_open
    cut = measure_silence(np.concatenate((power[:120], np.full(80, 9000.0))), 400.0, 0.004, 0)
    assert cut.is_open
    assert cut.duration_s == pytest.approx(0.48, abs=0.03)


def test_a_silence_that_something_ends_is_open_and_one_that_is_covered_is_none():
    assert measure_silence(np.ones(200), 400.0, 0.004, 0).is_open
    assert measure_silence(np.full(200, 4000.0), 400.0, 0.004, 0) is None
    assert measure_silence(np.ones(3), 400.0, 0.004, 0) is None
    just_back = measure_silence(np.concatenate((np.ones(125), np.full(8, 400.0))), 400.0, 0.004, 0)
    assert just_back.is_open, "too little of what ended it is known"


def test_endplates_that_fall_silent_later_than_half_a_second_were_not_silenced_by_the_burst():
    silence = measure_silence(np.concatenate((np.full(200, 400.0), np.ones(200))), 400.0, 0.004, 0)
    assert (silence.duration_s, silence.is_open) == (0.0, False)
    assert measure_silence(np.full(75, 400.0), 400.0, 0.004, 0) is None, "0.3 s are too short to tell"


def test_the_model_looks_at_these_features_and_can_tell_of_each():
    assert load_forest(NEEDLE_WEIGHTS).names == FEATURES
    assert {*REASONS, "band"} == set(FEATURES)  # the band is the same for every burst of a signal


def test_decibels_at_a_needle_are_over_the_baseline_that_is_reported_once_it_is_learnt():
    needle_uv = needle_volleys(7.0, 20.0, 24.0, 28.0, seconds=30)
    detector = TwitchDetector(1000.0, 1, roles=["needle"])
    reported = []
    for first in range(0, len(needle_uv), 1000):
        reported += detector.process(needle_uv[first : first + 1000])
        if first == 9000:
            assert detector.baseline_rms_uv[0] == 0.0, "ten seconds were not quiet yet"
            assert detector.quiet_rms_uv[0] > 0.0
    events = [event for event in [*reported, *detector.flush()] if isinstance(event, TwitchEvent)]
    assert {event.onset_s < 12.0 for event in events} == {False, True}
    for event in events:
        assert event.over_floor is (event.onset_s < 12.0)
        if not event.over_floor:
            over = 20.0 * np.log10(event.peak_uv / detector.baseline_rms_uv[0])
            assert event.snr_db == pytest.approx(over, abs=1e-9)


def test_a_track_of_nothing_tells_nothing():
    assert NeedleTrack(1000.0, 4, 0, (30.0, 400.0)).rest_power == 0.0


def test_before_and_after_each_event_is_the_nearest_still_second_up_to_the_neighbours():
    windows = [StillWindow(1000 * k, k, Spontaneous(20.0, None, 1.0)) for k in (1, 2, 6, 7, 14)]
    first, second, third = around(windows, [(4000, 4100), (9000, 9100), (9500, 9600)], 1000.0)
    assert (first.before, first.after) == (windows[1], windows[2])
    assert (second.before, second.after) == (windows[3], None), "the third event comes first"
    assert (third.before, third.after) == (None, windows[4])
    cut = around(windows, [(7500, 7600)], 1000.0)[0]
    assert (cut.before, cut.after) == (windows[2], windows[4]), "a second in which it happens is neither"
