"""A small learned classifier: the sum of many shallow trees, read from a text file, with each number's share in it."""

import json
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from dsp._burst import walk_trees

Samples = NDArray[np.float64]

VERDICT_WEIGHTS, NEEDLE_WEIGHTS = "verdict_weights.json", "needle_weights.json"


NODE = np.dtype([("limit", "f8"), ("value", "f8"), ("child", "i4", 2), ("feature", "i8")])
"""A node of a tree: which number it looks at, and the node to go to if that is at most the limit, or more.

Its value is the mean of what lies below it, in log-odds. A leaf's children are the leaf itself.
"""


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
    """

    names: tuple[str, ...]
    roots: NDArray[np.int64]
    nodes: NDArray[np.void]
    depth: int
    bias: float
    threshold: float

    def weigh(self, evidence: Samples) -> tuple[float, Samples]:
        """Return the probability of a twitch, and what each number adds to its log-odds, shape (n_names,).

        The shares are those of Saabas: at each node, how much the mean below the chosen side differs from the node's.
        """
        leaves, shares = walk_trees(self.roots, self.nodes, self.depth, evidence)
        log_odds = self.bias + float(np.sum(self.nodes["value"][leaves]))
        return 1.0 / (1.0 + math.exp(-min(max(log_odds, -40.0), 40.0))), shares


def parse_forest(text: str) -> Forest:
    """Read a forest from its text."""
    told = json.loads(text)
    sizes = np.array([len(tree["f"]) for tree in told["trees"]], np.int64)
    roots = np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.int64)
    nodes = np.empty(int(sizes.sum()), NODE)
    columns = (nodes["feature"], nodes["limit"], *nodes["child"].T, nodes["value"])
    for column, key in zip(columns, "flbav", strict=True):
        column[:] = np.fromiter((value for tree in told["trees"] for value in tree[key]), np.float64, len(nodes))
    nodes["child"] += np.repeat(roots, sizes).astype(np.int32)[:, np.newaxis]
    return Forest(
        names=tuple(told["names"]),
        roots=roots,
        nodes=nodes,
        depth=int(told["depth"]),
        bias=float(told["bias"]),
        threshold=float(told["threshold"]),
    )


@cache
def load_forest(name: str = VERDICT_WEIGHTS) -> Forest:
    """Return a classifier that comes with the program."""
    return parse_forest((files("dsp") / name).read_text(encoding="utf-8"))
