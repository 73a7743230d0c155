"""Construction of EDF and BDF files field by field, as other programs may write them, independent of BdfWriter."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np


@dataclass
class Signal:
    """Fields of one signal as another program may write them."""

    values: np.ndarray
    label: str = "EMG"
    dimension: str = "uV"
    physical: tuple[str, str] = ("-187500", "187500")
    digital: tuple[str, str] = ("-8388607", "8388607")
    n_samples: str = ""
    transducer: str = ""


@dataclass
class File:
    """EDF or BDF file constructed field by field, independent of BdfWriter."""

    signals: list[Signal]
    sample_bytes: int = 3
    n_records: int = 4
    n_records_text: str = ""
    duration: str = "1"
    kind: str = "BDF+C"
    n_signals_text: str = ""
    header_bytes_text: str = ""
    recording: str = "Startdate X X X X"
    tals: list[bytes] = field(default_factory=list)
    tal_first: bool = False

    def write(self, path: Path) -> Path:
        path.write_bytes(self.header() + self.data())
        return path

    def all_signals(self) -> list[Signal]:
        if not self.tals:
            return self.signals
        label = "BDF Annotations" if self.sample_bytes == 3 else "EDF Annotations"
        n_bytes = self.sample_bytes * -(-max(len(tal) for tal in self.tals) // self.sample_bytes)
        raw = b"".join(tal.ljust(n_bytes, b"\x00") for tal in self.tals)
        values = np.frombuffer(raw, np.uint8).reshape(self.n_records, -1)
        low, high = -(2 ** (8 * self.sample_bytes - 1)), 2 ** (8 * self.sample_bytes - 1) - 1
        signal = Signal(values, label, "", ("-1", "1"), (str(low), str(high)), str(n_bytes // self.sample_bytes))
        return [signal, *self.signals] if self.tal_first else [*self.signals, signal]

    def header(self) -> bytes:
        signals = self.all_signals()
        version = b"\xffBIOSEMI" if self.sample_bytes == 3 else b"0       "
        texts = [
            ("X X X X", 80),
            (self.recording, 80),
            ("01.02.26", 8),
            ("03.04.05", 8),
            (self.header_bytes_text or str(256 * (len(signals) + 1)), 8),
            (self.kind, 44),
            (self.n_records_text or str(self.n_records), 8),
            (self.duration, 8),
            (self.n_signals_text or str(len(signals)), 4),
        ]
        columns = [
            ([signal.label for signal in signals], 16),
            ([signal.transducer for signal in signals], 80),
            ([signal.dimension for signal in signals], 8),
            ([signal.physical[0] for signal in signals], 8),
            ([signal.physical[1] for signal in signals], 8),
            ([signal.digital[0] for signal in signals], 8),
            ([signal.digital[1] for signal in signals], 8),
            ([""] * len(signals), 80),
            ([signal.n_samples or str(len(signal.values) // self.n_records) for signal in signals], 8),
            ([""] * len(signals), 32),
        ]
        texts += [(text, width) for column, width in columns for text in column]
        return version + b"".join(text.encode("latin-1").ljust(width)[:width] for text, width in texts)

    def data(self) -> bytes:
        parts = []
        for record in range(self.n_records):
            for signal in self.all_signals():
                if signal.values.dtype == np.uint8:
                    parts.append(signal.values[record].tobytes())
                    continue
                n_samples = len(signal.values) // self.n_records
                values = signal.values[record * n_samples : (record + 1) * n_samples]
                parts += [int(value).to_bytes(self.sample_bytes, "little", signed=True) for value in values]
        return b"".join(parts)


def ramp(n_samples: int = 400, step: int = 7) -> np.ndarray:
    return np.arange(n_samples, dtype=np.int64) * step - 1000


def onset(time_s: float, *notes: str) -> bytes:
    return f"+{time_s:g}\x14\x14\x00".encode() + b"".join(f"{note}\x14\x00".encode() for note in notes)
