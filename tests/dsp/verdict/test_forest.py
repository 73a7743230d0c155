"""The classifier: its weights as read from text, its sum compared with a slow twin, and its reasons."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsp.verdict.evidence import NAMES
from dsp.verdict.forest import Forest, load_forest, parse_forest
from dsp.verdict.reasons import AS_ONE_UNIT, FOCAL, GROUPS, MANY_UNITS, NOT_FOCAL, ONLY_CHANNEL, explain, truer_words

FOREST = load_forest()


def slow_log_odds(forest: Forest, evidence: np.ndarray) -> float:
    """Return the sum of the trees by walking one tree after another."""
    total = forest.bias
    for root in forest.roots:
        at, node = int(root), forest.nodes[root]
        while node["child"][0] != at:
            at = int(node["child"][0 if evidence[node["feature"]] <= node["limit"] else 1])
            node = forest.nodes[at]
        total += float(node["value"])
    return total


def test_weights_are_those_of_this_evidence() -> None:
    assert FOREST.names == NAMES
    assert len(set(NAMES)) == len(NAMES)
    assert 0.0 < FOREST.threshold < 1.0
    assert len(FOREST.roots) > 50


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1))
def test_all_trees_at_once_equal_one_after_the_other(seed: int) -> None:
    evidence = np.random.default_rng(seed).normal(0.0, 2.0, len(NAMES))
    reached = FOREST.reach(evidence)
    probability, shares = FOREST.probability(reached), FOREST.shares(reached)
    expected = slow_log_odds(FOREST, evidence)
    assert probability == pytest.approx(1.0 / (1.0 + np.exp(-expected)), rel=1e-9)
    roots = FOREST.bias + FOREST.nodes["value"][FOREST.roots].sum()
    assert roots + shares.sum() == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 1e300])
def test_numbers_that_should_not_come_raise_nothing(value: float) -> None:
    evidence = np.full(len(NAMES), value)
    reached = FOREST.reach(evidence)
    assert 0.0 <= FOREST.probability(reached) <= FOREST.highest(evidence) + 1e-12 <= 1.0 + 1e-9
    assert np.all(np.isfinite(FOREST.shares(reached)))


def test_forest_is_read_from_its_text() -> None:
    tree = {"f": [1, 0, 0], "l": [0.5, 0.0, 0.0], "a": [2, 1, 2], "v": [0.0, -2.0, 2.0]}
    reported = {"names": ["a", "b"], "depth": 1, "bias": 0.0, "threshold": 0.5, "trees": [tree, tree]}
    forest = parse_forest(json.dumps(reported))
    reached = forest.reach(np.array([0.0, 1.0]))
    high, shares = forest.probability(reached), forest.shares(reached)
    low = forest.probability(forest.reach(np.array([0.0, 0.0])))
    assert high == pytest.approx(1.0 / (1.0 + np.exp(-4.0)))
    assert low == pytest.approx(1.0 - high)
    assert shares.tolist() == [0.0, 4.0]
    assert forest.highest(np.array([0.0, np.nan])) == pytest.approx(high)
    assert forest.highest(np.array([np.nan, 0.0])) == pytest.approx(low)


def chain_of(n_splits: int) -> dict[str, list[float]]:
    """Return a tree in which the left child of every split is a leaf."""
    above = [k for at in range(n_splits) for k in (2 * at + 2, 2 * at + 1)] + [2 * n_splits]
    limits = [k // 2 + 0.5 if k % 2 == 0 else 0.0 for k in range(2 * n_splits + 1)]
    values = [0.1 * k for k in range(2 * n_splits + 1)]
    return {"f": [0] * (2 * n_splits + 1), "l": limits, "a": above, "v": values}


def test_a_tree_may_have_as_many_leaves_as_a_word_has_bits_and_no_more() -> None:
    reported = {"names": ["a"], "depth": 32, "bias": 0.0, "threshold": 0.5, "trees": [chain_of(31)]}
    forest = parse_forest(json.dumps(reported))
    for value in (-1.0, 0.0, 15.0, 30.0, 31.0):
        expected = slow_log_odds(forest, np.array([value]))
        assert forest.probability(forest.reach(np.array([value]))) == pytest.approx(
            1.0 / (1.0 + np.exp(-expected)), rel=1e-9
        )
    with pytest.raises(ValueError, match="32 leaves each, not 1 of 33"):
        parse_forest(json.dumps({**reported, "trees": [chain_of(32)]}))


def test_nodes_in_another_order_are_refused() -> None:
    tree = {"f": [0, 0, 0], "l": [0.5, 0.0, 0.0], "a": [1, 1, 2], "v": [0.0, -2.0, 2.0]}
    reported = {"names": ["a"], "depth": 1, "bias": 0.0, "threshold": 0.5, "trees": [tree]}
    with pytest.raises(ValueError, match="its left side first"):
        parse_forest(json.dumps(reported))


def test_every_number_counts_towards_one_reason() -> None:
    reported = [name for _, _, names in GROUPS.values() for name in names]
    assert sorted(reported) == sorted(NAMES)


def test_reasons_are_those_that_moved_the_verdict_most() -> None:
    shares = np.zeros(len(NAMES))
    shares[NAMES.index("duration")] = 1.0
    shares[NAMES.index("spread")] = 0.5
    shares[NAMES.index("frequency")] = -0.9
    assert explain(shares, speaks_for=True) == ("brief", "focal")
    assert explain(shares, speaks_for=False) == ("spectrum of no muscle",)
    assert len(explain(np.zeros(len(NAMES)), speaks_for=True)) == 1


@pytest.mark.parametrize(
    ("n_seen", "n_channels", "is_as_one_unit", "reported"),
    [
        (1, 2, False, (FOCAL, MANY_UNITS)),
        (4, 8, True, (FOCAL, AS_ONE_UNIT)),
        (5, 8, False, (NOT_FOCAL, MANY_UNITS)),
        (1, 1, True, (ONLY_CHANNEL, AS_ONE_UNIT)),
    ],
)
def test_no_reason_is_given_that_is_not_true_of_the_burst(
    n_seen: int, n_channels: int, is_as_one_unit: bool, reported: tuple[str, str]
) -> None:
    shares = np.zeros(len(NAMES))
    shares[NAMES.index("spread")] = 1.0
    shares[NAMES.index("unit")] = 0.5
    instead = truer_words(n_seen, n_channels, is_as_one_unit=is_as_one_unit)
    assert explain(shares, speaks_for=True, instead=instead) == reported
