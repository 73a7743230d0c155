from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from acquisition.core import BoardConfigError, Role, open_board
from acquisition.simulated.patient import SimulatedPatient
from acquisition.simulated.scenario import (
    DEFAULT_SCENARIO,
    MUSCLES,
    Muscle,
    Scenario,
    change_scenario,
    load_scenario,
    needle_channels_of,
    parse_scenario,
    scenario_names,
)


@pytest.mark.parametrize("name", scenario_names())
def test_every_scenario_of_the_library_loads(name: str) -> None:
    assert load_scenario(name).name == name


def test_the_library_holds_what_the_documents_promise() -> None:
    assert {
        "quiet_gastrocnemius", "trapezius_ecg", "guarding_patient", "thick_fat", "no_trigger_point", "messy",
    } <= set(scenario_names())  # fmt: skip


def test_the_document_tells_of_every_scenario() -> None:
    text = (Path(__file__).parents[2] / "hardware_docs" / "simulator.md").read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in text for name in scenario_names())


def test_the_default_scenario_is_all_defaults() -> None:
    assert load_scenario() == Scenario(DEFAULT_SCENARIO)


def test_a_scenario_comes_from_a_file_too(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[muscle]\ndepth_mm = 20\n", encoding="utf-8")
    assert load_scenario(str(path)).muscle.depth_mm == 20


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[muscle]\ndepth_mm = -1", ["muscle.depth_mm", "-1", "1 to 60"]),
        ("[muscle]\ndepth_mm = nan", ["muscle.depth_mm", "nan", "1 to 60"]),
        ("[muscle]\ndepth_mm = true", ["muscle.depth_mm", "True", "1 to 60"]),
        ("[muscle]\ndepth_mm = 'deep'", ["muscle.depth_mm", "'deep'", "1 to 60"]),
        ("[muscle]\nname = 3", ["muscle.name", "3", "text"]),
        ("[muscle]\nname = 'left ear'", ["muscle.name", "'left ear'", "upper trapezius, infraspinatus"]),
        ("[muscle]\nlength = 3", ["muscle.length", "3", "unknown", "half_length_mm"]),
        ("[muscle]\nmotor_velocity_m_s = inf", ["muscle.motor_velocity_m_s", "inf", "20 to 80"]),
        ("[muscle]\nafferent_velocity_m_s = 0", ["muscle.afferent_velocity_m_s", "0", "5 to 80"]),
        ("description = 3", ["description", "3", "text"]),
        ("a = " + 5000 * "[" + 5000 * "]", ["TOML"]),
        ("[needling]\nrest_s = 5.0", ["needling.rest_s", "5.0", "10.2 to 3600"]),
        ("[trigger_point]\ncontralateral_share = 1.5", ["trigger_point.contralateral_share", "1.5", "0 to 1"]),
        ("[confounders]\nleads_off_per_min = 99", ["confounders.leads_off_per_min", "99", "0 to 10"]),
        ("[nerves]\na = 1", ["nerves", "trigger_point"]),
        ("muscle = 3", ["muscle", "3", "table"]),
        ("[muscle", ["TOML"]),
    ],
)
def test_an_impossible_scenario_is_refused_with_key_value_and_range(text: str, words: list[str]) -> None:
    with pytest.raises(BoardConfigError) as error:
        parse_scenario(text, "tried")
    assert all(word in str(error.value) for word in ["tried", *words])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("needling.passes = 3", ["needling.passes", "3", "list"]),
        ("needling.passes = [3]", ["needling.passes", "list"]),
        ("needling.passes = [{depth_mm = 3}]", ["needling.passes[1].time_s", "None"]),
        ("needling.passes = [{time_s = 2}, {time_s = 2}]", ["needling.passes[2].time_s", "2", "after"]),
        ("needling.passes = [{time_s = 2, depth_mm = -3}]", ["needling.passes[1].depth_mm", "-3", "0 to 150"]),
        ("needle.channel = 2.5", ["needle.channel", "2.5", "whole", "0 to 16"]),
        ("needle.channel = 17", ["needle.channel", "17", "0 to 16"]),
    ],
)
def test_an_impossible_needle_is_refused(text: str, words: list[str]) -> None:
    with pytest.raises(BoardConfigError) as error:
        parse_scenario(text, "tried")
    assert all(word in str(error.value) for word in ["tried", *words])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("needle.channel = 5", ["needle.channel", "5", "0 to 4"]),
        ("needle.channel = 2\nneedle.motion_channel = 2", ["needle.motion_channel", "2", "already"]),
    ],
)
def test_a_needle_that_this_board_cannot_have_is_refused(text: str, words: list[str]) -> None:
    with pytest.raises(BoardConfigError) as error:
        needle_channels_of(parse_scenario(text, "tried"), 4)
    assert all(word in str(error.value) for word in words)


def test_a_url_changes_single_values() -> None:
    changed = change_scenario(load_scenario("trapezius_ecg"), {"muscle.depth_mm": "20", "needle.channel": "3"})
    assert (changed.muscle.depth_mm, changed.needle.channel, changed.skin.ecg_uv) == (20, 3, 150.0)
    board = open_board("simulated:?scenario=thick_fat&muscle.fat_mm=2&needle.channel=1&channels=2")
    assert board.info.channels[0].role is Role.NEEDLE
    board.close()


def test_a_muscle_is_chosen_by_its_name_and_its_values_may_be_changed() -> None:
    for name, muscle in MUSCLES.items():
        assert parse_scenario(f"muscle.name = {name!r}", "tried").muscle == muscle
    changed = parse_scenario('muscle.name = "upper trapezius"\nmuscle.fat_mm = 12', "tried").muscle
    assert changed == replace(MUSCLES["upper trapezius"], fat_mm=12)


@pytest.mark.parametrize("muscle", MUSCLES.values(), ids=MUSCLES.keys())
def test_every_known_muscle_is_a_possible_one(muscle: Muscle) -> None:
    for key in fields(Muscle):
        if "range" in key.metadata:
            low, high = key.metadata["range"]
            assert low <= getattr(muscle, key.name) <= high


KEYS = [
    (table.name, key.name, key.metadata["range"], isinstance(key.default, int))
    for table in fields(Scenario)
    if table.name != "name"
    for key in fields(getattr(Scenario(), table.name))
    if "range" in key.metadata
]
"""All numbers of the schema: table, key, range, whether it is whole."""


@settings(max_examples=150)
@given(
    st.sampled_from(KEYS),
    st.one_of(st.floats(), st.integers(-(10**9), 10**9), st.booleans(), st.text("abc", max_size=5)),
)
def test_a_value_is_taken_within_its_range_and_refused_with_it(
    key: tuple[str, str, tuple[float, float], bool], value: float | str
) -> None:
    table, name, (low, high), is_whole = key
    toml = f"{value!r}".lower() if not isinstance(value, str) else f'"{value}"'
    kind = int if is_whole else (int, float)
    if isinstance(value, kind) and not isinstance(value, bool) and low <= value <= high:
        assert getattr(getattr(parse_scenario(f"{table}.{name} = {toml}", "tried"), table), name) == value
        return
    words = [f"{table}.{name} is {value!r};", f"{low:g} to {high:g}"]
    with pytest.raises(BoardConfigError) as error:
        parse_scenario(f"{table}.{name} = {toml}", "tried")
    assert all(word in str(error.value) for word in words)
    if not isinstance(value, bool):
        with pytest.raises(BoardConfigError) as error:
            change_scenario(Scenario("tried"), {f"{table}.{name}": str(value)})
        assert all(word in str(error.value) for word in words)


@settings(max_examples=15)
@given(st.data())
def test_every_possible_patient_lives(data: st.DataObject) -> None:
    """Any values within the ranges give a signal of the right shape, and a truth in order of time."""
    lines = []
    for table, name, (low, high), is_whole in data.draw(st.lists(st.sampled_from(KEYS), max_size=8, unique=True)):
        numbers = st.integers(int(low), min(3, int(high))) if is_whole else st.floats(low, high)
        lines.append(f"{table}.{name} = {data.draw(numbers)!r}")
    text = "\n".join(lines) + "\nneedling.passes = [{time_s = 1.0}, {time_s = 1.5}, {time_s = 5.0}, {time_s = 6.0}]"
    scenario = parse_scenario(text, "tried")
    assume(scenario.needle.channel != scenario.needle.motion_channel or scenario.needle.channel == 0)
    patient = SimulatedPatient(scenario, 1, 250, 3)
    assert patient.next_counts(250 * 7).shape == (1750, 3)
    assert len(patient.truth.needle_contacts) == 4
    assert all(one.start_s <= one.stop_s for one in patient.truth.confounders)


def test_an_unknown_name_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BoardConfigError, match=r"known are .*quiet_gastrocnemius"):
        load_scenario("quiet")
    with pytest.raises(BoardConfigError, match="cannot be read"):
        load_scenario(str(tmp_path / "none.toml"))
