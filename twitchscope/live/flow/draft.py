"""Description of a session while it is edited before the start, with values as in the setup file."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from acquisition.core import BoardInfo, ChannelSetup, Role, Setup
from twitchscope.electrodes.contact import is_watched
from twitchscope.entries.visit import FIELDS, NUMBERS, Visit, visit_value
from twitchscope.storage.files import check_pseudonym
from twitchscope.words import for_later, tr

MUSCLES = (
    for_later("upper trapezius"), for_later("infraspinatus"), for_later("levator scapulae"),
    for_later("medial gastrocnemius"), for_later("tibialis anterior"), for_later("forearm extensors"),
    for_later("masseter"), for_later("lumbar paraspinals"), for_later("gluteus medius"),
)  # fmt: skip
"""Muscles of hardware_docs/electrodes.md, which can be chosen without a keyboard; any other can be typed."""

SIDES = ("", "left", "right", "midline")
LONGEST_NAME = 16
"""Letters of a channel's name that a recording can store."""


@dataclass(frozen=True, slots=True)
class ChannelDraft:
    """Channel being edited."""

    name: str
    role: Role
    muscle: str = ""
    side: str = ""
    needled_band: bool = False
    gain: float | None = None


@dataclass(slots=True)
class SetupDraft:
    """Setup being edited.

    Attributes
    ----------
    channels : list of ChannelDraft
        Channels in board order.
    visit : dict of str to str
        Fields of the visit as typed, by name.
    pseudonym : str
        Last part of the session folder's name.
    is_isolated : bool
        Whether battery power and an isolated link were confirmed.
    asks_isolation : bool
        Whether the board is wired to a person, so that a needle channel requires that confirmation.
    """

    channels: list[ChannelDraft]
    visit: dict[str, str] = field(default_factory=dict)
    pseudonym: str = "unnamed"
    is_isolated: bool = False
    asks_isolation: bool = False

    @classmethod
    def of(cls, info: BoardInfo, setup: Setup, visit: Visit) -> "SetupDraft":
        """Return a draft with the values of the board and of a setup file."""
        channels = [
            ChannelDraft(one.name, one.role, one.muscle, one.side, one.needled_band, setup.of(number).gain)
            for number, one in enumerate(info.channels, start=1)
        ]
        values = asdict(visit)
        return cls(channels, {key: "" if values[key] is None else f"{values[key]}" for key in FIELDS})

    def suggest_roles(self) -> None:
        """Set the needled band and the reference from the channels' names; the user can change them."""
        for place, channel in enumerate(self.channels):
            if channel.role is Role.SURFACE and channel.name == "Reference":
                self.change(place, "role", Role.REFERENCE)
            elif channel.role is Role.SURFACE and channel.name.startswith("Band "):
                self.change(place, "needled_band", True)

    def change(self, place: int, key: str, value: Any) -> None:
        """Change one value of the channel at `place`, from 0."""
        changes: dict[str, Any] = {key: value}
        self.channels[place] = replace(self.channels[place], **changes)

    @property
    def has_needle(self) -> bool:
        """Whether a channel is the needle, on a board that is wired to a person."""
        return self.asks_isolation and any(channel.role is Role.NEEDLE for channel in self.channels)

    def problems(self) -> list[str]:
        """Return what has to be corrected first, one sentence each."""
        found = []
        names = [channel.name.strip() for channel in self.channels]
        for number, name in enumerate(names, start=1):
            if not 0 < len(name) <= LONGEST_NAME:
                found.append(tr("channel {n} needs a name of 1 to {most} letters").format(n=number, most=LONGEST_NAME))
        twice = sorted({name for name in names if name and names.count(name) > 1})
        if twice:
            found.append(tr("two channels are called {name}").format(name=twice[0]))
        if not any(is_watched(channel.role) for channel in self.channels):
            found.append(tr("no channel looks at a muscle: at least one has to be surface or needle"))
        if self.has_needle and not self.is_isolated:
            found.append(tr("a channel is the needle itself: confirm battery power and an isolated link first"))
        for key in FIELDS:
            try:
                self._visit_value(key)
            except ValueError as error:
                found.append(str(error))
        try:
            check_pseudonym(self.pseudonym)
        except ValueError as error:
            found.append(str(error))
        return found

    def to_setup(self) -> Setup:
        """Return the description of the channels."""
        return Setup(
            {
                number: ChannelSetup(one.name.strip(), one.role, one.muscle, one.side, one.gain, one.needled_band)
                for number, one in enumerate(self.channels, start=1)
            }
        )

    def to_visit(self) -> Visit:
        """Return the visit; `problems` must be empty."""
        values: dict[str, Any] = {key: self._visit_value(key) for key in FIELDS}
        return Visit(**values)

    def _visit_value(self, key: str) -> str | float | None:
        text = self.visit.get(key, "").strip()
        if key not in NUMBERS:
            return visit_value(key, text)
        if not text:
            return None
        try:
            number: object = float(text.replace(",", "."))
        except ValueError:
            number = text
        return visit_value(key, number)
