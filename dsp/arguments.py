"""Validation and conversion of the detector's arguments.

An invalid argument raises ValueError with one plain sentence that says what came.
"""

import math
import reprlib
from collections.abc import Iterable, Mapping, Set
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike, NDArray

Samples = NDArray[np.float64]
ROLES = ("surface", "needle", "reference", "ecg", "motion", "off")

WATCHED_ROLES = ("surface", "needle", "reference")
"""Roles of the channels on which bursts are detected."""

LOWEST_RATE_HZ, HIGHEST_RATE_HZ = 50.0, 1e6
"""Limits of the sampling rate. No EMG is sampled faster, and far above the upper limit the decimation filters can no
longer be computed."""

MOST_CHANNELS = 1024
"""Limit of the number of channels, more than any electrode grid has. At 4000 samples/s the detector needs half a GB of
memory for this many."""

LEAST_BUDGET_PER_MIN, MOST_BUDGET_PER_MIN = 1e-9, 1e6
"""Limits of the false-alarm budget. The lower one is one false alarm in two thousand years; the noise tail is not
modelled that far. At the upper one everything above the knee passes. Far outside the limits, numbers overflow."""

MOST_SAMPLES = 2**53
"""Larger integers are not all exactly representable as floats."""


def as_samples(signal_uv: ArrayLike) -> Samples:
    """Return a signal as a C-contiguous float64 array, without a copy if it already is one.

    Raises
    ------
    ValueError
        If the signal does not hold real numbers, has rows of different lengths, or is a masked array.
    """
    if type(signal_uv) is np.ndarray and signal_uv.dtype == np.float64 and signal_uv.flags.c_contiguous:
        return signal_uv  # the case of every block of a stream
    return _as_real(signal_uv, "the signal")


def checked_valid(valid: ArrayLike, n_samples: int) -> NDArray[np.bool_]:
    """Return the mask of valid samples, bool of shape (n_samples,).

    Raises
    ------
    ValueError
        If `valid` does not hold True or False (1 or 0) for each sample.
    """
    # In a stream the mask is already boolean, and its values need no check.
    given = valid if type(valid) is np.ndarray and valid.dtype == np.bool_ else _as_flags(valid)
    if given.shape != (n_samples,):
        raise ValueError(f"valid must have shape ({n_samples},), not {given.shape}")
    return np.ascontiguousarray(given)


def checked_rate_hz(sampling_rate_hz: float) -> float:
    """Return the sampling rate in Hz.

    Raises
    ------
    ValueError
        If it is not a number from `LOWEST_RATE_HZ` to `HIGHEST_RATE_HZ`.
    """
    rate_hz = _as_number(sampling_rate_hz, "the sampling rate")
    if not LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ:
        raise ValueError(
            f"the sampling rate must be at least {LOWEST_RATE_HZ:g} Hz and at most {HIGHEST_RATE_HZ:.0f}, "
            f"not {rate_hz:g}; is it in samples a second?"
        )
    return rate_hz


def checked_n_channels(n_channels: int) -> int:
    """Return the number of channels.

    Raises
    ------
    ValueError
        If it is not a whole number from 1 to `MOST_CHANNELS`.
    """
    number = _as_number(n_channels, "the number of channels")
    if not (1.0 <= number <= MOST_CHANNELS and number.is_integer()):
        raise ValueError(
            f"there must be a whole number of channels, 1 to {MOST_CHANNELS}, not {number:.10g}; "
            "a signal has a row a sample and a column a channel"
        )
    return int(number)


def checked_budget(false_alarms_per_min: float) -> float:
    """Return the false-alarm budget per minute.

    Raises
    ------
    ValueError
        If it is not a number from `LEAST_BUDGET_PER_MIN` to `MOST_BUDGET_PER_MIN`.
    """
    budget = _as_number(false_alarms_per_min, "the false-alarm budget")
    if not LEAST_BUDGET_PER_MIN <= budget <= MOST_BUDGET_PER_MIN:
        raise ValueError(
            f"the false-alarm budget must be above 0 a minute, {LEAST_BUDGET_PER_MIN:g} to {MOST_BUDGET_PER_MIN:.0f}, "
            f"not {budget:g}; 0.05 is usual"
        )
    return budget


def checked_threshold(threshold: float) -> float:
    """Return the probability from which a twitch is confirmed.

    Raises
    ------
    ValueError
        If it is not a number from 0 to 1.
    """
    probability = _as_number(threshold, "the threshold")
    if not 0.0 <= probability <= 1.0:
        raise ValueError(f"the threshold must be a probability, 0 to 1, not {probability:g}")
    return probability


def checked_bandwidth_hz(bandwidth_hz: float | None) -> float | None:
    """Return the converter's bandwidth in Hz, or None if it is not known.

    Raises
    ------
    ValueError
        If it is not a number above 0.
    """
    if bandwidth_hz is None:
        return None
    known_hz = _as_number(bandwidth_hz, "the bandwidth")
    if not known_hz > 0.0:
        raise ValueError(f"the bandwidth must be above 0 Hz, not {known_hz:g}; None says that it is not known")
    return known_hz


def checked_contact(index: int, known_index: int) -> tuple[int, int]:
    """Return the sample of a needle contact and the sample from which it is known.

    Raises
    ------
    ValueError
        If an index is not a whole number of 0 or more, or the second is below the first.
    """
    first, known = (_as_number(one, "the sample of a needle contact") for one in (index, known_index))
    for one in (first, known):
        if not (one >= 0.0 and one == int(min(one, MOST_SAMPLES))):
            raise ValueError(f"the sample of a needle contact must be a whole number from 0 on, not {one:g}")
    if known < first:
        raise ValueError(f"a needle contact at sample {first:.0f} cannot be known at sample {known:.0f} already")
    return int(first), int(known)


def checked_roles(roles: Iterable[str] | None, n_channels: int) -> tuple[str, ...]:
    """Return the role of each channel, ``surface`` for all if `roles` is None.

    Raises
    ------
    ValueError
        If `roles` is not a sequence, does not have one entry per channel, or contains an unknown role.
    """
    if roles is None:
        return ("surface",) * n_channels
    if isinstance(roles, str | bytes | Mapping | Set) or not isinstance(roles, Iterable):
        raise ValueError(f"the roles must be a list with the role of each channel in turn, not {_quoted(roles)}")
    checked = tuple(str(role) for role in roles)
    if len(checked) != n_channels:
        raise ValueError(f"there are {n_channels} channels and {len(checked)} roles")
    for role in checked:
        if role not in ROLES:
            raise ValueError(f"{role!r} is no role; the roles are {', '.join(ROLES)}")
    return checked


def checked_full_scale(full_scale_uv: ArrayLike | None, n_channels: int) -> NDArray[np.float64]:
    """Return the full scale of each channel in µV, shape (n_channels,); infinite if `full_scale_uv` is None.

    Raises
    ------
    ValueError
        If it is neither one value nor one per channel, not real, or not above 0.
    """
    if full_scale_uv is None:
        return np.full(n_channels, np.inf)
    given = _as_real(full_scale_uv, "the full scale")
    if given.shape not in ((), (n_channels,)):
        raise ValueError(f"the full scale must be one value or {n_channels}, not of shape {given.shape}")
    wrong = given[~(given > 0.0)]
    if wrong.size:
        raise ValueError(f"the full scale must be above 0 µV, not {wrong[0]:g}; None says that it is not known")
    return np.ascontiguousarray(np.broadcast_to(given, (n_channels,)), np.float64)


def checked_largest(largest_uv: float) -> float:
    """Return the largest peak that muscle can produce, in µV.

    Raises
    ------
    ValueError
        If it is not a number above 0; it may be infinite.
    """
    given = _as_number(largest_uv, "the largest peak of a muscle")
    if not given > 0.0:
        raise ValueError(f"the largest peak of a muscle must be above 0 µV, not {given}")
    return given


def _as_number(value: object, what: str) -> float:
    """Return a single number as float; booleans are rejected."""
    one = value[()] if isinstance(value, np.ndarray) and value.ndim == 0 else value
    if not isinstance(one, Real) or isinstance(one, bool):
        raise ValueError(f"{what} must be one number, not {_quoted(value)}")
    try:
        return float(one)
    except OverflowError:
        whole = math.floor(one)
        n_digits = round(math.log10(2.0) * int(whole).bit_length())
        raise ValueError(
            f"{what} must be a number of at most 308 digits, not one of about {n_digits}; "
            "was a unit or a decimal point lost?"
        ) from None


def _as_flags(valid: ArrayLike) -> NDArray[np.bool_]:
    """Return a boolean array; values other than 0 and 1 are rejected."""
    given = _as_array(valid, "valid")
    if given.dtype.kind not in "bfiu":
        raise ValueError(
            f"valid must be True or False for each sample, not {_quoted(valid)}; a text counts as True whatever it says"
        )
    strange = given[(given != 0) & (given != 1)]
    if strange.size:
        raise ValueError(f"valid must be True or False (1 or 0) for each sample, not {strange[0]}; it holds no shares")
    return given.astype(np.bool_)


def _as_real(values: ArrayLike, what: str) -> NDArray[np.float64]:
    """Return a C-contiguous float64 array."""
    given = _as_array(values, what)
    if given.dtype.kind not in "fiu":
        raise ValueError(f"{what} must be real numbers in µV, not {_quoted(values)}")
    return np.asarray(given, np.float64, order="C")


def _as_array(values: ArrayLike, what: str) -> NDArray[np.generic]:
    """Return the values as an array; masked arrays are rejected because their mask would silently be lost."""
    if isinstance(values, np.ndarray) and hasattr(values, "mask"):  # importing numpy.ma for the test takes time
        raise ValueError(
            f"{what} must not be a masked array, whose mask would be lost; first fill what is masked, with NaN or False"
        )
    try:
        return np.asarray(values)
    except ValueError:
        raise ValueError(f"{what} must have rows of equal length, not {_quoted(values)}") from None


def _quoted(value: object) -> str:
    """Return a short representation of a value for an error message."""
    quoted = " ".join(reprlib.repr(value).split())
    return f"the text {quoted}" if isinstance(value, str | bytes) else quoted
