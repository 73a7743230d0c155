"""Features of one burst, computed for candidates only."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dsp.artifacts.mains import NOMINAL_HZ
from dsp.compiled._channels import company
from dsp.compiled._line import line_share, without_line
from dsp.compiled._shape import impulse_share, levels, slow_ratio
from dsp.events import TwitchEvent
from dsp.measuring.pulses import PulseFitter, Pulses
from dsp.recent import Recent

Samples = NDArray[np.float64]

SLOW_S = 0.04
"""Length of the moving mean that retains what is slower than about 20 Hz."""

BEFORE_S = 0.3

COMPANY_FROM_S, SPREAD_S = 0.04, 0.012
"""What the other channels show is measured as their mean power from `COMPANY_FROM_S` before the onset on, and as their
largest mean power over `SPREAD_S`."""

MOST_ORDERS, MOST_ORDERS_OF_BURST = 5, 3
"""Number of mains harmonics that are removed from the unfiltered signal, and that may explain a burst."""

FINE_HZ = 700.0
"""From this sampling rate on an impulse is four steps of 1 ms wide, below it three: a sinc3 converter spreads it over
two to four samples, and a motor unit is wider. Below it, two pulses, or single changes within 1 ms, explain almost any
short burst."""

LONGEST_TWITCH_S = 0.25
LEAST_IMPULSE = 0.97
"""Share of a burst's energy that one impulse must explain for it to be classified as an impulse; the fit is that
sharp."""

LEAST_UNIT = 0.92
"""The same share for one motor unit, possibly discharging twice, in contrast to a volley."""

LEAST_STEEP = 0.92
"""Share of the unfiltered steepness within a few milliseconds above which a burst is an impulse or a step.

The last four are limits of the rules. By them `dsp.measuring.character` and `dsp.measuring.history` also count bursts
for the classifier: its weights hold for these values only."""

CLEARLY_SEEN = 3.5
"""Power over floor, less 1, in 12 ms that another channel must show to count as having seen the burst."""


@dataclass(frozen=True, slots=True)
class Features:
    """Features of one burst on its strongest channel.

    Four of them are far more expensive than all others: `pulses`, `slow_ratio`, `impulse_share` and `mains_share` are
    NaN until `look_closely` has computed them.

    Attributes
    ----------
    duration_s : float
        Onset to offset: above the noise and above 12 % of the burst's own peak.
    pulses : Pulses
        Shares that a single impulse, a single motor unit and two discharges of one unit explain.
    attack : float
        Power of the first 20 ms (at least 8 samples) over the largest power in a window of the same length.
    slow_ratio : float
        Excess deflection below 20 Hz of the unfiltered signal over the peak in the detection band.
    impulse_share : float
        Largest share of the unfiltered signal's steepness within four samples or 3 ms.
    mains_share : float
        Share of the burst's energy that mains and its harmonics explain.
    frequency_hz : float
        Mean frequency of the burst in the detection band.
    spread : float
        Share of the other channels that reach half the amplitude over floor of the strongest.
    n_channels : int
        Number of channels that could have seen it, the strongest included.
    before : float
        Power over floor in the 60 ms that end 10 ms before the onset, or in the 140 ms that end 110 ms before it,
        whichever is smaller: lasting activity, not a weak beginning of the burst itself.
    after : float
        Power over floor in the last 20 ms that are known.
    company : float
        Median over the other channels of their mean power over floor, less 1, from 40 ms before the onset; 0 with fewer
        than three of them.
    own : float
        The same of the strongest channel.
    raised : float
        Local floor over resting baseline, in power; 1 before the baseline is learned.
    """

    duration_s: float
    pulses: Pulses
    attack: float
    slow_ratio: float
    impulse_share: float
    mains_share: float
    frequency_hz: float
    spread: float
    n_channels: int
    before: float
    after: float
    company: float
    own: float
    raised: float


@dataclass(frozen=True, slots=True, eq=False)
class Gauge:
    """Settings for measuring bursts.

    Attributes
    ----------
    rate_hz, mains_hz : float
        Sampling rate; mains frequency, 0 where none was found.
    seeing : ndarray of bool, shape (n_channels,)
        Channels that could have seen the burst.
    fitter : PulseFitter
        Fitter for this rate and band.
    """

    rate_hz: float
    mains_hz: float
    seeing: NDArray[np.bool_]
    fitter: PulseFitter


NOT_FITTED = Pulses(math.nan, math.nan, math.nan, math.nan)


def glance(recent: Recent, event: TwitchEvent, first: int, gauge: Gauge) -> Features:
    """Compute the inexpensive features of one burst; the others are NaN.

    Parameters
    ----------
    recent : Recent
        The signal, with any heartbeat in the burst removed.
    event : TwitchEvent
        Onset, offset and strongest channel.
    first : int
        Row of `recent` at which the burst's surroundings begin.
    gauge : Gauge
        Settings for this stream.
    """
    floor, channel, rate_hz = recent.floor, event.channel, gauge.rate_hz
    level, rest = float(floor[channel]), float(recent.rest[channel])
    signal = recent.band_of(channel)
    onset, stop = event.onset_index - recent.start, event.offset_index - recent.start + 1
    begin, roughness, before, after = levels(signal, onset, stop, rate_hz, max(8, round(0.02 * rate_hz)))
    own, others, spread, n_channels = company(
        recent.band_uv, floor, gauge.seeing, channel, max(0, onset - round(COMPANY_FROM_S * rate_hz)), first,
        round(SPREAD_S * rate_hz), CLEARLY_SEEN,
    )  # fmt: skip
    return Features(
        duration_s=(stop - onset) / rate_hz,
        pulses=NOT_FITTED,
        attack=begin,
        slow_ratio=math.nan,
        impulse_share=math.nan,
        mains_share=math.nan,
        frequency_hz=rate_hz / (2.0 * math.pi) * roughness**0.5,
        spread=spread,
        n_channels=n_channels,
        before=before / level,
        after=after / level,
        company=others,
        own=own,
        raised=level / rest if rest > 0.0 else 1.0,
    )


def look_closely(features: Features, recent: Recent, event: TwitchEvent, gauge: Gauge) -> Features:
    """Compute the features that `glance` left out; arguments are the same."""
    channel, rate_hz, mains_hz = event.channel, gauge.rate_hz, gauge.mains_hz
    signal = recent.band_of(channel)
    onset, stop = event.onset_index - recent.start, event.offset_index - recent.start + 1
    near = signal[max(0, onset - round(0.020 * rate_hz)) : stop + round(0.030 * rate_hz)]
    low = max(0, onset - round(0.5 * rate_hz))
    raw = without_line(recent.raw_of(channel)[low:], onset - low, rate_hz, mains_hz, MOST_ORDERS)
    return replace(
        features,
        pulses=gauge.fitter.fit(near, float(recent.floor[channel])),
        slow_ratio=slow_ratio(raw, onset - low, event.peak_uv, rate_hz, SLOW_S, BEFORE_S),
        impulse_share=impulse_share(raw[: stop - low], onset - low, rate_hz, 4 if rate_hz >= FINE_HZ else 3),
        mains_share=_mains_share(signal[onset:stop], rate_hz, mains_hz),
    )


def _mains_share(burst: Samples, rate_hz: float, mains_hz: float) -> float:
    if burst.size < 0.025 * rate_hz:
        return 0.0
    lines_hz = (mains_hz,) if mains_hz else NOMINAL_HZ
    return max(line_share(burst, rate_hz, line_hz, MOST_ORDERS_OF_BURST) for line_hz in lines_hz)
