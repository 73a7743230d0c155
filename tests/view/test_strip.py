"""What the strip says, and what stands in the way of it."""

import pytest
from PySide6.QtWidgets import QApplication

from twitchscope.live.strip import Strip


@pytest.fixture
def strip(qt_application: QApplication) -> Strip:
    return Strip()


def test_what_stands_is_not_covered_and_that_is_told(strip: Strip) -> None:
    strip.alarm("the disk is full")
    assert not strip.tell("no sound")
    assert "no sound" not in strip.text


def test_what_is_told_stands_under_what_was_told_before(strip: Strip) -> None:
    assert strip.tell("no sound")
    assert strip.tell("the recording is complete")
    assert strip.text.split("\n") == ["no sound", "the recording is complete"]


def test_room_is_made_of_a_question_and_not_of_what_was_told(strip: Strip) -> None:
    strip.ask("end it?", [("yes", lambda: None)])
    strip.make_room()
    assert (strip.text, strip.asks) == ("", False)
    assert strip.tell("no sound")
    strip.make_room()
    assert strip.text == "no sound"
