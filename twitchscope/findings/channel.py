"""How well a channel could be used."""

from dataclasses import dataclass

from acquisition.core import Role
from twitchscope.electrodes.quality import ChannelQuality
from twitchscope.storage.fields import Record


@dataclass(frozen=True, slots=True)
class ChannelRecord:
    """What a signal was like on one channel.

    Attributes
    ----------
    name : str
        Of the channel.
    role : Role
        What it was for.
    baseline_rms_uv : float or None
        Resting baseline, in µV; None where it was not learnt.
    usable_fraction : float
        Share of the time in which the detector could use it, 0 to 1.
    quality : ChannelQuality
        Its contact.
    """

    name: str
    role: Role
    baseline_rms_uv: float | None
    usable_fraction: float
    quality: ChannelQuality

    def to_json(self) -> Record:
        """Return the object that `analyze --format json` and ``session.json`` hold (see docs/files.md)."""
        return {
            "name": self.name,
            "role": self.role.value,
            "baseline_rms_uv": self.baseline_rms_uv,
            "usable_fraction": self.usable_fraction,
            **self.quality.record(),
        }
