"""Signals of the scoreboard in a common form: seeded scenes, simulated patients and real recordings."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from acquisition import open_board, read_recording
from acquisition.simulated.board import SimulatedBoard
from bench.detection import waves
from bench.detection.draft import Scene, TrueTwitch
from bench.detection.needle_scenes import REST_S as NEEDLE_REST_S
from bench.detection.needle_scenes import NeedleScene
from bench.detection.recipes import REST_S
from bench.detection.score import Known
from bench.detection.sessions import REST_S as SESSION_REST_S
from bench.detection.sessions import Session
from bench.detection.strangers import Session as StrangerSession
from bench.detection.waves import TWITCHES, between, visible_rows
from dsp.bands import FULL_VERDICT_RATE_HZ, choose_band_hz

Samples = NDArray[np.float64]

PATIENT_S, PATIENT_SETTLE_S = 120.0, 12.0
"""Length of a session with a simulated patient; twitches before a resting baseline can be learnt are not scored."""

STIMULUS_S, STIMULUS_RATIO = (0.020, 0.045), 5.0
"""An evoked answer begins 15 to 25 ms after the stimulus and lasts some 25 ms."""

ADDED_FROM_S, ADDED_EVERY_S = 6.0, (1.2, 2.6)
ADDED_PEAKS = (5.0, 30.0)
"""Twitches added to real recordings: start of the first, intervals, and peak over the RMS of the rest."""


NOTCH_Q, N_HARMONICS = 25.0, 6
"""The notches are 2 Hz wide at the line frequency and at each harmonic."""


@dataclass(frozen=True, eq=False)
class Signal:
    """Signal with its known truth.

    Attributes
    ----------
    name : str
        Name in the table.
    rate_hz : float
        Sampling rate.
    signal_uv : ndarray of float64, shape (n_samples, n_channels)
    valid : ndarray of bool, shape (n_samples,)
        False where a sample was lost.
    full_scale_uv : ndarray of float64, shape () or (n_channels,)
    bandwidth_hz : float or None
        Bandwidth of the converter.
    roles : tuple of str
        Role of each channel.
    known : list of Known
        Twitches, or evoked answers.
    from_s : float
        Earlier detections are not counted.
    contacts : tuple of int
        Sample indices of the needle contacts stamped by hardware.
    """

    name: str
    rate_hz: float
    signal_uv: Samples
    valid: NDArray[np.bool_]
    full_scale_uv: Samples
    bandwidth_hz: float | None
    roles: tuple[str, ...]
    known: list[Known] = field(default_factory=list)
    from_s: float = 0.0
    contacts: tuple[int, ...] = ()

    @property
    def duration_s(self) -> float:
        """Length of the scored part in seconds."""
        return len(self.signal_uv) / self.rate_hz - self.from_s

    @property
    def band_hz(self) -> tuple[float, float]:
        """Detection band in Hz, the same for every method."""
        return choose_band_hz(self.rate_hz, self.bandwidth_hz)

    def band_uv(self) -> Samples:
        """Return the band-passed signal; a non-finite sample is replaced by the channel's first finite one."""
        is_finite = np.isfinite(self.signal_uv)
        first_uv = np.take_along_axis(self.signal_uv, is_finite.argmax(axis=0)[np.newaxis], axis=0)
        from_first_uv = np.subtract(self.signal_uv, first_uv, out=np.zeros_like(self.signal_uv), where=is_finite)
        sos = signal.butter(4, self.band_hz, "bandpass", fs=self.rate_hz, output="sos")
        return np.asarray(signal.sosfilt(sos, from_first_uv, axis=0))


def without_mains(band_uv: Samples, rest_uv: Samples, rate_hz: float) -> Samples:
    """Notch out the mains frequency that is stronger at rest, and its harmonics; shapes (n_samples, n_channels)."""
    hz, power = signal.welch(rest_uv, rate_hz, nperseg=min(len(rest_uv), round(2.0 * rate_hz)), axis=0)
    line_hz = max((50.0, 60.0), key=lambda line_hz: float(power[np.argmin(np.abs(hz - line_hz))].sum()))
    for order in range(1, N_HARMONICS + 1):
        if order * line_hz < 0.48 * rate_hz:
            b, a = signal.iirnotch(order * line_hz, NOTCH_Q * order, rate_hz)
            band_uv = signal.lfilter(b, a, band_uv, axis=0)
    return band_uv


def from_scene(scene: Scene, name: str) -> Signal:
    """Return a composed scene; it is scored from the end of its rest."""
    return Signal(
        name,
        scene.recipe.rate_hz,
        scene.signal_uv,
        scene.valid,
        np.asarray(scene.full_scale_uv),
        scene.bandwidth_hz,
        ("surface",) * scene.recipe.n_channels,
        [_known(one) for one in scene.twitches],
        REST_S,
    )


def from_stranger(session: StrangerSession, name: str) -> Signal:
    """Return a session of the second generator; it is scored from the end of its rest."""
    return Signal(
        name,
        session.kind.rate_hz,
        session.total,
        np.ones(len(session.total), np.bool_),
        np.asarray(np.inf),
        None,
        ("surface",) * session.kind.n_channels,
        [_known(one) for one in session.twitches],
        session.kind.rest_s,
    )


def from_session(session: Session, name: str) -> Signal:
    """Return a session of motor units or of envelopes; it is scored from the end of its rest.

    The sizes of its twitches are treated as unknown: they were measured in another band than the detector's.
    """
    return Signal(
        name,
        session.rate_hz,
        session.signal_uv,
        np.ones(len(session.signal_uv), np.bool_),
        np.asarray(np.inf),
        None,
        session.roles,
        [Known(one.onset_s, one.offset_s, one.over) for one in session.twitches],
        SESSION_REST_S,
    )


def _known(one: TrueTwitch) -> Known:
    return Known(one.onset_s, one.offset_s, one.over, peak_uv=one.peak_uv, rms_uv=one.rms_uv, over_all=one.over_all)


def from_needle(scene: NeedleScene, name: str) -> Signal:
    """Return a scene at a needle electrode; it is scored from the first pass on."""
    return Signal(
        name,
        scene.rate_hz,
        scene.signal_uv,
        np.ones(len(scene.signal_uv), np.bool_),
        np.asarray(np.inf),
        None,
        scene.roles,
        scene.twitches,
        NEEDLE_REST_S,
    )


def from_patient(
    scenario: str, rate_hz: int, seed: int, seconds: float = PATIENT_S, *, is_stamped: bool = False
) -> Signal:
    """Return a session with the simulated patient; `is_stamped` adds the times of the needle's contacts."""
    url = f"simulated:?scenario={scenario}&seed={seed}&rate={rate_hz}&speed=0&seconds={seconds:g}"
    parts, valid = [], []
    with open_board(url) as board:
        assert isinstance(board, SimulatedBoard)
        info = board.info
        board.start()
        while (block := board.read()) is not None:
            parts.append(info.to_microvolts(block.counts))
            valid.append(block.valid)
        truth = board.truth
    known = [
        Known(one.onset_s, one.offset_s, 10.0 ** (one.snr_db / 20.0), is_scored=one.onset_s > PATIENT_SETTLE_S)
        for one in truth.twitches
    ]
    return Signal(
        scenario,
        rate_hz,
        np.concatenate(parts),
        np.concatenate(valid),
        info.full_scale_uv,
        info.bandwidth_hz,
        tuple(str(channel.role) for channel in info.channels),
        known,
        PATIENT_SETTLE_S,
        tuple(round(contact_s * rate_hz) for contact_s in truth.needle_contacts) if is_stamped else (),
    )


def from_recording(path: Path) -> Signal:
    """Return a real recording with the known stimuli from the file beside it.

    Raises
    ------
    AcquisitionError
        If it cannot be read.
    """
    recording = read_recording(path)
    info, blocks = recording.info, list(recording.blocks())
    return Signal(
        path.name,
        info.sampling_rate_hz,
        np.concatenate([info.to_microvolts(block.counts) for block in blocks]),
        np.concatenate([block.valid for block in blocks]),
        info.full_scale_uv,
        info.bandwidth_hz,
        tuple(str(channel.role) for channel in info.channels),
        _stimuli(path),
    )


def _stimuli(path: Path) -> list[Known]:
    truth_path = path.with_suffix(".truth.json")
    truth = json.loads(truth_path.read_text(encoding="utf-8")) if truth_path.exists() else {}
    early_s, late_s = STIMULUS_S
    # Size and onset are unknown: the ratio makes them strong, but not clear, so that their onset is not scored.
    return [Known(at_s + early_s, at_s + late_s, STIMULUS_RATIO) for at_s in truth.get("stimulus_s", [])]


@dataclass(frozen=True)
class Excerpt:
    """Part of a real recording: channels (from 0; all if none is named), start and stop in s."""

    file: str
    channels: tuple[int, ...] = ()
    start_s: float = 0.0
    stop_s: float = math.inf

    def cut(self, data: Path) -> Signal:
        """Read the excerpt; it is upsampled to the lowest rate at which twitches are confirmed, if it is slower."""
        whole = from_recording(data / self.file)
        rows = slice(round(self.start_s * whole.rate_hz), round(min(self.stop_s, 1e6) * whole.rate_hz))
        columns = list(self.channels) or list(range(whole.signal_uv.shape[1]))
        signal_uv, valid = whole.signal_uv[rows][:, columns], whole.valid[rows]
        full_scale_uv = np.broadcast_to(whole.full_scale_uv, whole.signal_uv.shape[1:])[columns]
        rate_hz = whole.rate_hz
        if rate_hz < FULL_VERDICT_RATE_HZ:
            ratio = Fraction(FULL_VERDICT_RATE_HZ / rate_hz).limit_denominator(100)
            first = signal_uv[0]
            signal_uv = first + signal.resample_poly(signal_uv - first, ratio.numerator, ratio.denominator, axis=0)
            at = np.minimum(np.arange(len(signal_uv)) * ratio.denominator // ratio.numerator, len(valid) - 1)
            valid, rate_hz = valid[at], FULL_VERDICT_RATE_HZ
        return Signal(
            self.file, rate_hz, signal_uv, valid, full_scale_uv, whole.bandwidth_hz, ("surface",) * len(columns)
        )


REST = (
    Excerpt("openbci-ganglion-rest.txt", (0, 1)),
    Excerpt("openbci-ganglion-gaps.txt", (0, 1)),
    Excerpt("openbci-gui-v6.txt", start_s=5.0, stop_s=80.0),
    Excerpt("evoked-hand-forearm-5000hz.bdf", (0, 1)),
    Excerpt("OBCI-01.TXT", (2, 3)),
)
"""Without movement: forearm with MyoWare sensors, twice; an EEG montage between two jaw clenches; the hand that a
magnetic pulse over the other side's cortex does not reach; a bench signal."""

ACTIVITY = (
    Excerpt("openbci-ganglion-movement.txt", (0, 1)),
    Excerpt("brainflow-cyton-emg.csv", (0,)),
    Excerpt("plux-short-bursts-1000hz.bdf"),
    Excerpt("tibialis-with-heartbeat-250hz.bdf", stop_s=180.0),
)
"""Muscles in voluntary use, one of them with heartbeats throughout."""


def add_twitches(quiet: Signal, seed: int) -> Signal:
    """Add simulated twitches at known times to a real recording."""
    rng = np.random.default_rng([seed, 90])
    signal_uv = quiet.signal_uv.copy()
    band_uv = quiet.band_uv()
    level_uv = 1.4826 * np.median(np.abs(without_mains(band_uv, band_uv, quiet.rate_hz)), axis=0)
    sos = signal.butter(4, quiet.band_hz, "bandpass", fs=quiet.rate_hz, output="sos")
    known, end_s = [], signal_uv.shape[0] / quiet.rate_hz - 0.5
    at_s = ADDED_FROM_S + rng.uniform(0.0, 1.0)
    while at_s < end_s:
        wave = _wave(rng, signal_uv.shape[1], quiet.rate_hz)
        seen = signal.sosfilt(sos, np.pad(wave, ((0, round(0.06 * quiet.rate_hz)), (0, 0))), axis=0)
        over = np.max(np.abs(seen), axis=0) / np.maximum(level_uv, 1e-3)
        best, ratio = int(np.argmax(over)), between(rng, *ADDED_PEAKS)
        start = round(at_s * quiet.rate_hz)
        stop = min(start + len(wave), len(signal_uv))
        signal_uv[start:stop] += wave[: stop - start] * (ratio / over[best])
        first, last = visible_rows(wave[:, best])
        known.append(Known((start + first) / quiet.rate_hz, (start + last) / quiet.rate_hz, ratio))
        at_s += rng.uniform(*ADDED_EVERY_S)
    return Signal(
        quiet.name, quiet.rate_hz, signal_uv, quiet.valid, quiet.full_scale_uv, quiet.bandwidth_hz, quiet.roles, known,
        ADDED_FROM_S,
    )  # fmt: skip


def _wave(rng: np.random.Generator, n_channels: int, rate_hz: float) -> Samples:
    """Draw a twitch that is strong on one channel and falls to 5 to 50 % per channel away from it."""
    home = int(rng.integers(n_channels))
    away = np.abs(np.arange(n_channels) - home)
    kind = str(rng.choice(["units", "noise"]))
    wave = TWITCHES[kind](rng, rng.uniform(0.05, 0.5, n_channels) ** away)
    ratio = Fraction(rate_hz / waves.RATE_HZ).limit_denominator(100)
    return np.asarray(signal.resample_poly(wave, ratio.numerator, ratio.denominator, axis=0))


def recordings(data: Path) -> Iterator[Path]:
    """Yield the recordings in a folder."""
    for path in sorted(data.iterdir()) if data.is_dir() else []:
        if path.suffix.lower() not in (".json", ".md"):
            yield path
