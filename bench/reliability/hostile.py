"""Files with excessive sizes or nesting: whether the real commands refuse them, how fast and with how much memory."""

import contextlib
import io
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.reliability.table import Row
from twitchscope.cli import main

TITLE = "Hostile files"

MOST_S = 0.5
MOST_MB = 64.0


@dataclass(frozen=True, slots=True)
class Hostile:
    """Hostile file and the command that reads it.

    Attributes
    ----------
    name : str
        Description of the fault.
    file : str
        File name.
    make : callable
        Function that writes the file to a given path.
    command : tuple of str
        Arguments of the command; FILE stands for the file's path and FOLDER for its folder.
    status : int
        Expected exit status: 1 if the file must be refused, 0 if its valid part must be read.
    """

    name: str
    file: str
    make: Callable[[Path], object]
    command: tuple[str, ...] = ("analyze", "FILE")
    status: int = 1


def bdf(path: Path, n_records: str = "1", duration: str = "1", n_signals: str = "1", n_samples: str = "250") -> None:
    """Write a BDF file with the given sizes in its header, followed by 3 kB of data."""
    head = b"\xffBIOSEMI" + b"X".ljust(160) + b"01.01.0101.01.01" + b"512".ljust(8) + b"BDF+C".ljust(44)
    head += n_records.encode().ljust(8)[:8] + duration.encode().ljust(8)[:8] + n_signals.encode().ljust(4)[:4]
    fields = (("EMG 1", 16), ("", 80), ("uV", 8), ("-100", 8), ("100", 8), ("-8388608", 8), ("8388607", 8), ("", 80))
    signal = b"".join(text.encode().ljust(width) for text, width in fields) + n_samples.encode().ljust(8) + b" " * 32
    path.write_bytes(head + signal + bytes(3000))


def sparse(path: Path, size: int) -> None:
    """Write a sparse file of zero bytes, which takes no space on the disk."""
    with path.open("wb") as file:
        file.truncate(size)


def xdf(path: Path, length: int) -> None:
    """Write an XDF file whose first chunk declares a length of `length` bytes."""
    path.write_bytes(b"XDF:" + bytes([8]) + length.to_bytes(8, "little") + b"\x02\x00" + bytes(100))


def strings_xdf(path: Path) -> None:
    """Write an XDF file with a stream of strings and a chunk that declares 2³² − 1 of them."""
    info = (
        b"<info><name>a</name><type>EMG</type><channel_count>1</channel_count><nominal_srate>100</nominal_srate>"
        b"<channel_format>string</channel_format></info>"
    )
    chunks = (
        (1, b"<info><version>1.0</version></info>"),
        (2, (1).to_bytes(4, "little") + info),
        (3, (1).to_bytes(4, "little") + b"\x04" + (2**32 - 1).to_bytes(4, "little") + bytes(9)),
    )
    whole = b"".join(
        b"\x08" + (len(content) + 2).to_bytes(8, "little") + tag.to_bytes(2, "little") + content
        for tag, content in chunks
    )
    path.write_bytes(b"XDF:" + whole)


SETUP = ("record", "--board", "simulated:?seed=1&speed=0", "--seconds", "1", "--out", "FOLDER", "--setup", "FILE")
SCENARIO = ("simulate", "--record", "FOLDER/out.bdf", "--seconds", "1", "--scenario", "FILE")
CHECK = ("check", "FOLDER")
IMPORT = ("marks", "import", "FOLDER", "FILE", "--offset", "0", "--source", "x")
TB = 10**12


def text(content: str) -> Callable[[Path], object]:
    """Return a function that writes `content` to a path."""
    return lambda path: path.write_text(content, "utf-8")


def terabyte(path: Path) -> None:
    """Write a terabyte of zero bytes."""
    sparse(path, TB)


CASES = (
    Hostile("BDF that promises 99999999 records", "a.bdf", lambda path: bdf(path, n_records="99999999"), status=0),
    Hostile("BDF that promises 10¹⁵ records", "a.bdf", lambda path: bdf(path, n_records="1e15")),
    Hostile("BDF of 10⁸ records of 10⁷ samples", "a.bdf", lambda path: bdf(path, "99999999", n_samples="9999999")),
    Hostile("BDF with 9999 signals", "a.bdf", lambda path: bdf(path, n_signals="9999")),
    Hostile("BDF with records of 1e-99 s", "a.bdf", lambda path: bdf(path, duration="1e-99")),
    Hostile("XDF with a chunk of 2⁶³ bytes", "a.xdf", lambda path: xdf(path, 2**63 - 1)),
    Hostile("XDF with a chunk of 4 GB", "a.xdf", lambda path: xdf(path, 2**32)),
    Hostile("XDF with 2³² strings in a chunk of 20 bytes", "a.xdf", strings_xdf),
    Hostile("CSV with one line of 200 MB", "a.csv", text("time,EMG\n" + "1," * 100_000_000)),
    Hostile("CSV of zero bytes, 1 TB", "a.csv", terabyte),
    Hostile("CSV with a number of 10⁶ digits", "a.csv", text("a,b\n1,2\n" + "9" * 10**6 + ",1\n")),
    Hostile("setup with arrays in arrays, 50000 deep", "a.toml", text("a = " + "[" * 50_000), SETUP),
    Hostile("setup with tables in tables, 20000 deep", "a.toml", text("[" + "a." * 20_000 + "a]"), SETUP),
    Hostile("setup of 1 TB", "a.toml", terabyte, SETUP),
    Hostile("setup with a gain of 10⁵ digits", "a.toml", text("[[channel]]\ngain = 1" + "0" * 10**5), SETUP),
    Hostile("scenario with arrays in arrays", "a.toml", text("a = " + "[" * 50_000), SCENARIO),
    Hostile("scenario of 1 TB", "a.toml", terabyte, SCENARIO),
    Hostile("session.json with arrays in arrays", "session.json", text("[" * 10**6), CHECK),
    Hostile("session.json of 1 TB", "session.json", terabyte, CHECK),
    Hostile("events.jsonl with one line of 1 TB", "events.jsonl", terabyte, CHECK),
    Hostile("events.tsv of 1 TB", "a.tsv", terabyte, IMPORT),
)


def rows() -> Iterator[Row]:
    """Yield one row per file."""
    for hostile in CASES:
        with tempfile.TemporaryDirectory() as folder:
            ask(hostile, Path(folder))  # imports must not count as its cost
            began_s = time.perf_counter()
            status, output = ask(hostile, Path(folder))
            took_s = time.perf_counter() - began_s
            tracemalloc.start()
            ask(hostile, Path(folder))
            peak_mb = tracemalloc.get_traced_memory()[1] / 1e6
            tracemalloc.stop()
        sentence = output.strip().splitlines()[-1].replace(folder, "…") if output.strip() else "nothing"
        yield Row(
            hostile.name,
            f"`twitchscope {' '.join(hostile.command)}`",
            (
                "refused in one sentence, status 1,"
                if hostile.status
                else "what is whole is read, with a warning, status 0,"
            )
            + f" within {1e3 * MOST_S:g} ms and {MOST_MB:g} MB",
            f"{1e3 * took_s:.1f} ms, {peak_mb:.1f} MB, status {status}: “{_short(sentence)}”",
            status == hostile.status and took_s < MOST_S and peak_mb < MOST_MB and "Traceback" not in output,
        )


def ask(hostile: Hostile, folder: Path) -> tuple[int, str]:
    """Return the exit status of the command and its output."""
    path = folder / hostile.file
    if not path.exists():
        hostile.make(path)
    argv = [part.replace("FILE", str(path)).replace("FOLDER", str(folder)) for part in hostile.command]
    output, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        status = main(argv)
    return status, output.getvalue() + errors.getvalue()


def _short(text: str) -> str:
    text = text.replace("|", "¦")
    return text if len(text) < 160 else f"{text[:150]} …"
