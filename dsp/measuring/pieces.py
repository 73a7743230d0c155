"""Pieces of a burst that may be twitches of their own: the part before a pause, or one that stands out."""

import numpy as np
from numpy.typing import NDArray

from dsp.bursts import Group, Mark
from dsp.compiled._burst import pause_end, summit_rows
from dsp.events import TwitchEvent
from dsp.measuring.measures import PEAK_SHARE, energy_of
from dsp.recent import Recent

SHORT_WINDOW_S = 0.012
"""Shorter of the kernel's two energy windows."""

PAUSE_S, PAUSE_POWER = 0.020, 3.0
"""A twitch before something longer ends with a pause of this length, with less than this power over the floor."""

SUMMIT_SHARE, SUMMIT_EDGE_S, MOST_SUMMIT_S = 0.25, 0.010, 0.22
"""A twitch on top of weaker activity stays above this share of its amplitude, for less than `MOST_SUMMIT_S`; edges of
`SUMMIT_EDGE_S` belong to it."""


MOST_APART = 2
"""Largest number of bursts apart from a group's event that are examined."""


def find_pause(recent: Recent, event: TwitchEvent, rate_hz: float) -> int | None:
    """Return the row at which the first pause of a burst ends, or None if there is none."""
    onset, stop = event.onset_index - recent.start, event.offset_index - recent.start + 1
    burst, least = recent.band_of(event.channel)[onset:stop], PAUSE_POWER * float(recent.floor[event.channel])
    n_smooth, n_pause = round(SHORT_WINDOW_S * rate_hz), max(2, round(PAUSE_S * rate_hz))
    end = pause_end(burst, n_smooth, n_pause, PEAK_SHARE**2, least)
    return None if end < 0 else onset + end


def find_summit(recent: Recent, event: TwitchEvent, rate_hz: float) -> tuple[int, int] | None:
    """Return the rows of a brief stretch that stands out from a longer burst, or None if there is none."""
    onset, stop = event.onset_index - recent.start, event.offset_index - recent.start + 1
    if stop - onset < 3:
        return None
    first, last = summit_rows(
        recent.band_of(event.channel)[onset:stop], round(SHORT_WINDOW_S * rate_hz), SUMMIT_SHARE**2
    )
    edge = round(SUMMIT_EDGE_S * rate_hz)
    is_brief = last - first < MOST_SUMMIT_S * rate_hz
    if not is_brief or stop - onset - (last - first) < 3 * edge:
        return None
    return max(0, onset + first - edge), onset + last + edge


def find_apart(group: Group, event: TwitchEvent, may_twitch: NDArray[np.bool_]) -> list[Mark]:
    """Return the strongest bursts of a group that lie before or after its event and do not overlap each other."""
    chosen: list[Mark] = []
    spans = [(event.onset_index, event.offset_index)]
    for mark in sorted(group.bursts, key=lambda mark: -mark.peak_short):
        is_apart = all(mark.last_above < first or mark.started > last for first, last in spans)
        if is_apart and mark.margin >= 1.0 and may_twitch[mark.channel] and len(chosen) < MOST_APART:
            chosen.append(mark)
            spans.append((mark.started, mark.last_above))
    return chosen


def beyond(recent: Recent, event: TwitchEvent, whole: TwitchEvent) -> float:
    """Return the mean power of a burst outside a piece of it over that inside, on the piece's channel."""
    signal = recent.band_of(event.channel)
    first, last = event.onset_index - recent.start, event.offset_index - recent.start + 1
    around = slice(max(0, whole.onset_index - recent.start), max(last, whole.offset_index - recent.start + 1))
    inside, all_of_it = energy_of(signal[first:last]), energy_of(signal[around])
    n_outside = signal[around].size - (last - first)
    if n_outside <= 0 or inside <= 0.0:
        return 0.0
    return max(0.0, all_of_it - inside) / n_outside / (inside / (last - first))
