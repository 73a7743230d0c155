"""Warm-up of the detector before a session: the first verdict takes several times as long as any later one."""

import json
from itertools import pairwise

import numpy as np

from acquisition.core import BoardInfo, make_block
from dsp import TwitchEvent
from twitchscope.findings.detection import Detection

SECONDS = 7.0
BURSTS_S, BURST_S = (5.0, 6.0), 0.06
"""Onsets and duration of the bursts in seconds: after the seconds in which a detector learns its baseline, and before
the quarter of a second that the last one needs to be closed."""

NOISE_UV, BURST_UV = 3.0, 60.0
BLOCK_S = 0.25


def warm_up(info: BoardInfo) -> int:
    """Let a separate detector judge two bursts of noise, and return the number of verdicts.

    Modules that numpy loads on first use, memory that the system provides on first write, and code that is not yet
    cached would delay the first verdict by up to 8 ms.

    Parameters
    ----------
    info : BoardInfo
        Description of the board of the next session.
    """
    rng = np.random.default_rng(0)
    rate_hz = info.sampling_rate_hz
    signal_uv = NOISE_UV * rng.standard_normal((round(SECONDS * rate_hz), info.n_channels))
    n_burst = round(BURST_S * rate_hz)
    for at in (round(at_s * rate_hz) for at_s in BURSTS_S):
        signal_uv[at : at + n_burst] += BURST_UV * rng.standard_normal((n_burst, info.n_channels))
    counts = np.round(signal_uv / info.microvolts_per_count).astype(np.int32)
    detection, n_verdicts = Detection(info), 0
    step = max(1, round(BLOCK_S * rate_hz))
    for start, stop in pairwise((*range(0, len(counts), step), len(counts))):
        aux = np.zeros((stop - start, len(info.aux)), np.int32)
        for one in detection.process(make_block(start, counts[start:stop], stop / rate_hz, aux)):
            if isinstance(one, TwitchEvent):
                json.dumps(detection.detected_event(one).to_json())
                n_verdicts += 1
    return n_verdicts
