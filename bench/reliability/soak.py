"""Eight hours of a session with random faults, on a manual clock."""

import gc
import os
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np

from acquisition import read_recording
from acquisition.core import Block, ReturningBoard
from acquisition.drivers._cyton_options import CytonOptions
from acquisition.drivers.cyton import CytonBoard
from acquisition.link.link import Link
from bench.reliability.table import Row
from bench.reliability.virtual import JitteryClock, NumberedFirmware, VirtualLink, numbers_of
from bench.reliability.wire import Bursts, Garbage, LostBytes, text
from twitchscope.saved.checking import check
from twitchscope.session.listeners import SessionListener
from twitchscope.session.plan import SessionPlan
from twitchscope.session.session import Session

TITLE = "Soak"

RATE_SPS = 250
TICK_S = 0.1
N_LOOKS = 48
MOST_GROWTH = 0.05
PULLED_EVERY_S, PULLED_FOR_S = 900.0, (1.0, 20.0)


class _PatientBoard(CytonBoard):
    """Real driver that does not keep time, so that the stream waits for the recorder and the detector."""

    keeps_time = False

    def renew(self) -> "_PatientBoard":
        renewed = super().renew()
        return _PatientBoard(renewed.options, self.setup, self.clock, self._open_link)


class _Hand(SessionListener):
    """Unplugging and replugging of the dongle at random times of the board's clock.

    Attributes
    ----------
    n_pulled : int
        Number of times the dongle was unplugged.
    """

    def __init__(self, link: VirtualLink, seed: int) -> None:
        self._link = link
        self._rng = np.random.default_rng([seed, 7])
        self.n_pulled = 0
        self._next_s = link.clock.now_s() + self._rng.exponential(PULLED_EVERY_S)

    def on_block(self, block: Block | None) -> None:
        """Unplug or replug the dongle if it is due."""
        now_s = self._link.clock.now_s()
        if now_s < self._next_s:
            return
        if self._link.is_cut:
            self._link.plug()
            self._next_s = now_s + self._rng.exponential(PULLED_EVERY_S)
        else:
            self._link.pull()
            self.n_pulled += 1
            self._next_s = now_s + self._rng.uniform(*PULLED_FOR_S)


class _Memory(SessionListener):
    """Resident memory, sampled every `n_samples` samples of signal."""

    def __init__(self, n_samples: int) -> None:
        self.at_mb: list[float] = []
        self._n_samples = n_samples
        self._next_index = 0

    def on_block(self, block: Block | None) -> None:
        """Sample the resident memory if it is due."""
        if block is not None and block.end_index >= self._next_index:
            self._next_index += self._n_samples
            gc.collect()
            pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
            self.at_mb.append(pages * os.sysconf("SC_PAGE_SIZE") / 1e6)


def rows(hours: float, seed: int) -> Iterator[Row]:
    """Yield the row of one long session."""
    clock = JitteryClock(seed)
    firmware = NumberedFirmware(RATE_SPS, seed)
    faults = (Bursts(1 / 20_000, 257, 450, 1000), Bursts(1 / 1000, 1, 6), LostBytes(1 / 5000), Garbage(1 / 100), text)
    link = VirtualLink(firmware, clock, faults, seed, tick_s=TICK_S)

    def open_link(path: str, baud: int, its_clock: object) -> Link:
        link.require()
        return link

    began_at = datetime.now()
    with tempfile.TemporaryDirectory() as folder:
        with ReturningBoard(_PatientBoard(CytonOptions("virtual", rate_sps=RATE_SPS), None, clock, open_link)) as board:
            session = Session(board, SessionPlan(Path(folder), "soak", hours * 3600.0))
            hand, memory = _Hand(link, seed), _Memory(round(hours * 3600.0 * RATE_SPS / N_LOOKS))
            session.add_listener(hand)
            session.add_listener(memory)
            start_s = clock.now_s()
            result = session.run()
            elapsed_s = clock.now_s() - start_s
        assert result.folder is not None
        n_returns = sum("the board is back" in note for note in board.notes)
        n_valid, n_wrong = _compared(result.folder, firmware, n_returns)
        wrong = [finding.text for finding in check(result.folder) if finding.is_wrong]
    took_s = (datetime.now() - began_at).total_seconds()
    flat_from = max(1, len(memory.at_mb) // 4)
    growth = max(memory.at_mb[flat_from:]) / memory.at_mb[flat_from] - 1.0
    yield Row(
        f"{hours:g} hours",
        f"driver, detector and recorder in one process on a clock moved by hand ({took_s / 60.0:.0f} minutes), "
        f"8 channels at {RATE_SPS} SPS; bytes, 1 to 6 and 257 to 450 packets lost, garbage, text; the dongle pulled "
        f"out {hand.n_pulled} times for {PULLED_FOR_S[0]:g} to {PULLED_FOR_S[1]:g} s, after which, and after 2 s of "
        f"silence, the board is set up again: {n_returns} times; seed {seed}",
        "made = recorded + lost, exactly; no recorded sample wrong or out of its place; memory flat within 5 %; "
        "file valid",
        f"{result.n_samples} made = {n_valid} recorded + {result.n_lost} lost; {n_wrong} wrong or out of order; "
        f"{result.n_samples / RATE_SPS - elapsed_s:+.2f} s against the clock; memory {memory.at_mb[flat_from]:.0f} MB "
        f"after a quarter, then {growth:+.1%} at most; {sum(result.n_events.values())} verdicts, "
        f"{result.n_events.get('twitch', 0)} twitches confirmed from noise and losses; "
        f"`check`: {'; '.join(wrong) or 'nothing wrong'}",
        n_valid + result.n_lost == result.n_samples and n_wrong == 0 and growth <= MOST_GROWTH and not wrong,
    )


def _compared(folder: Path, firmware: NumberedFirmware, n_returns: int) -> tuple[int, int]:
    """Return the number of valid samples in the file, and how many of them are wrong or misplaced.

    Between two set-ups of the board the difference between a sample's position in the file and its number is constant,
    regardless of losses. It may change only where the board came back.
    """
    n_valid = n_wrong = n_steps = 0
    last_number, last_offset = -1, 0
    for block in read_recording(folder).blocks():
        places = np.flatnonzero(block.valid)
        counts = block.counts[places]
        numbers = numbers_of(counts)
        offsets = block.first_index + places - numbers
        n_valid += len(places)
        steps = np.flatnonzero(np.diff(offsets, prepend=last_offset))
        n_steps += len(steps)
        is_wrong = np.any(counts != firmware.counts_of(numbers), axis=1)
        n_wrong += int(np.count_nonzero(is_wrong | (np.diff(numbers, prepend=last_number) <= 0)))
        if len(places):
            last_number, last_offset = int(numbers[-1]), int(offsets[-1])
    return n_valid, n_wrong + max(0, n_steps - n_returns)
