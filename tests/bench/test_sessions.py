"""Truth of the sessions of the two generators that are also used, with other seeds, to train the classifier."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from scipy import signal

from bench.detection import envelopes, samples, units
from bench.detection.sessions import KINDS, REST_S, SECONDS, Session
from bench.detection.signals import from_session

GENERATORS = {"units": units.make, "envelopes": envelopes.make}
SEED = 7007
USED = ("clean", "muscle", "all", "no answer", "250 all")

Make = Callable[[str, int], Session]


@pytest.fixture(params=GENERATORS.values(), ids=GENERATORS)
def make(request: pytest.FixtureRequest) -> Make:
    return request.param


@cache
def made(make: Make, kind: str) -> Session:
    return make(kind, SEED)


def in_band(session: Session) -> np.ndarray:
    """Return the signal in the EMG band."""
    high_hz = min(450.0, 0.45 * session.rate_hz)
    sos = signal.butter(4, (20.0, high_hz), "bandpass", fs=session.rate_hz, output="sos")
    return signal.sosfilt(sos, session.signal_uv - session.signal_uv[0], axis=0)


def test_a_session_is_what_its_kind_and_its_seed_say(make: Make) -> None:
    one, again, other = made(make, "250 all"), make("250 all", SEED), make("250 all", SEED + 1)
    assert np.array_equal(one.signal_uv, again.signal_uv)
    assert [twitch.onset_s for twitch in one.twitches] == [twitch.onset_s for twitch in again.twitches]
    assert one.confounders == again.confounders != other.confounders


@pytest.mark.parametrize("kind", USED)
def test_length_rate_and_roles_fit_the_signal(make: Make, kind: str) -> None:
    session = made(make, kind)
    assert session.rate_hz == 250.0 if KINDS[kind].is_slow else session.rate_hz in (1000.0, 2000.0)
    assert session.signal_uv.shape == (SECONDS * session.rate_hz, len(session.roles))
    assert session.signal_uv.dtype == np.float64 and np.isfinite(session.signal_uv).all()
    assert session.roles == tuple(sorted(session.roles, reverse=True))  # reference pairs come last
    assert session.roles[0] == "surface" and set(session.roles) <= {"surface", "reference"}


def test_twitches_are_where_and_as_large_as_they_are_said_to_be(make: Make) -> None:
    session = made(make, "clean")
    band_uv, rate_hz = in_band(session), session.rate_hz
    rest_uv = band_uv[round(rate_hz) : round(REST_S * rate_hz)].std(axis=0)
    clear = [one for one in session.twitches if one.over >= 8.0]
    assert clear
    for one in clear:
        rows = slice(round(one.onset_s * rate_hz), round((one.offset_s + 0.02) * rate_hz))  # the filter rings
        over = np.abs(band_uv[rows]) / rest_uv
        best = int(np.argmax(over.max(axis=0)))
        assert over.max() == pytest.approx(one.over, abs=4.0, rel=0.4)  # another filter, and noise on top
        assert np.abs(band_uv[rows, best]).max() == pytest.approx(one.peak_uv, abs=4.0 * rest_uv[best], rel=0.4)
        before = band_uv[rows.start - round(0.1 * rate_hz) : rows.start - round(0.02 * rate_hz), best]
        assert np.abs(before).max() < 0.7 * np.abs(band_uv[rows, best]).max()


def test_a_needle_that_nothing_answers_leaves_no_twitch(make: Make) -> None:
    session = made(make, "no answer")
    assert session.twitches == ()
    assert {"contraction", "wince", "cable", "pop", "glitch", "mains burst"} <= {
        one.kind for one in session.confounders
    }


@pytest.mark.parametrize("kind", ["clean", "muscle", "all", "250 all"])
def test_twitches_come_after_the_rest_and_away_from_what_is_meant(make: Make, kind: str) -> None:
    session = made(make, kind)
    assert 3 <= len(session.twitches) <= 25
    meant = [one for one in session.confounders if one.kind == "contraction"]
    assert bool(meant) == KINDS[kind].muscle
    for one in session.twitches:
        assert REST_S < one.onset_s < one.offset_s < min(SECONDS, one.onset_s + 0.4)
        assert 2.5 <= one.over <= 40.0
        assert all(one.offset_s < other.start_s or one.onset_s > other.stop_s for other in meant)


def test_contractions_rise_over_the_noise(make: Make) -> None:
    session = made(make, "muscle")
    band_uv, rate_hz = in_band(session), session.rate_hz
    rest_uv = band_uv[round(rate_hz) : round(REST_S * rate_hz)].std(axis=0)
    rises = []
    for one in session.confounders:
        if one.kind == "contraction":
            rows = slice(round(one.start_s * rate_hz), round(one.stop_s * rate_hz))
            rises.append(float(np.max(band_uv[rows].std(axis=0) / rest_uv)))
    assert min(rises) > 1.1 and max(rises) > 2.0


def test_the_scoreboard_counts_twitches_from_the_end_of_the_rest_on(make: Make) -> None:
    session = made(make, "all")
    one = from_session(session, "all")
    assert (one.from_s, one.roles) == (REST_S, session.roles)
    assert [known.peak_ratio for known in one.known] == [twitch.over for twitch in session.twitches]
    assert all(np.isnan(known.peak_uv) and np.isnan(known.rms_uv) for known in one.known)


def test_bursts_of_a_session_are_told_apart_by_their_source(make: Make) -> None:
    draw = samples.from_units if make is units.make else samples.from_envelopes
    assert samples.session_kind(SEED) == "250 all"
    drawn = draw(SEED)
    assert {one.source for one in drawn} == {(3_000_000 if make is units.make else 4_000_000) + SEED}
    overs = {twitch.over for twitch in made(make, "250 all").twitches}
    found = {one.over for one in drawn if one.is_twitch}
    assert found and found <= overs


def test_a_seed_draws_muscle_rather_than_nothing() -> None:
    kinds = [samples.session_kind(seed) for seed in range(24)]
    assert "clean" not in kinds and kinds.count("muscle") == 6
    assert [seed for seed in range(24) if kinds[seed] == "mains"] == [9]
    assert kinds[1] == kinds[17] == "all"
