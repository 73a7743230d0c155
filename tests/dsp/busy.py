"""A signal that holds everything at once, and what the detector says of it in one block."""

import numpy as np

from dsp import TwitchDetector
from tests.dsp.by_hand import add_twitch, noise, run


def busy_signal() -> tuple[np.ndarray, np.ndarray]:
    """Return 16 s on 3 channels at 500 SPS: mains, twitches, a contraction, a pop, NaN, railed and lost samples."""
    rate_hz = 500.0
    rng = np.random.default_rng(11)
    x = noise(16.0, 3, rate_hz, seed=11)
    t = np.arange(len(x)) / rate_hz
    x += 15.0 * np.sin(2 * np.pi * 50.03 * t)[:, np.newaxis]
    for at_s in (4.0, 6.5, 9.1, 14.2):
        add_twitch(x, at_s, 60.0, rate_hz=rate_hz)
    x[round(7.0 * rate_hz) : round(8.0 * rate_hz)] += 40.0 * rng.standard_normal((500, 3))
    x[round(10.0 * rate_hz) :, 0] += 500.0
    x[round(11.0 * rate_hz) : round(11.01 * rate_hz), 2] = np.nan
    x[round(12.0 * rate_hz) : round(12.3 * rate_hz), 1] = 9000.0
    x[round(13.0 * rate_hz), 1] += 4000.0
    valid = np.ones(len(x), np.bool_)
    valid[round(15.0 * rate_hz) : round(15.05 * rate_hz)] = False
    return x, valid


def make_busy() -> TwitchDetector:
    return TwitchDetector(500.0, 3, full_scale_uv=8000.0)


BUSY, BUSY_VALID = busy_signal()
BUSY_WHOLE = run(make_busy(), BUSY, BUSY_VALID, block=len(BUSY))
