"""A burst that a reference pair shows too loses confidence but may be a twitch; one that it shows alone may not."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from dsp import TwitchDetector, TwitchEvent
from dsp.doubt.other_side import LEAST_SHIFT, OTHER_SIDE, USUAL_SHARE, shift_of
from dsp.verdict.rules import NEAR_NOISE, REFERENCE_ONLY
from tests.dsp.by_hand import RATE_HZ, add_twitch, near, noise, run

AT_S = 18.0
ROLES = ("surface", "surface", "surface", "reference")


def signal(share: float, seed: int = 5, peak_uv: float = 60.0) -> NDArray[np.float64]:
    """Return a twitch on one pair, and `share` of it 4 ms later on the last channel."""
    x = noise(AT_S + 3.0, len(ROLES), seed=seed)
    add_twitch(x, AT_S, peak_uv, channel=1)
    if share > 0.0:
        add_twitch(x, AT_S + 0.004, peak_uv * share, channel=3)
    return x


def event_of(
    share: float, roles: tuple[str, ...] = ROLES, block: int = 50, peak_uv: float = 60.0, seed: int = 5
) -> TwitchEvent:
    x = signal(share, seed, peak_uv)
    (event,) = near(run(TwitchDetector(RATE_HZ, len(roles), roles=roles), x, block=block), AT_S)
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


@pytest.mark.parametrize("share", [1.0, 6.0])
def test_the_channel_and_its_measures_are_the_muscles_own(share: float) -> None:
    alone, event = event_of(0.0), event_of(share)
    assert (event.label, event.channel, event.channels) == ("twitch", 1, (1, 3))
    assert (event.peak_uv, event.snr_db, event.grade) == (alone.peak_uv, alone.snr_db, alone.grade)


def test_a_doubtful_burst_that_the_reference_pair_shows_most_is_no_twitch_and_says_why() -> None:
    without, event = event_of(0.0, peak_uv=12.0), event_of(6.0, peak_uv=12.0)
    assert without.label == "twitch"
    assert (event.label, event.channel) == ("uncertain", 1)
    assert event.reasons[0] == OTHER_SIDE
    assert float(event.reasons[1].split()[0]) == pytest.approx(6.0, rel=0.25)


@pytest.mark.parametrize("roles", [ROLES, ("off", "off", "off", "reference"), ("needle", "off", "off", "reference")])
@pytest.mark.parametrize("seed", [5, 6, 7])
def test_what_a_reference_pair_alone_shows_is_no_twitch_and_says_why(roles: tuple[str, ...], seed: int) -> None:
    x = noise(AT_S + 3.0, len(ROLES), seed=seed)
    add_twitch(x, AT_S, 60.0, channel=3)
    reported = run(TwitchDetector(RATE_HZ, 4, roles=roles), x)
    (event,) = near(reported, AT_S)
    assert near(run(TwitchDetector(RATE_HZ, 4), x), AT_S)[0].label == "twitch"
    assert (event.label, event.reasons[0], event.channel) == ("uncertain", REFERENCE_ONLY, 3)
    assert run(TwitchDetector(RATE_HZ, 4, roles=roles), x, block=7) == reported


@pytest.mark.parametrize(("peak_uv", "seed"), [(6.0, 6), (7.0, 7)])
def test_what_stands_out_on_the_reference_pair_lifts_no_burst_of_the_muscle_over_the_threshold(
    peak_uv: float, seed: int
) -> None:
    event = event_of(40.0, peak_uv=peak_uv, seed=seed)
    assert (event.label, event.reasons[0], event.channel) == ("uncertain", NEAR_NOISE, 1)


def test_a_reference_pair_that_cannot_be_used_says_nothing() -> None:
    x = signal(1.0)
    x[:, 3] = 0.0
    (event,) = near(run(TwitchDetector(RATE_HZ, 4, roles=ROLES), x), AT_S)
    alone = run(TwitchDetector(RATE_HZ, 4, roles=("surface",) * 4), x)
    assert [event] == near(alone, AT_S)


def test_where_there_are_reference_pairs_only_nothing_is_confirmed() -> None:
    x = signal(1.0)
    (event,) = near(run(TwitchDetector(RATE_HZ, 4, roles=("reference",) * 4), x), AT_S)
    (as_surface,) = near(run(TwitchDetector(RATE_HZ, 4), x), AT_S)
    verdict = {"label": event.label, "confidence": event.confidence, "reasons": event.reasons}
    assert event.reasons[0] == REFERENCE_ONLY
    assert as_surface.label == "twitch"
    assert event == replace(as_surface, **verdict)
