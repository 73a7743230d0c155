"""Learn a resting baseline: seconds at rest are gathered, and one that is not at rest begins anew, with the reason."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from acquisition.core import AmplitudeUnit, BoardInfo, Role
from twitchscope.electrodes.contact import is_watched
from twitchscope.words import tr

SHORT_S, LONG_S = 10, 60
"""Seconds at rest that are learnt from."""

STEADY_RATIO = 3.0**0.5
"""Loudest over quietest second of one rest: three times in power, as the detector asks of its baseline."""

MOST_AT_REST_UV = 20.0
"""A muscle at rest is silent; what a pair at the skin sees beyond this is activity, or a contact that hardly holds.
An assumption."""


@dataclass(slots=True)
class RestLearning:
    """Gathers seconds at rest.

    Parameters
    ----------
    info : BoardInfo
        Of the board.
    wanted_s : int
        Seconds to be gathered.

    Attributes
    ----------
    start_s : float
        Where the rest began that is gathered now.
    reason : str
        Why the last second that was refused was.
    """

    info: BoardInfo
    wanted_s: int
    start_s: float = 0.0
    reason: str = ""
    _seconds_uv: list[NDArray[np.float64]] = field(default_factory=list)

    @property
    def n_s(self) -> int:
        """Seconds at rest so far, one after the other."""
        return len(self._seconds_uv)

    @property
    def is_done(self) -> bool:
        """Whether enough of them are there."""
        return self.n_s >= self.wanted_s

    @property
    def rms_uv(self) -> NDArray[np.float64]:
        """RMS at rest in µV, shape (n_channels,)."""
        rms: NDArray[np.float64] = np.sqrt(np.mean(np.square(self._seconds_uv), axis=0))
        return rms

    def take_second(
        self, start_s: float, level_uv: NDArray[np.float64], is_usable: Sequence[bool], disturbance: str
    ) -> None:
        """Take a second that begins at `start_s`.

        Parameters
        ----------
        start_s : float
            Seconds of signal.
        level_uv : ndarray of float64, shape (n_channels,)
            Median RMS of its short windows, so that a heartbeat does not count.
        is_usable : sequence of bool
            Per channel.
        disturbance : str
            What else happened in it, empty where nothing.
        """
        if self.is_done:
            return
        reason = disturbance or self._why_not(level_uv, is_usable)
        if reason:
            self.reason = reason
            self._seconds_uv.clear()
            return
        if not self._seconds_uv:
            self.start_s = start_s
        self._seconds_uv.append(level_uv)

    def record(self) -> list[dict[str, object]]:
        """Return what was learnt, per channel that looks at a muscle, for a file."""
        return [
            {"name": channel.name, "rms_uv": round(float(rms_uv), 3)}
            for channel, rms_uv in zip(self.info.channels, self.rms_uv, strict=True)
            if is_watched(channel.role)
        ]

    def _why_not(self, level_uv: NDArray[np.float64], is_usable: Sequence[bool]) -> str:
        unusable = [
            channel.name
            for channel, usable in zip(self.info.channels, is_usable, strict=True)
            if is_watched(channel.role) and not usable
        ]
        if unusable:
            return tr("{names} cannot be used: look at the electrodes").format(names=", ".join(unusable[:3]))
        unit = tr(self.info.amplitude_unit)
        most_uv = MOST_AT_REST_UV if self.info.amplitude_unit is AmplitudeUnit.MICROVOLTS else np.inf
        gathered = np.array([*self._seconds_uv, level_uv])
        for place, channel in enumerate(self.info.channels):
            if channel.role not in (Role.SURFACE, Role.REFERENCE):
                continue  # endplates at a needle are never silent
            if level_uv[place] > most_uv:
                return tr("{name} is active, {uv:.0f} {unit}: let the muscle go").format(
                    name=channel.name, uv=level_uv[place], unit=unit
                )
            lowest, highest = gathered[:, place].min(), gathered[:, place].max()
            if highest > STEADY_RATIO * lowest:
                return tr("{name} is not steady, {low:.1f} to {high:.1f} {unit}: keep still").format(
                    name=channel.name, low=lowest, high=highest, unit=unit
                )
        return ""
