"""What a sound card asks for, put together without ever waiting: the EMG that has come, and the sounds of verdicts."""

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twitchscope.live.audio.tones import Cue, cue_samples

LOUDEST = 10
STEP_DB = 4.0
"""Volumes are 0 (silent) to `LOUDEST`, in steps of so many dB."""

VOICE_SHARE = 0.5
"""Of full scale for the EMG, so that a verdict is heard over it."""

FADE_S = 0.003
"""Over so long the EMG fades where it runs out, and comes back: an edge would click."""

MOST_LATE_S = 0.5
"""A cue that would begin later than this after its reason is not played: it would be taken for the next one's."""

MOST_CUES = 8
"""Sounds that can wait; more in one instant cannot be told apart."""


@dataclass(frozen=True, slots=True)
class StartedCue:
    """A cue that began: when what it tells of arrived, and when it left the loudspeaker, in s of the board's clock."""

    cue: Cue
    arrival_s: float
    start_s: float


class VoiceQueue:
    """Sound that waits to be played: one thread puts, one takes, and neither waits for the other.

    Parameters
    ----------
    n_most : int
        Samples that there is room for; what comes beyond is dropped and counted.
    """

    def __init__(self, n_most: int) -> None:
        self._samples = np.zeros(n_most, np.float32)
        self._n_put = 0
        self._n_taken = 0
        self.n_dropped = 0

    @property
    def n_waiting(self) -> int:
        """Samples that wait."""
        return self._n_put - self._n_taken

    def put(self, samples: NDArray[np.float32]) -> None:
        """Append samples."""
        n_room = len(self._samples) - self.n_waiting
        self.n_dropped += max(0, len(samples) - n_room)
        samples = samples[:n_room]
        self._samples[(self._n_put + np.arange(len(samples))) % len(self._samples)] = samples
        self._n_put += len(samples)

    def take(self, n_most: int) -> NDArray[np.float32]:
        """Return the oldest samples, at most `n_most`."""
        n = min(n_most, self.n_waiting)
        taken = self._samples[(self._n_taken + np.arange(n)) % len(self._samples)]
        self._n_taken += n
        return taken


class Mixer:
    """Fills the buffers of a sound card.

    Parameters
    ----------
    rate_hz : float
        Of the device.

    Attributes
    ----------
    volume : int
        0 to `LOUDEST`.
    is_muted : bool
        Whether all is silent.
    n_ready : int
        The EMG begins, and begins anew after it ran out, once so many samples wait.
    n_underruns : int
        How often the EMG ran out while it was played.
    n_late : int
        Cues that were not played since the device asked for nothing for too long.
    started : deque of StartedCue
        Emptied by whoever is interested.
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
        """Let a cue begin with the next buffer; from any thread."""
        self._waiting.append((cue, arrival_s))

    def fill(self, n_samples: int, start_s: float) -> NDArray[np.float32]:
        """Return the next samples, float32 within ± 1.

        Parameters
        ----------
        n_samples : int
            How many.
        start_s : float
            When the first of them leaves the loudspeaker, in seconds of the board's clock.
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
            elif not self.is_muted and self.volume:  # what nobody hears has no latency, and is not heard later either
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
        if self.voice.n_waiting < self._n_fade:  # it may run out with the next buffer: fade while there is something
            n_fade = min(self._n_fade, len(taken))
            part[len(taken) - n_fade : len(taken)] *= np.linspace(1.0, 0.0, n_fade, dtype=np.float32)
            self._has_voice = False
            self.n_underruns += 1
        return part
