import errno
import os
import stat
import sys
from pathlib import Path
from typing import IO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acquisition.core import BoardConfigError, BoardInfo, Channel, ChannelSetup, Role, Setup
from twitchscope.entries.inputs import Edge, InputMark
from twitchscope.entries.setup_file import EXAMPLE, INPUT_EXAMPLE, read_inputs, read_setup, write_setup
from twitchscope.entries.visit import Visit


def _write(folder: Path, text: str) -> Path:
    path = folder / "setup.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_example_in_the_message_is_a_valid_setup(tmp_path: Path) -> None:
    setup = read_setup(_write(tmp_path, EXAMPLE))
    said = setup.of(1)
    assert (said.name, said.role, said.muscle, said.side) == ("Band A", Role.SURFACE, "upper trapezius", "left")
    assert said.gain == 12
    assert said.needled_band


def test_without_a_file_or_a_role_a_channel_keeps_its_own(tmp_path: Path) -> None:
    info = BoardInfo("Board", 250.0, (Channel("A", 0.02, Role.ECG), Channel("B", 0.02)), 65.0)
    for setup in (read_setup(None), read_setup(_write(tmp_path, "[[channel]]\nnumber = 1\nname = 'Heart'"))):
        assert [channel.role for channel in setup.apply(info).channels] == [Role.ECG, Role.SURFACE]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "no [[channel]] table"),
        ("[[channel]]\nname = 'A'", "number = None"),
        ("[[channel]]\nnumber = 0", "number = 0"),
        ("[[channel]]\nnumber = true", "not a whole number"),
        ("[[channel]]\nnumber = 1\nrole = 'skin'", "expected one of surface, needle"),
        ("[[channel]]\nnumber = 1\ncolour = 'red'", "unknown key 'colour'"),
        ("[[channel]]\nnumber = 1\ngain = 'high'", "gain = 'high' is not a number"),
        ("[[channel]]\nnumber = 1\n[[channel]]\nnumber = 1", "described twice"),
        ("[[channel]]\nnumber = 1\nname = 'B'\n[[channel]]\nnumber = 2\nname = 'B '", "two channels are called 'B'"),
        ('[[channel]]\nnumber = 1\nname = "A\\nB"', r"name = 'A\nB', expected letters that can be printed"),
        ('[[channel]]\nnumber = 1\nmuscle = "\\u001b[31m"', "expected letters that can be printed"),
        ("channel = 3", "no [[channel]] table"),
        ("rate = 250", "unknown key 'rate'"),
        ("[[channel", "no TOML file"),
    ],
)
def test_a_wrong_setup_is_refused_with_key_and_expectation(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(BoardConfigError) as caught:
        read_setup(_write(tmp_path, text))
    assert expected in str(caught.value)


def test_a_setup_that_the_disk_does_not_take_leaves_the_old_one_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(file: IO[str]) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = _write(tmp_path, EXAMPLE)
    monkeypatch.setattr("twitchscope.storage.files.flush_to_disk", refuse)
    with pytest.raises(BoardConfigError, match=r"setup\.toml cannot be written: No space left on device"):
        write_setup(path, Setup({2: ChannelSetup("B")}), Visit())
    assert path.read_text("utf-8") == EXAMPLE
    assert [one.name for one in tmp_path.iterdir()] == ["setup.toml"]


def test_a_setup_that_is_protected_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _write(tmp_path, EXAMPLE)
    monkeypatch.setattr("os.access", lambda path, how: False)  # as root, tests may write everywhere
    with pytest.raises(BoardConfigError, match="Permission denied"):
        write_setup(path, Setup({2: ChannelSetup("B")}), Visit())
    assert path.read_text("utf-8") == EXAMPLE


@pytest.mark.skipif(os.name == "nt", reason="Windows has access lists, and symlinks for administrators alone")
def test_a_setup_keeps_its_permissions_and_the_link_to_it(tmp_path: Path) -> None:
    path, link, new = _write(tmp_path, EXAMPLE), tmp_path / "link.toml", tmp_path / "new.toml"
    link.symlink_to(path)
    setup = Setup({2: ChannelSetup("B")})
    mask = os.umask(0o027)
    try:
        for mode in (0o600, 0o664):
            path.chmod(mode)
            write_setup(link, setup, Visit())
            assert stat.S_IMODE(path.stat().st_mode) == mode
        write_setup(new, setup, Visit())
    finally:
        os.umask(mask)
    assert stat.S_IMODE(new.stat().st_mode) == 0o640
    assert link.is_symlink()
    assert read_setup(path) == setup


def test_how_an_editor_saved_it_is_no_matter_or_named(tmp_path: Path) -> None:
    path = tmp_path / "setup.toml"
    path.write_text(EXAMPLE, encoding="utf-8-sig")
    assert read_setup(path).of(1).name == "Band A"
    for encoding, expected in (("utf-16", "is saved as UTF-16"), ("latin-1", "not saved as UTF-8 (byte 0xfc at 36)")):
        path.write_text("[[channel]]\nnumber = 1\nmuscle = 'tibülis'", encoding=encoding)
        with pytest.raises(BoardConfigError) as caught:
            read_setup(path)
        assert expected in str(caught.value)


def test_the_example_of_an_input_is_valid_and_may_stand_alone(tmp_path: Path) -> None:
    for text in (INPUT_EXAMPLE, EXAMPLE + INPUT_EXAMPLE):
        path = _write(tmp_path, text)
        assert read_inputs(path) == (InputMark("Digital E1", "needle_contact", Edge.RISING, 0.5),)
    assert read_inputs(_write(tmp_path, EXAMPLE)) == read_inputs(None) == ()
    assert read_setup(_write(tmp_path, INPUT_EXAMPLE)).channels == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("input = 3", "no [[input]] table"),
        ("input = []", "no [[input]] table"),
        ("[[input]]\nmark = 'seen'", "column is missing"),
        ("[[input]]\ncolumn = 'Digital E1'", "mark is missing"),
        ("[[input]]\ncolumn = 'Digital E1'\nmark = 'twitch'", "expected one of adverse_event"),
        ("[[input]]\ncolumn = 'Digital E1'\nmark = 'seen'\nedge = 'up'", "expected rising, falling or both"),
        ("[[input]]\ncolumn = 'Digital E1'\nmark = 'seen'\nlevel = nan", "a finite number"),
        ("[[input]]\ncolumn = 'Digital E1'\nmark = 'seen'\nlevel = true", "not a number"),
        ("[[input]]\ncolumn = 'E'\nmark = 'seen'\n[[input]]\ncolumn = 'E'\nmark = 'note'", "described twice"),
    ],
)
def test_a_wrong_input_is_refused_with_key_and_expectation(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(BoardConfigError) as caught:
        read_inputs(_write(tmp_path, text))
    assert expected in str(caught.value)


def test_a_missing_setup_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BoardConfigError, match="cannot be read"):
        read_setup(tmp_path / "none.toml")


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "recording.toml"
    with path.open("wb") as file:
        file.truncate(10**10)
    with pytest.raises(BoardConfigError, match="larger than a setup file"):
        read_setup(path)


@pytest.mark.skipif(sys.platform == "win32", reason="a device that never ends: POSIX")
def test_a_device_that_never_ends_is_refused() -> None:
    with pytest.raises(BoardConfigError, match="larger than a setup file"):
        read_setup(Path("/dev/zero"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes among its files")
def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BoardConfigError, match=r"the setup file .* cannot be read: it is a pipe or a terminal"):
        read_setup(tmp_path / "pipe")


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_setup_or_a_sentence(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("setup") / "setup.toml"
    path.write_bytes(data)
    try:
        read_setup(path)
        read_inputs(path)
    except BoardConfigError as error:
        assert str(path) in str(error)
