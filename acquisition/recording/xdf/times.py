"""Rate, losses and time axis of an XDF stream: its nominal rate, checked against its time stamps."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from acquisition.core import RecordingError
from acquisition.recording.assembly import GIVE_RATE, require_believable
from acquisition.recording.xdf.stamp_fit import LEVEL_S, StampFit, fit_stamps, fit_stamps_at

LATEST_STAMP_S = 1e12
"""30,000 years in seconds; a larger time stamp is invalid, whatever the zero of its clock."""

REPORTED_DEVIATION = 0.002
"""Relative deviation from the nominal rate that is reported. The clocks of real boards stay within 0.15 %."""

WRONG_DEVIATION = 0.05
"""Relative deviation above which the nominal rate is wrong, as with a board that is read live."""

GIVEN_DEVIATION = 0.02
"""Relative deviation above which the stamps contradict a rate given by the user."""

SURE_DEVIATIONS = 4.0
"""Uncertainty of a rate from stamps: this multiple of their jitter or unevenness, over the length of the recording."""

UNEVEN = 0.01
"""Unevenness, as a share of `LEVEL_S`, above which the stamps determine no rate."""

SET_BACK_S = 1.0
"""Backward step of the stamps, in seconds, above which it is reported."""


@dataclass(frozen=True, slots=True, eq=False)
class StreamTimes:
    """Time axis of a stream.

    Attributes
    ----------
    rate_hz : float
        Rate at which samples are counted.
    places : ndarray of int64, shape (n_samples,)
        Position of each sample, counting lost ones.
    warnings : tuple of str
        Problems found in the stamps.
    """

    rate_hz: float
    places: NDArray[np.int64]
    warnings: tuple[str, ...]
    _first_s: float
    _fit: StampFit | None

    def onsets_s(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return times as seconds from the first sample, counted in samples to stay aligned with the signal."""
        since_s: NDArray[np.float64] = times_s - self._first_s
        return since_s if self._fit is None else self._fit.places_of(since_s) / self.rate_hz


def read_times(times_s: NDArray[np.float64], name: str, declared: str, given_hz: float | None) -> StreamTimes:
    """Determine the rate of a stream and the positions of its samples.

    Parameters
    ----------
    times_s : ndarray of float64
        Its time stamps in seconds, at least one.
    name : str
        Its name.
    declared : str
        Its nominal rate as written in the file; 0 where it has none.
    given_hz : float or None
        Rate given by the user.

    Raises
    ------
    RecordingError
        If the stamps are invalid, or they contradict every available rate.
    """
    if not np.all(np.abs(times_s) < LATEST_STAMP_S):  # false for NaN and infinity too
        raise RecordingError("the stream has time stamps that are no numbers or no times: the file is damaged")
    declared_hz = _declared_hz(declared)
    if declared_hz:
        require_believable(0, declared_hz)
    fit = fit_stamps(times_s, declared_hz or given_hz)
    warnings: list[str] = []
    rate_hz = _rate_hz(name, declared_hz, given_hz, _measured(fit, times_s), warnings)
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


def _declared_hz(text: str) -> float | None:
    try:
        return float(text) or None
    except ValueError:
        return None


def _measured(fit: StampFit | None, times_s: NDArray[np.float64]) -> tuple[float, float] | None:
    """Return the rate of the stamps and its relative uncertainty, or None where they determine none."""
    if fit is None or fit.uneven_s > UNEVEN * LEVEL_S:
        return None
    return 1.0 / fit.period_s, SURE_DEVIATIONS * max(fit.jitter_s, fit.uneven_s) / float(np.ptp(times_s))


def _rate_hz(
    name: str,
    declared_hz: float | None,
    given_hz: float | None,
    measured: tuple[float, float] | None,
    warnings: list[str],
) -> float:
    """Return the nominal or given rate where the stamps agree with it, or their own where there is no other."""
    nominal_hz = declared_hz or given_hz
    if nominal_hz is None:
        return _rate_of_stamps_hz(name, measured, warnings)
    if measured is None:
        return nominal_hz
    measured_hz, slack = measured
    stamps = f"its time stamps {measured_hz:.5g}"
    if declared_hz is None:
        if _deviation(nominal_hz, measured_hz) > GIVEN_DEVIATION + slack:
            raise RecordingError(
                f"{nominal_hz:g} samples a second are given, and the time stamps of the stream {name!r} show "
                f"{measured_hz:.5g}: is the rate of another recording given?"
            )
        return nominal_hz
    deviation = _deviation(declared_hz, measured_hz)
    if deviation <= WRONG_DEVIATION + slack:
        if deviation > REPORTED_DEVIATION + slack:
            warnings.append(
                f"the stream states {declared_hz:g} samples a second and {stamps}: times are counted at the rate it "
                f"states, at which a minute is {60.0 * declared_hz / measured_hz:.2f} s"
            )
        return declared_hz
    if (
        given_hz is None
        or min(_deviation(given_hz, known_hz) for known_hz in (declared_hz, measured_hz)) > GIVEN_DEVIATION
    ):
        raise RecordingError(
            f"the stream {name!r} states {declared_hz:g} samples a second and {stamps}: is that rate wrong, or is so "
            f"much lost? {GIVE_RATE}"
        )
    warnings.append(f"the stream states {declared_hz:g} samples a second and {stamps}: {given_hz:g} is used as given")
    return given_hz


def _rate_of_stamps_hz(name: str, measured: tuple[float, float] | None, warnings: list[str]) -> float:
    if measured is None or measured[1] > REPORTED_DEVIATION:
        raise RecordingError(f"the stream {name!r} has no nominal sampling rate: {GIVE_RATE}")
    rate_hz = float(f"{measured[0]:.4g}")
    warnings.append(f"the stream states no sampling rate: taken from its time stamps, {rate_hz:g} samples a second")
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
