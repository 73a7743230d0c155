"""Energy alone: how heavy the tails of a channel's noise are, and how large a burst must be."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy import signal

from bench.budget import KINDS, Rest
from dsp.bands import choose_band_hz
from dsp.measuring.history import NAMES as HISTORY
from dsp.recent import Samples
from dsp.thresholds.budget import USUAL_CHANNELS, shares_alone
from dsp.thresholds.kernel_design import design_kernel
from dsp.verdict.alone import WEIGHED_S, AloneRule, weigh

CONFIRM = np.array([10.0, 5.0])
TAIL = np.array([[0.15, 0.1, 0.15], [0.08, 0.03, 0.025]])
"""Thresholds and tail of one channel, of the magnitude that they have at 250 samples a second."""


def rest_of(kind: str, rate_hz: float) -> Samples:
    """Return stretches of rest in the detection band, four from each of eight channels, shape (n, 32)."""
    sections = signal.butter(4, choose_band_hz(rate_hz, None), "bandpass", fs=rate_hz, output="sos")
    settle, n_each = round(rate_hz), round(WEIGHED_S * rate_hz)
    noise_uv = KINDS[kind](Rest(5, rate_hz, 8), settle + 4 * n_each)
    band_uv = signal.sosfilt(sections, noise_uv, axis=0)[settle:]
    return np.hstack(np.split(band_uv, 4))


def rule_for(budget_per_min: float) -> AloneRule:
    design = design_kernel(250.0, (30.0, 100.0), 8, np.ones(8, np.bool_), np.full(8, np.inf), budget_per_min)
    return AloneRule(250.0, design)


@pytest.mark.parametrize("rate_hz", [250.0, 1000.0, 4000.0])
def test_noise_is_weighed_by_its_amplitudes_and_not_by_its_colour(rate_hz: float) -> None:
    mean = {kind: np.mean([weigh(one) for one in rest_of(kind, rate_hz).T]) for kind in KINDS if kind != "mains"}
    assert max(mean["gaussian"], mean["coloured"], mean["drifting"]) < 0.45
    assert min(mean["heavy"], mean["mixed"]) > 0.6


def test_weight_does_not_depend_on_scale_and_lies_between_0_and_1() -> None:
    rng = np.random.default_rng(8)
    for noise_uv in (rng.standard_normal(5000), rng.laplace(size=5000), np.sign(rng.standard_normal(5000))):
        assert 0.0 <= weigh(noise_uv) <= 1.0
        assert weigh(1000.0 * noise_uv) == pytest.approx(weigh(noise_uv))
    assert weigh(np.sign(rng.standard_normal(5000))) == 0.0


def test_what_cannot_be_weighed_counts_as_heavy() -> None:
    assert weigh(np.zeros(0)) == 1.0
    assert weigh(np.zeros(100)) == 1.0


def test_heavy_noise_needs_more_energy_the_smaller_the_budget_is() -> None:
    rng = np.random.default_rng(9)
    light_uv, heavy_uv = rng.standard_normal(20_000), rng.laplace(size=20_000)
    ratio = {}
    for budget_per_min in (0.05, 0.2, 0.5, 2.0):
        rule = rule_for(budget_per_min)
        light, heavy = (rule.margin(CONFIRM, TAIL, rest_uv) for rest_uv in (light_uv, heavy_uv))
        ratio[budget_per_min] = heavy / light
    assert ratio[0.05] > ratio[0.2] > ratio[0.5]
    assert ratio[0.5] == ratio[2.0] == pytest.approx(1.0)


def test_both_windows_count_alike() -> None:
    rule, rest_uv = rule_for(0.05), np.random.default_rng(11).standard_normal(2000)
    usual, *other = (rule.margin(CONFIRM * times, TAIL, rest_uv) for times in ((1.0, 1.0), (2.0, 1.0), (1.0, 2.0)))
    assert sum(other) == pytest.approx(1.5 * usual)


def test_share_falls_with_few_channels_and_in_heavy_noise_with_many() -> None:
    one, few, usual, many = (shares_alone(1000.0, n, 0.5) for n in (1, USUAL_CHANNELS // 2, USUAL_CHANNELS, 16))
    assert one < few < usual
    assert many[0] == usual[0]
    assert many[1] < usual[1]


def test_energy_alone_confirms_what_is_large_and_nothing_much_larger() -> None:
    rng = np.random.default_rng(10)
    rule, rest_uv = rule_for(0.05), rng.standard_normal(2000)
    least = rule.margin(CONFIRM, TAIL, rest_uv)
    confirmed = [rule.confirms(share * least, least) for share in (0.99, 1.01, 1.14, 1.16)]
    assert confirmed == [False, True, True, False]


LONELY: dict[str, Any] = {
    "channels": (3,), "onset_index": 60 * 250 + 1, "n_channels": 8, "duration_s": 0.03, "company": 0.1,
    "n_elsewhere": 0, "on_beat": False, "may_be_heart": False, "likeness": 0.29, "since_larger": 2.1,
    "since_long": 2.1, "since_any": 0.31, "bursts_3s": 2.0, "risen": 1.4,
}  # fmt: skip
"""A burst that stands alone in rest and barely fulfils each condition."""


def is_lonely(**changes: Any) -> bool:
    known = LONELY | changes
    one = SimpleNamespace(**known)
    case = SimpleNamespace(**known, event=one, features=one)
    past = tuple(known.get(name, 0.0) for name in HISTORY)
    return rule_for(0.05).is_lonely(case, past, known["risen"])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("what", "other"),
    [
        ("channels", (3, 4)), ("onset_index", 60 * 250), ("duration_s", 0.009), ("duration_s", 0.12), ("company", 0.12),
        ("n_elsewhere", 1), ("on_beat", True), ("may_be_heart", True), ("likeness", 0.3), ("since_larger", 2.0),
        ("since_long", 2.0), ("since_any", 0.3), ("bursts_3s", 3.0), ("risen", 1.5),
    ],
)  # fmt: skip
def test_energy_alone_is_asked_in_rest_that_is_known_and_of_one_brief_burst(what: str, other: object) -> None:
    assert is_lonely()
    assert not is_lonely(**{what: other})


def test_fewer_channels_make_bursts_more_alike() -> None:
    assert is_lonely(n_channels=2, likeness=0.59)
    assert not is_lonely(n_channels=2, likeness=0.61)
    assert is_lonely(n_channels=1, likeness=0.74)
    assert not is_lonely(n_channels=1, likeness=0.76)
