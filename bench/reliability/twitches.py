"""False twitches caused by losses: the same patients through the same driver, with and without losses."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from acquisition.core import Block, Board
from acquisition.simulated.cyton.firmware import CytonFirmware
from acquisition.simulated.scenario import load_scenario
from acquisition.simulated.truth import INVISIBLE_BELOW_DB, Twitch
from bench.detection.score import Span
from bench.reliability.table import Row
from bench.reliability.virtual import Fault, JitteryClock, VirtualLink, virtual_board
from bench.reliability.wire import Bursts, Garbage, LostBytes, LostPackets, never, stalled
from dsp import TwitchEvent
from twitchscope.findings.detection import Detection

TITLE = "A twitch because of a loss"

SCENARIOS = ("quiet_gastrocnemius", "guarding_patient", "no_trigger_point")
N_PATIENTS = 3
SECONDS = 60.0
RATE_SPS = 1000
SAME_S = 0.1
"""Two events that are no farther apart than this are the same event."""


@dataclass(frozen=True, slots=True)
class Level:
    """Kind and amount of losses.

    Attributes
    ----------
    injected : str
        Description.
    faults : callable
        Function that makes new faults for each patient.
    holding : callable
        Function of the time that returns whether data are held back.
    loses : bool
        Whether anything is lost. If not, the verdicts must be identical.
    least_share : float
        Least share of the twitches confirmed without losses that must be confirmed with losses; 0 promises nothing.
    """

    injected: str
    faults: Callable[[], tuple[Fault, ...]] = tuple
    holding: Callable[[float], bool] = never
    loses: bool = True
    least_share: float = 0.0


LEAST_SHARE = 0.5
"""Least share at losses no larger than those of a radio at two metres (0.33 % in short bursts)."""

LEVELS = (
    Level("stalls of 0.5 s every 7 s", holding=stalled, loses=False),
    Level("one byte in 1,000,000", lambda: (LostBytes(1 / 1_000_000),), least_share=LEAST_SHARE),
    Level("one byte in 100,000", lambda: (LostBytes(1 / 100_000),), least_share=LEAST_SHARE),
    Level("one byte in 5000", lambda: (LostBytes(1 / 5000),)),
    Level("one packet in 10,000", lambda: (LostPackets(1 / 10_000),), least_share=LEAST_SHARE),
    Level("one packet in 200", lambda: (LostPackets(1 / 200),)),
    Level("1 to 6 packets, about every 1000th", lambda: (Bursts(1 / 1000, 1, 6),), least_share=LEAST_SHARE),
    Level("257 to 450 packets, about every 5000th", lambda: (Bursts(1 / 4000, 257, 450, 1000),)),
    Level("1 to 60 bytes of garbage, 1 time in 1000", lambda: (Garbage(1 / 1000),)),
    Level(
        "bytes, bursts, hundreds of packets and garbage at once",
        lambda: (Bursts(1 / 400, 1, 6), Bursts(1 / 4000, 257, 450, 1000), LostBytes(1 / 5000), Garbage(1 / 100)),
    ),
)


class _KnownFirmware(CytonFirmware):
    """Simulated Cyton with access to its patient's truth."""

    @property
    def twitches(self) -> list[Twitch]:
        """Twitches so far that are visible at the skin."""
        return [one for one in self._patient.truth.twitches if one.snr_db >= INVISIBLE_BELOW_DB]


@dataclass(frozen=True, slots=True)
class PatientResult:
    """Result of a patient's stream.

    Attributes
    ----------
    true : list of Twitch
        True twitches.
    verdicts : list of TwitchEvent
        Reported events.
    n_samples, n_lost : int
        Number of samples, and how many of them were lost.
    """

    true: list[Twitch]
    verdicts: list[TwitchEvent]
    n_samples: int
    n_lost: int

    @property
    def confirmed(self) -> list[TwitchEvent]:
        """Events confirmed as twitches."""
        return [one for one in self.verdicts if one.label == "twitch"]

    @property
    def false(self) -> list[TwitchEvent]:
        """Confirmed events that match no true twitch."""
        return [one for one in self.confirmed if not any(_is_same(one, other) for other in self.true)]

    @property
    def n_found(self) -> int:
        """Number of true twitches that were confirmed."""
        return sum(any(_is_same(one, other) for other in self.confirmed) for one in self.true)


def rows(seed: int) -> Iterator[Row]:
    """Yield one row per level of losses."""
    patients = [(scenario, patient) for scenario in SCENARIOS for patient in range(seed, seed + N_PATIENTS)]
    clean = [run_patient(scenario, patient, Level("nothing")) for scenario, patient in patients]
    for level in LEVELS:
        yield _row(level, clean, [run_patient(scenario, patient, level) for scenario, patient in patients], seed)


def run_patient(scenario: str, seed: int, level: Level) -> PatientResult:
    """Run the detector on a patient's stream with the losses of a level."""
    firmware = _KnownFirmware(load_scenario(scenario), seed, RATE_SPS)
    link = VirtualLink(firmware, JitteryClock(seed), level.faults(), seed, level.holding)
    with virtual_board(link, RATE_SPS) as board:
        detection = Detection(board.info)
        board.start()
        verdicts = detection.run(_blocks(board, round(SECONDS * RATE_SPS)))
        return PatientResult(firmware.twitches, verdicts, board.next_index, board.n_lost)


def made_up(lossy: PatientResult, clean: PatientResult) -> list[TwitchEvent]:
    """Return the twitches caused by losses: neither true nor confirmed without losses."""
    return [one for one in lossy.false if not any(_is_same(one, other) for other in clean.confirmed)]


def _row(level: Level, clean: list[PatientResult], lossy: list[PatientResult], seed: int) -> Row:
    n_true, n_clean, n_lossy = (
        sum(len(one.true) for one in clean), sum(one.n_found for one in clean), sum(one.n_found for one in lossy),
    )  # fmt: skip
    n_made_up = sum(len(made_up(*pair)) for pair in zip(lossy, clean, strict=True))
    promises = ["no twitch confirmed where neither the truth nor the stream without losses has one"]
    if not level.loses:
        promises.append("the verdicts of the stream without stalls")
    if level.least_share:
        promises.append(f"at least {level.least_share:.0%} of the twitches found without losses")
    is_same = all(one.verdicts == other.verdicts for one, other in zip(lossy, clean, strict=True))
    share_lost = sum(one.n_lost for one in lossy) / sum(one.n_samples for one in lossy)
    return Row(
        f"losses under twitches: {level.injected}",
        f"{N_PATIENTS} patients of each of {', '.join(SCENARIOS)}, {SECONDS:g} s at {RATE_SPS} SPS, seed {seed}",
        "; ".join(promises),
        f"{share_lost:.3%} of the samples lost; of {n_true} true twitches {n_lossy} confirmed, {n_clean} without "
        f"losses; confirmed without a true one {sum(len(one.false) for one in lossy)}, "
        f"{sum(len(one.false) for one in clean)} without losses; because of a loss {n_made_up}"
        + ("" if level.loses else f"; verdicts {'the same' if is_same else 'differ'}"),
        n_made_up == 0 and (level.loses or is_same) and n_lossy >= level.least_share * n_clean,
    )


def _is_same(one: Span, other: Span) -> bool:
    return one.onset_s <= other.offset_s + SAME_S and other.onset_s <= one.offset_s + SAME_S


def _blocks(board: Board, n_samples: int) -> Iterator[Block]:
    """Yield blocks with exactly `n_samples` samples in total."""
    while (n_left := n_samples - board.next_index) > 0:
        block = board.read(0.05)
        assert block is not None
        if block.n_samples:
            yield Block(
                block.first_index, block.counts[:n_left], block.aux[:n_left], block.valid[:n_left], block.arrival_s
            )
