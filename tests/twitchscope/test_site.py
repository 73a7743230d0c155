"""What `analyze` and a session tell of a site."""

import json

import pytest

from acquisition.core import ChannelSetup, Role, Setup
from acquisition.simulated.board import SimulatedBoard
from acquisition.simulated.scenario import load_scenario
from twitchscope.detection import Detection
from twitchscope.site import site_lines


def site_of(rate_hz, seconds, roles):
    setup = Setup({number: ChannelSetup(role=role) for number, role in roles.items()})
    board = SimulatedBoard(
        load_scenario("quiet_gastrocnemius"),
        setup,
        seed=4,
        sampling_rate_hz=rate_hz,
        n_channels=2,
        speed=0.0,
        seconds=seconds,
    )
    with board:
        detection = Detection(board.info)
        board.start()
        while (block := board.read()) is not None:
            detection.process(block)
        detection.flush()
    return detection.site_record()


def test_a_session_at_the_skin_has_a_resting_baseline_and_no_score():
    site = site_of(1000, 40.0, {})
    assert not site["is_needle"] and site["n_twitches"] >= 1
    assert 0.5 < site["before"]["level_uv"]["value"] < 5.0
    assert site["around_twitches"] == [] and site["around_passes"] == []
    assert site["irritability"] is None and site["twitches_per_pass"] is None
    text = "\n".join(site_lines(site))
    assert "resting baseline" in text and "not marked" in text and "spontaneous" not in text
    json.dumps(site, allow_nan=False)


def test_a_needle_has_its_spontaneous_activity_with_spikes_and_loci():
    site = site_of(2000, 20.0, {2: Role.NEEDLE})
    assert site["is_needle"]
    assert 5.0 < site["before"]["level_uv"]["value"] < 40.0
    assert site["before"]["n_loci"] >= 1
    assert site["before"]["spikes_per_s"]["value"] > 1.0
    assert 0.0 <= site["irritability"] <= 1.0
    assert len(site["around_twitches"]) == site["n_twitches"] >= 1
    first = site["around_twitches"][0]
    assert first["before"]["start_s"] + 1.0 <= first["start_s"]
    assert 5.0 < first["before"]["noise_uv"] < 40.0 and first["before"]["n_spikes"] is not None
    text = "\n".join(site_lines(site))
    assert "spontaneous activity at the needle" in text and "exploratory" in text
    json.dumps(site, allow_nan=False)


@pytest.mark.parametrize(("share", "n", "said"), [(1.0, 1, "at 1 of 1 locus"), (2 / 3, 3, "at 2 of 3 loci")])
def test_places_with_endplate_noise_are_counted_in_words(share, n, said):
    site = site_of(2000, 20.0, {2: Role.NEEDLE})
    site["before"] |= {"n_loci": n, "prevalence": {"value": share, "low": 0.21, "high": 1.0, "n": n}}
    assert f"endplate noise {said} (21 to 100 %)" in "\n".join(site_lines(site))


@pytest.mark.parametrize("seconds", [0.0, 0.5])
def test_a_signal_that_is_over_at_once_has_a_site_all_the_same(seconds):
    site = site_of(1000, seconds, {})
    assert site["n_twitches"] == 0 and site["decay"] is None
    json.dumps(site, allow_nan=False)
