"""What a format's own reader finds in a text, and hands on to `TextRecording`."""

from collections.abc import Callable
from dataclasses import dataclass

from acquisition.core import AmplitudeUnit, AuxChannel, Role
from acquisition.recording.scale import Scale
from acquisition.recording.text.table import TextTable
from acquisition.recording.text.timing.even_times import EvenTimes


@dataclass(frozen=True, slots=True)
class TextChannel:
    """One signal column.

    Attributes
    ----------
    name : str
        Label.
    microvolts_per_unit : float
        µV of one unit of the column.
    is_unit_guessed : bool
        Whether that is a guess.
    zero : float
        The number that stands for 0 µV.
    scale : Scale or None
        That of its converter, where the file tells it.
    role : Role
        What it looks at, where the file tells it.
    """

    name: str
    microvolts_per_unit: float = 1.0
    is_unit_guessed: bool = False
    zero: float = 0.0
    scale: Scale | None = None
    role: Role = Role.SURFACE


@dataclass(frozen=True, slots=True)
class TextFormat:
    """What a text format tells before its rows, and how its columns are used.

    Attributes
    ----------
    table : TextTable
        The rows; its columns are those of the channels, then of `aux`, then counter and time where there are any.
    board : str
        Name of the board or program.
    sampling_rate_hz : float
        Nominal rate.
    channels : tuple of TextChannel
        One per signal column.
    choose_scale : callable
        From the largest magnitude in a signal column to its scale, where its channel has none of its own.
    bandwidth_hz : float
        Usable bandwidth.
    aux : tuple of AuxChannel
        Auxiliary columns.
    has_counter, has_time : bool
        Whether there is a column of sample counters, of times (Unix, or since midnight, unless `even_times` says).
    even_times : EvenTimes or None
        What the times are in where they rise so evenly that they tell of every loss.
    amplitude_unit : AmplitudeUnit
        As `BoardInfo` has it.
    n_unusable_first : int
        So many rows at the start keep a place and are no samples.
    warnings : tuple of str
        What was guessed so far.
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
