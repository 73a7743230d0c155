"""Relation of another clock to the recording's, from flashes or taps that both have recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from acquisition.core import RecordingError
from twitchscope.entries.marks import SCREEN_FLASH, SYNC, SYNC_PULSE
from twitchscope.saved.references import ClockTie, Reference
from twitchscope.saved.session_files import read_session

Samples = NDArray[np.float64]

LABELS = (SCREEN_FLASH, SYNC_PULSE, SYNC)
"""Labels of sync marks in the session, in order of precedence: the first two give the time when the screen lit, or the
sample at which the output rose."""

PULSE_LABELS = (SYNC_PULSE, "pulse")
"""Labels in a table for marks made by a wire from the board; then the session's sync pulses count, if it has any."""

TABLE_LABELS = (SCREEN_FLASH, SYNC, "flash", "tap", *PULSE_LABELS)
"""Labels in another's table for marks that both clocks have recorded."""

SLACK_S = 0.1
"""Tolerance in seconds: a frame or two of a camera, and how well a person marks what is seen in them; an assumption."""

MOST_DRIFT_PPM = 500.0
"""Largest drift in ppm; clocks of cameras and boards differ by less; an assumption."""

FITTED_DRIFT_SPAN_S = 60.0
"""Least span in seconds of the marks for a fit of the drift; closer marks reflect their own errors more than the
clocks'."""

MARK_ERROR_S = 1.0 / 30.0
"""Error in seconds of a mark from a common camera, one frame; an assumption."""

MOST_DRIFT_ERROR_S = 0.1
"""Largest error in seconds of an imported time that errors of the marks may cause through the drift; otherwise no drift
is fitted. It is less than half of `twitchscope.saved.agreement.REFERENCE_WITHIN_S`."""

MOST_MARKS = 100
"""Most marks that are used, from the first on, as every pair of them is tried."""


@dataclass(frozen=True, slots=True)
class FoundTie:
    """Relation of two clocks, with its quality.

    Attributes
    ----------
    tie : ClockTie
        Relation of the clocks.
    n_matched : int
        Marks that both have.
    largest_error_s : float
        Largest distance in seconds of a matched mark from its predicted time.
    why_no_drift : str
        Why no drift was fitted but 0 was used; empty if one was fitted.
    """

    tie: ClockTie
    n_matched: int
    largest_error_s: float
    why_no_drift: str

    def text(self) -> str:
        """Return a text for a person; errors are given only if there are more marks than the fit has parameters."""
        drift = f"drift 0 ppm ({self.why_no_drift})" if self.why_no_drift else f"drift {self.tie.drift_ppm:z.0f} ppm"
        text = f"{self.n_matched} flashes or taps in both: offset {self.tie.offset_s:.3f} s, {drift}"
        n_settled = 1 if self.why_no_drift else 2
        errors = f", none farther off than {1e3 * self.largest_error_s:.0f} ms"
        return text + errors if self.n_matched > n_settled else text


def tie_by_sync(folder: Path, references: Sequence[Reference], part: int = 1) -> FoundTie:
    """Return the relation of a table's clock to that of a session's part, from the sync marks in both.

    Marks that only one of them has do no harm, unless the distances between the others are the same everywhere.

    Raises
    ------
    RecordingError
        If one has no such mark, or it cannot be determined which marks belong together.
    """
    marks = read_session(folder, part).marks
    seen = [one for one in references if one.label.lower() in TABLE_LABELS]
    is_wired = any(one.label.lower() in PULSE_LABELS for one in seen)
    labels = (SYNC_PULSE, *LABELS) if is_wired else LABELS
    label = next((one for one in labels if any(mark.label == one for mark in marks)), SYNC)
    ours_s = np.array([mark.time_s for mark in marks if mark.label == label])
    theirs_s = np.array(sorted(one.onset_s for one in seen))
    if not ours_s.size or not theirs_s.size:
        whose = "the session" if not ours_s.size else "the table"
        raise RecordingError(
            f"{whose} has no mark of a flash or tap that the other saw too: expected labels {', '.join(LABELS)} in the "
            f"session and {', '.join(TABLE_LABELS)} in the table; give --offset instead"
        )
    onsets_s = [one.onset_s for one in references]
    return match(ours_s[:MOST_MARKS], theirs_s[:MOST_MARKS], (min(onsets_s), max(onsets_s)))


def match(ours_s: Samples, theirs_s: Samples, imported_s: tuple[float, float]) -> FoundTie:
    """Return the relation under which most of two rising sequences of times coincide.

    Parameters
    ----------
    ours_s, theirs_s : ndarray of float64
        Marks, each by its own clock, in seconds.
    imported_s : tuple of float
        First and last time to be converted, by their clock.

    Raises
    ------
    RecordingError
        If two different relations match equally many marks.
    """
    pairs = [(first, other) for first in range(len(ours_s)) for other in range(len(theirs_s))]
    found = [_from(ours_s, theirs_s, first, other, imported_s) for first, other in pairs]
    most = max(one.n_matched for one in found)
    best = [one for one in found if one.n_matched == most]
    offsets_s = [one.tie.in_recording(float(theirs_s[0])) for one in best]
    if max(offsets_s) - min(offsets_s) > 2.0 * SLACK_S:
        raise RecordingError(
            f"it is not clear which of the {len(theirs_s)} flashes or taps in the table is which of the "
            f"{len(ours_s)} in the session: make some at uneven distances, or give --offset"
        )
    return min(best, key=lambda one: one.largest_error_s)


def _from(ours_s: Samples, theirs_s: Samples, first: int, other: int, imported_s: tuple[float, float]) -> FoundTie:
    """Return the relation that matches mark `other` of theirs to mark `first` of ours, fitted to all that agree."""
    apart_s = theirs_s - theirs_s[other]
    expected_s = ours_s[first] + apart_s
    nearest = np.argmin(np.abs(ours_s[:, np.newaxis] - expected_s), axis=0)
    agrees = np.abs(ours_s[nearest] - expected_s) <= SLACK_S + 1e-6 * MOST_DRIFT_PPM * np.abs(apart_s)
    _, kept = np.unique(nearest[agrees], return_index=True)
    x, y = apart_s[agrees][kept], ours_s[nearest[agrees][kept]] - expected_s[agrees][kept]
    begin_s, end_s = (one_s - float(theirs_s[other]) for one_s in imported_s)
    drift, why_none = _drift(x, y, begin_s, end_s)
    at_mark_s = float(ours_s[first] + np.mean(y - drift * x))
    tie = ClockTie(at_mark_s - float(theirs_s[other]) * (1.0 + drift), 1e6 * drift)
    return FoundTie(tie, int(x.size), float(np.max(np.abs(y - drift * x - np.mean(y - drift * x)))), why_none)


def _drift(x: Samples, y: Samples, begin_s: float, end_s: float) -> tuple[float, str]:
    """Return the slope of `y` over mark times `x`, or 0 and the reason; it has to hold from `begin_s` to `end_s`."""
    if x.size < 2 or np.ptp(x) < FITTED_DRIFT_SPAN_S:
        return 0.0, f"marks of less than {FITTED_DRIFT_SPAN_S:g} s show none"
    middle_s = float(np.mean(x))
    away_s = max(abs(begin_s - middle_s), abs(end_s - middle_s))
    error_s = MARK_ERROR_S / float(np.sqrt(np.sum((x - middle_s) ** 2))) * away_s  # from the slope's standard error
    if error_s > MOST_DRIFT_ERROR_S:
        return 0.0, (
            f"one from marks {np.ptp(x):.0f} s apart could put times {away_s:.0f} s away off by {error_s:.1f} s: "
            "make some at the begin and at the end"
        )
    drift = float(np.polyfit(x, y, 1)[0])
    if abs(drift) > 1e-6 * MOST_DRIFT_PPM:
        return 0.0, f"the marks give {1e6 * drift:.0f} ppm, more than clocks differ by: are they the same ones?"
    return drift, ""
