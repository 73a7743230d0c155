"""Fading rates of the kinds of bursts over about the last minute."""

from dataclasses import replace

import pytest

from dsp import TwitchEvent
from dsp.measuring.character import CALM_FROM_S, MEMORY_S, NAMES, Character
from dsp.measuring.features import Features
from dsp.measuring.pulses import Pulses

RATE_HZ = 500.0
BRIEF = Features(
    duration_s=0.08, pulses=Pulses(0.2, 0.4, 0.5, 0.05), attack=0.3, slow_ratio=0.1, impulse_share=0.2,
    mains_share=0.0, frequency_hz=90.0, spread=0.0, n_channels=8, before=1.0, after=1.0, company=0.0, own=5.0,
    raised=1.0,
)  # fmt: skip
LOOKS = {
    "long": replace(BRIEF, duration_s=0.4),
    "wide": replace(BRIEF, spread=0.9),
    "slow": replace(BRIEF, slow_ratio=3.0),
    "sharp": replace(BRIEF, impulse_share=0.99),
    "unit": replace(BRIEF, pulses=Pulses(0.3, 0.9, 0.95, 0.05)),
    "brief": BRIEF,
}


def burst(at_s: float, channel: int = 0) -> TwitchEvent:
    index = round(at_s * RATE_HZ)
    return TwitchEvent(
        onset_index=index, offset_index=index + 40, onset_s=at_s, offset_s=at_s + 0.08, label="uncertain",
        confidence=0.5, reasons=(), channel=channel, channels=(channel,), peak_uv=50.0, rms_uv=20.0, snr_db=20.0,
        grade="medium", latency_ms=None, decided_index=index + 60, onset_uncertainty_ms=1.0,
    )  # fmt: skip


def reported(character: Character, at_s: float, channel: int = 0) -> dict[str, float]:
    return dict(zip(NAMES, character.rates(burst(at_s, channel)), strict=True))


@pytest.mark.parametrize("kind", LOOKS)
def test_each_burst_counts_as_what_it_looks_like(kind: str) -> None:
    character = Character(RATE_HZ)
    character.note(burst(100.0), LOOKS[kind])
    counted = {name for name, rate in reported(character, 100.0).items() if rate > 0.0}
    assert counted == {f"minute_{kind}"} | ({"minute_here"} if kind == "brief" else set())


def test_a_steady_rate_is_given_per_minute_and_fades() -> None:
    character = Character(RATE_HZ)
    for k in range(300):
        character.note_beat(burst(float(k)))
    assert reported(character, 300.0)["minute_beat"] == pytest.approx(60.0, rel=0.02)
    assert reported(character, 300.0 + 3.0 * MEMORY_S)["minute_beat"] == pytest.approx(3.0, abs=0.2)


def test_brief_bursts_are_counted_by_channel_too() -> None:
    character = Character(RATE_HZ)
    for k in range(4):
        character.note(burst(50.0 + k, channel=k // 3), BRIEF)
    here, there = reported(character, 54.0, channel=0), reported(character, 54.0, channel=1)
    assert here["minute_brief"] == there["minute_brief"]
    assert here["minute_here"] == pytest.approx(3.0 * there["minute_here"], rel=0.1)


def test_one_burst_at_the_start_is_no_storm() -> None:
    character = Character(RATE_HZ)
    character.note(burst(0.0), BRIEF)
    assert reported(character, 0.0)["minute_brief"] <= 61.0


def test_a_stream_is_calm_only_from_half_a_minute_on() -> None:
    character = Character(RATE_HZ)
    assert not character.is_calm(burst(CALM_FROM_S - 1.0))
    assert character.is_calm(burst(CALM_FROM_S + 1.0))


@pytest.mark.parametrize(("kind", "n_bursts"), [("long", 1), ("wide", 3), ("slow", 3), ("sharp", 5)])
def test_a_stream_is_not_calm_soon_after_bursts_that_are_no_twitches(kind: str, n_bursts: int) -> None:
    character = Character(RATE_HZ)
    for k in range(n_bursts):
        assert character.is_calm(burst(200.0 + 0.1 * k)), "fewer are not enough"
        character.note(burst(200.0 + 0.1 * k), LOOKS[kind])
    assert not character.is_calm(burst(202.0))
    assert character.is_calm(burst(200.0 + 3.0 * MEMORY_S))


def test_brief_bursts_leave_a_stream_calm() -> None:
    character = Character(RATE_HZ)
    for k in range(20):
        character.note(burst(30.0 + k), BRIEF)
    assert character.is_calm(burst(51.0))
