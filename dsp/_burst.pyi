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
    penalties: NDArray[np.float64],
    weight: float,
) -> tuple[int, int, int]: ...
def refilter(signal_uv: NDArray[np.float64], sections: NDArray[np.float64]) -> NDArray[np.float64]: ...
def walk_trees(
    roots: NDArray[np.int64],
    nodes: NDArray[np.void],
    depth: int,
    evidence: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]: ...
