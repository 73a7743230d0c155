import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from acquisition.core import ADS1299_FULL_SCALE_COUNTS, BoardConfigError
from acquisition.simulated.patient import SimulatedPatient
from acquisition.simulated.scenario import load_scenario, parse_scenario, scenario_names
from acquisition.simulated.signal.adc import DEFAULT_GAIN
from acquisition.simulated.truth import Truth

GOLDEN_ROWS = [0, 1, 777, 3000, 5450, 5480, 5510, 5999]
GOLDEN_COUNTS = [
    [-21745, 55200, -17467],
    [-109250, 277301, -87663],
    [-131187, 332145, -105201],
    [-132123, 332644, -105081],
    [-133074, 332316, -105631],
    [-133144, 332339, -105471],
    [-133171, 332319, -105551],
    [-133048, 332350, -105583],
]
MICROVOLTS_PER_COUNT = 4_500_000.0 / DEFAULT_GAIN / ADS1299_FULL_SCALE_COUNTS


def patient(
    scenario: str = "quiet_gastrocnemius", seed: int = 1, rate_hz: int = 250, n_channels: int = 8
) -> SimulatedPatient:
    return SimulatedPatient(load_scenario(scenario), seed, rate_hz, n_channels)


def truth_after(seconds: int, **what: object) -> Truth:
    someone = patient(**what)  # type: ignore[arg-type]
    for _ in range(seconds):
        someone.next_samples(someone.sampling_rate_hz)
    return someone.truth


@pytest.fixture(scope="module")
def messy_minute() -> NDArray[np.int32]:
    return patient("messy", seed=3).next_counts(250 * 30)


@settings(max_examples=8)
@given(st.lists(st.integers(0, 700), min_size=1, max_size=25))
def test_chunks_do_not_matter(messy_minute: NDArray[np.int32], chunks: list[int]) -> None:
    someone = patient("messy", seed=3)
    counts = np.concatenate([someone.next_counts(n) for n in chunks])
    n_compared = min(len(counts), len(messy_minute))
    assert np.array_equal(counts[:n_compared], messy_minute[:n_compared])
    assert counts.dtype == np.int32
    assert someone.n_made == sum(chunks)


def test_seeds_matter() -> None:
    assert not np.array_equal(patient(seed=1).next_counts(100), patient(seed=2).next_counts(100))


def test_every_channel_carries_noise() -> None:
    counts = patient(n_channels=16).next_counts(1000)
    assert np.all(np.std(np.diff(counts, axis=0), axis=0) > 3.0)
    assert np.all(np.abs(counts) < ADS1299_FULL_SCALE_COUNTS)


FIRST_TWITCHES = [
    ("quiet_gastrocnemius", 250, range(10)),
    ("quiet_gastrocnemius", 1000, range(20, 23)),
    ("messy", 250, range(4)),
    ("guarding_patient", 500, range(2)),
    ("active_trapezius", 250, range(2)),
    ("trapezius_ecg", 250, range(2)),
    ("startled_patient", 250, range(2)),
    ("loose_lead", 250, range(2)),
    ("bilateral_answer", 250, range(2)),
    ("quiet_gastrocnemius", 4000, range(1)),
]


@pytest.mark.parametrize(
    ("scenario", "rate_hz", "seed"), [(name, rate, seed) for name, rate, seeds in FIRST_TWITCHES for seed in seeds]
)
def test_every_seed_has_a_visible_answer_between_10_and_12_s(scenario: str, rate_hz: int, seed: int) -> None:
    truth = truth_after(12, scenario=scenario, rate_hz=rate_hz, seed=seed)
    first = truth.twitches[0]
    assert 10.5 < truth.needle_contacts[0] == first.contact_s < first.onset_s < first.offset_s < 12.0
    assert first.snr_db > 20.0
    assert first.channel.startswith("Band")
    early = {confounder.kind for confounder in truth.confounders}
    assert early <= {"heartbeat", "fasciculation"}


def test_the_skin_shows_what_the_truth_tells() -> None:
    someone = patient(rate_hz=1000, n_channels=8)
    signal_uv = someone.next_counts(60_000) * MICROVOLTS_PER_COUNT
    signal_uv -= signal_uv[0]
    seen_uv = np.abs(sosfilt(butter(4, 20.0, "highpass", fs=1000, output="sos"), signal_uv, axis=0))
    twitches = someone.truth.twitches
    assert len(twitches) >= 3
    names = [pair.name for pair in someone.pairs]
    for twitch in twitches:
        around = seen_uv[round(twitch.onset_s * 1000) : round(twitch.offset_s * 1000) + 1, names.index(twitch.channel)]
        assert around.max() == pytest.approx(twitch.peak_uv, abs=15.0)  # noise and mains are added
    rest = seen_uv[2_000:10_000]
    assert rest[:, 0].max() < 0.5 * twitches[0].peak_uv
    assert np.abs(seen_uv[10_500:12_000, -1]).max() < 2.0 * rest[:, -1].max()  # the reference is unaffected


def test_about_one_pass_in_seven_is_answered_and_answers_shrink() -> None:
    truths = [truth_after(240, seed=seed) for seed in range(3)]
    shares = [len(truth.twitches) / len(truth.needle_contacts) for truth in truths]
    assert 0.08 < np.mean(shares) < 0.22
    later = np.mean([np.mean([t.peak_uv for t in truth.twitches[3:]]) / truth.twitches[0].peak_uv for truth in truths])
    assert 0.2 < later < 0.7
    durations_s = [t.offset_s - t.onset_s for truth in truths for t in truth.twitches]
    assert 0.015 < min(durations_s) < max(durations_s) < 0.2
    gaps_s = np.concatenate([np.diff(truth.needle_contacts) for truth in truths])
    assert gaps_s.min() > 0.3
    assert 0.4 < np.median(gaps_s) < 1.2


def test_without_a_trigger_point_nothing_answers() -> None:
    truth = truth_after(120, scenario="no_trigger_point")
    assert truth.twitches == []
    assert len(truth.needle_contacts) > 50


def test_under_thick_fat_the_answer_is_there_and_the_skin_is_blind() -> None:
    truth = truth_after(40, scenario="thick_fat")
    assert truth.twitches
    assert all(twitch.snr_db < 6.0 for twitch in truth.twitches)


def test_a_messy_patient_has_every_kind_of_trouble() -> None:
    truth = truth_after(240, scenario="messy")
    kinds = {confounder.kind for confounder in truth.confounders}
    assert kinds >= {
        "heartbeat",
        "fasciculation",
        "cable",
        "pop",
        "glitch",
        "impulse",
        "voluntary",
        "guarding",
        "wince",
    }
    for confounder in truth.confounders:
        assert confounder.start_s < confounder.stop_s
    starts_s = [confounder.start_s for confounder in truth.confounders]
    assert all(earlier <= later for earlier, later in itertools.pairwise(starts_s))


def test_guarding_raises_the_reference_less_than_the_muscle() -> None:
    someone = patient("guarding_patient", seed=2, rate_hz=500)
    signal_uv = someone.next_counts(500 * 120) * MICROVOLTS_PER_COUNT
    seen_uv = sosfilt(butter(4, 20.0, "highpass", fs=500, output="sos"), signal_uv - signal_uv[0], axis=0)
    guarding = next(c for c in someone.truth.confounders if c.kind == "guarding")
    middle = seen_uv[round((guarding.start_s + 2.0) * 500) : round((guarding.stop_s - 2.0) * 500)].std(axis=0)
    rest = seen_uv[1_000:5_000].std(axis=0)
    assert middle[:6].max() > 3.0 * rest[:6].max()
    assert middle[-1] < 2.0 * rest[-1]


def test_the_truth_tells_nothing_of_the_future() -> None:
    someone = patient()
    assert someone.truth == Truth()
    someone.next_samples(250 * 10)
    assert someone.truth.needle_contacts == []


@pytest.mark.parametrize("n_channels", [1, 2, 3, 16])
def test_any_number_of_channels(n_channels: int) -> None:
    someone = patient(n_channels=n_channels)
    assert someone.next_counts(10).shape == (10, n_channels)
    names = [pair.name for pair in someone.pairs]
    assert names[0] == "Band A"
    assert len(set(names)) == n_channels
    assert n_channels == 1 or names[-1] == "Reference"


@pytest.mark.parametrize(("rate_hz", "n_channels"), [(300, 8), (1000, 0), (1000, 17)])
def test_an_impossible_board_is_refused(rate_hz: int, n_channels: int) -> None:
    with pytest.raises(BoardConfigError, match="simulated patient"):
        patient(rate_hz=rate_hz, n_channels=n_channels)


@pytest.mark.parametrize("name", scenario_names())
def test_every_scenario_runs(name: str) -> None:
    assert patient(name).next_counts(250 * 20).shape == (5000, 8)


def test_some_twitches_are_invisible_at_the_skin_but_never_the_first() -> None:
    """Not every twitch reaches a surface EMG: Rha 2011, Kentucky thesis [C]; the share is an assumption [D]."""
    truths = [truth_after(120, seed=seed) for seed in range(6)]
    snr_db = np.array([twitch.snr_db for truth in truths for twitch in truth.twitches])
    assert 0.05 < np.mean(snr_db < 6.0) < 0.3
    assert all(truth.twitches[0].snr_db > 20.0 for truth in truths)


def test_the_counts_are_those_of_every_machine_within_one() -> None:
    """Some counts of the default patient, recorded when this was written; they change with the model."""
    counts = patient(seed=7, rate_hz=500, n_channels=3).next_counts(500 * 12)
    assert np.abs(counts[GOLDEN_ROWS] - np.array(GOLDEN_COUNTS)).max() <= 1


def test_a_wider_pair_sees_more() -> None:
    """A bipolar pair records a distant source as the difference between its electrodes."""
    near, wide = (
        SimulatedPatient(parse_scenario(f"[skin]\nelectrode_spacing_mm = {spacing_mm}", "tried"), 1, 500, 1)
        for spacing_mm in (10, 30)
    )
    for someone in (near, wide):
        someone.next_samples(500 * 12)
    assert wide.truth.twitches[0].peak_uv > 1.5 * near.truth.twitches[0].peak_uv


def test_a_scenario_lists_its_passes() -> None:
    text = """
        [needling]
        passes = [{time_s = 3.0, depth_mm = 14.5}, {time_s = 4.5, depth_mm = 14.5, across_mm = 1.0}, {time_s = 4.75}]
    """
    someone = SimulatedPatient(parse_scenario(text, "listed"), 1, 250, 2)
    someone.next_samples(250 * 60)
    assert someone.truth.needle_contacts == [3.0, 4.5, 4.75]


def test_listed_passes_beside_the_locus_are_never_answered() -> None:
    passes = ", ".join(f"{{time_s = {number + 1}, across_mm = 12}}" for number in range(40))
    someone = SimulatedPatient(parse_scenario(f"needling.passes = [{passes}]", "beside"), 1, 250, 2)
    someone.next_samples(250 * 50)
    assert len(someone.truth.needle_contacts) == 40
    assert someone.truth.twitches == []
