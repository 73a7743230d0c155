"""Test of what a pair can detect: a short contraction must show on the target pair and be smaller on the reference."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from acquisition.core import AmplitudeUnit, BoardInfo, Role
from twitchscope.words import for_later, joined_for_later

REST_S, CONTRACTION_S = 2.0, 5.0
"""Rest in seconds evaluated before the prompt, and time for the contraction after it: reacting takes up to a second."""

SEEN_RATIO = 3.0
"""Least ratio of contraction to rest at which a pair has detected it (10 dB); an assumption."""

SMALLER_SHARE = 0.5
"""A reference with less than this fraction of the target's contraction is far enough away; an assumption."""

HOLD_QUANTILE = 0.75
"""Quantile taken as the level of a contraction: it is reached or exceeded in a quarter of its time."""


@dataclass(frozen=True, slots=True)
class ChannelContraction:
    """Contraction on one channel, in µV RMS in the detector's band."""

    name: str
    role: Role
    rest_uv: float
    contraction_uv: float

    @property
    def ratio(self) -> float:
        """Ratio of contraction to rest; 0 if the rest is not known."""
        return self.contraction_uv / self.rest_uv if self.rest_uv > 0.0 else 0.0

    @property
    def is_seen(self) -> bool:
        """Whether the contraction was detected on this channel."""
        return self.ratio >= SEEN_RATIO

    def to_json(self) -> dict[str, object]:
        """Return the object for a file."""
        return {
            "name": self.name,
            "role": self.role.value,
            "rest_uv": round(self.rest_uv, 2),
            "contraction_uv": round(self.contraction_uv, 2),
        }


@dataclass(frozen=True, slots=True)
class Visibility:
    """Result of a contraction.

    Attributes
    ----------
    targets, references : sequence of ChannelContraction
        Pairs over the needled band (all surface pairs if none is marked so), and remote pairs.
    unit : AmplitudeUnit
        Unit of the amplitudes.
    """

    targets: Sequence[ChannelContraction]
    references: Sequence[ChannelContraction]
    unit: AmplitudeUnit

    @property
    def best(self) -> ChannelContraction | None:
        """The target pair with the largest contraction."""
        return max(self.targets, key=lambda seen: seen.contraction_uv, default=None)

    @property
    def is_seen(self) -> bool:
        """Whether a target pair detected it."""
        return any(seen.is_seen for seen in self.targets)

    @property
    def is_smaller_elsewhere(self) -> bool:
        """Whether it was clearly smaller on every reference."""
        best = self.best
        return best is not None and all(
            seen.contraction_uv < SMALLER_SHARE * best.contraction_uv for seen in self.references
        )

    def text(self) -> str:
        """Return a note on what these pairs can detect, in a sentence or two of English; `tr` translates it."""
        best = self.best
        if best is None:
            return for_later("no surface pair is set: nothing at the skin can be seen")
        scale = for_later(
            "{name} {uv:.0f} {unit}, {ratio:.1f} × rest",
            name=best.name,
            uv=best.contraction_uv,
            unit=for_later(self.unit),
            ratio=best.ratio,
        )
        if not self.is_seen:
            return for_later(
                "a contraction is hardly seen ({scale}): a twitch will not be, either. Did the right muscle contract? "
                "Move the pair nearer, clean the skin, or go on knowing that",
                scale=scale,
            )
        if not self.references:
            return for_later("seen: {scale}; there is no reference pair to compare with", scale=scale)
        others = joined_for_later(
            [
                for_later("{name} {uv:.0f} {unit}", name=seen.name, uv=seen.contraction_uv, unit=for_later(self.unit))
                for seen in self.references
            ]
        )
        if self.is_smaller_elsewhere:
            return for_later("seen: {scale}; smaller on the reference: {others}", scale=scale, others=others)
        return for_later(
            "seen: {scale}, but as much on the reference: {others}. Did the whole body tense, or lie the pairs too "
            "near to each other?",
            scale=scale,
            others=others,
        )


def judge_contraction(info: BoardInfo, rest_uv: NDArray[np.float64], contraction_uv: NDArray[np.float64]) -> Visibility:
    """Compare a contraction with the rest before it.

    Parameters
    ----------
    info : BoardInfo
        Description of the board.
    rest_uv, contraction_uv : ndarray of float64, shape (n_windows, n_channels)
        Levels of short windows.
    """
    channels = info.channels
    rest = np.median(rest_uv, axis=0)
    held = np.quantile(contraction_uv, HOLD_QUANTILE, axis=0)
    seen = [
        ChannelContraction(channel.name, channel.role, float(rest[place]), float(held[place]))
        for place, channel in enumerate(channels)
    ]
    surface = [place for place, channel in enumerate(channels) if channel.role is Role.SURFACE]
    over_band = [place for place in surface if channels[place].needled_band]
    return Visibility(
        [seen[place] for place in over_band or surface],
        [seen[place] for place, channel in enumerate(channels) if channel.role is Role.REFERENCE],
        info.amplitude_unit,
    )
