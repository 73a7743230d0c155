"""The detector applied to blocks of a board or a recording, with events that use the user's channel names."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from acquisition.core import AmplitudeUnit, Block, BoardConfigError, BoardInfo, Role
from dsp import Candidate, TwitchDetector, TwitchEvent
from dsp.verdict.rules import MOST_OF_MUSCLE_UV
from twitchscope.electrodes.contact import is_watched
from twitchscope.electrodes.quality import QualityWatch
from twitchscope.entries.inputs import InputEdge, InputMark, InputWatch
from twitchscope.entries.marks import NEEDLE_CONTACT
from twitchscope.findings.channel import ChannelRecord
from twitchscope.findings.decibels import rounded_db
from twitchscope.findings.event import DetectedEvent
from twitchscope.findings.measured_site import MeasuredSite
from twitchscope.findings.site import SiteSpan, measured_site
from twitchscope.findings.twitch_log import TwitchLog
from twitchscope.findings.unrest import LONG_S, Unrest
from twitchscope.findings.usable import UsableLog
from twitchscope.words import for_later

DEFAULT_FALSE_ALARMS_PER_MIN = 0.05
"""Upper bound of false confirmations per minute from noise alone at rest."""

MAX_SKIPPED_SAMPLES = 65_536
"""Largest number of skipped samples passed over at once, to limit memory."""

NOT_SEEN = for_later("no twitch seen on the surface EMG")
"""Text when no twitch was confirmed: deep twitches do not reach the skin."""

NONE_USABLE = for_later("no twitch could be seen: no channel was usable")
"""Text instead when no channel on a muscle had a usable signal."""

NONE_WATCHED = for_later("no twitch could be seen: no channel is one of a muscle")
"""Text instead when there was no such channel."""

LEAST_TO_SEE = 0.01
"""Fraction of the time that a channel must have been usable for a twitch to be detectable on it."""


def default_none_seen(start_s: float, stop_s: float) -> str:
    """Return the text for any stretch without twitch when nothing is known of the channels."""
    return NOT_SEEN


def none_seen(shares: Iterable[tuple[Role, float]]) -> str:
    """Return the text when no twitch was confirmed, given the role and the usable fraction of each channel."""
    usable = [share for role, share in shares if is_watched(role)]
    if not usable:
        return NONE_WATCHED
    return NONE_USABLE if max(usable) < LEAST_TO_SEE else NOT_SEEN


class Detection:
    """A `TwitchDetector` that processes blocks.

    Parameters
    ----------
    info : BoardInfo
        Description of the board or recording.
    false_alarms_per_min : float
        Upper bound of false confirmations per minute from noise alone at rest.
    inputs : sequence of InputMark
        What the board's inputs mark, other than by default.

    Attributes
    ----------
    info, false_alarms_per_min
        As given.
    edges : list of InputEdge
        Marks from the board's inputs in the last block.
    unrest : Unrest
        When the muscle was not at rest; the code that asks for a contraction adds it.

    Raises
    ------
    BoardConfigError
        If the board lacks an input that `inputs` names, or the detector does not accept its rate or channels.
    """

    def __init__(
        self,
        info: BoardInfo,
        false_alarms_per_min: float = DEFAULT_FALSE_ALARMS_PER_MIN,
        inputs: Sequence[InputMark] = (),
    ) -> None:
        self.info = info
        self.false_alarms_per_min = false_alarms_per_min
        try:
            self.detector = TwitchDetector(
                info.sampling_rate_hz,
                info.n_channels,
                roles=[channel.role.value for channel in info.channels],
                false_alarms_per_min=false_alarms_per_min,
                bandwidth_hz=info.bandwidth_hz,
                full_scale_uv=info.full_scale_uv,
                largest_uv=MOST_OF_MUSCLE_UV if info.amplitude_unit is AmplitudeUnit.MICROVOLTS else math.inf,
            )
        except ValueError as error:
            raise BoardConfigError(str(error)) from error
        self.edges: list[InputEdge] = []
        self._inputs = InputWatch(info, inputs)
        self._quality = QualityWatch(info, self.detector.band_hz)
        self._contacts: list[int] = []
        self._twitches = TwitchLog()
        self._usable = UsableLog(info.n_channels)
        self.unrest = Unrest()
        self._next_index = 0

    @property
    def next_index(self) -> int:
        """Index of the sample after the last one processed."""
        return self._next_index

    @property
    def remarks(self) -> list[str]:
        """Remarks on the signal so far, in English: on its sampling rate, and on what it appears to be."""
        return [*self.detector.warnings, *self._quality.remarks()]

    def process(self, block: Block) -> list[Candidate | TwitchEvent]:
        """Process a block and return its candidates and verdicts in order of decision.

        Samples skipped between the last block and this one are treated as lost.
        """
        self.edges = self._inputs.edges(block)
        self._note_contacts(self.edges)
        results = self._pass_over(block.first_index - self._next_index)
        results += self.detector.process(self.info.to_microvolts(block.counts), block.valid)
        self._quality.process(block)
        self._usable.look(self.detector)
        self._next_index = block.end_index
        self._log(results)
        return results

    def _pass_over(self, n_samples: int) -> list[Candidate | TwitchEvent]:
        found: list[Candidate | TwitchEvent] = []
        while n_samples > 0:
            n_part = min(n_samples, MAX_SKIPPED_SAMPLES)
            nothing_uv = np.zeros((n_part, self.info.n_channels))
            found += self.detector.process(nothing_uv, np.zeros(n_part, np.bool_))
            n_samples -= n_part
        return found

    def flush(self) -> list[TwitchEvent]:
        """Return the verdicts that remain at the end of the signal."""
        self.edges = []
        events = self.detector.flush()
        self._usable.end(self.detector)
        self._log(events)
        return events

    def measured_site(self, start_s: float = 0.0, stop_s: float = math.inf) -> MeasuredSite:
        """Return the measures of a site.

        Parameters
        ----------
        start_s, stop_s : float
            Stretch of signal in seconds that belongs to the site; by default all of it so far.
        """
        names = [channel.name for channel in self.info.channels]
        contacts_s = [index / self.info.sampling_rate_hz for index in self._contacts]
        return measured_site(
            self.detector, self._twitches.twitches(), names, contacts_s, SiteSpan(start_s, stop_s), self.unrest
        )

    def _note_contacts(self, edges: Sequence[InputEdge]) -> None:
        """Pass hardware-stamped needle contacts to the detector."""
        for edge in edges:
            if edge.label == NEEDLE_CONTACT and edge.is_exact:
                self._contacts.append(edge.index)
                self.detector.note_contact(edge.index, edge.known_index)

    def _log(self, found: Sequence[Candidate | TwitchEvent]) -> None:
        """Keep only what the measures of a site need, as a session may last for hours."""
        for one in found:
            if not isinstance(one, TwitchEvent):
                continue
            if one.label == "twitch":
                self._twitches.add(one)
            if one.label != "heartbeat" and one.offset_s - one.onset_s >= LONG_S:
                self.unrest.add(one.onset_s, one.offset_s)

    def run(self, blocks: Iterable[Block]) -> list[TwitchEvent]:
        """Return the verdicts of a whole signal, in order of onset."""
        events = [event for block in blocks for event in self.process(block) if isinstance(event, TwitchEvent)]
        return sorted([*events, *self.flush()], key=lambda event: event.onset_index)

    def detected_event(self, event: TwitchEvent, *, feedback_shown: bool = True) -> DetectedEvent:
        """Return an event with channel names and rounded values; `feedback_shown` comes from whoever shows verdicts."""
        names = [channel.name for channel in self.info.channels]
        uncertainty_ms = event.onset_uncertainty_ms
        return DetectedEvent(
            onset_s=round(event.onset_s, 6),
            offset_s=round(event.offset_s, 6),
            label=event.label,
            confidence=round(event.confidence, 3),
            reasons=event.reasons,
            channel=names[event.channel],
            channels=tuple(names[channel] for channel in event.channels),
            peak_uv=round(event.peak_uv, 3),
            rms_uv=round(event.rms_uv, 3),
            snr_db=rounded_db(event.snr_db, event.grade, 2),
            grade=event.grade,
            latency_ms=event.latency_ms,
            onset_uncertainty_ms=None if uncertainty_ms is None else round(uncertainty_ms, 2),
            over_floor=event.over_floor,
            feedback_shown=feedback_shown,
        )

    def none_seen(self, start_s: float = 0.0, stop_s: float = math.inf) -> str:
        """Return the text for a stretch of signal without confirmed twitch; may be called from any thread."""
        shares = zip(self.info.channels, self._usable.share(start_s, stop_s), strict=True)
        return none_seen((channel.role, share) for channel, share in shares)

    def usable_records(self, start_s: float, stop_s: float) -> list[dict[str, Any]]:
        """Return the name of each channel and the fraction of a stretch of signal in which it was usable."""
        shares = zip(self.info.channels, self._usable.share(start_s, stop_s), strict=True)
        return [{"name": channel.name, "usable_fraction": round(share, 4)} for channel, share in shares]

    def channel_records(self) -> list[ChannelRecord]:
        """Return each channel with its baseline, the usable fraction of its signal, and its contact."""
        return [
            ChannelRecord(channel.name, channel.role, _rounded(baseline_uv), round(float(usable), 4), quality)
            for channel, baseline_uv, usable, quality in zip(
                self.info.channels,
                self.detector.baseline_rms_uv,
                self.detector.usable_fraction,
                self._quality.channels(),
                strict=True,
            )
        ]


def _rounded(baseline_uv: float) -> float | None:
    """Return the rounded baseline for a file, None where the detector has none (0)."""
    return round(float(baseline_uv), 4) if baseline_uv > 0.0 else None
