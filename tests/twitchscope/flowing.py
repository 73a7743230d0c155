"""A flow without a window, with a signal that the test writes and a journal in memory."""

from typing import Any

import numpy as np

from acquisition.core import BoardInfo, Channel, Role
from twitchscope.entries.sites import SiteLog
from twitchscope.entries.visit import Visit
from twitchscope.live.feed import DetectorState, Samples
from twitchscope.live.flow.machine import Flow, Surroundings
from twitchscope.live.flow.monitor import Monitor
from twitchscope.live.flow.steps import Step

RATE_HZ = 1000.0
UV_PER_COUNT = 0.1
REST_UV = 2.0
BAND_HZ = (30.0, 400.0)
IN_BAND = ((BAND_HZ[1] - BAND_HZ[0]) / (0.5 * RATE_HZ)) ** 0.5
"""Share of white noise's RMS that lies in the band."""


class Source:
    """A signal that the test writes second by second."""

    def __init__(self) -> None:
        channels = (
            Channel("Band A", UV_PER_COUNT, Role.SURFACE, muscle="upper trapezius", side="left", needled_band=True),
            Channel("Remote", UV_PER_COUNT, Role.REFERENCE),
        )
        self.info = BoardInfo("Written", RATE_HZ, channels, 262.0)
        self.state = DetectorState((1.0, 1.0), (True, True), True)
        self._rng = np.random.default_rng(0)
        self._counts = np.empty((0, 2), np.int32)
        self._valid = np.empty(0, np.bool_)

    @property
    def end_index(self) -> int:
        return len(self._counts)

    def samples_from(self, index: int) -> Samples:
        return Samples(index, self._counts[index:], self._valid[index:])

    def add(
        self,
        seconds: float,
        uv: tuple[float, float] = (REST_UV, REST_UV),
        lost: bool = False,
        mains_uv: float = 0.0,
        line_hz: float = 50.0,
    ) -> None:
        """Add noise of these RMS, and mains of this amplitude."""
        n = round(seconds * RATE_HZ)
        noise = self._rng.normal(0.0, 1.0, (n, 2)) * np.array(uv)
        times_s = (self.end_index + np.arange(n)) / RATE_HZ
        noise += mains_uv * np.sin(2.0 * np.pi * line_hz * times_s)[:, np.newaxis]
        self._counts = np.concatenate([self._counts, (noise / UV_PER_COUNT).astype(np.int32)])
        self._valid = np.concatenate([self._valid, np.full(n, not lost)])


class Keeper:
    """Keeps lines, or refuses them."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.is_running = True

    def keep(self, line: dict[str, Any], annotation: str) -> bool:
        if self.is_running:
            self.lines.append(line)
        return self.is_running

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Return the lines of a kind."""
        return [line for line in self.lines if line["kind"] == kind]


class World:
    """A flow and everything around it."""

    def __init__(self, first: Step = Step.ELECTRODES, seconds: float = 3.0) -> None:
        self.source, self.keeper = Source(), Keeper()
        self.sites = SiteLog(self.keeper)
        self.monitor = Monitor(self.source, BAND_HZ)
        self.needle_is_in = False
        self.told: list[str] = []
        self.source.add(seconds)
        self.monitor.advance()
        self.flow = Flow(
            Surroundings(
                sites=self.sites,
                monitor=self.monitor,
                time_s=lambda: self.source.end_index / RATE_HZ,
                needle_is_in=lambda: self.needle_is_in,
                finish=lambda: self.told.append("finish"),
                contract=lambda: self.told.append("contract"),
                site_begins=lambda: self.told.append("begins"),
                site_closed=lambda: self.told.append("closed"),
                visit=Visit(needle_gauge="0.30", needle_length_mm=40.0),
            ),
            first,
        )

    def live(self, seconds: int, uv: tuple[float, float] = (REST_UV, REST_UV), lost: bool = False) -> None:
        """Let some seconds pass."""
        for _ in range(seconds):
            self.source.add(1.0, uv, lost)
            self.monitor.advance()
            self.flow.tick()

    def to(self, step: Step) -> None:
        """Go to a step by its keys."""
        while self.flow.step is not step:
            if self.flow.step in (Step.CONTRACTION, Step.REST):
                assert self.flow.press("X") == ""
            elif self.flow.takes("End"):
                assert self.flow.press("End") == ""
            else:
                assert self.flow.press("G") == ""
