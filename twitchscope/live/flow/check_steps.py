"""Steps before the first site: electrodes, a contraction, the resting baseline."""

from collections.abc import Callable

from acquisition.core import Role
from twitchscope.electrodes.contact import ContactLook, Quality, contact_lines
from twitchscope.electrodes.contraction import CONTRACTION_S, REST_S, Visibility, judge_contraction
from twitchscope.entries.sites import CONTRACTION, SiteLog
from twitchscope.findings.rest import LONG_S, SHORT_S, RestLearning
from twitchscope.live.flow.monitor import Monitor
from twitchscope.live.flow.steps import BACK, GO_ON, WITHOUT, Choice, Item, QuietStep, Sheet, Step, on_and_back
from twitchscope.words import for_later, tr

CONTRACT, AGAIN, LONGER = "V", "R", "L"

LATE_S = 20
"""Time in s after the baseline could have been learnt at which go-on skips it, as a pedal has no other key."""

STILL_LEARNING = for_later("the detector is still learning its own baseline")
TOO_SOON = for_later("not judged: one went on before enough of the signal had settled")

LOOK_EVERY = 4
"""Ticks between two checks of the electrodes; figures that change faster are unreadable."""


class ElectrodesStep(QuietStep):
    """Check of each electrode contact, repeated until the user goes on."""

    step = Step.ELECTRODES

    def __init__(self, monitor: Monitor, sites: SiteLog, time_s: Callable[[], float]) -> None:
        self._monitor = monitor
        self._sites = sites
        self._time_s = time_s
        self._looks = monitor.contacts()
        self._ticks = 0

    def tick(self) -> None:
        """Check the contacts on every `LOOK_EVERY`-th call."""
        self._ticks += 1
        if self._ticks % LOOK_EVERY == 0 or not self._looks:
            self._looks = self._monitor.contacts()

    def sheet(self) -> Sheet:
        """Return the sheet with the contact of each channel."""
        bad = [look for look in self._looks if look.quality is not Quality.GOOD]
        words = tr("go on all the same") if bad else tr("go on")
        text = "; ".join(map(tr, contact_lines(self._looks)))
        return Sheet(
            tr("Check the electrodes"), text, on_and_back(words), tuple(self._item(look) for look in self._looks)
        )

    def leave(self) -> None:
        """Record the contacts at the time of going on."""
        now_s = self._time_s()
        text = "; ".join(contact_lines(self._looks)) if self._looks else TOO_SOON
        self._sites.check("contact", now_s, now_s, text, [look.to_json() for look in self._looks])

    def _item(self, look: ContactLook) -> Item:
        """Return the noise of a channel with good contact, else its problem."""
        if look.quality is Quality.GOOD:
            return Item(look.name, f"{look.noise_uv:.1f} {tr(self._monitor.info.amplitude_unit)}", is_wrong=False)
        return Item(look.name, tr(look.quality.value), is_wrong=True)


class ContractionStep(QuietStep):
    """Short contraction that shows what these electrode pairs can detect."""

    step = Step.CONTRACTION

    def __init__(self, monitor: Monitor, sites: SiteLog, contract: Callable[[], None] | None) -> None:
        self._monitor = monitor
        self._sites = sites
        self._contract = contract
        self._start_second: int | None = None
        self.found: Visibility | None = None

    @property
    def is_running(self) -> bool:
        """Whether the muscle is to contract now."""
        return self._start_second is not None

    @property
    def begins_on(self) -> str:
        """Key that starts the contraction: go-on if nothing was measured yet, so that one key is enough."""
        return GO_ON if self.found is None else CONTRACT

    def press(self, key: str) -> str | None:
        """Start the contraction on its key, or skip the step."""
        if key == WITHOUT:
            return ""
        if key != self.begins_on:
            return None
        if self.is_running:
            return tr("it is running")
        if len(self._monitor.windows_uv(self._monitor.end_second - round(REST_S), self._monitor.end_second)) == 0:
            return tr("no signal yet: two seconds of rest are needed first")
        self._start_second = self._monitor.end_second
        self.found = None
        if self._contract is not None:
            self._contract()
        return ""

    def tick(self) -> None:
        """Evaluate the contraction when its time is over."""
        start = self._start_second
        if start is None or self._monitor.end_second < start + round(CONTRACTION_S) + 1:
            return
        self._start_second = None
        stop = start + round(CONTRACTION_S) + 1
        rest_uv = self._monitor.windows_uv(start - round(REST_S), start)
        contraction_uv = self._monitor.windows_uv(start, stop)
        if not len(rest_uv) or not len(contraction_uv):
            return
        self.found = judge_contraction(self._monitor.info, rest_uv, contraction_uv)
        seen = [*self.found.targets, *self.found.references]
        self._sites.check(CONTRACTION, start, stop, self.found.text(), [one.to_json() for one in seen])

    def sheet(self) -> Sheet:
        """Return the sheet with the instruction, or with the result."""
        if self._start_second is not None:
            left_s = self._start_second + round(CONTRACTION_S) + 1 - self._monitor.end_second
            stop = (Choice(BACK, tr("stop, and back")),)  # a board that stops sending must not trap the user here
            return Sheet(tr("Contract the muscle now, and hold"), tr("{s} s more").format(s=max(0, left_s)), stop)
        if self.found is None:
            text = tr(
                "A short contraction of the muscle under the pair: it should be seen there, and less on the reference. "
                "Rest first; at the key, contract and hold for 5 seconds."
            )
            begin = Choice(GO_ON, tr("contract now"), is_next=True)
            others = (Choice(WITHOUT, tr("go on without")), Choice(BACK, tr("back")))
            return Sheet(tr("Can this pair see anything?"), text, (begin, *others))
        choices = (*on_and_back(tr("go on")), Choice(CONTRACT, tr("contract once more")))
        good = self.found.is_seen and self.found.is_smaller_elsewhere
        return Sheet(tr("Seen") if good else tr("Look at this"), tr(self.found.text()), choices)

    def why_not_on(self) -> str:
        """Return why to wait while a contraction is measured."""
        return tr("the contraction is being measured") if self.is_running else ""


class RestStep(QuietStep):
    """Learning of the resting baseline, while everything is recorded."""

    step = Step.REST

    def __init__(self, monitor: Monitor, sites: SiteLog) -> None:
        self._monitor = monitor
        self._sites = sites
        self._learning = RestLearning(monitor.info, SHORT_S)
        self._next_second = self._began_second = monitor.end_second
        self._is_kept = False
        self._goes_without = False

    def press(self, key: str) -> str | None:
        """Start again for 10 or 60 s, or skip the baseline."""
        if key == WITHOUT:
            self._goes_without = True
            return ""
        if key not in (AGAIN, LONGER):
            return None
        self._learning = RestLearning(self._monitor.info, LONG_S if key == LONGER else SHORT_S)
        self._next_second = self._began_second = self._monitor.end_second
        self._is_kept = False
        return ""

    @property
    def is_late(self) -> bool:
        """Whether learning takes so long that go-on skips the baseline."""
        tried_s = self._monitor.end_second - self._began_second
        return not self._is_kept and tried_s >= self._learning.wanted_s + LATE_S

    def tick(self) -> None:
        """Evaluate new seconds and record the baseline when there are enough."""
        monitor, learning = self._monitor, self._learning
        # One second behind the end, as bursts are reported with a delay.
        while self._next_second < monitor.end_second - 1:
            second = self._next_second
            self._next_second += 1
            if monitor.is_kept(second):
                learning.take_second(second, monitor.level_uv(second), monitor.is_usable, self._disturbance(second))
        is_learnt = learning.is_done and monitor.baseline_is_learnt  # the detector's condition must hold too
        if is_learnt and not self._is_kept:
            self._is_kept = True
            stop_s = learning.start_s + learning.n_s
            self._sites.check("resting_baseline", learning.start_s, stop_s, self._learnt_text(), learning.to_json())

    def _disturbance(self, second: int) -> str:
        if self._monitor.was_lost(second):
            return tr("samples were lost")
        return tr("a burst at {s} s").format(s=second) if self._monitor.burst_in(second) else ""

    def _learnt_text(self) -> str:
        levels = [
            f"{channel.name} {rms_uv:.1f}"
            for channel, rms_uv in zip(self._monitor.info.channels, self._learning.rms_uv, strict=True)
            if channel.role is Role.SURFACE
        ]
        listed = ", ".join(levels[:4])
        unit = for_later(self._monitor.info.amplitude_unit)
        return for_later("{s} s at rest: {levels} {unit}", s=self._learning.n_s, levels=listed, unit=unit)

    def sheet(self) -> Sheet:
        """Return the sheet with the progress."""
        learning = self._learning
        onwards = tr("go on without") if self.is_late else tr("go on")
        choices = (*on_and_back(onwards), Choice(AGAIN, tr("again, 10 s")), Choice(LONGER, tr("60 s")))
        if self._is_kept:
            return Sheet(tr("The resting baseline is learnt"), tr(self._learnt_text()), choices)
        title = tr("Keep the muscle at rest: {n} of {wanted} s").format(n=learning.n_s, wanted=learning.wanted_s)
        text = tr("begun anew: {reason}").format(reason=learning.reason) if learning.reason else ""
        if learning.is_done:
            text = tr(STILL_LEARNING)
        return Sheet(
            title, text, choices if self.is_late else (*choices, Choice(WITHOUT, tr("go on without"), is_held=True))
        )

    def why_not_on(self) -> str:
        """Return why not to go on without a baseline, unless the user skips it."""
        if self._is_kept or self._goes_without or self.is_late:
            return ""
        if self._learning.is_done:
            return tr(STILL_LEARNING)
        reason = f" ({self._learning.reason})" if self._learning.reason else ""
        return tr("{n} of {wanted} s at rest are learnt{reason}").format(
            n=self._learning.n_s, wanted=self._learning.wanted_s, reason=reason
        )
