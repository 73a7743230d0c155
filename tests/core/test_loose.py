from acquisition.core import LooseConnection
from acquisition.core.loose import OFTEN, STEADY_S, WITHIN_S


def goings(loose: LooseConnection, times_s: list[float]) -> list[bool]:
    """Record losses at these times, each with a return half a second later; return the results of `go`."""
    begins = []
    for time_s in times_s:
        begins.append(loose.record_loss(time_s))
        loose.record_return(time_s + 0.5)
    return begins


def test_what_goes_seldom_is_not_loose() -> None:
    loose = LooseConnection()
    assert goings(loose, [100.0 + number * WITHIN_S for number in range(10)]) == 10 * [False]
    assert loose.take_losses(1e6) == 0


def test_what_goes_often_is_loose_once_and_until_it_is_steady() -> None:
    loose = LooseConnection()
    assert goings(loose, [100.0]) == [False]
    assert goings(loose, [200.0, 202.0, 204.0, 206.0, 208.0]) == [False, False, True, False, False]
    assert loose.take_losses(208.5 + STEADY_S - 0.1) == 0
    assert loose.is_on
    assert loose.take_losses(208.5 + STEADY_S) == OFTEN + 2
    assert not loose.is_on
    assert loose.take_losses(1e6) == 0
    assert goings(loose, [219.0, 220.0, 221.0]) == [False, False, True], "it has to go so often again"
    assert loose.take_losses(1e6) == OFTEN
