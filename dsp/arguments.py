"""What a detector is given, checked and brought into the form in which it is worked on."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Samples = NDArray[np.float64]
ROLES = ("surface", "needle", "reference", "ecg", "motion", "off")


def as_samples(signal_uv: ArrayLike) -> Samples:
    """Return a signal as it is worked on: in place where it is a C-contiguous float64 array already.

    Raises
    ------
    ValueError
        When it holds no real numbers, or rows of different lengths.
    """
    try:
        given = np.asarray(signal_uv)
    except ValueError as error:
        raise ValueError(f"the signal must have rows of equal length: {error}") from error
    if given.dtype.kind not in "fiu":
        raise ValueError(f"the signal must be real numbers in µV, not {given.dtype}")
    return np.asarray(given, np.float64, order="C")


def checked_roles(roles: Sequence[str] | None, n_channels: int) -> tuple[str, ...]:
    """Return the role of each channel, all of them on the surface where none is given.

    Raises
    ------
    ValueError
        When there are not as many as channels, or one of them is no role.
    """
    if roles is None:
        return ("surface",) * n_channels
    checked = tuple(str(role) for role in roles)
    if len(checked) != n_channels:
        raise ValueError(f"there are {n_channels} channels and {len(checked)} roles")
    for role in checked:
        if role not in ROLES:
            raise ValueError(f"{role!r} is no role; the roles are {', '.join(ROLES)}")
    return checked


def checked_full_scale(full_scale_uv: ArrayLike | None, n_channels: int) -> NDArray[np.float64]:
    """Return the full scale of each channel in µV, shape (n_channels,); infinite where none is given.

    Raises
    ------
    ValueError
        When it is neither one value nor one a channel, or not above 0.
    """
    if full_scale_uv is None:
        return np.full(n_channels, np.inf)
    given = np.asarray(full_scale_uv, np.float64)
    if given.shape not in ((), (n_channels,)):
        raise ValueError(f"the full scale must be one value or {n_channels}, not of shape {given.shape}")
    if not np.all(given > 0.0):
        raise ValueError("the full scale must be above 0 µV")
    return np.ascontiguousarray(np.broadcast_to(given, (n_channels,)), np.float64)
