"""Bursts that nothing but their energy tells from noise: confirmed as often as the budget lets noise be wrong."""

import math

import numpy as np

from dsp.measuring.history import NAMES as HISTORY
from dsp.recent import Samples
from dsp.thresholds.kernel_design import KernelDesign
from dsp.thresholds.tail import reached_by_noise
from dsp.verdict.rules import RAISED, Case

MOST_ALONE, QUIET_BEFORE_S, JUST_BEFORE_S = 1.15, 2.0, 0.3
SHORTEST_ALONE_S, LONGEST_ALONE_S = 0.009, 0.12
"""Energy alone confirms up to so much more than the threshold for it what is that long, with nothing larger or longer
in the first of these times before it and nothing at all in the second, where the floor is that of rest: noise hardly
ever makes more, and what is larger shows what it is."""

TAIL_LEARNT_S, MOST_COMPANY_ALONE, MOST_BURSTS_ALONE = 60.0, 0.12, 2
"""Energy alone counts only once a minute has shown what this noise's tail is, with the other channels at rest (mean
power over floor, less 1: guarding begins at 0.2) and so few bursts in the three seconds before."""

MOST_LIKENESS_ALONE, MOST_LIKENESS_ONE_CHANNEL = 0.3, 0.75
"""Likeness with an earlier burst, over eight channels, that noise stays below and a beat of a weak heart does not; over
fewer channels noise comes nearer, as the square root of their number."""


WEIGHED_S = 7.0
"""Rest before a burst by which its channel's noise is told to be light or heavy; the kernel keeps little more."""

GAUSSIAN_FLATNESS = math.sqrt(2.0 / math.pi)
"""Mean amplitude over RMS of Gaussian noise, whatever its colour (Geary 1935); of heavier noise it is lower, and single
large samples move it little."""

HEAVY_LACK = 0.01
"""Noise that lacks so much flatness is as heavy as Laplace or mixed noise. In the detection band these lack 0.010 (at
4000 samples a second) to 0.030 (250), noise that drifts by ± 6 dB 0.002, and Gaussian noise of any colour none; within
`WEIGHED_S` that scatters by 0.002 to 0.006."""


def weigh(rest_uv: Samples) -> float:
    """Tell how heavy noise is: 0 as light as Gaussian noise of any colour, 1 as heavy as Laplace noise.

    Parameters
    ----------
    rest_uv : ndarray of float64, shape (n,)
        Of one channel, in the detection band.
    """
    rms_uv = math.sqrt(float(np.mean(rest_uv * rest_uv))) if rest_uv.size else 0.0
    if rms_uv == 0.0:
        return 1.0
    lack = GAUSSIAN_FLATNESS - float(np.mean(np.abs(rest_uv))) / rms_uv
    return min(max(lack / HEAVY_LACK, 0.0), 1.0)


class AloneRule:
    """Confirms by energy alone.

    Parameters
    ----------
    sampling_rate_hz : float
        Rate of the kernel's signal.
    design : KernelDesign
        Of the kernel: where its tails begin, and how far above the threshold this lies.
    """

    def __init__(self, sampling_rate_hz: float, design: KernelDesign) -> None:
        self._rate_hz = sampling_rate_hz
        self._design = design
        self._knee = np.array(design.knee)
        self._light, self._heavy = design.alone_stretch

    def is_lonely(self, case: Case, past: tuple[float, ...], risen: float) -> bool:
        """Tell whether a burst stands alone in rest.

        Parameters
        ----------
        case : Case
            The burst, which nothing bars.
        past : tuple of float
            What went before, in the order of `dsp.measuring.history.NAMES`.
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
            and case.event.onset_index > TAIL_LEARNT_S * self._rate_hz
            and since_s > QUIET_BEFORE_S
            and past[HISTORY.index("since_any")] > JUST_BEFORE_S
            and case.n_elsewhere == 0
            and not case.on_beat
            and not case.may_be_heart
        )

    def confirms(self, margin: float, least: float) -> bool:
        """Tell whether a burst that stands alone in rest is as large as the budget lets noise be, and no larger.

        Nothing but its size can tell such a burst from noise, and the budget says how often that may be wrong.

        Parameters
        ----------
        margin : float
            Energy over the confirmation threshold.
        least : float
            What `margin` returns for its channel.
        """
        return 1.0 <= margin / least < MOST_ALONE

    def margin(self, confirm: Samples, tail: Samples, rest_uv: Samples) -> float:
        """Return the energy over one channel's confirmation thresholds from which energy alone may confirm.

        It lies so much further above the knee than what noise reaches as often as confirmations are aimed at, and the
        further the heavier this channel's noise is (`dsp.thresholds.budget.SHARE_GROWTH_LIGHT`).

        Parameters
        ----------
        confirm : ndarray of float64, shape (2,)
            Confirmation thresholds of the channel.
        tail : ndarray of float64, shape (2, 3)
            Of the channel, as `dsp.compiled._kernel.Kernel.tail` has it.
        rest_uv : ndarray of float64, shape (n,)
            The channel before the burst, in the detection band.
        """
        short, long = tail.tolist()
        reached = np.array(reached_by_noise(self._design, (tuple(short), tuple(long))))
        stretch = self._light + weigh(rest_uv) * (self._heavy - self._light)
        return float(np.mean((self._knee + (reached - self._knee) * stretch) / confirm))
