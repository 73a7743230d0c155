"""Detection of stretches of constant value: a failing converter or cable, never a muscle."""

import numpy as np

from dsp.bursts import Group
from dsp.recent import Recent, Samples

LEAST_STILL = 4
"""Number of samples of exactly the same value on every channel of a burst that make a constant stretch. A decimated
signal has none, as its filter never comes to rest."""

STANDS_OUT = 3.0
"""The step at an edge of the stretch is this many times the next largest of the burst, and the smallest step of the
converter. A coarse converter also holds its value for a few samples, but between steps of one or two counts."""

SURELY_STILL, MOST_REPEATED = 8, 0.1
"""A stretch of this many samples needs no step if the signal repeats its previous value in at most this share of its
other samples, as with a board that sends one value over and over, which the mains follower turns into a burst."""


def stands_still(group: Group, recent: Recent, first: int) -> bool:
    """Return whether a burst was caused or cut off by a stretch in which all of its channels are constant.

    Parameters
    ----------
    group : Group
        Group of bursts that has ended.
    recent : Recent
        Signal before anything is subtracted from it.
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
    """Return whether a step at either end of a stretch is far larger than all others from `first` on."""
    here_uv = np.max(steps_uv[[step for step in (begin, end) if first <= step < steps_uv.size]], initial=0.0)
    others_uv = np.max(steps_uv[first : max(first, begin)], initial=count_uv)
    others_uv = np.max(steps_uv[max(first, end + 1) :], initial=others_uv)
    return bool(here_uv > STANDS_OUT * others_uv)
