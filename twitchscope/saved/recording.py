"""Recordings with the names of their session: a file keeps 16 ASCII characters of a name, ``session.json`` all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from acquisition import read_recording
from acquisition.core import AmplitudeUnit, AuxChannel, BoardInfo, ChannelSetup, RecordingError, Role, Setup
from acquisition.recording import Recording
from dsp.arguments import checked_budget
from twitchscope.entries.inputs import Edge, InputMark
from twitchscope.entries.marks import LABELS
from twitchscope.findings.detection import DEFAULT_FALSE_ALARMS_PER_MIN, Detection
from twitchscope.saved.session_files import SessionFiles, read_known_document
from twitchscope.session.document import SESSION_FORMAT
from twitchscope.storage.fields import Fields
from twitchscope.storage.files import is_folder
from twitchscope.storage.parts import PartNames, part_of_recording, parts_in

NOTHING_SAID = Setup()


@dataclass(frozen=True, slots=True)
class SessionRecording:
    """Recording, with the settings of its session if it has one.

    Attributes
    ----------
    recording : Recording
        Recording with the channels of its session.
    false_alarms_per_min : float or None
        Bound of false alarms per minute used in the session.
    inputs : tuple of InputMark
        What the board's inputs marked, other than by default.
    remark : str
        What is wrong with its session: why it is treated as if it belonged to none, or why its times are wrong; empty
        if nothing is.
    """

    recording: Recording
    false_alarms_per_min: float | None = None
    inputs: tuple[InputMark, ...] = ()
    remark: str = ""

    @property
    def warnings(self) -> list[str]:
        """Warnings: what is wrong with its session, and those from reading it."""
        return [*([self.remark] if self.remark else []), *self.recording.header.warnings]

    def detection(self, false_alarms_per_min: float | None = None, inputs: Sequence[InputMark] = ()) -> Detection:
        """Return a detector with the settings of the session, unless another bound or inputs are given."""
        budget = false_alarms_per_min or self.false_alarms_per_min or DEFAULT_FALSE_ALARMS_PER_MIN
        return Detection(self.recording.info, budget, inputs or self.inputs)


def open_with_session(
    path: Path, setup: Setup = NOTHING_SAID, sampling_rate_hz: float | None = None, unit: str | None = None
) -> SessionRecording:
    """Open a recording or a session's first one; an unusable session document does not prevent it.

    Parameters
    ----------
    path : Path
        A recording or a session folder.
    setup : Setup, optional
        The user's description of its channels, which takes precedence.
    sampling_rate_hz : float, optional
        For files that do not contain their sampling rate.
    unit : str, optional
        For text columns without a unit.

    Raises
    ------
    AcquisitionError
        If it is not a recording, or the user's setup does not fit it.
    """
    remark = ""
    try:
        document = document_beside(path)
        if document is not None:
            recording = read_with_document(path, document, setup, sampling_rate_hz)
            doubt = rate_doubt(document)
            return SessionRecording(recording, budget_of(document), inputs_of(document, recording.info), doubt)
    except RecordingError as error:
        remark = f"the recording is taken as if it were no session's: {error}"
    recording = read_recording(path, sampling_rate_hz=sampling_rate_hz, setup=setup, unit=unit)
    return SessionRecording(recording, remark=remark)


def document_beside(path: Path) -> Fields | None:
    """Return the document of the session whose folder or recording `path` is; None if it belongs to no session.

    For a folder it is the document of the part that `read_recording` opens.

    Raises
    ------
    RecordingError
        If it cannot be read, or was written by a newer version of this program.
    """
    folder, names = (path, _first_recorded(path)) if is_folder(path) else (path.parent, part_of_recording(path.name))
    if names is None or not (folder / names.document).exists():
        return None
    return read_known_document(folder / names.document, SESSION_FORMAT)


def _first_recorded(folder: Path) -> PartNames | None:
    return next((names for names in parts_in(folder) if (folder / names.recording).exists()), None)


def read_recording_of(files: SessionFiles) -> Recording:
    """Open the recording of a session's part, see `read_with_document`."""
    return read_with_document(files.folder / files.names.recording, files.document)


def read_with_document(
    path: Path, document: Fields, setup: Setup = NOTHING_SAID, sampling_rate_hz: float | None = None
) -> Recording:
    """Open a recording with the board name, channels and columns of its session's document.

    Parameters
    ----------
    path : Path
        A part's recording, or the session's folder.
    document : Fields
        Its ``session.json``.
    setup : Setup, optional
        The user's description, which takes precedence.
    sampling_rate_hz : float, optional
        As for `read_recording`; the recording warns that it is not needed.

    Raises
    ------
    RecordingError
        If it is not a recording, or ``session.json`` describes other channels.
    BoardConfigError
        If the user's setup does not fit the recording.
    """
    recording = read_recording(path, sampling_rate_hz=sampling_rate_hz)
    tables = document.tables("channels")
    if tables and len(tables) != recording.info.n_channels:
        raise RecordingError(
            f"{document.where} does not describe {recording.path.name}: expected {recording.info.channel_count_text}, "
            f"it describes {len(tables)}; was another recording put in its place?"
        )
    described = Setup({number: _channel_setup(fields) for number, fields in enumerate(tables, start=1)})
    named = replace(
        recording.info,
        name=document.table("board").text("name") or recording.info.name,
        amplitude_unit=_amplitude_unit(document.table("board")) or recording.info.amplitude_unit,
        aux=_named_aux(recording.info.aux, document.tables("aux")),
    )
    recording.header = replace(recording.header, info=setup.apply(described.apply(named)))
    return recording


def rate_doubt(document: Fields) -> str:
    """Return why the times of a session are wrong, empty if its board sent samples at the rate of its recording.

    The session has decided that: the measured rate alone also differs where the computer stalled.
    """
    reason = document.table("result").text("wrong_rate")
    return reason and f"its times and frequencies are wrong: {reason}"


def budget_of(document: Fields) -> float | None:
    """Return the bound of false alarms per minute used in a session, None if its document does not contain it.

    Raises
    ------
    RecordingError
        If it is not a valid bound.
    """
    per_min = document.table("detector").number("false_alarms_per_min")
    try:
        return None if per_min is None else checked_budget(per_min)
    except ValueError as error:
        raise RecordingError(f"{document.where}: {error}; it is damaged, or was written by another program") from error


def inputs_of(document: Fields, info: BoardInfo) -> tuple[InputMark, ...]:
    """Return what a session's inputs marked, other than by default; empty for a document of an older version.

    Raises
    ------
    RecordingError
        If it is not such a list, or the recording has no such input.
    """
    columns = [column.name for column in info.aux]
    return tuple(_input_mark(fields, columns) for fields in document.tables("inputs"))


def _input_mark(fields: Fields, columns: Sequence[str]) -> InputMark:
    column, label, edge = fields.text("column"), fields.text("label"), fields.text("edge")
    for key, value, known in (
        ("column", column, columns),
        ("label", label, sorted(LABELS)),
        ("edge", edge, list(Edge)),
    ):
        if value not in known:
            raise RecordingError(f"{fields.where}: the {key} is {value!r}, expected one of {', '.join(known)}")
    return InputMark(column, label, Edge(edge), fields.known_number("level"))


def _amplitude_unit(board: Fields) -> AmplitudeUnit | None:
    """Return the unit of the amplitudes; None for a document of an older version."""
    unit = board.text("amplitude_unit")
    if unit and unit not in list(AmplitudeUnit):
        raise RecordingError(f"{board.where}: the amplitude_unit is {unit!r}, expected {' or '.join(AmplitudeUnit)}")
    return AmplitudeUnit(unit) if unit else None


def _named_aux(aux: tuple[AuxChannel, ...], tables: Sequence[Fields]) -> tuple[AuxChannel, ...]:
    """Return the auxiliary columns with their full names, unchanged if the document describes other columns."""
    if len(tables) != len(aux):
        return aux
    return tuple(replace(one, name=fields.text("name") or one.name) for one, fields in zip(aux, tables, strict=True))


def _channel_setup(fields: Fields) -> ChannelSetup:
    role = fields.text("role", Role.SURFACE)
    if role not in list(Role):
        raise RecordingError(f"{fields.where}: {role!r} is no role; known are {', '.join(Role)}")
    return ChannelSetup(
        name=fields.text("name") or None,
        role=Role(role),
        muscle=fields.text("muscle"),
        side=fields.text("side"),
        needled_band=fields.flag("needled_band", False),
    )
