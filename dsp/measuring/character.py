"""Rates of bursts of each kind (long, wide, slow, sharp, …) over about the last minute, whatever their label.

A burst of doubtful shape means one thing in a quiet minute and another among contractions, cable motion or glitches.
"""

import math

from dsp.events import TwitchEvent
from dsp.measuring.features import LEAST_IMPULSE, LEAST_STEEP, LEAST_UNIT, LONGEST_TWITCH_S, Features

MEMORY_S = 45.0
"""Time constant of forgetting: a burst this long ago counts exp(-1)."""

CALM_FROM_S = 30.0
"""A younger stream may not have shown its contractions and faults yet."""

MOST_IN_CALM = {"long": 0.3, "wide": 3.0, "slow": 3.0, "sharp": 6.0}
"""Rates per minute of contractions, winces, motion and glitches below which a stream is calm. That of long bursts
corresponds to one more than a minute ago."""

WIDE, SLOW = 0.5, 1.0
"""`spread` above which a burst is on most channels, and `slow_ratio` above which it is motion below 20 Hz."""

KINDS = ("long", "wide", "slow", "sharp", "unit", "brief", "beat")
NAMES = (*(f"minute_{kind}" for kind in KINDS), "minute_here")
"""Rate per minute of each kind, and that of brief bursts on the same channel."""


class Character:
    """Counts of bursts by kind, with exponential forgetting.

    Parameters
    ----------
    sampling_rate_hz : float
        Rate of the signal.
    """

    def __init__(self, sampling_rate_hz: float) -> None:
        self._rate_hz = sampling_rate_hz
        self._counts = dict.fromkeys(KINDS, 0.0)
        self._here: dict[int, float] = {}
        self._at_s = 0.0

    def rates(self, event: TwitchEvent) -> tuple[float, ...]:
        """Return the features of `NAMES` at a burst, from the bursts counted before it."""
        at_s = event.onset_index / self._rate_hz
        known_s = MEMORY_S * (1.0 - math.exp(-max(at_s, 1.0) / MEMORY_S))
        per_min = 60.0 / known_s * self._fading(at_s)
        here = self._here.get(event.channel, 0.0)
        return (*(per_min * self._counts[kind] for kind in KINDS), per_min * here)

    def is_calm(self, event: TwitchEvent) -> bool:
        """Return whether the stream is old enough to know its character and showed little but brief bursts lately."""
        if event.onset_index < CALM_FROM_S * self._rate_hz:
            return False
        rates = dict(zip(KINDS, self.rates(event), strict=False))
        return all(rates[kind] < most for kind, most in MOST_IN_CALM.items())

    def note(self, event: TwitchEvent, features: Features) -> None:
        """Count a burst by its kind."""
        self._fade(event)
        kinds = _kinds(features)
        for kind in kinds:
            self._counts[kind] += 1.0
        if "brief" in kinds:
            self._here[event.channel] = self._here.get(event.channel, 0.0) + 1.0

    def note_beat(self, event: TwitchEvent) -> None:
        """Count a heartbeat."""
        self._fade(event)
        self._counts["beat"] += 1.0

    def _fading(self, at_s: float) -> float:
        return math.exp(-max(at_s - self._at_s, 0.0) / MEMORY_S)

    def _fade(self, event: TwitchEvent) -> None:
        at_s = event.onset_index / self._rate_hz
        share = self._fading(at_s)
        self._counts = {kind: share * count for kind, count in self._counts.items()}
        self._here = {channel: share * count for channel, count in self._here.items()}
        self._at_s = max(at_s, self._at_s)


def _kinds(f: Features) -> list[str]:
    """Return the kinds of a burst; a brief one has no other kind."""
    kinds = [
        kind
        for kind, is_so in (
            ("long", f.duration_s > LONGEST_TWITCH_S),
            ("wide", f.n_channels >= 3 and f.spread > WIDE),
            ("slow", f.slow_ratio > SLOW),
            ("sharp", f.impulse_share > LEAST_STEEP or f.pulses.impulse > LEAST_IMPULSE),
        )
        if is_so
    ]
    if kinds:
        return kinds
    return ["unit"] if f.pulses.doublet > LEAST_UNIT else ["brief"]
