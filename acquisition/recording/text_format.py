"""What a format's own reader finds in a text, and hands on to `TextRecording`."""

from collections.abc import Callable
from dataclasses import dataclass

from acquisition.core import ADS1299_FULL_SCALE_COUNTS, AuxChannel
from acquisition.recording.even_times import EvenTimes
from acquisition.recording.text_table import TextTable


@dataclass(frozen=True, slots=True)
class Scale:
    """µV of one count, and the count at which a channel is railed."""

    microvolts_per_count: float
    full_scale_counts: int = ADS1299_FULL_SCALE_COUNTS


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
    channel_names : tuple of str
        One per signal column.
    choose_scale : callable
        From the largest magnitude in a signal column to its scale.
    bandwidth_hz : float
        Usable bandwidth.
    aux : tuple of AuxChannel
        Auxiliary columns.
    has_counter, has_time : bool
        Whether there is a column of sample counters, of times (Unix, or since midnight, unless `even_times` says).
    even_times : EvenTimes or None
        What the times are in where they rise so evenly that they tell of every loss.
    microvolts_per_unit : tuple of float
        µV of one unit of each signal column.
    is_unit_guessed : tuple of bool
        Whether that is a guess, of each.
    amplitude_unit : str
        As `BoardInfo` has it.
    n_unusable_first : int
        So many rows at the start keep a place and are no samples.
    warnings : tuple of str
        What was guessed so far.
    """

    table: TextTable
    board: str
    sampling_rate_hz: float
    channel_names: tuple[str, ...]
    choose_scale: Callable[[float], Scale]
    bandwidth_hz: float
    aux: tuple[AuxChannel, ...] = ()
    has_counter: bool = False
    has_time: bool = False
    even_times: EvenTimes | None = None
    microvolts_per_unit: tuple[float, ...] = ()
    is_unit_guessed: tuple[bool, ...] = ()
    amplitude_unit: str = "µV"
    n_unusable_first: int = 0
    warnings: tuple[str, ...] = ()
