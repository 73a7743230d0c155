import numpy as np
from numpy.typing import NDArray

__test__: dict[str, str]

def reach_leaves(
    limits: NDArray[np.float64],
    above: NDArray[np.uint32],
    trees: NDArray[np.uint16],
    begins: NDArray[np.int64],
    firsts: NDArray[np.int64],
    evidence: NDArray[np.float64],
) -> NDArray[np.int64]: ...
def highest_sum(
    limits: NDArray[np.float64],
    above: NDArray[np.uint32],
    below: NDArray[np.uint32],
    trees: NDArray[np.uint16],
    begins: NDArray[np.int64],
    leaves: NDArray[np.float64],
    firsts: NDArray[np.int64],
    n_leaves: NDArray[np.int64],
    evidence: NDArray[np.float64],
) -> float: ...
def add_steps(
    begins: NDArray[np.int64],
    features: NDArray[np.uint16],
    steps: NDArray[np.float64],
    reached: NDArray[np.int64],
    n_features: int,
) -> NDArray[np.float64]: ...
