"""Base of all recordings in text: rows of numbers, an optional counter, and conversion of µV to counts."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from acquisition.core import (
    AmplitudeUnit,
    Block,
    BoardInfo,
    Channel,
    RecordingError,
    Role,
    Setup,
    brief_list,
)
from acquisition.recording.assembly import assemble, block_length, contiguous, require_believable
from acquisition.recording.recording import Damage, Recording, RecordingHeader
from acquisition.recording.scale import RAIL_TOLERANCE, whole_counts
from acquisition.recording.text.amplitudes import (
    MOST_UV,
    Amplitudes,
    Found,
    coarse_warnings,
    hole_warnings,
    unit_warnings,
)
from acquisition.recording.text.format import TextFormat
from acquisition.recording.text.timing.clock_losses import LossClock
from acquisition.recording.text.timing.sample_counter import NONE_LONGER, CounterModel, SamplePlaces, detect_counter
from acquisition.recording.text.timing.time_gaps import TimeGaps

CLOCK_TOLERANCE_S = 0.5
CLOCK_TOLERANCE = 0.005
"""Excess of the span of the time stamps over that of the samples, in s and as a share, reported as possible losses."""

LARGEST_UV = 5e12 / RAIL_TOLERANCE**2
"""Maximum amplitude of a voltage; the coarsest scale reaches slightly farther."""

MILLISECONDS_FROM = 1e11
"""Unix times above this are milliseconds: it is the year 5138 in seconds and 1973 in milliseconds."""


@dataclass(slots=True)
class _Survey:
    """Results of the first pass over a file."""

    n_rows: int = 0
    n_samples: int = 0
    n_unreadable: int = 0
    first_time_s: float = np.nan
    last_time_s: float = np.nan
    model: CounterModel | None = None
    longer: NDArray[np.int64] = field(default_factory=lambda: NONE_LONGER)
    warnings: list[str] = field(default_factory=list)
    warnings_by_times: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    places: NDArray[np.int64]
    signal_uv: NDArray[np.float64]
    aux: NDArray[np.float64]
    counters: NDArray[np.float64] | None
    times_s: NDArray[np.float64] | None


class TextRecording(Recording):
    """Open recording in text. The file is read once when it is opened, and once for each `blocks`.

    Parameters
    ----------
    text : TextFormat
        Result of the format's own reader.
    setup : Setup
        Channel settings of the user.

    Raises
    ------
    RecordingError
        If there is no readable row.
    """

    def __init__(self, text: TextFormat, setup: Setup) -> None:
        self.path = text.table.path
        self._text = text
        self._factors = np.array([channel.microvolts_per_unit for channel in text.channels])
        self._offsets_uv = self._factors * [channel.zero for channel in text.channels]
        survey, found = self._survey()
        self._model, self._longer = survey.model, survey.longer
        self._turn_off_too_large(survey, found)
        self._scales = [
            channel.scale or text.choose_scale(min(float(largest_uv), LARGEST_UV))
            for channel, largest_uv in zip(text.channels, found.largest_uv, strict=True)
        ]
        self._full_scale_counts = np.array([scale.full_scale_counts for scale in self._scales], np.float64)
        self._microvolts_per_count = np.array([scale.microvolts_per_count for scale in self._scales])
        self.header = RecordingHeader(
            setup.apply(self._info()),
            survey.n_samples,
            (),
            (*text.warnings, *survey.warnings, *self._amplitude_warnings(found)),
        )
        if text.even_times is not None:  # the losses are known now, and times of day are slow to parse
            table = replace(text.table, columns=text.table.columns[:-1], day_time=None)
            self._text = replace(self._text, table=table, has_time=False, even_times=None)

    def blocks(self, n_samples: int | None = None) -> Iterator[Block]:
        """Yield the recording as contiguous blocks."""
        length = block_length(self.info, n_samples)
        yield from assemble(self._pieces(), self.info, self.header.n_samples, length)

    def _turn_off_too_large(self, survey: _Survey, found: Found) -> None:
        """Switch off the channels with values too large for a voltage, with a warning.

        Raises
        ------
        RecordingError
            If no channel that is switched on remains.
        """
        is_too_large = found.largest_uv > LARGEST_UV
        channels = tuple(
            replace(channel, role=Role.OFF, is_unit_guessed=False) if is_one and channel.scale is None else channel
            for channel, is_one in zip(self._text.channels, is_too_large, strict=True)
        )
        if not is_too_large.any() or channels == self._text.channels:
            return
        if all(channel.role is Role.OFF for channel in channels):
            raise RecordingError(f"there are values up to {found.largest_uv.max():g} µV: these columns are no EMG")
        off = [f"{self._names[number]} ({found.largest_uv[number]:.3g} µV)" for number in np.flatnonzero(is_too_large)]
        survey.warnings.append(f"not watched, as their values are no voltages: {brief_list(off)}")
        self._text = replace(self._text, channels=channels)

    def _info(self) -> BoardInfo:
        text = self._text
        full_scale_counts = self._scales[0].full_scale_counts
        channels = tuple(
            Channel(
                channel.name,
                scale.microvolts_per_count,
                channel.role,
                full_scale_counts=None if scale.full_scale_counts == full_scale_counts else scale.full_scale_counts,
            )
            for channel, scale in zip(text.channels, self._scales, strict=True)
        )
        return BoardInfo(
            name=text.board,
            sampling_rate_hz=text.sampling_rate_hz,
            channels=channels,
            bandwidth_hz=text.bandwidth_hz,
            aux=text.aux,
            counter_bits=0 if self._model is None else 8,
            full_scale_counts=full_scale_counts,
            amplitude_unit=text.amplitude_unit,
        )

    def _survey(self) -> tuple[_Survey, Found]:
        text, survey = self._text, _Survey()
        is_in_microvolts = text.amplitude_unit is AmplitudeUnit.MICROVOLTS
        amplitudes = Amplitudes(self._n_channels, MOST_UV if is_in_microvolts else np.inf)
        places = SamplePlaces(None, text.sampling_rate_hz)
        clock: LossClock | None = None
        gaps = None if text.even_times is None else TimeGaps(text.even_times.rate_hz, text.even_times.resolution_s)
        for number, chunk in enumerate(text.table.chunks(survey.warnings)):
            if number == 0 and (model := self._detect_counter(chunk)) is not None:
                survey.model = model
                places = SamplePlaces(model, text.sampling_rate_hz)
                clock = LossClock(model, text.sampling_rate_hz)
            survey.n_unreadable += self._n_unreadable(chunk, survey.model)
            survey.n_rows += len(chunk)
            rows = self._rows(chunk, places)
            amplitudes.add(rows.signal_uv)
            if len(rows.places):
                survey.n_samples = int(rows.places[-1]) + 1
            if clock is not None and rows.counters is not None and rows.times_s is not None:
                clock.add(rows.times_s, rows.counters, rows.places)
            if gaps is not None and rows.times_s is not None:
                gaps.add(rows.times_s)
            self._note_times(survey, chunk)
        self._place_losses(survey, clock, gaps)
        if survey.n_rows == survey.n_unreadable:
            raise RecordingError(f"{self.path} has no row of numbers where {text.board} samples were expected")
        survey.warnings += self._warnings(survey, places)
        found = amplitudes.found()
        survey.warnings += hole_warnings(found, self._names)
        return survey, found

    def _n_unreadable(self, chunk: NDArray[np.float64], model: CounterModel | None) -> int:
        """Return the number of rows without a number in any channel, or without a valid counter."""
        is_readable = np.isfinite(chunk[:, : self._n_channels]).any(axis=1)
        if model is not None:
            is_readable &= np.isfinite(chunk[:, self._counter_column])
        return int(np.count_nonzero(~is_readable))

    def _place_losses(self, survey: _Survey, clock: LossClock | None, gaps: TimeGaps | None) -> None:
        """Add the losses shown by the times."""
        if clock is not None:
            survey.longer = clock.losses()
            if len(survey.longer):
                survey.warnings_by_times.append(
                    f"{len(survey.longer)} losses are longer than the sample counter can show: their length comes from "
                    "the time stamps"
                )
        if gaps is not None:
            survey.longer = gaps.losses()
            if len(survey.longer):
                survey.warnings_by_times.append(
                    f"{survey.longer[:, 1].sum()} samples count as lost: the times have {len(survey.longer)} "
                    f"gap{'' if len(survey.longer) == 1 else 's'}"
                )
            if gaps.n_jumps:
                survey.warnings_by_times.append(
                    f"the times jump by more than an hour, {gaps.n_jumps} times: not taken as lost samples; are there "
                    "several recordings in this file?"
                )
            if gaps.n_back:
                survey.warnings_by_times.append(
                    f"the times go back at {gaps.n_back} of the rows, which are taken as they come: are there several "
                    "recordings in this file?"
                )
        survey.n_samples += int(survey.longer[:, 1].sum())
        require_believable(survey.n_samples, self._text.sampling_rate_hz)

    def _amplitude_warnings(self, found: Found) -> list[str]:
        coarse = coarse_warnings(found, self._names, self._microvolts_per_count)
        guessed = [channel.is_unit_guessed for channel in self._text.channels]
        return [*coarse, *unit_warnings(found, self._names, guessed)]

    def _detect_counter(self, chunk: NDArray[np.float64]) -> CounterModel | None:
        return detect_counter(chunk[:, self._counter_column]) if self._text.has_counter else None

    @property
    def _names(self) -> list[str]:
        return [channel.name for channel in self._text.channels]

    @property
    def _n_channels(self) -> int:
        return len(self._text.channels)

    @property
    def _counter_column(self) -> int:
        return self._n_channels + len(self._text.aux)

    def _rows(self, chunk: NDArray[np.float64], places: SamplePlaces) -> _Rows:
        """Return the rows of a chunk with their positions; with a counter, unreadable rows are treated as lost."""
        n_channels, n_values = self._n_channels, self._counter_column
        counters = times_s = None
        if self._text.has_counter and places.model is not None:
            chunk = chunk[np.isfinite(chunk[:, n_values])]
            counters = chunk[:, n_values]
        if self._text.has_time:
            times_s = self._times_s(chunk)
        found = places.of(counters, times_s, len(chunk))
        signal_uv = chunk[:, :n_channels] * self._factors
        if self._offsets_uv.any():
            signal_uv -= self._offsets_uv
        return _Rows(found, signal_uv, chunk[:, n_channels:n_values], counters, times_s)

    def _times_s(self, chunk: NDArray[np.float64]) -> NDArray[np.float64]:
        times = chunk[:, -1]
        if self._text.even_times is not None:
            return times * self._text.even_times.unit_s
        return np.where(times > MILLISECONDS_FROM, times / 1000.0, times)

    def _note_times(self, survey: _Survey, chunk: NDArray[np.float64]) -> None:
        if not self._text.has_time:
            return
        times_s = self._times_s(chunk)
        times_s = times_s[np.isfinite(times_s) & (times_s > 0.0)]
        if times_s.size:
            survey.first_time_s = times_s[0] if np.isnan(survey.first_time_s) else survey.first_time_s
            survey.last_time_s = times_s[-1]

    def _warnings(self, survey: _Survey, places: SamplePlaces) -> list[str]:
        warnings: list[str] = []
        if survey.n_unreadable:
            warnings.append(Damage(f"{survey.n_unreadable} rows cannot be read and count as lost"))
        if self._text.has_counter and survey.model is None:
            warnings.append("the sample counter of this file cannot be trusted: losses are not looked for")
        if places.n_restarts:
            warnings.append(f"the sample counter jumped {places.n_restarts} times without a loss: was it restarted?")
        warnings += survey.warnings_by_times
        span_s = survey.last_time_s - survey.first_time_s
        counted_s = (survey.n_samples - 1) / self._text.sampling_rate_hz
        if span_s - counted_s > max(CLOCK_TOLERANCE_S, CLOCK_TOLERANCE * counted_s):
            warnings.append(
                f"the time stamps span {span_s:.1f} s and the samples {counted_s:.1f} s: samples were lost that the "
                "counter cannot show, the rate is another, or the computer's clock was set"
            )
        return warnings

    def _pieces(self) -> Iterator[Block]:
        places = SamplePlaces(self._model, self._text.sampling_rate_hz, self._longer)
        for chunk in self._text.table.chunks([]):
            rows = self._rows(chunk, places)
            counts = rows.signal_uv / self._microvolts_per_count
            known = np.isfinite(counts)
            counts = np.where(known, counts, self._full_scale_counts)  # not lost where other channels have a number
            aux = rows.aux / np.array([column.unit_per_count for column in self._text.aux])
            usable = known.any(axis=1) & (rows.places >= self._text.n_unusable_first)
            yield from contiguous(rows.places, whole_counts(counts), whole_counts(aux), usable)
