"""Consistency of the needle's signals with the assumptions: ranges and grades as in hardware_docs/simulator.md."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import butter, find_peaks, sosfiltfilt

from acquisition.core import ADS1299_FULL_SCALE_COUNTS
from acquisition.simulated.cyton.firmware import CytonFirmware
from acquisition.simulated.needle.electrode import EndplateActivity, needle_potentials
from acquisition.simulated.patient import POOLS, SimulatedPatient
from acquisition.simulated.scenario import load_scenario
from acquisition.simulated.signal.adc import DEFAULT_GAIN

RATE_HZ = 4000.0
STEP = 800
MICROVOLTS_PER_COUNT = 4_500_000.0 / DEFAULT_GAIN / ADS1299_FULL_SCALE_COUNTS


def activity(seconds: float, noise_uv: float, spikes_per_s: float, seed: int = 1) -> NDArray[np.float64]:
    endplates = EndplateActivity(RATE_HZ, np.random.default_rng(seed))
    n_steps = round(seconds * RATE_HZ / STEP)
    return np.concatenate([endplates.next_step(STEP, noise_uv, spikes_per_s) for _ in range(n_steps)])


def spike_times_s(signal_uv: NDArray[np.float64]) -> NDArray[np.float64]:
    peaks, _ = find_peaks(-signal_uv, height=60.0, distance=round(0.0015 * RATE_HZ))
    return np.asarray(peaks / RATE_HZ)


@pytest.mark.parametrize("seed", range(3))
def test_endplate_noise_has_its_rms_and_negative_peaks_of_10_to_some_80_uv(seed: int) -> None:
    noise_uv = activity(20.0, 20.0, 0.0, seed)
    assert noise_uv.std() == pytest.approx(20.0, rel=0.05)
    assert abs(noise_uv.mean()) < 1.0
    assert abs(noise_uv.min()) > 1.3 * noise_uv.max()  # monophasic negative
    assert np.percentile(-noise_uv, 99.0) < 80.0  # 10-50 µV, rarely 80 [M]


def test_endplate_noise_lies_within_100_to_1000_hz() -> None:
    """[D] according to the notes: pulses of 1-2 ms."""
    power = np.abs(np.fft.rfft(activity(20.0, 20.0, 0.0))) ** 2
    frequency_hz = np.fft.rfftfreq(round(20.0 * RATE_HZ), 1.0 / RATE_HZ)
    median_hz = frequency_hz[np.searchsorted(np.cumsum(power), 0.5 * power.sum())]
    assert 80.0 < median_hz < 500.0


@pytest.mark.parametrize("per_s", [5.0, 20.0, 30.0])
def test_endplate_spikes_come_at_their_rate_and_irregularly(per_s: float) -> None:
    """100-600 µV [M], highly irregular, up to 50/s [C2]."""
    spikes_uv = activity(60.0, 0.0, per_s)
    times_s = spike_times_s(spikes_uv)
    assert times_s.size / 60.0 == pytest.approx(per_s, rel=0.25)
    intervals_s = np.diff(times_s)
    assert intervals_s.std() / intervals_s.mean() > 0.4
    assert times_s.size / 60.0 < 50.0
    heights_uv = -spikes_uv[(times_s * RATE_HZ).round().astype(int)]
    assert 90.0 < np.median(heights_uv) < 620.0


def test_a_spike_is_biphasic_negative_first_and_3_to_4_ms_long() -> None:
    spikes_uv = activity(10.0, 0.0, 0.5)
    active = np.flatnonzero(spikes_uv)
    first = active[: np.argmax(np.diff(active) > 1) + 1]
    wave_uv = spikes_uv[first]
    assert 0.003 <= first.size / RATE_HZ <= 0.004
    assert wave_uv[0] < 0.0 < wave_uv[-1]
    assert np.argmin(wave_uv) < np.argmax(wave_uv)
    assert np.count_nonzero(np.diff(np.sign(wave_uv))) == 1


def test_a_twitch_silences_noise_and_spikes() -> None:
    endplates = EndplateActivity(RATE_HZ, np.random.default_rng(2))
    endplates.interrupt(1.0, 1.5)
    signal_uv = np.concatenate([endplates.next_step(STEP, 20.0, 30.0) for _ in range(15)])
    assert not np.any(signal_uv[round(1.01 * RATE_HZ) : round(1.5 * RATE_HZ)])
    assert signal_uv[: round(RATE_HZ)].std() > 15.0
    assert signal_uv[round(1.6 * RATE_HZ) :].std() > 15.0


def test_an_insertion_lasts_300_to_500_ms() -> None:
    """[C2]: 300-500 ms per movement."""
    for seed in range(10):
        endplates = EndplateActivity(RATE_HZ, np.random.default_rng(seed))
        endplates.insert(0.1)
        active = np.flatnonzero(endplates.next_step(4 * STEP, 0.0, 0.0)) / RATE_HZ
        assert 0.1 <= active.min() < 0.15
        assert 0.25 < np.ptp(active) < 0.51


def test_needle_potentials_of_motor_units_are_of_human_size_and_negative_first() -> None:
    """0.3-3 mV (Aminoff [C]) for units around the tip; a distant unit is not visible."""
    rng = np.random.default_rng(3)
    band_uv = np.concatenate([needle_potentials(4.0, POOLS["band"], 0.0, RATE_HZ, rng) for _ in range(10)])
    sizes_uv = np.ptp(band_uv, axis=1)
    assert 300.0 < np.median(sizes_uv) < 3000.0
    assert np.percentile(sizes_uv, 95) < 6000.0
    assert np.mean(np.argmin(band_uv, axis=1) < np.argmax(band_uv, axis=1)) > 0.95
    assert not needle_potentials(4.0, POOLS["remote"], 0.0, RATE_HZ, rng).any()


@pytest.fixture(scope="module")
def needled() -> tuple[SimulatedPatient, NDArray[np.float64]]:
    patient = SimulatedPatient(load_scenario("active_trapezius"), 4, 2000, 3, needle_channels=[1])
    signal_uv = patient.next_counts(2000 * 120) * MICROVOLTS_PER_COUNT
    return patient, sosfiltfilt(butter(4, 20.0, "highpass", fs=2000, output="sos"), signal_uv, axis=0)


def test_the_needle_shows_spontaneous_activity_and_the_skin_does_not(
    needled: tuple[SimulatedPatient, NDArray[np.float64]],
) -> None:
    _, signal_uv = needled
    rest = signal_uv[4000:20_000]
    assert np.median(np.abs(rest[:, 1])) / 0.6745 > 10.0
    assert rest[:, 1].min() < -90.0
    assert rest[:, 0].std() < 6.0


def test_a_twitch_interrupts_the_spontaneous_activity_at_the_needle(
    needled: tuple[SimulatedPatient, NDArray[np.float64]],
) -> None:
    """After the insertional burst and within the silence; only some twitches have such a time, hence the smallest."""
    patient, signal_uv = needled

    def smallest_uv(contacts_s: list[float]) -> float:
        starts = [round((contact_s + 0.5) * 2000) for contact_s in contacts_s]
        return min(signal_uv[start : start + 120, 1].std() for start in starts)

    answered_s = [twitch.contact_s for twitch in patient.truth.twitches]
    missed_s = [contact_s for contact_s in patient.truth.needle_contacts if contact_s not in answered_s]
    assert smallest_uv(answered_s) < 4.0
    assert smallest_uv(missed_s[: len(answered_s)]) > 6.0


def test_spontaneous_activity_is_lower_after_a_session_and_every_move_provokes_a_burst(
    needled: tuple[SimulatedPatient, NDArray[np.float64]],
) -> None:
    """Endplate noise after a session over before: 0.45 (Chou 2009 [C]) to 0.57 (Chen 2001 [M]); here 0.4-0.8."""
    patient, _ = needled
    assert len(patient.truth.twitches) >= 4
    endplates_uv = patient.point.sea_uv(1e9)
    before_uv = 5.0 + 20.0 * patient.scenario.trigger_point.irritability
    assert 0.4 < endplates_uv / before_uv < 0.8
    kinds = [confounder.kind for confounder in patient.truth.confounders]
    assert kinds.count("insertional") == len(patient.truth.needle_contacts)


def test_a_twitch_at_the_needle_is_far_larger_than_at_the_skin(
    needled: tuple[SimulatedPatient, NDArray[np.float64]],
) -> None:
    """Several hundred µV to mV at the needle [M]; about 20-300 µV peak to peak at the skin [D]."""
    patient, signal_uv = needled
    twitch = patient.truth.twitches[0]
    around = signal_uv[round(twitch.onset_s * 2000) - 10 : round(twitch.offset_s * 2000) + 10]
    assert 500.0 < np.ptp(around[:, 1]) < 20_000.0
    assert np.ptp(around[:, 1]) > 5.0 * np.ptp(around[:, 0])
    assert patient.pairs[0].name == twitch.channel  # the grade refers to the skin


def test_a_needle_beside_the_locus_is_silent() -> None:
    patient = SimulatedPatient(load_scenario("by_hand"), 4, 1000, 2, needle_channels=[1])
    patient.next_counts(2000)
    patient.needle(depth_mm=40.0)
    signal_uv = patient.next_counts(8000) * MICROVOLTS_PER_COUNT
    silent_uv = sosfiltfilt(butter(4, 20.0, "highpass", fs=1000, output="sos"), signal_uv, axis=0)[3000:, 1]
    assert silent_uv.std() < 6.0


def test_without_a_trigger_point_the_needle_finds_no_spontaneous_activity() -> None:
    patient = SimulatedPatient(load_scenario("no_trigger_point"), 4, 1000, 2, needle_channels=[1])
    signal_uv = patient.next_counts(8000) * MICROVOLTS_PER_COUNT
    seen_uv = sosfiltfilt(butter(4, 20.0, "highpass", fs=1000, output="sos"), signal_uv, axis=0)
    assert seen_uv[2000:7000, 1].std() < 6.0


def test_the_needle_of_a_scenario_comes_over_the_wire_too() -> None:
    firmware = CytonFirmware(load_scenario("needle_electrode"), 4, 1000)
    firmware.start_streaming(0.0)
    packets = np.concatenate([firmware.packets(0.1 * number) for number in range(1, 60)])
    high = packets[:, 2:26].reshape(-1, 8, 3).astype(np.int32)
    counts = ((high[:, :, 0] << 24 | high[:, :, 1] << 16 | high[:, :, 2] << 8) >> 8).astype(float)
    seen = sosfiltfilt(butter(4, 20.0, "highpass", fs=1000, output="sos"), counts, axis=0)[1000:].std(axis=0)
    assert seen[1] > 4.0 * np.median(seen)  # the needle, with its spontaneous activity
    assert seen[6] > 4.0 * np.median(seen)  # the hand, with its tremor


def test_a_bare_needle_averages_along_its_shaft() -> None:
    """A conductor averages the potential of its surface: noise and units at the tip are attenuated by the shaft."""
    tip_uv, bare_uv = (
        np.ptp(needle_potentials(4.0, POOLS["band"], bare_mm, RATE_HZ, np.random.default_rng(3)), axis=1)
        for bare_mm in (0.0, 13.0)
    )
    assert 0.1 < np.median(bare_uv) / np.median(tip_uv) < 0.7
    noise_uv = []
    for name in ("needle_electrode", "bare_needle"):
        patient = SimulatedPatient(load_scenario(name), 4, 1000, 8)
        signal_uv = patient.next_counts(8000) * MICROVOLTS_PER_COUNT
        seen_uv = sosfiltfilt(butter(4, 20.0, "highpass", fs=1000, output="sos"), signal_uv, axis=0)[2000:7000, 1]
        noise_uv.append(np.median(np.abs(seen_uv)) / 0.6745)
    assert noise_uv[1] < 0.35 * noise_uv[0]


def test_endplate_noise_of_an_active_point_has_the_published_size() -> None:
    """21.3 +- 9.5 µV in active points (Chou 2009 [C]); here through converter and 20 Hz high-pass, without spikes."""
    for seed in range(4):
        patient = SimulatedPatient(load_scenario("active_trapezius"), seed, 2000, 2, needle_channels=[1])
        signal_uv = patient.next_counts(2000 * 8) * MICROVOLTS_PER_COUNT
        seen_uv = sosfiltfilt(butter(4, 20.0, "highpass", fs=2000, output="sos"), signal_uv, axis=0)[4000:14_000, 1]
        assert 11.8 < np.median(np.abs(seen_uv)) / 0.6745 < 30.8


def test_chunks_do_not_matter_at_the_needle_either() -> None:
    whole, parts = (SimulatedPatient(load_scenario(), 5, 250, 4, needle_channels=[0, 2]) for _ in range(2))
    counts = whole.next_counts(250 * 16)
    chunked = np.concatenate([parts.next_counts(n) for n in [1, 49, 50, 51, 999, 1850, 1000]])
    assert np.array_equal(counts, chunked)
