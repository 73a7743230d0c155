"""Sound of a session: rendered to a file, through a fake device, and without any device."""

import threading
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from acquisition.core import Board, ManualClock, make_block, make_board
from dsp import TwitchEvent
from tests.patience import DEADLINE_S
from tests.twitchscope.conftest import ScriptedBoard, noise_blocks, with_burst
from tests.view.conftest import make_window, wait_until
from tests.view.test_audio import DEVICE_HZ, level_db_at
from twitchscope.findings.detection import Detection
from twitchscope.findings.event import DetectedEvent
from twitchscope.live.audio.device import MISSING, NO_LIBRARY, Fill, NoSound
from twitchscope.live.audio.mixer import LOUDEST
from twitchscope.live.audio.player import Player
from twitchscope.live.audio.sound import Sound
from twitchscope.live.audio.tones import NOTES, Cue
from twitchscope.live.feed import Feed
from twitchscope.live.window import LiveWindow


@pytest.fixture(autouse=True)
def patient_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a device enough time to close on a slow machine."""
    monkeypatch.setattr("twitchscope.live.audio.sound.LONGEST_END_S", DEADLINE_S)


def render(board: Board, seconds: float, n_buffer: int = 480) -> tuple[NDArray[np.float32], list[DetectedEvent]]:
    """Return the sound of a session and its verdicts; buffers are requested on time."""
    parts: list[NDArray[np.float32]] = []
    verdicts: list[DetectedEvent] = []
    detection = Detection(board.info)
    feed = Feed(board.info, detection, board.clock, keeps_time=True)
    player = Player(feed, DEVICE_HZ)
    player.mixer.volume = LOUDEST
    feed.add_listener(player.hear)
    board.start()
    while feed.end_index < seconds * board.info.sampling_rate_hz and (block := board.read()) is not None:
        feed.on_block(block)
        for one in (found := detection.process(block)):
            if isinstance(one, TwitchEvent):
                verdicts.append(detection.detected_event(one))
                feed.on_event(verdicts[-1])
        feed.on_found(found)
        player.pump(channel=0, is_gated=True)
        while len(parts) * n_buffer / DEVICE_HZ < feed.end_index / board.info.sampling_rate_hz:
            parts.append(player.mixer.fill(n_buffer, len(parts) * n_buffer / DEVICE_HZ))
    assert player.mixer.n_underruns == 0
    return np.concatenate(parts), verdicts


def _write_wav(path: Path, sound: NDArray[np.float32]) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(round(DEVICE_HZ))
        file.writeframes((32767.0 * sound).astype("<i2").tobytes())


def _read_wav(path: Path) -> NDArray[np.float64]:
    with wave.open(str(path), "rb") as file:
        assert file.getframerate() == DEVICE_HZ
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767.0


def test_a_simulated_session_sounds_where_its_twitches_are(tmp_path: Path) -> None:
    with make_board("simulated:?seed=2&rate=1000&speed=0") as board:
        sound, verdicts = render(board, 18.0)
    _write_wav(tmp_path / "session.wav", sound)
    heard = _read_wav(tmp_path / "session.wav")
    twitches = [one for one in verdicts if one.label == "twitch"]
    assert len(twitches) >= 2
    pitch_hz = NOTES[Cue.TWITCH][-1].pitch_hz

    def level_db(at_s: float) -> float:
        return level_db_at(heard[round(at_s * DEVICE_HZ) :][: round(0.4 * DEVICE_HZ)], DEVICE_HZ, pitch_hz)

    for twitch in twitches:
        assert level_db(twitch.offset_s + 0.05) > -35.0, "the sound of the verdict stands behind the burst"
        burst = heard[round((twitch.onset_s - 0.02) * DEVICE_HZ) :][: round(0.12 * DEVICE_HZ)]
        assert np.abs(burst).max() > 0.1, "and the burst itself is heard"
    far = [at_s for at_s in np.arange(5.0, 17.0, 0.5) if all(abs(at_s - one.onset_s) > 1.0 for one in verdicts)]
    assert len(far) > 5
    for at_s in far:
        assert level_db(float(at_s)) < -60.0, "nothing sounds where nothing was"
    assert np.abs(np.diff(heard)).max() < 0.2, "no clicks"


class FakeOutput:
    """Device whose buffers the test requests."""

    name = "Fake"
    rate_hz = DEVICE_HZ

    def __init__(self) -> None:
        self.n_underruns = 0
        self.is_playing = True
        self.is_closed = False
        self.fill: Fill | None = None

    def start(self, fill: Fill) -> None:
        self.fill = fill

    def close(self) -> None:
        self.is_closed = True

    def play(self, seconds: float, wait_s: float = 0.01) -> NDArray[np.float32]:
        assert self.fill is not None
        return np.concatenate([self.fill(480, wait_s) for _ in range(round(100 * seconds))])


def _sounding(feed: Feed, clock: ManualClock, open_output: Callable[[], Any]) -> Sound:
    sound = Sound(feed, clock, open_output)
    sound.volume = LOUDEST
    sound.start()
    return sound


def _wait(condition: Callable[[], object]) -> None:
    pause, end_s = threading.Event(), time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end_s, "it did not come to that"
        pause.wait(0.005)


def test_verdicts_are_heard_at_once_and_their_delay_is_reported() -> None:
    output = FakeOutput()
    blocks = with_burst(noise_blocks(17.0), at_s=15.0)
    with ScriptedBoard([]) as board:
        detection = Detection(board.info)
        feed = Feed(board.info, detection, board.clock, keeps_time=True)
        sound = _sounding(feed, ManualClock(), lambda: output)
        _wait(lambda: sound.is_playing)
        output.play(0.1)
        for block in blocks:
            feed.on_block(block)
            for one in (found := detection.process(block)):
                if isinstance(one, TwitchEvent):
                    feed.on_event(detection.detected_event(one))
            feed.on_found(found)
        heard = output.play(0.5, wait_s=0.012)
        sound.collect_latencies()
        sound.stop()
    assert level_db_at(heard, DEVICE_HZ, 990.0) > -40.0
    (arrival_s,) = [one.arrival_s for one in feed.take_found() if isinstance(one.result, DetectedEvent)]
    assert 15.0 < arrival_s < 15.5
    assert sound.latency.kept_ms == [pytest.approx(1e3 * (0.012 - arrival_s), abs=1.0)]
    assert output.is_closed


def test_masked_or_muted_nothing_is_heard_and_the_electrodes_are_otherwise() -> None:
    output = FakeOutput()
    with ScriptedBoard([]) as board:
        feed = Feed(board.info, Detection(board.info), board.clock, keeps_time=True)
        sound = _sounding(feed, ManualClock(), lambda: output)
        _wait(lambda: sound.is_playing)
        sound.is_masked = True
        sound.warn_of_electrodes()
        masked = output.play(0.5)
        sound.is_masked = False
        sound.on_block(None)
        _wait(lambda: not sound._player.mixer.is_muted)  # type: ignore[union-attr]
        sound.warn_of_electrodes()
        heard = output.play(0.7)
        sound.toggle_mute()
        assert sound.text() == "muted"
        _wait(lambda: sound._player.mixer.is_muted)  # type: ignore[union-attr]
        sound.warn_of_electrodes()
        muted = output.play(0.5)
        sound.stop()
    assert not masked.any()
    assert level_db_at(heard, DEVICE_HZ, 330.0) > -40.0
    assert not muted[480:].any()


def test_the_emg_is_played_on_while_it_comes_and_another_channel_can_be_heard() -> None:
    output = FakeOutput()
    with ScriptedBoard([]) as board:
        feed = Feed(board.info, Detection(board.info), board.clock, keeps_time=True)
        feed._state = type(feed.state)((2.0,) * 4, (True,) * 4, baseline_is_learnt=True)
        sound = _sounding(feed, ManualClock(), lambda: output)
        sound.is_gated = False
        _wait(lambda: sound.is_playing)
        sound.next_channel()
        assert "EMG 2" in sound.text()
        microvolts_per_count = float(board.info.microvolts_per_count[1])
        heard = []
        for start in range(0, 2000, 20):
            counts = np.zeros((20, 4), np.int32)
            time_s = np.arange(start, start + 20) / 1000.0
            counts[:, 1] = np.round(30.0 * np.sin(2.0 * np.pi * 150.0 * time_s) / microvolts_per_count)
            n_before = sound._player.mixer.voice._n_put  # type: ignore[union-attr]
            feed.on_block(make_block(start, counts, 0.0))
            sound.on_block(None)
            _wait(lambda n=n_before: sound._player.mixer.voice._n_put > n)  # type: ignore[misc, union-attr]
            heard.append(output.play(0.02))
        sound.stop()
    played = np.concatenate(heard)[round(0.5 * DEVICE_HZ) :]
    assert level_db_at(played, DEVICE_HZ, 150.0) > -25.0
    assert sound.n_underruns == 0


def test_a_device_that_goes_away_is_reported_and_so_is_none_at_all() -> None:
    output = FakeOutput()

    def none() -> Any:
        raise NoSound("there is no audio output")

    with ScriptedBoard([]) as board:
        feed = Feed(board.info, Detection(board.info), board.clock, keeps_time=True)
        sound = _sounding(feed, ManualClock(), lambda: output)
        _wait(lambda: sound.is_playing)
        output.is_playing = False
        _wait(lambda: sound.problem)
        assert "Fake is gone" in (sound.problem or "")
        assert output.is_closed
        sound.warn_of_electrodes()
        sound.stop()
        other = _sounding(feed, ManualClock(), none)
        _wait(lambda: other.problem)
        assert other.text() == "no sound"
        other.stop()


def test_a_device_that_hangs_holds_up_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, is_free = threading.Event(), threading.Event()

    def open_when_free() -> FakeOutput:
        begun.set()
        assert is_free.wait(DEADLINE_S), "the end waits for it"
        return FakeOutput()

    monkeypatch.setattr("twitchscope.live.audio.sound.LONGEST_END_S", 0.0)
    with ScriptedBoard([]) as board:
        feed = Feed(board.info, Detection(board.info), board.clock, keeps_time=True)
        sound = _sounding(feed, ManualClock(), open_when_free)
        assert begun.wait(DEADLINE_S)
        sound.stop()
    assert sound.problem is None
    is_free.set()


@pytest.mark.parametrize("is_open", [True, False])
def test_a_sound_that_dies_of_anything_else_says_so_and_why(
    is_open: bool, qt_application: QApplication, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    output = FakeOutput()

    def fail(*_: object) -> Any:
        raise MemoryError if is_open else RuntimeError("the driver is gone")

    if is_open:
        monkeypatch.setattr(Player, "pump", fail)
    with ScriptedBoard([]) as board:
        window = make_window(board, tmp_path)
        window.sound = _sounding(window._feed, ManualClock(), (lambda: output) if is_open else fail)
        _wait(lambda: not window.sound._thread.is_alive())
        assert not window.sound.is_playing
        assert window.sound.problem == ("MemoryError" if is_open else "RuntimeError: the driver is gone")
        assert window.sound.text() == "no sound"
        assert output.is_closed == is_open
        window.advance()
        assert f"No sound: {window.sound.problem}." in window.strip.text
        window.stop_frames()
        window.close()


def _listen(window: LiveWindow, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that collects the messages shown by the window's strip."""
    shown: list[str] = []
    tell = window.strip.tell

    def listen(text: str) -> None:
        tell(text)
        shown.append(window.strip.text)

    monkeypatch.setattr(window.strip, "tell", listen)
    return shown


def test_the_window_says_that_there_is_no_sound_and_why(
    qt_application: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> Any:
        raise NoSound(MISSING[NO_LIBRARY])

    with ScriptedBoard(noise_blocks(2.0)) as board:
        silent = make_window(board, tmp_path)
        sound = Sound(silent._feed, board.clock, none)
        window = LiveWindow(silent._session, silent._feed, silent._theme, sound=sound)
        window.show()
        window.activateWindow()
        assert QTest.qWaitForWindowActive(window, round(1000.0 * DEADLINE_S))
        told = _listen(window, monkeypatch)
        window.start()
        wait_until(qt_application, lambda: any("libportaudio2" in text for text in told))
        QTest.keyClick(window, Qt.Key.Key_M)
        assert window.sound.is_muted
        QTest.keyClick(window, Qt.Key.Key_Minus)
        QTest.keyClick(window, Qt.Key.Key_H)
        QTest.keyClick(window, Qt.Key.Key_O)
        assert (window.sound.volume, window.sound.is_gated, window.sound.channel) == (6, False, 1)
        wait_until(qt_application, lambda: not window.worker.is_running)
        window.stop_frames()
        window.close()
        silent.close()
