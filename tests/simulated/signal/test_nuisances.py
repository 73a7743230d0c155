import numpy as np
import pytest
from numpy.typing import NDArray

from acquisition.simulated.electrodes import electrode_pairs
from acquisition.simulated.scenario import Skin
from acquisition.simulated.signal import nuisances

RATE_HZ = 4000.0
PAIRS = electrode_pairs(8)


def power_share(signal: NDArray[np.float64], below_hz: float) -> float:
    power = np.abs(np.fft.rfft(signal, 2**16)) ** 2
    return float(power[np.fft.rfftfreq(2**16, 1 / RATE_HZ) < below_hz].sum() / power.sum())


def test_electrode_noise_has_the_asked_size_in_its_band() -> None:
    noise = nuisances.SkinNoise(Skin(noise_uv=2.0), 8, RATE_HZ, np.random.default_rng(1))
    spectrum = np.fft.rfft(noise.stationary(2**16), axis=1)
    frequency_hz = np.fft.rfftfreq(2**16, 1 / RATE_HZ)
    spectrum[:, (frequency_hz < 10.0) | (frequency_hz > 500.0)] = 0.0
    rms_uv = np.fft.irfft(spectrum, axis=1).std(axis=1)
    assert np.all((rms_uv > 1.4) & (rms_uv < 3.0))


def test_offsets_stay_and_drift_slowly() -> None:
    skin = Skin(offset_mv=20.0, drift_uv_per_s=10.0)
    noise = nuisances.SkinNoise(skin, 8, RATE_HZ, np.random.default_rng(2))
    steps = [noise.next_step(800).mean(axis=1) for _ in range(300)]
    assert np.abs(steps[0]).max() < 20_100.0
    assert 5.0 < np.ptp(np.array(steps), axis=0).max() < 5_000.0


def test_noise_goes_on_without_steps_at_the_seams() -> None:
    noise = nuisances.SkinNoise(Skin(noise_uv=0.1, drift_uv_per_s=1000.0), 1, RATE_HZ, np.random.default_rng(3))
    path = np.concatenate([noise.next_step(800)[0] for _ in range(20)])
    assert np.abs(np.diff(path)).max() < 3.0


def test_mains_is_a_line_with_harmonics() -> None:
    mains = nuisances.Mains(Skin(mains_hz=60.0, mains_uv=10.0), 2, RATE_HZ, np.random.default_rng(4))
    signal = np.concatenate([mains.next_step(800) for _ in range(50)], axis=1)[0]
    spectrum = np.abs(np.fft.rfft(signal * np.hanning(signal.size)))
    frequency_hz = np.fft.rfftfreq(signal.size, 1 / RATE_HZ)
    assert frequency_hz[np.argmax(spectrum)] == pytest.approx(60.0, abs=0.2)
    assert spectrum[np.abs(frequency_hz - 180.0) < 0.5].max() > 0.1 * spectrum.max()


def test_heart_beats_at_a_resting_rate_with_energy_below_40_hz() -> None:
    heart = nuisances.Heart(Skin(ecg_uv=150.0), 8, RATE_HZ, np.random.default_rng(5))
    beats_s = list(heart.beats_before(60.0))
    assert 60 <= len(beats_s) <= 80
    assert list(heart.beats_before(60.0)) == []
    assert power_share(heart.waveform_uv[0], 40.0) > 0.9
    assert 90.0 < np.ptp(heart.waveform_uv[0]) < 300.0


@pytest.mark.parametrize("seed", range(5))
def test_motion_lies_below_20_hz_and_on_several_pairs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cable_uv, duration_s = nuisances.cable_motion(PAIRS, RATE_HZ, rng)
    assert duration_s == pytest.approx(cable_uv.shape[1] / RATE_HZ, abs=1e-3)
    assert np.count_nonzero(np.abs(cable_uv).max(axis=1)) >= 2
    assert power_share(cable_uv.sum(axis=0), 20.0) > 0.95
    needle_uv = nuisances.needle_motion(PAIRS, 30.0, RATE_HZ, rng)
    assert power_share(needle_uv[0], 20.0) > 0.95
    assert np.abs(needle_uv[-1]).max() < 0.1 * np.abs(needle_uv[0]).max()


def test_a_pop_strikes_one_electrode_and_never_changes_sign() -> None:
    waveform_uv, _ = nuisances.electrode_pop(8, RATE_HZ, np.random.default_rng(6))
    struck = np.flatnonzero(np.abs(waveform_uv).max(axis=1))
    assert len(struck) == 1
    values = waveform_uv[struck[0]]
    assert np.all(values >= 0.0) or np.all(values <= 0.0)


def test_glitches_are_one_sample_and_impulses_two_to_four() -> None:
    rng = np.random.default_rng(7)
    assert {nuisances.digital_glitch(rng).shape for _ in range(20)} == {(1,)}
    assert {len(nuisances.impulse(rng)) for _ in range(100)} == {2, 3, 4}
