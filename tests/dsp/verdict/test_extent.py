"""Reported onset, offset and size of a burst, corrected for the filter's ringing and delay."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import signal

from dsp.compiled._burst import refilter
from dsp.recent import Recent
from dsp.verdict.extent import BurstMeter, design_settling
from dsp.verdict.rules import LONG, Verdict

RATES_HZ = (250.0, 500.0, 1000.0, 2000.0, 4000.0)
LENGTH_S, AT_S, KNOWN_S, OVER = 0.06, 0.5, 0.07, 12.0
VERDICT = Verdict("twitch", 0.9, ("brief",))


def band_of(rate_hz: float) -> tuple[float, float]:
    return 30.0, min(450.0, 0.4 * rate_hz)


def report(rate_hz: float, seed: int) -> tuple[float, float, float, float]:
    """Return errors of onset and duration in s, the RMS over the true one, and the uncertainty of the onset in s."""
    rng = np.random.default_rng(seed)
    sos = signal.butter(4, band_of(rate_hz), "bandpass", fs=rate_hz, output="sos")
    n, first, length = round((AT_S + LENGTH_S + KNOWN_S) * rate_hz), round(AT_S * rate_hz), round(LENGTH_S * rate_hz)
    noise, burst = rng.standard_normal((2, n))
    burst *= OVER * ((np.arange(n) >= first) & (np.arange(n) < first + length))
    noise_uv, burst_uv = signal.sosfilt(sos, np.stack((noise, burst)))
    band_uv = (noise_uv + burst_uv)[:, np.newaxis]
    floor = np.array([float(np.mean(noise_uv**2))])
    recent = Recent(1000, band_uv, band_uv, 1.0 / np.sqrt(floor), floor, floor)
    meter = BurstMeter(rate_hz, band_of(rate_hz))
    event = meter.report(meter.measure(recent, first + round(0.004 * rate_hz), 0, (0,), 6.0, 1000 + n), VERDICT)
    assert (event.label, event.confidence, event.reasons) == ("twitch", 0.9, ("brief",))
    true_uv = float(np.sqrt(np.mean(burst_uv[first : first + length] ** 2)))
    within_s = 1e-3 * (event.onset_uncertainty_ms or 0.0)
    onset_s = (event.onset_index - 1000 - first) / rate_hz
    return onset_s, (event.offset_index - event.onset_index + 1 - length) / rate_hz, event.rms_uv / true_uv, within_s


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_clear_burst_is_measured_as_well_as_promised(rate_hz: float) -> None:
    onsets_s, durations_s, sizes, within_s = np.array([report(rate_hz, seed) for seed in range(60)]).T
    assert np.median(np.abs(onsets_s)) <= (0.0015 if rate_hz >= 1000.0 else 1.0 / rate_hz)
    assert np.median(np.abs(durations_s)) <= 0.010
    assert np.median(np.abs(sizes - 1.0)) <= 0.10
    assert 0.6 <= np.mean(np.abs(onsets_s) <= within_s) <= 0.9


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_what_rings_is_drawn_in_and_the_middle_of_the_band_stays(rate_hz: float) -> None:
    settling = design_settling(rate_hz, band_of(rate_hz))
    sos = signal.butter(4, band_of(rate_hz), "bandpass", fs=rate_hz, output="sos")
    impulse = np.zeros(round(rate_hz))
    impulse[0] = 1.0
    before = signal.sosfilt(sos, impulse)
    after = settling.gain * refilter(before, settling.sections)
    late = round(0.05 * rate_hz)
    assert np.sum(after[late:] ** 2) < 1e-3 * np.sum(after**2)
    assert np.sum(after**2) / np.sum(before**2) == pytest.approx(settling.noise_gain, rel=0.02)
    middle = round(np.sqrt(band_of(rate_hz)[0] * band_of(rate_hz)[1]))
    assert np.abs(np.fft.rfft(after)[middle]) == pytest.approx(np.abs(np.fft.rfft(before)[middle]), rel=0.02)
    hz, delay = np.fft.rfftfreq(impulse.size, 1.0 / rate_hz), -np.gradient(np.unwrap(np.angle(np.fft.rfft(after))))
    turn = 2.0 * np.pi * (hz[1] - hz[0]) / rate_hz
    assert delay[middle] / turn == pytest.approx(settling.delay_samples, abs=0.6)


def test_what_is_called_long_is_reported_as_long_as_it_was_judged() -> None:
    rng = np.random.default_rng(1)
    band_uv = rng.standard_normal((1000, 1))
    band_uv[500:540] *= 100.0
    recent = Recent(0, band_uv, band_uv, np.ones(1), np.ones(1), np.ones(1))
    meter = BurstMeter(1000.0, band_of(1000.0))
    measured = meter.measure(recent, 505, 0, (0,), 6.0, 1000)
    judged = replace(measured, event=replace(measured.event, offset_index=800))
    assert meter.report(judged, VERDICT).offset_index < 560
    reported = meter.report(judged, Verdict("voluntary", 0.8, (LONG,)))
    assert reported.offset_index == 800
    assert reported.rms_uv < 0.5 * meter.report(judged, VERDICT).rms_uv
