"""The level of each second: the resting baseline at the skin, or the spontaneous activity at a needle that is still."""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from dsp.site import Estimate, needle_rest, skin_rest
from dsp.spontaneous import StillWindow
from twitchscope.detection import Detection
from twitchscope.site import SETTLED_S, SiteSpan
from twitchscope.unrest import CLEAR_S, resting

KEPT_S = 3600
"""Seconds that are kept; a site takes minutes."""


@dataclass(frozen=True, slots=True)
class SkinLevel:
    """The local floor of each channel in µV RMS at the end of a second of signal."""

    time_s: float
    floor_uv: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class NeedleLevel:
    """A second with the needle of a channel (from 0) still, from `time_s` on."""

    time_s: float
    channel: int
    window: StillWindow


@dataclass(frozen=True, slots=True)
class BeforeAndAfter:
    """Levels in µV RMS of a site before its first twitch and after its last, None where there is not enough rest."""

    before: Estimate | None
    after: Estimate | None


class LevelLog:
    """Keeps the levels of the last hour: written in the session's thread, read by the window.

    Parameters
    ----------
    detection : Detection
        The session's; but for its unrest read in `look` only.
    """

    def __init__(self, detection: Detection) -> None:
        self.is_needle = bool(detection.detector.needle_tracks)
        """Whether levels are spontaneous activity at a needle; else the resting baseline at the skin."""
        self._detection = detection
        self._skin: deque[SkinLevel] = deque(maxlen=KEPT_S)
        self._needle: deque[NeedleLevel] = deque(maxlen=KEPT_S)
        self._n_windows: dict[int, int] = {}
        self._next_s = float(SETTLED_S)
        self._lock = threading.Lock()

    def look(self) -> None:
        """Keep what a second that has passed has brought."""
        detector = self._detection.detector
        if detector.duration_s < self._next_s:
            return
        self._next_s = float(int(detector.duration_s) + 1)
        floor_uv = tuple(float(level) for level in detector.floor_rms_uv)
        with self._lock:
            self._skin.append(SkinLevel(detector.duration_s, floor_uv))
            for channel, track in detector.needle_tracks.items():
                new = track.log.windows[self._n_windows.get(channel, 0) :]
                self._n_windows[channel] = len(track.log.windows)
                self._needle += [NeedleLevel(one.start_index / track.sampling_rate_hz, channel, one) for one in new]

    def points(self, channel: int, site: SiteSpan) -> list[tuple[float, float]]:
        """Return time in s and level in µV in a site: at the skin of seconds at rest, else of the needles."""
        with self._lock:
            skin, needle = list(self._skin), list(self._needle)
        if self.is_needle:
            points = [(one.time_s, one.window.activity.noise_uv) for one in needle if site.holds(one.time_s)]
        else:
            own = [(one.time_s, one.floor_uv[channel]) for one in skin if site.holds(one.time_s - 1.0)]
            points = self._detection.unrest.calm(own)
        return [(time_s, level_uv) for time_s, level_uv in points if level_uv > 0.0]

    def before_and_after(
        self, channel: int, site: SiteSpan, twitches_s: Sequence[tuple[float, float]]
    ) -> BeforeAndAfter:
        """Return the level before the first and after the last of some twitches.

        Parameters
        ----------
        channel : int
            Which one, where there is no needle.
        site : SiteSpan
            What of the signal is the site's, by the same rule as in a report.
        twitches_s : sequence of tuple
            Onset and offset of each in seconds; without any, all is before.
        """
        first_s = min((onset_s for onset_s, _ in twitches_s), default=float("inf"))
        last_s = max((offset_s for _, offset_s in twitches_s), default=float("inf"))
        if self.is_needle:
            with self._lock:
                kept = [one for one in self._needle if site.holds(one.time_s)]
            needles = [[one for one in kept if one.channel == number] for number in {one.channel for one in kept}]
            rest = needle_rest(
                [[one.window for one in needle if one.time_s + CLEAR_S <= first_s] for needle in needles],
                [[one.window for one in needle if one.time_s >= last_s] for needle in needles],
            )
        else:
            points = self.points(channel, site)
            rest = skin_rest(
                resting([level_uv for time_s, level_uv in points if time_s <= first_s - CLEAR_S]),
                resting([level_uv for time_s, level_uv in points if time_s >= last_s + CLEAR_S]),
            )
        return BeforeAndAfter(rest.before.level_uv, rest.after.level_uv)
