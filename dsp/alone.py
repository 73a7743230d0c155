"""Bursts that nothing but their energy tells from noise: confirmed as often as the budget lets noise be wrong."""

import numpy as np

from dsp.bands import KernelDesign
from dsp.history import NAMES as HISTORY
from dsp.recent import Samples
from dsp.rules import RAISED, Case
from dsp.tail import reached_by_noise

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
        self._knee, self._stretch = np.array(design.knee), np.array(design.alone_stretch)

    def confirms(self, case: Case, past: tuple[float, ...], confirm: Samples, tail: Samples, risen: float) -> bool:
        """Tell whether a burst stands alone in rest and is as large as the budget lets noise be.

        Nothing but its size can tell such a burst from noise, and the budget says how often that may be wrong.

        Parameters
        ----------
        case : Case
            The burst, which nothing bars.
        past : tuple of float
            What went before, in the order of `dsp.history.NAMES`.
        confirm : ndarray of float64, shape (2,)
            Confirmation thresholds of its channel.
        tail : ndarray of float64, shape (2, 3)
            Of that channel, as `dsp._kernel.Kernel.tail` has it.
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
            and case.beat_over == 1.0
            and not case.may_be_heart
            and 1.0 <= case.margin / self.margin(confirm, tail) < MOST_ALONE  # last: it costs more than all the others
        )

    def margin(self, confirm: Samples, tail: Samples) -> float:
        """Return the energy over one channel's confirmation thresholds from which energy alone may confirm.

        It lies so much further above the knee than what noise reaches as often as confirmations are aimed at. That is
        the confirmation threshold itself, unless this stands at its ceiling or the noise has a heavy tail.
        """
        short, long = tail.tolist()
        reached = np.array(reached_by_noise(self._design, (tuple(short), tuple(long))))
        return float(np.mean((self._knee + (reached - self._knee) * self._stretch) / confirm))
