from dataclasses import replace

import pytest

from dsp.events import TwitchEvent
from dsp.verdict.rules import REBURST_S, Rules

RATE_HZ = 1000.0
EVENT = TwitchEvent(5000, 5060, 5.0, 5.06, "twitch", 0.9, ("brief",), 0, (0,), 80.0, 20.0, 30.0, "medium", None, 5090)


@pytest.mark.parametrize(
    ("channel", "onset_index", "is_rest"),
    [
        (0, 5060 + round(REBURST_S * RATE_HZ) - 1, True),
        (0, 5060 + round(REBURST_S * RATE_HZ), False),
        (1, 4993, True),
        (1, 5059, True),
        (1, 5060, False),
    ],
)
def test_what_overlaps_a_twitch_on_any_channel_or_follows_it_on_its_own_is_its_rest(
    channel: int, onset_index: int, is_rest: bool
) -> None:
    rules = Rules(RATE_HZ)
    rules.remember(EVENT, "twitch")
    later = replace(EVENT, onset_index=onset_index, offset_index=onset_index + 70, channel=channel)
    assert rules._goes_on(later) is is_rest
    rules = Rules(RATE_HZ)
    rules.remember(EVENT, "uncertain")
    assert not rules._goes_on(later)
