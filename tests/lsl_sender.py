"""Sender of EMG on the lab streaming layer, for tests."""

import os
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

os.environ.setdefault("LSLAPICFG", str(Path(__file__).with_name("lsl_api.cfg")))
import pylsl  # its library reads the settings at its first use

CHUNK_S = 0.02


def unique_name(what: str = "EMG") -> str:
    """Return a name that no other test on this network uses."""
    return f"{what} {uuid.uuid4().hex[:12]}"


def stream_info(
    name: str,
    n_channels: int = 4,
    rate_hz: float = 500.0,
    *,
    kind: str = "EMG",
    unit: str = "microvolts",
    labels: list[str] | None = None,
    number_format: str = "float32",
) -> Any:
    """Return the description of a stream; without a unit it has no channel metadata."""
    info = pylsl.StreamInfo(name, kind, n_channels, rate_hz, number_format, f"test {name}")
    if unit:
        info.set_channel_labels(labels or [f"Pair {number}" for number in range(1, n_channels + 1)])
        info.set_channel_units(unit)
    return info


@contextmanager
def sending(info: Any, scale: float = 1.0) -> Iterator[Any]:
    """Send noise of 5 units RMS at the stream's rate until the block ends, and yield the outlet."""
    outlet = pylsl.StreamOutlet(info)
    stop = threading.Event()
    thread = threading.Thread(target=_send, args=(outlet, info, scale, stop), name="LSL sender", daemon=True)
    thread.start()
    try:
        yield outlet
    finally:
        stop.set()
        thread.join()


def _send(outlet: Any, info: Any, scale: float, stop: threading.Event) -> None:
    rng = np.random.default_rng(1)
    rate_hz, n_channels, n_sent, begin_s = info.nominal_srate(), info.channel_count(), 0, time.monotonic()
    while not stop.wait(CHUNK_S):
        n_due = int((time.monotonic() - begin_s) * rate_hz) - n_sent
        if n_due:
            outlet.push_chunk(scale * rng.normal(0.0, 5.0, (n_due, n_channels)))
            n_sent += n_due
