"""Setup file in TOML: the user's description of each channel, of the inputs and of the visit."""

import contextlib
import errno
import math
import os
import stat
import tomllib
from pathlib import Path
from typing import Any

import tomli_w

from acquisition.core import BoardConfigError, ChannelSetup, Role, Setup, read_toml_text
from twitchscope.entries.inputs import HALF_A_STEP, Edge, InputMark
from twitchscope.entries.marks import LABELS
from twitchscope.entries.visit import FIELDS, Visit, visit_value
from twitchscope.storage.files import replace_text

EXAMPLE = """\
[[channel]]
number = 1                # as on the board, from 1
name = "Band A"
role = "surface"          # surface, needle, reference, ecg, motion or off
muscle = "upper trapezius"
side = "left"
gain = 12                 # where the board can set it
needled_band = true       # this pair lies over the needled band
"""
"""Setup of one channel, shown when a file cannot be read."""

INPUT_EXAMPLE = """\
[[input]]
column = "Digital E1"     # an auxiliary column of the board
mark = "needle_contact"   # what a change of it marks
edge = "rising"           # rising, falling or both
level = 0.5               # from here on it counts as on, in the column's unit
"""
"""Setup of one input, shown likewise."""

VISIT_EXAMPLE = """\
[visit]
operator = "op-1"         # codes, never names; every key may be left out
visit = "v2"
study_arm = "B"
electrode_type = "Ag/AgCl, 10 mm"
electrode_spacing_mm = 20
electrode_orientation = "along the fibres"
skin_preparation = "alcohol"
needle_gauge = "0.30"
needle_length_mm = 40
"""
"""Entries about the session as a whole, shown likewise."""

NEW_FILE = 0o666
"""Permissions of an ordinary new file, before the process's umask."""

_KEYS: dict[str, type | tuple[type, ...]] = {
    "number": int,
    "name": str,
    "role": str,
    "muscle": str,
    "side": str,
    "gain": (int, float),
    "needled_band": bool,
}


_INPUT_KEYS: dict[str, type | tuple[type, ...]] = {"column": str, "mark": str, "edge": str, "level": (int, float)}


def read_setup(path: Path | None) -> Setup:
    """Read the channels of a setup file; without a file the defaults apply, `surface` or a recording's own roles.

    Raises
    ------
    BoardConfigError
        Names the file, the key, what was expected and what came.
    """
    if path is None:
        return Setup()
    tables = _tables(path, "channel")
    channels: dict[int, ChannelSetup] = {}
    for position, table in enumerate(tables, start=1):
        number, setup = _channel(path, position, table)
        if number in channels:
            raise BoardConfigError(f"{path}: channel {number} is described twice")
        channels[number] = setup
    names = [setup.name.strip() for setup in channels.values() if setup.name]
    for name in names:
        if names.count(name) > 1:
            raise BoardConfigError(f"{path}: two channels are called {name!r}")
    return Setup(channels)


def read_inputs(path: Path | None) -> tuple[InputMark, ...]:
    """Read the inputs of a setup file; without a file the inputs make their default marks.

    Raises
    ------
    BoardConfigError
        Names the file, the key, what was expected and what came.
    """
    if path is None:
        return ()
    marks = tuple(_input(path, position, table) for position, table in enumerate(_tables(path, "input"), start=1))
    columns = [mark.column for mark in marks]
    for column in columns:
        if columns.count(column) > 1:
            raise BoardConfigError(f"{path}: the input {column!r} is described twice")
    return marks


def read_visit(path: Path | None) -> Visit:
    """Read the visit of a setup file.

    Raises
    ------
    BoardConfigError
        Names the file, the key, what was expected and what came.
    """
    table = {} if path is None else _document(path).get("visit", {})
    if not isinstance(table, dict):
        raise BoardConfigError(f"{path}: visit is no table; one looks like this:\n{VISIT_EXAMPLE}")
    unknown = sorted(set(table) - set(FIELDS))
    if unknown:
        raise BoardConfigError(f"{path}: [visit] has an unknown key {unknown[0]!r}; known are {', '.join(FIELDS)}")
    try:
        values: dict[str, Any] = {key: visit_value(key, value) for key, value in table.items()}
    except ValueError as error:
        raise BoardConfigError(f"{path}: [visit] {error}") from error
    return Visit(**values)


def write_setup(path: Path, setup: Setup, visit: Visit, inputs: tuple[InputMark, ...] = ()) -> None:
    """Write a setup file that `read_setup`, `read_inputs` and `read_visit` can read, replacing an existing one.

    The file always holds either the whole old setup or the whole new one. An existing file keeps its permissions, and a
    link to it stays a link. A new file gets the permissions of any new file.

    Raises
    ------
    BoardConfigError
        If the disk does not accept it, or the file is write-protected.
    """
    document: dict[str, Any] = {"visit": visit.to_json()} if visit.to_json() else {}
    document["channel"] = [_channel_table(number, setup.channels[number]) for number in sorted(setup.channels)]
    if inputs:
        document["input"] = [
            {"column": one.column, "mark": one.label, "edge": one.edge.value, "level": one.level} for one in inputs
        ]
    try:
        _replace_as_it_is(Path(os.path.realpath(path)), tomli_w.dumps(document))
    except OSError as error:
        raise BoardConfigError(f"the setup file {path} cannot be written: {error.strerror}") from error


def _replace_as_it_is(path: Path, text: str) -> None:
    """Replace the text of a file but keep its permissions; raise OSError if it is write-protected."""
    if not path.exists():
        replace_text(path, text, NEW_FILE)
        return
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    mode = stat.S_IMODE(path.stat().st_mode)
    replace_text(path, text, mode)
    with contextlib.suppress(OSError):  # a file system without permissions
        path.chmod(mode)  # the umask may have removed some of them


def _channel_table(number: int, setup: ChannelSetup) -> dict[str, Any]:
    """Return the entries for a channel, without those left to the board."""
    entries = {
        "name": setup.name,
        "role": setup.role.value if setup.role is not None else None,
        "muscle": setup.muscle,
        "side": setup.side,
        "gain": setup.gain,
        "needled_band": setup.needled_band,
    }
    return {"number": number, **{key: value for key, value in entries.items() if value not in (None, "", False)}}


def _tables(path: Path, kind: str) -> list[dict[str, Any]]:
    """Return the tables of one kind; a file may lack one kind as long as it has another."""
    document = _document(path)
    unknown = sorted(set(document) - {"channel", "input", "visit"})
    if unknown:
        raise BoardConfigError(
            f"{path}: unknown key {unknown[0]!r}; a setup file holds [[channel]] and [[input]] tables and [visit]"
        )
    for name, example in (("channel", EXAMPLE), ("input", INPUT_EXAMPLE)):
        tables = document.get(name, [])
        is_missing = not tables and (name in document or not document)
        if is_missing or not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise BoardConfigError(f"{path} holds no [[{name}]] table; one looks like this:\n{example}")
    found: list[dict[str, Any]] = document.get(kind, [])
    return found


def _document(path: Path) -> dict[str, Any]:
    text = read_toml_text(path, "setup")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # from the TOML syntax, or a number that is too long
        raise BoardConfigError(f"{path} is no TOML file: {error}") from error


def _require_keys(where: str, table: dict[str, Any], keys: dict[str, type | tuple[type, ...]]) -> None:
    for key, value in table.items():
        if key not in keys:
            raise BoardConfigError(f"{where}: unknown key {key!r}; known are {', '.join(keys)}")
        is_bool_for_number = isinstance(value, bool) and keys[key] is not bool
        if not isinstance(value, keys[key]) or is_bool_for_number:
            raise BoardConfigError(f"{where}: {key} = {value!r} is not a {_type_name(keys[key])}")


def _input(path: Path, position: int, table: dict[str, Any]) -> InputMark:
    where = f"{path}: [[input]] number {position}"
    _require_keys(where, table, _INPUT_KEYS)
    for key in ("column", "mark"):
        if not table.get(key):
            raise BoardConfigError(f"{where}: {key} is missing; one looks like this:\n{INPUT_EXAMPLE}")
    if table["mark"] not in LABELS:
        raise BoardConfigError(f"{where}: mark = {table['mark']!r}, expected one of {', '.join(sorted(LABELS))}")
    try:
        edge = Edge(table.get("edge", Edge.RISING))
    except ValueError as error:
        raise BoardConfigError(f"{where}: edge = {table['edge']!r}, expected rising, falling or both") from error
    level = float(table.get("level", HALF_A_STEP))
    if not math.isfinite(level):
        raise BoardConfigError(f"{where}: level = {level}, expected a finite number")
    return InputMark(table["column"], table["mark"], edge, level)


def _channel(path: Path, position: int, table: dict[str, Any]) -> tuple[int, ChannelSetup]:
    where = f"{path}: [[channel]] number {position}"
    _require_keys(where, table, _KEYS)
    number = table.get("number")
    if number is None or not 1 <= number <= 256:
        raise BoardConfigError(f"{where}: number = {number}, expected the channel's number on the board, from 1")
    for key in ("name", "muscle", "side"):
        if not table.get(key, "").isprintable():
            raise BoardConfigError(f"{where}: {key} = {table[key]!r}, expected letters that can be printed")
    try:
        role = Role(table["role"]) if "role" in table else None
    except ValueError as error:
        known = ", ".join(role.value for role in Role)
        raise BoardConfigError(f"{where}: role = {table['role']!r}, expected one of {known}") from error
    return number, ChannelSetup(
        name=table.get("name"),
        role=role,
        muscle=table.get("muscle", ""),
        side=table.get("side", ""),
        gain=table.get("gain"),
        needled_band=table.get("needled_band", False),
    )


def _type_name(kind: type | tuple[type, ...]) -> str:
    return {str: "text", bool: "true or false", int: "whole number"}.get(kind, "number")  # type: ignore[arg-type]
