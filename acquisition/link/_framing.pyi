import numpy as np
from numpy.typing import NDArray
from typing_extensions import disjoint_base

__test__: dict[str, str]

@disjoint_base
class Scanner:
    @property
    def n_frames(self) -> int: ...
    @property
    def n_text(self) -> int: ...
    @property
    def n_consumed(self) -> int: ...
    @property
    def n_rejected(self) -> int: ...
    @property
    def n_discarded(self) -> int: ...
    def scan(
        self,
        data: NDArray[np.uint8],
        counts: NDArray[np.int32],
        counters: NDArray[np.uint8],
        tails: NDArray[np.uint8],
        aux: NDArray[np.uint8],
        text: NDArray[np.uint8],
    ) -> None: ...
