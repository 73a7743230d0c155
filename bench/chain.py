"""Compare the cost of the whole detection chain with one `scipy.signal.sosfilt` band-pass on the same data.

Run as ``python -m bench.chain`` from the project's root. Both run alternately in this process. The ratio of the medians
is more informative than the times, which depend on the machine. Times are CPU times of this thread, so other programs
have little influence. Then single blocks of a stream are timed: the kernel step and all of `TwitchDetector.process`,
for blocks in which nothing is reported and for all blocks.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from dsp import TwitchDetector
from dsp.bands import choose_band_hz
from dsp.compiled._kernel import Kernel
from dsp.thresholds.kernel_design import design_kernel


def make_signal(seconds: float, rate_hz: float, n_channels: int, every_s: float = 4.0) -> NDArray[np.float64]:
    """Return noise with mains and a brief burst every `every_s` seconds on one channel, in µV."""
    rng = np.random.default_rng(1)
    n = round(seconds * rate_hz)
    x = 3.0 * rng.standard_normal((n, n_channels))
    x += 20.0 * np.sin(2.0 * np.pi * 50.01 * np.arange(n) / rate_hz)[:, np.newaxis]
    every = round(every_s * rate_hz)
    for at in range(every, n - 100, every):
        x[at : at + 60, 0] += 60.0 * rng.standard_normal(60)
    return x


def seconds_of(run: Callable[[], object]) -> float:
    start = time.thread_time()
    run()
    return time.thread_time() - start


def run_sosfilt(sos: NDArray[np.float64], x: NDArray[np.float64], block: int) -> None:
    state = np.zeros((sos.shape[0], 2, x.shape[1]))
    for start in range(0, len(x), block):
        _, state = signal.sosfilt(sos, x[start : start + block], axis=0, zi=state)


def run_detector(detector: TwitchDetector, x: NDArray[np.float64], block: int) -> None:
    for start in range(0, len(x), block):
        detector.process(x[start : start + block])


def run_kernel(kernel: Kernel, x: NDArray[np.float64]) -> None:
    n_taken, marks = kernel.run(x, None)
    while marks:
        x = x[n_taken:]
        n_taken, marks = kernel.run(x, None)


def make_kernel(rate_hz: float, n_channels: int) -> Kernel:
    enabled, limits = np.ones(n_channels, np.bool_), np.full(n_channels, np.inf)
    kernel = Kernel(design_kernel(rate_hz, choose_band_hz(rate_hz, None), n_channels, enabled, limits, 0.05))
    kernel.set_mains(2.0 * np.pi * 50.01 / rate_hz, (1, 2, 3))
    return kernel


@dataclass(frozen=True, eq=False)
class BlockTimes:
    """CPU time of each block of a stream: kernel step, whole detector, and whether the detector reported anything."""

    kernel_us: NDArray[np.float64]
    detector_us: NDArray[np.float64]
    has_output: NDArray[np.bool_]


def time_blocks(rate_hz: float, n_channels: int, block_s: float, every_s: float) -> BlockTimes:
    """Stream two minutes in blocks; the first ten seconds are not counted."""
    x = make_signal(120.0, rate_hz, n_channels, every_s)
    detector, kernel = TwitchDetector(rate_hz, n_channels), make_kernel(rate_hz, n_channels)
    block = max(1, round(block_s * rate_hz))
    rows = []
    for start in range(0, len(x), block):
        part = np.ascontiguousarray(x[start : start + block])
        kernel_s = seconds_of(partial(run_kernel, kernel, part))
        before = time.thread_time()
        told = detector.process(part)
        rows.append((1e6 * kernel_s, 1e6 * (time.thread_time() - before), bool(told)))
    counted = rows[round(10.0 * rate_hz) // block :]
    kernel_us, detector_us, has_output = (np.array(column) for column in zip(*counted, strict=True))
    return BlockTimes(kernel_us, detector_us, has_output)


def block_line(name: str, us: NDArray[np.float64]) -> str:
    return f"  {name:52s}{np.median(us):8.1f}{np.quantile(us, 0.99):8.1f}{np.max(us):8.0f}"


def print_blocks(rate_hz: float) -> None:
    print("10 ms block of 16 channels, µs: " + " " * 22 + f"{'median':>8s}{'p99':>8s}{'most':>8s}")
    for every_s, name in ((1e6, "at rest"), (4.0, "a verdict every 4 s")):
        times = time_blocks(rate_hz, 16, 0.010, every_s)
        print(block_line(f"{name}: kernel step", times.kernel_us))
        print(block_line(f"{name}: process, nothing told", times.detector_us[~times.has_output]))
        print(block_line(f"{name}: process, all blocks", times.detector_us))
        if times.has_output.any():
            print(block_line(f"{name}: process, candidate or verdict", times.detector_us[times.has_output]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=1000.0, help="samples a second")
    parser.add_argument("--channels", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=300.0, help="length of the signal")
    parser.add_argument("--repeats", type=int, default=9)
    args = parser.parse_args()
    x = make_signal(args.seconds, args.rate, args.channels)
    resting = make_signal(args.seconds, args.rate, args.channels, every_s=1e6)
    band_hz = choose_band_hz(args.rate, None)
    sos = signal.butter(4, band_hz, "bandpass", fs=args.rate, output="sos")
    block = round(args.rate)
    times: dict[str, list[float]] = {"sosfilt": [], "kernel": [], "rest": [], "bursts": []}
    for _ in range(args.repeats):
        kernel = make_kernel(args.rate, args.channels)
        times["sosfilt"].append(seconds_of(partial(run_sosfilt, sos, x, block)))
        times["kernel"].append(seconds_of(partial(run_kernel, kernel, x)))
        for key, signal_uv in (("rest", resting), ("bursts", x)):
            detector = TwitchDetector(args.rate, args.channels)
            times[key].append(seconds_of(partial(run_detector, detector, signal_uv, block)))
    base = statistics.median(times["sosfilt"])
    print(f"{args.channels} channels, {args.rate:g} SPS, band {band_hz[0]:g} to {band_hz[1]:g} Hz, {args.seconds:g} s")
    print(f"{'':36s}{'µs per s of signal':>20s}{'ratio':>8s}")
    names = {
        "sosfilt": "sosfilt, band-pass alone",
        "kernel": "chain: kernel with 3 harmonics, tracker",
        "rest": "whole detector, at rest",
        "bursts": "whole detector, a verdict every 4 s",
    }
    for key, name in names.items():
        median = statistics.median(times[key])
        print(f"{name:38s}{1e6 * median / args.seconds:18.0f}{median / base:8.2f}")
    print_blocks(args.rate)


if __name__ == "__main__":
    main()
