"""``twitchscope analyze``: detect events in recordings."""

import argparse
import csv
import io
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from acquisition.core import AcquisitionError, Setup
from acquisition.recording import Recording
from twitchscope import arguments as types
from twitchscope.entries.inputs import InputMark
from twitchscope.entries.setup_file import read_inputs, read_setup
from twitchscope.findings.detection import DEFAULT_FALSE_ALARMS_PER_MIN, Detection, none_seen
from twitchscope.findings.event import DetectedEvent
from twitchscope.findings.site_text import site_lines
from twitchscope.report.picture import ENDINGS, save_event_picture
from twitchscope.saved.recording import open_with_session
from twitchscope.storage.files import require_free
from twitchscope.terminal.printing import Printer, event_text
from twitchscope.terminal.progress import with_progress

SUMMARY = "run the detector on recordings or session folders"

FORMATS = ("table", "json", "csv")
CSV_COLUMNS = (
    "recording", "onset_s", "offset_s", "label", "confidence", "reasons", "channel", "channels", "peak_uv", "rms_uv",
    "snr_db", "grade", "latency_ms", "onset_uncertainty_ms", "over_floor",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Analysis:
    """Result of the detection in one recording, with its name as given by the user, and remarks."""

    name: str
    recording: Recording
    detection: Detection
    events: tuple[DetectedEvent, ...]
    remarks: tuple[str, ...]

    @property
    def band_hz(self) -> tuple[float, float]:
        """Detection band in Hz, rounded to 0.01 Hz."""
        low_hz, high_hz = self.detection.detector.band_hz
        return round(low_hz, 2), round(high_hz, 2)

    def to_json(self) -> dict[str, Any]:
        """Return the analysis as printed by ``--format json`` (see docs/files.md)."""
        return {
            "recording": self.name,
            "sampling_rate_hz": self.recording.info.sampling_rate_hz,
            "duration_s": self.recording.duration_s,
            "band_hz": self.band_hz,
            "channels": [channel.to_json() for channel in self.detection.channel_records()],
            "events": [event.to_json() for event in self.events],
            "site": self.detection.measured_site().to_json(),
        }

    def save_picture(self, path: Path) -> None:
        """Draw the strongest twitch, or the strongest event if there is no twitch; draw nothing without events."""
        shown = [event for event in self.events if event.label == "twitch"] or self.events
        if shown:
            strongest = max(shown, key=lambda event: event.snr_db)
            save_event_picture(self.recording, strongest, self.band_hz, self.detection.detector.mains_hz, path)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to `parser`."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="recordings or session folders")
    types.add_detection_options(parser, None, f"a session's own, else {DEFAULT_FALSE_ALARMS_PER_MIN}")
    parser.add_argument("--format", choices=FORMATS, default="table", help="output format (%(default)s)")
    parser.add_argument(
        "--picture",
        type=types.file_ending_in(*ENDINGS),
        metavar="FILE.png|.pdf|.svg",
        help="draw the strongest twitch, or the strongest event if there is none; never overwrites a file",
    )
    types.add_reading_options(parser)
    parser.set_defaults(check_analyzing=lambda arguments: _check(parser, arguments))


def _check(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    if arguments.picture is not None and len(arguments.files) > 1:
        parser.error("--picture draws one recording, and several were given: call it for each")
    if arguments.picture is not None:
        require_free(arguments.picture)


def run(arguments: argparse.Namespace) -> int:
    """Analyse each file and return the exit status, 1 if a file cannot be read; the others are still analysed."""
    arguments.check_analyzing(arguments)
    setup, inputs = read_setup(arguments.setup), read_inputs(arguments.setup)
    printer = Printer()
    status = 0
    if arguments.format == "csv":
        printer.line(_csv_line(CSV_COLUMNS))
    for path in arguments.files:
        try:
            analysis = analyze(path, setup, arguments.rate, arguments.false_alarms_per_min, inputs, arguments.unit)
            if arguments.picture is not None:
                analysis.save_picture(arguments.picture)
        except AcquisitionError as error:
            print(f"twitchscope: {_with_path(str(error), path)}", file=sys.stderr)
            status = 1
            continue
        for remark in analysis.remarks:
            print(f"twitchscope: {path}: {remark}", file=sys.stderr)
        _PRINTERS[arguments.format](analysis, printer)
    printer.finish()
    return status


def _with_path(message: str, path: Path) -> str:
    """Return the message, preceded by the path unless it names it; a file may be called `a`, as the article is."""
    name = re.escape(str(path))
    is_named = re.search(rf"^{name}(?!\w)|(?<!\S){name}(?=[:,;/\\]|$)", message)
    return message if is_named else f"{path}: {message}"


def analyze(
    path: Path,
    setup: Setup,
    sampling_rate_hz: float | None,
    false_alarms_per_min: float | None = None,
    inputs: Sequence[InputMark] = (),
    unit: str | None = None,
) -> Analysis:
    """Run the detector over a recording.

    Parameters
    ----------
    path : Path
        Recording or session folder. For a session, the channels are described by its own files.
    setup : Setup
        The user's description of the channels.
    sampling_rate_hz : float or None
        Sampling rate of a file that does not contain it.
    false_alarms_per_min : float, optional
        False alarm budget of the detector. By default that of the session, so that the detector decides as it did
        there, or else the default budget.
    inputs : sequence of InputMark
        What the board's inputs mark. If empty, what they marked in the session, or the default.
    unit : str, optional
        Unit of the columns of a plain text file that does not contain it.

    Raises
    ------
    AcquisitionError
        If `path` is not a recording or has no complete samples.
    """
    opened = open_with_session(path, setup, sampling_rate_hz, unit)
    recording = opened.recording
    detection = opened.detection(false_alarms_per_min, inputs)
    rate_hz = recording.info.sampling_rate_hz
    events = detection.run(with_progress(recording.blocks(), recording.header.n_samples, rate_hz, path.name))
    budget = detection.false_alarms_per_min
    remarks = [*opened.warnings, *detection.remarks]
    if false_alarms_per_min is None and budget != DEFAULT_FALSE_ALARMS_PER_MIN:
        remarks.append(f"detected as the session was, with {budget:g} false alarms a minute (--false-alarms-per-min)")
    return Analysis(str(path), recording, detection, tuple(map(detection.detected_event, events)), tuple(remarks))


def _print_json(analysis: Analysis, printer: Printer) -> None:
    printer.line(json.dumps(analysis.to_json(), ensure_ascii=False, allow_nan=False))


def _print_csv(analysis: Analysis, printer: Printer) -> None:
    for event in analysis.events:
        row = {**event.to_json(), "recording": analysis.name}
        row["reasons"], row["channels"] = "; ".join(event.reasons), "; ".join(event.channels)
        printer.line(_csv_line(row[column] for column in CSV_COLUMNS))


def _csv_line(values: Iterable[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(values)  # quotes values that contain either character
    return text.getvalue().removesuffix("\r\n")


def _print_table(analysis: Analysis, printer: Printer) -> None:
    for line in _table_lines(analysis):
        printer.line(line)


def _table_lines(analysis: Analysis) -> Iterator[str]:
    """Yield the lines of a table."""
    info, channels, events = analysis.recording.info, analysis.detection.channel_records(), analysis.events
    unit = info.amplitude_unit
    yield (
        f"{analysis.name}: {analysis.recording.duration_s:.1f} s, {info.sampling_rate_hz:g} samples a second, "
        f"detected in {analysis.band_hz[0]:.0f} to {analysis.band_hz[1]:.0f} Hz"
    )
    for channel in channels:
        baseline = channel.baseline_rms_uv
        yield (
            f"  {channel.name:<16} {channel.role.value:<9} "
            f"resting baseline {'unknown' if baseline is None else f'{baseline:.2f} {unit}'}, "
            f"{100 * channel.usable_fraction:.0f} % usable"
        )
    yield from (f"  {event_text(event, unit)}" for event in events)
    yield from (f"  {line}" for line in site_lines(analysis.detection.measured_site(), unit))
    n_twitches = sum(event.label == "twitch" for event in events)
    shares = [(channel.role, channel.usable_fraction) for channel in channels]
    yield f"  {n_twitches} of {len(events)} events are twitches" if n_twitches else f"  {none_seen(shares)}"


_PRINTERS = {"table": _print_table, "json": _print_json, "csv": _print_csv}
