"""Scenarios: what a simulated patient is like, as dataclasses that TOML files fill."""

import tomllib
import types
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from importlib.resources import files
from pathlib import Path
from typing import Any

from acquisition.core import BoardConfigError

DEFAULT_SCENARIO = "quiet_gastrocnemius"


def _within(default: float, low: float, high: float) -> Any:
    """Return a dataclass field with a default and the range that scenario files are held to."""
    return field(default=default, metadata={"range": (low, high)})


@dataclass(frozen=True, slots=True)
class Muscle:
    """The needled muscle.

    Attributes
    ----------
    name : str
        For people.
    depth_mm : float
        Depth of the taut band below the muscle's surface.
    fat_mm : float
        Skin and fat above the muscle.
    half_length_mm : float
        Fibre length from the endplate to either tendon.
    conduction_velocity_m_s : float
        Mean conduction velocity of the fibres.
    nerve_distance_m : float
        From the muscle to the spinal cord.
    """

    name: str = "medial gastrocnemius"
    depth_mm: float = _within(10.5, 1.0, 60.0)
    fat_mm: float = _within(4.0, 0.0, 60.0)
    half_length_mm: float = _within(60.0, 45.0, 200.0)
    conduction_velocity_m_s: float = _within(4.0, 2.0, 6.0)
    nerve_distance_m: float = _within(0.9, 0.05, 1.5)


@dataclass(frozen=True, slots=True)
class Point:
    """The trigger point.

    Attributes
    ----------
    irritability : float
        How irritable it is; 0 means that there is none and nothing ever answers.
    contralateral_share : float
        Share of twitches that the other side answers too: seen with active points only (Audette 2004, AJPMR 83:368
        [C]), in some 60 % of them [M].
    """

    irritability: float = _within(0.65, 0.0, 1.0)
    contralateral_share: float = _within(0.0, 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Needling:
    """The needling script.

    Attributes
    ----------
    rest_s : float
        Rest before the first pass: long enough to learn a baseline of 10 s.
    passes_per_s : float
        Mean rate of passes within a bout.
    bout_s, pause_s : float
        Mean length of a bout and of the pause behind it.
    aim_mm : float
        Standard deviation of the tip's distance from the locus.
    """

    rest_s: float = _within(10.4, 10.2, 3600.0)
    passes_per_s: float = _within(1.5, 0.2, 4.0)
    bout_s: float = _within(12.0, 2.0, 600.0)
    pause_s: float = _within(8.0, 1.0, 3600.0)
    aim_mm: float = _within(1.0, 0.0, 50.0)


@dataclass(frozen=True, slots=True)
class Skin:
    """What the electrodes and the surroundings add, all the time.

    Attributes
    ----------
    noise_uv : float
        Noise of skin and electrode in µV RMS within 10 to 500 Hz.
    offset_mv : float
        Largest half-cell offset of a pair.
    drift_uv_per_s : float
        Speed at which that offset wanders.
    mains_hz : float
        Frequency of the mains.
    mains_uv : float
        Amplitude of its fundamental on a typical pair.
    ecg_uv : float
        Height of the QRS complex on a typical pair; 0 for none.
    """

    noise_uv: float = _within(2.0, 0.1, 50.0)
    offset_mv: float = _within(20.0, 0.0, 300.0)
    drift_uv_per_s: float = _within(10.0, 0.0, 1000.0)
    mains_hz: float = _within(50.0, 45.0, 65.0)
    mains_uv: float = _within(2.0, 0.0, 5000.0)
    ecg_uv: float = _within(0.0, 0.0, 2000.0)


@dataclass(frozen=True, slots=True)
class Confounders:
    """How often a minute something happens that is no twitch; counted from 3 s after the first pass.

    `fasciculations_per_min` runs from the start, as in life. `wince_share`, `tap_reflex_share` and
    `startle_share` are probabilities per pass.
    """

    voluntary_per_min: float = _within(0.0, 0.0, 60.0)
    guarding_per_min: float = _within(0.0, 0.0, 20.0)
    fasciculations_per_min: float = _within(0.0, 0.0, 600.0)
    cable_per_min: float = _within(0.0, 0.0, 60.0)
    pops_per_min: float = _within(0.0, 0.0, 60.0)
    glitches_per_min: float = _within(0.0, 0.0, 600.0)
    impulses_per_min: float = _within(0.0, 0.0, 600.0)
    wince_share: float = _within(0.0, 0.0, 1.0)
    tap_reflex_share: float = _within(0.0, 0.0, 1.0)
    startle_share: float = _within(0.0, 0.0, 1.0)
    cramps_per_min: float = _within(0.0, 0.0, 10.0)
    leads_off_per_min: float = _within(0.0, 0.0, 10.0)
    needle_motion_uv: float = _within(10.0, 0.0, 5000.0)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A simulated patient and session."""

    name: str = DEFAULT_SCENARIO
    muscle: Muscle = field(default_factory=Muscle)
    trigger_point: Point = field(default_factory=Point)
    needling: Needling = field(default_factory=Needling)
    skin: Skin = field(default_factory=Skin)
    confounders: Confounders = field(default_factory=Confounders)


_TABLES: Mapping[str, type] = types.MappingProxyType(
    {"muscle": Muscle, "trigger_point": Point, "needling": Needling, "skin": Skin, "confounders": Confounders}
)


def scenario_names() -> tuple[str, ...]:
    """Return the names of the scenarios that come with the program."""
    folder = files(__package__) / "scenarios"
    return tuple(sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml")))


def load_scenario(name: str | None = None) -> Scenario:
    """Return a scenario by name, or from a file whose name ends in ``.toml``; None is the default.

    Raises
    ------
    BoardConfigError
        When there is no such scenario, or its file holds an unknown key or an impossible value.
    """
    name = DEFAULT_SCENARIO if name is None else name
    if name.endswith(".toml"):
        try:
            text = Path(name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BoardConfigError(f"the scenario file {name} cannot be read: {error}") from error
        return parse_scenario(text, Path(name).stem)
    if name not in scenario_names():
        raise BoardConfigError(f"there is no scenario {name!r}; known are {', '.join(scenario_names())}")
    text = (files(__package__) / "scenarios" / f"{name}.toml").read_text(encoding="utf-8")
    return parse_scenario(text, name)


def parse_scenario(text: str, name: str) -> Scenario:
    """Return the scenario that a TOML text describes; what it leaves out keeps its default.

    Raises
    ------
    BoardConfigError
        Names the key, the value and what is allowed.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BoardConfigError(f"scenario {name} is not valid TOML: {error}") from error
    document.pop("description", None)
    for key, value in document.items():
        if key not in _TABLES:
            raise BoardConfigError(f"scenario {name} has no table {key!r}; known are {', '.join(_TABLES)}")
        if not isinstance(value, dict):
            raise BoardConfigError(f"scenario {name}: {key} is {value!r}, and must be a table")
    return Scenario(name, **{key: _table(name, key, cls, document.get(key, {})) for key, cls in _TABLES.items()})


def _table(scenario: str, table: str, cls: type, values: Mapping[str, Any]) -> Any:
    known = {item.name: item for item in fields(cls)}
    for key, value in values.items():
        where = f"scenario {scenario}: {table}.{key}"
        if key not in known:
            raise BoardConfigError(f"{where} is unknown; {table} has {', '.join(known)}")
        limits = known[key].metadata.get("range")
        if limits is None:
            if not isinstance(value, str):
                raise BoardConfigError(f"{where} is {value!r}, and must be text")
        elif isinstance(value, bool) or not isinstance(value, (int, float)) or not limits[0] <= value <= limits[1]:
            raise BoardConfigError(f"{where} is {value!r}; allowed is {limits[0]:g} to {limits[1]:g}")
    return cls(**values)
