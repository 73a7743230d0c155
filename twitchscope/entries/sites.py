"""The sites of a session: where the needle goes, and what is said of it before and after.

Everything is a line of the journal first; a `SiteBook` is what these lines come to, in a running session and when its
files are read again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

SITE, ANSWER, CHECK = "site", "answer", "check"
"""Kinds of lines of the journal besides events and marks."""

SITE_BEGIN, SITE_END = "site_begin", "site_end"
BEFORE, AFTER = "before", "after"
CONTRACTION = "contraction"
"""The check that asks for unrest."""

DETAILS = ("muscle", "side", "point", "position", "needle_gauge", "needle_length_mm")
"""What is said of a site when it begins: `point` is ``active``, ``latent`` or empty."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: what was asked, `BEFORE` or `AFTER`, a number where it has one, and its words."""

    label: str
    when: str
    value: float | None
    text: str
    unit: str = ""

    def record(self) -> dict[str, Any]:
        """Return it for a file."""
        told: dict[str, Any] = {"label": self.label, "when": self.when, "value": self.value, "text": self.text}
        return {**told, "unit": self.unit} if self.unit else told


@dataclass(slots=True)
class Site:
    """A site.

    Attributes
    ----------
    number : int
        From 1.
    begin_s : float
        When it was named.
    details : dict
        Of `DETAILS` those that were told.
    end_s : float or None
        When it was closed.
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
        """Muscle and side, or only the number where they were not told."""
        place = " ".join(self.details[key] for key in ("muscle", "side") if self.details.get(key))
        return f"{self.number}: {place}" if place else f"{self.number}"

    def record(self) -> dict[str, Any]:
        """Return it for a file."""
        return {
            "number": self.number,
            "begin_s": self.begin_s,
            "end_s": self.end_s,
            **self.details,
            "answers": [answer.record() for answer in self.answers.values()],
        }


@dataclass(slots=True)
class SiteBook:
    """What the lines of a journal come to."""

    sites: list[Site] = field(default_factory=list)
    checks: list[dict[str, Any]] = field(default_factory=list)

    @property
    def open_site(self) -> Site | None:
        """The site that was named and not closed."""
        return self.sites[-1] if self.sites and self.sites[-1].end_s is None else None

    def begin(self, time_s: float, details: Mapping[str, str]) -> Site:
        """Begin a site; one that is open ends there."""
        self.end(time_s)
        site = Site(len(self.sites) + 1, time_s, {key: details[key] for key in DETAILS if details.get(key)})
        self.sites.append(site)
        return site

    def end(self, time_s: float) -> None:
        """Close the open site, if there is one."""
        if self.open_site is not None:
            self.open_site.end_s = time_s

    def answer(self, number: int, answer: Answer) -> None:
        """Take an answer about site `number`; one that is not there is nobody's."""
        if 1 <= number <= len(self.sites):
            self.sites[number - 1].answers[answer.label, answer.when] = answer

    def spans(self, end_s: float) -> list[tuple[Site, float, float]]:
        """Return each site with the stretch of signal that counts for it, in seconds.

        It begins where the site before it was closed, since its resting baseline was learnt before it was named, and
        ends where it was closed, or at `end_s`.
        """
        found, start_s = [], 0.0
        for site in self.sites:
            stop_s = end_s if site.end_s is None else site.end_s
            found.append((site, start_s, stop_s))
            start_s = stop_s
        return found


class LineKeeper(Protocol):
    """What keeps lines: a `Session`."""

    def keep(self, line: dict[str, Any], annotation: str) -> bool:
        """Keep a line of the journal, and its words in the recording; False where no recording is under way."""
        ...


class SiteLog:
    """Keeps what is said of sites, and knows what it comes to.

    Parameters
    ----------
    keeper : LineKeeper
        Where it is kept.
    tell_unrest : callable, optional
        Called with start and stop of a contraction that somebody was asked for, in seconds.
    """

    def __init__(self, keeper: LineKeeper, tell_unrest: Callable[[float, float], None] = lambda *_: None) -> None:
        self.book = SiteBook()
        self._keeper = keeper
        self._tell_unrest = tell_unrest

    def begin(self, time_s: float, details: Mapping[str, str]) -> bool:
        """Begin a site at `time_s` of the signal; return whether a recording keeps it."""
        number = len(self.book.sites) + 1
        told = {key: details[key] for key in DETAILS if details.get(key)}
        line = {"kind": SITE, "label": SITE_BEGIN, "onset_s": round(time_s, 6), "site": number, **told}
        if not self._keeper.keep(line, " ".join(["site", str(number), "begins", *told.values()])):
            return False
        self.book.begin(round(time_s, 6), told)
        return True

    def end(self, time_s: float) -> bool:
        """Close the open site; False where there is none, or no recording keeps it."""
        site = self.book.open_site
        if site is None:
            return False
        line = {"kind": SITE, "label": SITE_END, "onset_s": round(time_s, 6), "site": site.number}
        if not self._keeper.keep(line, f"site {site.number} ends"):
            return False
        self.book.end(round(time_s, 6))
        return True

    def answer(self, time_s: float, answer: Answer) -> bool:
        """Keep an answer about the open site; a later one to the same question takes its place."""
        site = self.book.open_site
        if site is None:
            return False
        line = {"kind": ANSWER, "onset_s": round(time_s, 6), "site": site.number, **answer.record()}
        if not self._keeper.keep(line, f"site {site.number} {answer.when} {answer.label}: {answer.text}"):
            return False
        self.book.answer(site.number, answer)
        return True

    def check(
        self, label: str, start_s: float, stop_s: float, text: str, channels: Sequence[Mapping[str, object]]
    ) -> bool:
        """Keep what was measured before the needle: ``contact``, ``contraction`` or ``resting_baseline``."""
        if label == CONTRACTION:
            self._tell_unrest(start_s, stop_s)
        told = {
            "label": label,
            "onset_s": round(start_s, 6),
            "offset_s": round(stop_s, 6),
            "text": text,
            "channels": [dict(channel) for channel in channels],
        }
        if not self._keeper.keep({"kind": CHECK, **told}, f"check {label}: {text}"):
            return False
        self.book.checks.append(told)
        return True
