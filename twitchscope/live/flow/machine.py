"""State machine of a session: steps, keys, and what is refused and why. Independent of the window."""

from collections.abc import Callable
from dataclasses import dataclass, field

from acquisition.core import Channel
from twitchscope.entries.sites import AFTER, BEFORE, SiteLog
from twitchscope.entries.visit import Visit
from twitchscope.findings.site import channels_at_site
from twitchscope.live.flow.check_steps import ContractionStep, ElectrodesStep, RestStep
from twitchscope.live.flow.monitor import Monitor
from twitchscope.live.flow.site_steps import NEEDLE_IS_IN, NOT_KEPT, ClosedStep, NeedleStep, QuestionsStep, SiteStep
from twitchscope.live.flow.steps import BACK, GO_ON, SKIP_ALL, WITHOUT, Sheet, Step, StepState
from twitchscope.words import tr


@dataclass(slots=True)
class Surroundings:
    """Connections of the flow to the session and the window.

    Attributes
    ----------
    sites : SiteLog
        Stores everything entered.
    monitor : Monitor
        Levels and verdicts.
    time_s : callable
        Returns the current signal time in seconds.
    needle_is_in : callable
        Returns whether a pass has begun and not ended.
    finish : callable
        Ends the session.
    contract : callable or None
        Makes a simulated patient contract; None if a person is asked to.
    site_begins, site_closed : callable
        Called just before a site is opened, and when it has been closed.
    visit : Visit
        Contains the needle of the first site.
    """

    sites: SiteLog
    monitor: Monitor
    time_s: Callable[[], float]
    needle_is_in: Callable[[], bool]
    finish: Callable[[], None]
    contract: Callable[[], None] | None = None
    site_begins: Callable[[], None] = lambda: None
    site_closed: Callable[[], None] = lambda: None
    visit: Visit = field(default_factory=Visit)


class Flow:
    """Current step of a session.

    Parameters
    ----------
    around : Surroundings
        Connections to the session and the window.
    first : Step
        First step: `Step.ELECTRODES`, or `Step.NEEDLE` to skip all questions.
    """

    def __init__(self, around: Surroundings, first: Step = Step.ELECTRODES) -> None:
        self._around = around
        self._details = _details_of(around.monitor.info.channels, around.visit)
        self._state: StepState = self._state_of(first)

    @property
    def step(self) -> Step:
        """Current step."""
        return self._state.step

    @property
    def is_at_needle(self) -> bool:
        """Whether the current step is the needle, during which all keys set marks."""
        return isinstance(self._state, NeedleStep)

    @property
    def asks(self) -> bool:
        """Whether a question on the site is open."""
        return isinstance(self._state, QuestionsStep)

    @property
    def asks_for_contraction(self) -> bool:
        """Whether a contraction is to be started by a key, or is under way."""
        state = self._state
        return isinstance(state, ContractionStep) and (state.is_running or state.found is None)

    @property
    def is_contracting(self) -> bool:
        """Whether the muscle is to contract now rather than rest."""
        return isinstance(self._state, ContractionStep) and self._state.is_running

    @property
    def has_open_site(self) -> bool:
        """Whether a site has begun and not been closed."""
        return self._around.sites.book.open_site is not None

    def sheet(self) -> Sheet:
        """Return the sheet of the current step."""
        return self._state.sheet()

    def tick(self) -> None:
        """Process new signal; to be called several times per second."""
        self._state.tick()

    def takes(self, key: str) -> bool:
        """Return whether a key has a meaning in this step."""
        return any(choice.key == key for choice in self.sheet().choices)

    def press(self, key: str) -> str | None:
        """Process a key, named as Qt names it.

        Returns
        -------
        str or None
            Why the key is refused; empty if it was accepted, None if it has no meaning here.
        """
        if not self.takes(key):
            return None
        state = self._state
        if isinstance(state, ContractionStep) and key == state.begins_on:
            return state.press(key)
        if key == GO_ON:
            return self.go_on()
        if key == BACK:
            return self.go_back()
        if key == SKIP_ALL and isinstance(state, QuestionsStep):
            state.skip_all()
            return self._after_question(state)
        refused = state.press(key)
        if refused == "" and key == WITHOUT:
            return self.go_on()
        if isinstance(state, QuestionsStep) and not refused:
            return self._after_question(state)
        return refused

    def enter(self, text: str) -> str:
        """Process typed text and return why it is refused, empty if it was accepted."""
        state = self._state
        refused = state.enter(text)
        if not refused and isinstance(state, QuestionsStep):
            return self._after_question(state)
        return refused

    def leave_line(self) -> None:
        """Cancel typing: nothing is changed, or the previous question returns."""
        state = self._state
        if isinstance(state, QuestionsStep):
            state.previous()
        elif isinstance(state, SiteStep):
            state.leave_line()

    def go_on(self) -> str:
        """Go to the next step or question and return why not, empty if done."""
        state = self._state
        why_not = state.why_not_on()
        if why_not:
            return why_not
        if isinstance(state, QuestionsStep):
            state.next()
            return self._after_question(state)
        if isinstance(state, SiteStep):
            return self._begin_site(state)
        if isinstance(state, ElectrodesStep):
            state.leave()
        following = Step.SITE if isinstance(state, ClosedStep) else list(Step)[list(Step).index(state.step) + 1]
        if following is Step.AFTER and not self._has_site():
            return tr(NOT_KEPT)
        self._state = self._state_of(following)
        return ""

    def go_back(self) -> str:
        """Go to the previous step or question and return why not, empty if done."""
        state = self._state
        if isinstance(state, QuestionsStep) and state.previous():
            return ""
        if state.step is Step.BEFORE:
            return tr("the site has begun: there is no way back before its end")
        before = list(Step)[list(Step).index(state.step) - 1]
        if before in (Step.BOARD, Step.CHANNELS) or isinstance(state, ClosedStep):
            return tr("there is no way back from here")
        if before is Step.BEFORE and self._around.sites.book.open_site is None:
            before = Step.SITE
        self._state = self._state_of(before)
        return ""

    def _has_site(self) -> bool:
        """Return whether a site is open; if needling came first, open one here."""
        sites = self._around.sites
        return sites.book.open_site is not None or sites.begin(self._around.time_s(), self._details)

    def _begin_site(self, state: SiteStep) -> str:
        self._details = dict(state.details)
        self._around.site_begins()  # first, so that the site's entries are already stored as masked
        if not self._around.sites.begin(self._around.time_s(), self._details):
            return tr(NOT_KEPT)
        self._state = self._state_of(Step.BEFORE)
        return ""

    def _after_question(self, state: QuestionsStep) -> str:
        """Leave the questions after the last one."""
        if not state.is_over:
            return ""
        if state.step is Step.BEFORE:
            self._state = self._state_of(Step.NEEDLE)
            return ""
        refused = self._close_site()
        if refused:
            state.previous()  # the last question stays open until that is corrected
        return refused

    def _close_site(self) -> str:
        """Close the site and return why not, empty if done."""
        around = self._around
        if around.needle_is_in():  # the mark of its removal was undone, or it went in again
            return tr(NEEDLE_IS_IN)
        if not around.sites.end(around.time_s()):
            return tr(NOT_KEPT)
        self._state = ClosedStep(around.sites, around.monitor, around.finish)
        around.site_closed()
        return ""

    def _state_of(self, step: Step) -> StepState:
        around = self._around
        match step:
            case Step.ELECTRODES:
                return ElectrodesStep(around.monitor, around.sites, around.time_s)
            case Step.CONTRACTION:
                return ContractionStep(around.monitor, around.sites, around.contract)
            case Step.REST:
                return RestStep(around.monitor, around.sites)
            case Step.SITE:
                return SiteStep(around.sites, dict(self._details))
            case Step.BEFORE:
                return QuestionsStep(BEFORE, around.sites, around.time_s)
            case Step.AFTER:
                return QuestionsStep(AFTER, around.sites, around.time_s)
            case _:
                return NeedleStep(around.needle_is_in)


def _details_of(channels: tuple[Channel, ...], visit: Visit) -> dict[str, str]:
    """Return the details of the first site that the setup contains."""
    named = [channel for channel in channels if channel.muscle or channel.side]
    needled = channels_at_site(named)
    details = {"muscle": needled[0].muscle, "side": needled[0].side} if needled else {}
    details["needle_gauge"] = visit.needle_gauge
    details["needle_length_mm"] = f"{visit.needle_length_mm:g}" if visit.needle_length_mm else ""
    return details
