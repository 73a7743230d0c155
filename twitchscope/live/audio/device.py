"""Sound card through PortAudio, probed in another process first, since its libraries may be missing or hang."""

import importlib
import subprocess
import sys
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from acquisition.core import AcquisitionError
from twitchscope.words import for_later, tr

Fill = Callable[[int, float], NDArray[np.float32]]
"""Function of (number of samples, seconds until the first of them is heard) that returns the samples."""

PROBE_TIMEOUT_S = 10.0
NO_LIBRARY, NO_DEVICE, NO_MODULE = 3, 4, 5

PROBE = f"""
import sys
try:
    import sounddevice
except ImportError:
    sys.exit({NO_MODULE})
except OSError:
    sys.exit({NO_LIBRARY})
try:
    sounddevice.query_devices(sys.argv[1] or None, "output")
except Exception as error:
    print(error)
    sys.exit({NO_DEVICE})
"""

MISSING = {
    NO_MODULE: for_later("the Python package sounddevice is missing: pip install sounddevice"),
    NO_LIBRARY: for_later("the library PortAudio is missing: on Debian or Ubuntu install libportaudio2"),
    NO_DEVICE: for_later("there is no audio output: plug in a loudspeaker or earphones before the start"),
}

LONGEST_BELIEVED_S = 1.0
"""Longest output delay reported by PortAudio that is trusted; some host interfaces report nonsense."""


class NoSound(AcquisitionError):
    """Nothing can be played here; the message says why, and what to do."""


class AudioOutput(Protocol):
    """Interface of an output that plays what `fill` returns, called from the output's own thread."""

    @property
    def name(self) -> str:
        """Name known to the user."""
        ...

    @property
    def rate_hz(self) -> float:
        """Sampling rate in Hz."""
        ...

    @property
    def n_underruns(self) -> int:
        """Number of times that there was nothing to play."""
        ...

    @property
    def is_playing(self) -> bool:
        """False once the device has gone."""
        ...

    def start(self, fill: Fill) -> None:
        """Start playing."""
        ...

    def close(self) -> None:
        """Stop and release the device; may be called repeatedly."""
        ...


def sound_problem(device: str) -> str | None:
    """Return why nothing can be played on `device` ("" for the default one), or None if it can."""
    try:
        probe = subprocess.run(
            [sys.executable, "-c", PROBE, device],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PROBE_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        return tr("the audio system did not answer within {s:g} s: is a sound server hanging?").format(
            s=PROBE_TIMEOUT_S
        )
    except OSError as error:
        return tr("the audio system could not be tried: {error}").format(error=error)
    if probe.returncode == NO_DEVICE and device:
        return tr("there is no single audio output named {device!r}: {said}").format(
            device=device, said=probe.stdout.strip()
        )
    if probe.returncode in MISSING:
        return tr(MISSING[probe.returncode])
    if probe.returncode == 0:
        return None
    return tr("the audio system fails when it is queried (status {status})").format(status=probe.returncode)


class PortAudioOutput:
    """Output of PortAudio, opened for low latency.

    Parameters
    ----------
    device : str
        Name of the device or part of it; "" for the default one.

    Raises
    ------
    NoSound
        If there is no such device, or it cannot be queried.
    """

    def __init__(self, device: str = "") -> None:
        problem = sound_problem(device)
        if problem is not None:
            raise NoSound(problem)
        self._sounddevice: Any = importlib.import_module("sounddevice")
        self.n_underruns = 0
        self._stream: Any = None
        self._latency_s = 0.0
        try:
            found = self._sounddevice.query_devices(device or None, "output")
            self.name = str(found["name"])
            self.rate_hz = float(found["default_samplerate"])
            self._n_channels = min(2, int(found["max_output_channels"]))
            self._device = int(found["index"])
        except (self._sounddevice.PortAudioError, ValueError) as error:
            raise NoSound(tr("the audio output cannot be queried: {error}").format(error=error)) from error

    def start(self, fill: Fill) -> None:
        """Start playing.

        Raises
        ------
        NoSound
            If the device cannot be opened.
        """

        def callback(out: NDArray[np.float32], n_samples: int, time: Any, status: Any) -> None:
            self.n_underruns += bool(status.output_underflow)
            wait_s = time.outputBufferDacTime - time.currentTime
            if not 0.0 < wait_s < LONGEST_BELIEVED_S:
                wait_s = self._latency_s
            out[:] = fill(n_samples, wait_s)[:, np.newaxis]

        try:
            self._stream = self._sounddevice.OutputStream(
                samplerate=self.rate_hz,
                device=self._device,
                channels=self._n_channels,
                dtype="float32",
                latency="low",
                callback=callback,
            )
            self._latency_s = float(self._stream.latency)
            self._stream.start()
        except self._sounddevice.PortAudioError as error:
            raise NoSound(
                tr("{name} cannot be opened: does another program hold it? ({error})").format(
                    name=self.name, error=error
                )
            ) from error

    @property
    def is_playing(self) -> bool:
        """False once the device has gone."""
        return self._stream is not None and bool(self._stream.active)

    def close(self) -> None:
        """Stop and release the device; may be called repeatedly."""
        if self._stream is not None:
            stream, self._stream = self._stream, None
            stream.close(ignore_errors=True)
