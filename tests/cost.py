"""Costs of work in tests, as ratios: seconds depend on the machine and on what else it does."""

import time
from collections.abc import Callable

LEAST_S = 0.1
"""CPU time for which the reference is repeated, as some systems count in steps of 16 ms."""

N_ROUNDS = 3
"""Rounds until the limit must hold. What else the machine does makes either of the two dearer, never cheaper."""

HOPELESS, HOPELESS_S = 5.0, 5.0
"""Multiple of the limit, and CPU time, from which no disturbance explains them: the rounds end there, since a fault may
take minutes."""


def assert_costs_at_most(factor: float, work: Callable[[], object], reference: Callable[[], object]) -> None:
    """Fail if the least CPU time of `work` in several rounds exceeds `factor` times the least of `reference`."""
    work_s = reference_s = float("inf")
    for _ in range(N_ROUNDS):
        reference_s, work_s = min(reference_s, _mean_s(reference, LEAST_S)), min(work_s, _mean_s(work))
        if work_s <= factor * reference_s:
            return
        if work_s > max(HOPELESS * factor * reference_s, HOPELESS_S):
            break
    raise AssertionError(f"it takes {work_s:.2g} s of CPU time, {work_s / reference_s:.3g} times the reference")


def _mean_s(work: Callable[[], object], least_s: float = 0.0) -> float:
    began_s, n_times, passed_s = time.process_time(), 0, 0.0
    while not n_times or passed_s < least_s:
        work()
        n_times += 1
        passed_s = time.process_time() - began_s
    return passed_s / n_times
