"""Hostile bytes, guided by what they reach: ``python -m bench.fuzz readers --seconds 600``.

Needs the extra ``fuzz`` (atheris, on Linux). Each target may raise errors of this project and nothing else; libFuzzer
ends the run at the first other one, at an input that takes 10 s and at 2 GB of memory, and leaves it in ``build/fuzz``.
"""

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["acquisition", "twitchscope"], enable_loader_override=False):
    from acquisition import read_recording
    from acquisition.core import AcquisitionError
    from acquisition.drivers._cyton_stream import CytonStream
    from acquisition.link.aux_layouts import AuxMode
    from acquisition.simulated.scenario import parse_scenario
    from twitchscope.checking import check
    from twitchscope.references import read_references
    from twitchscope.session_files import read_session
    from twitchscope.setup_file import read_inputs, read_setup

ROOT = Path(__file__).parents[2]
FOUND = ROOT / "build" / "fuzz"
LONGEST_INPUT = 20_000
TIMEOUT_S, MEMORY_MB = 10, 2048
RATE_HZ = 250.0


def framing(data: bytes) -> None:
    """Feed chunks of any length at any pace; samples must come in order and once."""
    given = atheris.FuzzedDataProvider(data)
    stream = CytonStream(RATE_HZ, 0.0, AuxMode.ACCEL, has_daisy=given.ConsumeBool())
    now_s, next_index = 0.0, 0
    while given.remaining_bytes():
        now_s += given.ConsumeIntInRange(0, 2000) / 1000.0
        for run in stream.feed(given.ConsumeBytes(given.ConsumeIntInRange(0, 400)), now_s):
            assert run.first_index >= next_index
            next_index = run.first_index + len(run.counts)
        stream.failure()


def readers(data: bytes) -> None:
    """Read a file of any format to its end."""
    path = Path(FOLDER, "input")
    path.write_bytes(data)
    recording = read_recording(path, sampling_rate_hz=RATE_HZ)
    n_samples = sum(block.n_samples for block in recording.blocks())
    assert n_samples <= recording.header.n_samples


def toml(data: bytes) -> None:
    """Read a setup and a scenario."""
    path = Path(FOLDER, "input.toml")
    path.write_bytes(data)
    for read in (read_setup, read_inputs, lambda one: parse_scenario(data.decode("utf-8", "replace"), "fuzzed")):
        try:
            read(path)
        except AcquisitionError:
            continue


def session(data: bytes) -> None:
    """Check and read a session whose document and journals the bytes are, with a zero byte between two."""
    names = ("session.json", "events.jsonl", "reference-x.jsonl")
    for name, content in zip(names, (data + b"\x00\x00").split(b"\x00", 2), strict=True):
        Path(FOLDER, name).write_bytes(content)
    list(check(Path(FOLDER)))
    read_session(Path(FOLDER))


def references(data: bytes) -> None:
    """Import reference times."""
    path = Path(FOLDER, "input.csv")
    path.write_bytes(data)
    read_references(path)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "framing": framing,
    "readers": readers,
    "toml": toml,
    "session": session,
    "references": references,
}
SEEDS = {"readers": ROOT / "tests" / "golden", "toml": ROOT / "acquisition" / "simulated" / "scenarios"}
FOLDER = ""


def main() -> None:
    """Fuzz one target until the time is over or something is found."""
    global FOLDER
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    target = TARGETS[options.target]

    def one_input(data: bytes) -> None:
        with contextlib.suppress(AcquisitionError):  # said in one sentence, which is what is wanted
            target(data)

    corpus = FOUND / options.target
    corpus.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir="/dev/shm") as FOLDER:
        arguments = [
            sys.argv[0], f"-max_total_time={options.seconds}", f"-max_len={LONGEST_INPUT}", f"-timeout={TIMEOUT_S}",
            f"-rss_limit_mb={MEMORY_MB}", f"-artifact_prefix={FOUND}/", str(corpus),
        ]  # fmt: skip
        atheris.Setup([*arguments, *([str(SEEDS[options.target])] if options.target in SEEDS else [])], one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
