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
def levels(
    signal_uv: NDArray[np.float64], onset: int, stop: int, sampling_rate_hz: float, n_samples: int
) -> tuple[float, float, float, float]: ...
def outline(
    signal_uv: NDArray[np.float64],
    onset: int,
    stop: int,
    floor_power: float,
    sampling_rate_hz: float,
    n_smooth: int,
) -> tuple[float, ...]: ...
def wander(
    raw_uv: NDArray[np.float64], onset: int, stop: int, peak_uv: float, sampling_rate_hz: float
) -> tuple[float, float]: ...
