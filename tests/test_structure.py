"""Checks beyond the import linter: `.pyx` files, platform-specific imports, names that are loaded as text."""

import ast
import re
from pathlib import Path

import pytest

from acquisition.core import load
from acquisition.core.registry import DRIVERS
from twitchscope.cli import COMMANDS
from twitchscope.commands.simulate import RECORD_SIMULATION, SERVE_WIRE

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("acquisition", "dsp", "twitchscope")
PYX_FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.pyx"))
PY_FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
WINDOWS = {("twitchscope", "live"), ("twitchscope", "review")}
POSIX_ONLY = {"fcntl", "pty", "termios", "tty", "resource", "pwd", "grp", "posix"}


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", PYX_FILES, ids=_name)
def test_kernels_import_only_what_lies_beside_them(path: Path) -> None:
    imported = re.findall(r"^\s*(?:from|c?import)\s+([\w.]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert not [name for name in imported if name.split(".")[0] in PACKAGES or name.startswith("..")]


@pytest.mark.parametrize("path", PYX_FILES, ids=_name)
def test_kernels_leave_bounds_checks_to_the_build(path: Path) -> None:
    header = path.read_text(encoding="utf-8")
    assert not re.search(r"#\s*cython:.*(boundscheck|initializedcheck)", header)
    assert not re.search(r"@\s*cython\.(boundscheck|initializedcheck)", header)
    assert path.with_suffix(".pyi").exists()


@pytest.mark.parametrize("path", PY_FILES, ids=_name)
def test_nothing_of_one_system_is_imported_at_the_top(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = [
        name
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    ]
    assert not POSIX_ONLY.intersection(name.split(".")[0] for name in names if name)


def _imported(path: Path) -> set[str]:
    """Return the names of all imports anywhere in a file."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    whole = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    parts = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    return whole | {f"{node.module}.{alias.name}" for node in parts for alias in node.names}


def test_the_detector_knows_no_board_no_file_and_no_clock() -> None:
    """Arrays in, events out. Its trained trees are part of the package and are read as a resource."""
    unknown = {"acquisition", "twitchscope", "os", "io", "pathlib", "socket", "serial", "time", "datetime", "threading"}
    for path in (path for path in PY_FILES if path.relative_to(ROOT).parts[0] == "dsp"):
        assert not unknown & {name.split(".")[0] for name in _imported(path)}, _name(path)
        assert not re.search(r"(?<![\w.])open\(", path.read_text(encoding="utf-8")), _name(path)


def test_the_detector_adds_squares_in_the_same_order_on_every_processor() -> None:
    """BLAS, called by ``@`` and ``vdot``, does not have a fixed order; `dsp.measuring.measures.energy_of` has."""
    of_itself = re.compile(r"(\S+\w\]?) @ \1(?![\w.\[])|vdot\(")
    # A line fit through twitches, by LAPACK; slow twins.
    other = ("dsp/sites/measures.py", "dsp/slow_twins/burst.py", "dsp/slow_twins/models.py")
    for path in (path for path in PY_FILES if path.relative_to(ROOT).parts[0] == "dsp" and _name(path) not in other):
        assert not of_itself.search(path.read_text(encoding="utf-8")), _name(path)


def test_qt_stays_in_the_windows() -> None:
    for path in (path for path in PY_FILES if path.relative_to(ROOT).parts[:2] not in WINDOWS):
        assert not {"PySide6", "pyqtgraph"} & {name.split(".")[0] for name in _imported(path)}, _name(path)


@pytest.mark.parametrize("package", ["drivers", "simulated"])
@pytest.mark.parametrize("path", PY_FILES, ids=_name)
def test_nothing_imports_a_board_by_name(path: Path, package: str) -> None:
    if package not in path.relative_to(ROOT).parts:
        imported = rf"^\s*(?:from|import)\s+acquisition(?:\.|\s+import\s.*\b){package}\b"
        assert not re.search(imported, path.read_text("utf-8"), re.MULTILINE)


def test_the_package_of_commands_holds_commands_and_nothing_else() -> None:
    modules = {path.stem for path in (ROOT / "twitchscope" / "commands").glob("*.py")} - {"__init__"}
    assert modules == set(COMMANDS)
    for name in modules:
        assert load(f"twitchscope.commands.{name}:SUMMARY")
        assert all(callable(load(f"twitchscope.commands.{name}:{part}")) for part in ("add_arguments", "run"))


@pytest.mark.parametrize("target", [*DRIVERS.values(), SERVE_WIRE, RECORD_SIMULATION])
def test_everything_loaded_by_name_is_there(target: str) -> None:
    assert callable(load(target))
