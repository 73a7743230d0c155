"""Compact log of the confirmed twitches of a session, from which the measures of its sites are computed."""

import math
from array import array
from typing import NamedTuple

from dsp import TwitchEvent


class LoggedTwitch(NamedTuple):
    """Stored values of a twitch.

    Attributes
    ----------
    onset_s, offset_s : float
        Seconds since the first sample.
    peak_uv : float
        Peak in µV on the channel with the strongest burst.
    channel : int
        That channel, from 0.
    latency_ms : float or None
        Time since the last hardware-stamped needle contact, in ms.
    """

    onset_s: float
    offset_s: float
    peak_uv: float
    channel: int
    latency_ms: float | None


class TwitchLog:
    """Log of twitches, 40 bytes each, as a session of hours has thousands of them."""

    def __init__(self) -> None:
        self._numbers = array("d")

    def add(self, event: TwitchEvent) -> None:
        """Add a twitch."""
        latency_ms = math.nan if event.latency_ms is None else event.latency_ms
        self._numbers.extend((event.onset_s, event.offset_s, event.peak_uv, event.channel, latency_ms))

    def twitches(self) -> list[LoggedTwitch]:
        """Return all twitches, in order of onset."""
        rows = zip(*[iter(self._numbers)] * len(LoggedTwitch._fields), strict=True)
        return sorted(
            LoggedTwitch(onset_s, offset_s, peak_uv, int(channel), None if math.isnan(latency_ms) else latency_ms)
            for onset_s, offset_s, peak_uv, channel, latency_ms in rows
        )
