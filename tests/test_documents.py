"""The documents refer only to existing links, commands and options."""

import re
from pathlib import Path

import pytest

from twitchscope.cli import COMMANDS
from twitchscope.entries.setup_file import read_inputs, read_setup
from twitchscope.notice import NOT_A_MEDICAL_DEVICE

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "hardware_docs").rglob("*.md")]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    assert not [target for target in targets if not (path.parent / target).exists()]


def test_the_readme_says_that_it_is_no_medical_device_and_names_every_command() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert NOT_A_MEDICAL_DEVICE in text
    for command in COMMANDS:
        assert f"twitchscope {command}" in text


def test_false_alarms_with_the_needle_in_are_told_apart_from_the_budget() -> None:
    results = " ".join((ROOT / "bench" / "detection" / "RESULTS.md").read_text(encoding="utf-8").split())
    assert "a budget of 0.05 false alarms per minute from noise alone at rest" in results
    assert 'is a false alarm, counted with the needle in unless the row says "rest"' in results
    assert "](bench/detection/RESULTS.md)" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_setup_file_of_the_hardware_documents_can_be_read(tmp_path: Path) -> None:
    text = (ROOT / "hardware_docs" / "cyton.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    path = tmp_path / "setup.toml"
    path.write_text("\n".join(blocks), encoding="utf-8")
    assert [mark.column for mark in read_inputs(path)] == ["Analog A5"]
    assert [channel.name for channel in read_setup(path).channels.values()] == ["Band A", "Reference"]
