"""Measure time and memory of `twitchscope analyze` for an hour of 8 channels at 1 kSPS, from process start to exit.

Run as ``python -m bench.hour`` from the project's root. Recordings are made by ``twitchscope simulate --record`` in a
temporary folder: one quiet patient and one with every kind of disturbance. Memory must not grow with the length.

PYTHONDONTWRITEBYTECODE is removed from the environment, so that bytecode is kept between runs as for an installed
program. Otherwise a hundred modules would be compiled in each run.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SCENARIOS = ("quiet_gastrocnemius", "messy")
COMMAND = (sys.executable, "-m", "twitchscope")


def record(path: Path, scenario: str, minutes: float, rate_hz: int) -> None:
    """Write a synthetic recording."""
    options = ["--seconds", f"{60.0 * minutes:g}", "--rate", str(rate_hz), "--scenario", scenario, "--seed", "5"]
    subprocess.run([*COMMAND, "simulate", "--record", str(path), *options], check=True, stdout=subprocess.DEVNULL)


def analyze(path: Path) -> tuple[float, float, float, int]:
    """Return wall-clock time in s, CPU time in s, peak memory in MB and the number of printed events."""
    with tempfile.TemporaryFile() as printed:
        arguments = [*COMMAND, "analyze", str(path), "--format", "csv"]
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        begun_s = time.perf_counter()
        process = subprocess.Popen(arguments, stdout=printed, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - begun_s
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"analyze ended with {process.returncode}")
        printed.seek(0)
        n_events = sum(1 for _ in printed) - 1
    return wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024.0, n_events  # kB on Linux


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, nargs="+", default=[10.0, 60.0])
    parser.add_argument("--rate", type=int, default=1000, help="samples a second")
    parser.add_argument("--repeats", type=int, default=3, help="the quickest one counts")
    args = parser.parse_args()
    print(f"{'scenario':22s}{'minutes':>8s}{'events':>8s}{'wall s':>8s}{'CPU s':>8s}{'MB':>6s}")
    for scenario in SCENARIOS:
        for minutes in args.minutes:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "long.bdf"
                record(path, scenario, minutes, args.rate)
                wall_s, cpu_s, peak_mb, n_events = min(analyze(path) for _ in range(args.repeats))
            print(f"{scenario:22s}{minutes:8g}{n_events:8d}{wall_s:8.2f}{cpu_s:8.2f}{peak_mb:6.0f}", flush=True)


if __name__ == "__main__":
    main()
