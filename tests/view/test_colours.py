"""Contrast of the colours of the conditions, also for the colour-blind; shape and word differ as well."""

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from twitchscope.live.look.theme import DARK, LIGHT, Theme
from twitchscope.live.status import Condition

SIGHTS = {
    "usual": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900),
    ),
}  # fmt: skip
"""Transform of linear sRGB, severity 1.0: Machado, Oliveira and Fernandes 2009, doi:10.1109/TVCG.2009.113, table 1."""

XYZ = np.array(
    ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))
)
"""CIE XYZ of linear sRGB (IEC 61966-2-1), D65."""

LEAST_DIFFERENCE = 10.0
"""CIE 1976 ΔE, four just noticeable differences of 2.3 (Mahy 1994)."""

LEAST_CONTRAST = 3.0
"""Minimum for large text and graphics on their background: WCAG 2.1, 1.4.3 and 1.4.11."""

SAME = (
    {Condition.LEARNING, Condition.CANDIDATE, Condition.NOT_A_TWITCH},
    {Condition.ELECTRODES, Condition.STOPPED},
)
"""Conditions that share a colour on purpose: no action is needed, or something is wrong."""

Colour = NDArray[np.float64]


def linear(colour: str) -> Colour:
    """Return the linear sRGB of ``#rrggbb``."""
    coded = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255.0
    return np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)


def lab(rgb: Colour) -> Colour:
    """Return CIE L*a*b* of linear sRGB."""
    share = (XYZ @ np.clip(rgb, 0.0, 1.0)) / (XYZ @ np.ones(3))
    x, y, z = np.where(share > 216 / 24389, np.cbrt(share), (24389 / 27 * share + 16.0) / 116.0)
    return np.array((116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)))


def difference(one: str, other: str, sight: str) -> float:
    """Return ΔE of two colours for a type of colour vision."""
    seen = np.array(SIGHTS[sight])
    return float(np.linalg.norm(lab(seen @ linear(one)) - lab(seen @ linear(other))))


def contrast(one: str, other: str) -> float:
    """Return the WCAG contrast ratio."""
    darker, lighter = sorted(float(XYZ[1] @ linear(colour)) for colour in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_measure_knows_what_looks_alike() -> None:
    assert difference("#ffffff", "#000000", "usual") == pytest.approx(100.0, abs=0.1)
    assert difference("#808080", "#808080", "usual") == 0.0
    red, green = "#c06060", "#808000"
    assert difference(red, green, "deuteranopia") < 0.6 * difference(red, green, "usual")
    assert contrast("#ffffff", "#000000") == pytest.approx(21.0, abs=0.01)


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_states_remain_apart(theme: Theme, sight: str) -> None:
    for one, other in itertools.combinations(Condition, 2):
        if any({one, other} <= same for same in SAME):
            assert theme.signs[one] == theme.signs[other]
            continue
        apart = difference(theme.signs[one], theme.signs[other], sight)
        assert apart >= LEAST_DIFFERENCE, f"{one.value} and {other.value} are {apart:.1f} apart"


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_what_lies_on_the_traces_is_told_from_them(theme: Theme, sight: str) -> None:
    for name in ("twitch", "other", "hatch", "grid"):
        apart = difference(theme.trace, getattr(theme, name), sight)
        assert apart >= LEAST_DIFFERENCE, f"{name} is {apart:.1f} from the trace"


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_signs_and_words_stand_out_from_their_ground_without_colour(theme: Theme) -> None:
    for condition in Condition:
        ground = theme.signs[condition] if condition is Condition.TWITCH else theme.panel
        ink = "#101418" if condition is Condition.TWITCH else theme.signs[condition]
        assert contrast(ink, ground) >= LEAST_CONTRAST, condition
    assert contrast(theme.signs[Condition.TWITCH], theme.panel) >= 1.5, "filled is another grey than empty"
    for words, ground in (
        (theme.text, theme.background), (theme.text, theme.panel), (theme.faint_text, theme.background),
        (theme.alarm_text, theme.alarm),
    ):  # fmt: skip
        assert contrast(words, ground) >= 4.5
