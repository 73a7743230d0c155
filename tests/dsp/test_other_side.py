"""What a reference pair shows lowers the confidence of a twitch, bars none, and changes nothing where there is none."""

import numpy as np
import pytest
from numpy.typing import NDArray

from dsp import TwitchDetector, TwitchEvent
from dsp.other_side import LEAST_SHIFT, OTHER_SIDE, USUAL_SHARE, shift_of
from tests.dsp.by_hand import RATE_HZ, add_twitch, near, noise, run

AT_S = 18.0
ROLES = ("surface", "surface", "surface", "reference")


def signal(share: float, seed: int = 5) -> NDArray[np.float64]:
    """A twitch on one pair, and so much of it 4 ms later at the last."""
    x = noise(AT_S + 3.0, len(ROLES), seed=seed)
    add_twitch(x, AT_S, 60.0, channel=1)
    if share > 0.0:
        add_twitch(x, AT_S + 0.004, 60.0 * share, channel=3)
    return x


def event_of(share: float, roles: tuple[str, ...] = ROLES, block: int = 50) -> TwitchEvent:
    (event,) = near(run(TwitchDetector(RATE_HZ, len(roles), roles=roles), signal(share), block=block), AT_S)
    return event


def test_the_larger_the_share_the_less_is_left() -> None:
    shifts = [shift_of(share) for share in np.linspace(0.0, 5.0, 101)]
    assert shifts == sorted(shifts, reverse=True)
    assert (shifts[0], shift_of(USUAL_SHARE), shifts[-1]) == (1.0, 1.0, LEAST_SHIFT)
    assert shift_of(1.0) == pytest.approx(0.25)


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_a_little_on_the_other_side_takes_nothing(share: float) -> None:
    as_surface = event_of(share, ("surface",) * len(ROLES))
    assert event_of(share) == as_surface
    assert as_surface.label == "twitch"


def test_as_much_on_the_other_side_lowers_the_confidence_and_bars_no_twitch() -> None:
    without, event = event_of(1.0, ("surface",) * len(ROLES)), event_of(1.0)
    assert (without.label, event.label) == ("twitch", "twitch")
    odds = event.confidence / (1.0 - event.confidence) / (without.confidence / (1.0 - without.confidence))
    assert odds == pytest.approx(0.25, rel=0.25)
    assert event_of(1.0, block=7) == event


def test_what_the_reference_pair_shows_most_is_no_twitch_and_says_why() -> None:
    without, event = event_of(6.0, ("surface",) * len(ROLES)), event_of(6.0)
    assert without.label == "twitch"
    assert (event.label, event.channel) == ("uncertain", 3)
    assert event.reasons[0] == OTHER_SIDE
    assert float(event.reasons[1].split()[0]) == pytest.approx(6.0, rel=0.25)


def test_a_reference_pair_that_cannot_be_used_says_nothing() -> None:
    x = signal(1.0)
    x[:, 3] = 0.0
    (event,) = near(run(TwitchDetector(RATE_HZ, 4, roles=ROLES), x), AT_S)
    alone = run(TwitchDetector(RATE_HZ, 4, roles=("surface",) * 4), x)
    assert [event] == near(alone, AT_S)


def test_reference_pairs_alone_are_looked_at_as_they_are() -> None:
    x = signal(1.0)
    told = run(TwitchDetector(RATE_HZ, 4, roles=("reference",) * 4), x)
    assert told == run(TwitchDetector(RATE_HZ, 4, roles=("surface",) * 4), x)
