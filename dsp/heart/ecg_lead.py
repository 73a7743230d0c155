"""Check of bursts against an ECG lead: a burst without a QRS complex in the lead is no beat."""

import numpy as np
from numpy.typing import NDArray

PART_S, LEAST_PARTS = 1.7, 2
"""Length of the parts of a lead, each of which holds a beat if the lead shows the heart; least number of parts."""

LEAST_CLEAR = 8.0
"""Peak of the QRS complexes in the detection band, relative to the lead's noise, above which it shows the heart."""

LEAST_QRS = 0.4
"""Least peak of a QRS complex, as a share of the usual peak."""

NEAR_S = 0.06
"""Largest difference in time between a QRS complex in the lead and on another channel."""


def is_at_qrs(lead: NDArray[np.float64], at: int, step_s: float) -> bool | None:
    """Return whether a lead shows a QRS complex around a row, or None if it does not show the heart.

    Parameters
    ----------
    lead : ndarray of float64, shape (n,)
        The last seconds of the lead in the detection band.
    at : int
        Row of the burst's centre of energy.
    step_s : float
        Time between rows in seconds.
    """
    sizes = np.abs(lead)
    each = round(PART_S / step_s)
    n_parts = at // each
    if n_parts < LEAST_PARTS:
        return None
    peaks = np.max(sizes[at - n_parts * each : at].reshape(n_parts, each), axis=1)
    usual = float(np.median(peaks))
    is_on = np.min(peaks[-LEAST_PARTS:]) >= LEAST_QRS * usual
    if not is_on or usual <= LEAST_CLEAR * 1.4826 * float(np.median(sizes)):
        return None
    near = round(NEAR_S / step_s)
    return bool(np.max(sizes[at - near : at + near + 1]) >= LEAST_QRS * usual)
