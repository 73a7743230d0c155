"""Test whether a window can be opened, in another process, since Qt aborts a process when it cannot start."""

import os
import subprocess
import sys

PROBE = "from PySide6.QtWidgets import QApplication; QApplication([])"
PROBE_TIMEOUT_S = 30.0

LIVE = "twitchscope.live.app:run_live"
BEGIN = "twitchscope.live.begin:begin"
LIVE_OPTIONS = "twitchscope.live.begin:LiveOptions"
PEDAL_KEYS = "twitchscope.live.begin:pedal_keys"
SHOWING = "twitchscope.live.app:Showing"
REVIEW = "twitchscope.review.app:run_review"
REVIEWED = "twitchscope.review.app:Review"
"""Entry points loaded by name, so that only a command that opens a window loads Qt."""

PACKAGES = "libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1 libglib2.0-0 fonts-dejavu-core libxcb-cursor0"
"""Debian and Ubuntu packages that the Qt of PyPI needs from the system; the last one is for X11."""


def window_problem() -> str | None:
    """Return why no window can be opened, in one sentence, or None if one can."""
    if not (has_screen() or os.environ.get("QT_QPA_PLATFORM")):
        return "there is no display: set DISPLAY or WAYLAND_DISPLAY, or QT_QPA_PLATFORM=offscreen for a picture alone"
    try:
        probe = subprocess.run(
            [sys.executable, "-c", PROBE], capture_output=True, text=True, errors="replace", timeout=PROBE_TIMEOUT_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"Qt could not be tried: {error}"
    if probe.returncode == 0:
        return None
    lines = [line for line in probe.stderr.splitlines() if line.strip()]
    reason = lines[-1] if lines else f"status {probe.returncode}"
    return f"Qt does not start here ({reason}); on Debian or Ubuntu install: {PACKAGES}"


def has_screen() -> bool:
    """Return whether there is a display."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
