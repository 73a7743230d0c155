"""A small learned classifier: the sum of many shallow trees, read from a text file, with each number's share in it."""

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
"""A node of a tree: which number it looks at, and the node to go to if that is at most the limit, or more.

Its value is the mean of what lies below it, in log-odds. A leaf's children are the leaf itself.
"""

MOST_LEAVES, MOST_TREES = 32, 65536


@dataclass(frozen=True, slots=True, eq=False)
class Splits:
    """The nodes of all trees by the number that they look at.

    Attributes
    ----------
    limits : ndarray of float64, shape (n_splits,)
        By number, and rising.
    above, below : ndarray of uint32, shape (n_splits,)
        Of its tree's leaves, as bits from the left on, those that may be reached where the number is above the limit,
        and where it is not.
    trees : ndarray of uint16, shape (n_splits,)
    begins : ndarray of int64, shape (n_names + 1,)
        Where the splits by each number begin.
    leaves : ndarray of float64, shape (n_leaves,)
        Values, one tree after the other, from the left.
    firsts, sizes : ndarray of int64, shape (n_trees,)
        Where each tree's leaves begin, and how many there are.
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
    """The way to each leaf, one behind the other: read in rows it costs far less than from node to node.

    Attributes
    ----------
    begins : ndarray of int64, shape (n_leaves + 1,)
        Where the steps to each leaf begin.
    features : ndarray of uint16, shape (n_steps,)
        Number that decides on a step.
    steps : ndarray of float64, shape (n_steps,)
        By how much the mean behind it differs from that before, in log-odds.
    """

    begins: NDArray[np.int64]
    features: NDArray[np.uint16]
    steps: Samples


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """Trees side by side, all nodes in one row.

    Attributes
    ----------
    names : tuple of str
        Of the numbers that are looked at.
    roots : ndarray of int64, shape (n_trees,)
    nodes : ndarray of NODE, shape (n_nodes,)
    depth : int
        Steps from a root to the deepest leaf.
    bias : float
        Log-odds before any tree.
    threshold : float
        Probability from which a burst is confirmed.
    by_number : Splits
    by_leaf : Ways
        The same trees twice more.
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
        """Return the leaf of each tree to which evidence leads, numbered over all trees."""
        by = self.by_number
        return reach_leaves(by.limits, by.above, by.trees, by.begins, by.firsts, evidence)

    def probability(self, reached: NDArray[np.int64]) -> float:
        """Return the probability of a twitch, of what `reach` returned."""
        return _probability(self.bias + float(np.add.reduce(self.by_number.leaves[reached])))

    def highest(self, evidence: Samples) -> float:
        """Return the highest probability that evidence can have of which some numbers are not known (NaN)."""
        by = self.by_number
        total = highest_sum(
            by.limits, by.above, by.below, by.trees, by.begins, by.leaves, by.firsts, by.sizes, evidence
        )
        return _probability(self.bias + total)

    def shares(self, reached: NDArray[np.int64]) -> Samples:
        """Return what each number adds to the log-odds, shape (n_names,), of what `reach` returned.

        The shares are those of Saabas: at each node, how much the mean below the chosen side differs from the node's.
        """
        by = self.by_leaf
        return add_steps(by.begins, by.features, by.steps, reached, len(self.names))


def _probability(log_odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-min(max(log_odds, -40.0), 40.0)))


def sort_splits(roots: NDArray[np.int64], nodes: NDArray[np.void], depth: int, n_names: int) -> Splits:
    """Return the nodes by the number that they look at.

    Parameters
    ----------
    roots, nodes, depth
        As `Forest` has them.
    n_names : int
        Numbers that there are.

    Raises
    ------
    ValueError
        When a tree has too many leaves, or a node does not lie right before what is below it on its left and then on
        its right.
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
    stop = ends[tree]  # row behind all that is below a node
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
    """Return the way to each leaf; arguments are as `Forest` has them."""
    rows = np.arange(len(nodes))
    is_leaf = nodes["child"][:, 0] == rows
    inner = np.flatnonzero(~is_leaf)
    before = rows.copy()  # a root has none, so that a way begins with as many of it as make all equally long
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
    """Return words whose lowest n bits are set, n from 0 to 32."""
    return ((np.uint64(1) << n.astype(np.uint64)) - np.uint64(1)).astype(np.uint32)


def parse_forest(text: str) -> Forest:
    """Read a forest from its text."""
    told = json.loads(text)
    sizes = np.array([len(tree["f"]) for tree in told["trees"]], np.int64)
    roots = np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.int64)
    nodes = np.empty(int(sizes.sum()), NODE)
    below, above = nodes["child"].T
    for column, key in zip((nodes["feature"], nodes["limit"], above, nodes["value"]), "flav", strict=True):
        values = chain.from_iterable(tree[key] for tree in told["trees"])
        column[:] = np.fromiter(values, np.float64, len(nodes))
    above += np.repeat(roots, sizes).astype(np.int32)
    rows = np.arange(len(nodes), dtype=np.int32)
    below[:] = np.where(above == rows, rows, rows + 1)  # what is below a node comes next, its left side first
    names, depth = tuple(told["names"]), int(told["depth"])
    return Forest(
        names=names,
        roots=roots,
        nodes=nodes,
        depth=depth,
        bias=float(told["bias"]),
        threshold=float(told["threshold"]),
        by_number=sort_splits(roots, nodes, depth, len(names)),
        by_leaf=follow_ways(nodes, depth),
    )


@cache
def load_forest(name: str = VERDICT_WEIGHTS) -> Forest:
    """Return a classifier that comes with the program."""
    return parse_forest((files("dsp") / name).read_text(encoding="utf-8"))
