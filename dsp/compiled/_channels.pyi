import numpy as np
from numpy.typing import NDArray

__test__: dict[str, str]

def top_amplitudes(signal_uv: NDArray[np.float64], first: int) -> NDArray[np.float64]: ...
def centres(signal_uv: NDArray[np.float64], first: int) -> NDArray[np.float64]: ...
def company(
    signal_uv: NDArray[np.float64],
    floor_power: NDArray[np.float64],
    seeing: NDArray[np.bool_],
    channel: int,
    before: int,
    first: int,
    n_samples: int,
    least: float,
) -> tuple[float, float, float, int]: ...
def reach(
    products: NDArray[np.float64],
    floor_power: NDArray[np.float64],
    weights: NDArray[np.float64],
    channel: int,
    n_rows: int,
) -> tuple[float, ...]: ...
def rise(
    signal_uv: NDArray[np.float64],
    floor_power: NDArray[np.float64],
    weights: NDArray[np.float64],
    channel: int,
    within: tuple[int, int],
    before: tuple[int, int],
    after: tuple[int, int],
    least: float,
) -> tuple[float, float, float, float]: ...
