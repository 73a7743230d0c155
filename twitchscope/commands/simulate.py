"""``twitchscope simulate``: the simulated patient on a pseudo-terminal or in a file."""

import argparse

from acquisition.core import MonotonicClock, load
from twitchscope import arguments as types
from twitchscope.ending import asked_by_signals, interrupted_in_order
from twitchscope.terminal.printing import Printer
from twitchscope.terminal.progress import progress_bar

SUMMARY = "simulate a Cyton on a pseudo-terminal, or write a synthetic recording"
DEFAULT_S = 60.0
SERIAL_RATE_HZ, RECORD_RATE_HZ = 250.0, 1000.0
"""Sampling rates without ``--rate``."""

# Loaded by name, as every driver, so that the app does not depend on the simulator.
SERVE_WIRE = "acquisition.simulated.cyton.wire:serve_wire"
RECORD_SIMULATION = "acquisition.simulated.recordings:record_simulation"

PACKETS_PER_SAMPLE = {"means": 1, "whole": 2}
"""Transfer mode of a Daisy → packets per conversion."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to `parser`."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--serial", metavar="PATH", help="simulate a Cyton behind a pseudo-terminal linked at PATH")
    what.add_argument(
        "--record",
        type=types.file_ending_in(".bdf"),
        metavar="FILE.bdf",
        help="write a recording, and its ground truth to FILE.truth.json",
    )
    parser.add_argument(
        "--seconds", type=types.seconds, metavar="S", help=f"length of --record in seconds ({DEFAULT_S:g})"
    )
    parser.add_argument(
        "--seed", type=types.seed, default=1, metavar="N", help="seed of the simulated patient (%(default)s)"
    )
    parser.add_argument(
        "--rate",
        type=types.number(1, 100_000, "samples a second"),
        metavar="SPS",
        help=f"samples per second ({SERIAL_RATE_HZ:g} for --serial, {RECORD_RATE_HZ:g} for --record)",
    )
    parser.add_argument(
        "--scenario", metavar="NAME", help="a named scenario, or a TOML file; an unknown name lists the scenarios"
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME",
        help="a fault on the wire, such as unplug@5; repeatable; an unknown name lists the faults",
    )
    parser.add_argument(
        "--daisy",
        nargs="?",
        const="means",
        choices=tuple(PACKETS_PER_SAMPLE),
        help="sixteen channels on the wire: means of two samples, alternating between the chips, as over the radio "
        "(default), or every sample in two packets (then --board cyton:PATH?daisy=whole)",
    )
    parser.set_defaults(check_simulating=lambda arguments: _check(parser, arguments))


def _check(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    """Reject combinations of options that have no meaning."""
    if arguments.serial is not None and arguments.seconds is not None:
        parser.error("--seconds is the length of --record: what --serial serves lasts until Ctrl-C")
    if arguments.record is not None and (arguments.fault or arguments.daisy):
        parser.error("--fault and --daisy are those of --serial: --record has no wire")


def run(arguments: argparse.Namespace) -> int:
    """Serve until interrupted, or write the recording; return the exit status."""
    arguments.check_simulating(arguments)
    return _serve(arguments) if arguments.serial is not None else _record(arguments)


def _serve(arguments: argparse.Namespace) -> int:
    serve_wire = load(SERVE_WIRE)
    printer = Printer()
    with asked_by_signals() as is_asked_to_end:
        serve_wire(
            arguments.serial,
            seed=arguments.seed,
            sampling_rate_hz=arguments.rate if arguments.rate is not None else SERIAL_RATE_HZ,
            scenario=arguments.scenario,
            faults=arguments.fault,
            daisy=arguments.daisy is not None,
            packets_per_sample=PACKETS_PER_SAMPLE[arguments.daisy or "means"],
            is_asked_to_end=is_asked_to_end,
            clock=MonotonicClock(),
            on_ready=lambda: printer.line(f"a simulated Cyton answers at {arguments.serial}; Ctrl-C ends it"),
        )
    return 0


def _record(arguments: argparse.Namespace) -> int:
    record_simulation = load(RECORD_SIMULATION)
    seconds = DEFAULT_S if arguments.seconds is None else arguments.seconds
    with progress_bar(seconds, arguments.record.name) as progress, interrupted_in_order() as look_up:

        def tell(done_s: float) -> None:
            look_up()
            progress(done_s)

        record_simulation(
            arguments.record,
            seconds=seconds,
            seed=arguments.seed,
            sampling_rate_hz=arguments.rate if arguments.rate is not None else RECORD_RATE_HZ,
            scenario=arguments.scenario,
            progress=tell,
        )
    return 0
