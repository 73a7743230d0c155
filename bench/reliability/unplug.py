"""Unplugged and replugged dongles, and boards that fall silent."""

import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import numpy as np

from bench.reliability.programs import (
    Program,
    only_folder,
    simulated_cyton,
    started_s,
    twitchscope,
    wait_for_records,
    wait_until_gone,
    wait_until_there,
)
from bench.reliability.saved import valid_samples
from bench.reliability.table import Row
from twitchscope.saved.checking import check

TITLE = "Unplugged and back, silent and back"

URLS = {
    "cyton": "cyton:{}?rate=250",
    "brainflow": "brainflow:CYTON_BOARD?serial_port={}",
    "lsl": "lsl:{} EMG?timeout=20",
}
PORTED = ("cyton", "brainflow")
"""Drivers of a board behind a serial port."""

SILENCE_WORDS = {"cyton": "nothing has come", "brainflow": "has sent nothing", "lsl": "nothing has come"}
"""Words of the message that a streaming board has fallen silent; a BrainFlow board is then waited for."""

UNPLUG_S, REPLUG_S, SECONDS = 14.0, 17.0, 18.0
"""Times of unplugging and replugging after the simulator's readiness, and the length of the recording. The recording
begins some seconds after the readiness, ten on a busy computer."""

MOST_DELAY_S, MOST_BACK_S = 1.0, 5.0
RATE_HZ = 250.0


def rows() -> Iterator[Row]:
    """Yield one row per driver and way of coming back."""
    for driver in PORTED:
        for is_same in (True, False):
            yield _return_row(driver, is_same)
    for driver in PORTED:
        yield _lasting_row(driver)
    yield _silence_row("cyton", _wired, 0.5)
    yield _silence_row("cyton", _wired, 5.0)
    yield _silence_row("brainflow", _wired, 5.0)
    yield _silence_row("lsl", _lsl_sender, 5.0)


def _return_row(driver: str, is_same: bool) -> Row:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        first, prepared = Path(folder, "port"), Path(folder, "prepared")
        second = first if is_same else Path(folder, "another")
        faults = ["--fault", f"unplug@{UNPLUG_S}", "--fault", f"replug@{REPLUG_S}"] if is_same else []
        if not is_same:
            stack.enter_context(simulated_cyton(prepared, "--rate", "250", "--seed", "7"))
        board = stack.enter_context(simulated_cyton(first, "--rate", "250", "--seed", "7", *faults))
        out = Path(folder, "out")
        launcher = ("-m", "bench.reliability.renamed_port", str(first), str(second))
        record = stack.enter_context(
            twitchscope(
                "record", "--board", URLS[driver].format(first), "--seconds", str(SECONDS), "--out", str(out),
                launcher=("-m", "twitchscope") if is_same else launcher,
            )
        )  # fmt: skip
        if not is_same:
            wait_for_records(out)
            board.process.terminate()
        gone_s = wait_until_gone(first)
        delay_s = record.time_of("waiting for it to come back") - gone_s
        if not is_same:
            time.sleep(max(0.0, gone_s + REPLUG_S - UNPLUG_S - time.monotonic()))
            second.symlink_to(prepared)
        back_s = wait_until_there(second)
        status = record.wait()
        valid, began_s = valid_samples(out), started_s(only_folder(out))
        lost = np.flatnonzero(~valid)
        first_again_s = began_s + (lost[-1] + 1) / RATE_HZ - back_s
        n_gaps = np.count_nonzero(np.diff(lost) > 1) + 1
    return Row(
        f"unplugged, back at {'the same port' if is_same else 'another port name'} (`{driver}:`)",
        f"`simulate --serial` takes its pseudo-terminal away for {REPLUG_S - UNPLUG_S:g} s under `record`"
        if is_same
        else f"`simulate --serial` ends under `record`; {REPLUG_S - UNPLUG_S:g} s later another one is there; the list "
        "of ports is the bench's, for the serial number",
        f"reported within {MOST_DELAY_S:g} s, recorded again ≤ {MOST_BACK_S:g} s after the port is back, one gap "
        "marked, status 0",
        f"reported after {delay_s:.2f} s; first sample again after {first_again_s:.2f} s; {n_gaps} gap of "
        f"{len(lost) / RATE_HZ:.2f} s; {len(valid) / RATE_HZ:.2f} of {SECONDS:g} s; status {status}",
        bool(
            delay_s < MOST_DELAY_S and first_again_s <= MOST_BACK_S and status == 0 and valid[-1]
            and len(valid) == SECONDS * RATE_HZ
        ),
    )  # fmt: skip


def _lasting_row(driver: str) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        port, out = Path(folder, "port"), Path(folder, "out")
        seconds = UNPLUG_S + 1.0
        with (
            simulated_cyton(port, "--rate", "250", "--fault", f"unplug@{UNPLUG_S}"),
            twitchscope(
                "record", "--board", URLS[driver].format(port), "--seconds", str(seconds), "--out", str(out)
            ) as record,
        ):
            wait_until_gone(port)
            status = record.wait()
        valid = valid_samples(out)
        wrong = [finding.text for finding in check(only_folder(out)) if finding.is_wrong]
        last = record.error()
    return Row(
        f"unplugged for good (`{driver}:`)",
        f"the pseudo-terminal goes {UNPLUG_S:g} s after it came, and does not come back",
        "the session goes on to its end; exit status 1, one sentence, a valid file",
        f"status {status}: “{last}”; {len(valid) / RATE_HZ:.2f} of {seconds:g} s in the file, the last "
        f"{_tail(valid) / RATE_HZ:.2f} s marked lost; `check`: {'; '.join(wrong) or 'nothing wrong'}",
        status == 1 and not wrong and len(valid) == seconds * RATE_HZ and "has not come back" in last,
    )


def _wired(port: Path) -> AbstractContextManager[Program]:
    return simulated_cyton(port, "--rate", "250")


@contextmanager
def _lsl_sender(path: Path) -> Iterator[Program]:
    """Run a session that is sent on LSL under the name of `path`; it is running when the block begins."""
    board = "simulated:?seed=7&rate=250"
    with twitchscope("record", "--board", board, "--lsl", str(path), "--out", str(path.with_name("sender"))) as sender:
        sender.time_of("Ctrl-C ends the session")
        yield sender


def _silence_row(driver: str, sender: Callable[[Path], AbstractContextManager[Program]], held_s: float) -> Row:
    """Return the row of a board that sends nothing while its port, or its stream, stays."""
    with tempfile.TemporaryDirectory() as folder:
        port, out = Path(folder, "port"), Path(folder, "out")
        seconds = 8.0 + held_s
        with (
            sender(port) as board,
            twitchscope(
                "record", "--board", URLS[driver].format(port), "--seconds", str(seconds), "--out", str(out)
            ) as record,
        ):
            record.time_of("Ctrl-C ends the session")
            time.sleep(4.0)
            board.process.send_signal(signal.SIGSTOP)
            held_from_s = time.monotonic()
            delay_s = record.time_of(SILENCE_WORDS[driver], held_s) - held_from_s if held_s > 1.0 else float("nan")
            time.sleep(max(0.0, held_from_s + held_s - time.monotonic()))
            board.process.send_signal(signal.SIGCONT)
            go_on_s = time.monotonic()
            status = record.wait()
        valid, began_s = valid_samples(out), started_s(only_folder(out))
        lost = np.flatnonzero(~valid)
        again_s = began_s + (lost[-1] + 1) / RATE_HZ - go_on_s if len(lost) else 0.0
    is_long = held_s > 1.0
    return Row(
        f"silent for {held_s:g} s (`{driver}:`)",
        f"the process of the {'simulated board' if driver in PORTED else 'sending session'} is stopped (SIGSTOP) and "
        "goes on (SIGCONT); it then sends all at once",
        "reported within 1 s, and recorded again ≤ 5 s after it goes on"
        if is_long
        else "nothing lost, nothing shifted",
        (f"reported after {delay_s:.2f} s; recorded again after {again_s:.2f} s; " if is_long else "")
        + f"{len(lost)} samples lost; status {status}",
        bool(status == 0 and (delay_s < 1.0 and again_s <= 5.0 if is_long else not len(lost))),
    )


def _tail(valid: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> int:
    kept = np.flatnonzero(valid)
    return len(valid) - int(kept[-1]) - 1
