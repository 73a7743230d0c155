"""Steps of a site: details, questions before, the needle, questions after, and the end."""

import math
from collections.abc import Callable

from twitchscope.entries.questions import Question, questions
from twitchscope.entries.sites import BEFORE, Answer, SiteLog
from twitchscope.findings.site import SiteSpan
from twitchscope.live.flow.monitor import Monitor
from twitchscope.live.flow.steps import BACK, GO_ON, SKIP_ALL, Choice, QuietStep, Sheet, Step
from twitchscope.words import for_later, tr, tr_n

FINISH = "Q"
NEEDLE_IS_IN = for_later("the needle is in: first mark it out (N)")
NOT_KEPT = for_later("not kept: no recording is running")
MOST_LETTERS = 60

POINTS = {"1": "active", "2": "latent", "3": ""}
SIDES = {"4": "left", "5": "right"}
TYPED = {"6": "muscle", "7": "position", "8": "needle"}


class SiteStep(QuietStep):
    """Details of the next site; initially those of the previous site, or of the channels."""

    step = Step.SITE

    def __init__(self, sites: SiteLog, details: dict[str, str]) -> None:
        self.details = details
        self._number = len(sites.book.sites) + 1
        self._typing = ""

    def press(self, key: str) -> str | None:
        """Change a detail by its key."""
        if key in POINTS:
            self.details["point"] = POINTS[key]
        elif key in SIDES:
            self.details["side"] = SIDES[key]
        elif key in TYPED:
            self._typing = TYPED[key]
        else:
            return None
        return ""

    def enter(self, text: str) -> str:
        """Store the text typed for the detail being changed."""
        key, self._typing = self._typing, ""
        entry = text.strip()
        if len(entry) > MOST_LETTERS:
            return tr("at most {n} letters").format(n=MOST_LETTERS)
        if key == "needle":
            gauge, _, length = entry.partition(" ")
            self.details["needle_gauge"], self.details["needle_length_mm"] = gauge, length.strip(" ×x*")
        elif key:
            self.details[key] = entry
        return ""

    def leave_line(self) -> None:
        """Cancel typing."""
        self._typing = ""

    def sheet(self) -> Sheet:
        """Return the sheet with the details of the site."""
        details = self.details
        if self._typing:
            prompt = {
                "muscle": tr("Muscle"),
                "position": tr("Position, such as: 3 cm above the crest"),
                "needle": tr("Needle: gauge, then length in mm, such as: 0.30 40"),
            }[self._typing]
            held = {"needle": f"{details.get('needle_gauge', '')} {details.get('needle_length_mm', '')}".strip()}
            return Sheet(prompt, entry=held.get(self._typing, details.get(self._typing, "")))
        place = " ".join(tr(details[key]) for key in ("muscle", "side") if details.get(key)) or tr("muscle not stated")
        needle = " × ".join(details[key] for key in ("needle_gauge", "needle_length_mm") if details.get(key))
        point = {"active": tr("active point"), "latent": tr("latent point")}.get(details.get("point", ""), "")
        text = " · ".join(one for one in (place, point, details.get("position", ""), needle and f"{needle} mm") if one)
        choices = (
            Choice(GO_ON, tr("begin this site"), is_next=True),
            Choice("1", tr("active")), Choice("2", tr("latent")), Choice("3", tr("not stated")),
            Choice("4", tr("left")), Choice("5", tr("right")),
            Choice("6", tr("muscle")), Choice("7", tr("position")), Choice("8", tr("needle")),
            Choice(BACK, tr("back")),
        )  # fmt: skip
        return Sheet(tr("Site {n}").format(n=self._number), text, choices)


class QuestionsStep(QuietStep):
    """Questions before or after, one at a time."""

    def __init__(self, when: str, sites: SiteLog, time_s: Callable[[], float]) -> None:
        self.step = Step.BEFORE if when == BEFORE else Step.AFTER
        self._when = when
        self._sites = sites
        self._time_s = time_s
        self._questions = questions(when)
        self._place = 0

    @property
    def is_over(self) -> bool:
        """Whether all questions were answered or skipped."""
        return self._place >= len(self._questions)

    def next(self) -> None:
        """Skip this question."""
        self._place += 1

    def previous(self) -> bool:
        """Go back to the previous question; return False at the first."""
        if self._place == 0:
            return False
        self._place -= 1
        return True

    def skip_all(self) -> None:
        """Skip all remaining questions."""
        self._place = len(self._questions)

    def press(self, key: str) -> str | None:
        """Store an answer by its key and go to the next question."""
        question = self._questions[self._place]
        if key not in question.ladder:
            return None
        value, words = question.ladder[key]
        return self._keep(Answer(question.label, self._when, value, words))

    def enter(self, text: str) -> str:
        """Store a typed number; empty text skips the question."""
        question = self._questions[self._place]
        entry = text.strip().replace(",", ".")
        if not entry:
            self.next()
            return ""
        try:
            value = float(entry)
        except ValueError:
            value = math.nan
        if not 0.0 <= value <= question.most:
            return tr("{text!r} is no number from 0 to {most:g} {unit}").format(
                text=text, most=question.most, unit=question.unit
            )
        return self._keep(Answer(question.label, self._when, value, f"{value:g} {question.unit}", question.unit))

    def _keep(self, answer: Answer) -> str:
        if not self._sites.answer(self._time_s(), answer):
            return tr(NOT_KEPT)
        self.next()
        return ""

    def sheet(self) -> Sheet:
        """Return the sheet with the question."""
        question = self._questions[self._place]
        when = tr("before") if self._when == BEFORE else tr("after")
        title = f"{tr(question.words)} ({when}, {self._place + 1}/{len(self._questions)})"
        leaving = (
            Choice(GO_ON, tr("leave out"), is_next=True),
            Choice(SKIP_ALL, tr("leave all out"), is_held=True),
            Choice(BACK, tr("back")),
        )
        if not question.ladder:
            text = tr("Type a number in {unit} and press Return; Return alone leaves it out.").format(
                unit=question.unit
            )
            return Sheet(title, text, leaving, entry=self._answered(question))
        ladder = tuple(Choice(key, tr(words)) for key, (_, words) in question.ladder.items())
        return Sheet(title, "", (*ladder, *leaving))

    def _answered(self, question: Question) -> str:
        site = self._sites.book.open_site
        answer = site.answers.get((question.label, self._when)) if site is not None else None
        return "" if answer is None or answer.value is None else f"{answer.value:g}"


class NeedleStep(QuietStep):
    """Needling, during which no sheet covers the view."""

    step = Step.NEEDLE

    def __init__(self, needle_is_in: Callable[[], bool]) -> None:
        self._needle_is_in = needle_is_in

    def sheet(self) -> Sheet:
        """Return the sheet with the choices alone."""
        return Sheet(
            "", "", (Choice(GO_ON, tr("close the site"), is_next=True, is_held=True), Choice(BACK, tr("back")))
        )

    def why_not_on(self) -> str:
        """Return why not to close a site while the needle is in."""
        return tr(NEEDLE_IS_IN) if self._needle_is_in() else ""


class ClosedStep(QuietStep):
    """Closed site, followed by the next one or the end."""

    step = Step.AFTER

    def __init__(self, sites: SiteLog, monitor: Monitor, finish: Callable[[], None]) -> None:
        site, start_s, stop_s = sites.book.spans(math.inf)[-1]
        self._number = site.number
        self._span = SiteSpan(start_s, stop_s)
        self._monitor = monitor
        self._finish = finish

    def press(self, key: str) -> str | None:
        """End the session."""
        if key != FINISH:
            return None
        self._finish()
        return ""

    def sheet(self) -> Sheet:
        """Return the sheet with the result of the site."""
        n = self._monitor.n_twitches(self._span)  # counted now, as a verdict may come after the site was closed
        found = (
            tr_n("{n} twitch confirmed", "{n} twitches confirmed", n) if n else tr(self._monitor.none_seen(self._span))
        )
        choices = (Choice(GO_ON, tr("next site"), is_next=True), Choice(FINISH, tr("finish the session"), is_held=True))
        return Sheet(tr("Site {n} is closed").format(n=self._number), found, choices)
