"""Simultaneous faults, clock jumps, signals, a failing journal, and a different board after a loss."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np

from acquisition.link.protocol import COUNTER_PERIOD
from bench.reliability.disk import filled
from bench.reliability.file_systems import small_disk
from bench.reliability.programs import (
    only_folder,
    recording,
    simulated_cyton,
    wait_for_records,
    wait_until_gone,
)
from bench.reliability.saved import state, valid_samples
from bench.reliability.shim import built_shim
from bench.reliability.table import Row
from bench.reliability.unplug import PORTED, URLS
from twitchscope.saved.session_files import journal_lines

TITLE = "Two at once, clocks, signals, another board"

RATE_HZ = 250.0
MOST_DELAY_S, MOST_BACK_S = 1.0, 5.0
UNPLUG_S = 14.0
"""Time from the simulator's readiness to its unplugging. The recording begins some seconds after the readiness, ten on
a busy computer."""

COUNTER_TURNS = 3625
SLEEP_S = round(COUNTER_TURNS * COUNTER_PERIOD / RATE_HZ)
"""3712 s, a whole number of counter turns of 1.024 s. Only the program's clock jumps; the board's 8-bit counter goes on
as if no time had passed, which is consistent only with whole turns. After 3600 s, for example, a real counter would
have advanced by 160, and the simulated one would contradict the clock."""

AWAKE_S = 20.0
"""Recording time before the sleep. The measured rate must be accurate enough that the number of counter turns during
the sleep is known to within half a turn (138 ppm)."""

CLOCK_STEPS_S = (-3600, 86_400)

SENDER = """
import sys, time
import numpy as np, pylsl
name, n_channels, rate_hz = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
info = pylsl.StreamInfo(name, "EMG", n_channels, rate_hz, "float32", name)
info.set_channel_units("microvolts")
outlet, begin_s, n_sent = pylsl.StreamOutlet(info), time.monotonic(), 0
print("sends", flush=True)
while True:
    time.sleep(0.02)
    n_due = int((time.monotonic() - begin_s) * rate_hz) - n_sent
    outlet.push_chunk(np.random.default_rng(n_sent).normal(0.0, 5.0, (n_due, n_channels)))
    n_sent += n_due
"""


def rows() -> Iterator[Row]:
    """Yield one row per fault."""
    yield _unplugged_on_a_full_disk_row()
    with tempfile.TemporaryDirectory() as folder:
        shim = built_shim(Path(folder))
        yield _journal_row(Path(folder), shim)
        for driver in PORTED:
            yield _clock_row(shim, driver)
        for driver in PORTED:
            yield _sleep_row(shim, driver)
    yield _stopped_row()
    for number in (signal.SIGTERM, signal.SIGHUP):
        yield _signal_row(number)
    yield _other_board_row()
    yield _held_port_row()
    yield _other_stream_row()


def _unplugged_on_a_full_disk_row() -> Row:
    fault = "unplugged while the disk fills"
    injected = "`simulate --serial` takes its pseudo-terminal away; at once another file takes all of a tmpfs of 24 MB"
    promised = "reported within 1 s; status 1; what was written is valid"
    try:
        with tempfile.TemporaryDirectory() as folder, small_disk(Path(folder), 24) as disk, ExitStack() as stack:
            port = Path("/dev/shm", f"port-{os.getpid()}")
            stack.enter_context(simulated_cyton(port, "--rate", "250", "--fault", f"unplug@{UNPLUG_S}"))
            record = stack.enter_context(recording(f"cyton:{port}?rate=250", 60.0, disk / "out"))
            wait_until_gone(port)
            filled_s = filled(disk)
            delay_s = record.time_of("twitchscope: ") - filled_s
            status = record.wait()
            findings, is_valid = state(disk / "out")
    except (subprocess.CalledProcessError, OSError) as error:
        return Row(fault, injected, promised, f"not measured: no tmpfs can be mounted here ({error})", False)
    return Row(
        fault,
        injected,
        promised,
        f"reported after {delay_s:.2f} s: “{record.error()}”; status {status}; {findings}",
        status == 1 and delay_s < MOST_DELAY_S and "disk" in record.error() and is_valid,
    )


def _journal_row(folder: Path, shim: Path) -> Row:
    out, flag = folder / "out", folder / "now"
    environment = {
        "LD_PRELOAD": str(shim), "FAIL_WHEN": str(flag), "FAIL_CALL": "write", "FAIL_NAME": "/events.jsonl",
    }  # fmt: skip
    with recording("simulated:?seed=1&rate=1000", 60.0, out, environment=environment) as record:
        wait_for_records(out)
        flag.touch()
        delay_s = record.time_of("twitchscope: ") - time.monotonic() + time.time()
        status = record.wait()
    delay_s -= Path(f"{flag}.seen").stat().st_mtime
    findings, is_valid = state(out)
    return Row(
        "the journal alone cannot be written",
        "each `write` of events.jsonl returns EIO from some moment on (LD_PRELOAD); the recording is taken",
        "reported within 1 s of the first line that fails; status 1; what was written is valid",
        f"reported after {delay_s:.2f} s: “{record.error()}”; status {status}; {findings}",
        status == 1 and delay_s < MOST_DELAY_S and "events.jsonl" in record.error() and is_valid,
    )


def _clock_row(shim: Path, driver: str) -> Row:
    seconds = 12.0
    with tempfile.TemporaryDirectory() as folder:
        port, out, shift = Path(folder, "port"), Path(folder, "out"), Path(folder, "shift")
        environment = {"LD_PRELOAD": str(shim), "CLOCK_SHIFT": str(shift)}
        with (
            simulated_cyton(port, "--rate", "250", "--seed", "7"),
            recording(URLS[driver].format(port), seconds, out, environment=environment) as record,
        ):
            for step_s in CLOCK_STEPS_S:
                wait_for_records(out)
                time.sleep(3.0)
                shift.write_text(f"{step_s} 0")
            status = record.wait()
        valid, (findings, is_valid) = valid_samples(out), state(out)
        document = json.loads((only_folder(out) / "session.json").read_text("utf-8"))
        onsets_s = [line.record["onset_s"] for line in journal_lines(only_folder(out) / "events.jsonl") if line.record]
    rate_hz = document["result"]["measured_rate_hz"]
    steps = " and ".join(f"{step_s:+d} s" for step_s in CLOCK_STEPS_S)
    return Row(
        f"the time of day is set (`{driver}:`)",
        f"the system's clock of the program jumps by {steps} within the recording (LD_PRELOAD)",
        "nothing lost, nothing shifted; measured rate and times of events as without",
        f"{np.count_nonzero(~valid)} samples lost of {len(valid)}; measured {rate_hz:.2f} SPS; "
        f"{len(onsets_s)} events between 0 and {seconds:g} s; status {status}; {findings}",
        bool(
            status == 0 and valid.all() and len(valid) == seconds * RATE_HZ and abs(rate_hz / RATE_HZ - 1.0) < 0.005
            and all(0.0 <= onset_s <= seconds for onset_s in onsets_s) and is_valid
        ),
    )  # fmt: skip


def _sleep_row(shim: Path, driver: str) -> Row:
    seconds = SLEEP_S + AWAKE_S + 8.0
    with tempfile.TemporaryDirectory() as folder:
        port, out, shift = Path(folder, "port"), Path(folder, "out"), Path(folder, "shift")
        environment = {"LD_PRELOAD": str(shim), "CLOCK_SHIFT": str(shift)}
        with (
            simulated_cyton(port, "--rate", "250", "--seed", "7"),
            recording(URLS[driver].format(port), seconds, out, environment=environment) as record,
        ):
            wait_for_records(out)
            time.sleep(AWAKE_S)
            shift.write_text(f"0 {SLEEP_S}")
            status = record.wait()
        valid, (findings, is_valid) = valid_samples(out), state(out)
    lost = np.flatnonzero(~valid)
    n_gaps = np.count_nonzero(np.diff(lost) > 1) + 1
    return Row(
        f"a laptop sleeps for an hour (`{driver}:`)",
        f"the clock that goes on in a sleep (CLOCK_BOOTTIME) jumps by {SLEEP_S} s, {COUNTER_TURNS} whole turns of the "
        f"board's counter, after {AWAKE_S:g} s of recording (LD_PRELOAD)",
        "the true elapsed time is in the index: one gap as long as the sleep within 0.5 s; recorded on, status 0",
        f"{n_gaps} gap of {len(lost) / RATE_HZ:.2f} s; {len(valid) / RATE_HZ:g} of {seconds:g} s; status {status}; "
        f"{findings}",
        bool(
            status == 0 and n_gaps == 1 and abs(len(lost) / RATE_HZ - SLEEP_S) <= 0.5 and valid[-1] and is_valid
            and len(valid) == seconds * RATE_HZ
        ),
    )  # fmt: skip


def _stopped_row() -> Row:
    seconds, stopped_s = 20.0, 10.0
    with tempfile.TemporaryDirectory() as folder:
        port, out = Path(folder, "port"), Path(folder, "out")
        with (
            simulated_cyton(port, "--rate", "250", "--seed", "7"),
            recording(f"cyton:{port}?rate=250", seconds, out) as record,
        ):
            wait_for_records(out)
            record.process.send_signal(signal.SIGSTOP)
            time.sleep(stopped_s)
            record.process.send_signal(signal.SIGCONT)
            status = record.wait()
        valid, (findings, is_valid) = valid_samples(out), state(out)
    return Row(
        f"the recorder itself stands still for {stopped_s:g} s",
        "`record` is stopped (SIGSTOP) and goes on (SIGCONT); the line keeps what came meanwhile",
        "nothing lost: what comes late is not lost; status 0",
        f"{np.count_nonzero(~valid)} of {len(valid)} samples lost; status {status}; {findings}",
        bool(status == 0 and valid.all() and len(valid) == seconds * RATE_HZ and is_valid),
    )


def _signal_row(number: signal.Signals) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out")
        with recording("simulated:?seed=1&rate=1000", 60.0, out) as record:
            wait_for_records(out)
            record.process.send_signal(number)
            sent_s = time.monotonic()
            status = record.wait()
            took_s = time.monotonic() - sent_s
        findings, is_valid = state(out)
        is_closed = json.loads((only_folder(out) / "session.json").read_text("utf-8"))["result"] is not None
    return Row(
        f"asked to end ({number.name})",
        "as the system does when it shuts down" if number is signal.SIGTERM else "as a terminal that is closed does",
        "the session is closed and whole, status 0",
        f"ended after {took_s:.1f} s, {'closed' if is_closed else 'not closed'}; status {status}; {findings}",
        status == 0 and is_closed and is_valid,
    )


def _other_board_row() -> Row:
    seconds = UNPLUG_S + 26.0
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        port, out = Path(folder, "port"), Path(folder, "out")
        first = ("--rate", "250", "--daisy", "means")
        stack.enter_context(simulated_cyton(port, *first, "--fault", f"unplug@{UNPLUG_S}"))
        record = stack.enter_context(recording(f"cyton:{port}?rate=250", seconds, out))
        wait_until_gone(port)
        with simulated_cyton(port, "--rate", "250"):
            there_s = time.monotonic()
            delay_s = record.time_of("has not come back yet") - there_s
        stack.enter_context(simulated_cyton(port, *first))
        right_s = time.monotonic()
        back_s = record.time_of("is back after") - right_s
        status = record.wait()
        valid, (findings, is_valid) = valid_samples(out), state(out)
        words = next((line.text for line in record.lines if "has not come back yet" in line.text), "nothing")
    return Row(
        "another board comes back, then the first",
        "16 channels are unplugged; a Cyton without Daisy comes to the same port; then one with",
        f"reported ≤ {MOST_BACK_S:g} s after it is there, and not recorded; the right one ≤ {MOST_BACK_S:g} s after it "
        "is there; status 0",
        f"reported after {delay_s:.2f} s: “{words}”; the right one back after {back_s:.2f} s; {len(valid) / 125.0:g} "
        f"of {seconds:g} s; status {status}; {findings}",
        bool(
            delay_s <= MOST_BACK_S and back_s <= MOST_BACK_S and status == 0 and valid[-1] and is_valid
            and len(valid) == seconds * 125.0
        ),
    )  # fmt: skip


def _held_port_row() -> Row:
    seconds = UNPLUG_S + 13.0
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        first, second, out = Path(folder, "port"), Path(folder, "another"), Path(folder, "out")
        stack.enter_context(simulated_cyton(second, "--rate", "250", "--seed", "7"))
        holder = os.open(second, os.O_RDWR | os.O_NOCTTY)
        fcntl.flock(holder, fcntl.LOCK_EX)  # the lock that pyserial, BrainFlow and other programs use
        stack.enter_context(simulated_cyton(first, "--rate", "250", "--seed", "7", "--fault", f"unplug@{UNPLUG_S}"))
        launcher = ("-m", "bench.reliability.renamed_port", str(first), str(second))
        record = stack.enter_context(recording(f"cyton:{first}?rate=250", seconds, out, launcher=launcher))
        gone_s = wait_until_gone(first)
        delay_s = record.time_of("is busy") - gone_s
        time.sleep(2.0)
        os.close(holder)
        free_s = time.monotonic()
        back_s = record.time_of("is back after") - free_s
        status = record.wait()
        valid, (findings, is_valid) = valid_samples(out), state(out)
    return Row(
        "back at another port name, which another program holds",
        "unplugged; its port comes under another name and is locked by another program, which then lets go",
        f"reported within {MOST_DELAY_S:g} s; recorded again ≤ {MOST_BACK_S:g} s after it is let go; status 0",
        f"reported after {delay_s:.2f} s; back after {back_s:.2f} s; {len(valid) / RATE_HZ:g} of {seconds:g} s; "
        f"status {status}; {findings}",
        bool(
            delay_s < MOST_DELAY_S and back_s <= MOST_BACK_S and status == 0 and valid[-1] and is_valid
            and len(valid) == seconds * RATE_HZ
        ),
    )  # fmt: skip


def _other_stream_row() -> Row:
    seconds, name = 30.0, f"bench{time.monotonic_ns() % 10**9}"
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        out = Path(folder, "out")
        with _sender(name, 4, RATE_HZ):
            record = stack.enter_context(recording(f"lsl:{name}?timeout=20", seconds, out))
            wait_for_records(out)
            time.sleep(2.0)
        gone_s = time.monotonic()
        gone_delay_s = record.time_of("waiting for it to come back") - gone_s
        with _sender(name, 8, 2.0 * RATE_HZ):
            there_s = time.monotonic()
            delay_s = record.time_of("another board came back") - there_s
        stack.enter_context(_sender(name, 4, RATE_HZ))
        right_s = time.monotonic()
        back_s = record.time_of("is back after") - right_s
        status = record.wait()
        valid, (findings, is_valid) = valid_samples(out), state(out)
    return Row(
        "an LSL sender starts again with other channels and another rate, then as before (`lsl:`)",
        "the process of a sender of 4 channels at 250 SPS is killed; one of 8 at 500 comes, with the same name and "
        "source_id; then one as the first",
        f"reported within {MOST_DELAY_S:g} s; the other one reported ≤ {MOST_BACK_S:g} s after it is there, not "
        f"recorded; the right one ≤ {MOST_BACK_S:g} s after it is there; status 0",
        f"reported after {gone_delay_s:.2f} s; the other after {delay_s:.2f} s; the right one back after {back_s:.2f} "
        f"s; {len(valid) / RATE_HZ:g} of {seconds:g} s; status {status}; {findings}",
        bool(
            gone_delay_s < MOST_DELAY_S and delay_s <= MOST_BACK_S and back_s <= MOST_BACK_S and status == 0
            and valid[-1] and is_valid and len(valid) == seconds * RATE_HZ
        ),
    )  # fmt: skip


@contextmanager
def _sender(name: str, n_channels: int, rate_hz: float) -> Iterator[None]:
    """Send noise on the lab streaming layer from a separate process, which is killed when the block ends."""
    command = [sys.executable, "-c", SENDER, name, str(n_channels), str(rate_hz)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == "sends"
            yield
        finally:
            process.kill()
