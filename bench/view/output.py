"""Stand-in for a sound card: requests buffers in real time and discards them."""

import threading

from acquisition.core import Clock
from twitchscope.live.audio.device import Fill

BUFFER_S = 0.010
N_WAITING = 2
"""Buffers of 10 ms queued in a card opened for low latency (what PortAudio chooses with ALSA; assumption)."""


class PacedOutput:
    """Sound output paced by a clock.

    Parameters
    ----------
    clock : Clock
        Clock that paces the buffers.
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
        """Start to request buffers from `fill`."""
        self._thread = threading.Thread(target=self._run, args=(fill,), name="card", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop and wait for the thread."""
        self._is_ending = True
        if self._thread is not None:
            self._thread.join()

    def _run(self, fill: Fill) -> None:
        due_s = self._clock.now_s()
        while not self._is_ending:
            late_s = self._clock.now_s() - due_s
            if late_s > N_WAITING * BUFFER_S:  # all queued buffers have been played
                self.n_underruns += 1
                due_s += late_s
            fill(round(BUFFER_S * self.rate_hz), N_WAITING * BUFFER_S - max(0.0, late_s))
            due_s += BUFFER_S
            self._clock.wait_s(due_s - self._clock.now_s())
