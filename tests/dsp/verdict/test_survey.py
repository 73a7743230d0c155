"""Beginning of a group of bursts, and what came just before it."""

import numpy as np
import pytest

from dsp import TwitchDetector
from dsp.bursts import KIND_END, Group, Mark
from dsp.events import TwitchEvent
from dsp.recent import Recent
from dsp.verdict.extent import BurstMeter
from dsp.verdict.rules import NEAR_NOISE, Verdict
from dsp.verdict.survey import BEFORE_S, Survey
from tests.dsp.by_hand import RATE_HZ, add_twitch, noise, run, twitches, unit_wave

BEFORE = round(BEFORE_S * RATE_HZ)
PIECE_AT, BURST_AT, PEAK_UV = 800, 880, 40.0


def piece(peak_uv: float) -> TwitchEvent:
    return TwitchEvent(
        onset_index=PIECE_AT,
        offset_index=PIECE_AT + 10,
        onset_s=1e-3 * PIECE_AT,
        offset_s=1e-3 * PIECE_AT + 0.01,
        label="uncertain",
        confidence=0.5,
        reasons=(NEAR_NOISE,),
        channel=0,
        channels=(0,),
        peak_uv=peak_uv,
        rms_uv=0.5 * peak_uv,
        snr_db=10.0,
        grade="weak",
        latency_ms=None,
        decided_index=PIECE_AT + 40,
    )


def beginning(piece_peak_uv: float, burst_peak_uv: float) -> int:
    """Return the row at which a burst begins, after a piece, where the noise is 1 µV."""
    band_uv = np.zeros((1000, 1))
    band_uv[BURST_AT:950:7] = burst_peak_uv
    one = np.ones(1)
    survey = Survey(RATE_HZ, np.array(["surface"]), BurstMeter(RATE_HZ, (30.0, 450.0)))
    survey.note(piece(piece_peak_uv), Verdict("uncertain", 0.5, (NEAR_NOISE,)))
    mark = Mark(KIND_END, 0, 980, BURST_AT, 950, 9.0, 100.0, 1.0)
    group = Group(BURST_AT, 0, ended={0: mark}, bursts=[mark])
    return survey.begin(group, Recent(0, band_uv, band_uv, one, one, one))


@pytest.mark.parametrize(
    ("peak_uv", "begins_at"),
    [(3.8, BURST_AT), (6.0, PIECE_AT)],
    ids=["noise before a burst ten times as large", "a unit before the rest of its volley"],
)
def test_only_what_exceeds_the_noise_is_the_beginning_of_a_far_larger_burst(peak_uv: float, begins_at: int) -> None:
    assert beginning(peak_uv, PEAK_UV) == begins_at - BEFORE


def test_a_weak_piece_is_the_beginning_of_a_burst_of_its_size() -> None:
    assert beginning(3.8, 5.0) == PIECE_AT - BEFORE


def test_a_small_wave_just_before_a_twitch_does_not_move_its_onset() -> None:
    x = noise(14.0)
    unit, at = unit_wave(), round(11.93 * RATE_HZ)
    x[at : at + unit.size, 1] += 11.0 * unit
    add_twitch(x, 12.0, 80.0)
    (twitch,) = twitches(run(TwitchDetector(RATE_HZ, 4), x))
    assert abs(twitch.onset_s - 12.0) <= 0.005
