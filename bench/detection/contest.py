"""Comparison of methods on kinds of signal: ours with its defaults, the others at their best threshold per kind."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TypeVar

from bench.detection.peers import Peer, make_trace
from bench.detection.score import Score, Span, match, score
from bench.detection.signals import Signal
from dsp import TwitchDetector, TwitchEvent

OURS = "TwitchScope"
STRONG, CLEAR = 5.0, 10.0
"""Peak over the RMS of the noise from which a twitch must be found, and from which its onset is measured."""

OUR_THRESHOLDS = (0.1, 0.3, 0.6, 0.85, 0.97)
"""Thresholds on the classifier's probability for the curve; the table uses the program's own threshold."""


Twitch = TypeVar("Twitch", bound=Span)


@dataclass(frozen=True)
class Sizes:
    """Errors of the measures of the clear twitches that were found, where the true sizes are known.

    Attributes
    ----------
    duration_errors_s : tuple of float
        Measured duration minus true duration.
    peak_errors, rms_errors : tuple of float
        Measured over true value, minus 1.
    onsets_within : tuple of bool
        Whether the reported onset uncertainty covers the true onset.
    """

    duration_errors_s: tuple[float, ...] = ()
    peak_errors: tuple[float, ...] = ()
    rms_errors: tuple[float, ...] = ()
    onsets_within: tuple[bool, ...] = ()

    def __add__(self, other: "Sizes") -> "Sizes":
        return Sizes(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


@dataclass(frozen=True)
class Outcome:
    """Scores of strong (from 5 times the noise), weaker and clear twitches, and the errors of the clear ones' measures.

    `standing` scores the strong twitches that are as large over everything else on their channel; it counts no twitch
    for which that is unknown.
    """

    strong: Score = field(default_factory=Score)
    weak: Score = field(default_factory=Score)
    clear: Score = field(default_factory=Score)
    standing: Score = field(default_factory=Score)
    sizes: Sizes = field(default_factory=Sizes)

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(
            self.strong + other.strong,
            self.weak + other.weak,
            self.clear + other.clear,
            self.standing + other.standing,
            self.sizes + other.sizes,
        )


@dataclass
class Entry:
    """Results of one method on one kind of signal.

    Attributes
    ----------
    by_threshold : dict of float to Outcome
        Operating curve.
    default : Outcome or None
        Result with the program's defaults; None for methods that are tuned.
    """

    by_threshold: dict[float, Outcome] = field(default_factory=dict)
    default: Outcome | None = None

    def add(self, threshold: float, outcome: Outcome) -> None:
        """Add the outcome of one more signal."""
        self.by_threshold[threshold] = self.by_threshold.get(threshold, Outcome()) + outcome

    def best_threshold(self) -> float:
        """Return the threshold with the best F1; among equals, the one with the fewest false alarms."""

        def merit(threshold: float) -> tuple[float, float]:
            result = self.by_threshold[threshold].strong
            return (0.0 if math.isnan(result.f1) else result.f1), -result.others_per_min

        return max(self.by_threshold, key=merit)


@dataclass(frozen=True)
class Kind:
    """Kind of signal.

    Attributes
    ----------
    name : str
        Name in table and picture.
    make : callable
        Function from a number (0, 1, …) to a signal.
    n_signals, n_for_peers, n_for_curve : int
        Number of signals that are scored, how many of them also by the peers (which take seconds where our detector
        takes a tenth of one), and how many also at other thresholds than our own.
    tuned_on : str
        Kind whose best thresholds the peers use, for kinds without twitches.
    """

    name: str
    make: Callable[[int], Signal]
    n_signals: int
    n_for_peers: int = 0
    n_for_curve: int = 0
    tuned_on: str = ""


Results = dict[str, dict[str, Entry]]
"""Results by kind and by method."""


def our_detector(one: Signal) -> TwitchDetector:
    """Return the detector with its defaults for a signal."""
    return TwitchDetector(
        one.rate_hz,
        one.signal_uv.shape[1],
        roles=one.roles,
        bandwidth_hz=one.bandwidth_hz,
        full_scale_uv=one.full_scale_uv,
    )


def our_events(one: Signal, threshold: float | None = None) -> list[TwitchEvent]:
    """Return every event; `threshold` replaces the classifier's own threshold."""
    detector = our_detector(one)
    if threshold is not None:
        detector.study_classifier(threshold=threshold)
    for contact in one.contacts:
        detector.note_contact(contact)
    reported = [*detector.process(one.signal_uv, one.valid), *detector.flush()]
    return [event for event in reported if isinstance(event, TwitchEvent)]


def pair_up(
    events: Iterable[TwitchEvent], twitches: Sequence[Twitch]
) -> tuple[list[tuple[Twitch, TwitchEvent]], list[TwitchEvent]]:
    """Return each twitch that was found with its event, and the events labelled ``twitch`` that match none."""
    labelled = [event for event in events if event.label == "twitch"]
    partners = list(zip(match(twitches, [event.onset_s for event in labelled]), labelled, strict=True))
    pairs = [(twitches[k], event) for k, event in partners if k is not None]
    return pairs, [event for k, event in partners if k is None]


def assess_events(one: Signal, events: Sequence[TwitchEvent]) -> Outcome:
    """Score our own events on one signal, including the errors of their measures."""
    outcome = assess(one, [event.onset_s for event in events if event.label == "twitch"])
    pairs = [(true, event) for true, event in pair_up(events, one.known)[0] if true.peak_ratio >= CLEAR]
    reported = [(true, event) for true, event in pairs if true.is_scored and math.isfinite(true.peak_uv)]
    sizes = Sizes(
        tuple(event.offset_s - event.onset_s - true.offset_s + true.onset_s for true, event in reported),
        tuple(event.peak_uv / true.peak_uv - 1.0 for true, event in reported),
        tuple(event.rms_uv / true.rms_uv - 1.0 for true, event in reported),
        tuple(
            1e3 * abs(event.onset_s - true.onset_s) <= (event.onset_uncertainty_ms or 0.0) for true, event in reported
        ),
    )
    return replace(outcome, sizes=sizes)


def assess(one: Signal, onsets_s: Sequence[float]) -> Outcome:
    """Score detections on one signal."""
    counted = [onset_s for onset_s in onsets_s if onset_s >= one.from_s]
    standing = [replace(true, is_scored=true.is_scored and true.over_all >= STRONG) for true in one.known]
    return Outcome(
        score(one.known, counted, one.duration_s, least_ratio=STRONG),
        score(one.known, counted, one.duration_s, most_ratio=STRONG),
        score(one.known, counted, one.duration_s, least_ratio=CLEAR),
        score(standing, counted, one.duration_s, least_ratio=STRONG),
    )


def compete(kind: Kind, peers: Sequence[Peer]) -> dict[str, Entry]:
    """Run every method on a kind of signal and return their results by name."""
    entries = {OURS: Entry(default=Outcome())} | {peer.name: Entry() for peer in peers}
    ours = entries[OURS]
    for k in range(kind.n_signals):
        one = kind.make(k)
        ours.default = (ours.default or Outcome()) + assess_events(one, our_events(one))
        if k < kind.n_for_curve:
            for threshold in OUR_THRESHOLDS:
                ours.add(threshold, assess_events(one, our_events(one, threshold)))
        if k >= kind.n_for_peers:
            continue
        trace = make_trace(one)
        for peer in peers:
            for threshold in peer.thresholds:
                entries[peer.name].add(threshold, assess(one, peer.detect(trace, threshold)))
    return entries


def shown(results: Results, kind: Kind, method: str) -> Outcome | None:
    """Return the outcome for the table: our default, or a peer's best threshold; None if a peer was not run."""
    entry = results[kind.name][method]
    if entry.default is not None:
        return entry.default
    tuning = results[kind.tuned_on or kind.name][method]
    return entry.by_threshold[tuning.best_threshold()] if entry.by_threshold and tuning.by_threshold else None
