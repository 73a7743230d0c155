"""Descriptions of boards and channels, and the channel settings given by the user."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from acquisition.core.errors import BoardConfigError

LABEL_WIDTH = 16
"""Number of characters of a channel's name that a recording keeps (the label of a signal in EDF)."""

MAX_NAME_CHARS = 80
"""Longer labels are truncated to this number of characters."""


class Role(StrEnum):
    """What a channel's electrodes record."""

    SURFACE = "surface"
    """Bipolar pair on the skin."""
    NEEDLE = "needle"
    """The needle itself, through a clip on its handle."""
    REFERENCE = "reference"
    """Remote pair, where a twitch of the needled band is not expected."""
    ECG = "ecg"
    """Lead that records the heart."""
    MOTION = "motion"
    """Accelerometer or contact on the needling hand."""
    OFF = "off"
    """Recorded but not used."""


class AmplitudeUnit(StrEnum):
    """Unit of amplitudes, as shown behind the number."""

    MICROVOLTS = "µV"
    COUNTS = "counts"
    """Counts of a converter of unknown scale. Names of scaled values end in ``_uv`` here too."""


@dataclass(frozen=True, slots=True)
class Channel:
    """Signal channel.

    Attributes
    ----------
    name : str
        Label, of which a recording keeps at most 16 characters.
    microvolts_per_count : float
        µV of one count, above zero.
    role : Role
        What the electrodes record.
    gain : float or None
        Gain of the amplifier; None when unknown.
    muscle, side : str
        As named by the user; empty when not given.
    needled_band : bool
        True for a pair over the needled band.
    full_scale_counts : int or None
        Largest count if it differs from the board's; 0 when unknown.
    """

    name: str
    microvolts_per_count: float
    role: Role = Role.SURFACE
    gain: float | None = None
    muscle: str = ""
    side: str = ""
    needled_band: bool = False
    full_scale_counts: int | None = None


@dataclass(frozen=True, slots=True)
class AuxChannel:
    """Auxiliary column: accelerometer, pin or marker.

    Attributes
    ----------
    name : str
        Label.
    unit : str
        Unit of the scaled value; empty for a plain number.
    unit_per_count : float
        Value of one count in that unit.
    """

    name: str
    unit: str = ""
    unit_per_count: float = 1.0


@dataclass(frozen=True, slots=True)
class BoardInfo:
    """Description of the source of a stream of blocks.

    Attributes
    ----------
    name : str
        Name of the board or of the recorded source.
    sampling_rate_hz : float
        Nominal rate, above zero.
    channels : tuple of Channel
        Signal channels in board order.
    bandwidth_hz : float
        Usable bandwidth: -3 dB point of the converter.
    aux : tuple of AuxChannel
        Auxiliary columns in board order.
    counter_bits : int
        Bits of the board's sample counter; 0 when it has none and losses cannot be detected.
    full_scale_counts : int
        Largest count of the channels without a value of their own, by default that of a 24-bit converter. A channel at
        or beyond ± this value is railed.
    amplitude_unit : AmplitudeUnit
        Unit of amplitudes.
    """

    name: str
    sampling_rate_hz: float
    channels: tuple[Channel, ...]
    bandwidth_hz: float
    aux: tuple[AuxChannel, ...] = ()
    counter_bits: int = 0
    full_scale_counts: int = 2**23 - 1
    amplitude_unit: AmplitudeUnit = AmplitudeUnit.MICROVOLTS

    @property
    def n_channels(self) -> int:
        """Number of signal channels."""
        return len(self.channels)

    @property
    def channel_count_text(self) -> str:
        """Number of signal channels as text: ``1 channel`` or ``8 channels``."""
        return f"{self.n_channels} channel{'' if self.n_channels == 1 else 's'}"

    @property
    def microvolts_per_count(self) -> NDArray[np.float64]:
        """µV of one count of each channel, shape (n_channels,)."""
        return np.array([channel.microvolts_per_count for channel in self.channels], np.float64)

    @property
    def full_scale_uv(self) -> NDArray[np.float64]:
        """Full scale of each channel in µV, shape (n_channels,). At or beyond ± it is railed; infinite if unknown."""
        own = [channel.full_scale_counts for channel in self.channels]
        counts = np.array([self.full_scale_counts if one is None else one or np.inf for one in own], np.float64)
        return self.microvolts_per_count * counts

    def to_microvolts(self, counts: NDArray[np.int32]) -> NDArray[np.float64]:
        """Return counts of shape (n_samples, n_channels) as float64 µV of the same shape."""
        return counts * self.microvolts_per_count


def brief_list(labels: Sequence[str]) -> str:
    """Return the first five labels and the number of the others, as part of a sentence."""
    more = f" and {len(labels) - 5} more" if len(labels) > 5 else ""
    return ", ".join(label or "one without a label" for label in labels[:5]) + more


def distinct_label(label: str, taken: Collection[str], number: int = 2) -> str:
    """Return `label`, or if it is taken, the first free one of "label 2", "label 3", …, within 16 characters.

    The search starts at `number`; the caller knows that all lower numbers are taken.
    """
    candidate = label
    while candidate in taken:
        candidate = f"{label[: LABEL_WIDTH - 1 - len(str(number))]} {number}"
        number += 1
    return candidate


def distinct_names(labels: Sequence[str], unnamed: str, most_chars: int = MAX_NAME_CHARS) -> list[str]:
    """Return names for labels from an untrusted source: printable, not empty, distinct, at most `most_chars` long.

    A channel without a label is named `unnamed` and its number from 1.
    """
    names: dict[str, None] = {}
    n_alike: dict[str, int] = {}
    for place, label in enumerate(labels, start=1):
        name = "".join(letter for letter in label[:MAX_NAME_CHARS] if letter.isprintable()).strip()
        name = name[:most_chars].strip() or f"{unnamed} {place}"
        n_alike[name] = n_alike.get(name, 0) + 1
        names[distinct_label(name, names, max(2, n_alike[name]))] = None
    return list(names)


@dataclass(frozen=True, slots=True)
class ChannelSetup:
    """Settings of one channel given by the user. None keeps the board's own value."""

    name: str | None = None
    role: Role | None = None
    muscle: str = ""
    side: str = ""
    gain: float | None = None
    needled_band: bool = False


@dataclass(frozen=True, slots=True)
class Setup:
    """Settings of a board's channels given by the user, by channel number from 1."""

    channels: Mapping[int, ChannelSetup] = field(default_factory=dict)

    def of(self, number: int) -> ChannelSetup:
        """Return the settings of channel `number` (from 1), or the defaults."""
        return self.channels.get(number, ChannelSetup())

    def apply(self, info: BoardInfo) -> BoardInfo:
        """Return `info` with the user's names, roles, muscles and sides.

        Channels without settings are unchanged, except that a number is appended to a name that the user gives to
        another channel.

        Raises
        ------
        BoardConfigError
            If the setup names a channel that the board does not have, or the board's gain differs from the requested
            one.
        """
        beyond = [number for number in self.channels if not 1 <= number <= info.n_channels]
        if beyond:
            raise BoardConfigError(
                f"the setup names channel {beyond[0]}, but {info.name} has channels 1 to {info.n_channels}: "
                "is this the setup of another board?"
            )
        given = {one.name for one in self.channels.values() if one.name}
        taken = given.union(channel.name for channel in info.channels)
        channels = tuple(
            replace(channel, name=distinct_label(channel.name, taken))
            if channel.name in given and self.of(number).name is None
            else channel
            for number, channel in enumerate(info.channels, start=1)
        )
        return replace(info, channels=tuple(self._named(number, ch) for number, ch in enumerate(channels, start=1)))

    def _named(self, number: int, channel: Channel) -> Channel:
        setup = self.channels.get(number)
        if setup is None:
            return channel  # keeps the role, which a recording may have stored
        if setup.gain is not None and channel.gain is not None and setup.gain != channel.gain:
            raise BoardConfigError(
                f"the setup sets gain {setup.gain:g} on channel {number}, but the board runs gain {channel.gain:g}: "
                "this board or recording cannot change its gain"
            )
        return replace(
            channel,
            name=setup.name if setup.name is not None else channel.name,
            role=setup.role if setup.role is not None else channel.role,
            muscle=setup.muscle or channel.muscle,
            side=setup.side or channel.side,
            needled_band=setup.needled_band or channel.needled_band,
        )
