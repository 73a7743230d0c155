"""Constants and scaling of the ADS1299 and of the Cyton's accelerometer, shared by drivers, readers and simulation."""

from acquisition.core.info import Channel

ADS1299_FULL_SCALE_COUNTS = 8_388_607
"""Largest count of a 24-bit ADS1299 conversion, 2**23 - 1."""

ADS1299_REFERENCE_UV = 4_500_000.0
"""Reference voltage of the ADS1299, 4.5 V (datasheet SBAS499, section 7.5)."""

ADS1299_GAINS = (1, 2, 4, 6, 8, 12, 24)
"""Gains of the ADS1299 (datasheet SBAS499, CHnSET)."""

ADS1299_BANDWIDTH_PER_RATE = 0.262
"""-3 dB point of the ADS1299's sinc3 decimator as a fraction of its data rate (datasheet SBAS499, table 1)."""

ACCEL_G_PER_COUNT = 0.000125
"""Scale of the Cyton's accelerometer, an LIS3DH at ±4 g: 0.002 g / 16. A Ganglion's 0.016 g is a multiple of it."""


def ads1299_microvolts_per_count(gain: float) -> float:
    """Return the size of one ADS1299 count at `gain` in µV (exact: ±(4.5 V / gain) at ±8388607)."""
    return ADS1299_REFERENCE_UV / gain / ADS1299_FULL_SCALE_COUNTS


def ads1299_channels(gains: tuple[float, ...]) -> tuple[Channel, ...]:
    """Return the channels "EMG 1", "EMG 2", … of an ADS1299 with the given gains."""
    return tuple(
        Channel(f"EMG {number}", ads1299_microvolts_per_count(gain), gain=gain)
        for number, gain in enumerate(gains, start=1)
    )
