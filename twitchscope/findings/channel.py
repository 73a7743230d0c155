"""Usability of a channel."""

from dataclasses import dataclass

from acquisition.core import Role
from twitchscope.electrodes.quality import ChannelQuality
from twitchscope.storage.fields import Record


@dataclass(frozen=True, slots=True)
class ChannelRecord:
    """Summary of the signal on one channel.

    Attributes
    ----------
    name : str
        Name of the channel.
    role : Role
        Role of the channel.
    baseline_rms_uv : float or None
        RMS of the resting baseline in µV; None if it was not learnt.
    usable_fraction : float
        Fraction of the time in which the detector could use the channel, 0 to 1.
    quality : ChannelQuality
        Quality of its contact.
    """

    name: str
    role: Role
    baseline_rms_uv: float | None
    usable_fraction: float
    quality: ChannelQuality

    def to_json(self) -> Record:
        """Return the object written by `analyze --format json` and in ``session.json`` (see docs/files.md)."""
        return {
            "name": self.name,
            "role": self.role.value,
            "baseline_rms_uv": self.baseline_rms_uv,
            "usable_fraction": self.usable_fraction,
            **self.quality.to_json(),
        }
