import numpy as np
from numpy.typing import NDArray

__test__: dict[str, str]

def smooth_power(signal_uv: NDArray[np.float64], n_samples: int) -> NDArray[np.float64]: ...
def last_row(signal_uv: NDArray[np.float64], lag: int, n_samples: int, share: float, least: float) -> int: ...
def first_row(signal_uv: NDArray[np.float64], n_samples: int, level: float, share: float, most_share: float) -> int: ...
def onset_rows(
    power: NDArray[np.float64],
    sizes: NDArray[np.float64],
    rises_s: NDArray[np.float64],
    sampling_rate_hz: float,
    every: int,
    slow_penalty: float,
) -> tuple[int, int, int]: ...
def walk_trees(
    roots: NDArray[np.int64],
    feature: NDArray[np.int64],
    below: NDArray[np.int64],
    above: NDArray[np.int64],
    limit: NDArray[np.float64],
    value: NDArray[np.float64],
    depth: int,
    evidence: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]: ...
def top_amplitudes(signal_uv: NDArray[np.float64], first: int) -> NDArray[np.float64]: ...
def mean_squares(signal_uv: NDArray[np.float64], first: int) -> NDArray[np.float64]: ...
def top_powers(signal_uv: NDArray[np.float64], first: int, n_samples: int) -> NDArray[np.float64]: ...
def centres(signal_uv: NDArray[np.float64], first: int) -> NDArray[np.float64]: ...
