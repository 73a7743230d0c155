import numpy as np
from numpy.typing import NDArray

__test__: dict[str, str]

def best_pulse(
    signal_uv: NDArray[np.float64], response: NDArray[np.float64], inverse: NDArray[np.float64]
) -> tuple[float, int, NDArray[np.float64]]: ...
def most_explained(signal_uv: NDArray[np.float64], basis: NDArray[np.float64]) -> float: ...
def largest_repeat(
    signal_uv: NDArray[np.float64],
    shape: NDArray[np.float64],
    at: int,
    soon: int,
    late: int,
    least: float,
    most: float,
) -> float: ...
