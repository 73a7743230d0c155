"""Coverage-guided fuzzing: ``python -m bench.fuzz readers --seconds 600``.

Needs the extra ``fuzz`` (atheris, on Linux). A target may raise only errors of this project. libFuzzer stops at the
first other error, at an input that takes 10 s and at 2 GB of memory, and writes that input to ``build/fuzz``.
"""

import argparse
import contextlib
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["acquisition", "twitchscope"], enable_loader_override=False):
    from acquisition.core import AcquisitionError
    from bench.fuzz.targets import ROOT, TARGETS, seeds

FOUND = ROOT / "build" / "fuzz"
LONGEST_INPUT = 20_000
TIMEOUT_S, MEMORY_MB = 10, 2048


def main() -> None:
    """Fuzz one target until the time is over or an error is found."""
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    target = TARGETS[options.target]
    corpus = FOUND / options.target
    corpus.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        folder, good = Path(name, "input"), Path(name, "good")
        for made in (folder, good):
            made.mkdir()
        for number, content in enumerate(seeds(options.target)):
            (good / str(number)).write_bytes(content)

        def one_input(data: bytes) -> None:
            with contextlib.suppress(AcquisitionError):  # an error in one sentence is the intended result
                target(data, folder)

        arguments = [
            sys.argv[0], f"-max_total_time={options.seconds}", f"-max_len={LONGEST_INPUT}", f"-timeout={TIMEOUT_S}",
            f"-rss_limit_mb={MEMORY_MB}", f"-artifact_prefix={FOUND}/", "-print_final_stats=1", str(corpus), str(good),
        ]  # fmt: skip
        atheris.Setup(arguments, one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
