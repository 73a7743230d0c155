import numpy as np
from numpy.typing import NDArray

__test__: dict[str, str]

def tally_contacts(
    counts: NDArray[np.int32],
    uv_per_count: NDArray[np.float64],
    rail: NDArray[np.float64],
    flat_uv: float,
    tally: NDArray[np.int64],
) -> NDArray[np.int64]: ...
def windowed_uv(
    counts: NDArray[np.int32], uv_per_count: NDArray[np.float64], window: NDArray[np.float64]
) -> NDArray[np.float64]: ...
def weighed_powers(spectra: NDArray[np.complex128], weights: NDArray[np.float64]) -> NDArray[np.float64]: ...
def count_logs(
    values: NDArray[np.float64], rows: NDArray[np.int64], low: float, per_decade: float, counts: NDArray[np.int64]
) -> None: ...
