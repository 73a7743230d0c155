"""What a board tells about itself and its channels, and what the user says about them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from acquisition.core.errors import BoardConfigError

ADS1299_FULL_SCALE_COUNTS = 8_388_607
"""Largest count of a 24-bit ADS1299 conversion, 2**23 - 1."""

ADS1299_REFERENCE_UV = 4_500_000.0
"""Reference voltage of the ADS1299, 4.5 V (datasheet SBAS499, section 7.5)."""

ADS1299_GAINS = (1, 2, 4, 6, 8, 12, 24)
"""Gains that the ADS1299 has (datasheet SBAS499, CHnSET)."""

ADS1299_BANDWIDTH_PER_RATE = 0.262
"""-3 dB point of the ADS1299's sinc3 decimator as a share of its data rate (datasheet SBAS499, table 1)."""

LABEL_WIDTH = 16
"""Characters of a channel's name that a recording keeps (the label of a signal in EDF)."""


MAX_NAME_CHARS = 80
"""Of a longer label the rest is left out."""


class Role(StrEnum):
    """What a channel's electrodes look at."""

    SURFACE = "surface"
    """Bipolar pair on the skin."""
    NEEDLE = "needle"
    """The needle itself, by a clip on its handle."""
    REFERENCE = "reference"
    """A remote pair, where a twitch of the needled band is not expected."""
    ECG = "ecg"
    """A lead that sees the heart."""
    MOTION = "motion"
    """Accelerometer or contact on the needling hand."""
    OFF = "off"
    """Recorded, and used for nothing."""


class AmplitudeUnit(StrEnum):
    """What amplitudes are in: a text that names one puts it behind the number."""

    MICROVOLTS = "µV"
    COUNTS = "counts"
    """Those of a converter whose scale nobody knows; a scaled value is called ``_uv`` all the same."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One signal channel.

    Attributes
    ----------
    name : str
        Label, at most 16 characters are kept in a recording.
    microvolts_per_count : float
        µV of one count, above zero.
    role : Role
        What the electrodes look at.
    gain : float or None
        Gain of the amplifier; None where nobody knows it.
    muscle, side : str
        As the user names them; empty when not told.
    needled_band : bool
        True for a pair that lies over the needled band.
    full_scale_counts : int or None
        Largest count, where it is another than the board's; 0 where nobody knows it.
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
    """One auxiliary column: accelerometer, pin or marker.

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
    """What stands behind a stream of blocks.

    Attributes
    ----------
    name : str
        Name of the board or of what was recorded.
    sampling_rate_hz : float
        Nominal rate, above zero.
    channels : tuple of Channel
        Signal channels in board order.
    bandwidth_hz : float
        Usable bandwidth: -3 dB point of the converter.
    aux : tuple of AuxChannel
        Auxiliary columns in board order.
    counter_bits : int
        Bits of the board's sample counter; 0 when it has none and losses cannot be seen.
    full_scale_counts : int
        Largest count of the channels that tell none of their own; a channel at or beyond ± this is railed.
    amplitude_unit : AmplitudeUnit
        What amplitudes are in.
    """

    name: str
    sampling_rate_hz: float
    channels: tuple[Channel, ...]
    bandwidth_hz: float
    aux: tuple[AuxChannel, ...] = ()
    counter_bits: int = 0
    full_scale_counts: int = ADS1299_FULL_SCALE_COUNTS
    amplitude_unit: AmplitudeUnit = AmplitudeUnit.MICROVOLTS

    @property
    def n_channels(self) -> int:
        """Number of signal channels."""
        return len(self.channels)

    @property
    def channels_told(self) -> str:
        """How many signal channels there are, for a person: ``1 channel`` or ``8 channels``."""
        return f"{self.n_channels} channel{'' if self.n_channels == 1 else 's'}"

    @property
    def microvolts_per_count(self) -> NDArray[np.float64]:
        """µV of one count of each channel, shape (n_channels,)."""
        return np.array([channel.microvolts_per_count for channel in self.channels], np.float64)

    @property
    def full_scale_uv(self) -> NDArray[np.float64]:
        """µV at or beyond ± which each channel is railed, shape (n_channels,); infinite where nobody knows it."""
        own = [channel.full_scale_counts for channel in self.channels]
        counts = np.array([self.full_scale_counts if one is None else one or np.inf for one in own], np.float64)
        return self.microvolts_per_count * counts

    def to_microvolts(self, counts: NDArray[np.int32]) -> NDArray[np.float64]:
        """Return counts of shape (n_samples, n_channels) as float64 µV of the same shape."""
        return counts * self.microvolts_per_count


def ads1299_microvolts_per_count(gain: float) -> float:
    """Return µV of one ADS1299 count at `gain` (exact: ±(4.5 V / gain) at ±8388607)."""
    return ADS1299_REFERENCE_UV / gain / ADS1299_FULL_SCALE_COUNTS


def ads1299_channels(gains: tuple[float, ...]) -> tuple[Channel, ...]:
    """Return channels "EMG 1", "EMG 2", … of an ADS1299 with the given gains."""
    return tuple(
        Channel(f"EMG {number}", ads1299_microvolts_per_count(gain), gain=gain)
        for number, gain in enumerate(gains, start=1)
    )


def some_of(labels: Sequence[str]) -> str:
    """Return the first five labels and how many more there are, for a sentence."""
    more = f" and {len(labels) - 5} more" if len(labels) > 5 else ""
    return ", ".join(label or "one without a label" for label in labels[:5]) + more


def unlike(label: str, taken: Collection[str], number: int = 2) -> str:
    """Return `label`, or where that is taken the first of "label 2", "label 3", … that is not, in 16 characters.

    All below "label `number`" are known to be taken.
    """
    candidate = label
    while candidate in taken:
        candidate = f"{label[: LABEL_WIDTH - 1 - len(str(number))]} {number}"
        number += 1
    return candidate


def distinct_names(labels: Sequence[str], unnamed: str, most_chars: int = MAX_NAME_CHARS) -> list[str]:
    """Return names for labels that anybody may have written: printable, none empty or longer, no two alike.

    Those without a label are `unnamed` and their number from 1.
    """
    names: dict[str, None] = {}
    n_alike: dict[str, int] = {}
    for place, label in enumerate(labels, start=1):
        name = "".join(letter for letter in label[:MAX_NAME_CHARS] if letter.isprintable()).strip()
        name = name[:most_chars].strip() or f"{unnamed} {place}"
        n_alike[name] = n_alike.get(name, 0) + 1
        names[unlike(name, names, max(2, n_alike[name]))] = None
    return list(names)


@dataclass(frozen=True, slots=True)
class ChannelSetup:
    """What the user says of one channel; None leaves the board's own value."""

    name: str | None = None
    role: Role | None = None
    muscle: str = ""
    side: str = ""
    gain: float | None = None
    needled_band: bool = False


@dataclass(frozen=True, slots=True)
class Setup:
    """What the user says of a board's channels, by channel number from 1."""

    channels: Mapping[int, ChannelSetup] = field(default_factory=dict)

    def of(self, number: int) -> ChannelSetup:
        """Return what was said of channel `number` (from 1), or the defaults."""
        return self.channels.get(number, ChannelSetup())

    def apply(self, info: BoardInfo) -> BoardInfo:
        """Return `info` with the user's names, roles, muscles and sides; a channel not named here stays as it is.

        Only where the user calls another channel by its name, it gets a number behind it.

        Raises
        ------
        BoardConfigError
            When a channel is named that the board does not have, or the board runs another gain than asked.
        """
        beyond = [number for number in self.channels if not 1 <= number <= info.n_channels]
        if beyond:
            raise BoardConfigError(
                f"the setup names channel {beyond[0]}, but {info.name} has channels 1 to {info.n_channels}: "
                "is this the setup of another board?"
            )
        given = {said.name for said in self.channels.values() if said.name}
        taken = given.union(channel.name for channel in info.channels)
        channels = tuple(
            replace(channel, name=unlike(channel.name, taken))
            if channel.name in given and self.of(number).name is None
            else channel
            for number, channel in enumerate(info.channels, start=1)
        )
        return replace(info, channels=tuple(self._named(number, ch) for number, ch in enumerate(channels, start=1)))

    def _named(self, number: int, channel: Channel) -> Channel:
        said = self.channels.get(number)
        if said is None:
            return channel  # a recording tells roles too, and those of the other channels are not forgotten
        if said.gain is not None and channel.gain is not None and said.gain != channel.gain:
            raise BoardConfigError(
                f"the setup asks gain {said.gain:g} on channel {number}, but the board runs gain {channel.gain:g}: "
                "this board or recording cannot change its gain"
            )
        return replace(
            channel,
            name=said.name if said.name is not None else channel.name,
            role=said.role if said.role is not None else channel.role,
            muscle=said.muscle or channel.muscle,
            side=said.side or channel.side,
            needled_band=said.needled_band or channel.needled_band,
        )
