import pytest

from acquisition.core import Silence


def test_a_silence_lasts_while_somebody_listens_and_ends_with_what_comes() -> None:
    silence = Silence(100.0)
    assert silence.go_on(100.1, 0.1) == pytest.approx(0.1)
    assert silence.go_on(101.1, 1.0) == pytest.approx(1.1)
    silence.end(101.2)
    assert silence.lasted_s == 0.0
    assert silence.go_on(101.3, 0.1) == pytest.approx(0.1)


def test_a_look_that_comes_a_little_late_counts_whole_and_a_host_that_stood_still_does_not() -> None:
    silence = Silence(0.0)
    assert silence.go_on(0.3, 0.1) == pytest.approx(0.3)
    assert silence.go_on(60.3, 0.1) == pytest.approx(0.3 + 0.1 + 0.25)


def test_a_silence_is_news_once_until_something_comes_and_is_broken_later() -> None:
    silence = Silence(0.0, report_s=0.8, broken_s=2.0)
    silence.go_on(0.75, 0.75)
    assert not silence.should_report()
    silence.go_on(1.0, 0.25)
    assert silence.should_report()
    assert not silence.should_report(), "it is told once"
    assert not silence.is_broken
    silence.go_on(2.0, 1.0)
    assert silence.is_broken
    assert not silence.should_report()
    silence.end(2.1)
    assert not silence.is_broken
    assert not silence.should_report()
    silence.go_on(3.0, 0.9)
    assert silence.should_report(), "the next one is told again"
