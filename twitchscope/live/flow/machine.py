"""The way through a session as a state machine: steps, keys, what is refused and why. It knows no window."""

from collections.abc import Callable
from dataclasses import dataclass, field

from acquisition.core import Channel
from twitchscope.entries.sites import AFTER, BEFORE, SiteLog
from twitchscope.entries.visit import Visit
from twitchscope.findings.site import channels_at_site
from twitchscope.live.flow.checking import ContractionStep, ElectrodesStep, RestStep
from twitchscope.live.flow.monitor import Monitor
from twitchscope.live.flow.siting import NEEDLE_IS_IN, ClosedStep, NeedleStep, QuestionsStep, SiteStep
from twitchscope.live.flow.steps import BACK, GO_ON, SKIP_ALL, WITHOUT, Sheet, Step, StepState
from twitchscope.words import for_later, tr

NOT_KEPT = for_later("not kept: no recording is running")


@dataclass(slots=True)
class Surroundings:
    """What the flow asks of the session and of the window, and what it tells them.

    Attributes
    ----------
    sites : SiteLog
        Where all that is said goes.
    monitor : Monitor
        What is looked at.
    time_s : callable
        Signal time now, in seconds.
    needle_is_in : callable
        Whether a pass has begun and not ended.
    finish : callable
        End the session.
    contract : callable or None
        Lets a simulated patient contract; a person is asked to.
    site_begins, site_closed : callable
        Called when a site has begun, and when it has been closed.
    visit : Visit
        Needle of the first site.
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
    """Where one is in a session.

    Parameters
    ----------
    around : Surroundings
        Session and window.
    first : Step
        Where it begins: `Step.ELECTRODES`, or `Step.NEEDLE` where nothing is asked.
    """

    def __init__(self, around: Surroundings, first: Step = Step.ELECTRODES) -> None:
        self._around = around
        self._details = _details_of(around.monitor.info.channels, around.visit)
        self._state: StepState = self._state_of(first)

    @property
    def step(self) -> Step:
        """The step that is gone through now."""
        return self._state.step

    @property
    def is_at_needle(self) -> bool:
        """Whether the needle has its turn, and all keys are those of marks."""
        return isinstance(self._state, NeedleStep)

    @property
    def asks(self) -> bool:
        """Whether a question of the site waits for its answer."""
        return isinstance(self._state, QuestionsStep)

    @property
    def asks_for_contraction(self) -> bool:
        """Whether a contraction is what comes next, at the key, or is under way."""
        state = self._state
        return isinstance(state, ContractionStep) and (state.is_running or state.found is None)

    @property
    def is_contracting(self) -> bool:
        """Whether the muscle is to contract now, and not to rest."""
        return isinstance(self._state, ContractionStep) and self._state.is_running

    @property
    def has_open_site(self) -> bool:
        """Whether a site has begun and not been closed."""
        return self._around.sites.book.open_site is not None

    def sheet(self) -> Sheet:
        """Return what is put before the user now."""
        return self._state.sheet()

    def tick(self) -> None:
        """Look at what the signal has brought; to be called some times a second."""
        self._state.tick()

    def takes(self, key: str) -> bool:
        """Tell whether a key means something in this step."""
        return any(choice.key == key for choice in self.sheet().choices)

    def press(self, key: str) -> str | None:
        """Take a key, named as Qt names it.

        Returns
        -------
        str or None
            Why it is refused, empty where it was taken; None where it means nothing here.
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
        """Take what was typed; return why it is refused, empty where it is not."""
        state = self._state
        refused = state.enter(text)
        if not refused and isinstance(state, QuestionsStep):
            return self._after_question(state)
        return refused

    def leave_line(self) -> None:
        """Leave what is being typed: unchanged, or back to the question before."""
        state = self._state
        if isinstance(state, QuestionsStep):
            state.previous()
        elif isinstance(state, SiteStep):
            state.leave_line()

    def go_on(self) -> str:
        """Go to the next step or question; return why not, empty where one has gone on."""
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
        """Go to the step or question before; return why not, empty where one has gone back."""
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
        """Return whether a site is open; one that nobody named begins here, where the needle came first."""
        sites = self._around.sites
        return sites.book.open_site is not None or sites.begin(self._around.time_s(), self._details)

    def _begin_site(self, state: SiteStep) -> str:
        self._details = dict(state.details)
        self._around.site_begins()  # first, so that what is kept of the site is kept as hidden where it is
        if not self._around.sites.begin(self._around.time_s(), self._details):
            return tr(NOT_KEPT)
        self._state = self._state_of(Step.BEFORE)
        return ""

    def _after_question(self, state: QuestionsStep) -> str:
        """Leave the questions behind the last one."""
        if not state.is_over:
            return ""
        if state.step is Step.BEFORE:
            self._state = self._state_of(Step.NEEDLE)
            return ""
        refused = self._close_site()
        if refused:
            state.previous()  # the last question stands until that is mended
        return refused

    def _close_site(self) -> str:
        """Close the site; return why not, empty where it is closed."""
        around = self._around
        if around.needle_is_in():  # that it is out was taken back, or it went in once more
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
    """Return what the setup already says of the first site."""
    named = [channel for channel in channels if channel.muscle or channel.side]
    needled = channels_at_site(named)
    details = {"muscle": needled[0].muscle, "side": needled[0].side} if needled else {}
    details["needle_gauge"] = visit.needle_gauge
    details["needle_length_mm"] = f"{visit.needle_length_mm:g}" if visit.needle_length_mm else ""
    return details
