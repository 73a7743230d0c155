"""Reader of the ``OBCI_xx.TXT`` files that a Cyton writes to its SD card: hexadecimal rows without time stamps."""

import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from acquisition.core import (
    ACCEL_G_PER_COUNT,
    ADS1299_BANDWIDTH_PER_RATE,
    ADS1299_FULL_SCALE_COUNTS,
    AuxChannel,
    Block,
    BoardInfo,
    Channel,
    RecordingError,
    Setup,
    ads1299_microvolts_per_count,
)
from acquisition.recording.assembly import assemble, block_length, contiguous, require_believable
from acquisition.recording.recording import Damage, Recording, RecordingHeader
from acquisition.recording.text.timing.sample_counter import CounterModel, SamplePlaces

ROW = re.compile(rb"([0-9A-Fa-f]{2})((?:,[0-9A-Fa-f]{6}){16}|(?:,[0-9A-Fa-f]{6}){8})((?:,[0-9A-Fa-f]{4}){3})?")
"""Counter, 8 or 16 samples of 24 bits, and in some rows three words of 16 bits."""

LABEL = re.compile(rb"%(?:START|STOP) AT")
"""Label of a start or stop. Most firmware swaps the two words, so they are distinguished by their order alone."""

RATE_LABEL = b"%SamplingFreq:"
HEX_LINE = re.compile(rb"[0-9A-Fa-f]{5,8}")

ASSUMED_GAIN = 24.0
ASSUMED_RATE_HZ = 250.0
COUNTER = CounterModel(1, 256)
ROWS_PER_PIECE = 4096
CHUNK_BYTES = 1 << 20
CARD_BLOCK_BYTES = 512
MAX_PAUSE_S = 3600.0
MAX_TORN_STEP = 8
"""Maximum counter step across a row torn at a block border, which costs a sample or two. A larger step belongs to
another recording."""
FOOTER = b"%Total time"


@dataclass(frozen=True, slots=True)
class _Row:
    counter: int
    samples: bytes
    aux: bytes | None


@dataclass(frozen=True, slots=True)
class _Clock:
    """Clock of the board at a start or stop, in milliseconds."""

    time_ms: int


def is_openbci_sd(head: bytes) -> bool:
    """Return whether a file that begins with `head` is an SD-card log: one of its first lines is a row."""
    lines = head.split(b"\n", 8)[:8]
    return any(ROW.fullmatch(line.rstrip(b"\r")) for line in lines)


class OpenBciSdRecording(Recording):
    """Open SD-card log of a Cyton.

    The rows state neither gain nor rate. Gain 24, the board's default, and 250 Hz are assumed with a warning, unless
    the setup, `sampling_rate_hz` or a footer states them. Data after a NUL, or after a row torn at a card block, are
    stale card data and not read.

    Parameters
    ----------
    path : Path
        The file.
    sampling_rate_hz : float or None
        Rate, where the user knows it.
    setup : Setup
        Channel settings of the user.

    Raises
    ------
    RecordingError
        If there is no row.
    """

    def __init__(self, path: Path, sampling_rate_hz: float | None, setup: Setup) -> None:
        self.path = path
        self._n_channels = _n_channels(path)
        warnings: list[str] = []
        declared_hz = _declared_rate_hz(path)
        self._rate_hz = sampling_rate_hz or declared_hz or ASSUMED_RATE_HZ
        if sampling_rate_hz is None and declared_hz is None:
            warnings.append(f"the file does not state its sampling rate: {ASSUMED_RATE_HZ:g} Hz assumed")
        info = self._info(setup, warnings)
        n_samples = 0
        for block in self._pieces(warnings):
            n_samples = block.end_index
        require_believable(n_samples, self._rate_hz)
        self.header = RecordingHeader(setup.apply(info), n_samples, (), tuple(warnings))

    def blocks(self, n_samples: int | None = None) -> Iterator[Block]:
        """Yield the recording as contiguous blocks."""
        length = block_length(self.info, n_samples)
        yield from assemble(self._pieces([]), self.info, self.header.n_samples, length)

    def _info(self, setup: Setup, warnings: list[str]) -> BoardInfo:
        gains = [setup.of(number).gain or ASSUMED_GAIN for number in range(1, self._n_channels + 1)]
        if any(setup.of(number).gain is None for number in range(1, self._n_channels + 1)):
            warnings.append(f"the file does not state its gains: {ASSUMED_GAIN:g} assumed")
        channels = [
            Channel(f"EXG {number}", ads1299_microvolts_per_count(gain), gain=gain)
            for number, gain in enumerate(gains, start=1)
        ]
        return BoardInfo(
            name="OpenBCI Cyton SD card" if self._n_channels == 8 else "OpenBCI CytonDaisy SD card",
            sampling_rate_hz=self._rate_hz,
            channels=tuple(channels),
            bandwidth_hz=ADS1299_BANDWIDTH_PER_RATE * self._rate_hz,
            aux=tuple(AuxChannel(f"Accel {axis}", "g", ACCEL_G_PER_COUNT) for axis in range(3)),
            counter_bits=8,
        )

    def _pieces(self, warnings: list[str]) -> Iterator[Block]:
        """Yield the rows as blocks; a pause between two recordings on the card becomes a gap."""
        decoder = _RowDecoder(self._n_channels, self._rate_hz)
        stopped_ms: int | None = None
        has_rows = False
        for item in _items(self.path, decoder, warnings):
            if isinstance(item, _Row):
                if stopped_ms is not None:
                    warnings.append("rows behind the end of the recording are stale card data: left out")
                    break
                has_rows = True
                if decoder.add(item):
                    yield from decoder.flush()
            elif has_rows:
                yield from decoder.flush()
                stopped_ms, has_rows = item.time_ms, False
            else:
                if stopped_ms is not None:
                    decoder.pause((item.time_ms - stopped_ms) % 2**32 / 1000.0)
                stopped_ms = None
        yield from decoder.flush()
        if decoder.places.n_restarts:
            warnings.append(f"the sample counter stood still {decoder.places.n_restarts} times")


class _RowDecoder:
    """Decoder of rows to blocks, many rows at once."""

    def __init__(self, n_channels: int, rate_hz: float) -> None:
        self.places = SamplePlaces(COUNTER, rate_hz)
        self.last_counter: int | None = None
        self.n_channels = n_channels
        self._rate_hz = rate_hz
        self._rows: list[_Row] = []
        self._first_index = 0
        self._end_index = 0
        self._aux = np.zeros(3, np.int32)

    def add(self, row: _Row) -> bool:
        """Add a row, and return whether to flush."""
        self._rows.append(row)
        self.last_counter = row.counter
        return len(self._rows) >= ROWS_PER_PIECE

    def pause(self, duration_s: float) -> None:
        """Add a gap, after which the counter restarts. An implausibly long pause becomes a gap of one sample."""
        n_samples = round(duration_s * self._rate_hz) if duration_s <= MAX_PAUSE_S else 1
        self._first_index = self._end_index + max(1, n_samples)
        self.places = SamplePlaces(COUNTER, self._rate_hz)
        self.last_counter = None

    def flush(self) -> Iterator[Block]:
        """Yield the pending rows as blocks without gaps inside."""
        if not self._rows:
            return
        rows, self._rows = self._rows, []
        counters = np.array([row.counter for row in rows], np.float64)
        places = self._first_index + self.places.of(counters, None, len(rows))
        counts = _int24(b"".join(row.samples for row in rows)).reshape(len(rows), self.n_channels)
        np.clip(counts, -ADS1299_FULL_SCALE_COUNTS, ADS1299_FULL_SCALE_COUNTS, out=counts)
        aux = self._held_aux(rows)
        self._end_index = int(places[-1]) + 1
        yield from contiguous(places, counts, aux, np.ones(len(rows), np.bool_))

    def _held_aux(self, rows: list[_Row]) -> NDArray[np.int32]:
        aux = np.empty((len(rows), 3), np.int32)
        for number, row in enumerate(rows):
            if row.aux is not None:
                self._aux = np.frombuffer(bytes.fromhex(row.aux.replace(b",", b"").decode("ascii")), ">i2")
            aux[number] = self._aux
        return aux


def _int24(fields: bytes) -> NDArray[np.int32]:
    """Return ``,XXXXXX,XXXXXX…`` as signed integers."""
    octets = np.frombuffer(bytes.fromhex(fields.replace(b",", b"").decode("ascii")), np.uint8).reshape(-1, 3)
    high = octets[:, 0].astype(np.int8).astype(np.int32)
    result: NDArray[np.int32] = high << 16 | octets[:, 1].astype(np.int32) << 8 | octets[:, 2].astype(np.int32)
    return result


def _items(path: Path, decoder: _RowDecoder, warnings: list[str]) -> Iterator[_Row | _Clock]:
    """Yield rows, starts and stops, until the footer, a NUL, or a torn row followed by unrelated counters."""
    label_is_open, is_torn = False, False
    n_damaged = 0
    for offset, line in _lines(path):
        row = ROW.fullmatch(line)
        if row is not None and _width(row) == decoder.n_channels:
            counter = int(row[1], 16)
            if is_torn and decoder.last_counter is not None and (counter - decoder.last_counter) % 256 > MAX_TORN_STEP:
                warnings.append("the recording ends at a torn row; what follows is stale card data: left out")
                break
            is_torn = False
            yield _Row(counter, row[2], row[3])
        elif label_is_open and HEX_LINE.fullmatch(line):
            yield _Clock(int(line, 16))
        elif line.startswith(FOOTER):
            break
        elif line and not line.startswith(b"%") and not HEX_LINE.fullmatch(line):
            n_damaged += 1
            is_torn |= offset // CARD_BLOCK_BYTES != (offset + len(line)) // CARD_BLOCK_BYTES
        label_is_open = LABEL.match(line) is not None
    if n_damaged:
        warnings.append(Damage(f"{n_damaged} rows cannot be read and count as lost"))


def _width(row: re.Match[bytes]) -> int:
    """Return the number of channels of a row. A row of a different width is damaged, or from another recording."""
    return row[2].count(b",")


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines up to the first NUL, each with its byte offset on the card."""
    rest, offset = b"", 0
    with path.open("rb") as file:
        if file.read(len(BOM_UTF8)) != BOM_UTF8:
            file.seek(0)
        while chunk := file.read(CHUNK_BYTES):
            chunk, nul, _ = chunk.partition(b"\x00")
            lines = (rest + chunk).split(b"\n")
            rest = lines.pop()
            for line in lines:
                yield offset, line.rstrip(b"\r")
                offset += len(line) + 1
            if nul:
                break
            if len(rest) > CHUNK_BYTES:
                raise RecordingError(f"{path} has a line of a million characters: it is no SD-card log")
    if rest:
        yield offset, rest.rstrip(b"\r")


def _n_channels(path: Path) -> int:
    for _, line in _lines(path):
        row = ROW.fullmatch(line)
        if row is not None:
            return _width(row)
    raise RecordingError(f"{path} has no row of an SD-card log")


def _declared_rate_hz(path: Path) -> float | None:
    """Return the rate in the footer that newer firmware writes when the file is full, else None."""
    label_is_open = False
    for _, line in _lines(path):
        if label_is_open and HEX_LINE.fullmatch(line) and int(line, 16) > 0:
            return float(int(line, 16))
        label_is_open = line.startswith(RATE_LABEL)
    return None
