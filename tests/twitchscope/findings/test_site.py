"""Measures of a site from `analyze` and from a session."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from acquisition.core import AmplitudeUnit, ChannelSetup, Role, Setup
from acquisition.simulated.board import SimulatedBoard
from acquisition.simulated.scenario import load_scenario
from dsp import TwitchDetector
from dsp.needle_electrode.spontaneous import Spontaneous, StillWindow
from dsp.sites.measures import Estimate, needle_rest
from twitchscope.findings.detection import Detection
from twitchscope.findings.measured_site import SiteRecord
from twitchscope.findings.site import measured_site
from twitchscope.findings.site_text import site_facts, site_lines
from twitchscope.findings.twitch_log import LoggedTwitch
from twitchscope.storage.fields import Fields


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
    return detection.measured_site()


def test_a_session_at_the_skin_has_a_resting_baseline_and_no_score():
    site = site_of(1000, 40.0, {})
    assert not site.measures.is_needle and site.measures.n_twitches >= 1
    assert 0.5 < site.measures.before.level_uv.value < 5.0
    assert site.around_twitches == [] and site.around_passes == []
    assert site.measures.irritability is None and site.measures.twitches_per_pass is None
    text = "\n".join(site_lines(site, AmplitudeUnit.MICROVOLTS))
    assert (
        "resting baseline" in text
        and "no needle contact was stamped by the board" in text
        and "spontaneous" not in text
    )
    assert "not marked" not in text + " ".join(site.remarks), "the operator's marks are not known here"
    json.dumps(site.to_json(), allow_nan=False)


def test_a_needle_has_its_spontaneous_activity_with_spikes_and_loci():
    site = site_of(2000, 20.0, {2: Role.NEEDLE})
    measures = site.measures
    assert measures.is_needle
    assert 5.0 < measures.before.level_uv.value < 40.0
    assert measures.before.n_loci >= 1
    assert measures.before.spikes_per_s.value > 1.0
    assert 0.0 <= measures.irritability <= 1.0
    assert len(site.around_twitches) == measures.n_twitches >= 1
    first = site.around_twitches[0]
    assert first["before"]["start_s"] + 1.0 <= first["start_s"]
    assert 5.0 < first["before"]["noise_uv"] < 40.0 and first["before"]["n_spikes"] is not None
    text = "\n".join(site_lines(site, AmplitudeUnit.MICROVOLTS))
    assert "spontaneous activity at the needle" in text and "exploratory" in text
    json.dumps(site.to_json(), allow_nan=False)


@pytest.mark.parametrize(("share", "n", "said"), [(1.0, 1, "at 1 of 1 locus"), (2 / 3, 3, "at 2 of 3 loci")])
def test_places_with_endplate_noise_are_counted_in_words(share, n, said):
    site = site_of(2000, 20.0, {2: Role.NEEDLE})
    before = replace(site.measures.before, n_loci=n, prevalence=Estimate(share, 0.21, 1.0, n))
    site = replace(site, measures=replace(site.measures, before=before))
    assert f"endplate noise {said} (21 to 100 %)" in "\n".join(site_lines(site, AmplitudeUnit.MICROVOLTS))


@pytest.mark.parametrize("seconds", [0.0, 0.5])
def test_a_signal_that_is_over_at_once_has_a_site_all_the_same(seconds):
    site = site_of(1000, seconds, {})
    assert site.measures.n_twitches == 0 and site.measures.decay is None
    json.dumps(site.to_json(), allow_nan=False)


def noise(levels_uv, role, seconds=30.0, rate_hz=1000):
    detector = TwitchDetector(rate_hz, len(levels_uv), roles=[role] * len(levels_uv))
    rng = np.random.default_rng(0)
    detector.process(rng.standard_normal((round(seconds * rate_hz), len(levels_uv))) * levels_uv)
    return detector


def test_places_of_two_needle_channels_are_not_taken_for_one():
    site = measured_site(noise((4.4, 27.5), "needle"), [], ["Needle A", "Needle B"])
    before = site.measures.before
    assert (before.n_loci, before.prevalence.value) == (2, 0.5)
    assert site.to_json()["before"]["level_uv"]["low"] is None, "two places do not tell how places differ"
    assert "endplate noise at 1 of 2 loci" in "\n".join(site_lines(site, AmplitudeUnit.MICROVOLTS))


def test_spikes_are_reported_where_they_leave_no_noise_to_measure():
    site = measured_site(noise((4.4,), "needle"), [], ["Needle"])
    busy = StillWindow(0, 0, Spontaneous(math.nan, 90, 1.0))
    full = replace(site.measures, before=needle_rest([[busy]]).before)
    (line,) = [one for one in site_lines(replace(site, measures=full), AmplitudeUnit.MICROVOLTS) if "before" in one]
    assert line.startswith("spontaneous activity at the needle before: endplate noise at 1 of 1 locus (")
    assert line.endswith("spikes a second 90.00")


def twitches(peaks_uv, channels, latency_ms=None):
    return [
        LoggedTwitch(12.0 + 2.0 * k, 12.06 + 2.0 * k, peak_uv, channel, latency_ms)
        for k, (peak_uv, channel) in enumerate(zip(peaks_uv, channels, strict=True))
    ]


def test_a_twitch_that_was_larger_elsewhere_is_a_step_of_the_decay_and_no_amplitude():
    factor, channels = 0.75, (0, 1, 0, 1, 1, 1, 0, 1)
    peaks_uv = [100.0 * factor ** min(k, 3) for k in range(8)]
    site = measured_site(noise((3.0, 3.0), "surface"), twitches(peaks_uv, channels), ["Band A", "Band B"])
    assert (site.channel, site.measures.decay.n, site.measures.n_twitches) == ("Band B", 5, 8)
    assert site.measures.decay.value == pytest.approx(factor, abs=1e-3)
    decay = dict(site_facts(site, AmplitudeUnit.MICROVOLTS))[
        "amplitude from one twitch to the next, first three steps, Band B"
    ]
    assert decay.endswith("from 5 of 8 twitches, the others were larger elsewhere")
    alone = measured_site(noise((3.0, 3.0), "surface"), twitches(peaks_uv, [1] * 8), ["Band A", "Band B"])
    assert "from 8 twitches" in "\n".join(site_lines(alone, AmplitudeUnit.MICROVOLTS))


def test_what_too_little_tells_has_no_interval_and_the_line_says_from_how_much_it_comes():
    facts = dict(
        site_facts(
            measured_site(noise((3.0,), "surface"), twitches([80.0], [0], 32.0), ["Band A"]), AmplitudeUnit.MICROVOLTS
        )
    )
    assert facts["latency after a stamped contact"] == "32.00 ms (median of 1)"
    assert facts["after / before"].endswith("within what rest does by itself")
    one_second = noise((3.0,), "surface", seconds=5.0)
    short = measured_site(one_second, [LoggedTwitch(6.0, 6.1, 80.0, 0, None)], ["Band A"])
    ratio = Estimate(0.97, math.nan, math.nan, 1)
    short = replace(short, measures=replace(short.measures, level_ratio=ratio))
    assert (
        dict(site_facts(short, AmplitudeUnit.MICROVOLTS))["after / before"] == "0.97, too little rest for an interval"
    )


def test_the_score_stands_with_what_it_may_be():
    site = measured_site(noise((27.5,), "needle"), [], ["Needle"], [3.0, 6.0, 9.0])
    measures = site.measures
    low, value, high = measures.irritability_low, measures.irritability, measures.irritability_high
    assert 0.0 <= low < value <= high <= 1.0
    line = dict(site_facts(site, AmplitudeUnit.MICROVOLTS))["irritability"]
    assert line == f"{value:.2f} ({low:.2f} to {high:.2f}) of 1: exploratory, not validated"


def test_what_a_file_holds_of_a_site_is_reported_as_it_was_in_the_session():
    for site in (
        site_of(2000, 20.0, {2: Role.NEEDLE}),
        site_of(1000, 40.0, {}),
        measured_site(noise((4.4, 27.5), "needle"), [], ["Needle A", "Needle B"]),
    ):
        read = SiteRecord.from_json(Fields("session.json", json.loads(json.dumps(site.to_json()))))
        assert site_lines(read, AmplitudeUnit.MICROVOLTS) == site_lines(site, AmplitudeUnit.MICROVOLTS) != []
    assert SiteRecord.from_json(Fields("session.json", {"n_twitches": None})) is None
