"""Rise of a burst over what its channels show just before and after it, and whether the other channels rise with it.

A twitch in the middle of a contraction or on a moving cable stands out on its own channel, while the others do not
change. A burst that begins or swells on all channels at once is not a twitch.
"""

from dsp.compiled._channels import rise
from dsp.events import TwitchEvent
from dsp.recent import Recent

BEFORE_S, BEFORE_END_S = 0.070, 0.010
AFTER_START_S, AFTER_S = 0.010, 0.050
"""Limits of what counts as just before and just after, relative to the onset and the end; the edges in between belong
to the burst."""

LEAST_POWER = 0.25
"""Least power, as a share of the floor: lower values of a short stretch are due to chance."""

NAMES = ("rise_before", "rise_after", "rise_best", "rise_median")
NO_RISE = (0.0, 0.0, 0.0, 0.0)


def describe(recent: Recent, event: TwitchEvent, rate_hz: float) -> tuple[float, ...]:
    """Return the features of `NAMES`, each a logarithm to base 10.

    These are the power of the burst over that before it and over that after it, on its channel; and, relative to the
    smaller of these two, the largest and the median rise of the other channels: 0 where they rise as much.

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
