import numpy as np
from numpy.typing import NDArray

__test__: dict[str, str]

def cross_spectrum(ours: NDArray[np.complex128], theirs: NDArray[np.complex128]) -> NDArray[np.complex128]: ...
def window_energies(
    signal: NDArray[np.float64], weights: NDArray[np.float64], n_window: int
) -> NDArray[np.float64]: ...
