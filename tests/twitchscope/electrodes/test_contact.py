"""Contact of each channel, judged from the signal."""

import numpy as np
import pytest

from acquisition.core import AmplitudeUnit, BoardInfo, Channel, Role
from twitchscope.electrodes.contact import ContactLook, Quality, contact_lines, look_at_contacts

RATE_HZ = 1000.0
BAND_HZ = (30.0, 262.0)
N_SAMPLES = 2000


def _look(signal_uv: np.ndarray, role: Role = Role.SURFACE, share_valid: float = 1.0) -> ContactLook:
    info = BoardInfo("Board", RATE_HZ, (Channel("A", 0.01, role), Channel("Hand", 0.01, Role.MOTION)), 262.0)
    counts = np.stack([signal_uv / 0.01, 0.0 * signal_uv], axis=1).astype(np.int32)
    valid = np.arange(len(counts)) < share_valid * len(counts)
    (look,) = look_at_contacts(info, counts, valid, BAND_HZ)
    return look


def _noise(rms_uv: float) -> np.ndarray:
    return np.random.default_rng(3).normal(0.0, rms_uv, N_SAMPLES)


def _mains(amplitude_uv: float, line_hz: float) -> np.ndarray:
    return amplitude_uv * np.sin(2.0 * np.pi * line_hz * np.arange(N_SAMPLES) / RATE_HZ)


@pytest.mark.parametrize(("counts", "quality"), [(5000.0, Quality.GOOD), (0.0, Quality.FLAT)])
def test_in_counts_of_an_unknown_scale_nobody_knows_how_much_is_much(counts: float, quality: Quality) -> None:
    info = BoardInfo("Board", RATE_HZ, (Channel("A", 1.0),), 262.0, amplitude_unit=AmplitudeUnit.COUNTS)
    signal = (counts * (_noise(1.0) + _mains(1.0, 50.0))).astype(np.int32)[:, np.newaxis]
    (look,) = look_at_contacts(info, signal, np.ones(N_SAMPLES, np.bool_), BAND_HZ)
    assert look.quality is quality


def test_a_good_contact_is_quiet_whatever_its_offset() -> None:
    look = _look(_noise(3.0) + 20_000.0 + 50.0 * np.arange(N_SAMPLES) / RATE_HZ)
    assert look.quality is Quality.GOOD
    assert look.advice == ""
    assert look.noise_uv == pytest.approx(3.0 * (232.0 / 500.0) ** 0.5, rel=0.1)


@pytest.mark.parametrize(
    ("signal_uv", "quality"),
    [
        (np.full(N_SAMPLES, 83_886.07), Quality.RAILED),
        (np.full(N_SAMPLES, -83_886.07), Quality.RAILED),
        (np.zeros(N_SAMPLES), Quality.FLAT),
        (_noise(3.0) + _mains(200.0, 50.0), Quality.MAINS),
        (_noise(3.0) + _mains(200.0, 60.0), Quality.MAINS),
        (_noise(60.0), Quality.NOISY),
    ],
)
def test_what_is_wrong_is_reported_with_what_to_do(signal_uv: np.ndarray, quality: Quality) -> None:
    look = _look(signal_uv)
    assert look.quality is quality
    assert contact_lines([look]) == [f"A: {look.advice}"]
    assert look.to_json()["quality"] == quality.value


def test_lost_samples_are_reported_and_a_needle_may_be_loud() -> None:
    assert _look(_noise(3.0), share_valid=0.3).quality is Quality.LOST
    assert _look(_noise(60.0), Role.NEEDLE).quality is Quality.GOOD


def test_before_there_is_a_signal_nothing_is_judged() -> None:
    info = BoardInfo("Board", RATE_HZ, (Channel("A", 0.01),), 262.0)
    assert look_at_contacts(info, np.zeros((100, 1), np.int32), np.ones(100, np.bool_), BAND_HZ) == []
    assert contact_lines([]) == ["waiting for the signal"]
