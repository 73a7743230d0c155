"""Every text of the windows goes through `twitchscope.words`, and a catalogue changes the displayed texts."""

import ast
import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from acquisition.core import AmplitudeUnit, Role
from tests.catalogue import FOREIGN, all_foreign, all_texts, speak
from tests.twitchscope.live.test_flow import World
from twitchscope import words
from twitchscope.electrodes.contraction import ChannelContraction, Visibility
from twitchscope.live.flow.steps import Step
from twitchscope.live.status import Status

ROOT = Path(__file__).parents[1]

WINDOWS = ("twitchscope/live", "twitchscope/review")
BEHIND_THEM = ("electrodes/contact", "electrodes/contraction", "entries/questions", "findings/rest")
"""Modules without a window whose texts are shown in one."""

TRANSLATORS = {"tr", "tr_n", "for_later"}

SINKS = {
    "QLabel", "QPushButton", "QCheckBox", "QTableWidgetItem", "QListWidgetItem", "setText", "setPlainText", "setTitle",
    "setWindowTitle", "setToolTip", "setPlaceholderText", "setAccessibleName", "setAccessibleDescription", "addRow",
    "addItem", "addItems", "setHorizontalHeaderLabels", "drawText", "tell", "alarm", "ask", "warn_of_silence",
    "add_command", "add_key", "Choice", "Item", "Sheet", "Question", "Glance",
}  # fmt: skip
"""Calls whose texts are shown to the user."""

KEYS_AND_UNITS = re.compile(
    r"Ctrl\+.|Ctrl\+Return|Pg(Up|Down)|End|Esc|Return|Enter|Del|Pause|F\d+|Space|[A-Z]|"
    r"kΩ| ?µV|kg/cm²|[a-z]+_[a-z_]+|.*: *TOML.*"
)

WORD = re.compile(r"[A-Za-zµ]{2,}")
PHRASE = re.compile(r"[A-Za-zµ]{2,}[,;:.!?…]? [A-Za-zµ]{2,}")

NOT_FOR_THE_SCREEN = re.compile(
    r"QWidget|QPushButton|QLabel|font-size|background|border|padding|Strip\[|gridline|sys\.exit"
)
"""Style sheets, and the source text of a probe program."""


def _modules() -> Iterator[Path]:
    for folder in WINDOWS:
        yield from sorted((ROOT / folder).rglob("*.py"))
    yield from (ROOT / "twitchscope" / f"{name}.py" for name in BEHIND_THEM)


def _called(node: ast.Call) -> str:
    function = node.func
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )


class _Finder(ast.NodeVisitor):
    """Visitor that collects texts that are shown without translation."""

    def __init__(self) -> None:
        self.found: list[tuple[int, str]] = []
        self._in_sink = False

    def visit_Call(self, node: ast.Call) -> None:
        name = _called(node)
        if name.endswith("Error"):
            return  # messages on a terminal are in English
        if name in TRANSLATORS:
            for argument in node.args:
                if isinstance(argument, ast.JoinedStr):
                    self.found.append((node.lineno, "an f-string cannot be looked up"))
            return
        before, self._in_sink = self._in_sink, self._in_sink or name in SINKS
        self.visit(node.func)
        for keyword in node.keywords:
            self.visit(keyword.value)
        for place, argument in enumerate(node.args):
            is_name_of_something = name == "Question" and place == 0
            if not is_name_of_something:
                self.visit(argument)
        self._in_sink = before

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # a docstring, or one under a constant
            self.visit(node.value)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.visit(node.value)  # the text in brackets is a key

    def visit_Compare(self, node: ast.Compare) -> None:
        """Skip comparisons, which compare labels of files."""

    def visit_Constant(self, node: ast.Constant) -> None:
        text = node.value
        if not isinstance(text, str) or NOT_FOR_THE_SCREEN.search(text):
            return
        if PHRASE.search(text) or (self._in_sink and WORD.search(text) and not _is_key(text)):
            self.found.append((node.lineno, text))


def _is_key(text: str) -> bool:
    """Return whether a text is the name of a key, a unit or a field, or a TOML file filter."""
    return KEYS_AND_UNITS.fullmatch(text) is not None


def untranslated(source: str) -> list[tuple[int, str]]:
    """Return line and text of everything that is shown without translation."""
    finder = _Finder()
    finder.visit(ast.parse(source))
    return finder.found


def test_every_text_of_the_windows_is_looked_up() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text!r}"
        for path in _modules()
        for line, text in untranslated(path.read_text("utf-8"))
    ]
    assert not found, "\n".join(found)


def test_the_finder_finds_and_passes() -> None:
    assert untranslated('QLabel("skin")') == [(1, "skin")]
    assert untranslated('x = f"look at {names} now please"')
    assert untranslated('tr(f"look at {names}")')
    assert not untranslated('QLabel(tr("skin"))\nraise ValueError("no such thing")\nif a == "two words":\n    pass')


@pytest.fixture
def esperanto(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catalogue of some texts."""
    twitches = ("{n} twitch in this session", "{n} twitches in this session")
    translations = {
        "resting": "ripozas",
        twitches: ("{n} ektiro", "{n} ektiroj"),
        "{n} of {names}": "el {names}: {n}",
        "head": "kapo",
    }
    speak(translations, tmp_path, monkeypatch)


@pytest.mark.usefixtures("esperanto")
def test_a_catalogue_changes_what_is_on_screen() -> None:
    status = Status(AmplitudeUnit.MICROVOLTS)
    glance = status.glance(1.0, is_learnt=True, unusable=[])
    assert glance.headline == "ripozas"
    assert glance.counts == "0 ektiroj"
    assert words.tr("this has no translation") == "this has no translation"


@pytest.mark.usefixtures("esperanto")
def test_a_text_for_later_is_english_until_it_is_shown() -> None:
    text = words.for_later("{n} of {names}", n=2, names=words.for_later("head"))
    assert text == "2 of head"
    assert json.dumps(text) == '"2 of head"'
    for same in (text, copy.deepcopy(text)):
        assert words.tr(same) == "el kapo: 2"
    assert words.tr(words.for_later("{n} of {names}", n=2, names="head")) == "el head: 2", "a name stays a name"
    assert words.tr("") == ""


@pytest.mark.usefixtures("esperanto")
def test_texts_joined_for_later_are_translated_each() -> None:
    text = words.joined_for_later(["{a}", words.for_later("{n} of {names}", n=2, names=words.for_later("head"))])
    assert text == "{a}, 2 of head"
    assert words.tr(text) == "{a}, el kapo: 2"
    assert words.tr(words.joined_for_later([])) == ""


def test_a_contraction_tells_the_unit_of_every_pair_in_the_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, near, far = (
        ChannelContraction(name, Role.SURFACE, 10.0, uv) for name, uv in (("A", 90), ("B", 80), ("C", 9))
    )
    texts = [Visibility([target], pairs, AmplitudeUnit.COUNTS).text() for pairs in ([far, far], [near, far])]
    assert texts[0] == "seen: A 90 counts, 9.0 × rest; smaller on the reference: C 9 counts, C 9 counts"
    speak({"counts": "nombroj"}, tmp_path, monkeypatch)
    for text in texts:
        assert (words.tr(text).count("nombroj"), words.tr(text).count("counts")) == (3, 0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a plug is out", "A plug is out."),
        ("is it on?", "Is it on?"),
        ("EMG 1 is off.", "EMG 1 is off."),
        ("8 of 9 burst …", "8 of 9 burst …"),
    ],
)
def test_a_sentence_has_a_capital_and_one_end(text: str, said: str) -> None:
    assert words.sentence(text) == said


def test_what_the_steps_keep_is_english_whatever_they_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    speak(all_foreign(), tmp_path, monkeypatch)
    world = World()
    shown = [world.flow.sheet()]
    world.to(Step.CONTRACTION)
    world.live(2)
    assert world.flow.press("G") == ""
    world.live(7, (60.0, 4.0))
    shown.append(world.flow.sheet())
    assert world.flow.press("G") == ""
    world.live(15)
    shown.append(world.flow.sheet())
    assert world.flow.press("G") == ""
    shown.append(world.flow.sheet())
    for step in (Step.BEFORE, Step.AFTER):
        world.to(step)
        while world.flow.step is step and world.told[-1:] != ["closed"]:
            shown.append(world.flow.sheet())
            assert (world.flow.press("1") if world.flow.takes("1") else world.flow.enter("2.5")) == ""
    for sheet in shown:
        assert FOREIGN in sheet.title
        assert FOREIGN in sheet.text or not sheet.text
        assert all(FOREIGN in choice.words for choice in sheet.choices if not choice.words.isdecimal())
    assert shown[1].text.count(FOREIGN) == 3, "a sentence, and the figures of both pairs in it"
    assert [line["label"] for line in world.keeper.of("check")] == ["contact", "contraction", "resting_baseline"]
    assert len(world.keeper.of("answer")) == 14
    assert FOREIGN not in json.dumps(world.keeper.lines)


def test_without_a_catalogue_everything_is_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "eo")
    assert Status(AmplitudeUnit.MICROVOLTS).glance(1.0, is_learnt=True, unusable=[]).headline == "resting"


def test_every_text_that_is_looked_up_can_be_extracted() -> None:
    """Extraction as described in CONTRIBUTING.md finds the texts of all modules."""
    found = {text if isinstance(text, str) else text[0] for text in all_texts()}
    expected = (
        "twitch seen", "no twitch seen on the surface EMG", "{n} twitch in this session", "go on", "burst …",
        "{s} s at rest: {levels} {unit}",
    )  # fmt: skip
    assert found.issuperset(expected)
    assert len(found) > 200
