"""Fuzzing targets and their valid seed inputs.

`bench.reliability.fuzz` writes the first line of each target's docstring into ``hardware_docs/reliability.md``.
"""

import contextlib
import io
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from acquisition import read_recording
from acquisition.core import AcquisitionError
from acquisition.drivers._cyton_stream import CytonStream
from acquisition.link.aux_layouts import AuxMode
from acquisition.simulated.scenario import parse_scenario
from twitchscope.cli import main
from twitchscope.entries.setup_file import EXAMPLE, INPUT_EXAMPLE, VISIT_EXAMPLE, read_inputs, read_setup, read_visit
from twitchscope.saved.checking import check
from twitchscope.saved.references import read_references
from twitchscope.saved.session_files import read_session

ROOT = Path(__file__).parents[2]
RATE_HZ = 250.0
LONGEST_CHUNK, LONGEST_PAUSE_S = 400, 2.0

SESSION_NAMES = ("session.json", "events.jsonl", "reference-x.jsonl")

EVENTS_TSV = b"onset\tduration\ttrial_type\n1.5\t0.2\ttwitch\n2.25\tn/a\tseen by ultrasound\n"
TIMES_CSV = b'time_s;label\n"1,5";a\n2,25;"b ""c"""\n'


def framing(data: bytes, folder: Path) -> None:
    """Feed chunks of any length at any pace; samples must come in order and once.

    The first byte selects whether there is a Daisy. Before each chunk, one byte encodes the pause and two its length.
    """
    stream = CytonStream(RATE_HZ, 0.0, AuxMode.ACCEL, has_daisy=bool(data[:1] > b"\x7f"))
    now_s, next_index, at = 0.0, 0, 1
    while at + 3 <= len(data):
        now_s += LONGEST_PAUSE_S * data[at] / 255.0
        stop = at + 3 + int.from_bytes(data[at + 1 : at + 3], "big") % (LONGEST_CHUNK + 1)
        for run in stream.feed(data[at + 3 : stop], now_s):
            assert run.first_index >= next_index
            next_index = run.first_index + len(run.counts)
        stream.failure()
        at = stop


def readers(data: bytes, folder: Path) -> None:
    """Read a file of any format to its end."""
    path = folder / "input"
    path.write_bytes(data)
    recording = read_recording(path, sampling_rate_hz=RATE_HZ)
    n_samples = sum(block.n_samples for block in recording.blocks())
    assert n_samples <= recording.header.n_samples


def toml(data: bytes, folder: Path) -> None:
    """Read all that a setup may hold, and a scenario."""
    path = folder / "input.toml"
    path.write_bytes(data)
    reads: tuple[Callable[[Path], object], ...] = (
        read_setup,
        read_inputs,
        read_visit,
        lambda one: parse_scenario(data.decode("utf-8", "replace"), "fuzzed"),
    )
    for read in reads:
        with contextlib.suppress(AcquisitionError):
            read(path)


def session(data: bytes, folder: Path) -> None:
    """Check and read a session whose document and journals the bytes are, with a zero byte between two."""
    for name, content in zip(SESSION_NAMES, (data + b"\x00\x00").split(b"\x00", 2), strict=True):
        (folder / name).write_bytes(content)
    list(check(folder))
    read_session(folder)


def references(data: bytes, folder: Path) -> None:
    """Import reference times."""
    path = folder / "input.csv"
    path.write_bytes(data)
    read_references(path)


TARGETS: dict[str, Callable[[bytes, Path], None]] = {
    "framing": framing,
    "readers": readers,
    "toml": toml,
    "session": session,
    "references": references,
}
"""Fuzzing targets by name; they may raise only errors of this project."""


def seeds(name: str) -> Iterator[bytes]:
    """Yield valid inputs of a target; from an empty corpus a fuzzer would hardly ever reach one."""
    if name == "framing":
        chunk = b"".join(bytes([0xA0, number]) + bytes(30) + b"\xc0" for number in range(12))
        yield b"\x00" + b"\x06" + len(chunk).to_bytes(2, "big") + chunk
        yield b"\xff" + b"\x06" + len(chunk).to_bytes(2, "big") + chunk
    elif name == "readers":
        for path in sorted((ROOT / "tests" / "golden").iterdir()):
            if path.suffix in {".bdf", ".edf", ".csv", ".txt", ".xdf"}:
                yield path.read_bytes()
    elif name == "toml":
        yield from (one.encode() for one in (EXAMPLE, INPUT_EXAMPLE, VISIT_EXAMPLE))
        for path in sorted((ROOT / "acquisition" / "simulated" / "scenarios").glob("*.toml")):
            yield path.read_bytes()
    elif name == "session":
        yield _session_seed()
    else:
        yield from (EVENTS_TSV, TIMES_CSV)


def _session_seed() -> bytes:
    """Record a session of the simulated patient and return its small files, with reference times."""
    with tempfile.TemporaryDirectory() as name:
        board, out = "simulated:?seed=1&rate=250&speed=0", Path(name, "out")
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            main(["record", "--board", board, "--seconds", "20", "--out", str(out), "--format", "jsonl"])
        (folder,) = out.iterdir()
        document, journal, _ = SESSION_NAMES
        times = b'{"kind": "reference", "label": "x", "onset_s": 1.5, "duration_s": 0.0, "source": "x"}\n'
        return b"\x00".join(((folder / document).read_bytes(), (folder / journal).read_bytes(), times))
