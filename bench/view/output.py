"""A stand-in for a sound card: asks for buffers at their pace, and plays them to nobody."""

import threading

from acquisition.core import Clock
from twitchscope.live.audio.device import Fill

BUFFER_S = 0.010
N_WAITING = 2
"""Buffers that wait in a card opened for low latency: 10 ms each (what PortAudio chooses with ALSA; assumption)."""


class PacedOutput:
    """Plays at the pace of a clock.

    Parameters
    ----------
    clock : Clock
        Paces it.
    """

    name = "stand-in"
    rate_hz = 48_000.0

    def __init__(self, clock: Clock) -> None:
        self.n_underruns = 0
        self.is_playing = True
        self._clock = clock
        self._is_ending = False
        self._thread: threading.Thread | None = None

    def start(self, fill: Fill) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._run, args=(fill,), name="card", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End."""
        self._is_ending = True
        if self._thread is not None:
            self._thread.join()

    def _run(self, fill: Fill) -> None:
        due_s = self._clock.now_s()
        while not self._is_ending:
            late_s = self._clock.now_s() - due_s
            if late_s > N_WAITING * BUFFER_S:  # all that waited has been played
                self.n_underruns += 1
                due_s += late_s
            fill(round(BUFFER_S * self.rate_hz), N_WAITING * BUFFER_S - max(0.0, late_s))
            due_s += BUFFER_S
            self._clock.wait_s(due_s - self._clock.now_s())
