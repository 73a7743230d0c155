"""Score the detector and other methods on composed scenes, simulated patients and real recordings.

Run as ``python -m bench.detection`` from the project's root with the bench extra installed (``make
.venv/with-bench``). It takes a quarter of an hour, writes RESULTS.md, prints it and draws curves.png. With an option
such as ``--only scenes strangers``, only our own tables of these parts are printed and nothing is written; ``--kinds
all "250 all"`` selects the kinds of these names. Seeds from 8000 on are for development (from 200 on for the two
generators that are used for training). ``--release`` scores the reserved seeds from 9000 on, which were used for no
choice. Set ``OPENBLAS_NUM_THREADS=1``: a second thread of the linear algebra would only spin.
"""

import argparse
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from acquisition.core import AcquisitionError
from bench.detection import envelopes, needle_scenes, strangers, tables, units
from bench.detection.composer import compose
from bench.detection.contest import OURS, Kind, Results, assess_events, compete, our_events
from bench.detection.curves import draw
from bench.detection.peers import PEERS
from bench.detection.scenes import KINDS, vary
from bench.detection.signals import (
    ACTIVITY,
    REST,
    Excerpt,
    Signal,
    add_twitches,
    from_needle,
    from_patient,
    from_recording,
    from_scene,
    from_session,
    from_stranger,
    recordings,
)

HERE = Path(__file__).resolve().parent
DEFAULT_DATA = HERE.parents[2] / "shared" / "data"
COMMAND = "python -m bench.detection"
SECTIONS = ("scenes", "strangers", "generators", "patients", "recordings", "rest", "needles")
STEERING, RESERVED = 8000, 9000
GENERATORS = {"units": units.make, "envelopes": envelopes.make}
GENERATOR_KINDS = ("clean", "heart", "muscle", "all", "no answer", "250 clean", "250 all")
GENERATOR_SEEDS = 200
"""First development seed of these generators; `bench.detection.train` uses their seeds 1000 to 2199."""

EVOKED = "evoked-hand-forearm-5000hz.bdf"

SURFACE_SCENARIOS = (
    "quiet_gastrocnemius", "active_trapezius", "trapezius_ecg", "bilateral_answer", "thick_fat", "loose_lead",
    "startled_patient", "guarding_patient", "messy", "no_trigger_point",
)  # fmt: skip
PEER_SCENARIOS = ("quiet_gastrocnemius", "trapezius_ecg", "startled_patient", "guarding_patient", "messy")
STAMPED_SCENARIOS = ("startled_patient", "guarding_patient", "messy")
"""Also scored with the times of the needle's contacts given to the detector, as a switch in the holder would."""

NEEDLE_SCENARIOS = ("needle_electrode", "bare_needle")
NEEDLE_RATES_HZ = (1000, 2000)
REST_SCENARIO, REST_PATIENT_S = "by_hand", 600.0

NOTES = {
    EVOKED: "20 stimuli, the answer 15 to 25 ms later; muscle activity between; scored separately",
    "plux-short-bursts-1000hz.bdf": "18 voluntary bursts, small ones between them; none should be called a twitch",
    "biosppy-voluntary-1000hz.txt": "voluntary bursts",
    "tibialis-with-heartbeat-250hz.bdf": "ballistic contractions, the heart in the signal throughout",
    "openbci-gui-old.txt": "EEG montage with jaw clenches; the same recording in three formats",
}


def _scene(kind: str, first: int, k: int) -> Signal:
    return from_scene(compose(vary(KINDS[kind], first + k), first + k), kind)


def _stranger(kind: str, first: int, k: int) -> Signal:
    return from_stranger(strangers.make(strangers.KINDS[kind], first + k), kind)


def _session(generator: str, kind: str, first: int, k: int) -> Signal:
    return from_session(GENERATORS[generator](kind, first + k), kind)


def _patient(scenario: str, rate_hz: int, seconds: float, first: int, k: int, *, is_stamped: bool = False) -> Signal:
    return from_patient(scenario, rate_hz, first + k, seconds, is_stamped=is_stamped)


def _needle(recipe: str, rate_hz: int, first: int, k: int) -> Signal:
    return from_needle(needle_scenes.make_scene(needle_scenes.RECIPES[recipe], rate_hz, first + k), recipe)


def _added(excerpts: Sequence[Excerpt], data: Path, first: int, k: int) -> Signal:
    return add_twitches(excerpts[k % len(excerpts)].cut(data), first + k)


def _cut(excerpts: Sequence[Excerpt], data: Path, k: int) -> Signal:
    return excerpts[k].cut(data)


def scene_kinds(first: int, n: int, n_peers: int) -> list[Kind]:
    """Return the composed scenes."""
    return [
        Kind(name, partial(_scene, name, first), n, n_peers, (n + 1) // 2, "all" if recipe.answered == 0.0 else "")
        for name, recipe in KINDS.items()
    ]


def stranger_kinds(first: int, n: int) -> list[Kind]:
    """Return the sessions of the second generator."""
    return [Kind(f"stranger {name}", partial(_stranger, name, first), n) for name in strangers.KINDS]


def generator_kinds(first: int, n: int) -> list[Kind]:
    """Return the sessions of the two generators whose other seeds are used for training."""
    return [
        Kind(f"{generator} {name}", partial(_session, generator, name, first), n)
        for generator in GENERATORS
        for name in GENERATOR_KINDS
    ]


def patient_kinds(first: int, n: int) -> list[Kind]:
    """Return the simulated patients without a needle electrode."""
    kinds = []
    for rate_hz in (1000, 250):
        for name in SURFACE_SCENARIOS:
            make = partial(_patient, name, rate_hz, 120.0, first)
            kinds.append(Kind(f"{name} {rate_hz}", make, n, int(rate_hz == 1000 and name in PEER_SCENARIOS)))
        for name in STAMPED_SCENARIOS:
            make = partial(_patient, name, rate_hz, 120.0, first, is_stamped=True)
            kinds.append(Kind(f"{name} {rate_hz}, stamped", make, n))
    return kinds


def real_kinds(data: Path, first: int, n: int) -> list[Kind]:
    """Return the real recordings with known events, or with rest alone."""
    return [
        Kind("rest + twitches", partial(_added, REST, data, first), n * len(REST), len(REST), len(REST)),
        Kind(
            "activity + twitches",
            partial(_added, ACTIVITY, data, first),
            n * len(ACTIVITY),
            len(ACTIVITY),
            len(ACTIVITY),
        ),
        Kind("evoked", lambda k: from_recording(data / EVOKED), 1, 1, 1),
        Kind("rest", partial(_cut, REST, data), len(REST), len(REST), tuned_on="rest + twitches"),
    ]


def needle_kinds(first: int, n: int) -> list[Kind]:
    """Return the scenes and patients with a needle electrode."""
    scenes = [
        Kind(f"{name}, {rate_hz}", partial(_needle, name, rate_hz, first), n)
        for rate_hz in NEEDLE_RATES_HZ
        for name in needle_scenes.RECIPES
    ]
    patients = [
        Kind(f"patient {name}, {rate_hz}", partial(_patient, name, rate_hz, 120.0, first), max(1, n // 4))
        for rate_hz in NEEDLE_RATES_HZ
        for name in NEEDLE_SCENARIOS
    ]
    return [*scenes, *patients]


def rest_kinds(first: int) -> list[Kind]:
    """Return the simulated patient at rest, without needling."""
    return [
        Kind(f"patient at rest, {rate_hz}", partial(_patient, REST_SCENARIO, rate_hz, REST_PATIENT_S, first), 2)
        for rate_hz in (1000, 250)
    ]


def kinds_of(section: str, args: argparse.Namespace) -> list[Kind]:
    """Return the kinds of signal on which a section is scored."""
    first, n = RESERVED if args.release else STEERING, args.seeds
    if section == "scenes":
        return scene_kinds(first, n, args.peer_seeds)
    if section == "strangers":
        return stranger_kinds(first, max(1, n // 2))
    if section == "generators":
        return generator_kinds(RESERVED if args.release else GENERATOR_SEEDS, max(1, n // 2))
    if section == "patients":
        return patient_kinds(first, max(1, n // 6))
    if section == "recordings":
        return real_kinds(args.data, first, max(1, n // 4)) if args.data.is_dir() else []
    return rest_kinds(first) if section == "rest" else needle_kinds(first, max(1, n // 2))


def run(kinds: Iterable[Kind], results: Results) -> list[Kind]:
    """Run the methods on each kind, add their results to `results` and return the kinds."""
    done = []
    for kind in kinds:
        begun_s = time.perf_counter()
        results[kind.name] = compete(kind, PEERS if kind.n_for_peers else ())
        row = tables.our_table(results, [kind]).splitlines()[-1]
        print(f"{row} {time.perf_counter() - begun_s:.0f} s", flush=True)
        done.append(kind)
    return done


def recordings_table(data: Path) -> str:
    """Return the table of the events found in each unmodified real recording."""
    rows = []
    for path in recordings(data):
        try:
            one = from_recording(path)
        except AcquisitionError as error:
            rows.append([path.name, f"not read: {error}", *[""] * (len(tables.RECORDING_HEAD) - 2)])
            continue
        events = our_events(one)
        outcome = assess_events(one, events)
        rows.append(tables.recording_row(one, outcome, events, NOTES.get(path.name, "")))
    return tables.table(tables.RECORDING_HEAD, rows)


def head(args: argparse.Namespace) -> str:
    """Return the introduction of the page."""
    first = RESERVED if args.release else STEERING
    options = " --release" if args.release else ""
    use = "used for nothing else" if args.release else "used during development, never for training or thresholds"
    return f"""# Detector performance

Made by `{COMMAND}{options} --seeds {args.seeds} --peer-seeds {args.peer_seeds}`. Seeds start at {first} and are {use}.

- **Settings:** defaults everywhere: a budget of 0.05 false alarms per minute from noise alone at rest.
- **Found:** a verdict `twitch` begins between 50 ms before the twitch and 20 ms after its end. Every other verdict
  `twitch` is a false alarm, counted with the needle in unless the row says "rest".
- **Size:** peak over the RMS of the noise in the detection band. "All else" is everything else on the twitch's own
  channel from 0.1 s before to 0.1 s after it: noise, heartbeat, guarding, contraction. It is known for composed scenes
  only.
- **Real recordings:** no recording of a local twitch response is public. Evoked responses stand in and are scored
  separately; simulated twitches are added to real recordings."""


REFLEXES_SAY = """`reflexes` alone holds tap reflexes (at 5 % of the passes), fasciculations (four a minute) and
cramps: a tap reflex can look like a twitch. `all` holds every other confounder."""

PEERS_SAY = """The other methods work on one channel. They receive, with mains notched out, the channel that exceeds its
resting level most at each moment, in units of that level; onsets within 0.2 s count once. Each is tuned to its best F1
on the very signals of the column; TwitchScope is not tuned. A cell shows sensitivity (≥ 5×) · false alarms per minute ·
F1, or, without twitches, the false alarms per minute at the threshold tuned on `all` or `rest + twitches`. Because the
other methods are slow, they are run on {n} signals of each kind of scene and 1 of each patient. `abbink` and
NeuroKit2's `pelt` are not run; `bench/detection/peers.py` explains why."""


def report(args: argparse.Namespace) -> str:
    """Run everything and return the page; write the picture beside it."""
    results: Results = {}
    methods = (OURS, *(peer.name for peer in PEERS))
    done = {section: run(kinds_of(section, args), results) for section in SECTIONS}
    scenes, patients, real = done["scenes"], done["patients"], done["recordings"]
    drawn = [kind for kind in (*scenes, *real) if kind.n_for_curve and not kind.tuned_on]
    draw(results, drawn, methods, args.out.with_name("curves.png"))
    parts = [head(args)]
    parts += ["## Scenes, 8 channels", tables.our_table(results, scenes), REFLEXES_SAY]
    parts += [PEERS_SAY.format(n=args.peer_seeds)]
    parts += [tables.peer_table(results, scenes, methods)]
    parts += ["![operating curves](curves.png)", CURVES_SAY]
    parts += ["## A second generator", STRANGERS_SAY, tables.our_table(results, done["strangers"])]
    seeds = RESERVED if args.release else GENERATOR_SEEDS
    parts += ["## Two further generators", GENERATORS_SAY.format(first=seeds)]
    parts += [tables.our_table(results, done["generators"])]
    parts += ["## Simulated patients, 8 channels", STAMPED_SAY, tables.our_table(results, patients)]
    parts += [tables.peer_table(results, [kind for kind in patients if kind.n_for_peers], methods)]
    parts += ["## Real recordings", tables.our_table(results, real), tables.peer_table(results, real, methods)]
    parts += [recordings_table(args.data)] if real else ["(no folder of recordings was given)"]
    resting = [*[kind for kind in real if kind.name == "rest"], *done["rest"]]
    parts += ["## At rest", tables.our_table(results, resting)]
    parts += ["`python -m bench.budget` measures the budget itself, on hours of noise per line."]
    parts += ["## Needle electrodes", NEEDLES_SAY, tables.our_table(results, done["needles"])]
    return "\n\n".join(parts) + "\n"


def print_some(args: argparse.Namespace) -> None:
    """Print our own table of the chosen sections, row by row."""
    print(tables.table(tables.OUR_HEAD, []))
    for section in args.only or SECTIONS:
        chosen = [kind for kind in kinds_of(section, args) if not args.kinds or _plain(kind.name) in args.kinds]
        run([replace(kind, n_for_peers=0, n_for_curve=0) for kind in chosen], {})


def _plain(name: str) -> str:
    for prefix in ("stranger", *GENERATORS):
        name = name.removeprefix(f"{prefix} ")
    return name


STRANGERS_SAY = """Sessions of `bench/detection/strangers.py`, never used for training; 8 channels at 1 kSPS unless the
name says otherwise."""

GENERATORS_SAY = """Sessions of `bench/detection/units` (muscle of motor units, each with its potential at every
electrode pair) and `bench/detection/envelopes` (coloured noise under envelopes): 1 to 16 channels, 1 or 2 kSPS unless
the name says otherwise. Unlike the strangers, these two generators are also used for training, with other seeds: 1000
to 2199 for training, from {first} on here."""

STAMPED_SAY = """*Stamped* rows are the same sessions; here the detector is given the sample of each needle contact, as
a switch in the needle holder would report it."""

CURVES_SAY = """Sensitivity against false alarms per minute, at the thresholds of each method for which no other
threshold is better in both. TwitchScope's threshold is the classifier's probability; the ring marks the default."""

NEEDLES_SAY = """Endplate noise of 10 to 50 µV, irregular spikes of 100 to 600 µV at up to 50 per second, insertional
bursts of 300 to 500 ms at every pass (`bench/detection/needle_scenes.py`). Size is the volley's peak over the RMS of
everything on the channel while the needle is still, spikes included."""


def main() -> None:
    parser = argparse.ArgumentParser(
        prog=COMMAND, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", nargs="?", type=Path, default=DEFAULT_DATA, help="folder of real recordings")
    parser.add_argument(
        "--out", type=Path, default=HERE / "RESULTS.md", help="page to write; curves.png goes beside it"
    )
    parser.add_argument("--only", nargs="+", choices=SECTIONS, help="print our own tables of these parts alone")
    parser.add_argument("--kinds", nargs="+", metavar="NAME", help="print our own tables of these kinds alone")
    parser.add_argument("--seeds", type=int, default=20, help="of each kind of scene")
    parser.add_argument("--peer-seeds", type=int, default=2, help="of each kind of scene, for the other methods")
    parser.add_argument("--release", action="store_true", help="score the reserved seeds: only before a release")
    args = parser.parse_args()
    if args.only or args.kinds:
        print_some(args)
        return
    text = report(args)
    args.out.write_text(text, encoding="utf-8")
    print("\n" + text)


if __name__ == "__main__":
    np.seterr(all="raise", under="ignore")
    main()
