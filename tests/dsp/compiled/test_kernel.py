"""The kernel agrees with its slow twin bit for bit."""

from array import array
from dataclasses import replace

import numpy as np
import pytest

from dsp.bands import choose_band_hz, design_band_pass
from dsp.compiled._kernel import Kernel, widest_lanes
from dsp.slow_twins.kernel import SlowKernel, settle
from dsp.thresholds.kernel_design import MAINS_OFF_HZ, KernelDesign, design_kernel


def make_design(rate_hz: float, n_channels: int, full_scale_uv: float = 5000.0) -> KernelDesign:
    enabled = np.ones(n_channels, np.bool_)
    enabled[n_channels // 2 + 1 :] = False
    limits = np.full(n_channels, full_scale_uv)
    return design_kernel(rate_hz, choose_band_hz(rate_hz, None), n_channels, enabled, limits, 0.05)


def hostile_signal(rate_hz: float, n_channels: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return noise with mains, bursts, glitches, NaN, railing, a flat stretch and lost samples."""
    rng = np.random.default_rng(seed)
    n = round(6.0 * rate_hz)
    t = np.arange(n)[:, np.newaxis] / rate_hz
    signal = 3.0 * rng.standard_normal((n, n_channels)) + 20.0 * np.sin(2 * np.pi * 50.0 * t) + 300.0
    for at_s in (2.6, 3.4, 3.45, 5.2):
        at, length = round(at_s * rate_hz), round(0.06 * rate_hz)
        signal[at : at + length, 0] += 80.0 * rng.standard_normal(length)
    signal[rng.integers(0, n, 12), rng.integers(0, n_channels, 12)] += 700.0
    signal[round(4.1 * rate_hz) : round(4.12 * rate_hz), -1] = np.nan
    signal[round(3.46 * rate_hz) : round(3.5 * rate_hz), 0] = 6000.0
    signal[round(4.4 * rate_hz) : round(4.8 * rate_hz), min(1, n_channels - 1)] = 12.0
    valid = np.ones(n, np.bool_)
    valid[round(5.5 * rate_hz) : round(5.53 * rate_hz)] = False
    for at_s, n_lost in ((2.0, 1), (2.4, 2), (2.63, 1), (3.0, 3), (5.0, 1), (5.24, 1)):
        at = round(at_s * rate_hz)
        valid[at : at + n_lost] = False
        signal[at : at + n_lost] = signal[at - 1]
    return signal, valid


def run_all(kernel: Kernel, signal: np.ndarray, valid: np.ndarray, sizes: list[int]) -> list[tuple]:
    marks: list[tuple] = []
    start, turn = 0, 0
    while start < len(signal):
        stop = min(len(signal), start + sizes[turn % len(sizes)])
        turn += 1
        reported = [()]
        while reported:
            n_taken, reported = kernel.run(signal[start:stop], valid[start:stop].view(np.uint8))
            marks += reported
            start += n_taken
    return marks


@pytest.mark.parametrize(
    ("rate_hz", "n_channels", "count_uv"),
    [(250.0, 3, 0.0), (1000.0, 2, 0.0), (1000.0, 1, 0.0), (500.0, 5, 0.0), (250.0, 2, 9.0), (1000.0, 3, 11.0)],
)
def test_kernel_equals_its_twin_bit_for_bit(rate_hz: float, n_channels: int, count_uv: float) -> None:
    design = make_design(rate_hz, n_channels)
    signal, valid = hostile_signal(rate_hz, n_channels, seed=1)
    if count_uv:
        signal = count_uv * np.round(signal / count_uv)
    kernel, twin = Kernel(design), SlowKernel(design)
    turn = 2.0 * np.pi * 50.01 / rate_hz
    half = len(signal) // 3
    none, beats = (0, 0, 0), (round(2.2 * rate_hz), round(0.7 * rate_hz), round(0.15 * rate_hz))
    parts = (slice(0, half), (1,), np.inf, none), (slice(half, None), (1, 3, 9), 1.0, beats)
    for part, orders, growth, left_out in parts:
        for one in (kernel, twin):
            one.set_mains(turn, orders)
            one.limit_growth(growth)
            one.leave_out(*left_out)
        marks = run_all(kernel, signal[part], valid[part], [37])
        assert [tuple(mark) for mark in twin.run(signal[part], valid[part])] == marks
    assert len(marks) >= 2
    n = len(signal) - 1
    np.testing.assert_array_equal(kernel.band(0, n), np.array(twin.band)[1:])
    np.testing.assert_array_equal(kernel.raw(0, n), np.array(twin.raw)[1:])
    np.testing.assert_array_equal(kernel.floor_power(), twin.floor_power())
    np.testing.assert_array_equal(kernel.rest_power(), twin.rest_power())
    np.testing.assert_array_equal(kernel.thresholds(), twin.thresholds())


@pytest.mark.parametrize("n_lanes", [n_lanes for n_lanes in (1, 2, 4) if n_lanes <= widest_lanes()])
def test_result_does_not_depend_on_the_width_of_vectors(n_lanes: int) -> None:
    design = make_design(1000.0, 5)
    signal, valid = hostile_signal(1000.0, 5, seed=3)
    widest, kernel = Kernel(design), Kernel(design, n_lanes=n_lanes)
    for one in (widest, kernel):
        one.set_mains(2.0 * np.pi * 0.05, (1, 2, 7))
    assert run_all(kernel, signal, valid, [37, 1, 200]) == run_all(widest, signal, valid, [len(signal)])
    for one in (widest, kernel):
        run_all(one, signal[:1000], valid[:1000], [1000])  # the amplitudes that the first run left go into this band
    np.testing.assert_array_equal(kernel.band(0, 6999), widest.band(0, 6999))
    np.testing.assert_array_equal(kernel.raw(0, 6999), widest.raw(0, 6999))
    assert kernel.mains_radians_per_sample == widest.mains_radians_per_sample


def test_width_that_the_processor_lacks_is_refused() -> None:
    for n_lanes in (3, 2 * widest_lanes(), -1):
        if n_lanes != 2 or widest_lanes() < 2:
            with pytest.raises(ValueError, match="side by side"):
                Kernel(make_design(1000.0, 1), n_lanes=n_lanes)


def test_one_channel_of_the_ring_is_that_of_all() -> None:
    design = make_design(250.0, 3)
    signal = np.random.default_rng(8).standard_normal((5000, 3))
    kernel = Kernel(design)
    run_all(kernel, signal, np.ones(5000, np.bool_), [77])
    for start, stop in ((4700, 4999), (0, 5100), (4990, 5005), (10, 5)):
        np.testing.assert_array_equal(kernel.raw_of(1, start, stop), kernel.raw(start, stop)[:, 1])
        room = np.full((max(0, stop - start), 3), np.nan)
        for read in (kernel.band, kernel.raw):
            assert read(start, stop, room) is room
            np.testing.assert_array_equal(room, read(start, stop))
    with pytest.raises(ValueError, match="do not fit"):
        kernel.band(0, 5, np.empty((4, 2)))
    with pytest.raises(ValueError, match="no channel 3"):
        kernel.raw_of(3, 0, 10)


def test_twin_learns_the_same_resting_baseline() -> None:
    design = make_design(250.0, 1)
    signal = 4.0 * np.random.default_rng(3).standard_normal((250 * 16, 1))
    kernel, twin = Kernel(design), SlowKernel(design)
    twin.run(signal, None)
    run_all(kernel, signal, np.ones(len(signal), np.bool_), [250])
    assert kernel.rest_power()[0] > 0.0
    np.testing.assert_array_equal(kernel.rest_power(), twin.rest_power())


@pytest.mark.parametrize("rate_hz", [60.0, 200.0, 250.0, 500.0, 1234.5, 4000.0])
def test_band_pass_is_designed_as_scipy_does(rate_hz: float) -> None:
    from scipy import signal as sp

    band_hz = choose_band_hz(rate_hz, None)
    band_pass = design_band_pass(rate_hz, band_hz)
    turns = np.linspace(0.001, 3.14, 300)
    z = np.exp(-1j * turns)
    sections = [(1.0 - z**2) / (1.0 + a1 * z + a2 * z**2) for a1, a2 in band_pass.sections.tolist()]
    _, expected = sp.sosfreqz(sp.butter(4, band_hz, "bandpass", fs=rate_hz, output="sos"), turns)
    np.testing.assert_allclose(band_pass.gain * np.prod(sections, axis=0), expected, rtol=0, atol=1e-10)


def test_band_pass_is_scipys() -> None:
    from scipy import signal as sp

    design = make_design(1000.0, 2)
    x = np.random.default_rng(5).standard_normal((1500, 2))
    kernel = Kernel(design)
    run_all(kernel, x, np.ones(1500, np.bool_), [64])
    sos = sp.butter(4, choose_band_hz(1000.0, None), "bandpass", fs=1000.0, output="sos")
    clean = kernel.raw(0, 1499)
    state = sp.sosfilt_zi(sos)[:, :, np.newaxis] * x[0]
    # Sample 0 is repeated: the filter is primed with it and then processes it again.
    expected, _ = sp.sosfilt(sos, np.vstack((x[:1], clean)), axis=0, zi=state)
    np.testing.assert_allclose(kernel.band(0, 1499), expected[1:], rtol=0, atol=1e-9)


def test_single_outlier_is_removed_and_a_motor_unit_is_not() -> None:
    design = make_design(1000.0, 1)
    rng = np.random.default_rng(6)
    x = rng.standard_normal((4000, 1))
    x[3000] += 400.0
    t = np.linspace(-2, 2, 8)
    unit = 100.0 * -t * np.exp(-(t**2))
    x[3500:3508, 0] += unit
    kernel = Kernel(design)
    run_all(kernel, x, np.ones(4000, np.bool_), [500])
    raw = kernel.raw(0, 3999)[:, 0]
    assert abs(raw[3000]) < 5.0
    np.testing.assert_array_equal(raw[3500:3508], x[3500:3508, 0])


@pytest.mark.parametrize("rate_hz", [250.0, 500.0])
def test_peaks_within_a_burst_are_no_glitches(rate_hz: float) -> None:
    from scipy import signal as sp

    rng = np.random.default_rng(7)
    band = sp.butter(3, (0.16 * rate_hz, 0.38 * rate_hz), "bandpass", fs=rate_hz, output="sos")
    n, length = round(60.0 * rate_hz), round(0.045 * rate_hz)
    x = 3.0 * rng.standard_normal((n, 1))
    places = [round(at_s * rate_hz) for at_s in np.arange(3.0, 59.0)]
    for place in places:
        burst = sp.sosfilt(band, rng.standard_normal(length + 200))[200:]
        x[place : place + length, 0] += 300.0 / np.max(np.abs(burst)) * burst
    kernel = Kernel(make_design(rate_hz, 1))
    n_lowered = 0
    for second in range(60):
        start = round(second * rate_hz)
        run_all(kernel, x[start : start + round(rate_hz)], np.ones(round(rate_hz), np.bool_), [50])
        for place in (one for one in places if start <= one < start + rate_hz - length - 2):
            seen = np.abs(kernel.raw_of(0, place, place + length))
            n_lowered += np.max(seen) < 0.9 * np.max(np.abs(x[place : place + length]))
    assert n_lowered <= 1


def test_a_lone_lost_sample_is_put_between_its_neighbours() -> None:
    x = np.random.default_rng(10).standard_normal((1000, 1))
    valid = np.ones(1000, np.bool_)
    for at, n_lost in ((500, 1), (800, 2)):
        x[at : at + n_lost] = 77.0  # values of lost samples are ignored
        valid[at : at + n_lost] = False
    kernel = Kernel(make_design(1000.0, 1))
    run_all(kernel, x, valid, [40])
    raw = kernel.raw(0, 998)[:, 0]
    assert raw[500] == 0.5 * (x[499, 0] + x[501, 0])
    assert np.all(np.abs(raw[:500] - x[:500, 0]) < 5.0)
    assert kernel.usable_fraction()[0] < 1.0, "two in a row are a gap"


def test_a_step_of_one_coarse_count_is_no_glitch() -> None:
    x = 10.0 * np.round(0.3 * np.random.default_rng(8).standard_normal((6000, 1)))
    kernel = Kernel(make_design(1000.0, 1))
    run_all(kernel, x, np.ones(6000, np.bool_), [100])
    raw = kernel.raw(500, 5999)
    np.testing.assert_array_equal(raw, x[500:5999])
    assert kernel.floor_power()[0] >= 10.0**2 / 12.0


def test_channels_do_not_touch_each_other() -> None:
    signal, valid = hostile_signal(1000.0, 3, seed=2)
    both = Kernel(make_design(1000.0, 3))
    run_all(both, signal, valid, [100])
    alone = Kernel(make_design(1000.0, 1))
    run_all(alone, np.ascontiguousarray(signal[:, :1]), valid, [100])
    np.testing.assert_array_equal(both.band(0, 5000)[:, 0], alone.band(0, 5000)[:, 0])


@pytest.mark.parametrize(
    ("start", "n_means", "n_each"), [(5000, 200, 4), (-7, 3, 5), (5990, 8, 4), (0, 2, 1), (9000, 2, 3)]
)
def test_means_are_those_of_the_rows(start: int, n_means: int, n_each: int) -> None:
    signal, valid = hostile_signal(1000.0, 3, seed=2)
    kernel = Kernel(make_design(1000.0, 3))
    run_all(kernel, signal, valid, [100])
    rows = kernel.band(start, start + n_means * n_each)
    means = rows.reshape(n_means, n_each, 3).sum(axis=1) / n_each
    np.testing.assert_allclose(kernel.band_means(start, n_means, n_each), means, rtol=1e-12, atol=1e-12)


def test_means_of_nothing_are_refused() -> None:
    kernel = Kernel(make_design(1000.0, 2))
    assert kernel.band_means(0, 0, 4).shape == (0, 2)
    with pytest.raises(ValueError, match="no 3 means of 0 samples"):
        kernel.band_means(0, 3, 0)


def test_mains_is_followed_and_taken_out() -> None:
    design = make_design(1000.0, 2)
    rng = np.random.default_rng(4)
    t = np.arange(8000)[:, np.newaxis] / 1000.0
    x = 2.0 * rng.standard_normal((8000, 2)) + 170.0 * np.sin(2 * np.pi * 60.0 * t + np.array([0.3, 1.0]))
    kernel = Kernel(design)
    kernel.set_mains(2.0 * np.pi * 60.0 / 1000.0, (1,))
    run_all(kernel, x, np.ones(8000, np.bool_), [1000])
    left = kernel.band(6000, 7990)
    wave = np.exp(-2j * np.pi * 60.0 * np.arange(6000, 7990) / 1000.0)
    assert np.all(2.0 * np.abs(wave @ left) / len(left) < 1.0)


def alike_with_mains(
    design: KernelDesign, signal: np.ndarray, radians_per_sample: float, orders: tuple[int, ...]
) -> tuple[Kernel, SlowKernel]:
    """Return a kernel and its twin after the signal, having checked that they followed the mains alike."""
    kernel, twin = Kernel(design), SlowKernel(design)
    for one in (kernel, twin):
        one.set_mains(radians_per_sample, orders)
    valid = np.ones(len(signal), np.bool_)
    marks = run_all(kernel, signal, valid, [37])
    assert [tuple(mark) for mark in twin.run(signal, valid)] == marks
    np.testing.assert_array_equal(kernel.band(0, len(signal) - 1), np.array(twin.band)[1:])
    assert kernel.mains_radians_per_sample == twin.mains_radians_per_sample
    return kernel, twin


@pytest.mark.parametrize("rate_hz", [250.0, 1000.0])
def test_frequency_of_the_mains_is_followed_as_by_the_twin(rate_hz: float) -> None:
    """Three channels with strong, weaker and nearly no mains; the second is unusable for half a second."""
    design = make_design(rate_hz, 3)
    t = np.arange(round(8.0 * rate_hz))[:, np.newaxis] / rate_hz
    turns = 50.2 * t + 0.02 * t * t
    signal = 3.0 * np.random.default_rng(12).standard_normal((len(t), 3))
    signal += np.array([100.0, 40.0, 0.5]) * (np.sin(2.0 * np.pi * turns) + 0.2 * np.sin(4.0 * np.pi * turns))
    signal[round(5.0 * rate_hz) : round(5.5 * rate_hz), 1] = np.nan
    nominal = 2.0 * np.pi * 50.0 / rate_hz
    kernel, twin = alike_with_mains(design, signal, nominal, (1, 2))
    followed = kernel.mains_radians_per_sample
    assert followed * rate_hz / (2.0 * np.pi) == pytest.approx(50.2 + 0.04 * 7.5, abs=0.06)
    for one in (kernel, twin):
        one.set_mains(nominal, (1,))
        assert one.mains_radians_per_sample == followed, "the frequency followed stays"


@pytest.mark.parametrize("rate_hz", [250.0, 1000.0])
def test_mains_that_changes_fast_is_followed_faster_as_by_the_twin(rate_hz: float) -> None:
    """The mains of the outer channels changes as fast as a hand moves; the last is unusable for half a second."""
    design = replace(make_design(rate_hz, 3), enabled=np.ones(3, np.bool_))
    t = np.arange(round(8.0 * rate_hz))[:, np.newaxis] / rate_hz
    signal = 2.0 * np.random.default_rng(14).standard_normal((len(t), 3))
    strength = 100.0 + np.array([20.0, 0.0, 20.0]) * np.sin(2.0 * np.pi * 1.4 * t)
    signal += strength * np.sin(2.0 * np.pi * 50.02 * t)
    signal[round(5.0 * rate_hz) : round(5.5 * rate_hz), 2] = np.nan
    nominal, second_5 = 2.0 * np.pi * 50.0 / rate_hz, (round(4.0 * rate_hz), round(5.0 * rate_hz))
    kernel, _ = alike_with_mains(design, signal, nominal, (1,))
    steady, _ = alike_with_mains(replace(design, most_step=design.least_step), signal, nominal, (1,))
    left, left_by_steady = (np.std(one.band(*second_5), axis=0) for one in (kernel, steady))
    assert np.all(left[[0, 2]] < 0.5 * left_by_steady[[0, 2]])
    assert left[1] == pytest.approx(left_by_steady[1], rel=0.05)


@pytest.mark.parametrize("mains_hz", [46.0, 54.0])
def test_frequency_of_the_mains_stays_near_the_given_one_as_in_the_twin(mains_hz: float) -> None:
    design = make_design(1000.0, 1)
    signal = 100.0 * np.sin(2.0 * np.pi * mains_hz * np.arange(6000)[:, np.newaxis] / 1000.0)
    signal += 3.0 * np.random.default_rng(13).standard_normal(signal.shape)
    kernel, _ = alike_with_mains(design, signal, 2.0 * np.pi * 50.0 / 1000.0, (1,))
    assert abs(kernel.mains_radians_per_sample * 1000.0 / (2.0 * np.pi) - 50.0) <= MAINS_OFF_HZ + 1e-9


@pytest.mark.parametrize("rate_hz", [250.0, 1000.0])
def test_stronger_mains_is_learnt_anew_as_by_the_twin(rate_hz: float) -> None:
    """A hand touches a lead at 4 s: the mains is followed 0.4 s later, and kernel and twin agree."""
    design = make_design(rate_hz, 2)
    t = np.arange(round(5.0 * rate_hz))[:, np.newaxis] / rate_hz
    strength = np.where(t < 4.0, 10.0, 200.0)
    signal = 3.0 * np.random.default_rng(8).standard_normal((len(t), 2))
    signal += strength * (np.sin(2 * np.pi * 50.0 * t + 1.0) + 0.1 * np.sin(2 * np.pi * 100.0 * t))
    kernel, _ = alike_with_mains(design, signal, 2.0 * np.pi * 50.0 / rate_hz, (1, 2))
    band = kernel.band(0, len(t) - 1)
    assert np.sqrt(np.mean(band[round(4.1 * rate_hz) : round(4.2 * rate_hz), 0] ** 2)) > 100.0
    assert np.sqrt(np.mean(band[round(4.4 * rate_hz) :, 0] ** 2)) < 8.0


@pytest.mark.parametrize("rate_hz", [250.0, 1000.0])
def test_muscle_does_not_teach_the_mains_anew(rate_hz: float) -> None:
    design = make_design(rate_hz, 1)
    rng = np.random.default_rng(9)
    t = np.arange(round(12.5 * rate_hz)) / rate_hz
    signal = rng.standard_normal(len(t)) * np.where(t % 2.0 < 1.6, 3.0, 100.0) + 10.0 * np.sin(2 * np.pi * 50.0 * t)
    kernel, plain = Kernel(design), Kernel(replace(design, relearn_share=1.1))
    for one in (kernel, plain):
        one.set_mains(2.0 * np.pi * 50.0 / rate_hz, (1, 2))
    for start in range(0, len(t), 1000):
        part = signal[start : start + 1000, np.newaxis]
        for one in (kernel, plain):
            run_all(one, part, np.ones(len(part), np.bool_), [1000])
        stop = start + len(part) - 1
        np.testing.assert_array_equal(kernel.band(stop - 1000, stop), plain.band(stop - 1000, stop))


def test_levels_settle_as_those_of_the_twin() -> None:
    signal, valid = hostile_signal(250.0, 3, seed=2)
    kernel = Kernel(make_design(250.0, 3))
    settled, twin, floor = np.zeros(3), np.zeros(3), array("f", bytes(12))
    n_risen = 0
    for start in range(0, len(signal), 25):
        run_all(kernel, signal[start : start + 25], valid[start : start + 25], [25])
        kernel.settle(settled, floor, 1.001)
        twin = settle(twin, kernel.floor_power(), 1.001)
        np.testing.assert_array_equal(settled, twin)
        np.testing.assert_array_equal(floor, kernel.floor_power().astype(np.float32))
        n_risen += np.count_nonzero(twin < kernel.floor_power())
    assert settled[0] > 0.0
    assert n_risen > 0, "the floor never rose faster than the level may"
    with pytest.raises(ValueError, match="3 channels, not 2 and 3"):
        kernel.settle(np.zeros(2), floor, 1.001)


def test_no_tail_is_learnt_from_what_is_left_out() -> None:
    rest = np.random.default_rng(4).standard_normal((30_000, 8))
    beating = rest.copy()
    for at in range(1000, 29_900, 200):
        beating[at : at + 15] += 3.5 * (np.hanning(15) * np.sin(np.arange(15)))[:, np.newaxis]
    calm, raised, left_out = (
        tail_thresholds(signal, every) for signal, every in ((rest, 0), (beating, 0), (beating, 200))
    )
    assert np.mean(raised / calm) > 1.2
    assert abs(np.mean(left_out / calm) - 1.0) < 0.1


def tail_thresholds(signal: np.ndarray, every: int) -> np.ndarray:
    """Return the thresholds of the channels on which bursts are detected, with beats from sample 1000 on left out."""
    kernel = Kernel(make_design(250.0, signal.shape[1]))
    kernel.leave_out(1000, every, 20)
    run_all(kernel, signal, np.ones(len(signal), np.bool_), [777])
    return kernel.thresholds()[: signal.shape[1] // 2 + 1]


def test_wrong_shapes_are_refused() -> None:
    kernel = Kernel(make_design(1000.0, 2))
    with pytest.raises(ValueError, match="2 channels, not 3"):
        kernel.run(np.zeros((4, 3)), None)
    with pytest.raises(ValueError, match="4 samples, not 5"):
        kernel.run(np.zeros((4, 2)), np.ones(5, np.uint8))
    with pytest.raises(ValueError, match="harmonics 1 to 13 of the mains"):
        kernel.set_mains(0.1, (14,))
    with pytest.raises(ValueError, match="0 radians a sample"):
        kernel.set_mains(0.0, (1,))
    with pytest.raises(ValueError, match="30 samples every 200 from sample -1 cannot be left out"):
        kernel.leave_out(-1, 200, 30)
    assert kernel.run(np.zeros((0, 2)), None) == (0, [])
