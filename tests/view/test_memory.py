"""Memory of a session and its window grows by only a few bytes per event."""

import tracemalloc

from dsp import TwitchEvent
from tests.twitchscope.events import event
from tests.twitchscope.flowing import Source
from twitchscope.findings.site import SiteSpan
from twitchscope.findings.twitch_log import TwitchLog
from twitchscope.findings.unrest import Unrest
from twitchscope.live.feed import Found
from twitchscope.live.flow.mask import Mask
from twitchscope.live.flow.monitor import MOST_VERDICTS, Monitor

N_EVENTS = 20_000
"""Events of a day of needling, one every four seconds."""


def test_the_twitches_of_a_day_take_less_than_two_megabytes() -> None:
    log, unrest = TwitchLog(), Unrest()
    tracemalloc.start()
    try:
        for number in range(N_EVENTS):
            onset_s = 4.0 * number
            times = (0, 0, onset_s, onset_s + 0.1)
            log.add(TwitchEvent(*times, "twitch", 0.9, (), 0, (0,), 80.0, 20.0, 30.0, "medium", None, 0))
            unrest.add(onset_s, onset_s + 0.1)
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert taken < N_EVENTS * 80, f"{taken / N_EVENTS:.0f} bytes a twitch"
    assert len(log.twitches()) == N_EVENTS


def test_the_steps_count_all_twitches_and_keep_the_last_verdicts() -> None:
    monitor = Monitor(Source(), (30.0, 400.0))
    for number in range(N_EVENTS):
        monitor.take_verdict(event(4.0 * number))
        monitor.take_verdict(event(4.0 * number, "heartbeat"))
    assert len(monitor.verdicts) == MOST_VERDICTS
    assert monitor.verdicts[-1].onset_s == 4.0 * (N_EVENTS - 1)
    assert monitor.n_twitches(SiteSpan()) == N_EVENTS
    assert monitor.n_twitches(SiteSpan(4.0 * (N_EVENTS - 10))) == 10
    assert monitor.burst_in(4 * (N_EVENTS - 1))
    assert not monitor.burst_in(4 * (N_EVENTS - 1) + 2)


def test_a_mask_keeps_no_heartbeats() -> None:
    mask = Mask(lambda is_shown: None)
    mask.put_on()
    for number in range(100):
        assert mask.through([Found(event(4.0 * number, "heartbeat"), 0.0)]) == []
    assert mask.through([Found(event(4.0), 0.0)]) == []
    assert [one.result for one in mask.lift()] == [event(4.0)]
