import numpy as np
import pytest
from numpy.typing import NDArray

from acquisition.simulated.electrodes import ElectrodePair, electrode_pairs
from acquisition.simulated.muscle.motor_units import (
    MotorUnitPool,
    PoolGeometry,
    line_source,
    pair_weights,
)
from acquisition.simulated.scenario import Muscle

PAIRS = electrode_pairs(8)


def band(depth_mm: float = 10.0, fat_mm: float = 4.0, rate_hz: float = 4000.0) -> NDArray[np.float64]:
    muscle = Muscle(depth_mm=depth_mm, fat_mm=fat_mm)
    return MotorUnitPool(muscle, PoolGeometry(20, 0.0, 1.5), PAIRS, rate_hz, np.random.default_rng(5)).potentials_uv


def one_fibre(pairs: list[ElectrodePair], velocity_m_s: float = 4.0) -> NDArray[np.float64]:
    time_s = np.arange(100) / 4000.0
    z_mm, source = line_source(time_s, velocity_m_s, 0.0, -70.0, 70.0)
    return pair_weights(z_mm, 5.0, 1.0, 0.0, pairs) @ source


def test_a_superficial_unit_measures_tens_to_hundreds_of_microvolts_at_the_skin() -> None:
    peak_to_peak_uv = np.ptp(band()[:, 0], axis=1)
    assert 5.0 < peak_to_peak_uv.min() < 60.0
    assert 60.0 < peak_to_peak_uv.max() < 300.0


def test_amplitude_follows_geometry() -> None:
    rms_uv = np.sqrt(np.mean(band() ** 2, axis=(0, 2)))
    by_name = dict(zip([pair.name for pair in PAIRS], rms_uv, strict=True))
    assert by_name["Band A"] == pytest.approx(by_name["Band B"], rel=0.3)
    assert 0.03 < by_name["Lateral A"] / by_name["Band A"] < 0.4
    assert by_name["Synergist A"] < 0.02 * by_name["Band A"]
    assert by_name["Reference"] < 0.002 * by_name["Band A"]


def test_depth_and_fat_take_amplitude_away() -> None:
    def size_uv(depth_mm: float, fat_mm: float) -> float:
        return float(np.sqrt(np.mean(band(depth_mm, fat_mm)[:, 0] ** 2)))

    depths = [size_uv(depth_mm, 4.0) for depth_mm in (5.0, 10.0, 20.0, 40.0)]
    assert depths == sorted(depths, reverse=True)
    # Kuiken 2003: 31, 80, 90 % less with 3, 9, 18 mm of added fat. Consistency with an assumption, not a validation.
    falls = [1.0 - size_uv(8.0, 3.0 + more_mm) / size_uv(8.0, 3.0) for more_mm in (3.0, 9.0, 18.0)]
    assert falls == pytest.approx([0.31, 0.80, 0.90], abs=0.16)


def test_potentials_are_mirrored_across_the_innervation_zone() -> None:
    left, right = one_fibre([ElectrodePair("left", -30.0, 0.0), ElectrodePair("right", 30.0, 0.0)])
    # The pairs have the same orientation, and the waves travel away from the zone on both sides.
    assert np.allclose(left, -right, atol=1e-6 * np.abs(right).max())


@pytest.mark.parametrize("velocity_m_s", [3.0, 4.0, 5.0])
def test_a_potential_travels_with_the_conduction_velocity(velocity_m_s: float) -> None:
    near, far = one_fibre([ElectrodePair("near", 25.0, 0.0), ElectrodePair("far", 45.0, 0.0)], velocity_m_s)
    delay_s = (int(np.argmax(far)) - int(np.argmax(near))) / 4000.0
    assert 0.020 / delay_s == pytest.approx(velocity_m_s, rel=0.15)


def test_the_source_is_born_at_the_endplate_and_dies_at_the_tendons() -> None:
    z_mm, source = line_source(np.arange(200) / 4000.0, 4.0, 10.0, -50.0, 60.0)
    assert z_mm.min() > -50.0
    assert z_mm.max() < 60.0
    assert not source[:, 0].any()  # nothing before the endplate fires
    early = np.abs(source[:, 10]) > 1.0  # 2.5 ms: 10 mm from the endplate
    assert np.abs(z_mm[early] - 10.0).max() < 10.5
    assert np.abs(source[:, -1]).max() < 1e-6 * np.abs(source).max()  # both waves have left the fibre


def test_interpolation_to_a_higher_rate_keeps_the_shape() -> None:
    slow_uv, fast_uv = band(), band(rate_hz=16_000.0)
    assert np.allclose(fast_uv[:, :, ::4], slow_uv, atol=0.01 * np.abs(slow_uv).max())


def test_most_power_lies_where_surface_emg_has_it() -> None:
    power = (np.abs(np.fft.rfft(band()[:, 0], 4096, axis=1)) ** 2).sum(axis=0)
    frequency_hz = np.fft.rfftfreq(4096, 1 / 4000.0)
    median_hz = frequency_hz[np.searchsorted(np.cumsum(power), power.sum() / 2.0)]
    assert 40.0 < median_hz < 120.0
