"""Boards through BrainFlow itself: its synthetic board, and its Cyton driver on the simulated serial link."""

import platform
import sys
from pathlib import Path

import brainflow.board_shim as board_shim
import numpy as np
import pytest
from brainflow.board_shim import BoardIds, BoardShim, BrainFlowInputParams

from acquisition.core import BoardNotFound, LinkError, ManualClock, make_board, open_board
from acquisition.drivers import brainflow as driver
from acquisition.drivers._brainflow_library import find_library_beside_module
from tests.reading import read_samples
from tests.wire import needs_pty, simulated_wire


def test_every_board_of_brainflow_is_described_or_refused_in_words() -> None:
    n_described = 0
    for member in BoardIds:
        if member in (BoardIds.NO_BOARD, BoardIds.PLAYBACK_FILE_BOARD, BoardIds.STREAMING_BOARD):
            continue
        board = driver.BrainFlowBoard(member, BrainFlowInputParams())
        description = board._describe()
        layout = driver.Layout(description, driver.converter_of(board._master_name(), ""))
        if layout.signal_rows:
            info = layout.info(float(description["sampling_rate"]))
            assert all(channel.microvolts_per_count > 0.0 for channel in info.channels)
            assert len({channel.name for channel in (*info.channels, *info.aux)}) == info.n_channels + len(info.aux)
            n_described += 1
    assert n_described > 50


def test_the_library_is_found_without_setuptools(monkeypatch: pytest.MonkeyPatch) -> None:
    """BrainFlow 5.23 on Python 3.11 falls back on pkg_resources, which setuptools 82 removed."""
    monkeypatch.setitem(sys.modules, "pkg_resources", None)
    find_library_beside_module()
    files = board_shim.files if sys.version_info < (3, 12) else None
    assert files is None or (files("brainflow.board_shim") / "lib").is_dir()


def test_a_missing_native_library_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def get_board_descr(_board_id: int) -> None:
        raise FileNotFoundError("Dynamic library libBoardController.so is missed")

    monkeypatch.setattr(BoardShim, "get_board_descr", get_board_descr)
    with pytest.raises(BoardNotFound, match="native library cannot be loaded: Dynamic library"):
        make_board("brainflow:SYNTHETIC", clock=ManualClock()).open()


@pytest.mark.skipif(sys.platform != "linux", reason="the library for Windows and for macOS")
def test_a_native_library_for_another_processor_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loader of Linux reports such a library as missing."""

    def get_board_descr(_board_id: int) -> None:
        raise OSError("libBoardController.so: cannot open shared object file: No such file or directory")

    monkeypatch.setattr(BoardShim, "get_board_descr", get_board_descr)
    board = make_board("brainflow:SYNTHETIC", clock=ManualClock())
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    with pytest.raises(BoardNotFound, match=r"directory; BrainFlow has no library for this processor \(aarch64\)$"):
        board.open()
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    with pytest.raises(BoardNotFound, match=r"No such file or directory$"):
        board.open()


def test_the_same_board_twice_in_one_program_is_reported() -> None:
    with open_board("brainflow:SYNTHETIC_BOARD"), pytest.raises(LinkError, match="open already in this program"):
        open_board("brainflow:SYNTHETIC_BOARD")
    open_board("brainflow:SYNTHETIC_BOARD").close()


def test_brainflow_is_silent(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BoardNotFound, match="there is no port /dev/nothing"):
        open_board("brainflow:CYTON_BOARD?serial_port=/dev/nothing")
    with open_board("brainflow:SYNTHETIC_BOARD") as board:
        board.start()
        read_samples(board, 10)
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(sys.platform == "win32", reason="a file as a port: POSIX")
def test_a_file_is_no_port(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no port")
    with pytest.raises(LinkError, match="no serial port"):
        open_board(f"brainflow:CYTON_BOARD?serial_port={path}")


# --- BrainFlow's Cyton on the simulated serial link -------------------------------------------------------------------


@needs_pty
def test_a_cyton_streams_without_a_loss_and_starts_over(tmp_path: Path) -> None:
    port = tmp_path / "cyton"
    with simulated_wire(port), open_board(f"brainflow:CYTON_BOARD?serial_port={port}") as board:
        for _ in range(2):
            board.start()
            blocks = read_samples(board, 250)
            assert blocks[0].first_index == 0
            assert board.n_lost == 0
            board.stop()
        counts = np.concatenate([block.counts for block in blocks])
        assert np.all(np.std(counts, axis=0) > 0.0)


@needs_pty
def test_a_cyton_at_1000_sps_by_config(tmp_path: Path) -> None:
    port = tmp_path / "cyton"
    with simulated_wire(port), open_board(f"brainflow:CYTON_BOARD?serial_port={port}&config=~4x1050000X") as board:
        assert board.info.sampling_rate_hz == 1000.0
        assert [channel.gain for channel in board.info.channels][:2] == [12.0, 24.0]
        board.start()
        read_samples(board, 1_000)
        assert board.n_lost == 0


@needs_pty
def test_a_daisy_streams_16_channels(tmp_path: Path) -> None:
    port = tmp_path / "cyton"
    with simulated_wire(port, daisy=True), open_board(f"brainflow:CYTON_DAISY?serial_port={port}") as board:
        assert (board.info.n_channels, board.info.sampling_rate_hz) == (16, 125.0)
        board.start()
        read_samples(board, 125)
        assert board.n_lost == 0


@needs_pty
def test_a_board_left_streaming_is_opened(tmp_path: Path) -> None:
    port = tmp_path / "cyton"
    with simulated_wire(port, "left-streaming"), open_board(f"brainflow:CYTON_BOARD?serial_port={port}") as board:
        board.start()
        read_samples(board, 50)


@needs_pty
def test_lost_packets_are_counted_and_filled(tmp_path: Path) -> None:
    port = tmp_path / "cyton"
    url = f"brainflow:CYTON_BOARD?serial_port={port}&config=~4"
    with simulated_wire(port, "lost-packets"), open_board(url) as board:
        assert board.info.sampling_rate_hz == 1000.0  # the rate used for the counter
        board.start()
        blocks = read_samples(board, 2_000)
        while board.n_lost == 0:  # about 7 of 2000 are lost, in bursts
            blocks += read_samples(board, board.next_index + 1_000)
        lengths = [block.n_samples for block in blocks]
        np.testing.assert_array_equal([block.first_index for block in blocks], np.cumsum([0, *lengths[:-1]]))
        assert board.n_lost == sum(block.n_lost for block in blocks)


@needs_pty
def test_an_unplugged_cyton_is_reported(tmp_path: Path) -> None:
    port = tmp_path / "cyton"
    url = f"brainflow:CYTON_BOARD?serial_port={port}"
    with simulated_wire(port, "unplug@60") as clock, open_board(url) as board:
        board.start()
        read_samples(board, 50)
        clock.skip(60.0)
        with pytest.raises(LinkError, match=r"has sent nothing for \d+\.\d s and .*cyton is gone: was it unplugged"):
            read_samples(board, 10_000)


@needs_pty
def test_a_dongle_whose_board_is_off_is_reported(tmp_path: Path) -> None:
    port = tmp_path / "cyton"
    with simulated_wire(port, "board-off"), pytest.raises(BoardNotFound, match="does not answer: is it switched on"):
        open_board(f"brainflow:CYTON_BOARD?serial_port={port}")
