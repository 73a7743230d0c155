"""Words over the traces: no overlaps, and no word of an event that is not on screen."""

import itertools
from collections.abc import Sequence

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from tests.view.pictures import NAMES, event
from twitchscope.findings.event import Event
from twitchscope.live.lanes.overlay import AXIS_PX, GUTTER_PX, Flag, Overlay
from twitchscope.live.look.theme import LIGHT

WIDTH, HEIGHT, LANE_PX = 900, 200, 44.0
PX_A_SECOND = 73.0
"""As in a window of 1280 x 720, where a word is as long as 0.8 s."""


class Screen:
    """Ten seconds of traces from 0 s on."""

    gutter_px = GUTTER_PX
    axis_px = AXIS_PX

    def px(self, usual_px: float) -> float:
        return usual_px

    def x_at(self, time_s: float) -> float:
        return GUTTER_PX + PX_A_SECOND * time_s

    def lane(self, channel: int) -> tuple[float, float]:
        return channel * LANE_PX, LANE_PX

    def width(self) -> int:
        return WIDTH

    def height(self) -> int:
        return HEIGHT


class Listener(QPainter):
    """Painter that stores the drawn words with their left and right ends."""

    def __init__(self, image: QImage) -> None:
        super().__init__(image)
        self.words: list[tuple[str, float, float]] = []

    def drawText(self, at: QPointF, text: str) -> None:  # type: ignore[override]  # noqa: N802 (Qt's name)
        self.words.append((text, at.x(), at.x() + self.fontMetrics().horizontalAdvance(text)))


def written(events: Sequence[Event], flags: list[Flag]) -> list[tuple[str, float, float]]:
    """Return the drawn words with their ends, from left to right."""
    overlay = Overlay(NAMES)
    overlay.show_only(events, flags)
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    with Listener(image) as painter:
        overlay.paint(painter, Screen(), LIGHT)
        return sorted(painter.words, key=lambda word: word[1])


@pytest.mark.usefixtures("qt_application")
@pytest.mark.parametrize("apart_s", [0.1, 0.3, 0.6, 0.9, 2.0])
@pytest.mark.parametrize("last_s", [5.0, 10.6])
def test_no_word_stands_on_another_and_the_newest_is_whole(apart_s: float, last_s: float) -> None:
    events = [event("twitch", at_s, at_s + 0.05) for at_s in (last_s - 2 * apart_s, last_s - apart_s, last_s)]
    words = written(events, [])
    assert all(text in ("★", "★ medium") for text, _, _ in words)
    assert all(left[2] <= right[1] for left, right in itertools.pairwise(words))
    assert all(right <= WIDTH for _, _, right in words)
    if last_s < 10.0:
        assert words[-1][0] == "★ medium"
    if apart_s >= 0.6 and last_s < 10.0:  # at the right edge the newest word stands before its twitch for a second
        assert len(words) == len(events), "a star at least"


@pytest.mark.usefixtures("qt_application")
@pytest.mark.parametrize("apart_s", [0.05, 0.3, 0.6, 0.9, 1.1, 2.0])
@pytest.mark.parametrize("last_s", [5.0, 9.9, 10.4, 10.6])
@pytest.mark.parametrize("label", ["twitch", "uncertain"])
def test_no_word_stands_beside_or_across_the_band_of_another_twitch(apart_s: float, last_s: float, label: str) -> None:
    onsets_s = (last_s - apart_s, last_s)
    bands = [(Screen().x_at(onset_s), Screen().x_at(onset_s + 0.1)) for onset_s in onsets_s]
    events = [
        event("twitch", onsets_s[0], onsets_s[0] + 0.1, grade="strong"),
        event(label, onsets_s[1], onsets_s[1] + 0.1),
    ]
    words = written(events, [])
    for text, left, right in words:
        (own, other) = bands if "strong" in text else bands[::-1]
        if text != "★":
            assert min(left - own[1], own[0] - right, key=abs) == pytest.approx(3.0), f"{text} stands beside its own"
        if label == "twitch" or "strong" not in text:
            assert right <= other[0] or left >= other[1]
    if any(right < bands[1][0] for text, _, right in words if "medium" in text):
        assert any("strong" in text for text, _, _ in words), "else it would be read as the first one's"


def test_a_flag_that_follows_its_like_closely_is_a_tick_and_no_stair(qt_application: QApplication) -> None:
    contacts = [Flag(2.0 + 0.2 * n, "needle contact") for n in range(8)]
    texts = [text for text, _, _ in written([], [*contacts, Flag(3.5, "seen"), Flag(8.0, "needle contact")])]
    assert texts.count("needle contact") < len(contacts) / 2
    assert "seen" in texts
    assert texts[0] == texts[-1] == "needle contact"


def test_what_is_no_twitch_leaves_room_for_what_follows(qt_application: QApplication) -> None:
    words = written([event("voluntary", 4.0, 4.4), event("uncertain", 4.6, 4.7), event("twitch", 6.0, 6.1)], [])
    assert [text for text, _, _ in words] == ["– uncertain", "★ medium"]


def test_what_lies_beyond_the_edges_is_not_written(qt_application: QApplication) -> None:
    events = [event("twitch", at_s, at_s + 0.05) for at_s in (-3.0, 5.0, 11.5)]
    assert [text for text, _, _ in written(events, [])] == ["★ medium"]
    flags = [Flag(-3.0, "before"), Flag(5.0, "seen"), Flag(11.5, "to come")]
    assert [text for text, _, _ in written([], flags)] == ["seen"]


def test_a_flag_whose_signal_is_still_to_come_waits_at_the_end_of_what_is_there(qt_application: QApplication) -> None:
    at_end, past = written([], [Flag(13.0, "seen", held_s=10.0)]), written([], [Flag(5.0, "seen", held_s=4.0)])
    assert [text for text, _, _ in at_end] == ["seen"]
    assert at_end[0][2] <= WIDTH
    assert past == written([], [Flag(5.0, "seen")]), "from then on it stands at its own time"
