import numpy as np
from numpy.typing import NDArray

__test__: dict[str, str]

def partial_correlations(
    signal_uv: NDArray[np.float64], response: NDArray[np.float64], ends: NDArray[np.int64], n_lanes: int = 0
) -> NDArray[np.float64]: ...
def best_pulse(
    signal_uv: NDArray[np.float64],
    first: NDArray[np.float64],
    response: NDArray[np.float64],
    inverse: NDArray[np.float64],
    wide: NDArray[np.float64],
    tail_share: float,
) -> tuple[float, int, NDArray[np.float64]]: ...
def best_step(
    signal_uv: NDArray[np.float64],
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    third: NDArray[np.float64],
    inverse: NDArray[np.float64],
    least: float,
) -> float: ...
def largest_repeat(
    signal_uv: NDArray[np.float64],
    shape: NDArray[np.float64],
    at: int,
    soon: int,
    late: int,
    least: float,
    most: float,
) -> float: ...
