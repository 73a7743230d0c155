"""What a person decided on the events of a recording: kept beside the automatic ones, in a file of that rater's own."""

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
"""A rater is named by a pseudonym or a role that can be part of a file's name."""

RATING_FORMAT = 1

NO_EVENT = "no event"
"""Label of an automatic event at which a rater saw nothing."""

MOST_UNDONE = 200


@dataclass(frozen=True, slots=True)
class Decision:
    """What a rater decided on one burst.

    Attributes
    ----------
    about_s : float or None
        Onset of the automatic event that it is about; None where the rater found one that the detector did not tell.
    about_channel : str
        Channel of that event; empty without one.
    label : str
        One of `dsp.LABELS`, or `NO_EVENT`.
    onset_s, offset_s : float
        Where the rater sees it.
    channel : str
        Channel on which it stands out.
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
        When it cannot be part of a file's name.
    """
    if not RATER.fullmatch(text):
        raise ValueError(f"a rater is named by 1 to 40 small letters, digits, - and _, such as r1, and not {text!r}")
    return text


def rating_path(recording: Path, rater: str) -> Path:
    """Return where a rater's decisions are kept: in the session folder, or beside another recording."""
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
    """Read a rater's decisions; none where there is no such file yet.

    Raises
    ------
    RecordingError
        When the file holds something else; in one sentence.
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
    """One rater's decisions, on the disk after each change.

    Parameters
    ----------
    path : Path
        See `rating_path`.
    rater : str
        Pseudonym or role.
    blind_seed : int or None
        Of the random order in which events are shown without their verdicts; None where verdicts are shown.
    now : callable
        Returns the local time.

    Raises
    ------
    RecordingError
        When there is a file of that name that cannot be read.
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
        """What stands now, in order of onset."""
        return self._decisions

    def on(self, event: Event) -> Decision | None:
        """Return what was decided on an automatic event."""
        return next((one for one in self._decisions if one.is_about(event)), None)

    def label(self, event: Event, label: str) -> Decision:
        """Call an automatic event `label`; where the rater sees it stays as it was."""
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
        """Add an event that the detector did not tell."""
        made = Decision(None, "", label, onset_s, offset_s, channel, **self._how())
        self._put(None, made)
        return made

    def change(
        self, decision: Decision, label: str | None = None, onset_s: float | None = None, offset_s: float | None = None
    ) -> Decision:
        """Give a decision another label or place."""
        begin_s = decision.onset_s if onset_s is None else onset_s
        end_s = max(begin_s, decision.offset_s if offset_s is None else offset_s)
        changed = replace(decision, label=label or decision.label, onset_s=begin_s, offset_s=end_s, **self._how())
        self._put(decision, changed)
        return changed

    def remove(self, decision: Decision) -> None:
        """Take a decision away: an added event is gone, an automatic one is undecided again."""
        self._put(decision, None)

    def undo(self) -> bool:
        """Take the last change back; return False where there was none."""
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
    """Return the onsets of what a rater called a twitch."""
    return [decision.onset_s for decision in decisions if decision.label == "twitch"]


def _stamp(path: Path) -> tuple[int, int] | None:
    """Return what changes when somebody else writes the file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
