import numpy as np
from numpy.typing import NDArray

__test__: dict[str, str]

def without_line(
    raw_uv: NDArray[np.float64], onset: int, sampling_rate_hz: float, line_hz: float, most_orders: int
) -> NDArray[np.float64]: ...
def line_share(burst: NDArray[np.float64], sampling_rate_hz: float, line_hz: float, most_orders: int) -> float: ...
