"""Units and scales that several boards and recordings share."""

from acquisition.core.info import ads1299_microvolts_per_count

MICROVOLTS_PER_UNIT = {
    "nv": 1e-3, "nanovolt": 1e-3, "nanovolts": 1e-3,
    "uv": 1.0, "µv": 1.0, "μv": 1.0, "microvolt": 1.0, "microvolts": 1.0,
    "mv": 1e3, "millivolt": 1e3, "millivolts": 1e3,
    "v": 1e6, "volt": 1e6, "volts": 1e6,
}  # fmt: skip
"""µV of one unit, by its name in small letters."""

GUESSED_BANDWIDTH_PER_RATE = 0.45
"""Share of its rate that a source of unknown bandwidth is taken to carry: what an ordinary anti-alias filter leaves; a
guess, unlike the 0.262 of an ADS1299."""

UNKNOWN_MICROVOLTS_PER_COUNT = ads1299_microvolts_per_count(12)
"""Scale of a source whose converter is not known: 0.045 µV a count, up to ±375 mV, beyond which it is railed.

The range of an ADS1299 at gain 12, wide enough for the offset of an electrode and finer than any board's noise.
"""

ACCEL_G_PER_COUNT = 0.000125
"""Of a Cyton's accelerometer, an LIS3DH at ±4 g: 0.002 g over 16. A Ganglion's 0.016 g is a multiple of it."""
