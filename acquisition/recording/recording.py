"""A recording of whatever format, read as the blocks that a board would have sent."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from acquisition.core import Block, BoardInfo
from acquisition.recording.annotation import Annotation

BLOCK_S = 1.0
"""Length of the blocks of `Recording.blocks` unless asked otherwise."""


class Damage(str):
    """A warning that tells of something missing or unreadable, where others tell what was assumed or left out."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class RecordingHeader:
    """What a file tells before its first sample.

    Attributes
    ----------
    info : BoardInfo
        Channels, rate and scale.
    n_samples : int
        Samples per channel, lost ones included.
    annotations : tuple of Annotation
        In order of onset; lost stretches are joined, padding behind the last sample is left out.
    warnings : tuple of str
        One plain sentence each: what was guessed, repaired or left out; a `Damage` where the file is not whole.
    """

    info: BoardInfo
    n_samples: int
    annotations: tuple[Annotation, ...] = ()
    warnings: tuple[str, ...] = ()


class Recording(ABC):
    """An open recording.

    Attributes
    ----------
    path : Path
        The file.
    header : RecordingHeader
        What it tells, with the user's setup applied.
    """

    path: Path
    header: RecordingHeader

    @property
    def info(self) -> BoardInfo:
        """Channels, rate and scale."""
        return self.header.info

    @property
    def duration_s(self) -> float:
        """Length at the nominal rate, lost samples included."""
        return self.header.n_samples / self.info.sampling_rate_hz

    @abstractmethod
    def blocks(self, n_samples: int | None = None) -> Iterator[Block]:
        """Yield the whole recording as contiguous blocks of `n_samples` (the last may be shorter).

        The default length is about `BLOCK_S`. `Block.arrival_s` is the sample's time since the start of the recording.
        May be called again, and starts over.
        """
