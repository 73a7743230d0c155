"""Sites of a session: where the needle goes, and the entries about it before and after.

Everything is first a line of the journal. A `SiteBook` is built from these lines, in a running session and when its
files are read again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

SITE, ANSWER, CHECK = "site", "answer", "check"
"""Kinds of journal lines besides events and marks."""

SITE_BEGIN, SITE_END = "site_begin", "site_end"
BEFORE, AFTER = "before", "after"
CONTRACTION = "contraction"
"""The check that requests a contraction, which counts as unrest."""

DETAILS = ("muscle", "side", "point", "position", "needle_gauge", "needle_length_mm")
"""Entries at the start of a site: `point` is ``active``, ``latent`` or empty."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer: its question, `BEFORE` or `AFTER`, a number if it has one, and its words."""

    label: str
    when: str
    value: float | None
    text: str
    unit: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the object for a file."""
        fields: dict[str, Any] = {"label": self.label, "when": self.when, "value": self.value, "text": self.text}
        return {**fields, "unit": self.unit} if self.unit else fields


@dataclass(slots=True)
class Site:
    """A site.

    Attributes
    ----------
    number : int
        From 1.
    begin_s : float
        Time in seconds at which it was named.
    details : dict
        The known ones of `DETAILS`.
    end_s : float or None
        Time in seconds at which it was closed.
    answers : dict
        The last answer to each question, by (label, when).
    """

    number: int
    begin_s: float
    details: dict[str, str]
    end_s: float | None = None
    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Number, with muscle and side if known."""
        place = " ".join(self.details[key] for key in ("muscle", "side") if self.details.get(key))
        return f"{self.number}: {place}" if place else f"{self.number}"

    def to_json(self) -> dict[str, Any]:
        """Return the object for a file."""
        return {
            "number": self.number,
            "begin_s": self.begin_s,
            "end_s": self.end_s,
            **self.details,
            "answers": [answer.to_json() for answer in self.answers.values()],
        }


@dataclass(slots=True)
class SiteBook:
    """Sites and checks of a session, built from the lines of its journal."""

    sites: list[Site] = field(default_factory=list)
    checks: list[dict[str, Any]] = field(default_factory=list)

    @property
    def open_site(self) -> Site | None:
        """The site that was named and not closed."""
        return self.sites[-1] if self.sites and self.sites[-1].end_s is None else None

    def begin(self, time_s: float, details: Mapping[str, str]) -> Site:
        """Begin a site, and close one that is open."""
        self.end(time_s)
        site = Site(len(self.sites) + 1, time_s, {key: details[key] for key in DETAILS if details.get(key)})
        self.sites.append(site)
        return site

    def end(self, time_s: float) -> None:
        """Close the open site, if there is one."""
        if self.open_site is not None:
            self.open_site.end_s = time_s

    def answer(self, number: int, answer: Answer) -> None:
        """Store an answer about site `number`; ignore it if there is no such site."""
        if 1 <= number <= len(self.sites):
            self.sites[number - 1].answers[answer.label, answer.when] = answer

    def spans(self, end_s: float) -> list[tuple[Site, float, float]]:
        """Return each site with the stretch of signal that belongs to it, in seconds.

        It starts where the previous site was closed, since the resting baseline is learnt before a site is named, and
        ends where the site was closed, or at `end_s`.
        """
        found, start_s = [], 0.0
        for site in self.sites:
            stop_s = end_s if site.end_s is None else site.end_s
            found.append((site, start_s, stop_s))
            start_s = stop_s
        return found


class LineKeeper(Protocol):
    """Keeper of journal lines: a `Session`."""

    def keep(self, line: dict[str, Any], annotation: str) -> bool:
        """Write a line to the journal and its annotation to the recording; return False if none is in progress."""
        ...


class SiteLog:
    """Log of the entries about sites, together with the resulting `SiteBook`.

    Parameters
    ----------
    keeper : LineKeeper
        Keeper of the lines.
    tell_unrest : callable, optional
        Called with start and stop in seconds of a requested contraction.
    """

    def __init__(self, keeper: LineKeeper, tell_unrest: Callable[[float, float], None] = lambda *_: None) -> None:
        self.book = SiteBook()
        self._keeper = keeper
        self._tell_unrest = tell_unrest

    def begin(self, time_s: float, details: Mapping[str, str]) -> bool:
        """Begin a site at `time_s` of the signal; return whether a recording keeps it."""
        number = len(self.book.sites) + 1
        stated = {key: details[key] for key in DETAILS if details.get(key)}
        line = {"kind": SITE, "label": SITE_BEGIN, "onset_s": round(time_s, 6), "site": number, **stated}
        if not self._keeper.keep(line, " ".join(["site", str(number), "begins", *stated.values()])):
            return False
        self.book.begin(round(time_s, 6), stated)
        return True

    def end(self, time_s: float) -> bool:
        """Close the open site; return False if there is none, or no recording keeps it."""
        site = self.book.open_site
        if site is None:
            return False
        line = {"kind": SITE, "label": SITE_END, "onset_s": round(time_s, 6), "site": site.number}
        if not self._keeper.keep(line, f"site {site.number} ends"):
            return False
        self.book.end(round(time_s, 6))
        return True

    def answer(self, time_s: float, answer: Answer) -> bool:
        """Record an answer about the open site, replacing an earlier answer to the same question."""
        site = self.book.open_site
        if site is None:
            return False
        line = {"kind": ANSWER, "onset_s": round(time_s, 6), "site": site.number, **answer.to_json()}
        if not self._keeper.keep(line, f"site {site.number} {answer.when} {answer.label}: {answer.text}"):
            return False
        self.book.answer(site.number, answer)
        return True

    def check(
        self, label: str, start_s: float, stop_s: float, text: str, channels: Sequence[Mapping[str, object]]
    ) -> bool:
        """Record a measurement made before needling: ``contact``, ``contraction`` or ``resting_baseline``."""
        if label == CONTRACTION:
            self._tell_unrest(start_s, stop_s)
        measurement = {
            "label": label,
            "onset_s": round(start_s, 6),
            "offset_s": round(stop_s, 6),
            "text": text,
            "channels": [dict(channel) for channel in channels],
        }
        if not self._keeper.keep({"kind": CHECK, **measurement}, f"check {label}: {text}"):
            return False
        self.book.checks.append(measurement)
        return True
