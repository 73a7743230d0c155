"""Recording of any format, read as the blocks that a board would have sent."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from acquisition.core import Block, BoardInfo
from acquisition.recording.annotation import Annotation

BLOCK_S = 1.0
"""Default length of the blocks of `Recording.blocks`."""


class Damage(str):
    """Warning about missing or unreadable data. Other warnings report what was assumed or omitted."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class RecordingHeader:
    """Metadata of a recording, available before its first sample.

    Attributes
    ----------
    info : BoardInfo
        Channels, rate and scale.
    n_samples : int
        Samples per channel, including lost ones.
    annotations : tuple of Annotation
        In order of onset. Lost stretches are merged; padding after the last sample is omitted.
    warnings : tuple of str
        One plain sentence each: what was guessed, repaired or omitted. A `Damage` where the file is incomplete.
    """

    info: BoardInfo
    n_samples: int
    annotations: tuple[Annotation, ...] = ()
    warnings: tuple[str, ...] = ()


class Recording(ABC):
    """Open recording.

    Attributes
    ----------
    path : Path
        The file.
    header : RecordingHeader
        Its metadata, with the user's setup applied.
    """

    path: Path
    header: RecordingHeader

    @property
    def info(self) -> BoardInfo:
        """Channels, rate and scale."""
        return self.header.info

    @property
    def duration_s(self) -> float:
        """Duration at the nominal rate, including lost samples."""
        return self.header.n_samples / self.info.sampling_rate_hz

    @abstractmethod
    def blocks(self, n_samples: int | None = None) -> Iterator[Block]:
        """Yield the whole recording as contiguous blocks of `n_samples` (the last may be shorter).

        The default length is about `BLOCK_S`. `Block.arrival_s` is the time of the last sample since the start of the
        recording. Each call starts over.
        """
