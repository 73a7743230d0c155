"""What a recorded session is worth: its samples that are not lost, and the findings of `check`."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from acquisition import read_recording
from bench.reliability.programs import only_folder
from twitchscope.saved.checking import check


def valid_samples(out: Path) -> NDArray[np.bool_]:
    """Return which samples of the only session in `out` are not lost, shape (n_samples,)."""
    return np.concatenate([block.valid for block in read_recording(only_folder(out)).blocks()])


def state(out: Path) -> tuple[str, bool]:
    """Return length and findings of the only session in `out` as text, and whether it is valid."""
    folder = only_folder(out)
    wrong = [finding.text for finding in check(folder) if finding.is_wrong]
    text = f"{read_recording(folder).duration_s:.1f} s in the file, `check`: {'; '.join(wrong) or 'nothing wrong'}"
    document = json.loads((folder / "session.json").read_text("utf-8"))
    return text, not wrong and "board" in document
