"""The audio device: what is missing is named, and the adapter of PortAudio."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from twitchscope.live.audio import device
from twitchscope.live.audio.device import MISSING, NO_DEVICE, NoSound, PortAudioOutput, sound_problem


def _package(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a fake package `sounddevice` before the real one, for another process."""
    (folder / "sounddevice.py").write_text(text, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(folder))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("raise OSError('PortAudio library not found')", "libportaudio2"),
        ("raise ImportError('none')", "pip install sounddevice"),
        ("def query_devices(name, kind): raise ValueError('no output')", "plug in a loudspeaker"),
        ("import os\nos._exit(7)", "status 7"),
    ],
)
def test_what_is_missing_is_named(text: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _package(tmp_path, text, monkeypatch)
    assert words in (sound_problem("") or "")


def test_a_device_of_another_name_is_reported_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _package(tmp_path, "def query_devices(name, kind): raise ValueError('two match')", monkeypatch)
    assert "'USB'" in (sound_problem("USB") or "")
    _package(tmp_path, "def query_devices(name, kind): return {}", monkeypatch)
    assert sound_problem("USB") is None


def test_the_real_library_is_asked_where_it_is() -> None:
    assert sound_problem("") in (None, *MISSING.values())


class _FakePortAudio(SimpleNamespace):
    """Fake of the used part of `sounddevice`."""

    class PortAudioError(Exception):
        pass

    def __init__(self, fails: str = "") -> None:
        super().__init__()
        self.fails = fails
        self.closed = 0
        self.callback: Any = None

    def query_devices(self, name: str | None, kind: str) -> dict[str, Any]:
        return {"name": "Speaker", "default_samplerate": 44_100.0, "max_output_channels": 6, "index": 3}

    def OutputStream(self, **options: Any) -> Any:  # noqa: N802 (its name)
        if self.fails:
            raise self.PortAudioError(self.fails)
        self.options = options
        self.callback = options["callback"]
        return self

    active = True
    latency = 0.04

    def start(self) -> None:
        pass

    def close(self, ignore_errors: bool) -> None:
        self.closed += 1


def test_the_adapter_fills_all_channels_believes_sane_times_and_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    library = _FakePortAudio()
    monkeypatch.setitem(sys.modules, "sounddevice", library)
    monkeypatch.setattr(device, "sound_problem", lambda device: None)
    output = PortAudioOutput()
    waits: list[float] = []

    def fill(n_samples: int, wait_s: float) -> NDArray[np.float32]:
        waits.append(wait_s)
        return np.linspace(0.0, 1.0, n_samples, dtype=np.float32)

    output.start(fill)
    assert (output.name, output.rate_hz, library.options["channels"]) == ("Speaker", 44_100.0, 2)
    out = np.zeros((64, 2), np.float32)
    for dac_s, underflow in ((5.02, False), (0.0, True)):
        time = SimpleNamespace(outputBufferDacTime=dac_s, currentTime=5.0)
        library.callback(out, 64, time, SimpleNamespace(output_underflow=underflow))
    assert out[:, 0].tolist() == out[:, 1].tolist()
    assert waits == [pytest.approx(0.02), 0.04]
    assert output.n_underruns == 1
    assert output.is_playing
    output.close()
    output.close()
    assert library.closed == 1
    assert not output.is_playing


def test_a_device_that_another_program_holds_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", _FakePortAudio(fails="Device unavailable"))
    monkeypatch.setattr(device, "sound_problem", lambda device: None)
    with pytest.raises(NoSound, match="another program hold it"):
        PortAudioOutput().start(lambda n_samples, wait_s: np.zeros(n_samples, np.float32))


def test_a_problem_found_before_is_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "sound_problem", lambda device: MISSING[NO_DEVICE])
    with pytest.raises(NoSound, match="no audio output"):
        PortAudioOutput()
