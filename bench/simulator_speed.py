"""Measure the cost of the simulated patient: ten minutes of every scenario at full speed, and a board in real time.

Run as ``python -m bench.simulator_speed`` from the root folder, after ``make build``. Times are CPU times of this
process, so a busy machine has little influence. Scenarios above `LIMIT_S` and boards above `LIMIT_SHARE` are flagged.
``--seconds 0`` omits the real-time part.
"""

import argparse
import time

from acquisition.core import MonotonicClock
from acquisition.simulated.board import SAMPLING_RATES_HZ, SimulatedBoard
from acquisition.simulated.patient import SimulatedPatient
from acquisition.simulated.scenario import load_scenario, scenario_names

RATE_HZ = 1000
N_CHANNELS = 8
MINUTES = 10
LIMIT_S = 6.0
LIMIT_SHARE = 0.15
HEAVY = ("messy", "needle_electrode")


def generation_s(scenario: str) -> float:
    """Return the CPU time of ten minutes of signal in blocks of one second, including creation of the patient."""
    begun_s = time.process_time()
    patient = SimulatedPatient(load_scenario(scenario), 1, RATE_HZ, N_CHANNELS)
    for _ in range(60 * MINUTES):
        patient.next_counts(RATE_HZ)
    return time.process_time() - begun_s


def share_of_a_core(scenario: str, rate_hz: int, n_channels: int, seconds: float) -> float:
    """Return CPU time over elapsed time of a process that opens a board and reads it in real time."""
    clock = MonotonicClock()
    with SimulatedBoard(load_scenario(scenario), clock=clock, sampling_rate_hz=rate_hz, n_channels=n_channels) as board:
        board.start()
        begun_s, begun_cpu_s = clock.now_s(), time.process_time()
        while clock.now_s() - begun_s < seconds:
            board.read(0.1)
        return (time.process_time() - begun_cpu_s) / (clock.now_s() - begun_s)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15.0, help="of each board in real time (%(default)g)")
    arguments = parser.parse_args()
    print(f"{MINUTES} minutes, {N_CHANNELS} channels, {RATE_HZ} SPS: processor time, at most {LIMIT_S:g} s wanted")
    for name in scenario_names():
        took_s = generation_s(name)
        print(f"  {name:22} {took_s:5.2f} s{'  TOO SLOW' if took_s > LIMIT_S else ''}", flush=True)
    if arguments.seconds <= 0.0:
        return
    print(f"in real time, {arguments.seconds:g} s each: share of a core, at most {LIMIT_SHARE:.0%} wanted")
    for name in HEAVY:
        for rate_hz in SAMPLING_RATES_HZ:
            for n_channels in (N_CHANNELS, 2 * N_CHANNELS):
                share = share_of_a_core(name, rate_hz, n_channels, arguments.seconds)
                mark = "  TOO MUCH" if share > LIMIT_SHARE else ""
                print(f"  {name:17} {rate_hz:4} SPS {n_channels:2} channels {share:6.1%}{mark}", flush=True)


if __name__ == "__main__":
    main()
