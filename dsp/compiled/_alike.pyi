import numpy as np
from numpy.typing import NDArray

__test__: dict[str, str]

def products(
    signal: NDArray[np.float64], patterns: NDArray[np.float64], chosen: NDArray[np.int64], n_lanes: int = 0
) -> NDArray[np.float64]: ...
def window_energies(
    signal: NDArray[np.float64], weights: NDArray[np.float64], n_window: int
) -> NDArray[np.float64]: ...
def centre_row(signal: NDArray[np.float64], weights: NDArray[np.float64], first: int, stop: int) -> int: ...
def averaged_rows(
    signal: NDArray[np.float64], weights: NDArray[np.float64], first: int, n_rows: int, each: int
) -> NDArray[np.float64]: ...
