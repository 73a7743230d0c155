"""Choice of the sampling rate of a text among its header, its times and the user."""

from collections.abc import Sequence
from pathlib import Path

from acquisition.core import RecordingError
from acquisition.recording.assembly import GIVE_RATE
from acquisition.recording.text.timing.even_times import UNIT_WORDS, EvenTimes, agree

LEAST_LIKELY_HZ = 50.0
"""A lower rate in a header may be that of a stimulator; it is ignored where the user gives a rate."""


def believable_hz(declared_hz: Sequence[float], requested_hz: float | None, warnings: list[str]) -> list[float]:
    """Return the plausible rates of a header, and report the others in `warnings`."""
    doubted = [
        hz for hz in declared_hz if requested_hz is not None and hz < LEAST_LIKELY_HZ and not agree(hz, requested_hz)
    ]
    if doubted:
        warnings.append(f"the file states {_listed(doubted)}, which is taken for no sampling rate")
    return [hz for hz in declared_hz if hz not in doubted]


def choose_rate_hz(
    path: Path,
    times: tuple[EvenTimes, str] | None,
    declared_hz: Sequence[float],
    requested_hz: float | None,
    warnings: list[str],
) -> float:
    """Return the sampling rate of a text, and report guesses and contradictions in `warnings`.

    Parameters
    ----------
    path : Path
        The file.
    times : tuple of EvenTimes and str, or None
        Its times, and the name of their column.
    declared_hz : sequence of float
        Rates stated in its header.
    requested_hz : float or None
        Rate given by the user, which decides between the two where it equals one of them.
    warnings : list of str
        Receives the warnings.

    Raises
    ------
    RecordingError
        If no rate is known, or two contradict each other and the user does not decide.
    """
    if times is not None:
        return _beside_times(path, *times, declared_hz, requested_hz, warnings)
    listed = _listed(declared_hz)
    are_several = any(not agree(rate_hz, declared_hz[0]) for rate_hz in declared_hz)
    if requested_hz is None:
        if not declared_hz:
            raise RecordingError(f"{path} is text with columns and does not state its sampling rate: {GIVE_RATE}")
        if are_several:
            raise RecordingError(f"{path} states several sampling rates, {listed}: {GIVE_RATE}")
        return declared_hz[0]
    if are_several and _agreeing(declared_hz, requested_hz) is None:
        raise RecordingError(f"{path} states several sampling rates, {listed}, and the rate given is none of them")
    return _agreeing(declared_hz, requested_hz) or (declared_hz[0] if declared_hz else requested_hz)


def _beside_times(
    path: Path,
    times: EvenTimes,
    name: str,
    declared_hz: Sequence[float],
    requested_hz: float | None,
    warnings: list[str],
) -> float:
    taken = "" if times.is_unit_declared else f", taken as {UNIT_WORDS[times.unit_s]},"
    if not declared_hz and requested_hz is None:
        warnings.append(f"no rate is stated: {times.rate_hz:g} Hz by the times in column {name!r}{taken.rstrip(',')}")
        return times.rate_hz
    if declared_hz and (agreeing_hz := _agreeing(declared_hz, times.rate_hz)) is not None:
        return agreeing_hz  # an unused rate of the user is reported elsewhere
    made = f"the times in column {name!r}{taken} make {times.rate_hz:g} rows a second"
    if requested_hz is not None and (
        agree(requested_hz, times.rate_hz) or _agreeing(declared_hz, requested_hz) is not None
    ):
        if declared_hz:
            warnings.append(
                f"{made}, and the file states {_listed(declared_hz)}: read at the rate given, {requested_hz:g} Hz"
            )
        return requested_hz
    if declared_hz:
        raise RecordingError(
            f"{path}: {made}, and the file states {_listed(declared_hz)}: one of them is wrong; "
            "give the one that is right by --rate, or ?rate= to playback"
        )
    raise RecordingError(
        f"{path}: {made}, and the rate given is {requested_hz:g} Hz: leave out the rate, or is it that of another file?"
    )


def _agreeing(declared_hz: Sequence[float], rate_hz: float) -> float | None:
    return next((hz for hz in declared_hz if agree(hz, rate_hz)), None)


def _listed(declared_hz: Sequence[float]) -> str:
    return " and ".join(f"{rate_hz:g} Hz" for rate_hz in declared_hz[:3])
