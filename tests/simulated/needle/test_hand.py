"""Accelerometer on the needling hand: it shows the needle's impacts, and nothing of the muscle."""

import numpy as np
import pytest

from acquisition.core import ADS1299_FULL_SCALE_COUNTS, ChannelSetup, ManualClock, Role, Setup, make_board
from acquisition.simulated.board import SimulatedBoard
from acquisition.simulated.needle.hand import MICROVOLTS_PER_G, NeedleHand
from acquisition.simulated.patient import SimulatedPatient
from acquisition.simulated.scenario import load_scenario
from acquisition.simulated.signal.adc import DEFAULT_GAIN

RATE_HZ = 1000
MICROVOLTS_PER_COUNT = 4_500_000.0 / DEFAULT_GAIN / ADS1299_FULL_SCALE_COUNTS


def test_each_pass_is_an_impact_at_its_sample() -> None:
    patient = SimulatedPatient(load_scenario(), 3, RATE_HZ, 3, motion_channels=[1])
    hand_g = patient.next_counts(RATE_HZ * 25)[:, 1] * MICROVOLTS_PER_COUNT / MICROVOLTS_PER_G
    rest_g = np.abs(hand_g[1000:10_000]).max()
    assert 0.01 < rest_g < 0.1
    contacts = [round(contact_s * RATE_HZ) for contact_s in patient.truth.needle_contacts]
    assert len(contacts) > 5
    for contact in contacts:
        strike_g = np.abs(hand_g[contact - 30 : contact + 100])
        assert 0.45 < strike_g.max() < 2.2
        assert 0 <= np.flatnonzero(strike_g > 2.0 * rest_g)[0] - 30 <= 4
        assert np.abs(hand_g[contact + 110 : contact + 180]).max() < 2.0 * rest_g


def test_tremor_is_a_physiological_one() -> None:
    """8-12 Hz [M], 0.01 g [D]; without impacts."""
    hand = NeedleHand(4000.0, np.random.default_rng(1))
    signal_g = np.concatenate([hand.next_step(800) for _ in range(100)]) / MICROVOLTS_PER_G
    power = np.abs(np.fft.rfft(signal_g)) ** 2
    assert 8.0 < np.fft.rfftfreq(signal_g.size, 1 / 4000.0)[np.argmax(power)] < 12.0
    assert 0.005 < signal_g.std() < 0.02


def test_the_setup_makes_a_channel_the_hand_and_the_truth_never_measures_there() -> None:
    board = make_board("simulated:?channels=3&speed=0&seconds=13", Setup({1: ChannelSetup(role=Role.MOTION)}))
    board.start()
    while board.read() is not None:
        pass
    assert [channel.name for channel in board.info.channels] == ["Needle hand", "Band B", "Reference"]
    assert board.truth.twitches[0].channel == "Band B"  # type: ignore[attr-defined]
    board.close()


@pytest.mark.parametrize("speed", [0, 1])
def test_the_switch_in_the_holder_closes_at_the_sample_of_each_contact(speed: int) -> None:
    clock = ManualClock()
    url = f"simulated:?needle.contact_input=1&rate={RATE_HZ}&speed={speed}&seconds=25"
    with make_board(url, clock=clock) as board:
        assert isinstance(board, SimulatedBoard)
        assert [column.name for column in board.info.aux] == ["Accel X", "Accel Y", "Accel Z", "Digital E1"]
        board.start()
        levels = []
        while (block := board.read(0.0)) is not None:
            levels.append(block.aux[:, 3])
            clock.wait_s(0.0331)
        contacts = [round(contact_s * RATE_HZ) for contact_s in board.truth.needle_contacts if contact_s < 25.0]
    level = np.concatenate(levels)
    assert len(contacts) > 5
    assert np.flatnonzero(np.diff(level) == 1).tolist() == [contact - 1 for contact in contacts]
    assert level.sum() == sum(min(40, level.size - contact) for contact in contacts)


def test_without_a_switch_the_board_has_no_such_input() -> None:
    with make_board("simulated:?needle.contact_input=0") as board:
        assert [column.name for column in board.info.aux] == ["Accel X", "Accel Y", "Accel Z"]
