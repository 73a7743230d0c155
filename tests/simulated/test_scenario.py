from pathlib import Path

import pytest

from acquisition.core import BoardConfigError
from acquisition.simulated.scenario import DEFAULT_SCENARIO, Scenario, load_scenario, parse_scenario, scenario_names


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
        ("[muscle]\nlength = 3", ["muscle.length", "unknown", "half_length_mm"]),
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


def test_an_unknown_name_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BoardConfigError, match=r"known are .*quiet_gastrocnemius"):
        load_scenario("quiet")
    with pytest.raises(BoardConfigError, match="cannot be read"):
        load_scenario(str(tmp_path / "none.toml"))
