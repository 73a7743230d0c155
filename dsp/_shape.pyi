import numpy as np
from numpy.typing import NDArray

__test__: dict[str, str]

def slow_ratio(
    raw_uv: NDArray[np.float64],
    onset: int,
    peak_uv: float,
    sampling_rate_hz: float,
    slow_s: float,
    before_s: float,
) -> float: ...
def impulse_share(raw_uv: NDArray[np.float64], onset: int, sampling_rate_hz: float, width: int) -> float: ...
def attack(burst: NDArray[np.float64], n_samples: int) -> float: ...
def outline(
    signal_uv: NDArray[np.float64],
    onset: int,
    stop: int,
    floor_power: float,
    sampling_rate_hz: float,
    power: NDArray[np.float64],
) -> tuple[float, ...]: ...
def wander(
    raw_uv: NDArray[np.float64], onset: int, stop: int, peak_uv: float, sampling_rate_hz: float
) -> tuple[float, float]: ...
