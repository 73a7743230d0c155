import threading

import numpy as np

from acquisition.core import ManualClock, NeedledByHand
from acquisition.simulated.board import SimulatedBoard
from acquisition.simulated.patient import STEP_S, SimulatedPatient
from acquisition.simulated.scenario import load_scenario

RATE_HZ = 250
LOCUS_DEPTH_MM = 14.5


def by_hand(seed: int = 1) -> SimulatedPatient:
    return SimulatedPatient(load_scenario("by_hand"), seed, RATE_HZ, 2)


def test_nobody_needles_but_the_hand() -> None:
    patient = by_hand()
    patient.next_counts(60 * RATE_HZ)
    assert patient.truth.needle_contacts == []


def test_a_pass_by_hand_happens_within_one_step_and_may_be_answered() -> None:
    patient = by_hand()
    for _ in range(40):
        patient.next_counts(RATE_HZ)
        now_s = patient.n_made / RATE_HZ
        patient.needle(LOCUS_DEPTH_MM)
        patient.next_counts(RATE_HZ)
        assert now_s <= patient.truth.needle_contacts[-1] <= now_s + STEP_S + 1e-9
    assert len(patient.truth.needle_contacts) == 40
    assert 1 <= len(patient.truth.twitches) <= 20


def test_a_pass_that_misses_the_locus_is_never_answered() -> None:
    for depth_mm, across_mm in ((LOCUS_DEPTH_MM + 15.0, 0.0), (LOCUS_DEPTH_MM, 15.0)):
        patient = by_hand()
        for _ in range(60):
            patient.needle(depth_mm, across_mm)
            patient.next_counts(RATE_HZ)
        assert len(patient.truth.needle_contacts) == 60
        assert patient.truth.twitches == []


def test_the_same_calls_at_the_same_samples_give_the_same_signal() -> None:
    def session(chunk: int) -> np.ndarray:
        patient, parts = by_hand(), []
        for _ in range(20):
            patient.needle(LOCUS_DEPTH_MM)
            parts += [patient.next_counts(chunk) for _ in range(RATE_HZ // chunk)]
        return np.concatenate(parts)

    assert np.array_equal(session(RATE_HZ), session(10))


def test_passes_that_come_at_once_take_their_turns_in_order() -> None:
    patient = by_hand()
    for _ in range(5):
        patient.needle(LOCUS_DEPTH_MM)
    patient.next_counts(3 * RATE_HZ)
    contacts_s = patient.truth.needle_contacts
    assert np.allclose(np.diff(contacts_s), STEP_S)


def test_a_simulated_board_tells_whoever_watches_that_it_may_be_needled() -> None:
    board = SimulatedBoard(load_scenario("thick_fat"))
    assert isinstance(board, NeedledByHand)
    assert (board.fat_mm, board.locus_depth_mm) == (30.0, 60.0)


def test_another_thread_needles_a_board_and_a_board_not_started_has_no_patient() -> None:
    with SimulatedBoard(load_scenario("by_hand"), clock=ManualClock(), n_channels=2, speed=0.0) as board:
        board.needle(LOCUS_DEPTH_MM)
        board.start()
        board.read()
        thread = threading.Thread(target=board.needle, args=(LOCUS_DEPTH_MM,))
        thread.start()
        thread.join()
        for _ in range(10):
            board.read()
        assert len(board.truth.needle_contacts) == 1
