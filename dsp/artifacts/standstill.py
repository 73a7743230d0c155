"""Stretches in which nothing moves: a converter or a cable that fails, which no muscle does."""

import numpy as np

from dsp.bursts import Group
from dsp.recent import Recent, Samples

LEAST_STILL = 4
"""So many samples of exactly the same value on every channel of a burst are a stretch in which nothing moves. A signal
that is decimated first has none: its filter never comes to rest."""

STANDS_OUT = 3.0
"""The step at its edge is so many times the next largest of the burst, and the smallest that the converter makes:
a converter of coarse steps holds its value for a few samples, too, but between steps of one count or two."""

SURELY_STILL, MOST_REPEATED = 8, 0.1
"""So many samples need no step where the signal repeats its last value in no more than this share of its samples else:
as a board's that sends one over and over, of which the follower of the mains makes a burst."""


def stands_still(group: Group, recent: Recent, first: int) -> bool:
    """Tell whether a burst was made, or cut off, by a stretch in which none of its channels moves.

    Parameters
    ----------
    group : Group
        Bursts that have ended.
    recent : Recent
        The signal as it came, with all that was in it.
    first : int
        Row of `recent` at which the group begins.
    """
    strongest = max(group.ended.values(), key=lambda mark: mark.peak_short).channel
    steps_uv = np.abs(np.diff(recent.raw_of(strongest)))
    repeats = steps_uv == 0.0
    if not (repeats[:-2] & repeats[1:-1] & repeats[2:]).any():  # of `LEAST_STILL` samples; most signals end here
        return False
    moves = np.any(np.diff(recent.raw_uv[:, sorted(group.ended)], axis=0) != 0.0, axis=1)  # k leads to row k + 1
    edges = np.concatenate(([-1], np.flatnonzero(moves), [len(moves)]))
    is_still = (np.diff(edges) >= LEAST_STILL) & (edges[1:] >= first)
    if not is_still.any():
        return False
    count_uv = float(np.min(steps_uv, where=steps_uv > 0.0, initial=np.inf))
    stretches = np.stack((edges[:-1], edges[1:]), axis=1)[is_still]
    longest = int(np.max(stretches[:, 1] - stretches[:, 0]))
    n_repeated = np.count_nonzero(repeats) - (longest - 1)
    if longest >= SURELY_STILL and n_repeated <= MOST_REPEATED * steps_uv.size:
        return True
    return any(_is_edge(steps_uv, first, begin, end, count_uv) for begin, end in stretches.tolist())


def _is_edge(steps_uv: Samples, first: int, begin: int, end: int, count_uv: float) -> bool:
    """Tell whether a step at either end of a stretch lies far above all others from `first` on."""
    here_uv = np.max(steps_uv[[step for step in (begin, end) if first <= step < steps_uv.size]], initial=0.0)
    others_uv = np.max(steps_uv[first : max(first, begin)], initial=count_uv)
    others_uv = np.max(steps_uv[max(first, end + 1) :], initial=others_uv)
    return bool(here_uv > STANDS_OUT * others_uv)
