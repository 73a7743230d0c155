"""Messages of the strip and their priorities."""

import pytest
from PySide6.QtWidgets import QApplication

from twitchscope.live.strip import Strip


@pytest.fixture
def strip(qt_application: QApplication) -> Strip:
    return Strip()


def test_messages_stand_under_what_stays_and_cover_nothing(strip: Strip) -> None:
    strip.alarm("the disk is full")
    strip.tell("no sound")
    assert strip.text.split("\n") == ["▲ the disk is full", "no sound"]
    strip.forget()
    assert strip.text == "▲ the disk is full"
    strip.make_room()
    assert strip.isHidden()


def test_a_question_keeps_its_answers_while_messages_come(strip: Strip) -> None:
    strip.ask("end it?", [("yes", lambda: None)])
    strip.tell("taken back: seen")
    assert strip.asks
    assert strip.text.split("\n") == ["end it?", "taken back: seen"]
    strip.warn_of_silence("no sample")
    assert strip.asks, "a question waits for its answer"


def test_a_message_stands_under_the_one_before(strip: Strip) -> None:
    for text in ("one", "two", "three", "two", "four"):
        strip.tell(text)
    assert strip.text.split("\n") == ["three", "two", "four"]


def test_room_is_made_of_a_question_and_not_of_messages(strip: Strip) -> None:
    strip.ask("end it?", [("yes", lambda: None)])
    strip.tell("no sound")
    strip.make_room()
    assert (strip.text, strip.asks) == ("no sound", False)
    strip.clear()
    assert strip.isHidden()


def test_silence_that_is_over_takes_its_own_warning_away_alone(strip: Strip) -> None:
    strip.warn_of_silence("no sample")
    strip.tell("no sound")
    strip.silence_is_over()
    assert strip.text == "no sound"
    strip.alarm("the disk is full")
    strip.silence_is_over()
    assert "disk" in strip.text
