"""Disk faults: full disks, failing writes, deleted or moved folders."""

import contextlib
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from acquisition import read_recording
from bench.reliability.file_systems import ext4_disk, small_disk
from bench.reliability.programs import only_folder, recording, wait_for_records
from bench.reliability.saved import state
from bench.reliability.shim import built_shim
from bench.reliability.table import Row
from twitchscope.saved.checking import check
from twitchscope.storage.parts import was_cut_off

TITLE = "Disk"

BOARD = "simulated:?seed=1&rate=1000"
MOST_DELAY_S = 1.0


def rows() -> Iterator[Row]:
    """Yield one row per fault."""
    if small := _small_rows():
        yield from small
    with tempfile.TemporaryDirectory() as folder:
        shim = built_shim(Path(folder))
        for call in ("write", "fsync"):
            yield _failing_row(Path(folder), shim, call)
    yield _read_only_row()
    yield _limit_row()
    yield _deleted_row()
    yield _moved_row("the session's folder is renamed", lambda folder: folder)
    yield _moved_row("the folder above the session is moved", lambda folder: folder.parent)


def _small_rows() -> list[Row]:
    """Return the rows that need a separate file system; mounting it needs root on Linux."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            with small_disk(Path(folder), 1) as disk:
                reserve = _reserve_row(disk)
            with small_disk(Path(folder), 24) as disk:
                full = _full_row(disk)
        except (subprocess.CalledProcessError, OSError) as error:
            return [
                Row(
                    "a full disk",
                    "a tmpfs of its own",
                    "-",
                    f"not measured: no tmpfs can be mounted here ({error})",
                    False,
                )
            ]
    return [reserve, full]


def _reserve_row(disk: Path) -> Row:
    with recording(BOARD, 300.0, disk / "out") as record:
        status = record.wait(200.0)
        room = next(line.text for line in record.lines if "room on the disk" in line.text)
    free_mb = shutil.disk_usage(disk).free / 1e6
    is_closed = not was_cut_off(only_folder(disk / "out"))
    findings, is_valid = state(disk / "out")
    return Row(
        "little room from the start",
        "a file system of 1 MB (tmpfs), 1000 SPS in true time until it ends by itself",
        "warned and not refused; ends at the reserve, with the word *disk*, status 1, a whole file, a closed session",
        f"“{room}”; status {status}: “{record.error()}”; {free_mb:.2f} MB still free; {findings}, "
        f"{'closed' if is_closed else 'not closed'}",
        status == 1 and "disk" in record.error() and "little room" in room and is_valid and is_closed,
    )


def _full_row(disk: Path) -> Row:
    with recording(BOARD, 60.0, disk / "out") as record:
        wait_for_records(disk / "out")
        filled_s = filled(disk)
        delay_s = record.time_of("twitchscope: ") - filled_s
        status = record.wait()
    free = shutil.disk_usage(disk).free
    findings, is_valid = state(disk / "out")
    return Row(
        "the disk is full at once",
        f"another file takes all of a file system of 24 MB (tmpfs) within a recording, to the last byte ({free} left)",
        "reported within 1 s; status 1; what was written is valid",
        f"reported after {delay_s:.2f} s: “{record.error()}”; status {status}; {findings}",
        status == 1 and delay_s < MOST_DELAY_S and "disk" in record.error() and is_valid,
    )


def filled(disk: Path) -> float:
    """Fill a small disk and return when it was full, by the monotonic clock."""
    with (disk / "filler").open("wb") as filler, contextlib.suppress(OSError):
        while filler.write(bytes(65_536)):
            filler.flush()
    return time.monotonic()


def _failing_row(folder: Path, shim: Path, call: str) -> Row:
    out, flag = folder / f"out-{call}", folder / f"now-{call}"
    environment = {"LD_PRELOAD": str(shim), "FAIL_WHEN": str(flag), "FAIL_CALL": call}
    with recording(BOARD, 60.0, out, environment=environment) as record:
        wait_for_records(out)
        flag.touch()
        failed_s = time.monotonic()
        delay_s = record.time_of("twitchscope: ") - failed_s
        status = record.wait()
    findings, is_valid = state(out)
    most_s = MOST_DELAY_S if call == "write" else 1.0 + MOST_DELAY_S
    return Row(
        f"{call} fails",
        f"each `{call}` of a file returns EIO from some moment on (a library put before the system's by LD_PRELOAD)",
        "reported within 1 s"
        + ("" if call == "write" else " of the next fsync, of which there is one a second")
        + "; status 1; what was written is valid",
        f"reported after {delay_s:.2f} s: “{record.error()}”; status {status}; {findings}",
        status == 1 and delay_s < most_s and is_valid,
    )


def _read_only_row() -> Row:
    fault = "the disk becomes read-only"
    injected = (
        "ext4 of its own, aborted within a recording (`mount -o remount,abort`), as the system does after a fault of "
        "the disk; a plain `remount,ro` is refused while a file is written"
    )
    promised = "reported within 1 s, with *read-only*; status 1; what was written is valid"
    try:
        with ext4_disk() as disk:
            with recording(BOARD, 60.0, disk / "out") as record:
                wait_for_records(disk / "out")
                subprocess.run(["mount", "-o", "remount,abort", disk], check=True, capture_output=True)
                aborted_s = time.monotonic()
                delay_s = record.time_of("twitchscope: ") - aborted_s
                status = record.wait()
            findings, is_valid = state(disk / "out")
    except (subprocess.CalledProcessError, OSError) as error:
        return Row(fault, injected, promised, f"not measured: no ext4 can be mounted here ({error})", False)
    return Row(
        fault,
        injected,
        promised,
        f"reported after {delay_s:.2f} s: “{record.error()}”; status {status}; {findings}",
        status == 1 and delay_s < MOST_DELAY_S and "Read-only" in record.error() and is_valid,
    )


def _limit_row() -> Row:
    launcher = (
        "-c",
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)); "
        "from twitchscope.cli import main; sys.exit(main(sys.argv[1:]))",
    )
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out")
        with recording(BOARD, 60.0, out, launcher=launcher) as record:
            status = record.wait()
        size = (only_folder(out) / "recording.bdf").stat().st_size
        findings, is_valid = state(out)
        return Row(
            "the file may not grow",
            "a limit of 200000 bytes a file (RLIMIT_FSIZE)",
            "status 1, one sentence; what was written is valid",
            f"status {status}: “{record.error()}”; {size} bytes; {findings}",
            status == 1 and is_valid and "recording" in record.error(),
        )


def _deleted_row() -> Row:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out")
        with recording(BOARD, 60.0, out) as record:
            wait_for_records(out)
            shutil.rmtree(out)
            deleted_s = time.monotonic()
            delay_s = record.time_of("twitchscope: ") - deleted_s
            status = record.wait()
    return Row(
        "the folder is deleted",
        "the session's folder is removed while it is recorded; the system goes on writing into nothing",
        "reported within 1 s; status 1",
        f"reported after {delay_s:.2f} s: “{record.error()}”; status {status}",
        status == 1 and delay_s < MOST_DELAY_S,
    )


def _moved_row(fault: str, moved_of: Callable[[Path], Path]) -> Row:
    seconds = 8.0
    with tempfile.TemporaryDirectory() as folder:
        out, new = Path(folder, "out"), Path(folder, "elsewhere")
        with recording(BOARD, seconds, out) as record:
            wait_for_records(out)
            session = only_folder(out)
            moved = moved_of(session)
            moved.rename(new)
            moved_s = time.monotonic()
            delay_s = record.time_of("was moved or renamed while it is recorded") - moved_s
            status = record.wait()
        now = new / session.relative_to(moved)
        wrong = [finding.text for finding in check(now) if finding.is_wrong]
        recorded_s = read_recording(now).duration_s
        is_closed = json.loads((now / "session.json").read_text("utf-8"))["result"] is not None
    return Row(
        fault,
        "by another program, within a recording",
        "reported within 1 s, and at the end with status 1; all of the session is whole where it is now",
        f"reported after {delay_s:.2f} s; {recorded_s:g} of {seconds:g} s there, "
        f"{'closed' if is_closed else 'not closed'}, `check`: {'; '.join(wrong) or 'nothing wrong'}; status {status}",
        status == 1 and delay_s < MOST_DELAY_S and recorded_s == seconds and is_closed and not wrong,
    )
