"""Inject every fault and write the table: ``make reliability``; ``--only kill --kills 20`` runs one kind, briefly."""

import argparse
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import chain
from pathlib import Path

from bench.reliability import disk, fuzz, hostile, hung, kill, mixed, rate, slow, soak, twitches, unplug, wire
from bench.reliability.table import Row, Section, keep, kept_sections, render

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "hardware_docs" / "reliability.md"
KEPT = ROOT / "build" / "reliability.json"

KINDS: dict[str, tuple[str, Callable[[argparse.Namespace], Iterable[Row]]]] = {
    "unplug": (unplug.TITLE, lambda options: unplug.rows()),
    "wire": (wire.TITLE, lambda options: wire.rows(options.wire_seconds, options.seed)),
    "twitches": (twitches.TITLE, lambda options: twitches.rows(options.seed)),
    "kill": (kill.TITLE, lambda options: kill.rows(options.kills, options.seed)),
    "disk": (disk.TITLE, lambda options: chain(disk.rows(), hung.rows())),
    "slow": (slow.TITLE, lambda options: slow.rows()),
    "rate": (rate.TITLE, lambda options: rate.rows(options.rate_minutes)),
    "soak": (soak.TITLE, lambda options: soak.rows(options.soak_hours, options.seed)),
    "mixed": (mixed.TITLE, lambda options: mixed.rows()),
    "hostile": (hostile.TITLE, lambda options: hostile.rows()),
    "fuzz": (fuzz.TITLE, lambda options: fuzz.rows(options.fuzz_minutes)),
}


def main() -> int:
    """Run the requested kinds of faults; the exit status is 1 if a promise was not kept."""
    parser = argparse.ArgumentParser(prog="python -m bench.reliability", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=KINDS, default=list(KINDS), help="these kinds of faults alone")
    parser.add_argument("--seed", type=int, default=1, help="of all that is random (%(default)s)")
    parser.add_argument(
        "--wire-seconds", type=float, default=70.0, help="signal of each fault of the wire (%(default)g)"
    )
    parser.add_argument("--kills", type=int, default=200, help="(%(default)s)")
    parser.add_argument("--rate-minutes", type=float, default=10.0, help="(%(default)g)")
    parser.add_argument("--soak-hours", type=float, default=8.0, help="(%(default)g)")
    parser.add_argument("--fuzz-minutes", type=float, default=5.0, help="of each kind of input (%(default)g)")
    options = parser.parse_args()
    command = "make reliability" + (f' RELIABILITY_ARGS="{" ".join(sys.argv[1:])}"' if sys.argv[1:] else "")
    all_kept = True
    for name in options.only:
        title, make_rows = KINDS[name]
        began_s, rows = time.monotonic(), []
        try:
            for row in make_rows(options):
                print(f"{'kept' if row.is_kept else 'NOT KEPT':<9}{row.fault}: {row.measured}", flush=True)
                rows.append(row)
                all_kept = all_kept and row.is_kept
        except Exception:  # the other kinds still run; the old rows of this kind stay
            traceback.print_exc()
            print(f"BROKEN   {name}: its rows are not made anew", flush=True)
            all_kept = False
            continue
        made_on = f"{datetime.now():%Y-%m-%d %H:%M}"
        keep(KEPT, name, Section(title, command, made_on, time.monotonic() - began_s, os.getloadavg()[0], rows))
    done = kept_sections(KEPT)
    if set(done) == set(KINDS):
        DOCUMENT.write_text(render(done[name] for name in KINDS), "utf-8")
    else:
        print(f"no {DOCUMENT.name} yet: {', '.join(name for name in KINDS if name not in done)} were never run")
    return 0 if all_kept else 1


if __name__ == "__main__":
    sys.exit(main())
