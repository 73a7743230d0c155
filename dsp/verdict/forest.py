"""Learned classifier: a sum of many shallow trees, read from a text file, with the contribution of each feature."""

import json
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from dsp.compiled._trees import add_steps, highest_sum, reach_leaves

Samples = NDArray[np.float64]

VERDICT_WEIGHTS, NEEDLE_WEIGHTS = "verdict/weights.json", "needle_electrode/weights.json"


NODE = np.dtype([("limit", "f8"), ("value", "f8"), ("child", "i4", 2), ("feature", "i8")])
"""Node of a tree: the feature it tests, and the child to go to if that is at most `limit` (first) or above it (second).

`value` is the mean of everything below the node, in log-odds. The children of a leaf are the leaf itself.
"""

MOST_LEAVES, MOST_TREES = 32, 65536


@dataclass(frozen=True, slots=True, eq=False)
class Splits:
    """Nodes of all trees, sorted by the feature that they test.

    Attributes
    ----------
    limits : ndarray of float64, shape (n_splits,)
        Limits, in rising order for each feature.
    above, below : ndarray of uint32, shape (n_splits,)
        Leaves of the tree that can still be reached where the feature is above the limit, and where it is not. One bit
        for each leaf; the lowest bit is the leftmost leaf.
    trees : ndarray of uint16, shape (n_splits,)
        Tree of each split.
    begins : ndarray of int64, shape (n_names + 1,)
        First split of each feature.
    leaves : ndarray of float64, shape (n_leaves,)
        Values of the leaves in log-odds, tree by tree, from left to right.
    firsts, sizes : ndarray of int64, shape (n_trees,)
        First leaf of each tree, and its number of leaves.
    """

    limits: Samples
    above: NDArray[np.uint32]
    below: NDArray[np.uint32]
    trees: NDArray[np.uint16]
    begins: NDArray[np.int64]
    leaves: Samples
    firsts: NDArray[np.int64]
    sizes: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """Path to each leaf, stored in rows: much faster to read than walking from node to node.

    Attributes
    ----------
    begins : ndarray of int64, shape (n_leaves + 1,)
        First step of the path to each leaf.
    features : ndarray of uint16, shape (n_steps,)
        Feature that decides each step.
    steps : ndarray of float64, shape (n_steps,)
        Difference between the means after and before the step, in log-odds.
    """

    begins: NDArray[np.int64]
    features: NDArray[np.uint16]
    steps: Samples


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """Classifier made of trees, with all nodes in one array.

    Attributes
    ----------
    names : tuple of str
        Names of the features.
    roots : ndarray of int64, shape (n_trees,)
        Root node of each tree.
    nodes : ndarray of NODE, shape (n_nodes,)
        Nodes of all trees.
    depth : int
        Steps from a root to the deepest leaf.
    bias : float
        Log-odds before any tree.
    threshold : float
        Probability from which a burst is confirmed.
    by_number : Splits
        The same trees, sorted by feature.
    by_leaf : Ways
        The same trees, as paths to the leaves.
    """

    names: tuple[str, ...]
    roots: NDArray[np.int64]
    nodes: NDArray[np.void]
    depth: int
    bias: float
    threshold: float
    by_number: Splits
    by_leaf: Ways

    def reach(self, evidence: Samples) -> NDArray[np.int64]:
        """Return the leaf that the evidence reaches in each tree, numbered over all trees."""
        by = self.by_number
        return reach_leaves(by.limits, by.above, by.trees, by.begins, by.firsts, evidence)

    def probability(self, reached: NDArray[np.int64]) -> float:
        """Return the probability of a twitch from the leaves returned by `reach`."""
        return _probability(self.bias + float(np.add.reduce(self.by_number.leaves[reached])))

    def highest(self, evidence: Samples) -> float:
        """Return the highest probability that the evidence can reach, whatever its unknown features (NaN) are."""
        by = self.by_number
        total = highest_sum(
            by.limits, by.above, by.below, by.trees, by.begins, by.leaves, by.firsts, by.sizes, evidence
        )
        return _probability(self.bias + total)

    def shares(self, reached: NDArray[np.int64]) -> Samples:
        """Return the contribution of each feature to the log-odds, shape (n_names,); `reached` comes from `reach`.

        The contributions follow Saabas: at each node, the mean below the chosen side minus the mean of the node.
        """
        by = self.by_leaf
        return add_steps(by.begins, by.features, by.steps, reached, len(self.names))


def _probability(log_odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-min(max(log_odds, -40.0), 40.0)))


def sort_splits(roots: NDArray[np.int64], nodes: NDArray[np.void], depth: int, n_names: int) -> Splits:
    """Return the nodes sorted by the feature that they test.

    Parameters
    ----------
    roots, nodes, depth
        As in `Forest`.
    n_names : int
        Number of features.

    Raises
    ------
    ValueError
        If there are too many trees, if a tree has too many leaves, or if a node is not directly followed by
        everything below it, left side first.
    """
    rows = np.arange(len(nodes))
    left, right = nodes["child"].astype(np.int64).T
    is_leaf = left == rows
    if np.any(~is_leaf & ((left != rows + 1) | (right <= left))):
        raise ValueError("each node must be followed by all that is below it, its left side first")
    ends = np.append(roots[1:], len(nodes))
    tree = np.repeat(np.arange(roots.size), ends - roots)
    n_before = np.append(0, np.cumsum(is_leaf))
    firsts, sizes = n_before[roots], n_before[ends] - n_before[roots]
    if sizes.max(initial=0) > MOST_LEAVES or roots.size > MOST_TREES:
        raise ValueError(
            f"there may be {MOST_TREES} trees of {MOST_LEAVES} leaves each, not {roots.size} of {sizes.max(initial=0)}"
        )
    stop = ends[tree]  # first row after everything below a node
    inner = rows[~is_leaf]
    for _ in range(depth):
        stop[left[inner]], stop[right[inner]] = right[inner], stop[inner]
    inner = inner[np.lexsort((nodes["limit"][inner], nodes["feature"][inner]))]
    first, middle, last = (n_before[row] - firsts[tree[inner]] for row in (left[inner], right[inner], stop[inner]))
    begins = np.searchsorted(nodes["feature"][inner], np.arange(n_names + 1))
    return Splits(
        limits=nodes["limit"][inner],
        above=~(_bits(middle) ^ _bits(first)),
        below=~(_bits(last) ^ _bits(middle)),
        trees=tree[inner].astype(np.uint16),
        begins=begins.astype(np.int64),
        leaves=nodes["value"][is_leaf].copy(),
        firsts=firsts,
        sizes=sizes,
    )


def follow_ways(nodes: NDArray[np.void], depth: int) -> Ways:
    """Return the path to each leaf; arguments are as in `Forest`."""
    rows = np.arange(len(nodes))
    is_leaf = nodes["child"][:, 0] == rows
    inner = np.flatnonzero(~is_leaf)
    before = rows.copy()  # roots are their own parents: this pads shorter paths at their start
    before[nodes["child"][inner]] = inner[:, np.newaxis]
    at = np.flatnonzero(is_leaf)
    way = [at]
    for _ in range(depth):
        at = before[at]
        way.append(at)
    ways = np.array(way[::-1]).T
    is_step = ways[:, :-1] != ways[:, 1:]
    came_from, went_to = ways[:, :-1][is_step], ways[:, 1:][is_step]
    return Ways(
        begins=np.append(0, np.cumsum(is_step.sum(axis=1))).astype(np.int64),
        features=nodes["feature"][came_from].astype(np.uint16),
        steps=nodes["value"][went_to] - nodes["value"][came_from],
    )


def _bits(n: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Return words with the lowest n bits set, n from 0 to 32."""
    return ((np.uint64(1) << n.astype(np.uint64)) - np.uint64(1)).astype(np.uint32)


def parse_forest(text: str) -> Forest:
    """Read a classifier from its JSON text.

    Raises
    ------
    ValueError
        As in `sort_splits`.
    """
    stored = json.loads(text)
    sizes = np.array([len(tree["f"]) for tree in stored["trees"]], np.int64)
    roots = np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.int64)
    nodes = np.empty(int(sizes.sum()), NODE)
    below, above = nodes["child"].T
    for column, key in zip((nodes["feature"], nodes["limit"], above, nodes["value"]), "flav", strict=True):
        values = chain.from_iterable(tree[key] for tree in stored["trees"])
        column[:] = np.fromiter(values, np.float64, len(nodes))
    above += np.repeat(roots, sizes).astype(np.int32)
    rows = np.arange(len(nodes), dtype=np.int32)
    below[:] = np.where(above == rows, rows, rows + 1)  # a node is followed by everything below it, left side first
    names, depth = tuple(stored["names"]), int(stored["depth"])
    return Forest(
        names=names,
        roots=roots,
        nodes=nodes,
        depth=depth,
        bias=float(stored["bias"]),
        threshold=float(stored["threshold"]),
        by_number=sort_splits(roots, nodes, depth, len(names)),
        by_leaf=follow_ways(nodes, depth),
    )


@cache
def load_forest(name: str = VERDICT_WEIGHTS) -> Forest:
    """Return a classifier that is shipped with the program."""
    return parse_forest((files("dsp") / name).read_text(encoding="utf-8"))
