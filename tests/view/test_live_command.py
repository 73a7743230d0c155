import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from acquisition.core import Block
from tests.lsl_sender import pylsl, unique_name
from tests.patience import DEADLINE_S
from tests.twitchscope.conftest import noise_blocks
from tests.view.conftest import HeldBoard, make_window
from twitchscope.display import window_problem
from twitchscope.live.app import Run, Showing

COMMAND = (sys.executable, "-m", "twitchscope", "live")
ENVIRONMENT = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONIOENCODING": "utf-8"}


def _live(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, encoding="utf-8", timeout=DEADLINE_S, env=ENVIRONMENT
    )


def test_the_window_paints_a_trace_is_photographed_and_ends_well(tmp_path: Path) -> None:
    picture = tmp_path / "window.png"
    ended = _live("--exit-after", "2.5", "--screenshot", str(picture), "--out", str(tmp_path / "out"))
    assert ended.returncode == 0, ended.stderr
    assert "session folder" in ended.stdout
    image = QImage(str(picture))
    assert (image.width(), image.height()) == (1280, 720)
    assert len({image.pixel(x, y) for x in range(130, 1270, 3) for y in range(200, 600, 3)}) > 3


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot ask a program to end")
def test_the_window_sends_to_the_lab_streaming_layer_when_asked(tmp_path: Path) -> None:
    name = unique_name()
    arguments = ["--board", "simulated:?seed=1&rate=500&channels=2", "--out", str(tmp_path), "--sound", "off"]
    with subprocess.Popen(
        [*COMMAND, *arguments, "--lsl", name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT
    ) as window:
        try:
            (found,) = pylsl.resolve_byprop("name", f"{name} EMG", 1, DEADLINE_S)
            inlet = pylsl.StreamInlet(found, recover=False)
            values, _ = inlet.pull_sample(DEADLINE_S)
            assert len(values) == 2
            window.terminate()
            _, said = window.communicate(timeout=DEADLINE_S)
            assert window.returncode == 0, said
        finally:
            window.kill()


@pytest.mark.parametrize("is_pipe", [False, True])
def test_a_picture_that_cannot_be_written_is_said(tmp_path: Path, is_pipe: bool) -> None:
    picture = tmp_path / "nowhere" / "window.png"
    if is_pipe and sys.platform != "win32":
        picture = tmp_path / "window.png"
        os.mkfifo(picture)
    ended = _live("--exit-after", "2", "--screenshot", str(picture), "--out", str(tmp_path / "out"))
    assert ended.returncode == 1
    assert ("is there already" if picture.exists() else "is its folder there?") in ended.stderr
    assert (tmp_path / "out").exists() != picture.exists()  # an existing picture is reported before a session starts
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(("blocks", "fails"), [([], True), (noise_blocks(1.0), False)])
def test_a_window_that_painted_no_trace_has_failed(
    blocks: list[Block], fails: bool, qt_application: QApplication, tmp_path: Path
) -> None:
    with HeldBoard(blocks) as board:
        window = make_window(board, tmp_path)
        patience_s = 0.2 if fails else DEADLINE_S  # enough for a slow machine to paint a trace if there is one
        run = Run(qt_application, window, Showing(exit_after_s=0.1, patience_s=patience_s))
        run.until_closed()
    assert (run.failure is not None) == fails
    if run.failure is not None:
        assert "no trace was painted" in str(run.failure)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take no name that is no text")
def test_a_picture_gets_the_very_name_that_was_given(qt_application: QApplication, tmp_path: Path) -> None:
    picture = tmp_path / os.fsdecode(b"z\xff.png")
    with HeldBoard(noise_blocks(1.0)) as board:
        window = make_window(board, tmp_path / "out")
        run = Run(qt_application, window, Showing(exit_after_s=0.1, patience_s=DEADLINE_S, screenshot=picture))
        run.until_closed()
    assert run.failure is None
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_screenshot_without_an_end_is_wrong_usage(tmp_path: Path) -> None:
    ended = _live("--screenshot", str(tmp_path / "window.png"))
    assert ended.returncode == 2


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there is always a display")
def test_a_machine_without_a_display_is_reported_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert "no display" in (window_problem() or "")


def test_a_qt_that_does_not_start_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "no_such_platform")
    assert "Qt does not start here" in (window_problem() or "")
