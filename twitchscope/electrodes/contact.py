"""Contact of each electrode pair, judged from the signal alone. No current flows, so it works for needles too."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from acquisition.core import AmplitudeUnit, BoardInfo, Role
from dsp.arguments import WATCHED_ROLES
from dsp.artifacts.mains import NOMINAL_HZ
from dsp.levels import band_levels_uv, line_amplitudes_uv
from twitchscope.words import for_later

LOOK_S = 2.0
"""Signal that is evaluated, in seconds."""

LEAST_LOOK_S = 1.0
"""Least signal for a result, in seconds."""

RAILED_SHARE = 0.9
"""Fraction of the full scale beyond which a channel is railed."""

FLAT_UV = 0.05
"""RMS in µV below which nothing is connected: a converter's own noise is ten times as high (datasheet, ADS1299)."""

MUCH_MAINS_UV = 50.0
"""Mains amplitude in µV above which an electrode of the pair or the bias electrode hardly holds: an assumption."""

MUCH_NOISE_UV = 15.0
"""RMS in µV at rest above which small twitches are lost. Skin and electrode contribute 1 to 3 µV (see
`twitchscope.electrodes.self_test`); five times that is an assumption."""

WINDOW_S = 0.1


class Quality(Enum):
    """Quality of a channel's contact."""

    GOOD = for_later("good")
    RAILED = for_later("railed")
    FLAT = for_later("flat")
    MAINS = for_later("mains")
    NOISY = for_later("noisy")
    LOST = for_later("no signal")


@dataclass(frozen=True, slots=True)
class ContactLook:
    """Contact of one channel.

    Attributes
    ----------
    name : str
        Name of the channel.
    quality : Quality
        The first problem found, or good.
    noise_uv, mains_uv : float
        RMS in the detector's band, and amplitude of the mains, in µV.
    """

    name: str
    quality: Quality
    noise_uv: float
    mains_uv: float

    @property
    def advice(self) -> str:
        """Advice in English; empty if the contact is good."""
        return {
            Quality.GOOD: "",
            Quality.RAILED: for_later("off: press both electrodes and the bias electrode on, or take new ones"),
            Quality.FLAT: for_later("flat: is the lead plugged in? is the channel switched off?"),
            Quality.MAINS: for_later(
                "mains: clean the skin, look at the bias electrode, move cables away from chargers"
            ),
            Quality.NOISY: for_later("noisy: let the muscle go; if it stays, clean the skin and take new electrodes"),
            Quality.LOST: for_later("samples are lost: is the radio link poor?"),
        }[self.quality]

    def to_json(self) -> dict[str, object]:
        """Return the object for a file."""
        return {
            "name": self.name,
            "quality": self.quality.value,
            "noise_uv": round(self.noise_uv, 2),
            "mains_uv": round(self.mains_uv, 2),
        }


def look_at_contacts(
    info: BoardInfo, counts: NDArray[np.int32], valid: NDArray[np.bool_], band_hz: tuple[float, float]
) -> list[ContactLook]:
    """Judge the contact of every channel that records a muscle, in board order; none with less than `LEAST_LOOK_S`.

    Parameters
    ----------
    info : BoardInfo
        Description of the board.
    counts : ndarray of int32, shape (n_samples, n_channels)
        About the last `LOOK_S`, without the time in which filters and electrodes settle after a start.
    valid : ndarray of bool, shape (n_samples,)
        False where a sample was lost.
    band_hz : tuple of float
        The detector's band.
    """
    watched = [place for place, channel in enumerate(info.channels) if is_watched(channel.role)]
    if len(counts) < LEAST_LOOK_S * info.sampling_rate_hz:
        return []
    signal_uv = info.to_microvolts(counts)
    noise_uv = np.median(band_levels_uv(signal_uv, info.sampling_rate_hz, band_hz, WINDOW_S), axis=0)
    mains_uv = np.max([line_amplitudes_uv(signal_uv, info.sampling_rate_hz, line) for line in NOMINAL_HZ], axis=0)
    is_railed = np.median(np.abs(signal_uv), axis=0) > RAILED_SHARE * info.full_scale_uv
    has_mains, is_noisy = mains_uv > MUCH_MAINS_UV, noise_uv > MUCH_NOISE_UV
    is_flat = signal_uv.std(axis=0) < FLAT_UV
    if info.amplitude_unit is AmplitudeUnit.COUNTS:  # thresholds in µV have no meaning
        has_mains = is_noisy = np.zeros(info.n_channels, np.bool_)
        is_flat = np.ptp(counts, axis=0) == 0
    is_lost = valid.mean() < 0.5
    looks = []
    for place in watched:
        quality = _quality(is_lost, is_railed[place], is_flat[place], has_mains[place], is_noisy[place])
        if quality is Quality.NOISY and info.channels[place].role is Role.NEEDLE:
            quality = Quality.GOOD  # endplate activity at a needle is not noise of its contact
        looks.append(ContactLook(info.channels[place].name, quality, float(noise_uv[place]), float(mains_uv[place])))
    return looks


def is_watched(role: Role) -> bool:
    """Return whether a channel of that role records a muscle."""
    return role in WATCHED_ROLES


def contact_lines(looks: Sequence[ContactLook]) -> list[str]:
    """Return a line in English for each contact that is not good, or one for all; `tr` translates it for the screen."""
    if not looks:
        return [for_later("waiting for the signal")]
    bad = [look for look in looks if look.quality is not Quality.GOOD]
    if not bad:
        return [for_later("all contacts look good")]
    return [for_later("{name}: {advice}", name=look.name, advice=look.advice) for look in bad]


def _quality(is_lost: bool, is_railed: bool, is_flat: bool, has_mains: bool, is_noisy: bool) -> Quality:
    if is_railed:
        return Quality.RAILED
    if is_lost:
        return Quality.LOST
    if is_flat:
        return Quality.FLAT
    if has_mains:
        return Quality.MAINS
    return Quality.NOISY if is_noisy else Quality.GOOD
