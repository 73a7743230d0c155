"""Learning of a resting baseline from consecutive seconds at rest; a second not at rest restarts it, with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from acquisition.core import AmplitudeUnit, BoardInfo, Role
from twitchscope.electrodes.contact import is_watched
from twitchscope.words import tr

SHORT_S, LONG_S = 10, 60
"""Seconds at rest to learn from."""

STEADY_RATIO = 3.0**0.5
"""Largest ratio of the loudest to the quietest second of a rest: three in power, as for the detector's baseline."""

MOST_AT_REST_UV = 20.0
"""Most RMS in µV at rest. A muscle at rest is silent; more than this on a surface pair is activity or a poor contact.
An assumption."""


@dataclass(slots=True)
class RestLearning:
    """Collector of seconds at rest.

    Parameters
    ----------
    info : BoardInfo
        Description of the board.
    wanted_s : int
        Seconds to collect.

    Attributes
    ----------
    start_s : float
        Start in seconds of the rest that is being collected.
    reason : str
        Why the last rejected second was rejected.
    """

    info: BoardInfo
    wanted_s: int
    start_s: float = 0.0
    reason: str = ""
    _seconds_uv: list[NDArray[np.float64]] = field(default_factory=list)

    @property
    def n_s(self) -> int:
        """Number of consecutive seconds at rest so far."""
        return len(self._seconds_uv)

    @property
    def is_done(self) -> bool:
        """Whether enough seconds are collected."""
        return self.n_s >= self.wanted_s

    @property
    def rms_uv(self) -> NDArray[np.float64]:
        """RMS at rest in µV, shape (n_channels,)."""
        rms: NDArray[np.float64] = np.sqrt(np.mean(np.square(self._seconds_uv), axis=0))
        return rms

    def take_second(
        self, start_s: float, level_uv: NDArray[np.float64], is_usable: Sequence[bool], disturbance: str
    ) -> None:
        """Process a second that starts at `start_s`.

        Parameters
        ----------
        start_s : float
            Start in seconds of signal.
        level_uv : ndarray of float64, shape (n_channels,)
            Median RMS of its short windows in µV; the median excludes heartbeats.
        is_usable : sequence of bool
            Whether each channel is usable.
        disturbance : str
            Anything else that happened in it; empty if nothing.
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

    def to_json(self) -> list[dict[str, object]]:
        """Return the baseline of each channel that records a muscle, for a file."""
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
