"""Types and functions shared by all boards, links and recordings."""

from acquisition.core.ads1299 import (
    ACCEL_G_PER_COUNT,
    ADS1299_BANDWIDTH_PER_RATE,
    ADS1299_FULL_SCALE_COUNTS,
    ADS1299_GAINS,
    ads1299_channels,
    ads1299_microvolts_per_count,
)
from acquisition.core.block import Block, held_block, make_block
from acquisition.core.board import Board
from acquisition.core.clock import Clock, ManualClock, MonotonicClock
from acquisition.core.errors import (
    AcquisitionError,
    BoardConfigError,
    BoardNotFound,
    LinkError,
    ProtocolError,
    RecordingError,
    WrongRate,
)
from acquisition.core.info import (
    LABEL_WIDTH,
    AmplitudeUnit,
    AuxChannel,
    BoardInfo,
    Channel,
    ChannelSetup,
    Role,
    Setup,
    brief_list,
    distinct_label,
    distinct_names,
)
from acquisition.core.labels import TAKEN_AS_ECG, is_heart
from acquisition.core.loose import LooseConnection
from acquisition.core.plain_file import open_to_read, read_at_most
from acquisition.core.practice import ContractsByHand, KnowsTruth, NeedledByHand
from acquisition.core.registry import load, make_board, open_board
from acquisition.core.returning import ReturningBoard
from acquisition.core.sample_clock import SampleClock
from acquisition.core.self_test import LEAD_OFF_HZ, InternalSignal, SelfTest
from acquisition.core.silence import BROKEN_SILENCE_S, REPORTED_SILENCE_S, Silence
from acquisition.core.toml_text import read_toml_text
from acquisition.core.units import (
    GUESSED_BANDWIDTH_PER_RATE,
    MICROVOLTS_PER_UNIT,
    NOT_OF_MUSCLE,
    UNKNOWN_MICROVOLTS_PER_COUNT,
    UNKNOWN_SCALE,
    are_in_counts,
    is_count,
    is_no_voltage,
    microvolts_per_unit,
)
from acquisition.core.url import BoardUrl, parse_board_url

__all__ = [
    "ACCEL_G_PER_COUNT",
    "ADS1299_BANDWIDTH_PER_RATE",
    "ADS1299_FULL_SCALE_COUNTS",
    "ADS1299_GAINS",
    "BROKEN_SILENCE_S",
    "GUESSED_BANDWIDTH_PER_RATE",
    "LABEL_WIDTH",
    "LEAD_OFF_HZ",
    "MICROVOLTS_PER_UNIT",
    "NOT_OF_MUSCLE",
    "REPORTED_SILENCE_S",
    "TAKEN_AS_ECG",
    "UNKNOWN_MICROVOLTS_PER_COUNT",
    "UNKNOWN_SCALE",
    "AcquisitionError",
    "AmplitudeUnit",
    "AuxChannel",
    "Block",
    "Board",
    "BoardConfigError",
    "BoardInfo",
    "BoardNotFound",
    "BoardUrl",
    "Channel",
    "ChannelSetup",
    "Clock",
    "ContractsByHand",
    "InternalSignal",
    "KnowsTruth",
    "LinkError",
    "LooseConnection",
    "ManualClock",
    "MonotonicClock",
    "NeedledByHand",
    "ProtocolError",
    "RecordingError",
    "ReturningBoard",
    "Role",
    "SampleClock",
    "SelfTest",
    "Setup",
    "Silence",
    "WrongRate",
    "ads1299_channels",
    "ads1299_microvolts_per_count",
    "are_in_counts",
    "brief_list",
    "distinct_label",
    "distinct_names",
    "held_block",
    "is_count",
    "is_heart",
    "is_no_voltage",
    "load",
    "make_block",
    "make_board",
    "microvolts_per_unit",
    "open_board",
    "open_to_read",
    "parse_board_url",
    "read_at_most",
    "read_toml_text",
]
