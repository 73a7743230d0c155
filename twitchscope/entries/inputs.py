"""Inputs of the board as marks: an edge of a pin or a level of an analog input, at its sample."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from acquisition.core import AuxChannel, Block, BoardConfigError, BoardInfo
from acquisition.link.aux_layouts import AGE, LONG_AGO_SAMPLES
from twitchscope.entries.marks import MARKER, NEEDLE_CONTACT, SYNC_PULSE

QUIET_S = 0.03
"""Time in seconds for which an input must be stable before an edge counts: contacts bounce for some milliseconds, and a
needle is not moved as fast. An assumption."""

HALF_A_STEP = 0.5
"""Threshold of a digital input, which is 0 or 1."""

DIGITAL = "Digital "
LABELS_BY_COLUMN = {"Digital E1": NEEDLE_CONTACT, "Digital OUT": SYNC_PULSE}
"""Inputs with a label other than the plain marker, on the board on a wire (hardware_docs/board.md): the input that
stamps needle contacts, and the sync output, which its packets report like an input."""

CODE_COLUMN = "Marker"
"""Column with a number for each marker that a program put into the board, else 0."""


class Edge(StrEnum):
    """Change of an input that makes a mark."""

    RISING = "rising"
    FALLING = "falling"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class InputMark:
    """Mark made by an input.

    Attributes
    ----------
    column : str
        Name of the auxiliary column.
    label : str
        Label of the mark.
    edge : Edge
        Change that makes the mark.
    level : float
        Level from which the input counts as on, in the column's unit.
    """

    column: str
    label: str
    edge: Edge = Edge.RISING
    level: float = HALF_A_STEP


@dataclass(frozen=True, slots=True)
class InputEdge:
    """Mark that came from an input.

    Attributes
    ----------
    index : int
        Sample of the mark.
    label, text : str
        Label of the mark, and which input it was.
    is_exact : bool
        False directly after lost samples, when the time of the change is unknown unless the board reports it.
    known_index : int
        Sample from which it is known: `index`, or a later one after lost samples.
    """

    index: int
    label: str
    text: str
    is_exact: bool
    known_index: int


def default_marks(info: BoardInfo) -> tuple[InputMark, ...]:
    """Return the default marks of a board's inputs.

    The contact input marks needle contacts, the sync output its pulses, every other pin a plain marker. Analog inputs
    mark nothing.
    """
    return tuple(
        InputMark(column.name, LABELS_BY_COLUMN.get(column.name, MARKER))
        for column in info.aux
        if column.name.startswith(DIGITAL)
    )


class InputWatch:
    """Detector of edges on a board's inputs, independent of how the signal is divided into blocks.

    Parameters
    ----------
    info : BoardInfo
        Description of the board.
    marks : sequence of InputMark
        Marks of inputs; the other inputs follow `default_marks`.

    Raises
    ------
    BoardConfigError
        If the board lacks a named input.
    """

    def __init__(self, info: BoardInfo, marks: Sequence[InputMark] = ()) -> None:
        columns = {column.name: place for place, column in enumerate(info.aux)}
        for mark in marks:
            if mark.column not in columns:
                has = ", ".join(columns) or "none"
                raise BoardConfigError(f"the setup names the input {mark.column!r}; {info.name} has {has}")
        named = {mark.column for mark in marks}
        defaults = [mark for mark in default_marks(info) if mark.column not in named]
        quiet = round(QUIET_S * info.sampling_rate_hz)
        self._pins = [
            _Pin(mark, columns[mark.column], info.aux[columns[mark.column]], columns.get(_age_of(mark.column)), quiet)
            for mark in [*marks, *defaults]
        ]
        self._codes = _Codes(columns[CODE_COLUMN]) if CODE_COLUMN in columns and CODE_COLUMN not in named else None
        self._last_is_valid = True
        self._next_index = 0

    def edges(self, block: Block) -> list[InputEdge]:
        """Return the marks of the next block, in order of their samples."""
        if not block.n_samples or not (self._pins or self._codes):
            return []
        last_is_valid = self._last_is_valid and block.first_index == self._next_index
        found = [edge for pin in self._pins for edge in pin.edges(block, last_is_valid)]
        if self._codes is not None:
            found += self._codes.edges(block, last_is_valid)
        self._last_is_valid = bool(block.valid[-1])
        self._next_index = block.end_index
        return sorted(found, key=lambda edge: edge.index)


def _age_of(column: str) -> str:
    return AGE + column.removeprefix(DIGITAL)


class _Pin:
    """Input with a level: its column's index, and that of the age of its last change if the board reports it."""

    def __init__(
        self, mark: InputMark, place: int, column: AuxChannel, age_place: int | None, quiet_samples: int
    ) -> None:
        self._mark = mark
        self._place = place
        self._age_place = age_place
        self._unit_per_count = column.unit_per_count
        self._quiet_samples = quiet_samples
        self._is_on: bool | None = None
        self._changed_index = -quiet_samples

    def edges(self, block: Block, last_is_valid: bool) -> list[InputEdge]:
        on = block.aux[:, self._place] * self._unit_per_count >= self._mark.level
        before = bool(on[0]) if self._is_on is None else self._is_on
        self._is_on = bool(on[-1])
        if on[0] == before and self._is_on == before and not (on != before).any():
            return []
        found = []
        for place in np.flatnonzero(np.diff(on, prepend=before)).tolist():
            is_before_valid = bool(block.valid[place - 1]) if place else last_is_valid
            age_samples = 0 if is_before_valid else self._age_samples(block, place)
            index = block.first_index + place - (age_samples or 0)
            is_still = index - self._changed_index >= self._quiet_samples
            self._changed_index = index
            edge = Edge.RISING if on[place] else Edge.FALLING
            if is_still and self._mark.edge in (edge, Edge.BOTH):
                text = f"{self._mark.column} {'on' if on[place] else 'off'}"
                is_exact = age_samples is not None and bool(block.valid[place])
                found.append(InputEdge(index, self._mark.label, text, is_exact, block.first_index + place))
        return found

    def _age_samples(self, block: Block, place: int) -> int | None:
        """Return how many samples ago the input changed, None if the board does not report it."""
        if self._age_place is None or not block.valid[place]:
            return None
        age_samples = int(block.aux[place, self._age_place])
        return age_samples if 0 <= age_samples < LONG_AGO_SAMPLES else None


class _Codes:
    """Column of marker codes: each change to a number other than 0 is a mark."""

    def __init__(self, place: int) -> None:
        self._place = place
        self._last = 0

    def edges(self, block: Block, last_is_valid: bool) -> list[InputEdge]:
        codes = block.aux[:, self._place]
        changed = np.flatnonzero((np.diff(codes, prepend=self._last) != 0) & (codes != 0)).tolist()
        self._last = int(codes[-1])
        return [
            InputEdge(
                block.first_index + place,
                MARKER,
                f"{CODE_COLUMN} {int(codes[place])}",
                bool(block.valid[place]) and (bool(block.valid[place - 1]) if place else last_is_valid),
                block.first_index + place,
            )
            for place in changed
        ]
