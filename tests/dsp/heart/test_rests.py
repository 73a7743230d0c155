"""A series of twitches at the rate of a heart is no heart: it begins and pauses, and an ECG lead does not show it."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from scipy import signal

from dsp import TwitchDetector, TwitchEvent
from dsp.heart.ecg_lead import PART_S, is_at_qrs
from dsp.heart.heartbeat import MISSED
from dsp.heart.rests import REMEMBERED_S
from dsp.recent import Recent
from tests.dsp import scenes

N_CHANNELS, N_TWITCHES, N_SERIES = 4, 15, 4
STEP_S = 0.004


def volley(rng: np.random.Generator, rate_hz: int, seconds: float = 0.06) -> np.ndarray:
    """Return a volley of 6 to 12 potentials of 8 to 15 ms, low-passed like the output of an ADS1299."""
    fine_hz = 8000
    t = np.arange(round(seconds * fine_hz)) / fine_hz
    wave = np.zeros(t.size + fine_hz // 5)
    for _ in range(rng.integers(6, 13)):
        width_s = rng.uniform(0.008, 0.015)
        at = (t - rng.uniform(0.5 * width_s, seconds - 0.5 * width_s)) / (0.5 * width_s)
        unit = rng.uniform(0.4, 1.0) * np.sin(np.pi * at + rng.uniform(-1.0, 1.0)) * 0.5 * (1.0 + np.cos(np.pi * at))
        wave[: t.size] += np.where(np.abs(at) < 1.0, unit, 0.0)
    low_pass = signal.butter(3, 0.262 * rate_hz, fs=fine_hz, output="sos")
    return signal.sosfilt(low_pass, wave)[:: fine_hz // rate_hz]


def series(seed: int, rate_hz: int, own: float, start_s: float = 12.0) -> tuple[np.ndarray, list[float]]:
    """Return 3 µV of noise with a pass every 0.8 s ± 15 %, four of five of them answered, and the answers' times.

    Parameters
    ----------
    seed : int
        Seed of all random draws.
    rate_hz : int
        Sampling rate of the signal.
    own : float
        Share of each twitch that is different each time; the rest is the same in all twitches.
    start_s : float
        Time of the first pass.
    """
    rng = np.random.default_rng(seed)
    band = signal.butter(4, (30.0, 0.4 * rate_hz), "bandpass", fs=rate_hz, output="sos")
    signal_uv = rng.standard_normal((40 * rate_hz, N_CHANNELS))
    signal_uv *= 3.0 / np.std(signal.sosfilt(band, signal_uv[:, 0]))
    same, at_s, twitches_s = volley(rng, rate_hz), start_s, []
    while len(twitches_s) < N_TWITCHES:
        if rng.random() < 0.8:
            wave = (1.0 - own) * same + own * volley(rng, rate_hz)
            peak_uv = 100.0 * max(0.75 ** min(len(twitches_s), 3), 0.4)
            wave *= peak_uv / np.max(np.abs(signal.sosfilt(band, np.concatenate((wave, np.zeros(rate_hz))))))
            start = round(at_s * rate_hz)
            signal_uv[start : start + wave.size] += np.outer(wave, (1.0, 0.3, 0.2, 0.1))
            twitches_s.append(at_s)
        at_s += 0.8 * (1.0 + 0.15 * rng.standard_normal())
    return signal_uv, twitches_s


def ecg_lead(rate_hz: int, n: int, rr_s: float = 0.85) -> tuple[np.ndarray, np.ndarray]:
    """Return an ECG lead with 5 µV of noise, and the times of its QRS complexes."""
    rng = np.random.default_rng(3)
    beats_s = np.cumsum(rr_s * rng.normal(1.0, 0.03, round(n / rate_hz / rr_s)))
    t = np.arange(n) / rate_hz
    lead_uv = 5.0 * rng.standard_normal(n)
    for beat_s in beats_s:
        lead_uv += 800.0 * np.exp(-(((t - beat_s) / 0.008) ** 2)) - 300.0 * np.exp(-(((t - beat_s - 0.02) / 0.01) ** 2))
    return lead_uv, beats_s


def events_of(
    signal_uv: np.ndarray, rate_hz: float, roles: Sequence[str] | None = None, each: int = 0
) -> list[TwitchEvent]:
    detector = TwitchDetector(rate_hz, signal_uv.shape[1], roles=roles)
    starts = range(0, len(signal_uv), each or len(signal_uv))
    parts = [detector.process(signal_uv[start : start + (each or len(signal_uv))]) for start in starts]
    return [event for part in (*parts, detector.flush()) for event in part if isinstance(event, TwitchEvent)]


def labels_at(events: list[TwitchEvent], twitches_s: list[float]) -> Counter[str]:
    """Count the label at each twitch: "twitch" if any event there is one, else that of the first, else "none"."""
    labels = Counter[str]()
    for at_s in twitches_s:
        near = [event.label for event in events if event.onset_s < at_s + 0.12 and event.offset_s > at_s - 0.03]
        labels["twitch" if "twitch" in near else near[0] if near else "none"] += 1
    return labels


@pytest.mark.parametrize(
    ("rate_hz", "own", "least"),
    [(250, 0.0, 44), (250, 0.2, 50), (250, 1.0, 57), (1000, 0.0, 58), (1000, 0.2, 58), (1000, 1.0, 58)],
)
def test_twitches_at_the_pace_of_a_heart_are_no_heartbeats(rate_hz: int, own: float, least: int) -> None:
    labels = Counter[str]()
    for seed in range(N_SERIES):
        signal_uv, twitches_s = series(seed, rate_hz, own)
        events = events_of(signal_uv, rate_hz)
        assert not [event for event in events if event.label == "heartbeat" or "on a heartbeat" in event.reasons]
        labels += labels_at(events, twitches_s)
    assert labels["twitch"] >= least, labels


def test_a_series_begun_before_anything_is_known_is_soon_no_heart() -> None:
    labels = Counter[str]()
    for seed in range(N_SERIES):
        signal_uv, twitches_s = series(seed, 1000, own=0.0, start_s=3.0)
        labels += labels_at(events_of(signal_uv, 1000), twitches_s)
    assert labels["heartbeat"] <= 2, labels


@pytest.mark.parametrize("rate_hz", [250, 1000])
def test_twitches_beside_an_ecg_lead_that_shows_none_of_them_are_no_heartbeats(rate_hz: int) -> None:
    labels = Counter[str]()
    for seed in range(N_SERIES):
        signal_uv, twitches_s = series(seed, rate_hz, own=0.2, start_s=3.0)
        lead_uv, _ = ecg_lead(rate_hz, len(signal_uv))
        events = events_of(np.column_stack((signal_uv, lead_uv)), rate_hz, [*["surface"] * N_CHANNELS, "ecg"])
        labels += labels_at([event for event in events if event.onset_s > 6.0], twitches_s)
    assert labels["heartbeat"] <= 1, labels


@pytest.mark.parametrize("rate_hz", [250, 1000])
def test_a_heart_that_the_ecg_lead_shows_too_is_known(rate_hz: int) -> None:
    noise = scenes.quiet(rate_hz, 40.0, N_CHANNELS, seed=4)
    lead_uv, beats_s = ecg_lead(rate_hz, len(noise.signal_uv))
    signal_uv = np.column_stack((noise.signal_uv + np.outer(lead_uv, (0.15, 0.1, 0.08, 0.12)), lead_uv))
    events = events_of(signal_uv, rate_hz, [*["surface"] * N_CHANNELS, "ecg"])
    beats = [event for event in events if event.onset_s > 8.0 and np.min(np.abs(beats_s - event.onset_s)) < 0.08]
    assert len(beats) > 30
    assert sum(event.label == "heartbeat" for event in beats) > 0.95 * len(beats)


@pytest.mark.parametrize("each", [37, 1000])
def test_any_chunking_gives_the_same_verdicts(each: int) -> None:
    signal_uv, _ = series(1, 250, own=0.2, start_s=2.0)
    lead_uv, _ = ecg_lead(250, len(signal_uv))
    signal_uv[20 * 250 :] += np.outer(lead_uv[20 * 250 :], (0.15, 0.1, 0.08, 0.12))
    roles = [*["surface"] * N_CHANNELS, "ecg"]
    assert events_of(np.column_stack((signal_uv, lead_uv)), 250, roles, each) == events_of(
        np.column_stack((signal_uv, lead_uv)), 250, roles
    )


def test_a_heart_that_begins_is_known_once_its_beginning_is_forgotten() -> None:
    scene = scenes.quiet(250.0, REMEMBERED_S + 40.0, 2, seed=2)
    before_uv = scene.signal_uv[: 15 * 250].copy()
    scenes.add_heart(scene, over=9.0)
    scene.signal_uv[: 15 * 250] = before_uv
    events = [event for event in events_of(scene.signal_uv, 250.0) if event.onset_s > 15.0]
    assert not any(event.label == "twitch" for event in events)
    late = [event.label for event in events if event.onset_s > 15.0 + REMEMBERED_S + 5.0]
    assert len(late) > 15
    assert late.count("heartbeat") > 0.9 * len(late)


@pytest.mark.parametrize("rate_hz", [250.0, 1500.0])
def test_rests_are_where_nothing_of_a_beat_s_size_is(rate_hz: float) -> None:
    rng = np.random.default_rng(5)
    scene = scenes.quiet(rate_hz, 12.0, 2, seed=5)
    wave = 60.0 * np.sin(2.0 * np.pi * 45.0 * np.arange(round(0.06 * rate_hz)) / rate_hz)
    beats_s = [at for at in np.arange(0.5, 11.5, 0.8) if not 5.0 < at < 7.5]
    for at in beats_s:
        scene.add(at, wave, np.array([1.0, 0.5]))
    detector = TwitchDetector(rate_hz, 2)
    for part in np.array_split(scene.signal_uv, np.sort(rng.integers(0, len(scene.signal_uv), 9))):
        detector.process(part)
    kernel, rests = detector._kernel, detector._judge._heart._rests
    start, stop = kernel.index - 1 - round(rate_hz), kernel.index - 1
    band_uv = kernel.band(start, stop)
    recent = Recent(start, band_uv, band_uv, np.ones(2), np.ones(2), np.ones(2))
    beats = [round((at + 0.03) * rate_hz) for at in beats_s[:3]]
    found_s, known_s = rests.find(recent, kernel, np.ones(2) / scenes.FLOOR_UV, beats, 0)
    assert known_s == pytest.approx(12.0, abs=0.3)
    assert np.count_nonzero(found_s > MISSED * 0.8) == 1
    assert np.max(found_s) == pytest.approx(3.2 - 0.2, abs=0.15)
    later_s, _ = rests.find(recent, kernel, np.ones(2) / scenes.FLOOR_UV, beats, round(8.0 * rate_hz))
    assert np.max(later_s) < MISSED * 0.8


def test_an_ecg_lead_tells_where_a_beat_is_and_nothing_where_it_shows_no_heart() -> None:
    rng = np.random.default_rng(6)
    lead = rng.standard_normal(1750)
    beats = np.arange(60, 1750, 210)
    for beat in beats:
        lead[beat - 2 : beat + 3] += (5.0, 30.0, -40.0, 25.0, -5.0)
    assert is_at_qrs(lead, int(beats[-1]) + 4, STEP_S) is True
    assert is_at_qrs(lead, int(beats[-1]) - 60, STEP_S) is False
    assert is_at_qrs(lead[1000:], int(beats[-1]) - 1000, STEP_S) is None
    assert is_at_qrs(rng.standard_normal(1750), 1700, STEP_S) is None
    assert is_at_qrs(np.zeros(1750), 1700, STEP_S) is None
    lead[1700 - round(PART_S / STEP_S) : 1700] = 0.0
    assert is_at_qrs(lead, 1700, STEP_S) is None
