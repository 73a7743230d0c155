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
