"""The confirmed twitches of a session, in a few bytes each: what the measures of its sites are made from."""

import math
from array import array
from typing import NamedTuple

from dsp import TwitchEvent


class LoggedTwitch(NamedTuple):
    """What is kept of a twitch.

    Attributes
    ----------
    onset_s, offset_s : float
        Seconds since the first sample.
    peak_uv : float
        On the channel on which it was strongest.
    channel : int
        That channel, from 0.
    latency_ms : float or None
        After a stamped needle contact.
    """

    onset_s: float
    offset_s: float
    peak_uv: float
    channel: int
    latency_ms: float | None


class TwitchLog:
    """Keeps twitches, 40 bytes each: a session of hours has thousands of them."""

    def __init__(self) -> None:
        self._numbers = array("d")

    def add(self, event: TwitchEvent) -> None:
        """Keep one."""
        latency_ms = math.nan if event.latency_ms is None else event.latency_ms
        self._numbers.extend((event.onset_s, event.offset_s, event.peak_uv, event.channel, latency_ms))

    def twitches(self) -> list[LoggedTwitch]:
        """Return all of them, in order of onset."""
        rows = zip(*[iter(self._numbers)] * len(LoggedTwitch._fields), strict=True)
        return sorted(
            LoggedTwitch(onset_s, offset_s, peak_uv, int(channel), None if math.isnan(latency_ms) else latency_ms)
            for onset_s, offset_s, peak_uv, channel, latency_ms in rows
        )
