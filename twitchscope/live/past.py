"""Paused and scrolled-back view of the running session, read from the ring buffer or, further back, from the file."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from acquisition.core import BoardInfo, RecordingError
from acquisition.recording import read_window
from twitchscope.live.feed import DetectorState, Feed, Samples
from twitchscope.live.lanes.traces import Traces
from twitchscope.live.look.theme import Theme
from twitchscope.words import tr


class PastView:
    """Signal of a feed up to `end_index`.

    Parameters
    ----------
    feed : Feed
        Feed of the running session.
    recording_path : callable
        Returns the path of the recording, None while there is none.

    Attributes
    ----------
    end_index : int
        Index after the last sample to be shown.
    problem : str
        Why the signal cannot be read; empty otherwise.
    """

    def __init__(self, feed: Feed, recording_path: Callable[[], Path | None]) -> None:
        self.end_index = 0
        self.problem = ""
        self._feed = feed
        self._recording_path = recording_path

    @property
    def info(self) -> BoardInfo:
        """Channels, sampling rate and scale."""
        return self._feed.info

    @property
    def state(self) -> DetectorState:
        """Current baselines; every channel counts as usable, since past usability is not stored."""
        now = self._feed.state
        return DetectorState(now.baseline_rms_uv, (True,) * len(now.is_usable), now.baseline_is_learnt)

    def samples_from(self, index: int) -> Samples:
        """Return the available samples from `index` to the end of the view."""
        self.problem = ""
        kept = self._feed.samples_from(index)
        n_kept = max(0, self.end_index - kept.first_index)
        recent = Samples(kept.first_index, kept.counts[:n_kept], kept.valid[:n_kept])
        if kept.first_index <= index:
            return recent
        written = self._read(index, min(kept.first_index, self.end_index) - index)
        if index + len(written.counts) < kept.first_index:  # the file ends before the ring buffer begins
            return written if len(written.counts) else recent
        return Samples(
            index,
            np.concatenate([written.counts, recent.counts]),
            np.concatenate([written.valid, recent.valid]),
        )

    def _read(self, index: int, n_samples: int) -> Samples:
        path = self._recording_path()
        counts = np.empty((0, self.info.n_channels), np.int32)
        if path is not None:
            try:
                counts = read_window(path, self.info.n_channels, index, n_samples)
            except RecordingError as error:
                self.problem = str(error)
        return Samples(index, counts, self._feed.valid_at(index, len(counts)))


class PastPage(QWidget):
    """Page with a `PastView` under a banner, so that it is not taken for the present.

    Parameters
    ----------
    view : PastView
        Displayed signal.
    feed : Feed
        Feed of the running session.
    theme : Theme
        Colours.

    Attributes
    ----------
    is_over : bool
        Whether the recording has ended.
    """

    def __init__(self, view: PastView, feed: Feed, theme: Theme) -> None:
        super().__init__()
        self.traces = Traces(view, theme)
        self.traces.setAccessibleName(tr("channels, paused"))
        self.is_over = False
        self._view = view
        self._feed = feed
        self._label = QLabel()
        self._label.setObjectName("banner")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._label)
        layout.addWidget(self.traces, 1)

    @property
    def banner(self) -> str:
        """Text of the banner."""
        if self._view.problem:
            return f"▲ {self._view.problem}"
        back_s = max(0.0, (self._feed.end_index - self._view.end_index) / self._view.info.sampling_rate_hz)
        text = (
            tr("PAUSED, {seconds} s back · the recording has ended · ← → scroll · Z or Escape: its end")
            if self.is_over
            else tr("PAUSED, {seconds} s back · the recording goes on · ← → scroll · Z or Escape: now")
        )
        return text.format(seconds=f"{back_s:.0f}")

    def advance(self) -> None:
        """Update the banner."""
        self._label.setText(self.banner)
