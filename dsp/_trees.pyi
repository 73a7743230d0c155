import numpy as np
from numpy.typing import NDArray

__test__: dict[str, str]

def leaf_values(
    limits: NDArray[np.float64],
    above: NDArray[np.uint32],
    trees: NDArray[np.uint16],
    begins: NDArray[np.int64],
    leaves: NDArray[np.float64],
    firsts: NDArray[np.int64],
    evidence: NDArray[np.float64],
) -> NDArray[np.float64]: ...
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
def walk_trees(
    roots: NDArray[np.int64],
    nodes: NDArray[np.void],
    depth: int,
    evidence: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]: ...
