"""The sound card, through PortAudio: asked of another process first, since its libraries may be missing or hang."""

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
"""Returns so many samples, the first of which is heard so many seconds from now."""

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
"""A time until the sound that PortAudio tells is believed up to this; some host interfaces tell nonsense."""


class NoSound(AcquisitionError):
    """Nothing can be played here; the words say why, and what to do."""


class AudioOutput(Protocol):
    """Something that plays what `fill` returns, calling it from a thread of its own."""

    @property
    def name(self) -> str:
        """What the user knows it as."""
        ...

    @property
    def rate_hz(self) -> float:
        """Samples a second."""
        ...

    @property
    def n_underruns(self) -> int:
        """How often it had nothing to play."""
        ...

    @property
    def is_playing(self) -> bool:
        """False once the device has gone away."""
        ...

    def start(self, fill: Fill) -> None:
        """Begin."""
        ...

    def close(self) -> None:
        """End, and let go of the device; any number of times."""
        ...


def sound_problem(device: str) -> str | None:
    """Return why nothing can be played on the device of that name ("" for the usual one), or None when it can."""
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
    return tr("the audio system fails when it is asked (status {status})").format(status=probe.returncode)


class PortAudioOutput:
    """An output of PortAudio, opened for low latency.

    Parameters
    ----------
    device : str
        Name or part of it; "" for the usual one.

    Raises
    ------
    NoSound
        When there is none, or it cannot be opened.
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
            told = self._sounddevice.query_devices(device or None, "output")
            self.name = str(told["name"])
            self.rate_hz = float(told["default_samplerate"])
            self._n_channels = min(2, int(told["max_output_channels"]))
            self._device = int(told["index"])
        except (self._sounddevice.PortAudioError, ValueError) as error:
            raise NoSound(tr("the audio output cannot be asked: {error}").format(error=error)) from error

    def start(self, fill: Fill) -> None:
        """Begin.

        Raises
        ------
        NoSound
            When the device cannot be opened.
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
        """False once the device has gone away."""
        return self._stream is not None and bool(self._stream.active)

    def close(self) -> None:
        """End, and let go of the device; any number of times."""
        if self._stream is not None:
            stream, self._stream = self._stream, None
            stream.close(ignore_errors=True)
