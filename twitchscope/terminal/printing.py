"""Lines of text for events and results."""

import contextlib
import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

from acquisition.core import AcquisitionError, AmplitudeUnit
from twitchscope.electrodes.contact import is_watched
from twitchscope.findings.decibels import rounded_db
from twitchscope.findings.detection import none_seen
from twitchscope.findings.event import DetectedEvent
from twitchscope.findings.site_text import site_lines

if TYPE_CHECKING:  # spares commands without a session the slow import
    from twitchscope.session.result import SessionResult

FORMATS = ("text", "jsonl")
"""Output formats of events, see `event_printer`."""

FLOOR = " (floor)"
"""Follows decibels over the local floor, used while the channel's resting baseline is not learnt."""

LEAST_USABLE = 0.5
"""A channel with a smaller usable fraction of the time is named at the end."""


class Printer:
    """Printer of lines; a closed pipe or a full disk ends the printing, but never the recording."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream if stream is not None else sys.stdout
        self._is_open = True
        self._error: OSError | None = None

    def line(self, text: str) -> None:
        """Print a line immediately."""
        if self._is_open:
            try:
                self._stream.write(f"{text}\n")  # in one call, as lines come from several threads
                self._stream.flush()
            except BrokenPipeError:
                self._give_up()
            except OSError as error:
                self._error = error
                self._give_up()
            except ValueError:  # the stream was closed elsewhere
                self._give_up()

    def finish(self) -> None:
        """Report lost lines, unless the reader has closed the pipe.

        Raises
        ------
        AcquisitionError
            If lines could not be written, with the system's reason.
        """
        if self._error is not None:
            raise AcquisitionError(f"the output cannot be written: {self._error.strerror}") from self._error

    def _give_up(self) -> None:
        self._is_open = False
        with contextlib.suppress(OSError):
            self._stream.close()


EventPrinter = Callable[[DetectedEvent], None]
"""Function that prints one event."""


def event_printer(style: str, print_line: Callable[[str], None], unit: AmplitudeUnit) -> EventPrinter:
    """Return the function that prints one event as ``text`` with amplitudes in `unit`, or as ``jsonl``."""
    if style == "jsonl":
        return lambda event: print_line(event_json(event))
    return lambda event: print_line(event_text(event, unit))


def event_json(event: DetectedEvent) -> str:
    """Return an event as one line of JSON."""
    return json.dumps(event.to_json(), ensure_ascii=False, allow_nan=False)


def event_text(event: DetectedEvent, unit: AmplitudeUnit) -> str:
    """Return an event as a readable line, amplitudes in `unit`."""
    duration_ms = 1000.0 * (event.offset_s - event.onset_s)
    mark = "TWITCH" if event.label == "twitch" else event.label
    others = len(event.channels) - 1
    where = event.channel + (f" +{others}" if others > 0 else "")
    over = FLOOR if event.over_floor else ""
    snr_db = rounded_db(event.snr_db, event.grade, 1)
    return (
        f"{event.onset_s:9.3f} s  {mark:<9}  {where:<14} {event.peak_uv:7.0f} {unit}  "
        f"{snr_db:5.1f} dB{over}  {event.grade:<6}  {duration_ms:4.0f} ms  {', '.join(event.reasons)}"
    )


def result_text(result: "SessionResult", unit: AmplitudeUnit) -> list[str]:
    """Return the closing lines of a session, amplitudes in `unit`."""
    n_twitches = result.n_events.get("twitch", 0)
    others = ", ".join(f"{count} {label}" for label, count in sorted(result.n_events.items()) if label != "twitch")
    lines = [_recorded_text(result)]
    if not result.n_samples:
        return lines
    confirmed = f"{n_twitches} twitch{'' if n_twitches == 1 else 'es'} confirmed"
    lines.append(
        confirmed if n_twitches else none_seen((channel.role, channel.usable_fraction) for channel in result.channels)
    )
    lines += _unusable_lines(result)
    if others:
        lines.append(f"not counted: {others}")
    return [*lines, *site_lines(result.site, unit), *_folder_lines(result)]


def masked_result_text(result: "SessionResult") -> list[str]:
    """Return the closing lines of a session with hidden verdicts, which reveal nothing about its events."""
    hidden = "verdicts stay hidden here: the site was not closed; the session folder and its report show them"
    return [_recorded_text(result), hidden, *_folder_lines(result)]


def _recorded_text(result: "SessionResult") -> str:
    recorded = f"{result.duration_s:.1f} s recorded, {result.n_lost} of {result.n_samples} samples "
    recorded += f"seen to be lost ({result.why_uncounted})" if result.why_uncounted else "lost"
    if result.measured_rate_hz is not None:
        recorded += f", measured rate {result.measured_rate_hz:.2f} samples a second"
    if result.n_not_watched:
        recorded += f"; {result.n_not_watched} were not watched: the detector did not keep up"
    return recorded if result.n_samples else f"{recorded}: no sample came"


def _unusable_lines(result: "SessionResult") -> list[str]:
    """Return a line for each watched channel that was usable for less than half of the time."""
    return [
        f"{channel.name} could be used for {100.0 * channel.usable_fraction:.0f} % of the time"
        for channel in result.channels
        if is_watched(channel.role) and channel.usable_fraction < LEAST_USABLE
    ]


def _folder_lines(result: "SessionResult") -> list[str]:
    return [] if result.folder is None else [f"session folder: {result.folder}"]
