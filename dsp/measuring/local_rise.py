"""How far a burst rises over what its channels show just before and after it, and whether the others rise with it.

A twitch in the middle of a contraction or on a moving cable stands out of its own channel, while the others go on as
they were; what begins or swells on all of them at once is none.
"""

from dsp.compiled._channels import rise
from dsp.events import TwitchEvent
from dsp.recent import Recent

BEFORE_S, BEFORE_END_S = 0.070, 0.010
AFTER_START_S, AFTER_S = 0.010, 0.050
"""What counts as just before and just after, from the onset and from the end; the edges belong to the burst."""

LEAST_POWER = 0.25
"""Of the floor: less is a short stretch's chance."""

NAMES = ("rise_before", "rise_after", "rise_best", "rise_median")
NO_RISE = (0.0, 0.0, 0.0, 0.0)


def tell(recent: Recent, event: TwitchEvent, rate_hz: float) -> tuple[float, ...]:
    """Return the numbers of `NAMES`, each a logarithm to the base of 10.

    Power of the burst over that before and over that after it, on its channel; and how much of the smaller of these the
    channel of the others with the most of it has, and the median of the others: 0 where they rise as much.

    Parameters
    ----------
    recent : Recent
        The signal, with as much after the burst as is known.
    event : TwitchEvent
        The burst: its onset, offset and channel.
    rate_hz : float
        Sampling rate.
    """
    onset, stop = event.onset_index - recent.start, event.offset_index - recent.start + 1
    before = (onset - round(BEFORE_S * rate_hz), onset - round(BEFORE_END_S * rate_hz))
    after = (stop + round(AFTER_START_S * rate_hz), stop + round(AFTER_S * rate_hz))
    within = (onset, stop)
    return rise(recent.band_uv, recent.floor, recent.weights, event.channel, within, before, after, LEAST_POWER)
