"""Decisions of a rater on the events of a recording, kept beside the automatic ones in a file per rater."""

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from acquisition.core import RecordingError
from dsp import LABELS
from twitchscope import __version__
from twitchscope.findings.event import Event
from twitchscope.notice import NOT_A_MEDICAL_DEVICE
from twitchscope.saved.session_files import read_known_document
from twitchscope.storage.fields import Fields
from twitchscope.storage.files import write_json

RATER = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
"""Pattern of a rater's pseudonym or role, which is part of a file's name."""

RATING_FORMAT = 1

NO_EVENT = "no event"
"""Label of an automatic event at which a rater saw nothing."""

MOST_UNDONE = 200


@dataclass(frozen=True, slots=True)
class Decision:
    """Decision of a rater on one burst.

    Attributes
    ----------
    about_s : float or None
        Onset in seconds of the automatic event; None for an event that the rater added.
    about_channel : str
        Channel of that event; empty without one.
    label : str
        One of `dsp.LABELS`, or `NO_EVENT`.
    onset_s, offset_s : float
        Onset and offset in seconds according to the rater.
    channel : str
        Channel on which the burst is most distinct.
    is_blind : bool
        Whether it was decided without seeing the verdict.
    decided_at : str
        Local time, ISO 8601.
    """

    about_s: float | None
    about_channel: str
    label: str
    onset_s: float
    offset_s: float
    channel: str
    is_blind: bool
    decided_at: str

    def is_about(self, event: Event) -> bool:
        """Return whether it judges this automatic event."""
        return self.about_s is not None and self.about_s == event.onset_s and self.about_channel == event.channel


def check_rater(text: str) -> str:
    """Return the pseudonym or role of a rater.

    Raises
    ------
    ValueError
        If it cannot be part of a file's name.
    """
    if not RATER.fullmatch(text):
        raise ValueError(f"a rater is named by 1 to 40 small letters, digits, - and _, such as r1, and not {text!r}")
    return text


def rating_path(recording: Path, rater: str) -> Path:
    """Return the path of a rater's decisions: in the session folder, or beside another recording."""
    if recording.is_dir():
        return recording / f"rating-{rater}.json"
    return recording.with_name(f"{recording.name}.rating-{rater}.json")


def ratings_beside(recording: Path) -> dict[str, Path]:
    """Return the files of all raters of a session or recording, by rater."""
    folder, start = (recording, "rating-") if recording.is_dir() else (recording.parent, f"{recording.name}.rating-")
    found = {path.name[len(start) : -len(".json")]: path for path in sorted(folder.glob("*.json"))
             if path.name.startswith(start)}  # fmt: skip
    return {rater: path for rater, path in found.items() if RATER.fullmatch(rater)}


def read_decisions(path: Path) -> tuple[Decision, ...]:
    """Read a rater's decisions; none if there is no such file yet.

    Raises
    ------
    RecordingError
        If the file contains something else; the message is one sentence.
    """
    if not path.exists():
        return ()
    document = read_known_document(path, RATING_FORMAT)
    return tuple(_decision(fields) for fields in document.tables("decisions"))


def _decision(fields: Fields) -> Decision:
    label, onset_s = fields.text("label"), fields.known_number("onset_s")
    if label not in (*LABELS, NO_EVENT):
        raise RecordingError(f"{fields.where}: {label!r} is no label; known are {', '.join(LABELS)} and {NO_EVENT}")
    return Decision(
        fields.number("about_s"),
        fields.text("about_channel"),
        label,
        onset_s,
        max(onset_s, fields.known_number("offset_s")),
        fields.text("channel"),
        fields.flag("is_blind", False),
        fields.text("decided_at"),
    )


class Rating:
    """Decisions of one rater, saved after each change.

    Parameters
    ----------
    path : Path
        See `rating_path`.
    rater : str
        Pseudonym or role.
    blind_seed : int or None
        Seed of the random order in which events are shown without their verdicts; None if verdicts are shown.
    now : callable
        Returns the local time.

    Raises
    ------
    RecordingError
        If there is a file of that name that cannot be read.
    """

    def __init__(self, path: Path, rater: str, blind_seed: int | None, now: Callable[[], datetime]) -> None:
        self.path = path
        self.rater = rater
        self.blind_seed = blind_seed
        self._now = now
        self._decisions = read_decisions(path)
        self._kept = _stamp(path)
        self._undone: list[tuple[Decision, ...]] = []

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """Current decisions, in order of onset."""
        return self._decisions

    def on(self, event: Event) -> Decision | None:
        """Return the decision on an automatic event, None if there is none."""
        return next((one for one in self._decisions if one.is_about(event)), None)

    def label(self, event: Event, label: str) -> Decision:
        """Label an automatic event; the rater's onset and offset are kept."""
        before = self.on(event)
        if before is not None:
            return self.change(before, label=label)
        made = Decision(
            event.onset_s,
            event.channel,
            label,
            event.onset_s,
            event.offset_s,
            event.channel,
            **self._how(),
        )
        self._put(None, made)
        return made

    def add(self, onset_s: float, offset_s: float, channel: str, label: str) -> Decision:
        """Add an event that the detector did not report."""
        made = Decision(None, "", label, onset_s, offset_s, channel, **self._how())
        self._put(None, made)
        return made

    def change(
        self, decision: Decision, label: str | None = None, onset_s: float | None = None, offset_s: float | None = None
    ) -> Decision:
        """Change the label, onset or offset of a decision."""
        begin_s = decision.onset_s if onset_s is None else onset_s
        end_s = max(begin_s, decision.offset_s if offset_s is None else offset_s)
        changed = replace(decision, label=label or decision.label, onset_s=begin_s, offset_s=end_s, **self._how())
        self._put(decision, changed)
        return changed

    def remove(self, decision: Decision) -> None:
        """Remove a decision: an added event is deleted, an automatic one is undecided again."""
        self._put(decision, None)

    def undo(self) -> bool:
        """Undo the last change; return False if there was none."""
        if not self._undone:
            return False
        self._write(self._undone[-1])
        self._undone.pop()
        return True

    def _put(self, old: Decision | None, new: Decision | None) -> None:
        rest = [one for one in self._decisions if one is not old]
        before = self._decisions
        self._write(tuple(sorted([*rest, *([new] if new is not None else [])], key=lambda one: one.onset_s)))
        self._undone = [*self._undone[-MOST_UNDONE:], before]

    def _how(self) -> dict[str, Any]:
        return {"is_blind": self.blind_seed is not None, "decided_at": self._now().isoformat(timespec="seconds")}

    def _write(self, decisions: tuple[Decision, ...]) -> None:
        if _stamp(self.path) != self._kept:
            raise RecordingError(
                f"{self.path.name} was changed by another window or program; this decision was not kept: open it anew"
            )
        document = {
            "format": RATING_FORMAT,
            "notice": NOT_A_MEDICAL_DEVICE,
            "software": f"twitchscope {__version__}",
            "rater": self.rater,
            "blind_seed": self.blind_seed,
            "decisions": [asdict(decision) for decision in decisions],
        }
        write_json(self.path, document)
        self._decisions = decisions
        self._kept = _stamp(self.path)


def twitch_onsets_s(decisions: Sequence[Decision]) -> list[float]:
    """Return the onsets in seconds of the bursts that a rater labelled as twitches."""
    return [decision.onset_s for decision in decisions if decision.label == "twitch"]


def _stamp(path: Path) -> tuple[int, int] | None:
    """Return a value that changes when another program writes the file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
