"""Scoreboard: tuning, operating curves, added twitches, input of the peers."""

from dataclasses import replace

import numpy as np
import pytest

from bench.detection.contest import OURS, Entry, Kind, Outcome, assess, assess_events, compete, pair_up, shown
from bench.detection.curves import frontier
from bench.detection.peers import PEERS, make_trace
from bench.detection.score import Known, Score
from bench.detection.signals import Signal, add_twitches
from bench.detection.tables import clear_cells, our_table, peer_table
from dsp import TwitchEvent
from dsp.events import Label

TKEO = PEERS[0]


def quiet(seconds: float = 40.0, n_channels: int = 3, rate_hz: float = 1000.0) -> Signal:
    rng = np.random.default_rng(4)
    n = round(seconds * rate_hz)
    signal_uv = 3.0 * rng.standard_normal((n, n_channels))
    signal_uv += 40.0 * np.sin(2.0 * np.pi * 60.0 * np.arange(n) / rate_hz)[:, np.newaxis]
    roles = ("surface",) * n_channels
    return Signal("noise", rate_hz, signal_uv, np.ones(n, np.bool_), np.asarray(np.inf), None, roles)


def entry(points: dict[float, tuple[int, int]]) -> Entry:
    return Entry({at: Outcome(strong=Score(10, found, other, 60.0)) for at, (found, other) in points.items()})


def test_a_peer_is_tuned_to_its_best_f1() -> None:
    assert entry({1.0: (10, 30), 2.0: (9, 1), 3.0: (9, 0), 4.0: (2, 0)}).best_threshold() == 3.0
    assert entry({1.0: (0, 5), 2.0: (0, 1)}).best_threshold() == 2.0


def test_the_curve_keeps_what_no_other_threshold_beats() -> None:
    assert frontier(entry({1.0: (9, 30), 2.0: (10, 20), 3.0: (8, 5), 4.0: (7, 9), 5.0: (3, 0)})) == [
        (0.0, 30.0), (5.0, 80.0), (20.0, 100.0),
    ]  # fmt: skip


def test_added_twitches_have_their_sizes_over_the_noise_without_mains() -> None:
    before = quiet()
    after = add_twitches(before, 3)
    assert len(after.known) >= 12
    np.testing.assert_array_equal(after.signal_uv, add_twitches(before, 3).signal_uv)
    added = Signal(
        "", 1000.0, after.signal_uv - before.signal_uv, before.valid, before.full_scale_uv, None, before.roles
    )
    seen_uv, noise_uv = added.band_uv(), 3.0 * np.sqrt(370.0 / 500.0)
    for one in after.known:
        part = seen_uv[round((one.onset_s - 0.01) * 1000.0) : round((one.offset_s + 0.03) * 1000.0)]
        assert np.max(np.abs(part)) / noise_uv == pytest.approx(one.peak_ratio, rel=0.15)


def test_the_others_get_the_channel_that_stands_out_in_units_of_its_rest() -> None:
    one = add_twitches(quiet(), 3)
    trace = make_trace(one)
    assert 1.0 < np.std(trace.rest) < 2.0  # the largest of three channels, without mains
    outcomes = [assess(one, TKEO.detect(trace, threshold)) for threshold in TKEO.thresholds]
    assert max(outcome.strong.f1 for outcome in outcomes) > 0.8


def test_a_sample_that_is_no_number_at_the_start_makes_no_step() -> None:
    offset_uv = 5000.0
    one = quiet()
    shifted = replace(one, signal_uv=one.signal_uv + offset_uv)
    shifted.signal_uv[[0, 700], 0] = np.nan
    np.testing.assert_allclose(shifted.band_uv()[:, 1:], one.band_uv()[:, 1:], atol=1e-6)
    assert np.abs(shifted.band_uv()[:, 0]).max() < 50.0


def test_detections_before_the_scored_part_are_not_counted() -> None:
    one = add_twitches(quiet(), 3)
    assert assess(one, [1.0, 2.0]).strong.n_other == 0
    assert assess(one, [one.known[0].onset_s, 39.9]).strong == Score(
        len(one.known), 1, 1, one.duration_s, (pytest.approx(0.0),)
    )


def verdict(onset_s: float, label: Label = "twitch") -> TwitchEvent:
    onset, offset = round(1000 * onset_s), round(1000 * onset_s) + 50
    return TwitchEvent(
        onset_index=onset, onset_s=onset / 1000, offset_index=offset, offset_s=offset / 1000, label=label,
        confidence=0.9, reasons=(), channel=0, channels=(0,), peak_uv=55.0, rms_uv=8.0, snr_db=20.0, grade="medium",
        latency_ms=None, decided_index=offset, onset_uncertainty_ms=1.5,
    )  # fmt: skip


def test_clear_twitches_are_measured_and_what_belongs_to_none_is_told() -> None:
    known = [Known(20.0, 20.040, 12.0, peak_uv=50.0, rms_uv=10.0), Known(30.0, 30.040, 12.0), Known(35.0, 35.04, 6.0)]
    one = replace(quiet(), known=known)
    said = [verdict(20.001), verdict(30.001), verdict(33.0), verdict(35.002), verdict(36.0, "voluntary")]
    pairs, others = pair_up(said, known)
    assert [event.onset_s for _, event in pairs] == [20.001, 30.001, 35.002]
    assert others == [said[2]]
    outcome = assess_events(one, said)
    assert outcome.strong == assess(one, [20.001, 30.001, 33.0, 35.002]).strong
    assert outcome.sizes.peak_errors == (
        pytest.approx(0.1),
    )  # the sizes of the second are unknown, and the third is not clear
    assert outcome.sizes.rms_errors == (pytest.approx(-0.2),)
    assert outcome.sizes.duration_errors_s == (pytest.approx(0.010),)
    assert clear_cells(outcome) == ["1.0 ms, 10 ms, 10 %, 20 %", "100 %"]


def test_kinds_make_tables_with_intervals_and_what_was_tuned_elsewhere() -> None:
    twitching = Kind("twitching", lambda k: add_twitches(quiet(), k), 1, 1, 1)
    resting = Kind("resting", lambda k: quiet(20.0), 1, 1, tuned_on="twitching")
    results = {kind.name: compete(kind, [TKEO]) for kind in (twitching, resting)}
    ours = shown(results, twitching, OURS)
    assert ours is not None and ours.strong.sensitivity > 0.6 and ours.strong.n_other <= 1
    peer = shown(results, resting, TKEO.name)
    assert peer is not None and peer.strong.n_known == 0
    assert "(" in our_table(results, [twitching, resting])
    assert len(peer_table(results, [twitching, resting], [OURS, TKEO.name]).splitlines()) == 4
