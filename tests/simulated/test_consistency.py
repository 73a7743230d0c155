"""Consistency of the generated signals with the assumptions; not a validation.

Each range has a grade: [C] abstract read, [M] from memory, [D] assumption. hardware_docs/simulator.md lists them.
"""

from dataclasses import replace

import numpy as np
import pytest

from acquisition.simulated.electrodes import electrode_pairs
from acquisition.simulated.muscle.contractions import reflex_latency_s, twitch_volley
from acquisition.simulated.muscle.motor_units import MotorUnitPool
from acquisition.simulated.muscle.trigger_point import NeedleContact, TriggerPoint
from acquisition.simulated.patient import POOLS, SimulatedPatient
from acquisition.simulated.scenario import MUSCLES, Muscle, load_scenario
from acquisition.simulated.stage import Stage
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


@pytest.mark.parametrize(
    ("name", "low_s", "high_s"), [("upper trapezius", 0.010, 0.035), ("medial gastrocnemius", 0.030, 0.120)]
)
def test_reflex_latencies_of_trapezius_and_calf(name: str, low_s: float, high_s: float) -> None:
    """[D] from velocities [M]: upper trapezius 10-35 ms, calf 30-120 ms by large and group III afferents."""
    rng = np.random.default_rng(1)
    latencies_s = [reflex_latency_s(MUSCLES[name], rng) for _ in range(500)]
    assert low_s <= min(latencies_s) <= max(latencies_s) <= high_s


def test_a_latency_is_made_of_distances_and_velocities() -> None:
    muscle = Muscle(nerve_distance_m=0.5, afferent_velocity_m_s=25.0, motor_velocity_m_s=50.0)
    latencies_s = [reflex_latency_s(muscle, np.random.default_rng(seed)) for seed in range(200)]
    # To the cord at half to one and a half of 25 m/s, back at 50 m/s, 3 ms in the cord and 1 ms at the endplate.
    assert 0.5 / 37.5 + 0.5 / 50.0 + 0.004 <= min(latencies_s) < 0.030
    assert 0.045 < max(latencies_s) <= 0.5 / 12.5 + 0.5 / 50.0 + 0.004
    slow_motor = replace(muscle, motor_velocity_m_s=25.0)
    later_s = reflex_latency_s(slow_motor, np.random.default_rng(1)) - reflex_latency_s(
        muscle, np.random.default_rng(1)
    )
    assert later_s == pytest.approx(0.5 / 25.0 - 0.5 / 50.0)


@pytest.mark.parametrize("name", ["active_trapezius", "latent_trapezius", "quiet_gastrocnemius", "trapezius_ecg"])
def test_the_surface_shows_20_to_300_uv_where_the_band_lies_shallow(name: str) -> None:
    """[D]: 20-300 µV peak to peak in a superficial muscle under thin fat; median of the first twitches."""
    first_uv = []
    for seed in range(8):
        patient = SimulatedPatient(load_scenario(name), seed, 500, 2)
        patient.next_samples(12 * 500)
        first_uv.append(2.0 * patient.truth.twitches[0].peak_uv)
    assert 20.0 <= np.median(first_uv) <= 300.0


def test_an_active_point_answers_more_often_and_more_strongly_than_a_latent_one() -> None:
    """Direction [C] (Kuan 2012 for the frequency, Kuan 2007 for the correlates of irritability); sizes [D]."""
    n_twitches, first_uv = {}, {}
    for name in ("active_trapezius", "latent_trapezius"):
        patients = [SimulatedPatient(load_scenario(name), seed, 250, 2) for seed in range(5)]
        for patient in patients:
            for _ in range(90):
                patient.next_samples(250)
        n_twitches[name] = sum(len(patient.truth.twitches) for patient in patients)
        first_uv[name] = np.median([patient.truth.twitches[0].peak_uv for patient in patients])
    assert n_twitches["active_trapezius"] > 1.2 * n_twitches["latent_trapezius"]
    assert first_uv["active_trapezius"] > 1.5 * first_uv["latent_trapezius"]


@pytest.mark.parametrize("name", ["medial gastrocnemius", "upper trapezius"])
def test_a_motor_unit_s_potential_lasts_5_to_15_ms_at_the_skin(name: str) -> None:
    """[D]: 5-15 ms; here between the first and the last tenth of the peak, of 100 units. Two to four phases."""
    durations_ms, phases = [], []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        units_uv = MotorUnitPool(MUSCLES[name], POOLS["band"], electrode_pairs(2), 4000.0, rng).potentials_uv[:, 0]
        for unit_uv in units_uv:
            is_large = np.abs(unit_uv) > 0.1 * np.abs(unit_uv).max()
            durations_ms.append(np.ptp(np.flatnonzero(is_large)) / 4.0)
            phases.append(1 + np.count_nonzero(np.diff(np.sign(unit_uv[is_large]))))
    assert 5.0 < np.median(durations_ms) < 15.0
    assert max(durations_ms) < 18.0
    assert 2 <= min(phases) <= np.median(phases) <= 4


def test_twitches_shrink_over_the_first_three(sessions: list[SimulatedPatient]) -> None:
    """Direction [C] (Baraja-Vegas 2020), factor 0.75 [D]."""
    seen_uv = [[t.peak_uv for t in patient.truth.twitches if t.snr_db > 6.0] for patient in sessions]
    assert 0.3 < np.median([peaks_uv[2] / peaks_uv[0] for peaks_uv in seen_uv]) < 0.8
    assert 0.6 < np.median([np.median(peaks_uv[3:]) / peaks_uv[2] for peaks_uv in seen_uv]) < 1.6


def test_a_twitch_holds_what_surface_emg_holds() -> None:
    """Median frequency 60-110 Hz within 20-250 Hz [D]: the median over the twitches of eight patients."""
    medians_hz = []
    frequency_hz = np.fft.rfftfreq(8192, 1.0 / 4000.0)
    for seed in range(8):
        rng = np.random.default_rng(seed)
        band = MotorUnitPool(Muscle(), POOLS["band"], electrode_pairs(2), 4000.0, rng)
        stage = Stage({"band": band}, electrode_pairs(2), 4000.0, 1000)
        for _ in range(6):
            wave_uv = stage.volley_waveform("band", twitch_volley(0.5, rng))[0]
            power = np.abs(np.fft.rfft(wave_uv, 8192)) ** 2
            power[(frequency_hz < 20.0) | (frequency_hz > 250.0)] = 0.0
            medians_hz.append(frequency_hz[np.searchsorted(np.cumsum(power), 0.5 * power.sum())])
    assert 60.0 < np.median(medians_hz) < 110.0


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
