"""Hanging disks: a recording, a mark, the end and the document of a session that wait for the disk."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from acquisition import read_recording
from bench.reliability.disk import BOARD
from bench.reliability.file_systems import ext4_disk, frozen
from bench.reliability.programs import Program, only_folder, recording, twitchscope, wait_for_records
from bench.reliability.saved import state
from bench.reliability.shim import built_shim
from bench.reliability.table import Row
from twitchscope.saved.session_files import journal_lines
from twitchscope.storage.parts import was_cut_off

MOST_DELAY_S = 1.5
"""A hanging disk returns no error. It is reported after 0.9 s without a completed write, counted from the first waiting
record (0.2 s)."""

MOST_END_DELAY_S = 2.5
"""After Ctrl-C the disk has 1.8 s; a write that still completes restarts this time."""

ON_A_TERMINAL = (
    "-c",
    "import fcntl, os, sys, termios; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "from twitchscope.cli import main; sys.exit(main(sys.argv[1:]))",
)
"""Launcher that makes standard input the program's controlling terminal: keys are read only from that terminal."""

FROZEN = "ext4 of its own, frozen within a recording (`fsfreeze`): every write waits until it is let go"


def rows() -> Iterator[Row]:
    """Yield one row per waiting operation."""
    for fault, make_row in (
        ("the disk hangs for 10 s", _recording_row),
        ("a mark, then Ctrl-C, while the disk hangs", _mark_row),
        ("Ctrl-C twice while the disk hangs", _end_row),
    ):
        try:
            yield make_row(fault)
        except (subprocess.CalledProcessError, OSError) as error:
            yield Row(fault, FROZEN, "-", f"not measured: no ext4 can be frozen here ({error})", False)
    yield _document_row()


def _recording_row(fault: str) -> Row:
    seconds, held_s = 25.0, 10.0
    with (
        ext4_disk() as disk,
        recording(BOARD, seconds, disk / "out") as record,
    ):
        wait_for_records(disk / "out")
        with frozen(disk):
            frozen_s = time.monotonic()
            delay_s = record.time_of("the disk has taken nothing", held_s) - frozen_s
            time.sleep(max(0.0, frozen_s + held_s - time.monotonic()))
        status = record.wait()
        findings, valid = state(disk / "out")
        recorded = read_recording(only_folder(disk / "out"))
        n_valid = sum(int(block.valid.sum()) for block in recorded.blocks())
    n_made = round(seconds * recorded.info.sampling_rate_hz)
    return Row(
        fault,
        FROZEN,
        f"reported within {MOST_DELAY_S:g} s; nothing lost, status 0",
        f"reported after {delay_s:.2f} s; {n_made - n_valid} of {n_made} samples lost; status {status}; {findings}",
        status == 0 and delay_s < MOST_DELAY_S and n_valid == n_made and valid,
    )


def _mark_row(fault: str) -> Row:
    keys, terminal = os.openpty()
    try:
        with (
            ext4_disk() as disk,
            twitchscope(
                "record", "--board", BOARD, "--out", str(disk / "out"), launcher=ON_A_TERMINAL, stdin=terminal
            ) as record,
        ):
            wait_for_records(disk / "out")
            with frozen(disk):
                pressed_s = time.monotonic()
                os.write(keys, b"s")
                delay_s = record.time_of("a line of the journal waits for the disk") - pressed_s
                answered_s = _interrupted(record, "the end waits for the disk")
            status = record.wait()
            folder = only_folder(disk / "out")
            lines = [line.record for line in journal_lines(folder / "events.jsonl")]
            n_kept = sum(line is not None and line["label"] == "seen" for line in lines)
            findings, valid = state(disk / "out")
    finally:
        os.close(keys)
        os.close(terminal)
    return Row(
        fault,
        f"{FROZEN}; a key that marks is pressed, then Ctrl-C, and the disk let go once both are answered",
        f"that the mark waits is reported within {MOST_DELAY_S:g} s, and it is kept, Ctrl-C answered within "
        f"{MOST_END_DELAY_S:g} s; status 0",
        f"reported after {delay_s:.2f} s; {n_kept} of 1 in the journal; Ctrl-C answered after {answered_s:.2f} s; "
        f"status {status}; {findings}",
        status == 0 and delay_s < MOST_DELAY_S and answered_s < MOST_END_DELAY_S and n_kept == 1 and valid,
    )


def _end_row(fault: str) -> Row:
    with (
        ext4_disk() as disk,
        twitchscope("record", "--board", BOARD, "--out", str(disk / "out"), "--format", "jsonl") as record,
    ):
        wait_for_records(disk / "out")
        with frozen(disk):
            answered_s = _interrupted(record, "the end waits for the disk")
            ended_s = _interrupted(record, "twitchscope: ")
        status = record.wait()
        findings, valid = state(disk / "out")
    return Row(
        fault,
        f"{FROZEN}; Ctrl-C, and once more when that is answered; let go when the program has said why it ends: the "
        "system ends no program that waits for a frozen disk",
        f"the first answered within {MOST_END_DELAY_S:g} s, the second within {MOST_DELAY_S:g} s; status 1; what is "
        "there is valid",
        f"after {answered_s:.2f} and {ended_s:.2f} s: “{record.error()}”; status {status}; {findings}",
        status == 1 and answered_s < MOST_END_DELAY_S and ended_s < MOST_DELAY_S and "disk" in record.error() and valid,
    )


def _document_row() -> Row:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        out, flag = folder / "out", folder / "now"
        environment = {
            "LD_PRELOAD": str(built_shim(folder)), "HOLD_WHEN": str(flag), "HOLD_NAME": ".session.json.new",
        }  # fmt: skip
        with twitchscope(
            "record", "--board", BOARD, "--out", str(out), "--format", "jsonl", environment=environment
        ) as record:
            wait_for_records(out)
            flag.touch()
            delay_s = _interrupted(record, "session.json waits for the disk")
            ended_s = _interrupted(record, "twitchscope: ")
            status = record.wait()
        session = only_folder(out)
        findings, valid = state(out)
        return Row(
            "the disk hangs at the very end",
            "every `write` of `session.json` waits from some moment on (a library put before the system's by "
            "LD_PRELOAD); Ctrl-C, and once more when that is answered",
            f"reported within {MOST_DELAY_S:g} s, the second Ctrl-C ends it within as long; status 1; what is there is "
            "valid",
            f"after {delay_s:.2f} and {ended_s:.2f} s: “{record.error()}”; status {status}; {findings}, "
            f"{'not closed' if was_cut_off(session) else 'closed'}",
            status == 1 and delay_s < MOST_DELAY_S and ended_s < MOST_DELAY_S and "disk" in record.error() and valid,
        )


def _interrupted(record: Program, words: str) -> float:
    """Send Ctrl-C and return the time in s until the program prints `words`."""
    record.process.send_signal(signal.SIGINT)
    asked_s = time.monotonic()
    return record.time_of(words) - asked_s
