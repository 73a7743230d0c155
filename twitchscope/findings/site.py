"""Measures of a site, computed from the detector."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from acquisition.core import Channel, Role
from dsp import TwitchDetector
from dsp.needle_electrode.spontaneous import Silence, StillWindow
from dsp.needle_electrode.track import NeedleTrack
from dsp.sites.measures import Rest, measure_site, needle_rest, skin_rest
from twitchscope.findings.measured_site import UNSTAMPED, MeasuredSite, plain, rounded
from twitchscope.findings.twitch_log import LoggedTwitch
from twitchscope.findings.unrest import CLEAR_S, Unrest, resting
from twitchscope.storage.fields import Record

Named = TypeVar("Named", int, str)
"""Channel number or name."""

SETTLED_S = 4
"""Second from which the filters have settled and the mains are known."""

WHOLE = "the whole signal is taken as one site"
PART = "of the signal between the end of the site before it and its own"
STAMPED = "each needle contact that the board stamped is taken as a pass"


@dataclass(frozen=True, slots=True)
class SiteSpan:
    """Stretch of signal that belongs to a site, in seconds; by default all of it."""

    start_s: float = 0.0
    stop_s: float = math.inf

    def holds(self, time_s: float) -> bool:
        """Return whether a time lies in the stretch."""
        return self.start_s <= time_s < self.stop_s

    def duration_s(self, end_s: float) -> float:
        """Return the duration of the stretch in a signal that ends at `end_s`."""
        return max(0.0, min(self.stop_s, end_s) - self.start_s)


def commonest(channels: Iterable[Named], otherwise: Named) -> Named:
    """Return the channel on which most twitches were strongest, the earliest if tied; `otherwise` without twitches."""
    counts = Counter(channels)
    return counts.most_common(1)[0][0] if counts else otherwise


def channels_at_site(channels: Sequence[Channel]) -> list[Channel]:
    """Return the channels at the needled muscle: those over its band, or else all surface and needle channels."""
    return [channel for channel in channels if channel.needled_band] or [
        channel for channel in channels if channel.role in (Role.SURFACE, Role.NEEDLE)
    ]


def measured_site(
    detector: TwitchDetector,
    twitches: Sequence[LoggedTwitch],
    names: Sequence[str],
    contacts_s: Sequence[float] = (),
    span: SiteSpan = SiteSpan(),
    unrest: Unrest | None = None,
) -> MeasuredSite:
    """Return the measures of the site that a signal comes from.

    Parameters
    ----------
    detector : TwitchDetector
        Detector after the signal, or during it.
    twitches : sequence of LoggedTwitch
        Twitches confirmed so far, in order of onset.
    names : sequence of str
        Names of the channels.
    contacts_s : sequence of float
        Hardware-stamped needle contacts in seconds; each is taken as a pass.
    span : SiteSpan
        Part of the signal that belongs to the site.
    unrest : Unrest, optional
        When the muscle was not at rest; these times are excluded from its resting baseline.
    """
    twitches = [one for one in twitches if span.holds(one.onset_s)]
    contacts_s = [one for one in contacts_s if span.holds(one)]
    channel = commonest((event.channel for event in twitches), _first_watched(detector))
    spans_s = [(event.onset_s, event.offset_s) for event in twitches]
    needles = [needle_levels(track) for track in detector.needle_tracks.values()]
    levels = RestLevels([] if needles else skin_levels(detector), needles)
    measures = measure_site(
        [event.onset_s for event in twitches],
        [event.peak_uv if event.channel == channel else math.nan for event in twitches],
        span.duration_s(detector.duration_s),
        rest_around(levels, channel, span, spans_s, unrest or Unrest()),
        is_needle=bool(detector.needle_tracks),
        passes_s=contacts_s,
        latencies_ms=[event.latency_ms for event in twitches if event.latency_ms is not None],
        silences=_silences(detector, span),
    )
    return MeasuredSite(
        names[channel],
        rounded(measures),
        [WHOLE if span == SiteSpan() else PART, STAMPED if contacts_s else UNSTAMPED],
        _around(detector, names, spans_s),
        _around(detector, names, [(contact_s, contact_s) for contact_s in contacts_s]),
    )


def _around(detector: TwitchDetector, names: Sequence[str], spans_s: Sequence[tuple[float, float]]) -> list[Record]:
    """Return the endplate activity on each needle before and after each event; nothing without a needle."""
    return [
        {
            "channel": names[channel],
            "start_s": round(start_s, 6),
            "before": _still(one.before, track.sampling_rate_hz),
            "after": _still(one.after, track.sampling_rate_hz),
        }
        for channel, track in detector.needle_tracks.items()
        for (start_s, _), one in zip(spans_s, track.around(spans_s), strict=True)
    ]


def _still(window: StillWindow | None, rate_hz: float) -> Record | None:
    """Return one second with the needle still, for JSON."""
    if window is None:
        return None
    activity = window.activity
    record = {"start_s": window.start_index / rate_hz, "noise_uv": activity.noise_uv, "n_spikes": activity.n_spikes}
    as_json: Record = plain(record)
    return as_json


@dataclass(frozen=True, slots=True)
class RestLevels:
    """Levels from which the rest around twitches is measured.

    Attributes
    ----------
    skin : sequence of tuple
        End of each second in s, and the local floor of each channel then in µV RMS; 0 where not known.
    needles : sequence of sequence of tuple
        For each needle, the start in s of each second in which it was still, and its activity in that second.
    """

    skin: Sequence[tuple[float, Sequence[float]]]
    needles: Sequence[Sequence[tuple[float, StillWindow]]]

    def calm_skin(self, channel: int, span: SiteSpan, unrest: Unrest) -> list[tuple[float, float]]:
        """Return the seconds of a site with rest only: their ends in s, and the floor of `channel` in µV."""
        own = [(end_s, levels[channel]) for end_s, levels in self.skin if span.holds(end_s - 1.0)]
        return unrest.calm(own)


def skin_levels(detector: TwitchDetector, n_known: int = 0) -> list[tuple[float, tuple[float, ...]]]:
    """Return `RestLevels.skin` from second `n_known` of the signal on, without the seconds before it had settled."""
    first = max(n_known, SETTLED_S)
    return [(second + 1.0, tuple(row)) for second, row in enumerate(detector.levels_uv[first:].tolist(), first)]


def needle_levels(track: NeedleTrack, n_known: int = 0) -> list[tuple[float, StillWindow]]:
    """Return one element of `RestLevels.needles` without its first `n_known` still seconds."""
    return [(one.start_index / track.sampling_rate_hz, one) for one in track.log.windows[n_known:]]


def rest_around(
    levels: RestLevels, channel: int, span: SiteSpan, twitches_s: Sequence[tuple[float, float]], unrest: Unrest
) -> Rest:
    """Return the rest before the first twitch of a site and after the last, at the needles if there are any.

    Parameters
    ----------
    levels : RestLevels
        Levels of the signal.
    channel : int
        Channel to use if there is no needle.
    span : SiteSpan
        Part of the signal that belongs to the site.
    twitches_s : sequence of tuple
        Onset and offset of each twitch in s. Without twitches, all of the rest counts as before.
    unrest : Unrest
        When the muscle was not at rest; these times are excluded.
    """
    first_s = min((onset_s for onset_s, _ in twitches_s), default=math.inf)
    last_s = max((offset_s for _, offset_s in twitches_s), default=math.inf)
    if levels.needles:
        needles = [[(start_s, one) for start_s, one in needle if span.holds(start_s)] for needle in levels.needles]
        return needle_rest(
            [[one for start_s, one in needle if start_s + CLEAR_S <= first_s] for needle in needles],
            [[one for start_s, one in needle if start_s >= last_s] for needle in needles],
        )
    calm = levels.calm_skin(channel, span, unrest)
    return skin_rest(
        resting([level_uv for end_s, level_uv in calm if end_s <= first_s - CLEAR_S]),
        resting([level_uv for end_s, level_uv in calm if end_s >= last_s + CLEAR_S]),
    )


def _silences(detector: TwitchDetector, span: SiteSpan) -> list[Silence]:
    """Return the silences of the endplates after twitches."""
    return [
        one
        for track in detector.needle_tracks.values()
        for one in track.log.silences
        if span.holds(one.after_index / track.sampling_rate_hz)
    ]


def _first_watched(detector: TwitchDetector) -> int:
    watched = [k for k, role in enumerate(detector.roles) if role in ("needle", "surface")]
    return watched[0] if watched else 0
