"""Golden pictures of the window's parts; ``python -m tests.view.pictures`` regenerates them after intended changes."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from tests.needs import missing
from tests.view.pictures import FONT, GOLDEN, PICTURES, has_font, signs
from twitchscope.live.look.theme import LIGHT

FAR = 64
"""A pixel differs if one of its colours differs by more than this, of 255."""

MOST_DIFFERING = 0.01
"""Largest fraction of differing pixels, as edges of letters vary with the release of Qt or FreeType."""


@pytest.fixture
def font(qt_application: QApplication) -> None:
    if not has_font():
        missing(f"the font {FONT} is not on this machine: install fonts-dejavu-core")


def _pixels(image: QImage) -> NDArray[np.int64]:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return rows[:, : image.width(), :3].astype(np.int64)


def _share_that_differs(one: QImage, other: QImage) -> float:
    assert one.size() == other.size()
    return float((np.abs(_pixels(one) - _pixels(other)).max(axis=2) > FAR).mean())


@pytest.mark.usefixtures("font")
@pytest.mark.parametrize("name", list(PICTURES))
def test_a_part_of_the_window_looks_as_it_did(name: str) -> None:
    golden = QImage(str(GOLDEN / name))
    assert not golden.isNull()
    assert _share_that_differs(PICTURES[name](), golden) <= MOST_DIFFERING


@pytest.mark.usefixtures("font")
def test_a_part_that_looks_otherwise_is_noticed() -> None:
    golden = QImage(str(GOLDEN / "view-signs-light.png"))
    changed = signs(LIGHT)
    row = golden.copy(0, 0, golden.width(), 64)
    another = golden.copy(0, 64, golden.width(), 64)
    assert _share_that_differs(row, another) > MOST_DIFFERING
    assert _share_that_differs(changed, changed) == 0.0
