import importlib.resources
import os
import select
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from acquisition.core import BoardConfigError, LinkError, MonotonicClock
from acquisition.simulated.cyton.wire import serve_wire
from tests.patience import DEADLINE_S
from tests.wire import needs_pty, simulated_wire

pytestmark = needs_pty


@contextmanager
def opened(link: Path) -> Iterator[int]:
    port = os.open(link, os.O_RDWR | os.O_NOCTTY)
    try:
        yield port
    finally:
        os.close(port)


def read_until(port: int, end: bytes = b"$$$", n_bytes: int = 1 << 30) -> bytes:
    """Read until `end` or `n_bytes` are received; fail at the deadline."""
    data, until_s = b"", time.monotonic() + DEADLINE_S
    while not data.endswith(end) and len(data) < n_bytes:
        assert time.monotonic() < until_s, f"only {data[:200]!r} came"
        if select.select([port], [], [], 0.1)[0]:
            data += os.read(port, 4096)
    return data


def test_the_link_comes_with_the_board_and_goes_with_it(tmp_path: Path) -> None:
    link = tmp_path / "cyton"
    with simulated_wire(link):
        assert link.is_symlink()
        with opened(link) as port:
            os.write(port, b"v")
            assert read_until(port).startswith(b"OpenBCI V3 8-16 channel\n")
    assert not link.is_symlink()


def test_a_second_program_finds_the_same_board(tmp_path: Path) -> None:
    link = tmp_path / "cyton"
    with simulated_wire(link):
        for _ in range(2):
            with opened(link) as port:
                os.write(port, b"V")
                assert read_until(port) == b"v3.1.5$$$"


def test_the_openbci_gui_s_start_up_is_answered(tmp_path: Path) -> None:
    """Its radio commands are sent byte by byte (RadioConfig.pde), the rest through BrainFlow, then `c` or `C`."""
    asked = [
        ([b"\xf0", b"\x07"], b"Success: System is Up$$$"),
        ([b"\xf0", b"\x00"], b"Success: Host and Device on Channel number: 1\x01$$$"),
        ([b"\xf0", b"\x02", b"\x01"], b"Success: Host override - Channel number: 1\x01$$$"),
        ([b"V"], b"v3.1.5$$$"),
        ([b"d"], b"updating channel settings to default$$$"),
        ([b"C"], b"no daisy to attach!8$$$"),
        ([b"/", b"0"], b"Success: default$$$"),
        ([b"j"], b"No open file to close\r\n$$$"),
    ]  # fmt: skip
    link = tmp_path / "cyton"
    with simulated_wire(link) as clock, opened(link) as port:
        clock.stand_still()  # independent of the speed of this machine between two bytes
        for writes, reply in asked:
            for one in writes:
                os.write(port, one)
            assert read_until(port) == reply


def n_waiting(port: int) -> int:
    import fcntl
    import termios

    return int.from_bytes(fcntl.ioctl(port, termios.FIONREAD, bytes(4)), sys.byteorder)


def test_a_stream_that_nobody_reads_does_not_stop_the_board(tmp_path: Path) -> None:
    link = tmp_path / "cyton"
    with simulated_wire(link, rate_hz=4000.0), opened(link) as port:
        os.write(port, b"b")
        poll, before = threading.Event(), -1
        until_s = time.monotonic() + DEADLINE_S
        while n_waiting(port) != before or before < 1000:  # until the terminal is full
            assert time.monotonic() < until_s
            before = n_waiting(port)
            poll.wait(0.1)
        os.write(port, b"sV")
        assert read_until(port).endswith(b"v3.1.5$$$")


def test_a_stale_link_is_replaced(tmp_path: Path) -> None:
    link = tmp_path / "cyton"
    link.symlink_to(tmp_path / "gone")
    with simulated_wire(link), opened(link) as port:
        os.write(port, b"V")
        assert read_until(port) == b"v3.1.5$$$"


def serve_at_once(
    link: Path, rate_hz: float = 250.0, faults: tuple[str, ...] = (), scenario: str | None = None
) -> None:
    serve_wire(
        link,
        seed=1,
        sampling_rate_hz=rate_hz,
        scenario=scenario,
        faults=faults,
        is_asked_to_end=lambda: True,
        clock=MonotonicClock(),
    )


def test_a_file_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "notes"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(LinkError, match="is no link"):
        serve_at_once(path)
    link = tmp_path / "link"
    link.symlink_to(path)
    with pytest.raises(LinkError, match="not to a pseudo-terminal"):
        serve_at_once(link)
    assert link.read_text(encoding="utf-8") == "mine"


def test_a_link_to_what_cannot_be_looked_at_is_left_alone(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("x" * 300)
    with pytest.raises(LinkError, match="cannot be looked at"):
        serve_at_once(link)
    assert link.is_symlink()


def test_a_missing_folder_is_reported(tmp_path: Path) -> None:
    with pytest.raises(LinkError, match="folder"):
        serve_at_once(tmp_path / "none" / "cyton")


@pytest.mark.parametrize(
    ("rate_hz", "faults", "scenario", "words"),
    [(300.0, (), None, "300 SPS"), (250.0, ("rain",), None, "'rain'"), (250.0, (), "unknown", "'unknown'")],
)
def test_what_does_not_exist_is_refused(
    tmp_path: Path, rate_hz: float, faults: tuple[str, ...], scenario: str | None, words: str
) -> None:
    with pytest.raises(BoardConfigError, match=words):
        serve_at_once(tmp_path / "cyton", rate_hz, faults, scenario)
    assert list(tmp_path.iterdir()) == []


def hangs_up(port: int) -> bool:
    """Read until the other end is closed; return False if it is still open at the deadline."""
    until_s = time.monotonic() + DEADLINE_S
    while time.monotonic() < until_s:
        if select.select([port], [], [], 0.1)[0]:
            try:
                data = os.read(port, 4096)
            except OSError:  # Linux
                return True
            if not data:  # macOS
                return True
    return False


def test_an_unplugged_board_hangs_up(tmp_path: Path) -> None:
    link = tmp_path / "cyton"
    with simulated_wire(link, "unplug@60") as clock, opened(link) as port:
        os.write(port, b"b")
        assert len(read_until(port, n_bytes=330)) >= 330
        clock.skip(60.0)
        assert hangs_up(port)
        assert not link.is_symlink()


def test_a_board_that_returns_streams_on(tmp_path: Path) -> None:
    link = tmp_path / "cyton"
    with simulated_wire(link, "unplug@60", "replug@120") as clock:
        with opened(link) as port:
            os.write(port, b"b")
            assert len(read_until(port, n_bytes=330)) >= 330
            clock.skip(60.0)
            assert hangs_up(port)
        assert not link.is_symlink()
        clock.skip(60.0)
        poll, until_s = threading.Event(), time.monotonic() + DEADLINE_S
        while not link.is_symlink():
            assert time.monotonic() < until_s
            poll.wait(0.02)
        with opened(link) as port:
            assert len(read_until(port, n_bytes=330)) >= 330  # it was never stopped
            os.write(port, b"sV")
            assert read_until(port).endswith(b"v3.1.5$$$")


@pytest.mark.parametrize(
    ("board_name", "rate_hz", "step", "rate_row_hz"),
    [("CYTON_BOARD", 250.0, 1, 250.0), ("CYTON_BOARD", 1000.0, 1, 1000.0), ("CYTON_DAISY_BOARD", 250.0, 2, 125.0)],
)
def test_brainflows_own_driver_streams_without_a_loss(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    board_name: str,
    rate_hz: float,
    step: int,
    rate_row_hz: float,
) -> None:
    from brainflow import board_shim

    if sys.version_info < (3, 12):  # BrainFlow 5.23 locates its library in a way that Python 3.11 does not support
        monkeypatch.setattr(board_shim, "files", lambda _module: importlib.resources.files("brainflow"))
    board_shim.BoardShim.disable_board_logger()
    board_id = board_shim.BoardIds[board_name].value
    n_rows = round(2.0 * rate_row_hz)
    link = tmp_path / "cyton"
    with simulated_wire(link, rate_hz=rate_hz, daisy=step == 2):
        parameters = board_shim.BrainFlowInputParams()
        parameters.serial_port = str(link)
        board = board_shim.BoardShim(board_id, parameters)
        board.prepare_session()
        try:
            board.start_stream()
            until_s = time.monotonic() + DEADLINE_S
            poll = threading.Event()
            while board.get_board_data_count() < n_rows and time.monotonic() < until_s:
                poll.wait(0.05)
            board.stop_stream()
            rows = board.get_board_data()
        finally:
            board.release_session()
    counters = rows[board_shim.BoardShim.get_package_num_channel(board_id)].astype(int)
    assert counters.size >= n_rows
    assert counters[0] == 0
    assert np.all(np.diff(counters) % 256 == step)
    signal_uv = rows[board_shim.BoardShim.get_exg_channels(board_id)]
    assert np.all(np.std(np.diff(signal_uv), axis=1) > 0.1)
    gravity_g = rows[board_shim.BoardShim.get_accel_channels(board_id)][2, -1]
    assert gravity_g == pytest.approx(0.99, abs=0.05)
