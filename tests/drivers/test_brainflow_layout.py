"""Layout of BrainFlow's rows: exact counts, auxiliary units, and losses by each board's own numbering."""

from collections.abc import Callable
from itertools import cycle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from acquisition.core import ads1299_microvolts_per_count
from acquisition.drivers.brainflow_layout import (
    CONVERTERS,
    EACH_8_BIT,
    EVEN_8_BIT,
    GANGLION_2,
    GANGLION_3,
    Converter,
    Counter,
    Layout,
    RowPlacer,
    converter_of,
)

CYTON = {
    "name": "Cyton",
    "num_rows": 24,
    "package_num_channel": 0,
    "emg_channels": [1, 2, 3, 4, 5, 6, 7, 8],
    "eeg_channels": [1, 2, 3, 4, 5, 6, 7, 8],
    "accel_channels": [9, 10, 11],
    "other_channels": [12, 13, 14, 15, 16, 17, 18],
    "analog_channels": [19, 20, 21],
    "timestamp_channel": 22,
    "marker_channel": 23,
}


def rows_of(microvolts: NDArray[np.float64], n_rows: int = 24) -> NDArray[np.float64]:
    rows = np.zeros((n_rows, microvolts.shape[1]))
    rows[1 : 1 + microvolts.shape[0]] = microvolts
    return rows


# --- scale ------------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(-8_388_608, 8_388_607), min_size=8, max_size=8), st.sampled_from([1, 2, 4, 6, 8, 12, 24]))
def test_a_cytons_microvolts_become_its_counts_again(counts: list[int], gain: int) -> None:
    """BrainFlow multiplies by 4.5 / (2**23 - 1) / gain * 1e6 in this order, in double precision."""
    layout = Layout(CYTON, CONVERTERS["CYTON"], (float(gain),) * 8)
    brainflow_scale = 4.5 / float(np.float32(2**23 - 1)) / gain * 1_000_000.0
    microvolts = brainflow_scale * np.array(counts, np.float64)[:, None]
    np.testing.assert_array_equal(layout.counts(rows_of(microvolts)), [counts])


@given(st.lists(st.integers(-(2**17), 2**17 - 1), min_size=4, max_size=4))
def test_a_ganglions_microvolts_become_its_counts_again(counts: list[int]) -> None:
    """Eighteen bits at the top of 24, times a scale that BrainFlow computes in single precision."""
    description = CYTON | {"emg_channels": [1, 2, 3, 4], "eeg_channels": [1, 2, 3, 4]}
    single = np.float32
    scale = float((single(1.2) * single(1e6)) / (single(8_388_607) * single(1.5) * single(51)))
    shifted = np.array(counts, np.float64) * 64
    layout = Layout(description, CONVERTERS["GANGLION"])
    np.testing.assert_array_equal(layout.counts(rows_of(scale * shifted[:, None])), [shifted])
    assert layout.info(200.0).microvolts_per_count[0] == pytest.approx(0.00186995, rel=1e-5)


def test_a_ganglions_rail_is_seen() -> None:
    info = Layout(CYTON, CONVERTERS["GANGLION_NATIVE"]).info(200.0)
    assert info.full_scale_counts == (2**17 - 1) * 64


def test_a_board_that_is_not_known_has_a_fine_scale_and_a_wide_range() -> None:
    layout = Layout(CYTON, Converter())
    microvolts = np.array([[0.05], [-0.05], [374_999.0], [500_000.0], [-9e9], [np.nan], [np.inf], [-np.inf]])
    counts = layout.counts(rows_of(microvolts))[0]
    assert layout.info(250.0).to_microvolts(counts[None])[0, :3] == pytest.approx(microvolts[:3, 0], abs=0.03)
    np.testing.assert_array_equal(counts[3:], [8_388_607, -8_388_608, 0, 8_388_607, -8_388_608])
    assert layout.info(250.0).counter_bits == 0


def test_samples_that_are_no_numbers_are_reported() -> None:
    microvolts = np.zeros((8, 3))
    microvolts[3, 1] = np.nan
    np.testing.assert_array_equal(Layout(CYTON, Converter()).is_number(rows_of(microvolts)), [True, False, True])


def test_counts_and_aux_are_contiguous_int32() -> None:
    layout = Layout(CYTON, CONVERTERS["CYTON"])
    rows = np.ones((24, 7))
    for array in (layout.counts(rows), layout.aux(rows)):
        assert array.dtype == np.int32
        assert array.flags.c_contiguous
    assert layout.counts(rows).shape == (7, 8)
    assert layout.aux(rows).shape == (7, 14)


# --- description ------------------------------------------------------------------------------------------------------


def test_info_of_a_cyton() -> None:
    info = Layout(CYTON, CONVERTERS["CYTON"]).info(1000.0)
    assert (info.name, info.sampling_rate_hz, info.counter_bits) == ("Cyton (BrainFlow)", 1000.0, 8)
    assert info.bandwidth_hz == pytest.approx(262.0)
    assert [channel.name for channel in info.channels] == [f"EMG {number}" for number in range(1, 9)]
    assert {channel.gain for channel in info.channels} == {24}
    assert info.channels[0].microvolts_per_count == ads1299_microvolts_per_count(24)
    assert [channel.name for channel in info.aux][:3] == ["Accel 1", "Accel 2", "Accel 3"]
    assert info.aux[-1].name == "Marker"
    assert len({channel.name for channel in info.aux}) == len(info.aux) == 14


def test_gains_are_each_channels_own() -> None:
    info = Layout(CYTON, CONVERTERS["CYTON"], (12.0,) + (24.0,) * 7).info(250.0)
    assert info.channels[0].microvolts_per_count == ads1299_microvolts_per_count(12)
    assert info.channels[1].microvolts_per_count == ads1299_microvolts_per_count(24)


def test_an_accelerometers_counts_are_the_boards() -> None:
    layout = Layout(CYTON, CONVERTERS["CYTON"])
    rows = np.zeros((24, 2))
    rows[9:12] = np.array([[-8_192, 1], [0, 2], [32_767, -3]]) * (0.002 / 16)
    rows[23] = [0.0, 65.0]
    aux = layout.aux(rows)
    np.testing.assert_array_equal(aux[:, :3], [[-8_192, 0, 32_767], [1, 2, -3]])
    np.testing.assert_array_equal(aux[:, -1], [0, 65])
    assert layout.info(250.0).aux[0].unit == "g"


def test_channels_that_are_no_emg_are_named_so_and_all_are_kept() -> None:
    galea = {"name": "Galea", "num_rows": 9, "emg_channels": [1, 2], "eog_channels": [3], "eeg_channels": [4, 5]}
    layout = Layout(galea, Converter())
    assert [channel.name for channel in layout.info(250.0).channels] == ["EMG 1", "EMG 2", "EXG 3", "EXG 4", "EXG 5"]
    assert layout.counter is None


def test_a_row_of_signal_is_no_aux_column_too() -> None:
    layout = Layout(CYTON | {"battery_channel": 3}, CONVERTERS["CYTON"])
    assert 3 in layout.signal_rows
    assert "Battery" not in [column.name for column in layout.info(250.0).aux]


def test_a_board_without_signal_has_no_rows_of_it() -> None:
    assert Layout({"name": "EmotiBit", "num_rows": 12, "accel_channels": [1, 2, 3]}, Converter()).signal_rows == []


@pytest.mark.parametrize(
    ("board", "other_info", "counter"),
    [
        ("CYTON", "", EACH_8_BIT),
        ("CYTON_DAISY", "", EVEN_8_BIT),
        ("CYTON_DAISY_WIFI", "", EACH_8_BIT),
        ("GANGLION", "", GANGLION_3),
        ("GANGLION_NATIVE", "fw:3", GANGLION_3),
        ("GANGLION_NATIVE", "fw:2", GANGLION_2),
        ("GANGLION_NATIVE", "fw:auto", None),
        ("GANGLION_WIFI", "", None),
        ("GALEA", "", None),
        ("CYTON", "fw:2", EACH_8_BIT),
    ],
)
def test_which_numbering_is_trusted(board: str, other_info: str, counter: Counter | None) -> None:
    assert converter_of(board, other_info).counter is counter


# --- losses -----------------------------------------------------------------------------------------------------------


def numbers_each(n: int) -> list[int]:
    return [index % 256 for index in range(n)]


def numbers_even(n: int) -> list[int]:
    return [2 * index % 256 for index in range(n)]


def numbers_ganglion_3(n: int) -> list[int]:
    return [index // 2 % 100 for index in range(n)]


def numbers_ganglion_3_without_accel(n: int) -> list[int]:
    return [100 + index // 2 % 100 for index in range(n)]


def numbers_ganglion_2(n: int) -> list[int]:
    in_cycle = [0] + [number for number in range(1, 101) for _ in range(2)]
    return [in_cycle[index % 201] for index in range(n)]


def numbers_ganglion_2_without_accel(n: int) -> list[int]:
    return [number + 100 if number else 0 for number in numbers_ganglion_2(n)]


SEQUENCES = [
    (EACH_8_BIT, numbers_each, 1),
    (EVEN_8_BIT, numbers_even, 1),
    (GANGLION_3, numbers_ganglion_3, 2),
    (GANGLION_3, numbers_ganglion_3_without_accel, 2),
    (GANGLION_2, numbers_ganglion_2, 2),
    (GANGLION_2, numbers_ganglion_2_without_accel, 2),
]


def packets(counter: Counter, n_rows: int, rows_per_packet: int) -> list[list[int]]:
    """Return the row numbers of each packet; the radio loses whole packets."""
    if rows_per_packet == 1:
        return [[row] for row in range(n_rows)]
    found: list[list[int]] = []
    row = 0
    while row < n_rows:
        is_single = counter is GANGLION_2 and row % 201 == 0
        found.append([row] if is_single else [row, row + 1])
        row = found[-1][-1] + 1
    return found


@pytest.mark.parametrize(("counter", "sequence", "rows_per_packet"), SEQUENCES)
@given(
    runs=st.lists(st.tuples(st.integers(1, 150), st.integers(0, 60)), min_size=1, max_size=8),
    chunks=st.lists(st.integers(1, 100), min_size=1, max_size=20),
)
@settings(max_examples=50)
def test_rows_stand_where_the_board_made_them(
    counter: Counter,
    sequence: Callable[[int], list[int]],
    rows_per_packet: int,
    runs: list[tuple[int, int]],
    chunks: list[int],
) -> None:
    """Any losses of up to 60 packets at a time, in any chunking."""
    sent = packets(counter, 2 * sum(n_kept + n_lost for n_kept, n_lost in runs), rows_per_packet)
    kept: list[int] = []
    position = 0
    for n_kept, n_lost in runs:
        kept += [row for packet in sent[position : position + n_kept] for row in packet]
        position += n_kept + n_lost
    numbers = np.array(sequence(kept[-1] + 1), np.int64)[kept]
    placer = RowPlacer(counter)
    steps: list[int] = []
    for n_rows in cycle(chunks):
        if len(steps) == numbers.size:
            break
        steps += placer.steps(numbers[len(steps) : len(steps) + n_rows]).tolist()
    np.testing.assert_array_equal(np.cumsum(steps) - 1, kept)


@given(st.lists(st.integers(0, 255), max_size=100), st.sampled_from([EACH_8_BIT, EVEN_8_BIT, GANGLION_3, GANGLION_2]))
def test_any_numbers_move_forward_by_less_than_a_period(numbers: list[int], counter: Counter) -> None:
    steps = RowPlacer(counter).steps(np.array(numbers, np.int64))
    assert steps.shape == (len(numbers),)
    assert np.all((steps >= 1) & (steps <= counter.period))


def test_the_first_row_stands_first_whatever_its_number() -> None:
    assert RowPlacer(EACH_8_BIT).steps(np.array([200, 201, 204])).tolist() == [1, 1, 3]


def test_a_daisys_row_with_an_old_even_half_stands_in_its_own_place() -> None:
    """Even packet 8 is lost and its odd one arrives: the row repeats number 6, and no row is missing."""
    placer = RowPlacer(EVEN_8_BIT)
    assert placer.steps(np.array([2, 4, 6, 6])).tolist() == [1, 1, 1, 1]
    assert placer.steps(np.array([10, 12, 16])).tolist() == [1, 1, 2]


def test_a_counter_that_stands_still_loses_nothing() -> None:
    assert RowPlacer(EACH_8_BIT).steps(np.zeros(1_000, np.int64)).tolist() == [1] * 1_000


def test_without_a_counter_rows_follow_each_other() -> None:
    placer = RowPlacer(None)
    assert placer.steps(np.array([5, 99, 3])).tolist() == [1, 1, 1]
    assert placer.steps(np.empty(0, np.int64)).size == 0


@pytest.mark.parametrize(("counter", "bits"), [(EACH_8_BIT, 8), (EVEN_8_BIT, 7), (GANGLION_3, 7), (GANGLION_2, 7)])
def test_whole_bits_of_each_counter(counter: Counter, bits: int) -> None:
    assert counter.bits == bits
