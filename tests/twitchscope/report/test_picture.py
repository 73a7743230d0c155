"""Picture of an event: each kind of channel on its own scale, and no mains if the detector removed it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.typing import NDArray

from acquisition.core import Block, BoardInfo, Role, ads1299_channels, make_block
from tests.twitchscope.events import event
from twitchscope.report.picture import save_event_picture

RATE_HZ, MAINS_HZ = 1000.0, 50.02
BAND_HZ = (30.0, 300.0)
ONSET, N_TWITCH = 3000, 60
TWITCH_UV, MAINS_UV, HAND_UV, NEEDLE_UV = 60.0, 300.0, 20_000.0, 2000.0
EVENT = event(3.0, channel="EMG 1", grade="strong", peak_uv=TWITCH_UV, snr_db=30.0)


class Recorded:
    """Six seconds of mains with a twitch, and channels of motion, a needle and an input that is off."""

    def __init__(self) -> None:
        roles = (Role.SURFACE, Role.REFERENCE, Role.NEEDLE, Role.MOTION, Role.OFF)
        channels = ads1299_channels((24.0,) * len(roles))
        named = tuple(replace(one, role=role) for one, role in zip(channels, roles, strict=True))
        self.info = BoardInfo("Scripted", RATE_HZ, named, 0.262 * RATE_HZ)
        time_s = np.arange(6000) / RATE_HZ
        volley = np.sin(2.0 * np.pi * 90.0 * time_s[:N_TWITCH]) * np.hanning(N_TWITCH)
        self.signal_uv = MAINS_UV * np.sin(2.0 * np.pi * MAINS_HZ * time_s)[:, np.newaxis] * (1.0, 0.5, 1.0, 1.0, 1.0)
        self.signal_uv[:, 3] += HAND_UV * np.sin(2.0 * np.pi * 40.0 * time_s)
        self.signal_uv[ONSET : ONSET + N_TWITCH, 0] += TWITCH_UV * volley
        self.signal_uv[ONSET : ONSET + N_TWITCH, 2] += NEEDLE_UV * volley

    def blocks(self) -> Iterator[Block]:
        """Yield the recording as one block."""
        counts = np.round(self.signal_uv / self.info.microvolts_per_count).astype(np.int32)
        yield make_block(0, counts, 0.0)


def _drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mains_hz: float) -> tuple[list[Any], str]:
    """Return the axes of a picture, and its title."""
    figures: list[Figure] = []
    save = Figure.savefig

    def keep(figure: Figure, *arguments: Any, **settings: Any) -> None:
        figures.append(figure)
        save(figure, *arguments, **settings)

    monkeypatch.setattr(Figure, "savefig", keep)
    path = tmp_path / "event.png"
    save_event_picture(Recorded(), EVENT, BAND_HZ, mains_hz, path)  # type: ignore[arg-type]
    assert path.read_bytes().startswith(b"\x89PNG")
    return figures[0].axes, figures[0].get_suptitle()


def _peak_uv(axis: Any) -> float:
    trace_uv: NDArray[np.float64] = axis.lines[0].get_ydata()
    return float(np.abs(trace_uv).max())


def test_what_shakes_and_what_is_off_is_left_out_and_a_needle_has_its_own_scale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    axes, title = _drawn(tmp_path, monkeypatch, MAINS_HZ)
    assert [axis.get_ylabel() for axis in axes] == ["EMG 1", "EMG 2", "EMG 3"]
    skin, reference, needle = (axis.get_ylim()[1] for axis in axes)
    assert skin == reference
    assert skin < 1.5 * TWITCH_UV < needle
    assert "without the mains of 50 Hz" in title
    assert "all pairs on the skin" in axes[-1].get_xlabel()


def test_the_mains_hide_no_twitch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    axes, _ = _drawn(tmp_path, monkeypatch, MAINS_HZ)
    assert _peak_uv(axes[0]) == pytest.approx(TWITCH_UV, rel=0.2)
    assert _peak_uv(axes[1]) < 0.2 * TWITCH_UV
