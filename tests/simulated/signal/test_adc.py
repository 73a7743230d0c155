import numpy as np
import pytest

from acquisition.core import ADS1299_BANDWIDTH_PER_RATE, ADS1299_FULL_SCALE_COUNTS
from acquisition.simulated.signal.adc import Converter, Decimator, noise_uv


def gain_at(frequency_per_rate: float, factor: int) -> float:
    n_out = 4000
    time = np.arange(n_out * factor) / factor  # in output samples
    phase = 2 * np.pi * frequency_per_rate * time
    out = Decimator(factor, 2)(np.stack([np.sin(phase), np.cos(phase)]))[:, 10:]
    return float(np.sqrt(2.0 * np.mean(out**2)))  # of both phases, so that half the rate is never at a zero crossing


@pytest.mark.parametrize("factor", [4, 16])
@pytest.mark.parametrize(
    ("frequency_per_rate", "decibels", "within"),
    [
        (0.1, -0.43, 0.02),
        (0.2, -1.74, 0.02),
        (ADS1299_BANDWIDTH_PER_RATE, -3.0, 0.03),
        (0.4, -7.3, 0.05),
        (0.5, -11.8, 0.05),
        (0.6, -17.8, 0.05),
        (0.8, -37.9, 0.2),
    ],
)
def test_droop_is_that_of_the_data_sheet(
    factor: int, frequency_per_rate: float, decibels: float, within: float
) -> None:
    assert 20 * np.log10(gain_at(frequency_per_rate, factor)) == pytest.approx(decibels, abs=within)


@pytest.mark.parametrize("factor", [4, 16])
def test_what_lies_above_half_the_rate_comes_back_at_its_mirror(factor: int) -> None:
    n_out = 4000
    time = np.arange(n_out * factor) / factor
    out = Decimator(factor, 1)(np.sin(2 * np.pi * 0.6 * time)[np.newaxis])[0, 10:3010]
    spectrum = np.abs(np.fft.rfft(out))
    assert np.argmax(spectrum) == pytest.approx(0.4 * out.size, abs=1)


@pytest.mark.parametrize("multiple", [1.0, 2.0, 3.0])
def test_a_whole_multiple_of_the_rate_vanishes(multiple: float) -> None:
    assert gain_at(multiple, 8) < 1e-9


def test_chunks_do_not_matter() -> None:
    signal = np.random.default_rng(1).standard_normal((3, 40 * 8))
    whole = Decimator(8, 3)(signal)
    chunked = Decimator(8, 3)
    parts = [chunked(part) for part in np.split(signal, [8, 24, 160], axis=1)]
    assert np.allclose(np.concatenate(parts, axis=1), whole, rtol=0, atol=1e-15)


def test_decimation_equals_three_running_means_of_a_finer_signal() -> None:
    """The converter's own filter, 64 times finer, is the reference for the sampled response."""
    factor, finer = 5, 64
    signal = np.random.default_rng(2).standard_normal(40 * factor)
    slow = np.repeat(signal, finer)
    for _ in range(3):
        running = np.cumsum(np.concatenate([np.zeros(factor * finer), slow]))
        slow = (running[factor * finer :] - running[: -factor * finer]) / (factor * finer)
    wanted = slow[factor * finer - 1 :: factor * finer]
    # There, each sample is held for its length; here, it is at the middle of it.
    assert np.allclose(Decimator(factor, 1)(signal[np.newaxis])[0], wanted, atol=0.02)


def test_counts_are_scaled_by_the_gain_and_railed() -> None:
    converter = Converter(1000, [24, 12, 1])
    counts = converter.convert(np.array([[100_000.0] * 3, [500_000.0] * 3, [-500_000.0] * 3]), np.zeros((3, 3)))
    assert counts[0].tolist() == [round(100_000.0 / (4.5e6 / gain / 8_388_607)) for gain in (24, 12, 1)]
    assert counts[1:, :2].tolist() == [[ADS1299_FULL_SCALE_COUNTS] * 2, [-ADS1299_FULL_SCALE_COUNTS] * 2]
    assert abs(counts[1, 2]) < ADS1299_FULL_SCALE_COUNTS


def test_noise_is_that_of_rate_and_gain() -> None:
    converter = Converter(1000, [1])
    unit_noise = np.random.default_rng(3).standard_normal((20_000, 1))
    noise = converter.convert(np.zeros_like(unit_noise), unit_noise) * (4.5e6 / 8_388_607)
    assert np.std(noise) == pytest.approx(2.17, rel=0.05)
    assert noise_uv(250, 24) < noise_uv(250, 12) < noise_uv(4000, 12)
