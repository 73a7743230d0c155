import itertools

import pytest

from acquisition.simulated.muscle.trigger_point import FLOOR_SHARE, NeedleContact, TriggerPoint


def passes(point: TriggerPoint, n: int, draw: float, start_s: float = 0.0) -> list[float | None]:
    return [point.contact(NeedleContact(start_s + i, 0.0, draw)) for i in range(n)]


def test_strength_falls_over_three_twitches_and_is_stable_then() -> None:
    strengths = passes(TriggerPoint(0.8), 8, draw=0.0)
    ratios = [later / earlier for earlier, later in itertools.pairwise(strengths)]
    assert ratios[:3] == pytest.approx([0.75, 0.75, 0.75], abs=1e-3)
    assert all(0.94 < ratio <= 1.001 for ratio in ratios[3:])
    assert strengths[-1] == pytest.approx(FLOOR_SHARE * 0.8, abs=1e-3)


def test_a_miss_changes_little_and_answers_nothing() -> None:
    point = TriggerPoint(0.8)
    assert passes(point, 1, draw=0.999) == [None]
    assert 0.95 * 0.8 < point.irritability < 0.8


def test_a_session_never_pushes_irritability_below_its_floor() -> None:
    point = TriggerPoint(0.8)
    passes(point, 500, draw=0.999)
    assert point.irritability == pytest.approx(FLOOR_SHARE * 0.8, rel=0.01)


def test_untreated_it_recovers_over_days() -> None:
    point = TriggerPoint(0.8)
    passes(point, 10, draw=0.0)
    low = point.irritability
    point.contact(NeedleContact(3600.0, 50.0, 0.999))
    assert point.irritability < 1.05 * low
    point.contact(NeedleContact(30 * 86_400.0, 50.0, 0.999))
    assert point.irritability > 0.9 * 0.8


def test_an_answer_is_likelier_near_the_locus_and_in_an_irritable_point() -> None:
    assert TriggerPoint(0.8).answer_probability(0.0) > TriggerPoint(0.2).answer_probability(0.0)
    assert TriggerPoint(0.8).answer_probability(1.0) > 10 * TriggerPoint(0.8).answer_probability(8.0)


def test_spontaneous_activity_rises_with_the_moving_needle_and_is_lower_after_twitches() -> None:
    point = TriggerPoint(0.8)
    before_uv = point.sea_uv(0.0)
    assert before_uv == pytest.approx(21.0)  # active points: 21.3 uV, Chou 2009
    passes(point, 5, draw=0.0)
    assert point.sea_uv(4.5) > point.sea_uv(60.0)
    assert 0.4 < point.sea_uv(600.0) / before_uv < 0.75


@pytest.mark.parametrize("irritability", [-0.1, 1.1, float("nan")])
def test_irritability_is_a_share(irritability: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        TriggerPoint(irritability)


def test_an_untreated_point_stays_as_it_is() -> None:
    point = TriggerPoint(0.65)
    point.live_until(30 * 86_400.0)
    assert point.irritability == pytest.approx(0.65)
    assert point.flow == pytest.approx(1.0 - 0.5 * 0.65)


def test_the_circle_closes_from_contracture_to_acetylcholine() -> None:
    """Releasing only the contracture leads, link by link, to less acetylcholine a day later."""
    stretched, left_alone = TriggerPoint(0.8), TriggerPoint(0.8)
    stretched.contracture = 0.0
    stretched.live_until(60.0)
    assert stretched.oxygen > left_alone.oxygen
    stretched.live_until(600.0)
    assert stretched.substances < left_alone.substances
    stretched.live_until(7200.0)
    assert stretched.sensitisation < left_alone.sensitisation
    stretched.live_until(86_400.0)
    assert stretched.acetylcholine < left_alone.acetylcholine == pytest.approx(0.8)


def test_twitches_raise_flow_and_wash_substances_out_within_minutes() -> None:
    point = TriggerPoint(0.8)
    flow, ph, threshold = point.flow, point.ph, point.pressure_threshold
    assert 4.9 < ph < 6.0
    passes(point, 4, draw=0.0)
    assert 1.3 < point.flow / flow < 2.2
    point.live_until(600.0)
    assert point.substances < 0.4 * 0.8
    assert point.ph > ph
    assert point.pressure_threshold > threshold
    point.live_until(900.0)
    assert point.flow > 1.2 * flow  # still raised at 15 min, Cagnie 2012
    point.live_until(86_400.0)
    assert point.flow < 1.4 * flow


def test_half_of_the_loss_is_back_within_days() -> None:
    point = TriggerPoint(0.8)
    passes(point, 4, draw=0.0)
    lost = 0.8 - point.irritability
    point.live_until(86_400.0)
    assert 0.8 - point.irritability > 0.7 * lost  # still there after a day, Sanchez-Infante 2022
    point.live_until(7 * 86_400.0)
    assert 0.15 * lost < 0.8 - point.irritability < 0.5 * lost


def test_time_that_is_past_changes_nothing() -> None:
    point = TriggerPoint(0.8)
    passes(point, 4, draw=0.0)
    point.live_until(1000.0)
    before = point.irritability, point.substances, point.flow
    point.live_until(500.0)
    assert (point.irritability, point.substances, point.flow) == before
