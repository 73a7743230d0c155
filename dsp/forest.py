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


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """Trees side by side, all nodes in one row; a leaf's children are the leaf itself.

    Attributes
    ----------
    names : tuple of str
        Of the numbers that are looked at.
    roots : ndarray of int64, shape (n_trees,)
    feature, below, above : ndarray of int64, shape (n_nodes,)
        Which number a node looks at, and where to go if that is at most the node's limit, or more.
    limit, value : ndarray of float64, shape (n_nodes,)
        A node's value is the mean of what lies below it, in log-odds.
    depth : int
        Steps from a root to the deepest leaf.
    bias : float
        Log-odds before any tree.
    threshold : float
        Probability from which a burst is confirmed.
    """

    names: tuple[str, ...]
    roots: NDArray[np.int64]
    feature: NDArray[np.int64]
    below: NDArray[np.int64]
    above: NDArray[np.int64]
    limit: Samples
    value: Samples
    depth: int
    bias: float
    threshold: float

    def weigh(self, evidence: Samples) -> tuple[float, Samples]:
        """Return the probability of a twitch, and what each number adds to its log-odds, shape (n_names,).

        The shares are those of Saabas: at each node, how much the mean below the chosen side differs from the node's.
        """
        leaves, shares = walk_trees(
            self.roots, self.feature, self.below, self.above, self.limit, self.value, self.depth, evidence
        )
        log_odds = self.bias + float(np.sum(self.value[leaves]))
        return 1.0 / (1.0 + math.exp(-min(max(log_odds, -40.0), 40.0))), shares


def parse_forest(text: str) -> Forest:
    """Read a forest from its text."""
    told = json.loads(text)
    columns = [np.concatenate([np.asarray(tree[key]) for tree in told["trees"]]) for key in ("f", "l", "b", "a", "v")]
    sizes = np.array([len(tree["f"]) for tree in told["trees"]], np.int64)
    roots = np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.int64)
    shift = np.repeat(roots, sizes)
    return Forest(
        names=tuple(told["names"]),
        roots=roots,
        feature=columns[0].astype(np.int64),
        limit=columns[1].astype(np.float64),
        below=columns[2].astype(np.int64) + shift,
        above=columns[3].astype(np.int64) + shift,
        value=columns[4].astype(np.float64),
        depth=int(told["depth"]),
        bias=float(told["bias"]),
        threshold=float(told["threshold"]),
    )


@cache
def load_forest(name: str = VERDICT_WEIGHTS) -> Forest:
    """Return a classifier that comes with the program."""
    return parse_forest((files("dsp") / name).read_text(encoding="utf-8"))
