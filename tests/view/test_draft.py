"""Drafts of a setup, setup files, and the keys of a pedal."""

from pathlib import Path

import pytest

from acquisition.core import BoardConfigError, ChannelSetup, Role, Setup
from tests.view.choosing import INFO
from twitchscope.entries.setup_file import read_setup, read_visit, write_setup
from twitchscope.entries.visit import Visit
from twitchscope.live.begin import pedal_keys
from twitchscope.live.flow.draft import SetupDraft
from twitchscope.live.settings import Settings


def test_a_setup_file_keeps_everything_that_is_written(tmp_path: Path) -> None:
    path = tmp_path / "setup.toml"
    setup = Setup({1: ChannelSetup('B"and', Role.NEEDLE, "m", "left", 12.0, True), 3: ChannelSetup(role=Role.OFF)})
    visit = Visit(operator="a1", electrode_spacing_mm=20.0, skin_preparation="alcohol 70 %")
    write_setup(path, setup, visit)
    assert read_setup(path) == setup
    assert read_visit(path) == visit


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("[visit]\noperator = 'John Smith'", "never a name"),
        ("[visit]\nneedle_length_mm = true", "expected a number"),
        ("[visit]\nneedle_length_mm = 1e9", "up to 1000"),
        ("[visit]\nname = 'x'", "unknown key 'name'"),
        ("visit = 3", "is no table"),
    ],
)
def test_a_wrong_visit_is_refused_in_one_sentence(tmp_path: Path, text: str, word: str) -> None:
    path = tmp_path / "setup.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(BoardConfigError, match=word):
        read_visit(path)


def test_a_draft_of_a_board_holds_what_the_setup_says() -> None:
    setup = Setup({2: ChannelSetup("Ref", Role.REFERENCE, gain=24.0)})
    draft = SetupDraft.of(setup.apply(INFO), setup, Visit(needle_length_mm=40.0))
    assert draft.problems() == []
    assert draft.to_setup().of(2) == ChannelSetup("Ref", Role.REFERENCE, gain=24.0)
    assert draft.to_visit().needle_length_mm == 40.0
    draft.visit["needle_length_mm"] = "long"
    assert "expected a number" in draft.problems()[0]
    for place in range(3):
        draft.change(place, "role", Role.OFF)
    assert any("no channel looks at a muscle" in problem for problem in draft.problems())


def test_keys_of_a_pedal_are_keys_of_the_screen() -> None:
    assert pedal_keys(("F13=G", "PgDown=GO", "none")) == (("F13", "G"), ("PgDown", "GO"))
    for wrong in ("F13", "F13=", "=G", "F13=NoSuchKey"):
        with pytest.raises(BoardConfigError, match="expected KEY=KEY"):
            pedal_keys((wrong,))
    try:
        Settings().keep("pedals", "F13=G =G F14= F15=NoSuchKey nonsense F16=GO")
        assert Settings().pedals == (("F13", "G"), ("F16", "GO")), "else a key without a name would stand for one"
    finally:
        Settings().keep("pedals", "")
