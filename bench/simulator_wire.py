"""Run BrainFlow's own Cyton driver on ``twitchscope simulate --serial`` and count packets, losses and CPU time.

Run as ``python -m bench.simulator_wire --rate 250`` from the root folder, after ``make build``; not on Windows, which
has no pseudo-terminals. The simulator is a separate process, as a user starts it. Each gap in the packet numbers is
printed with its position. A gap of exactly 256 packets would be invisible there, so the number of packets is also
compared with the elapsed time. The exit status is 1 if a packet was lost.
"""

import argparse
import importlib.resources
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from brainflow import board_shim
from numpy.typing import NDArray

from bench.reliability.programs import cpu_s

COUNTER_PERIOD = 256
POLL_S = 0.5
START_S = 60.0


@contextmanager
def simulator(link: Path, options: list[str]) -> Iterator[int]:
    """Run the simulator at `link` and yield its process id once it answers."""
    command = [sys.executable, "-m", "twitchscope", "simulate", "--serial", str(link), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        print(process.stdout.readline().strip(), flush=True)
        yield process.pid
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(START_S)


def packet_numbers(link: Path, board_id: int, seconds: float) -> tuple[NDArray[np.int64], float]:
    """Return the numbers of the packets that BrainFlow delivers, and the time from the first to the last in s."""
    parameters = board_shim.BrainFlowInputParams()
    parameters.serial_port = str(link)
    board = board_shim.BoardShim(board_id, parameters)
    board.prepare_session()
    row = board_shim.BoardShim.get_package_num_channel(board_id)
    stamp_row = board_shim.BoardShim.get_timestamp_channel(board_id)
    numbers, stamps_s = [], []
    try:
        board.start_stream()
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            time.sleep(POLL_S)
            rows = board.get_board_data()
            numbers.append(rows[row].astype(np.int64))
            stamps_s.append(rows[stamp_row])
        board.stop_stream()
    finally:
        board.release_session()
    arrival_s = np.concatenate(stamps_s)
    return np.concatenate(numbers), float(arrival_s[-1] - arrival_s[0])


def tell(numbers: NDArray[np.int64], step: int, span_s: float, rate_hz: float) -> int:
    """Print the received and lost packets, and return the exit status."""
    lost = (np.diff(numbers) // step - 1) % (COUNTER_PERIOD // step)
    for place in np.flatnonzero(lost):
        print(f"packet {place}: {lost[place]} lost, number {numbers[place]} then {numbers[place + 1]}")
    by_time = span_s * rate_hz + 1.0 - numbers.size
    print(f"{numbers.size} packets in {span_s:.1f} s, {lost.sum()} lost by their numbers, {by_time:+.0f} by the time")
    return 1 if lost.any() or by_time > COUNTER_PERIOD / 2.0 else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long (%(default)g)")
    parser.add_argument("--rate", type=int, default=250, help="of the board, SPS (%(default)s)")
    parser.add_argument("--scenario", default="messy", help="which patient (%(default)s)")
    parser.add_argument("--daisy", action="store_true", help="BrainFlow's Daisy driver instead")
    arguments = parser.parse_args()
    if sys.version_info < (3, 12):  # BrainFlow 5.23 locates its library in a way that Python 3.11 does not support
        board_shim.files = lambda _module: importlib.resources.files("brainflow")
    board_shim.BoardShim.disable_board_logger()
    boards = board_shim.BoardIds
    board_id, step = (boards.CYTON_DAISY_BOARD, 2) if arguments.daisy else (boards.CYTON_BOARD, 1)
    options = ["--rate", str(arguments.rate), "--seed", "3", "--scenario", arguments.scenario]
    begun_s = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder) / "cyton"
        with simulator(link, options + ["--daisy"] * arguments.daisy) as pid:
            numbers, span_s = packet_numbers(link, board_id.value, 60.0 * arguments.minutes)
            share = cpu_s(pid) / (time.monotonic() - begun_s)
    status = tell(numbers, step, span_s, arguments.rate / step)
    print(f"the simulator took {share:.1%} of a core, its start included")
    return status


if __name__ == "__main__":
    sys.exit(main())
