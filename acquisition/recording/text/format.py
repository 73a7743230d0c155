"""Result of a format's own reader, passed to `TextRecording`."""

from collections.abc import Callable
from dataclasses import dataclass

from acquisition.core import AmplitudeUnit, AuxChannel, Role
from acquisition.recording.scale import Scale
from acquisition.recording.text.table import TextTable
from acquisition.recording.text.timing.even_times import EvenTimes


@dataclass(frozen=True, slots=True)
class TextChannel:
    """Signal column.

    Attributes
    ----------
    name : str
        Label.
    microvolts_per_unit : float
        µV per unit of the column.
    is_unit_guessed : bool
        Whether the unit is guessed.
    zero : float
        Value that represents 0 µV.
    scale : Scale or None
        Scale of its converter, where the file states it.
    role : Role
        Role of the channel, where the file states it.
    """

    name: str
    microvolts_per_unit: float = 1.0
    is_unit_guessed: bool = False
    zero: float = 0.0
    scale: Scale | None = None
    role: Role = Role.SURFACE


@dataclass(frozen=True, slots=True)
class TextFormat:
    """Metadata of a text file, and the use of its columns.

    Attributes
    ----------
    table : TextTable
        The rows. Its columns are those of the channels, then of `aux`, then counter and time where present.
    board : str
        Name of the board or program.
    sampling_rate_hz : float
        Nominal rate.
    channels : tuple of TextChannel
        One per signal column.
    choose_scale : callable
        Function from the largest magnitude in a signal column to its scale, for channels without a scale of their own.
    bandwidth_hz : float
        Usable bandwidth.
    aux : tuple of AuxChannel
        Auxiliary columns.
    has_counter, has_time : bool
        Whether there is a column of sample counters, and of times (Unix or since midnight, unless `even_times` is set).
    even_times : EvenTimes or None
        Description of the times where they rise so evenly that they show every loss.
    amplitude_unit : AmplitudeUnit
        As in `BoardInfo`.
    n_unusable_first : int
        Number of rows at the start that are not samples but keep their positions.
    warnings : tuple of str
        Warnings so far.
    """

    table: TextTable
    board: str
    sampling_rate_hz: float
    channels: tuple[TextChannel, ...]
    choose_scale: Callable[[float], Scale]
    bandwidth_hz: float
    aux: tuple[AuxChannel, ...] = ()
    has_counter: bool = False
    has_time: bool = False
    even_times: EvenTimes | None = None
    amplitude_unit: AmplitudeUnit = AmplitudeUnit.MICROVOLTS
    n_unusable_first: int = 0
    warnings: tuple[str, ...] = ()
