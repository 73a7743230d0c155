"""Reader of BDF, BDF+, EDF and EDF+ files from TwitchScope and other programs, in bounded memory."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from acquisition.core import (
    GUESSED_BANDWIDTH_PER_RATE,
    NOT_OF_MUSCLE,
    AmplitudeUnit,
    Block,
    BoardInfo,
    Channel,
    RecordingError,
    Role,
    Setup,
    brief_list,
    distinct_names,
    microvolts_per_unit,
)
from acquisition.recording.annotation import LOST_TEXT, PADDING_TEXT, Annotation
from acquisition.recording.assembly import assemble, block_length, mark_lost, require_believable
from acquisition.recording.bdf.channels import (
    DIGITAL_MAX,
    aux_of_signal,
    channel_of_signal,
    channels_of_signals,
    guesses,
    is_aux,
    is_raw,
    recording_facts,
    signals_are_in_counts,
    unit_of,
)
from acquisition.recording.bdf.header import SignalHeader
from acquisition.recording.bdf.rails import look_for_rails
from acquisition.recording.bdf.records import BdfRecords
from acquisition.recording.bdf.tal import lone_record_onset_s, parse_tals
from acquisition.recording.lost_stretches import Stretch, merged
from acquisition.recording.recording import Damage, Recording, RecordingHeader

LOST_TEXTS = (LOST_TEXT, "BAD_ACQ_SKIP")
"""Texts of annotations over lost samples: that of TwitchScope, and that of MNE."""

RATE_TOLERANCE = 1e-4
"""Maximum relative deviation of the rate in TwitchScope's recording field from that of record length and duration."""

MAX_COUNTS = 2**31 - 1


class BdfRecording(Recording):
    """Open BDF or EDF file.

    Parameters
    ----------
    path : Path
        The file.
    setup : Setup
        Channel settings of the user.

    Raises
    ------
    RecordingError
        If there is no whole record or no signal, or the header is implausible.
    """

    def __init__(self, path: Path, setup: Setup) -> None:
        self.path = path
        self._records = BdfRecords(path)
        warnings: list[str] = []
        self._n_records = _n_records(self._records, warnings)
        self._columns = _choose_columns(self._records.header.signals, warnings)
        info = _info(self._records, self._columns, self._n_records, warnings)
        n_in_record = self._columns.n_in_record
        timing = _read_timing(self._records, self._n_records, info.sampling_rate_hz, n_in_record, warnings)
        self._starts = timing.starts
        n_samples = int(timing.starts[-1]) + n_in_record if timing.starts is not None else n_in_record * self._n_records
        require_believable(n_samples, info.sampling_rate_hz)
        lost, n_samples = _lost_and_length(timing, info.sampling_rate_hz, n_samples)
        self._lost = lost
        self.header = RecordingHeader(
            setup.apply(info), n_samples, _with_lost(timing.annotations, lost, info.sampling_rate_hz), tuple(warnings)
        )

    def blocks(self, n_samples: int | None = None) -> Iterator[Block]:
        """Yield the recording as contiguous blocks."""
        length = block_length(self.info, n_samples)
        yield from assemble(mark_lost(self._pieces(), self._lost), self.info, self.header.n_samples, length)

    def _pieces(self) -> Iterator[Block]:
        columns = self._columns
        shift = np.array(columns.offsets, np.int32)
        sign = np.array(columns.signs, np.int32)
        coarser = np.array(columns.coarser_bits, np.int32)
        is_plain = not shift.any() and not coarser.any() and bool(np.all(sign == 1))
        n_channels = len(columns.channels)
        for record, start, digital in self._records.parts((*columns.channels, *columns.aux), self._n_records):
            values = digital if is_plain else ((digital + shift) * sign) >> coarser
            n_in_record = columns.n_in_record
            if self._starts is None:
                yield _piece(record * n_in_record + start, values, n_channels)
                continue
            for offset in range(0, len(values), n_in_record):
                first_index = int(self._starts[record + offset // n_in_record]) + start
                yield _piece(first_index, values[offset : offset + n_in_record], n_channels)


@dataclass(frozen=True, slots=True)
class _Columns:
    """Signal numbers of channels and aux columns, and the conversion of their digital values to counts.

    Where zero is far from the middle of the range, counts lose their lowest bits, because a session stores 24.
    """

    channels: tuple[int, ...]
    aux: tuple[int, ...]
    offsets: tuple[int, ...]
    signs: tuple[int, ...]
    coarser_bits: tuple[int, ...]
    n_in_record: int


@dataclass(frozen=True, slots=True)
class _Timing:
    """Annotations relative to sample 0, and the first sample of each record where records may be apart.

    `lost` contains the samples of records that were never written.
    """

    annotations: list[Annotation]
    starts: NDArray[np.int64] | None
    lost: list[Stretch]


def _piece(first_index: int, values: NDArray[np.int32], n_channels: int) -> Block:
    valid = np.ones(len(values), np.bool_)
    return Block(first_index, values[:, :n_channels], values[:, n_channels:], valid, 0.0)


def _n_records(records: BdfRecords, warnings: list[str]) -> int:
    n_claimed, n_whole = records.header.n_records, records.n_whole
    if n_whole == 0:
        raise RecordingError(
            f"{records.path} holds no whole record: expected {records.header.record_bytes} bytes behind the header; "
            "the recording was cut off at its start"
        )
    if n_claimed < 1:
        warnings.append(
            Damage(f"the header does not state how many records there are: {n_whole} whole ones were found")
        )
        return n_whole
    if n_claimed > n_whole:
        text = f"the file is cut short: the header states {n_claimed} records, {n_whole} whole ones are there"
        warnings.append(Damage(text))
    return min(n_claimed, n_whole)


def _choose_columns(signals: tuple[SignalHeader, ...], warnings: list[str]) -> _Columns:
    wanted = [number for number, signal in enumerate(signals) if not signal.is_annotations]
    emg = [number for number in wanted if not is_aux(signals[number])] or wanted
    if not emg:
        raise RecordingError("the file holds annotations and no signal")
    n_in_record = max(signals[number].n_samples for number in _of_muscle(signals, emg))
    left_out = [signals[number].label for number in wanted if signals[number].n_samples != n_in_record]
    if left_out:
        warnings.append(f"left out because they have another sampling rate: {', '.join(left_out)}")
    channels = tuple(number for number in emg if signals[number].n_samples == n_in_record)
    aux = tuple(n for n in wanted if n not in emg and signals[n].n_samples == n_in_record)
    both = [signals[number] for number in (*channels, *aux)]
    for signal in both:
        if abs(signal.offset_counts) + max(abs(signal.digital_min), abs(signal.digital_max)) > MAX_COUNTS:
            raise RecordingError(
                f"channel {signal.label!r} goes from {signal.physical_min} to {signal.physical_max}: its zero lies "
                "outside of all counts, the header is damaged"
            )
    return _Columns(
        channels,
        aux,
        tuple(signal.offset_counts for signal in both),
        tuple(1 if signal.unit_per_count > 0 else -1 for signal in both),
        tuple(_bits_beyond_24(signals[number]) for number in channels) + (0,) * len(aux),
        n_in_record,
    )


def _bits_beyond_24(signal: SignalHeader) -> int:
    largest = max(abs(end + signal.offset_counts) for end in (signal.digital_min, signal.digital_max))
    return max(0, (largest - 1).bit_length() - DIGITAL_MAX.bit_length())


def _of_muscle(signals: tuple[SignalHeader, ...], numbers: list[int]) -> list[int]:
    """Return the signals that may be from a muscle: those in units of volts if there are any, otherwise all."""
    found = [number for number in numbers if channel_of_signal(signals[number], "").role not in NOT_OF_MUSCLE]
    return [number for number in found if microvolts_per_unit(unit_of(signals[number]))] or found or numbers


def _info(records: BdfRecords, columns: _Columns, n_records: int, warnings: list[str]) -> BoardInfo:
    header = records.header
    facts = recording_facts(header.recording)
    rate_hz = float(Fraction(columns.n_in_record) / header.record_duration)
    if facts.rate_hz is not None and abs(facts.rate_hz / rate_hz - 1.0) < RATE_TOLERANCE:
        rate_hz = facts.rate_hz
    require_believable(n_records * columns.n_in_record, rate_hz)
    signals = [header.signals[number] for number in columns.channels]
    warnings += guesses(signals)
    channels, full_scale_counts = _with_full_scales(records, columns, n_records, rate_hz, warnings)
    return BoardInfo(
        name=facts.board or ("BDF recording" if header.sample_bytes == 3 else "EDF recording"),
        sampling_rate_hz=rate_hz,
        channels=channels,
        bandwidth_hz=facts.bandwidth_hz or GUESSED_BANDWIDTH_PER_RATE * rate_hz,
        aux=tuple(aux_of_signal(header.signals[number]) for number in columns.aux),
        counter_bits=facts.counter_bits,
        full_scale_counts=facts.full_scale_counts or full_scale_counts,
        amplitude_unit=AmplitudeUnit.COUNTS if signals_are_in_counts(signals) else AmplitudeUnit.MICROVOLTS,
    )


def _with_full_scales(
    records: BdfRecords, columns: _Columns, n_records: int, rate_hz: float, warnings: list[str]
) -> tuple[tuple[Channel, ...], int]:
    """Return the channels, and the full scale of the recording in counts.

    A channel has a full scale of its own where it differs from that one; 0 means unknown.
    """
    signals = [records.header.signals[number] for number in columns.channels]
    channels = channels_of_signals(signals, distinct_names([signal.label for signal in signals], "EMG"))
    places = {number: place for place, number in enumerate(columns.channels) if not is_raw(signals[place])}
    scales_uv = {number: channels[place].microvolts_per_count for number, place in places.items()}
    rails = look_for_rails(records, scales_uv, n_records, rate_hz)
    ends = {number: one.full_scale_counts >> columns.coarser_bits[places[number]] for number, one in rails.items()}
    largest = max(ends.values(), default=DIGITAL_MAX)
    fitted = []
    for number, place in places.items():
        own = ends[number] if rails[number].are_known else 0
        scale_uv = scales_uv[number] * 2 ** columns.coarser_bits[place]
        own_or_none = None if own == largest else own
        channels[place] = replace(channels[place], microvolts_per_count=scale_uv, full_scale_counts=own_or_none)
        if rails[number].are_fitted and channels[place].role is not Role.OFF:
            fitted.append(channels[place].name)
    if fitted:
        warnings.append(
            "hardly any sample reaches the ends of the range in the header, which was fitted to the data, it seems; "
            f"at what value these channels are cut off is not known: {brief_list(fitted)}"
        )
    return tuple(channels), largest


def _read_timing(records: BdfRecords, n_records: int, rate_hz: float, n_in_record: int, warnings: list[str]) -> _Timing:
    numbers = [number for number, signal in enumerate(records.header.signals) if signal.is_annotations]
    if not numbers:
        return _Timing([], None, [])
    found: list[Annotation] = []
    onsets_s = np.full(n_records, np.nan)
    for first, columns in records.batches(numbers, n_records):
        for record in range(len(columns[0])):
            raw = [column[record].tobytes() for column in columns]
            lone_s = lone_record_onset_s(raw[0]) if len(raw) == 1 else None
            if lone_s is not None:
                onsets_s[first + record] = lone_s
                continue
            annotations = [note for one in raw for note in parse_tals(one)]
            keeping = [note.onset_s for note in annotations if not note.text]
            onsets_s[first + record] = keeping[0] if keeping else np.nan
            found += [note for note in annotations if note.text]
    start_s = float(onsets_s[0]) if np.isfinite(onsets_s[0]) else 0.0
    notes = [Annotation(note.onset_s - start_s, note.duration_s, note.text) for note in found] if start_s else found
    starts = None
    if records.header.is_discontinuous:
        starts = _record_starts(onsets_s - start_s, rate_hz, n_in_record, warnings)
    return _Timing(notes, starts, _unwritten(records, np.isnan(onsets_s), starts, n_in_record, warnings))


def _unwritten(
    records: BdfRecords,
    is_without_time: NDArray[np.bool_],
    starts: NDArray[np.int64] | None,
    n_in_record: int,
    warnings: list[str],
) -> list[Stretch]:
    """Return the samples of records that were never written to the disk, as after a power cut.

    A record without a time stamp, where others have one, is lost in a file written by TwitchScope, and so is the next
    one where it begins with zeros. Other programs may omit the time; there, only records of zeros are lost.
    """
    if not is_without_time.any() or is_without_time.all():
        return []
    numbers = [number for number, signal in enumerate(records.header.signals) if not signal.is_annotations]
    if any(is_raw(records.header.signals[number]) for number in numbers):
        is_next = np.concatenate(([False], is_without_time[:-1])) & ~is_without_time
        is_lost = is_without_time | _blank(records, numbers[:1], is_next)
    else:
        is_lost = _blank(records, numbers, is_without_time)
    if is_lost.any():
        how_many = f"{np.count_nonzero(is_lost)} of {len(is_lost)} records"
        warnings.append(Damage(f"{how_many} did not come to the disk whole, as in a power cut: counted as lost"))
    begins = np.arange(len(is_lost)) * n_in_record if starts is None else starts
    return merged((int(begin), int(begin) + n_in_record) for begin in begins[is_lost])


def _blank(records: BdfRecords, numbers: list[int], is_selected: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which of the selected records contain only zeros in some signals."""
    is_blank, selected = is_selected.copy(), np.flatnonzero(is_selected)
    if selected.size:
        for record, columns in records.batches(numbers, int(selected[-1]) + 1, int(selected[0])):
            for column in columns:
                is_blank[record : record + len(column)] &= ~column.any(axis=1)
    return is_blank


def _record_starts(
    onsets_s: NDArray[np.float64], rate_hz: float, n_in_record: int, warnings: list[str]
) -> NDArray[np.int64]:
    """Return the first sample of each record. A record that overlaps the previous one is moved to its end."""
    require_believable(int(min(float(np.nanmax(np.abs(onsets_s), initial=0.0)), 1e12) * rate_hz), rate_hz)
    starts = np.empty(len(onsets_s), np.int64)
    index, n_early = 0, 0
    for record, onset_s in enumerate(onsets_s):
        claimed = round(onset_s * rate_hz) if np.isfinite(onset_s) else index
        n_early += claimed < index
        starts[record] = index = max(index, claimed)
        index += n_in_record
    if n_early:
        warnings.append(Damage(f"{n_early} records claim to begin before the end of the one before: put behind it"))
    return starts


def _lost_and_length(timing: _Timing, rate_hz: float, n_samples: int) -> tuple[list[Stretch], int]:
    """Return the lost stretches, and the length without the padding at the end."""
    notes = timing.annotations
    padding = merged(_stretch(note, rate_hz, n_samples) for note in notes if note.text == PADDING_TEXT)
    if padding and padding[-1][1] == n_samples and padding[-1][0] > 0:
        n_samples = padding[-1][0]
    lost = [_stretch(note, rate_hz, n_samples) for note in notes if note.text in LOST_TEXTS]
    return merged([*lost, *timing.lost]), n_samples


def _stretch(note: Annotation, rate_hz: float, n_samples: int) -> Stretch:
    start, stop = round(note.onset_s * rate_hz), round((note.onset_s + note.duration_s) * rate_hz)
    return max(0, min(start, n_samples)), max(0, min(stop, n_samples))


def _with_lost(annotations: list[Annotation], lost: list[Stretch], rate_hz: float) -> tuple[Annotation, ...]:
    """Return the annotations in order of onset, with lost stretches merged and padding omitted.

    An annotation of zero duration is a marker of the user, whatever its text.
    """
    kept = [note for note in annotations if note.duration_s == 0.0 or note.text not in (*LOST_TEXTS, PADDING_TEXT)]
    kept += [Annotation(start / rate_hz, (stop - start) / rate_hz, LOST_TEXT) for start, stop in lost]
    return tuple(sorted(kept, key=lambda note: note.onset_s))
