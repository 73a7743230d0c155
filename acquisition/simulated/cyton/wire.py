"""Simulated Cyton behind a pseudo-terminal, for any program that opens a serial port."""

import contextlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from acquisition.core import BoardConfigError, Clock, LinkError
from acquisition.simulated.cyton.dongle import Dongle
from acquisition.simulated.cyton.firmware import CytonFirmware
from acquisition.simulated.cyton.wire_faults import FAST_CLOCK_ERROR, RESET_S, FaultyLine, WireFaults, parse_faults
from acquisition.simulated.scenario import load_scenario
from acquisition.simulated.signal.adc import CONVERTER_RATES_HZ

TICK_S = 0.004
"""Polling interval while a program has the port open; packets are sent within this time."""

IDLE_TICK_S = 0.010
READ_BYTES = 4096
PORT_BUFFER_BYTES = 65_536
"""Size of the tty buffer of a Linux port for a reader that does not read; a pseudo-terminal has less. Further bytes are
lost."""

PSEUDO_TERMINALS = ("/dev/pts/", "/dev/ttys")
"""Paths of pseudo-terminals on Linux and macOS."""


class SimulatedCyton:
    """Dongle, board and line with their faults, without input or output.

    Parameters
    ----------
    seed, sampling_rate_hz, scenario :
        As in `serve_wire`.
    faults : WireFaults
        Selected faults.
    n_daisy_channels, packets_per_sample : int
        As in `CytonFirmware`.
    boot_s : float
        Time at which it was switched on.
    """

    def __init__(
        self,
        *,
        seed: int,
        sampling_rate_hz: int,
        scenario: str | None,
        faults: WireFaults,
        n_daisy_channels: int = 0,
        packets_per_sample: int = 1,
        boot_s: float = 0.0,
    ) -> None:
        board = None
        if "board-off" not in faults.names:
            board = CytonFirmware(
                load_scenario(scenario),
                seed,
                sampling_rate_hz,
                n_daisy_channels=n_daisy_channels,
                packets_per_sample=packets_per_sample,
                clock_error=FAST_CLOCK_ERROR if "clock-fast" in faults.names else 0.0,
                boot_s=boot_s,
            )
            if "left-streaming" in faults.names:
                board.start_streaming(boot_s)
        self.board = board
        self._dongle = Dongle(board)
        self._line = FaultyLine(faults, np.random.default_rng([seed, 1]))
        self._reset_s = RESET_S if "slow-reset" in faults.names else 0.0
        self._replies = b""
        self._deaf_until_s = -np.inf

    def exchange(self, data: bytes, now_s: float) -> bytes:
        """Process what the host wrote by `now_s` (possibly nothing) and return the bytes for the host."""
        if b"v" in data:
            self._deaf_until_s = now_s + self._reset_s
        self._replies += self._dongle.receive(data, now_s) + self._dongle.late_replies(now_s)
        packets = np.empty((0, 33), np.uint8)
        if self.board is not None and self._dongle.is_up:
            packets = self.board.packets(now_s)
        if now_s < self._deaf_until_s:
            return b""
        replies, self._replies = self._replies, b""
        return self._line.carry(replies, packets, now_s)


def serve_wire(
    link_path: str | os.PathLike[str],
    *,
    seed: int,
    sampling_rate_hz: float,
    scenario: str | None,
    faults: Sequence[str],
    is_asked_to_end: Callable[[], bool],
    clock: Clock,
    on_ready: Callable[[], None] | None = None,
    daisy: bool = False,
    packets_per_sample: int = 1,
) -> None:
    """Serve a simulated Cyton at `link_path` until `is_asked_to_end`.

    Parameters
    ----------
    link_path : path
        Symbolic link to the pseudo-terminal; it exists while the board answers.
    seed : int
        Seed of the patient.
    sampling_rate_hz : float
        Rate after power-up, one of the ADS1299's.
    scenario : str or None
        Name of a scenario; None for the default.
    faults : sequence of str
        Names among `wire_faults.FAULTS`.
    is_asked_to_end : callable
        Ends the service when it returns True; called every `IDLE_TICK_S`, or more often.
    clock : Clock
        Paces the packets.
    on_ready : callable, optional
        Called without arguments once the link exists.
    daisy : bool
        Whether a Daisy is attached, for 16 channels.
    packets_per_sample : int
        2 where a Daisy's samples are transmitted completely and not as means, see `CytonFirmware`.

    Raises
    ------
    BoardConfigError
        For an unknown rate, scenario or fault.
    LinkError
        Where there are no pseudo-terminals, or the link cannot be created.
    """
    if sampling_rate_hz not in CONVERTER_RATES_HZ:
        known = ", ".join(str(rate) for rate in CONVERTER_RATES_HZ)
        raise BoardConfigError(f"a Cyton has no rate of {sampling_rate_hz:g} SPS; it has {known}")
    what = parse_faults(faults)
    cyton = SimulatedCyton(
        seed=seed,
        sampling_rate_hz=int(sampling_rate_hz),
        scenario=scenario,
        faults=what,
        n_daisy_channels=8 if daisy else 0,
        packets_per_sample=packets_per_sample,
        boot_s=clock.now_s(),
    )
    with _linked_terminal(Path(link_path)) as master:
        if on_ready is not None:
            on_ready()
        ready_s = clock.now_s()
        _serve(master, cyton, is_asked_to_end, clock, ready_s + what.unplug_s)
    _stay_out(cyton, is_asked_to_end, clock, ready_s + what.replug_s)
    if not is_asked_to_end():
        with _linked_terminal(Path(link_path)) as master:
            _serve(master, cyton, is_asked_to_end, clock, np.inf)


def _serve(
    master: int, cyton: SimulatedCyton, is_asked_to_end: Callable[[], bool], clock: Clock, until_s: float
) -> None:
    waiting = b""
    while not is_asked_to_end() and clock.now_s() < until_s:
        data = _read(master)
        out = cyton.exchange(data or b"", clock.now_s())
        if data is None:  # nobody has the port open; a real port then discards the bytes
            waiting = b""
            clock.wait_s(IDLE_TICK_S)
            continue
        if waiting or out:
            waiting = _write(master, waiting + out)[:PORT_BUFFER_BYTES]
        clock.wait_s(TICK_S)


def _stay_out(cyton: SimulatedCyton, is_asked_to_end: Callable[[], bool], clock: Clock, until_s: float) -> None:
    """Let the board continue while the dongle is unplugged: there is no port, and the radio's packets are lost."""
    while not is_asked_to_end() and clock.now_s() < until_s:
        cyton.exchange(b"", clock.now_s())
        clock.wait_s(IDLE_TICK_S)


def _read(master: int) -> bytes | None:
    """Return what the host wrote, empty for nothing, None while no program has the port open."""
    try:
        return os.read(master, READ_BYTES) or None
    except BlockingIOError:
        return b""
    except OSError:  # EIO on Linux, end of file on macOS: the other end is closed, or not opened yet
        return None


def _write(master: int, data: bytes) -> bytes:
    """Write what fits and return the rest; the simulator never waits for a reader."""
    try:
        return data[os.write(master, data) :]
    except OSError:
        return data


@contextlib.contextmanager
def _linked_terminal(link: Path) -> Iterator[int]:
    """Open a raw pseudo-terminal and link its slave end; yields the master end, non-blocking."""
    try:
        import pty
        import tty
    except ImportError as error:
        raise LinkError(
            "a simulated serial port needs pseudo-terminals, which Linux and macOS have and Windows has not: "
            "use the board simulated: instead"
        ) from error
    _refuse_occupied(link)
    master, slave = pty.openpty()
    try:
        try:
            # A cooked terminal would echo the output until the first program has configured it.
            tty.setraw(slave)
            target = os.ttyname(slave)
        finally:
            os.close(slave)
        os.set_blocking(master, False)
        _make_link(link, target)
        try:
            yield master
        finally:
            if link.is_symlink() and str(link.readlink()) == target:
                link.unlink()
    finally:
        os.close(master)


def _refuse_occupied(link: Path) -> None:
    """Refuse to replace anything except a link to a pseudo-terminal or a dangling link."""
    try:
        mode = link.lstat().st_mode
        leads_somewhere = link.exists()
    except FileNotFoundError:
        return
    except OSError as error:
        raise LinkError(f"{link} cannot be looked at: {error.strerror}") from error
    if not stat.S_ISLNK(mode):
        raise LinkError(f"{link} exists and is no link of a simulator: choose another path or remove it")
    if leads_somewhere and not str(link.readlink()).startswith(PSEUDO_TERMINALS):
        raise LinkError(f"{link} links to {link.readlink()}, not to a pseudo-terminal: choose another path")


def _make_link(link: Path, target: str) -> None:
    """Create the link atomically, so that no program sees it incomplete."""
    temporary = link.with_name(f".{link.name}.{os.getpid()}")
    try:
        temporary.symlink_to(target)
        temporary.replace(link)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise LinkError(f"the link {link} cannot be made: {error.strerror}; does its folder exist?") from error
