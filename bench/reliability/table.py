"""The table of `hardware_docs/reliability.md`."""

import json
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

HEAD = """# What goes wrong, and what becomes of it

Each row is a fault that was really injected into the real program, what is promised, and what was measured. The table
is made by `make reliability` and by nothing else; the line above the rows of a kind tells which run made them. A kind
can be run again by itself: `make reliability RELIABILITY_ARGS="--only rate"`.

No hardware was on the bench. The board is the simulated one, behind a pseudo-terminal where ports and programs are
concerned, and on a clock of its own where hours must pass at once.

One limit of the wire is no row: a packet has no checksum. One that lost bytes is refused where strange bytes fill it
up, unless they are exactly as many as were lost and end in a tail, which makes a whole packet of it. No such bytes are
injected.

"""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table.

    Attributes
    ----------
    fault, injected, promised, measured : str
        What the columns say.
    is_kept : bool
        Whether what was measured keeps what is promised.
    """

    fault: str
    injected: str
    promised: str
    measured: str
    is_kept: bool


@dataclass(frozen=True, slots=True)
class Section:
    """The rows of one kind of fault, and the run that made them.

    Attributes
    ----------
    title : str
        Of the kind.
    command : str
        What made them.
    made_on : str
        Date and time.
    took_s : float
        How long it took.
    load : float
        Programs that wanted a core, mean of the minute at the end.
    rows : list of Row
        What was found.
    """

    title: str
    command: str
    made_on: str
    took_s: float
    load: float
    rows: list[Row]


def keep(path: Path, name: str, section: Section) -> None:
    """Put a section in the place of its last one in the file of all."""
    known = json.loads(path.read_text("utf-8")) if path.exists() else {}
    known[name] = asdict(section)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(known, indent=1, ensure_ascii=False), "utf-8")


def kept_sections(path: Path) -> dict[str, Section]:
    """Return the sections of the file of all."""
    known = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return {name: Section(**{**told, "rows": [Row(**row) for row in told["rows"]]}) for name, told in known.items()}


def render(sections: Iterable[Section]) -> str:
    """Return the document."""
    lines = [
        HEAD + f"Made on {_cores()}, {platform.system()} {platform.machine()}, Python {platform.python_version()}.",
        "",
    ]
    lines += ["| fault | how it is injected | promised | measured | kept |", "|---|---|---|---|---|"]
    for section in sections:
        made = f"`{section.command}`, {section.made_on}, {section.took_s / 60.0:.1f} minutes, load {section.load:.1f}"
        lines.append(f"| **{section.title}** | *{made}* | | | |")
        lines += [
            f"| {row.fault} | {row.injected} | {row.promised} | {row.measured} | {'yes' if row.is_kept else '**no**'} |"
            for row in section.rows
        ]
    return "\n".join(lines) + "\n"


def _cores() -> str:
    try:
        n_cores = Path("/proc/cpuinfo").read_text("utf-8").count("processor\t")
    except OSError:
        return "an unknown number of cores"
    return f"{n_cores} cores"
