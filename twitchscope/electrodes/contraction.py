"""Can this pair see anything? A short contraction, seen on the target pair and smaller on the reference."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from acquisition.core import AmplitudeUnit, BoardInfo, Role
from twitchscope.words import for_later

REST_S, CONTRACTION_S = 2.0, 5.0
"""Rest that is looked at before the word, and time for the contraction behind it: reacting takes up to a second."""

SEEN_RATIO = 3.0
"""Contraction over rest from which a pair has seen it (10 dB); an assumption."""

SMALLER_SHARE = 0.5
"""A reference that sees less than this share of the target's contraction is far enough away; an assumption."""

HOLD_QUANTILE = 0.75
"""The level of a contraction is reached or exceeded in the last quarter of its time."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one channel saw of a contraction, in µV RMS in the detector's band."""

    name: str
    role: Role
    rest_uv: float
    contraction_uv: float

    @property
    def ratio(self) -> float:
        """Contraction over rest."""
        return self.contraction_uv / self.rest_uv if self.rest_uv > 0.0 else 0.0

    @property
    def is_seen(self) -> bool:
        """Whether it stands out."""
        return self.ratio >= SEEN_RATIO

    def record(self) -> dict[str, object]:
        """Return it for a file."""
        return {
            "name": self.name,
            "role": self.role.value,
            "rest_uv": round(self.rest_uv, 2),
            "contraction_uv": round(self.contraction_uv, 2),
        }


@dataclass(frozen=True, slots=True)
class Visibility:
    """What came of a contraction.

    Attributes
    ----------
    targets, references : sequence of Seen
        Pairs over the needled band (all surface pairs where none is named so), and remote ones.
    unit : AmplitudeUnit
        What they saw it in.
    """

    targets: Sequence[Seen]
    references: Sequence[Seen]
    unit: AmplitudeUnit

    @property
    def best(self) -> Seen | None:
        """The target that saw most."""
        return max(self.targets, key=lambda seen: seen.contraction_uv, default=None)

    @property
    def is_seen(self) -> bool:
        """Whether a target pair saw it."""
        return any(seen.is_seen for seen in self.targets)

    @property
    def is_smaller_elsewhere(self) -> bool:
        """Whether every reference saw clearly less."""
        best = self.best
        return best is not None and all(
            seen.contraction_uv < SMALLER_SHARE * best.contraction_uv for seen in self.references
        )

    def text(self) -> str:
        """Return the note on what these pairs can see, in a sentence or two of English; `tr` says it on screen."""
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
        others = ", ".join(f"{seen.name} {seen.contraction_uv:.0f} {self.unit}" for seen in self.references)
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
        Of the board.
    rest_uv, contraction_uv : ndarray of float64, shape (n_windows, n_channels)
        Levels of short windows.
    """
    channels = info.channels
    rest = np.median(rest_uv, axis=0)
    held = np.quantile(contraction_uv, HOLD_QUANTILE, axis=0)
    seen = [
        Seen(channel.name, channel.role, float(rest[place]), float(held[place]))
        for place, channel in enumerate(channels)
    ]
    surface = [place for place, channel in enumerate(channels) if channel.role is Role.SURFACE]
    over_band = [place for place in surface if channels[place].needled_band]
    return Visibility(
        [seen[place] for place in over_band or surface],
        [seen[place] for place, channel in enumerate(channels) if channel.role is Role.REFERENCE],
        info.amplitude_unit,
    )
