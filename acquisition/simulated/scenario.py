"""Scenarios: descriptions of simulated patients as dataclasses, filled from TOML files and URLs."""

import tomllib
import types
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from acquisition.core import BoardConfigError, read_toml_text
from acquisition.simulated.electrodes import ELECTRODE_SPACING_MM, MAX_CHANNELS

DEFAULT_SCENARIO = "quiet_gastrocnemius"


def _within(default: float, low: float, high: float) -> Any:
    """Return a dataclass field with a default and an allowed range; a whole default allows whole numbers only."""
    return field(default=default, metadata={"range": (low, high)})


@dataclass(frozen=True, slots=True)
class Muscle:
    """Needled muscle.

    Attributes
    ----------
    name : str
        One of `MUSCLES`, which provides the values that are not given.
    depth_mm : float
        Depth of the taut band below the muscle's surface.
    fat_mm : float
        Skin and fat above the muscle.
    half_length_mm : float
        Fibre length from the endplate to either tendon.
    conduction_velocity_m_s : float
        Mean conduction velocity of the fibres, 4 m/s [M].
    nerve_distance_m : float
        Distance from the muscle to the spinal cord.
    afferent_velocity_m_s, motor_velocity_m_s : float
        Mean conduction velocity of the afferents that a contact excites, of groups II and III, and of the motor axons.
    """

    name: str = "medial gastrocnemius"
    depth_mm: float = _within(10.5, 1.0, 60.0)
    fat_mm: float = _within(4.0, 0.0, 60.0)
    half_length_mm: float = _within(50.0, 45.0, 200.0)
    conduction_velocity_m_s: float = _within(4.0, 2.0, 6.0)
    nerve_distance_m: float = _within(0.9, 0.05, 1.5)
    afferent_velocity_m_s: float = _within(40.0, 5.0, 80.0)
    motor_velocity_m_s: float = _within(50.0, 20.0, 80.0)

    @property
    def locus_depth_mm(self) -> float:
        """Depth of the taut band, and of the sensitive locus in it, below the skin."""
        return self.fat_mm + self.depth_mm


MUSCLES: Mapping[str, Muscle] = types.MappingProxyType(
    {
        muscle.name: muscle
        for muscle in (
            Muscle(),
            Muscle("upper trapezius", depth_mm=10.0, fat_mm=5.0, nerve_distance_m=0.2, motor_velocity_m_s=60.0),
            Muscle("infraspinatus", depth_mm=9.0, fat_mm=6.0, nerve_distance_m=0.3, motor_velocity_m_s=60.0),
            Muscle("erector spinae", depth_mm=18.0, fat_mm=8.0, nerve_distance_m=0.15, motor_velocity_m_s=55.0),
            Muscle("gluteus medius", depth_mm=30.0, fat_mm=30.0, nerve_distance_m=0.6, motor_velocity_m_s=55.0),
            Muscle("tibialis anterior", depth_mm=8.0, fat_mm=3.0, nerve_distance_m=0.85),
        )
    }
)
"""Muscles by name. Motor axons conduct at 50-60 m/s, slower in the leg than in neck and arm [M]. The rest is assumption
[D]; half length, afferents and fibre velocity are the same for all."""


@dataclass(frozen=True, slots=True)
class Point:
    """Trigger point.

    Attributes
    ----------
    irritability : float
        Irritability; 0 means that there is no trigger point and no twitch.
    contralateral_share : float
        Share of twitches with a contralateral answer: observed with active points only (Audette 2004, AJPMR 83:368
        [C]), in some 60 % of them [M].
    deep_share : float
        Share of twitches of a few small units far below the band, which pairs on the skin do not record. That
        happens (36 % seen by a clinician and one in a surface EMG, Kentucky thesis [C]; erector spinae on ultrasound
        only, Rha 2011 [C]); the share is an assumption [D].
    """

    irritability: float = _within(0.65, 0.0, 1.0)
    contralateral_share: float = _within(0.0, 0.0, 1.0)
    deep_share: float = _within(0.15, 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class NeedlePass:
    """Pass of a script.

    Attributes
    ----------
    time_s : float
        Time of the deepest position of the tip, in seconds since the start.
    depth_mm : float
        Depth of the tip below the skin; the locus is at `Muscle.locus_depth_mm`.
    across_mm : float
        Distance of the tip from the locus along the skin.
    """

    time_s: float = _within(12.0, 0.2, 86_400.0)
    depth_mm: float = _within(14.5, 0.0, 150.0)
    across_mm: float = _within(0.0, -100.0, 100.0)


@dataclass(frozen=True, slots=True)
class Needling:
    """Needling script.

    Attributes
    ----------
    rest_s : float
        Rest before the first pass, long enough to learn a baseline of 10 s.
    passes_per_s : float
        Mean rate of passes within a bout.
    bout_s, pause_s : float
        Mean length of a bout and of the pause after it.
    aim_mm : float
        Standard deviation of the tip's distance from the locus.
    passes : tuple of NeedlePass
        Passes in order of time. If there are any, no others are made, and the keys above are not used.
    """

    rest_s: float = _within(10.4, 10.2, 3600.0)
    passes_per_s: float = _within(1.5, 0.2, 4.0)
    bout_s: float = _within(12.0, 2.0, 600.0)
    pause_s: float = _within(8.0, 1.0, 3600.0)
    aim_mm: float = _within(1.0, 0.0, 50.0)
    passes: tuple[NeedlePass, ...] = ()


@dataclass(frozen=True, slots=True)
class Needle:
    """Needle as an electrode, and the sensors of the hand that holds it.

    Attributes
    ----------
    channel : int
        Number of the channel, from 1, that is the needle against a remote electrode; 0 for none.
    bare_mm : float
        Length of bare metal above the tip, which also records: 0 for the tip alone, as with concentric and monopolar
        needles; the whole length in the body for an acupuncture needle.
    motion_channel : int
        Number of the channel, from 1, to which an accelerometer on the needling hand is wired; 0 for none.
    contact_input : int
        1 where a switch in the needle's holder is wired to the board's input E1, 0 without recording of contacts.
    """

    channel: int = _within(0, 0, MAX_CHANNELS)
    bare_mm: float = _within(0.0, 0.0, 150.0)
    motion_channel: int = _within(0, 0, MAX_CHANNELS)
    contact_input: int = _within(0, 0, 1)


@dataclass(frozen=True, slots=True)
class Skin:
    """Continuous contributions of electrodes and surroundings.

    Attributes
    ----------
    electrode_spacing_mm : float
        Distance between the two electrodes of a pair.
    noise_uv : float
        Noise of skin and electrode in µV RMS within 10 to 500 Hz.
    offset_mv : float
        Largest half-cell offset of a pair.
    drift_uv_per_s : float
        Drift rate of that offset.
    mains_hz : float
        Mains frequency.
    mains_uv : float
        Amplitude of its fundamental on a typical pair.
    ecg_uv : float
        Height of the QRS complex on a typical pair; 0 for none.
    """

    electrode_spacing_mm: float = _within(ELECTRODE_SPACING_MM, 5.0, 50.0)
    noise_uv: float = _within(2.0, 0.1, 50.0)
    offset_mv: float = _within(20.0, 0.0, 300.0)
    drift_uv_per_s: float = _within(10.0, 0.0, 1000.0)
    mains_hz: float = _within(50.0, 45.0, 65.0)
    mains_uv: float = _within(2.0, 0.0, 5000.0)
    ecg_uv: float = _within(0.0, 0.0, 2000.0)


@dataclass(frozen=True, slots=True)
class Confounders:
    """Rates of the confounders per minute, from 3 s after the first pass on.

    `fasciculations_per_min` applies from the start, as in reality. `wince_share`, `tap_reflex_share`,
    `stretch_reflex_share` and `startle_share` are probabilities per pass. `needle_motion_uv` is the size of the motion
    artefact of a pass.
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
    stretch_reflex_share: float = _within(0.0, 0.0, 1.0)
    startle_share: float = _within(0.0, 0.0, 1.0)
    cramps_per_min: float = _within(0.0, 0.0, 10.0)
    leads_off_per_min: float = _within(0.0, 0.0, 10.0)
    needle_motion_uv: float = _within(10.0, 0.0, 5000.0)


@dataclass(frozen=True, slots=True)
class Scenario:
    """Simulated patient and session."""

    name: str = DEFAULT_SCENARIO
    muscle: Muscle = field(default_factory=Muscle)
    trigger_point: Point = field(default_factory=Point)
    needling: Needling = field(default_factory=Needling)
    needle: Needle = field(default_factory=Needle)
    skin: Skin = field(default_factory=Skin)
    confounders: Confounders = field(default_factory=Confounders)


def needle_channels_of(scenario: Scenario, n_channels: int) -> tuple[list[int], list[int]]:
    """Return the channels (from 0) of the needle and of the hand's motion in a scenario.

    Raises
    ------
    BoardConfigError
        If a board of `n_channels` channels has no such channel, or both are the same.
    """
    needle = scenario.needle
    for key, number in (("channel", needle.channel), ("motion_channel", needle.motion_channel)):
        if number > n_channels:
            raise BoardConfigError(
                f"scenario {scenario.name}: needle.{key} is {number}; allowed is a whole number from 0 to {n_channels},"
                " the channels of this board"
            )
    if needle.channel == needle.motion_channel != 0:
        raise BoardConfigError(
            f"scenario {scenario.name}: needle.motion_channel is {needle.channel}, which is needle.channel already"
        )
    return [needle.channel - 1] if needle.channel else [], [needle.motion_channel - 1] if needle.motion_channel else []


_TABLES: Mapping[str, type] = types.MappingProxyType(
    {
        "muscle": Muscle,
        "trigger_point": Point,
        "needling": Needling,
        "needle": Needle,
        "skin": Skin,
        "confounders": Confounders,
    }
)


def scenario_names() -> tuple[str, ...]:
    """Return the names of the built-in scenarios."""
    folder = files(__package__) / "scenarios"
    return tuple(sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml")))


def load_scenario(name: str | None = None) -> Scenario:
    """Return a scenario by name, or from a file whose name ends in ``.toml``; None is the default.

    Raises
    ------
    BoardConfigError
        If there is no such scenario, or its file contains an unknown key or an invalid value.
    """
    name = DEFAULT_SCENARIO if name is None else name
    if name.endswith(".toml"):
        return parse_scenario(read_toml_text(Path(name), "scenario"), Path(name).stem)
    if name not in scenario_names():
        raise BoardConfigError(f"there is no scenario {name!r}; known are {', '.join(scenario_names())}")
    text = (files(__package__) / "scenarios" / f"{name}.toml").read_text(encoding="utf-8")
    return parse_scenario(text, name)


def parse_scenario(text: str, name: str) -> Scenario:
    """Return the scenario described by a TOML text; omitted keys keep their defaults.

    Raises
    ------
    BoardConfigError
        With the key, the value and what is allowed.
    """
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # from the TOML parser, or an excessively large number
        raise BoardConfigError(f"scenario {name} is not valid TOML: {error}") from error
    if not isinstance(description := document.pop("description", ""), str):
        raise BoardConfigError(f"scenario {name}: description is {description!r}, and must be text")
    return _changed(Scenario(name), document)


def change_scenario(scenario: Scenario, options: Mapping[str, str]) -> Scenario:
    """Return a scenario with single values changed, as by a URL: ``{"muscle.depth_mm": "20"}``.

    Raises
    ------
    BoardConfigError
        With the key, the value and what is allowed.
    """
    document: dict[str, dict[str, Any]] = {}
    for path, text in options.items():
        table, _, key = path.partition(".")
        document.setdefault(table, {})[key] = _number_or_text(text)
    return _changed(scenario, document)


def _number_or_text(text: str) -> float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _changed(scenario: Scenario, document: Mapping[str, Any]) -> Scenario:
    """Return a scenario updated with the tables and keys of `document`."""
    tables = {}
    for table, values in document.items():
        if table not in _TABLES:
            raise BoardConfigError(f"scenario {scenario.name} has no table {table!r}; known are {', '.join(_TABLES)}")
        if not isinstance(values, dict):
            raise BoardConfigError(f"scenario {scenario.name}: {table} is {values!r}, and must be a table")
        where = f"scenario {scenario.name}: {table}"
        checked = _checked(where, _TABLES[table], values)
        before = getattr(scenario, table)
        if table == "muscle" and "name" in checked:
            before = _muscle(where, checked["name"])
        tables[table] = replace(before, **checked)
    return replace(scenario, **tables)


def _muscle(where: str, name: str) -> Muscle:
    if name not in MUSCLES:
        raise BoardConfigError(f"{where}.name is {name!r}; known are {', '.join(MUSCLES)}")
    return MUSCLES[name]


def _checked(where: str, cls: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a table for its dataclass, or raise for the first invalid one."""
    known = {item.name: item for item in fields(cls)}
    checked = {}
    for key, value in values.items():
        if key not in known:
            raise BoardConfigError(f"{where}.{key} = {value!r} is unknown; known are {', '.join(known)}")
        if key == "passes":
            value = _passes(f"{where}.{key}", value)
        elif (limits := known[key].metadata.get("range")) is None:
            if not isinstance(value, str):
                raise BoardConfigError(f"{where}.{key} is {value!r}, and must be text")
        elif not _is_within(value, limits, must_be_whole=isinstance(known[key].default, int)):
            words = "a whole number from " if isinstance(known[key].default, int) else ""
            raise BoardConfigError(f"{where}.{key} is {value!r}; allowed is {words}{limits[0]:g} to {limits[1]:g}")
        checked[key] = value
    return checked


def _is_within(value: object, limits: tuple[float, float], *, must_be_whole: bool) -> bool:
    kinds = int if must_be_whole else (int, float)
    # NaN is within no limits; bool is a subclass of int.
    return isinstance(value, kinds) and not isinstance(value, bool) and limits[0] <= value <= limits[1]


def _passes(where: str, value: object) -> tuple[NeedlePass, ...]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise BoardConfigError(f"{where} is {value!r}; it must be a list of tables with time_s, depth_mm, across_mm")
    passes: list[NeedlePass] = []
    for number, one in enumerate(value, start=1):
        passes.append(NeedlePass(**_checked(f"{where}[{number}]", NeedlePass, one)))
        if "time_s" not in one or (number > 1 and passes[-1].time_s <= passes[-2].time_s):
            raise BoardConfigError(f"{where}[{number}].time_s is {one.get('time_s')!r}; each pass comes after the last")
    return tuple(passes)
