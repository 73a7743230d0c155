"""The board's own test signal and lead-off current, through the real firmware."""

from pathlib import Path

import numpy as np
import pytest

from acquisition.core import BoardConfigError, ChannelSetup, Role, Setup, open_board
from acquisition.drivers.cyton import CytonBoard
from acquisition.link.protocol import QUERY_COUNTS
from tests.hil.board import running_board
from twitchscope.electrodes.self_test import Contact, calibrate, check_electrodes, look_at_signal

OHM = (10e3, 10e3, 45e3, 3e3)


@pytest.mark.parametrize("rate_sps", [250, 1000])
def test_gain_and_noise_are_measured_against_the_test_signal(hil_build: Path, tmp_path: Path, rate_sps: int) -> None:
    port = tmp_path / "board"
    with (
        running_board(hil_build, port, "--check-baud") as simulated,
        open_board(f"cyton:{port}?rate={rate_sps}", clock=simulated.clock) as board,
    ):
        found = calibrate(board, 3.0)
    assert len(found) == 8
    for channel in found:
        assert abs(channel.gain_error) < 0.002
        assert 0.05 < channel.noise_uv < 0.4  # noise of the converter at gain 12, in the detector's band
        assert channel.advice == ""


def test_a_channel_that_is_off_is_powered_down_and_out_of_the_bias(hil_build: Path, tmp_path: Path) -> None:
    """Its inputs may be tied to a supply (hardware_docs/board.md), which the bias drive would follow to its rail."""
    port = tmp_path / "board"
    setup = Setup({2: ChannelSetup(role=Role.OFF), 3: ChannelSetup(role=Role.NEEDLE)})
    with (
        running_board(hil_build, port) as simulated,
        open_board(f"cyton:{port}?rate=250", setup, simulated.clock) as board,
    ):
        assert isinstance(board, CytonBoard)
        registers = board._idle_console().ask(QUERY_COUNTS).decode("ascii")
        looks = look_at_signal(board)
        board.start()
        blocks = []
        while board.next_index < 50:
            blocks.append(board.read(0.1))
        board.stop()
    is_alive = np.any([block.counts.any(axis=0) for block in blocks if block is not None], axis=0)
    assert is_alive.tolist() == [True, False, *[True] * 6]
    assert len(looks) == 7
    values = {line.split(", ")[0]: line.split(", ")[2] for line in registers.splitlines() if line.count(", ") == 10}
    assert [values[f"CH{number}SET"] for number in (1, 2, 3, 4)] == ["50", "D1", "50", "50"]
    assert [values[f"BIAS_SENS{pin}"] for pin in "PN"] == ["F9", "F9"]


def test_the_lead_off_current_measures_each_pair_and_spares_the_needle(hil_build: Path, tmp_path: Path) -> None:
    port = tmp_path / "board"
    electrodes = [word for number, ohm in enumerate(OHM, 1) for word in ("--electrode", f"{number}:{ohm:.0f}")]
    roles = {6: Role.NEEDLE, 7: Role.OFF, 8: Role.OFF}
    setup = Setup({number: ChannelSetup(role=role) for number, role in roles.items()})
    contacts: list[Contact] = []
    with (
        running_board(hil_build, port, *electrodes, "--electrode", "5:off") as simulated,
        open_board(f"cyton:{port}?rate=250", setup, simulated.clock) as board,
    ):
        check_electrodes(board, contacts.append)
        with pytest.raises(BoardConfigError, match="needle"):
            calibrate(board, 3.0)
    assert [contact.impedance_ohm for contact in contacts[:4]] == pytest.approx(OHM, rel=0.03)
    assert [contact.is_railed for contact in contacts] == [False] * 4 + [True, False]
    assert contacts[5].impedance_ohm is None
