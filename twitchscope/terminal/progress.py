"""Progress bar for long computations on a terminal."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from acquisition.core import Block


@contextmanager
def progress_bar(total_s: float, what: str) -> Iterator[Callable[[float], None]]:
    """Yield a function that takes the seconds of signal processed so far; it draws if standard error is a terminal."""
    if not sys.stderr.isatty():
        yield lambda done_s: None
        return
    from tqdm import tqdm  # only if drawn: importing it takes longer than a short analysis

    with tqdm(total=round(total_s), unit="s", desc=what, leave=False) as bar:

        def progress(done_s: float) -> None:
            bar.update(round(done_s) - bar.n)

        yield progress


def with_progress(blocks: Iterable[Block], n_samples: int, sampling_rate_hz: float, what: str) -> Iterator[Block]:
    """Yield the `blocks` of a signal of `n_samples` and draw the progress."""
    with progress_bar(n_samples / sampling_rate_hz, what) as progress:
        for block in blocks:
            yield block
            progress(block.end_index / sampling_rate_hz)
