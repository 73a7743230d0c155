import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from twitchscope.live.lanes.columns import Columns, column_start, to_columns


def _chunked(values: np.ndarray, bad: np.ndarray, samples_per_column: float, sizes: list[int]) -> list[Columns]:
    found, start, end = [], 0, 0
    for size in [*sizes, len(values)]:
        end = min(end + size, len(values))
        columns, n_left = to_columns(start, values[start:end], bad[start:end], samples_per_column)
        found.append(columns)
        start = end - n_left
    return found


@given(
    st.integers(1, 400),
    st.floats(1.0, 40.0),
    st.lists(st.integers(0, 60), max_size=12),
    st.integers(0, 2**32 - 1),
)
@example(190, 1.1, [8, 60, 60, 60], 0)  # 170 * 1.1 rounds to more than 187, and 187 / 1.1 to 170
def test_any_chunking_gives_every_column_once_and_hides_no_sample(
    n_samples: int, samples_per_column: float, sizes: list[int], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n_samples, 2))
    bad = rng.random((n_samples, 2)) < 0.05
    parts = _chunked(values, bad, samples_per_column, sizes)
    numbers = [number for part in parts for number in range(part.first, part.first + len(part.low))]
    assert numbers == list(range(len(numbers)))
    low = np.concatenate([part.low for part in parts])
    high = np.concatenate([part.high for part in parts])
    flagged = np.concatenate([part.bad for part in parts])
    for number in numbers:
        own = slice(column_start(number, samples_per_column), column_start(number + 1, samples_per_column))
        assert np.array_equal(low[number], values[own].min(axis=0))
        assert np.array_equal(high[number], values[own].max(axis=0))
        assert np.array_equal(flagged[number], bad[own].any(axis=0))
    n_covered = column_start(len(numbers), samples_per_column)
    assert n_covered <= n_samples < n_covered + samples_per_column + 1.0


def test_a_single_sample_spike_stays() -> None:
    values = np.zeros((10_000, 1))
    values[4321] = 500.0
    columns, _ = to_columns(0, values, np.zeros(values.shape, np.bool_), 8.7)
    assert columns.high.max() == 500.0
    assert np.count_nonzero(columns.high) == 1
