"""Confirmation of bursts that only their energy distinguishes from noise, as often as the false-alarm budget allows."""

import math

import numpy as np

from dsp.measuring.history import NAMES as HISTORY
from dsp.recent import Samples
from dsp.thresholds.kernel_design import KernelDesign
from dsp.thresholds.tail import reached_by_noise
from dsp.verdict.rules import RAISED, Case

MOST_ALONE, QUIET_BEFORE_S, JUST_BEFORE_S = 1.15, 2.0, 0.3
SHORTEST_ALONE_S, LONGEST_ALONE_S = 0.009, 0.12
"""Energy alone confirms a burst of this duration whose energy is between the threshold for it and `MOST_ALONE` times
that: noise hardly ever has more, and a larger burst can be recognised by its other features. Nothing larger or long may
have occurred within `QUIET_BEFORE_S` before it and nothing at all within `JUST_BEFORE_S`, and the floor must be that of
rest."""

TAIL_KNOWN_S, MOST_COMPANY_ALONE, MOST_BURSTS_ALONE = 60.0, 0.12, 2
"""Energy alone counts only after a minute, once the tail of this noise has been learned; with the other channels at
rest (mean power over floor, less 1; guarding begins at 0.2) and at most this many bursts in the three seconds
before."""

MOST_LIKENESS_ALONE, MOST_LIKENESS_ONE_CHANNEL = 0.3, 0.75
"""Likeness with an earlier burst, over eight channels, that noise stays below and a beat of a weak heart exceeds. With
fewer channels noise reaches more, in proportion to one over the square root of their number, up to the second value."""


WEIGHED_S = 7.0
"""Rest before a burst from which the tails of its channel's noise are judged light or heavy; the kernel stores little
more."""

GAUSSIAN_FLATNESS = math.sqrt(2.0 / math.pi)
"""Mean amplitude over RMS of Gaussian noise of any colour (Geary 1935). It is lower for heavier noise, and single large
samples change it little."""

HEAVY_LACK = 0.01
"""Lack of flatness from which noise counts as heavy as Laplace or mixed noise. In the detection band these lack 0.010
(at 4000 samples a second) to 0.030 (at 250), noise that drifts by ± 6 dB lacks 0.002, and Gaussian noise of any colour
lacks none. Within `WEIGHED_S` the estimate scatters by 0.002 to 0.006."""


def weigh(rest_uv: Samples) -> float:
    """Return how heavy the tails of noise are: 0 for Gaussian noise of any colour, 1 for Laplace noise.

    Parameters
    ----------
    rest_uv : ndarray of float64, shape (n,)
        One channel in the detection band. Empty or all-zero input counts as heavy (1).
    """
    rms_uv = math.sqrt(float(np.mean(rest_uv * rest_uv))) if rest_uv.size else 0.0
    if rms_uv == 0.0:
        return 1.0
    lack = GAUSSIAN_FLATNESS - float(np.mean(np.abs(rest_uv))) / rms_uv
    return min(max(lack / HEAVY_LACK, 0.0), 1.0)


class AloneRule:
    """Rule that confirms bursts by their energy alone.

    Parameters
    ----------
    sampling_rate_hz : float
        Rate of the kernel's signal.
    design : KernelDesign
        Design of the kernel: where its tails begin, and how far above the threshold energy alone may confirm.
    """

    def __init__(self, sampling_rate_hz: float, design: KernelDesign) -> None:
        self._rate_hz = sampling_rate_hz
        self._design = design
        self._knee = np.array(design.knee)
        self._light, self._heavy = design.alone_stretch

    def is_lonely(self, case: Case, past: tuple[float, ...], risen: float) -> bool:
        """Return whether a burst stands alone in rest.

        Parameters
        ----------
        case : Case
            A burst that no rule bars.
        past : tuple of float
            Burst history, in the order of `dsp.measuring.history.NAMES`.
        risen : float
            Local floor of its channel over the level to which rest has settled, in power.
        """
        since_s = min(past[HISTORY.index("since_larger")], past[HISTORY.index("since_long")])
        few = (8.0 / max(case.features.n_channels, 1)) ** 0.5
        most_alike = min(MOST_LIKENESS_ALONE * few, MOST_LIKENESS_ONE_CHANNEL)
        return (
            len(case.event.channels) == 1
            and SHORTEST_ALONE_S < case.features.duration_s < LONGEST_ALONE_S
            and past[HISTORY.index("likeness")] < most_alike
            and risen < RAISED
            and case.features.company < MOST_COMPANY_ALONE
            and past[HISTORY.index("bursts_3s")] <= MOST_BURSTS_ALONE
            and case.event.onset_index > TAIL_KNOWN_S * self._rate_hz
            and since_s > QUIET_BEFORE_S
            and past[HISTORY.index("since_any")] > JUST_BEFORE_S
            and case.n_elsewhere == 0
            and not case.on_beat
            and not case.may_be_heart
        )

    def confirms(self, margin: float, least: float) -> bool:
        """Return whether an isolated burst has as much energy as the budget demands of noise, and not much more.

        Only its size can distinguish such a burst from noise, and the budget sets how often that may be wrong.

        Parameters
        ----------
        margin : float
            Energy over the confirmation threshold.
        least : float
            Result of `margin` for its channel.
        """
        return 1.0 <= margin / least < MOST_ALONE

    def margin(self, confirm: Samples, tail: Samples, rest_uv: Samples) -> float:
        """Return the energy, over one channel's confirmation thresholds, from which energy alone may confirm.

        The energy is the level that noise reaches at the target rate of confirmations, with its distance from the knee
        stretched by a factor; the factor is larger for heavier noise (`dsp.thresholds.budget.SHARE_GROWTH_LIGHT`).

        Parameters
        ----------
        confirm : ndarray of float64, shape (2,)
            Confirmation thresholds of the channel.
        tail : ndarray of float64, shape (2, 3)
            Tail of the channel, as in `dsp.compiled._kernel.Kernel.tail`.
        rest_uv : ndarray of float64, shape (n,)
            The channel before the burst, in the detection band.
        """
        short, long = tail.tolist()
        reached = np.array(reached_by_noise(self._design, (tuple(short), tuple(long))))
        stretch = self._light + weigh(rest_uv) * (self._heavy - self._light)
        return float(np.mean((self._knee + (reached - self._knee) * stretch) / confirm))
