"""Board URLs: parsing, and refusal with a reason."""

import math
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acquisition.core import BoardConfigError, BoardUrl, parse_board_url

names = st.from_regex(r"[a-z][a-z_0-9]{0,9}", fullmatch=True)
addresses = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="?"), max_size=30)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("simulated:", ("simulated", "", {})),
        ("simulated:?seed=7&rate=1000", ("simulated", "", {"seed": "7", "rate": "1000"})),
        ("cyton:/dev/ttyUSB0?rate=250", ("cyton", "/dev/ttyUSB0", {"rate": "250"})),
        ("cyton:COM3", ("cyton", "COM3", {})),
        ("playback:C:\\data\\a b.bdf?speed=1", ("playback", "C:\\data\\a b.bdf", {"speed": "1"})),
        ("playback:100%25.bdf", ("playback", "100%25.bdf", {})),
        ("brainflow:CYTON_BOARD?serial_port=%2Fdev%2Fa&config=", ("brainflow", "CYTON_BOARD",
            {"serial_port": "/dev/a", "config": ""})),
    ],
)  # fmt: skip
def test_taken_apart(url: str, expected: tuple[str, str, dict[str, str]]) -> None:
    parsed = parse_board_url(url)
    assert (parsed.scheme, parsed.address, dict(parsed.options)) == expected


@pytest.mark.parametrize("url", ["", "simulated", "/dev/ttyUSB0", ":x", "1x:", "a b:", "C\\:x"])
def test_without_a_scheme_it_names_no_board(url: str) -> None:
    with pytest.raises(BoardConfigError, match="names no board"):
        parse_board_url(url)


@pytest.mark.parametrize("url", ["simulated:?seed", "simulated:?seed=1&&rate=2", "simulated:?seed=1&rate"])
def test_options_need_values(url: str) -> None:
    with pytest.raises(BoardConfigError, match="key=value"):
        parse_board_url(url)


def test_an_option_comes_once() -> None:
    with pytest.raises(BoardConfigError, match="twice"):
        parse_board_url("simulated:?seed=1&seed=2")


@given(scheme=names, address=addresses, options=st.dictionaries(names, st.text(max_size=20), max_size=5))
def test_what_is_put_together_is_taken_apart(scheme: str, address: str, options: dict[str, str]) -> None:
    url = f"{scheme}:{address}" + (f"?{urlencode(options)}" if options else "")
    assert parse_board_url(url) == BoardUrl(scheme, address, options)


@given(st.text(max_size=60))
def test_any_text_is_taken_apart_or_refused_in_words(text: str) -> None:
    try:
        parsed = parse_board_url(text)
    except BoardConfigError as error:
        assert str(error)
    else:
        assert parsed.scheme.isidentifier()
        assert text.startswith(f"{parsed.scheme}:{parsed.address}")


def test_unknown_options_are_refused_by_name() -> None:
    url = BoardUrl("cyton", "", {"rat": "250"})
    with pytest.raises(BoardConfigError, match=r"no option 'rat'; it knows baud, rate"):
        url.allow("rate", "baud")
    with pytest.raises(BoardConfigError, match="it knows none"):
        url.allow()
    url.allow("rat")


def test_text_and_defaults() -> None:
    url = BoardUrl("a", "", {"name": "x", "seed": "1e1"})
    assert (url.text("name", "y"), url.text("other", "y")) == ("x", "y")
    assert url.number("seed", 0.0, 0.0, 10.0) == 10.0
    assert url.number("rate", 0.25, 1.0, 2.0) == 0.25
    assert url.whole_number("seed", 3, 0, 10) == 10
    assert isinstance(url.whole_number("seed", 3, 0, 10), int)
    assert url.whole_number("rate", 3, 0, 10) == 3


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "10.1", "-0.1", "1e999"])
def test_a_number_outside_its_range_is_refused(text: str) -> None:
    with pytest.raises(BoardConfigError, match="outside 0 to 10"):
        BoardUrl("a", "", {"rate": text}).number("rate", 1.0, 0.0, 10.0)


@pytest.mark.parametrize("text", ["", "x", "1,5", "0x10", "1 2"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(BoardConfigError, match="not a number"):
        BoardUrl("a", "", {"rate": text}).number("rate", 1.0, 0.0, 10.0)


def test_a_fraction_is_no_whole_number() -> None:
    with pytest.raises(BoardConfigError, match=r"seed=1\.5 is not a whole number"):
        BoardUrl("a", "", {"seed": "1.5"}).whole_number("seed", 1, 0, 10)


@given(st.text(max_size=10))
def test_a_number_is_in_range_or_refused(text: str) -> None:
    url = BoardUrl("a", "", {"rate": text})
    try:
        value = url.number("rate", 1.0, -5.0, 5.0)
    except BoardConfigError:
        return
    assert math.isfinite(value)
    assert -5.0 <= value <= 5.0
