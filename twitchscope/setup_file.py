"""The setup file: what the user says of each channel, in TOML."""

import tomllib
from pathlib import Path
from typing import Any

from acquisition.core import BoardConfigError, ChannelSetup, Role, Setup

MAX_BYTES = 1_000_000
"""A setup file is a page of text; anything larger is another file."""

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
"""A setup of one channel, shown where a file cannot be read."""

_KEYS: dict[str, type | tuple[type, ...]] = {
    "number": int,
    "name": str,
    "role": str,
    "muscle": str,
    "side": str,
    "gain": (int, float),
    "needled_band": bool,
}


def read_setup(path: Path | None) -> Setup:
    """Read a setup file; without one a board's channels are `surface` and a recording's are what it says.

    Raises
    ------
    BoardConfigError
        Names the file, the key, what was expected and what came.
    """
    if path is None:
        return Setup()
    tables = _tables(path)
    channels: dict[int, ChannelSetup] = {}
    for position, table in enumerate(tables, start=1):
        number, setup = _channel(path, position, table)
        if number in channels:
            raise BoardConfigError(f"{path}: channel {number} is described twice")
        channels[number] = setup
    return Setup(channels)


def _tables(path: Path) -> list[dict[str, Any]]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BoardConfigError(f"{path} is larger than a setup file can be ({MAX_BYTES} bytes): is it a recording?")
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BoardConfigError(f"the setup file {path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BoardConfigError(f"{path} is no TOML file: {error}") from error
    unknown = sorted(set(document) - {"channel"})
    if unknown:
        raise BoardConfigError(f"{path}: unknown key {unknown[0]!r}; a setup file holds [[channel]] tables")
    tables = document.get("channel")
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise BoardConfigError(f"{path} holds no [[channel]] table; one looks like this:\n{EXAMPLE}")
    return tables


def _channel(path: Path, position: int, table: dict[str, Any]) -> tuple[int, ChannelSetup]:
    where = f"{path}: [[channel]] number {position}"
    for key, value in table.items():
        if key not in _KEYS:
            raise BoardConfigError(f"{where}: unknown key {key!r}; known are {', '.join(_KEYS)}")
        is_bool_for_number = isinstance(value, bool) and _KEYS[key] is not bool
        if not isinstance(value, _KEYS[key]) or is_bool_for_number:
            raise BoardConfigError(f"{where}: {key} = {value!r} is not a {_type_name(key)}")
    number = table.get("number")
    if number is None or not 1 <= number <= 256:
        raise BoardConfigError(f"{where}: number = {number}, expected the channel's number on the board, from 1")
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


def _type_name(key: str) -> str:
    return {str: "text", bool: "true or false", int: "whole number"}.get(_KEYS[key], "number")  # type: ignore[arg-type]
