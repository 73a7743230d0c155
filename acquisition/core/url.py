"""Board URLs: ``scheme:address?key=value&key=value``."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from acquisition.core.errors import BoardConfigError


@dataclass(frozen=True, slots=True)
class BoardUrl:
    """Parsed board URL.

    Attributes
    ----------
    scheme : str
        Name of the driver, e.g. ``cyton``.
    address : str
        Port, board name or file; may be empty. Never percent-decoded, so that file names stay unchanged.
    options : mapping of str to str
        Options after the question mark.
    """

    scheme: str
    address: str
    options: Mapping[str, str]

    def allow(self, *keys: str) -> None:
        """Refuse options that are not among `keys`.

        Raises
        ------
        BoardConfigError
            If there is another option. The message names it and the known ones.
        """
        for key in self.options:
            if key not in keys:
                raise BoardConfigError(
                    f"{self.scheme}: has no option {key!r}; it knows {', '.join(sorted(keys)) or 'none'}"
                )

    def text(self, key: str, default: str) -> str:
        """Return option `key`, or `default` when it is not given."""
        return self.options.get(key, default)

    def number(self, key: str, default: float, low: float, high: float) -> float:
        """Return option `key` as a number in [low, high], or `default` when it is not given.

        Raises
        ------
        BoardConfigError
            If it is not a number or outside the range (NaN is outside every range).
        """
        text = self.options.get(key)
        if text is None:
            return default
        try:
            value = float(text)
        except ValueError as error:
            raise BoardConfigError(f"{self.scheme}: {key}={text} is not a number") from error
        if not low <= value <= high:
            raise BoardConfigError(f"{self.scheme}: {key}={text} is outside {low:g} to {high:g}")
        return value

    def whole_number(self, key: str, default: int, low: int, high: int) -> int:
        """Return option `key` as a whole number in [low, high], or `default` when it is not given."""
        value = self.number(key, default, low, high)
        if value != int(value):
            raise BoardConfigError(f"{self.scheme}: {key}={self.options[key]} is not a whole number")
        return int(value)


def parse_board_url(url: str) -> BoardUrl:
    """Parse a board URL.

    Raises
    ------
    BoardConfigError
        If it has no scheme, or an option has no value or is given twice.
    """
    scheme, colon, rest = url.partition(":")
    if not colon or not scheme.isidentifier():
        raise BoardConfigError(
            f"{url!r} names no board: expected something like simulated:?seed=1, cyton:/dev/ttyUSB0, "
            "brainflow:CYTON_BOARD?serial_port=/dev/ttyUSB0 or playback:recording.bdf"
        )
    address, _, query = rest.partition("?")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError as error:
        raise BoardConfigError(f"{query!r} in {url!r} is not of the form key=value&key=value") from error
    options = dict(pairs)
    if len(options) != len(pairs):
        raise BoardConfigError(f"an option comes twice in {url!r}")
    return BoardUrl(scheme, address, options)
