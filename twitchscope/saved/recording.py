"""Open a session's recording as the session knows it: a file keeps 16 plain letters of a name, ``session.json`` all."""

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
class ToldRecording:
    """A recording, and what its session tells of it where it has one.

    Attributes
    ----------
    recording : Recording
        With the channels that its session tells.
    false_alarms_per_min : float or None
        With which the session was detected.
    inputs : tuple of InputMark
        What the board's inputs marked, other than by default.
    remark : str
        Why it is taken as if it were no session's, if that is so.
    """

    recording: Recording
    false_alarms_per_min: float | None = None
    inputs: tuple[InputMark, ...] = ()
    remark: str = ""

    @property
    def warnings(self) -> list[str]:
        """Return what is odd about it: that it is taken as no session's, and what reading it found."""
        return [*([self.remark] if self.remark else []), *self.recording.header.warnings]

    def detection(self, false_alarms_per_min: float | None = None, inputs: Sequence[InputMark] = ()) -> Detection:
        """Return a detector that decides as the session's did, unless another budget or inputs are given."""
        budget = false_alarms_per_min or self.false_alarms_per_min or DEFAULT_FALSE_ALARMS_PER_MIN
        return Detection(self.recording.info, budget, inputs or self.inputs)


def open_told(
    path: Path, setup: Setup = NOTHING_SAID, sampling_rate_hz: float | None = None, unit: str | None = None
) -> ToldRecording:
    """Open a recording or a session's first one; a session's document that cannot be used keeps nobody back.

    Parameters
    ----------
    path : Path
        A recording or a session folder.
    setup : Setup, optional
        What the user says of its channels, which has the last word.
    sampling_rate_hz : float, optional
        For files that do not tell their rate.
    unit : str, optional
        For columns of plain text that do not tell theirs.

    Raises
    ------
    AcquisitionError
        When it is no recording, or the user's setup does not fit it.
    """
    remark = ""
    try:
        document = document_beside(path)
        if document is not None:
            recording = read_as_told(path, document, setup, sampling_rate_hz)
            return ToldRecording(recording, budget_of(document), inputs_of(document, recording.info))
    except RecordingError as error:
        remark = f"the recording is taken as if it were no session's: {error}"
    recording = read_recording(path, sampling_rate_hz=sampling_rate_hz, setup=setup, unit=unit)
    return ToldRecording(recording, remark=remark)


def document_beside(path: Path) -> Fields | None:
    """Return the document of the session whose folder or recording `path` is; None where it is no session's.

    Of a folder's parts it is the one that `read_recording` opens.

    Raises
    ------
    RecordingError
        When it cannot be read, or a newer version of this program wrote it.
    """
    folder, names = (path, _first_recorded(path)) if is_folder(path) else (path.parent, part_of_recording(path.name))
    if names is None or not (folder / names.document).exists():
        return None
    return read_known_document(folder / names.document, SESSION_FORMAT)


def _first_recorded(folder: Path) -> PartNames | None:
    return next((names for names in parts_in(folder) if (folder / names.recording).exists()), None)


def read_recording_of(files: SessionFiles) -> Recording:
    """Open the recording of a session's part, see `read_as_told`."""
    return read_as_told(files.folder / files.names.recording, files.document)


def read_as_told(
    path: Path, document: Fields, setup: Setup = NOTHING_SAID, sampling_rate_hz: float | None = None
) -> Recording:
    """Open a recording with the board's name and the channels and columns that its session's document tells.

    Parameters
    ----------
    path : Path
        A part's recording, or the session's folder.
    document : Fields
        Its ``session.json``.
    setup : Setup, optional
        What the user says besides, which has the last word.
    sampling_rate_hz : float, optional
        As for `read_recording`: the recording warns that it needs none.

    Raises
    ------
    RecordingError
        When it is no recording, or ``session.json`` describes other channels.
    BoardConfigError
        When the user's setup does not fit the recording.
    """
    recording = read_recording(path, sampling_rate_hz=sampling_rate_hz)
    tables = document.tables("channels")
    if tables and len(tables) != recording.info.n_channels:
        raise RecordingError(
            f"{document.where} does not describe {recording.path.name}: expected {recording.info.channel_count_text}, "
            f"it tells of {len(tables)}; was another recording put in its place?"
        )
    told = Setup({number: _channel_setup(fields) for number, fields in enumerate(tables, start=1)})
    named = replace(
        recording.info,
        name=document.table("board").text("name") or recording.info.name,
        amplitude_unit=_amplitude_unit(document.table("board")) or recording.info.amplitude_unit,
        aux=_named_aux(recording.info.aux, document.tables("aux")),
    )
    recording.header = replace(recording.header, info=setup.apply(told.apply(named)))
    return recording


def budget_of(document: Fields) -> float | None:
    """Return the false alarms a minute with which a session was detected, None where its document does not tell it.

    Raises
    ------
    RecordingError
        When it is no such number.
    """
    per_min = document.table("detector").number("false_alarms_per_min")
    try:
        return None if per_min is None else checked_budget(per_min)
    except ValueError as error:
        raise RecordingError(f"{document.where}: {error}; it is damaged, or was written by another program") from error


def inputs_of(document: Fields, info: BoardInfo) -> tuple[InputMark, ...]:
    """Return what a session's inputs marked, other than by default; nothing where an older version wrote it.

    Raises
    ------
    RecordingError
        When it is no such list, or the recording has no such input.
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
    """Return what amplitudes are in; None where an older version wrote it."""
    unit = board.text("amplitude_unit")
    if unit and unit not in list(AmplitudeUnit):
        raise RecordingError(f"{board.where}: the amplitude_unit is {unit!r}, expected {' or '.join(AmplitudeUnit)}")
    return AmplitudeUnit(unit) if unit else None


def _named_aux(aux: tuple[AuxChannel, ...], tables: Sequence[Fields]) -> tuple[AuxChannel, ...]:
    """Return the auxiliary columns with their whole names, as they are where the document tells of other ones."""
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
