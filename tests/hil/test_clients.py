"""Our driver and BrainFlow's own, unmodified, as clients of the real firmware."""

import importlib.resources
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import serial

from acquisition.core import BoardConfigError, ChannelSetup, Role, Setup, open_board
from tests.hil.board import DEADLINE_S, POLL_S, SPEED, running_board
from tests.reading import read_samples


@pytest.mark.parametrize(("rate_sps", "speed"), [(250, SPEED), (1000, SPEED), (2000, 1.0)])
def test_our_driver_streams_without_a_loss(hil_build: Path, tmp_path: Path, rate_sps: int, speed: float) -> None:
    """The link garbles bytes at another baud rate than the board's, as a real one does."""
    port = tmp_path / "board"
    with running_board(hil_build, port, "--check-baud", speed=speed) as simulated:
        with open_board(f"cyton:{port}?rate={rate_sps}", clock=simulated.clock) as board:
            assert board.info.name == "TwitchScope ADS1299"
            assert [aux.name for aux in board.info.aux] == [
                "Digital E1", "Digital E2", "Age E1", "Age E2", "Digital OUT", "Age OUT",
            ]  # fmt: skip
            board.start()
            blocks = read_samples(board, rate_sps)
            assert board.n_lost == 0
            assert blocks[0].first_index == 0
            board.stop()
            assert board.notes == []
        signal_uv = board.info.to_microvolts(np.concatenate([block.counts for block in blocks]))
        assert np.all((np.std(signal_uv, axis=0) > 2.5) & (np.std(signal_uv, axis=0) < 3.6))  # electrodes of 3 uV
        output = simulated.end()
        assert "0 bytes that nobody read" in output
        cost_percent = int(re.search(r"(\d+) % of one core", output)[1])  # type: ignore[index]
        assert speed > 1.0 or cost_percent <= 60


def test_what_the_simulated_board_refuses_is_reported(hil_build: Path, tmp_path: Path) -> None:
    occupied = tmp_path / "notes.txt"
    occupied.write_text("no recording, no link")
    empty = tmp_path / "empty"
    empty.touch()
    for status, arguments, message in [
        (1, ["--serial", str(occupied)], "is there already and is no link of a simulated board"),
        (1, ["--serial", str(tmp_path / "board"), "--input", str(occupied)], "is no BDF or EDF file"),
        (1, ["--serial", str(tmp_path / "board"), "--input", "nowhere.bdf"], "cannot be opened: is the name right?"),
        (2, ["--serial", str(tmp_path / "board"), "--at", "1.0", "earthquake"], "an ACTION that is known"),
        (2, ["--serial", str(tmp_path / "board"), "--electrode", "9:1000"], "--electrode needs CHANNEL:OHM"),
        (2, ["--serial", str(tmp_path / "board"), "--electrode", "1:4k"], "--electrode needs CHANNEL:OHM"),
        (2, ["--serial", str(tmp_path / "board"), "--clock-error", "fast"], "--clock-error is a share"),
        (1, ["--serial", str(tmp_path / "board"), "--clock", "nowhere"], "the clock nowhere cannot be opened"),
        (1, ["--serial", str(tmp_path / "board"), "--clock", str(empty)], "has 0 bytes and needs 24"),
        (2, [], "--serial PATH is missing"),
    ]:
        done = subprocess.run(
            [str(hil_build / "hil"), *arguments], capture_output=True, text=True, timeout=DEADLINE_S, check=False
        )
        assert done.returncode == status
        assert message in done.stderr
    assert occupied.read_text() == "no recording, no link"
    assert not (tmp_path / "board").is_symlink()


def test_a_board_left_at_another_baud_rate_is_found(hil_build: Path, tmp_path: Path) -> None:
    port = tmp_path / "board"
    with running_board(hil_build, port, "--check-baud") as simulated:
        clock = simulated.clock
        board = open_board(f"cyton:{port}?rate=1000", clock=clock)
        board.start()
        read_samples(board, 100)
        board._link.close()  # type: ignore[attr-defined]  # as left by a killed program
        with open_board(f"cyton:{port}?rate=250", clock=clock) as again:
            again.start()
            read_samples(again, 50)
        with open_board(f"cyton:{port}", clock=clock):  # after a regular close it is at 115200 baud again
            pass
        board.close()


def test_a_board_closed_at_a_high_rate_is_left_to_clients_that_know_one_baud_rate(
    hil_build: Path, tmp_path: Path
) -> None:
    port = tmp_path / "board"
    with running_board(hil_build, port, "--check-baud") as simulated:
        open_board(f"cyton:{port}?rate=2000", clock=simulated.clock).close()
        simulated.clock.wait_s(0.1)  # its last command, for another baud rate, is in transit when the port closes
        with open_board(f"cyton:{port}", clock=simulated.clock) as board:
            assert board.info.sampling_rate_hz == 250.0
            board.start()
            read_samples(board, 50)


def test_a_rate_that_the_board_has_not_is_refused(hil_build: Path, tmp_path: Path) -> None:
    port = tmp_path / "board"
    with (
        running_board(hil_build, port) as simulated,
        pytest.raises(BoardConfigError, match="do not fit through 921600 baud"),
    ):
        open_board(f"cyton:{port}?rate=16000", clock=simulated.clock)


def test_the_board_hears_of_needles(hil_build: Path, tmp_path: Path) -> None:
    port = tmp_path / "board"
    setup = Setup({3: ChannelSetup(role=Role.NEEDLE)})
    with running_board(hil_build, port) as simulated:
        open_board(f"cyton:{port}", setup, simulated.clock).close()
        simulated.clock.free_run()
        with serial.Serial(str(port), timeout=DEADLINE_S) as line:
            line.write(b"z310Z")
            assert line.read_until(b"$$$") == b"Failure: a needle is on channel 3$$$"
            line.write(b"x3060110X")
            assert line.read_until(b"$$$") == b"Failure: a needle is on channel 3$$$"


@pytest.mark.parametrize("rate_sps", [250, 2000])
def test_brainflows_own_driver_streams_without_a_loss(
    hil_build: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rate_sps: int
) -> None:
    """Its baud rate is fixed at 115200: above 250 samples/s this works only because a pseudo-terminal has no limit."""
    from brainflow import board_shim

    if sys.version_info < (3, 12):  # BrainFlow 5.23 does not find its library on Python 3.11
        monkeypatch.setattr(board_shim, "files", lambda _module: importlib.resources.files("brainflow"))
    board_shim.BoardShim.disable_board_logger()
    port = tmp_path / "board"
    with running_board(hil_build, port, speed=1.0) as simulated:
        simulated.clock.free_run()
        if rate_sps > 250:
            with serial.Serial(str(port), timeout=DEADLINE_S) as line:
                line.write(b"\xf0\x0a")
                assert line.read_until(b"$$$") == b"Success: Switch your baud rate to 921600$$$"
        parameters = board_shim.BrainFlowInputParams()
        parameters.serial_port = str(port)
        board = board_shim.BoardShim(board_shim.BoardIds.CYTON_BOARD.value, parameters)
        board.prepare_session()
        try:
            if rate_sps > 250:
                assert board.config_board("~3") == "Success: Sample rate is 2000Hz$$$"
            board.start_stream()
            deadline_s = time.monotonic() + DEADLINE_S
            while board.get_board_data_count() < rate_sps and time.monotonic() < deadline_s:
                time.sleep(POLL_S)
            board.stop_stream()
            rows = board.get_board_data()
        finally:
            board.release_session()
    counters = rows[0].astype(int)
    assert counters.size >= rate_sps
    assert counters[0] == 0
    assert np.all(np.diff(counters) % 256 == 1)
    assert np.all(np.std(rows[1:9], axis=1) > 2.5)
