"""Level of each second: the resting baseline at the skin, or the spontaneous activity at a still needle."""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from dsp.needle_electrode.spontaneous import StillWindow
from dsp.sites.measures import Estimate
from twitchscope.findings.detection import Detection
from twitchscope.findings.site import RestLevels, SiteSpan, needle_levels, rest_around, skin_levels

KEPT_S = 3600
"""Number of seconds that are kept; a site takes minutes."""


@dataclass(frozen=True, slots=True)
class BeforeAndAfter:
    """Levels of a site in µV RMS before its first twitch and after its last; None without enough rest."""

    before: Estimate | None
    after: Estimate | None


class LevelLog:
    """Levels of the last hour, written by the session's thread and read by the window.

    Parameters
    ----------
    detection : Detection
        Detection of the session; except for its unrest it is read only in `look`.
    """

    def __init__(self, detection: Detection) -> None:
        self.is_needle = bool(detection.detector.needle_tracks)
        """Whether levels are spontaneous activity at a needle rather than the resting baseline at the skin."""
        self._detection = detection
        self._skin: deque[tuple[float, tuple[float, ...]]] = deque(maxlen=KEPT_S)
        self._needles: dict[int, deque[tuple[float, StillWindow]]] = {
            channel: deque(maxlen=KEPT_S) for channel in detection.detector.needle_tracks
        }
        self._n_windows = dict.fromkeys(self._needles, 0)
        self._n_seconds = 0
        self._lock = threading.Lock()

    def look(self) -> None:
        """Store the levels of the seconds completed since the last call."""
        detector = self._detection.detector
        if int(detector.duration_s) <= self._n_seconds:
            return
        new = skin_levels(detector, self._n_seconds)
        self._n_seconds = round(new[-1][0]) if new else 0
        with self._lock:
            self._skin += new
            for channel, track in detector.needle_tracks.items():
                self._needles[channel] += needle_levels(track, self._n_windows[channel])
                self._n_windows[channel] = len(track.log.windows)

    def points(self, channel: int, site: SiteSpan) -> list[tuple[float, float]]:
        """Return (time in s, level in µV) of a site: of seconds at rest on the channel, or of still needles."""
        levels = self._levels()
        if self.is_needle:
            still = [(start_s, one.activity.noise_uv) for needle in levels.needles for start_s, one in needle]
            points = sorted(point for point in still if site.holds(point[0]))
        else:
            points = levels.calm_skin(channel, site, self._detection.unrest)
        return [(time_s, level_uv) for time_s, level_uv in points if level_uv > 0.0]

    def before_and_after(
        self, channel: int, site: SiteSpan, twitches_s: Sequence[tuple[float, float]]
    ) -> BeforeAndAfter:
        """Return the levels before the first and after the last of these twitches, see `rest_around`."""
        rest = rest_around(self._levels(), channel, site, twitches_s, self._detection.unrest)
        return BeforeAndAfter(rest.before.level_uv, rest.after.level_uv)

    def _levels(self) -> RestLevels:
        with self._lock:
            return RestLevels(list(self._skin), [list(needle) for needle in self._needles.values()])
