"""What an ECG lead says of a burst on other channels: a beat is only where the lead shows one."""

import numpy as np
from numpy.typing import NDArray

PART_S, LEAST_PARTS = 1.7, 2
"""In every part so long of a lead that shows the heart there is a beat; so many parts must be known."""

LEAST_CLEAR = 8.0
"""Peak of a QRS complex in the detection band over the lead's noise, from which the lead shows the heart."""

LEAST_QRS = 0.4
"""Share of the usual peak that a QRS complex has at least."""

NEAR_S = 0.06
"""A QRS complex is seen everywhere at the same time, to within this."""


def is_at_qrs(lead: NDArray[np.float64], at: int, step_s: float) -> bool | None:
    """Tell whether a lead shows a QRS complex around a row, None where it does not show the heart.

    Parameters
    ----------
    lead : ndarray of float64, shape (n,)
        The last seconds in the detection band.
    at : int
        Row around which a burst's energy lies.
    step_s : float
        Seconds from row to row.
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
