import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

from acquisition.core import ADS1299_FULL_SCALE_COUNTS
from acquisition.simulated.patient import SimulatedPatient
from acquisition.simulated.scenario import load_scenario, parse_scenario
from acquisition.simulated.signal.adc import DEFAULT_GAIN

RATE_HZ = 500
MICROVOLTS_PER_COUNT = 4_500_000.0 / DEFAULT_GAIN / ADS1299_FULL_SCALE_COUNTS


def lived(scenario: str, seconds: int, seed: int) -> tuple[SimulatedPatient, NDArray[np.int32]]:
    patient = SimulatedPatient(load_scenario(scenario), seed, RATE_HZ, 8)
    return patient, patient.next_counts(seconds * RATE_HZ)


def in_emg_band(counts: NDArray[np.int32]) -> NDArray[np.float64]:
    signal_uv = (counts - counts[0]) * MICROVOLTS_PER_COUNT
    return np.asarray(sosfiltfilt(butter(4, 20.0, "highpass", fs=RATE_HZ, output="sos"), signal_uv, axis=0))


@pytest.fixture(scope="module")
def startled() -> tuple[SimulatedPatient, NDArray[np.int32]]:
    return lived("startled_patient", 120, seed=1)


def test_a_jumpy_patient_startles_winces_and_has_reflexes_and_cramps(
    startled: tuple[SimulatedPatient, NDArray[np.int32]],
) -> None:
    patient, _ = startled
    kinds = {confounder.kind for confounder in patient.truth.confounders}
    assert kinds == {"startle", "wince", "tap reflex", "stretch reflex", "cramp"}
    contacts_s = np.array(patient.truth.needle_contacts)
    for confounder in patient.truth.confounders:
        after_s = confounder.start_s - contacts_s[contacts_s < confounder.start_s]
        if confounder.kind == "startle":
            assert np.any((after_s >= 0.0499) & (after_s <= 0.1501))
        if confounder.kind == "wince":
            assert np.any((after_s >= 0.0799) & (after_s <= 0.3001))


def test_a_startle_reaches_the_reference(startled: tuple[SimulatedPatient, NDArray[np.int32]]) -> None:
    patient, counts = startled
    seen_uv = in_emg_band(counts)
    rest_uv = seen_uv[1000:5000, -1].std()
    startles = [c for c in patient.truth.confounders if c.kind == "startle"]
    heights = [
        np.abs(seen_uv[round(c.start_s * RATE_HZ) : round((c.stop_s + 0.03) * RATE_HZ), -1]).max() for c in startles
    ]
    assert np.median(heights) > 8.0 * rest_uv


def test_a_wince_outgrows_the_twitches_of_the_same_patient(
    startled: tuple[SimulatedPatient, NDArray[np.int32]],
) -> None:
    """[D]: a wince involves most of the muscle, a twitch a few of its fascicles."""
    patient, counts = startled
    seen_uv = np.abs(in_emg_band(counts))
    winces = [c for c in patient.truth.confounders if c.kind == "wince"]
    heights_uv = [
        seen_uv[round(c.start_s * RATE_HZ) : round((c.stop_s + 0.03) * RATE_HZ), :6].max(axis=0).min() for c in winces
    ]
    # Its smallest pair is compared with the largest of the twitch.
    assert np.median(heights_uv) > 1.2 * np.median([t.peak_uv for t in patient.truth.twitches if t.snr_db > 6.0])


def test_a_cramp_is_a_full_interference_of_the_band_alone(
    startled: tuple[SimulatedPatient, NDArray[np.int32]],
) -> None:
    patient, counts = startled
    seen_uv = in_emg_band(counts)
    cramp = next(c for c in patient.truth.confounders if c.kind == "cramp" and c.stop_s < 118.0)
    assert 3.0 <= cramp.stop_s - cramp.start_s <= 20.0
    middle_s = (cramp.start_s + cramp.stop_s) / 2.0
    middle = seen_uv[round((middle_s - 0.3) * RATE_HZ) : round((middle_s + 0.3) * RATE_HZ)]
    assert middle[:, 0].std() > 8.0 * seen_uv[1000:5000, 0].std()
    assert middle[:, -1].std() < 0.3 * middle[:, 0].std()


def test_a_lead_that_comes_off_rails_and_comes_back() -> None:
    patient, counts = lived("loose_lead", 90, seed=3)
    off = next(c for c in patient.truth.confounders if c.kind == "lead off" and c.stop_s < 89.0)
    railed = np.abs(counts) == ADS1299_FULL_SCALE_COUNTS
    during = railed[round((off.start_s + 0.1) * RATE_HZ) : round((off.start_s + 1.9) * RATE_HZ)]
    assert np.count_nonzero(np.all(during, axis=0)) == 1
    channel = int(np.argmax(np.all(during, axis=0)))
    assert not railed[round(off.stop_s * RATE_HZ) : round((off.stop_s + 0.1) * RATE_HZ), channel].any()
    assert not railed[: 10 * RATE_HZ].any()


def test_the_other_side_answers_some_twitches_weakly() -> None:
    """Bilateral with active points (Audette 2004 [C]), in some 60 % of them [M], at 5-20 % of the size [D]."""
    truths = [lived("bilateral_answer", 100, seed)[0].truth for seed in range(3)]
    n_answers = sum(c.kind == "contralateral answer" for truth in truths for c in truth.confounders)
    n_twitches = sum(len(truth.twitches) for truth in truths)
    assert 0.2 * n_twitches < n_answers < 0.9 * n_twitches
    onsets_s = {round(t.contact_s, 6) for truth in truths for t in truth.twitches}
    for truth in truths:
        for answer in (c for c in truth.confounders if c.kind == "contralateral answer"):
            assert any(0.0 < answer.start_s - contact_s < 0.08 for contact_s in onsets_s)


def test_the_answer_of_the_other_side_is_a_tenth_of_the_twitch() -> None:
    """5-20 % of the size in some active points [D]; here the median over answers, and 0 % without."""
    shares = []
    for seed in range(3):
        patient, counts = lived("bilateral_answer", 100, seed)
        seen_uv = np.abs(in_emg_band(counts))
        for answer in (c for c in patient.truth.confounders if c.kind == "contralateral answer"):
            twitches = [t for t in patient.truth.twitches if abs(t.contact_s - answer.start_s) < 0.1 and t.snr_db > 20]
            around = seen_uv[round(answer.start_s * RATE_HZ) : round(answer.stop_s * RATE_HZ) + 10, -1]
            shares += [around.max() / twitch.peak_uv for twitch in twitches]
    assert len(shares) > 10
    assert 0.05 < np.median(shares) < 0.20


def jabbed(reflex: str, distance_m: float) -> tuple[SimulatedPatient, NDArray[np.float64]]:
    """Return a patient with a reflex to every jab beside the locus, and the signal in the EMG band."""
    passes = ", ".join(f"{{time_s = {3.0 + 0.5 * number}, across_mm = 40}}" for number in range(60))
    text = f"[muscle]\nnerve_distance_m = {distance_m}\n[confounders]\n{reflex}_share = 1.0\nneedle_motion_uv = 0.0\n"
    scenario = parse_scenario(f"{text}[needling]\npasses = [{passes}]", "jabbed")
    patient = SimulatedPatient(scenario, 2, RATE_HZ, 8)
    return patient, in_emg_band(patient.next_counts(34 * RATE_HZ))


@pytest.mark.parametrize(
    ("reflex", "distance_m", "first_ms", "second_ms"),
    [
        ("tap_reflex", 0.2, (18, 34), (42, 60)),
        ("tap_reflex", 0.9, (34, 50), (58, 76)),
        ("stretch_reflex", 0.2, (20, 50), (50, 110)),
    ],
)
def test_muscle_and_synergist_answer_a_jab(
    reflex: str, distance_m: float, first_ms: tuple[int, int], second_ms: tuple[int, int]
) -> None:
    """19 and 45 ms in paraspinal muscles (Zedka 1999 [C]), later with a longer nerve; spread in a stretch reflex."""
    patient, seen_uv = jabbed(reflex, distance_m)
    contacts_s = [contact_s for contact_s in patient.truth.needle_contacts if contact_s > 6.5]
    starts = [round(contact_s * RATE_HZ) for contact_s in contacts_s]
    epochs = np.stack([seen_uv[start - 20 : start + 80] for start in starts])
    rms_uv = np.sqrt(np.mean(epochs**2, axis=0))
    for channel in (0, 6):  # the band's pair and the synergist's
        rest_uv = rms_uv[:18, channel].mean()
        for low_ms, high_ms in (first_ms, second_ms):
            window = slice(20 + low_ms // 2, 20 + high_ms // 2)
            assert rms_uv[window, channel].max() > 4.0 * rest_uv
    assert rms_uv[:, -1].max() < 2.0 * rms_uv[:18, -1].mean()  # the remote muscle does not answer
    assert {c.kind for c in patient.truth.confounders} == {reflex.replace("_", " ")}


def test_the_library_s_latent_points_answer_on_one_side() -> None:
    patient, _ = lived("quiet_gastrocnemius", 60, seed=1)
    assert patient.truth.confounders == []
