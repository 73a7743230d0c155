"""Share of a burst explained by pulses: an impulse, one motor unit, a unit that fires twice, a volley."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import signal

from dsp.bands import choose_band_hz, design_band_pass
from dsp.measuring.pulses import PulseFitter, Pulses, impulse_response

RATE_HZ = 1000.0
BAND_HZ = choose_band_hz(RATE_HZ, None)
FLOOR = 1.0


def fit(wave_uv: NDArray[np.float64], noise_uv: float = 0.5) -> Pulses:
    """Filter a wave after 40 ms of rest, with noise, and fit pulses to the output."""
    x = noise_uv * np.random.default_rng(4).standard_normal(250)
    x[40 : 40 + wave_uv.size] += wave_uv
    sos = signal.butter(4, BAND_HZ, "bandpass", fs=RATE_HZ, output="sos")
    band_uv = signal.sosfilt(sos, x)[20:160]
    return PulseFitter(RATE_HZ, BAND_HZ).fit(band_uv, noise_uv**2)


def unit(n: int = 11) -> NDArray[np.float64]:
    t = np.linspace(-2.4, 2.4, n)
    wave: NDArray[np.float64] = -30.0 * t * np.exp(-(t**2))
    return wave


@pytest.mark.parametrize("wave", [[200.0], [60.0, 180.0, 90.0], [20.0, 140.0, 180.0, 40.0]])
def test_impulse_of_up_to_four_samples_is_explained(wave: list[float]) -> None:
    assert fit(np.array(wave)).impulse > 0.97


def test_step_is_explained_as_an_impulse_is() -> None:
    assert fit(np.full(210, 150.0)).impulse > 0.9


def test_one_motor_unit_is_one_and_no_impulse() -> None:
    pulses = fit(unit())
    assert pulses.unit > 0.92
    assert pulses.impulse < 0.97


def test_unit_that_fires_again_is_a_doublet() -> None:
    pulses = fit(np.concatenate((unit(), np.zeros(21), unit())))
    assert pulses.unit < 0.7
    assert pulses.doublet > 0.92


def test_volley_of_units_is_neither() -> None:
    rng = np.random.default_rng(2)
    wave = np.zeros(90)
    for at in (0, 9, 22, 37, 50, 71):
        wave[at : at + 11] += rng.uniform(0.5, 1.0) * rng.choice([-1.0, 1.0]) * unit()
    pulses = fit(wave)
    assert pulses.unit < 0.8
    assert pulses.doublet < 0.9


def test_doubt_shrinks_as_the_burst_grows() -> None:
    assert fit(unit()).doubt > 20.0 * fit(10.0 * unit()).doubt


def test_impulse_response_is_scipys() -> None:
    band_pass = design_band_pass(RATE_HZ, BAND_HZ)
    zeros = np.tile([1.0, 0.0, -1.0, 1.0], (4, 1))
    sos = np.column_stack((zeros, band_pass.sections))
    sos[0, :3] *= band_pass.gain
    expected = signal.sosfilt(sos, np.concatenate(([1.0], np.zeros(59))))
    np.testing.assert_allclose(impulse_response(RATE_HZ, BAND_HZ, 60), expected, atol=1e-12)


def test_silence_is_explained_by_nothing_and_raises_nothing() -> None:
    pulses = PulseFitter(RATE_HZ, BAND_HZ).fit(np.zeros(40), FLOOR)
    assert pulses.impulse == 0.0
    assert np.isfinite([pulses.unit, pulses.doublet, pulses.doubt]).all()
