"""Consistency of what is emitted with our assumptions; no validation.

Each range stands in the project's notes on physiology with the grade that is given here: [C] abstract read, [M] from
memory, [D] assumption.
"""

import numpy as np
import pytest

from acquisition.simulated.contractions import reflex_latency_s, twitch_volley
from acquisition.simulated.electrodes import electrode_pairs
from acquisition.simulated.motor_units import MotorUnitPool
from acquisition.simulated.patient import POOLS, SimulatedPatient
from acquisition.simulated.scenario import Muscle, load_scenario
from acquisition.simulated.stage import Stage
from acquisition.simulated.trigger_point import NeedleContact, TriggerPoint
from acquisition.simulated.truth import Twitch

SECONDS = 150


@pytest.fixture(scope="module")
def sessions() -> list[SimulatedPatient]:
    patients = [SimulatedPatient(load_scenario("active_trapezius"), seed, 500, 3) for seed in range(6)]
    for patient in patients:
        for _ in range(SECONDS):
            patient.next_samples(500)
    return patients


def twitches(sessions: list[SimulatedPatient]) -> list[Twitch]:
    return [twitch for patient in sessions for twitch in patient.truth.twitches]


def test_10_to_20_percent_of_passes_are_answered(sessions: list[SimulatedPatient]) -> None:
    """[D]: 10-20 % of insertions."""
    n_contacts = sum(len(patient.truth.needle_contacts) for patient in sessions)
    assert 0.10 <= len(twitches(sessions)) / n_contacts <= 0.20


def test_a_twitch_lasts_20_to_300_ms(sessions: list[SimulatedPatient]) -> None:
    """[D]: a burst of 20-150 ms with a tail to 300 ms; 3-20 units."""
    durations_s = np.array([twitch.offset_s - twitch.onset_s for twitch in twitches(sessions)])
    assert 0.02 <= np.median(durations_s) <= 0.15
    assert durations_s.max() <= 0.3
    assert all(3 <= twitch.n_units <= 20 for twitch in twitches(sessions))


def test_a_twitch_comes_10_to_100_ms_after_its_contact(sessions: list[SimulatedPatient]) -> None:
    """[D]: the window of a reflex."""
    latencies_s = np.array([twitch.onset_s - twitch.contact_s for twitch in twitches(sessions)])
    a_sample_s = 1.0 / 500.0  # onsets are whole samples
    assert 0.010 - a_sample_s <= latencies_s.min() <= latencies_s.max() <= 0.100


@pytest.mark.parametrize(("distance_m", "low_s", "high_s"), [(0.2, 0.010, 0.035), (0.9, 0.030, 0.120)])
def test_reflex_latencies_of_trapezius_and_calf(distance_m: float, low_s: float, high_s: float) -> None:
    """[D] from velocities [M]: upper trapezius 10-35 ms, calf 30-120 ms by large and group III afferents."""
    rng = np.random.default_rng(1)
    latencies_s = [reflex_latency_s(Muscle(nerve_distance_m=distance_m), rng) for _ in range(500)]
    assert low_s <= min(latencies_s) <= max(latencies_s) <= high_s


def test_the_surface_shows_20_to_300_uv_where_the_band_lies_shallow(sessions: list[SimulatedPatient]) -> None:
    """[D]: 20-300 µV peak to peak in a superficial muscle under thin fat."""
    first_uv = [2.0 * patient.truth.twitches[0].peak_uv for patient in sessions]
    assert 20.0 <= np.median(first_uv) <= 400.0


def test_twitches_shrink_over_the_first_three(sessions: list[SimulatedPatient]) -> None:
    """Direction [C] (Baraja-Vegas 2020), factor 0.75 [D]."""
    seen_uv = [[t.peak_uv for t in patient.truth.twitches if t.snr_db > 6.0] for patient in sessions]
    assert 0.3 < np.median([peaks_uv[2] / peaks_uv[0] for peaks_uv in seen_uv]) < 0.8
    assert 0.6 < np.median([np.median(peaks_uv[3:]) / peaks_uv[2] for peaks_uv in seen_uv]) < 1.6


def test_a_twitch_holds_what_surface_emg_holds() -> None:
    """Median frequency 60-110 Hz [D]; the volume conductor stays a little below at the default depth."""
    rng = np.random.default_rng(1)
    muscle = MotorUnitPool(Muscle(), POOLS["band"], electrode_pairs(2), 4000.0, rng)
    stage = Stage({"band": muscle}, electrode_pairs(2), 4000.0, 1000)
    medians_hz = []
    for _ in range(20):
        wave_uv = stage.volley_waveform("band", twitch_volley(0.5, rng))[0]
        power = np.abs(np.fft.rfft(wave_uv, 8192)) ** 2
        frequency_hz = np.fft.rfftfreq(8192, 1.0 / 4000.0)
        power[frequency_hz < 20.0] = 0.0
        medians_hz.append(frequency_hz[np.searchsorted(np.cumsum(power), 0.5 * power.sum())])
    assert 50.0 < np.median(medians_hz) < 110.0


def test_a_session_leaves_endplate_noise_at_0_45_to_0_7() -> None:
    """0.45 [C] (Chou 2009, irritable points), 0.57 [M] (Chen 2001)."""
    point = TriggerPoint(0.8)
    before_uv = point.sea_uv(0.0)
    for number in range(5):
        point.contact(NeedleContact(10.0 + 6.0 * number, 0.0, 0.0))
    assert 0.45 <= point.sea_uv(200.0) / before_uv <= 0.7


def test_a_deep_band_under_thick_fat_is_below_the_noise() -> None:
    deep = Muscle(depth_mm=30.0, fat_mm=30.0)
    pool = MotorUnitPool(deep, POOLS["band"], electrode_pairs(2), 4000.0, np.random.default_rng(3))
    assert np.abs(pool.potentials_uv).max() < 6.0
