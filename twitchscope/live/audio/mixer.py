"""Non-blocking mixer of the available EMG and the sounds of verdicts for a sound card."""

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twitchscope.live.audio.tones import Cue, cue_samples

LOUDEST = 10
STEP_DB = 4.0
"""Step between two volumes in dB; volumes are 0 (silent) to `LOUDEST`."""

VOICE_SHARE = 0.5
"""Fraction of full scale for the EMG, so that a verdict is heard over it."""

FADE_S = 0.003
"""Fade of the EMG where it runs out and where it resumes, as an edge would click."""

MOST_LATE_S = 0.5
"""Longest delay of a cue after its cause; a later one is not played, as it would be attributed to the next event."""

MOST_CUES = 8
"""Largest number of waiting sounds; more at the same time could not be distinguished."""


@dataclass(frozen=True, slots=True)
class StartedCue:
    """Cue that began, with the arrival of its cause and the start of its sound, in s of the board's clock."""

    cue: Cue
    arrival_s: float
    start_s: float


class VoiceQueue:
    """Lock-free queue of sound samples between one producer and one consumer thread.

    Parameters
    ----------
    n_most : int
        Capacity in samples; further samples are dropped.
    """

    def __init__(self, n_most: int) -> None:
        self._samples = np.zeros(n_most, np.float32)
        self._n_put = 0
        self._n_taken = 0

    @property
    def n_waiting(self) -> int:
        """Number of waiting samples."""
        return self._n_put - self._n_taken

    def put(self, samples: NDArray[np.float32]) -> None:
        """Append samples, as many as there is room for."""
        samples = samples[: len(self._samples) - self.n_waiting]
        self._samples[(self._n_put + np.arange(len(samples))) % len(self._samples)] = samples
        self._n_put += len(samples)

    def take(self, n_most: int) -> NDArray[np.float32]:
        """Remove and return the oldest samples, at most `n_most`."""
        n = min(n_most, self.n_waiting)
        taken = self._samples[(self._n_taken + np.arange(n)) % len(self._samples)]
        self._n_taken += n
        return taken


class Mixer:
    """Mixer that fills the buffers of a sound card.

    Parameters
    ----------
    rate_hz : float
        Sampling rate of the device.

    Attributes
    ----------
    volume : int
        0 to `LOUDEST`.
    is_muted : bool
        Whether everything is silent.
    n_ready : int
        Number of waiting samples at which the EMG starts, and resumes after it ran out.
    n_underruns : int
        Number of times that the EMG ran out while it was played.
    n_late : int
        Cues that were not played because the device did not ask for samples for too long.
    started : deque of StartedCue
        Cues that began; to be emptied by the consumer.
    """

    def __init__(self, rate_hz: float) -> None:
        self.rate_hz = rate_hz
        self.volume = 7
        self.is_muted = False
        self.n_ready = round(0.03 * rate_hz)
        self.n_underruns = 0
        self.n_late = 0
        self.voice = VoiceQueue(round(2.0 * rate_hz))
        self.started: deque[StartedCue] = deque(maxlen=100)
        self._sounds = {cue: cue_samples(cue, rate_hz) for cue in Cue}
        self._waiting: deque[tuple[Cue, float]] = deque(maxlen=MOST_CUES)
        self._playing: list[NDArray[np.float32]] = []
        self._has_voice = False
        self._n_fade = max(1, round(FADE_S * rate_hz))
        self._gain = 0.0

    def play(self, cue: Cue, arrival_s: float) -> None:
        """Let a cue begin with the next buffer; callable from any thread."""
        self._waiting.append((cue, arrival_s))

    def fill(self, n_samples: int, start_s: float) -> NDArray[np.float32]:
        """Return the next samples, float32 within ± 1.

        Parameters
        ----------
        n_samples : int
            Number of samples.
        start_s : float
            Time at which the first of them leaves the loudspeaker, in seconds of the board's clock.
        """
        mixed = VOICE_SHARE * self._voice_part(n_samples)
        self._begin_cues(start_s)
        for sound in self._playing:
            n = min(n_samples, len(sound))
            mixed[:n] += sound[:n]
        self._playing = [sound[n_samples:] for sound in self._playing if len(sound) > n_samples]
        gain = 0.0 if self.is_muted or self.volume == 0 else 10.0 ** (STEP_DB * (self.volume - LOUDEST) / 20.0)
        gains = np.linspace(self._gain, gain, n_samples + 1, dtype=np.float32)[1:]
        self._gain = gain
        filled: NDArray[np.float32] = np.clip(mixed * gains, -1.0, 1.0)
        return filled

    def _begin_cues(self, start_s: float) -> None:
        while self._waiting:
            cue, arrival_s = self._waiting.popleft()
            if start_s - arrival_s > MOST_LATE_S:
                self.n_late += 1
            elif not self.is_muted and self.volume:  # an inaudible cue has no latency, and is not played later either
                self._playing.append(self._sounds[cue])
                self.started.append(StartedCue(cue, arrival_s, start_s))

    def _voice_part(self, n_samples: int) -> NDArray[np.float32]:
        part = np.zeros(n_samples, np.float32)
        if not self._has_voice:
            if self.voice.n_waiting < max(self.n_ready, n_samples):
                return part
            self._has_voice = True
            part[:] = self.voice.take(n_samples)
            n_fade = min(self._n_fade, n_samples)
            part[:n_fade] *= np.linspace(0.0, 1.0, n_fade, dtype=np.float32)
            return part
        taken = self.voice.take(n_samples)
        part[: len(taken)] = taken
        if self.voice.n_waiting < self._n_fade:  # it may run out with the next buffer: fade out while samples remain
            n_fade = min(self._n_fade, len(taken))
            part[len(taken) - n_fade : len(taken)] *= np.linspace(1.0, 0.0, n_fade, dtype=np.float32)
            self._has_voice = False
            self.n_underruns += 1
        return part
