"""Offline detection: the streaming detector applied to a whole signal."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from dsp.arguments import as_samples
from dsp.detector import TwitchDetector
from dsp.events import TwitchEvent


def detect_twitches(
    signal_uv: ArrayLike,
    sampling_rate_hz: float,
    roles: Sequence[str] | None = None,
    false_alarms_per_min: float = 0.05,
    *,
    bandwidth_hz: float | None = None,
    full_scale_uv: ArrayLike | None = None,
    valid: ArrayLike | None = None,
) -> list[TwitchEvent]:
    """Detect twitches in a whole signal with the streaming detector.

    Parameters
    ----------
    signal_uv : array_like of float64, shape (n_samples, n_channels) or (n_samples,)
        Signal in µV; NaN for missing samples.
    sampling_rate_hz, roles, false_alarms_per_min, bandwidth_hz, full_scale_uv
        As for `TwitchDetector`.
    valid : array_like of bool, shape (n_samples,), optional
        False where a sample was lost on all channels.

    Returns
    -------
    list of TwitchEvent
        Events of all labels, in order of onset.

    Raises
    ------
    ValueError
        If an argument is invalid, as for `TwitchDetector` and `TwitchDetector.process`.
    """
    signal = as_samples(signal_uv)
    if signal.ndim == 1:
        signal = signal[:, np.newaxis]
    if signal.ndim != 2:
        raise ValueError(f"the signal must have shape (n_samples, n_channels) or (n_samples,), not {signal.shape}")
    detector = TwitchDetector(
        sampling_rate_hz,
        signal.shape[1],
        roles=roles,
        false_alarms_per_min=false_alarms_per_min,
        bandwidth_hz=bandwidth_hz,
        full_scale_uv=full_scale_uv,
    )
    reported = [*detector.process(signal, valid), *detector.flush()]
    return sorted((event for event in reported if isinstance(event, TwitchEvent)), key=lambda event: event.onset_index)
