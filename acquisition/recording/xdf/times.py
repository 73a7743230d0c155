"""Rate, losses and time axis of an XDF stream: what it tells of its rate, held against its time stamps."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from acquisition.core import RecordingError
from acquisition.recording.assembly import GIVE_RATE, require_believable
from acquisition.recording.xdf.stamp_fit import LEVEL_S, StampFit, fit_stamps, fit_stamps_at

LATEST_STAMP_S = 1e12
"""Seconds of 30,000 years: no clock tells such a time, whatever its zero is."""

TOLD_DEVIATION = 0.002
"""A rate that differs from the one told by more is told: the clocks of real boards keep it to 0.15 %."""

WRONG_DEVIATION = 0.05
"""By more than this the rate told is wrong, as it is of a board that is read live."""

GIVEN_DEVIATION = 0.02
"""By more than this the stamps contradict a rate that was given by hand."""

SURE_DEVIATIONS = 4.0
"""A rate out of the stamps is sure to so many times their unevenness over the length of the recording."""

UNEVEN = 0.01
"""Stamps that are less even than this share of `LEVEL_S` tell no rate."""

SET_BACK_S = 1.0
"""Stamps that go back by more are told."""


@dataclass(frozen=True, slots=True, eq=False)
class StreamTimes:
    """The time axis of a stream.

    Attributes
    ----------
    rate_hz : float
        Rate at which samples are counted.
    places : ndarray of int64, shape (n_samples,)
        Place of each sample, lost ones counted.
    warnings : tuple of str
        What the stamps contradict.
    """

    rate_hz: float
    places: NDArray[np.int64]
    warnings: tuple[str, ...]
    _first_s: float
    _fit: StampFit | None

    def onsets_s(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return times as seconds from the first sample, counted in samples: they stay with the signal around them."""
        since_s: NDArray[np.float64] = times_s - self._first_s
        return since_s if self._fit is None else self._fit.places_of(since_s) / self.rate_hz


def read_times(times_s: NDArray[np.float64], name: str, told: str, given_hz: float | None) -> StreamTimes:
    """Find the rate of a stream and the places of its samples.

    Parameters
    ----------
    times_s : ndarray of float64
        Its time stamps in seconds, at least one.
    name : str
        Its name.
    told : str
        Its nominal rate, as it tells it; 0 where it has none.
    given_hz : float or None
        Rate that the user gives.

    Raises
    ------
    RecordingError
        When the stamps are no times, or there is no rate that they do not contradict.
    """
    if not np.all(np.abs(times_s) < LATEST_STAMP_S):  # nor are NaN and infinity
        raise RecordingError("the stream has time stamps that are no numbers or no times: the file is damaged")
    told_hz = _told_hz(told)
    if told_hz:
        require_believable(0, told_hz)
    fit = fit_stamps(times_s, told_hz or given_hz)
    warnings: list[str] = []
    rate_hz = _rate_hz(name, told_hz, given_hz, _measured(fit, times_s), warnings)
    require_believable(len(times_s), rate_hz)
    if fit is None:
        if len(times_s) > 1:
            warnings.append("the time stamps do not go on: losses are not looked for")
        return StreamTimes(rate_hz, np.arange(len(times_s), dtype=np.int64), tuple(warnings), float(times_s[0]), None)
    if abs(fit.period_s * rate_hz - 1.0) > WRONG_DEVIATION:
        fit = fit_stamps_at(times_s, rate_hz)
    require_believable(len(times_s) + sum(fit.n_lost), rate_hz)
    warnings += _warnings(fit, times_s)
    return StreamTimes(rate_hz, fit.places(len(times_s)), tuple(warnings), float(times_s[0]), fit)


def _told_hz(text: str) -> float | None:
    try:
        return float(text) or None
    except ValueError:
        return None


def _measured(fit: StampFit | None, times_s: NDArray[np.float64]) -> tuple[float, float] | None:
    """Return the rate of the stamps and the share by which it may be wrong, None where they tell none."""
    if fit is None or fit.uneven_s > UNEVEN * LEVEL_S:
        return None
    return 1.0 / fit.period_s, SURE_DEVIATIONS * max(fit.jitter_s, fit.uneven_s) / float(np.ptp(times_s))


def _rate_hz(
    name: str,
    told_hz: float | None,
    given_hz: float | None,
    measured: tuple[float, float] | None,
    warnings: list[str],
) -> float:
    """Return the rate told or given where the stamps do not contradict it, theirs where there is no other."""
    asked_hz = told_hz or given_hz
    if asked_hz is None:
        return _rate_of_stamps_hz(name, measured, warnings)
    if measured is None:
        return asked_hz
    measured_hz, slack = measured
    stamps = f"its time stamps {measured_hz:.5g}"
    if told_hz is None:
        if _deviation(asked_hz, measured_hz) > GIVEN_DEVIATION + slack:
            raise RecordingError(
                f"{asked_hz:g} samples a second are given, and the time stamps of the stream {name!r} tell "
                f"{measured_hz:.5g}: is the rate of another recording given?"
            )
        return asked_hz
    deviation = _deviation(told_hz, measured_hz)
    if deviation <= WRONG_DEVIATION + slack:
        if deviation > TOLD_DEVIATION + slack:
            warnings.append(
                f"the stream tells {told_hz:g} samples a second and {stamps}: times are counted at the rate it tells, "
                f"at which a minute is {60.0 * told_hz / measured_hz:.2f} s"
            )
        return told_hz
    if given_hz is None or min(_deviation(given_hz, known_hz) for known_hz in (told_hz, measured_hz)) > GIVEN_DEVIATION:
        raise RecordingError(
            f"the stream {name!r} tells {told_hz:g} samples a second and {stamps}: is that rate wrong, or is so much "
            f"lost? {GIVE_RATE}"
        )
    warnings.append(f"the stream tells {told_hz:g} samples a second and {stamps}: {given_hz:g} is used as given")
    return given_hz


def _rate_of_stamps_hz(name: str, measured: tuple[float, float] | None, warnings: list[str]) -> float:
    if measured is None or measured[1] > TOLD_DEVIATION:
        raise RecordingError(f"the stream {name!r} has no nominal sampling rate: {GIVE_RATE}")
    rate_hz = float(f"{measured[0]:.4g}")
    warnings.append(f"the stream tells no sampling rate: taken from its time stamps, {rate_hz:g} samples a second")
    return rate_hz


def _deviation(one_hz: float, other_hz: float) -> float:
    return abs(other_hz / one_hz - 1.0)


def _warnings(fit: StampFit, times_s: NDArray[np.float64]) -> list[str]:
    warnings = []
    if fit.n_lost:
        warnings.append(f"the time stamps leave gaps of {sum(fit.n_lost)} samples together: counted as lost")
    if fit.suspect_s:
        times = "once" if len(fit.suspect_s) == 1 else f"{len(fit.suspect_s)} times"
        warnings.append(
            f"the time stamps step up {times}, by up to {1e3 * max(fit.suspect_s):.3g} ms, which is hardly more than "
            "they jitter: if samples were lost there, they are not counted"
        )
    back_s = -float(np.diff(times_s).min(initial=0.0))
    if back_s > SET_BACK_S:
        warnings.append(f"the time stamps go back, by {back_s:.1f} s at most: was a clock set?")
    return warnings
