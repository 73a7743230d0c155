"""Seeded scenes with known truth: rates of detected twitches and of false alarms."""

import pytest

from dsp import detect_twitches
from dsp.measuring.measures import grade_of
from tests.dsp import scenes


def clean(scene: scenes.Scene) -> None:
    """Leave the scene unchanged."""


SCENES = {"clean": clean, "mains": scenes.add_mains, "heart": scenes.add_heart, "faults": scenes.add_faults}


@pytest.mark.parametrize(("name", "least", "most_false"), [("clean", 0.85, 0), ("mains", 0.85, 0), ("heart", 0.8, 1)])
def test_twitches_are_found_in_a_scene(name: str, least: float, most_false: int) -> None:
    scene = scenes.quiet(1000.0, 90.0, 8, seed=7)
    SCENES[name](scene)
    scenes.add_twitches(scene)
    result = scenes.score(scene, detect_twitches(scene.signal_uv, 1000.0))
    assert result["n"] >= 15
    assert result["found"] >= least * result["n"]
    assert len(result["false"]) <= most_false


@pytest.mark.parametrize("name", ["mains", "heart", "faults"])
def test_what_is_no_twitch_is_not_called_one(name: str) -> None:
    scene = scenes.quiet(1000.0, 90.0, 8, seed=8)
    SCENES[name](scene)
    result = scenes.score(scene, detect_twitches(scene.signal_uv, 1000.0))
    assert len(result["false"]) <= 1


def test_grades_change_at_20_and_30_db() -> None:
    assert [grade_of(db) for db in (19.99, 20.0, 29.99, 30.0)] == ["weak", "medium", "medium", "strong"]
