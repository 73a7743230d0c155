"""Reading of the text of a TOML file written by hand, or crafted to do harm."""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path

from acquisition.core.errors import BoardConfigError
from acquisition.core.plain_file import read_at_most

MAX_BYTES = 1_000_000
"""Largest file size. A page of text is a thousandth of it; anything larger is another kind of file."""

LONGEST_LINE = 4_000
"""Longest line in characters. Deeper nesting makes the parser slow or overflows its stack."""


def read_toml_text(path: Path, what: str) -> str:
    """Return the text of a setup file, a scenario file or another kind of file named by `what`.

    Raises
    ------
    BoardConfigError
        If the file cannot be read, is too large, is not UTF-8 or has too long a line.
    """
    try:
        content = read_at_most(path, MAX_BYTES)
        if content is None:
            raise BoardConfigError(f"{path} is larger than a {what} file can be ({MAX_BYTES} bytes): is it another?")
        if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
            raise BoardConfigError(f"{path} is saved as UTF-16, expected UTF-8: choose that where the editor saves it")
        text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except OSError as error:
        raise BoardConfigError(f"the {what} file {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BoardConfigError(
            f"{path} is not saved as UTF-8 (byte 0x{error.object[error.start]:02x} at {error.start}): choose that "
            "where the editor saves it, or is it another file?"
        ) from error
    longest = max(map(len, text.splitlines()), default=0)
    if longest > LONGEST_LINE:
        raise BoardConfigError(f"{path} has a line of {longest} characters: is it a {what} file?")
    return text
