"""Construction of XDF files chunk by chunk, as LabRecorder writes them."""

import struct
from pathlib import Path

import numpy as np


def chunk(tag: int, content: bytes) -> bytes:
    return b"\x04" + struct.pack("<I", len(content) + 2) + struct.pack("<H", tag) + content


BOUNDARY = chunk(5, bytes.fromhex("43a546dccbf5410fb30ed5467383cbe4"))

FORMATS = {"float32": "<f4", "double64": "<f8", "int16": "<i2", "int32": "<i4", "int64": "<i8", "int8": "i1"}


def channel_xml(name: str, unit: str, more: str = "") -> str:
    return f"<channel><label>{name}</label><unit>{unit}</unit>{more}</channel>"


def stream(
    number: int,
    kind: str,
    values: np.ndarray | list[str],
    times_s: np.ndarray,
    rate_hz: float = 500.0,
    channels: tuple[tuple[str, ...], ...] = (),
    name: str = "Amp",
    kept_as: str = "float32",
) -> bytes:
    """Return one stream: header, samples with their time stamps, footer."""
    is_text = isinstance(values, list)
    described = "".join(channel_xml(*channel) for channel in channels)
    header = (
        f"<?xml version='1.0'?><info><name>{name}</name><type>{kind}</type>"
        f"<channel_count>{1 if is_text else values.shape[1]}</channel_count><nominal_srate>{rate_hz}</nominal_srate>"
        f"<channel_format>{'string' if is_text else kept_as}</channel_format><source_id>s{number}</source_id>"
        f"<created_at>0</created_at><desc><channels>{described}</channels></desc></info>"
    )
    identity = struct.pack("<I", number)
    footer = (
        f"<?xml version='1.0'?><info><first_timestamp>{times_s[0]}</first_timestamp>"
        f"<last_timestamp>{times_s[-1]}</last_timestamp><sample_count>{len(values)}</sample_count>"
        "<clock_offsets></clock_offsets></info>"
    )
    samples = samples_chunk(number, values, times_s, kept_as)
    return chunk(2, identity + header.encode()) + samples + chunk(6, identity + footer.encode())


def samples_chunk(number: int, values: np.ndarray | list[str], times_s: np.ndarray, kept_as: str = "float32") -> bytes:
    content = struct.pack("<I", number) + b"\x04" + struct.pack("<I", len(values))
    for value, time_s in zip(values, times_s, strict=True):
        content += b"\x08" + struct.pack("<d", time_s)
        if isinstance(value, str):
            content += b"\x01" + struct.pack("<B", len(value.encode())) + value.encode()
        else:
            content += np.asarray(value, FORMATS[kept_as]).tobytes()
    return chunk(3, content)


def without_footer(one_stream: bytes) -> bytes:
    return one_stream[: one_stream.rindex(b"<?xml") - 11]


def write(path: Path, *streams: bytes) -> Path:
    header = chunk(1, b"<?xml version='1.0'?><info><version>1.0</version></info>")
    path.write_bytes(b"XDF:" + header + b"".join(streams))
    return path


def named(*names: str, unit: str = "uV") -> tuple[tuple[str, str], ...]:
    return tuple((name, unit) for name in names)


def stamps(n_samples: int, rate_hz: float = 500.0) -> np.ndarray:
    jitter_s = np.random.default_rng(5).uniform(-2e-4, 2e-4, n_samples)
    return 1000.0 + np.arange(n_samples) / rate_hz + jitter_s


def even(n_samples: int, rate_hz: float) -> np.ndarray:
    return 1000.0 + np.arange(n_samples) / rate_hz
