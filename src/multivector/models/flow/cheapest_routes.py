"""Which route is cheapest for every pair when legs ask a toll, and what such tolls prove about any plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array  # type: ignore[import-untyped]
from scipy.sparse.csgraph import dijkstra  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Shipping:
    """Pairs that share the legs of a network; arrays are (A,) by leg or (K,) by pair.

    Nodes are 0 to `nodes` - 1. `cost` (A, C) holds one column for each kind of goods, `kind` (K,) the column of a pair.
    Capacity may be infinite; every figure is >= 0. `unmet_cost` is what one unit costs that is not delivered.
    """

    nodes: int
    tail: IntArray
    head: IntArray
    capacity: FloatArray
    cost: FloatArray
    kind: IntArray
    origin: IntArray
    destination: IntArray
    amount: FloatArray
    unmet_cost: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """The legs as a sparse matrix, an entry a joined pair of nodes: parallel legs share one, the cheapest counts.

    `key` (A,) numbers the entry's nodes, `entry` (E,) holds the distinct keys in ascending order and `first` (E,) where
    each begins among the sorted keys; `indptr`, `indices` are the rows and columns of the entries. A tree grows from
    `root` (T,), with the costs of the kind in `tree_kind` (T,); pair k ends at node `leaf[k]` of tree `tree[k]`.
    `backward` trees grow from destinations against the legs.
    """

    key: IntArray
    entry: IntArray
    first: IntArray
    indptr: NDArray[np.int32]
    indices: NDArray[np.int32]
    root: IntArray
    tree_kind: IntArray
    tree: IntArray
    leaf: IntArray
    backward: bool


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """Cheapest routes: `length` (K,), tolls included, infinite where no route leads; how to trace them back.

    `before` (T, N) is the node before each node of a tree, `leg` (C, E) the cheapest leg of each entry by kind.
    """

    length: FloatArray
    before: NDArray[np.int32]
    leg: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """Routes as compressed rows: path p serves pair[p], (P,), over leg[start[p]:start[p + 1]] from origin on."""

    pair: IntArray
    start: IntArray
    leg: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What a programme found: `flow` (P,) on paths, the tolls (A,) >= 0 of its best `bound`, and the rounds it took."""

    paths: Paths
    flow: FloatArray
    toll: FloatArray
    bound: float
    iterations: int


def graph_of(shipping: Shipping) -> Graph:
    """The network ready for pricing: a tree for each origin, or for each destination where those are fewer."""
    forward_key = shipping.kind * shipping.nodes + shipping.origin
    backward_key = shipping.kind * shipping.nodes + shipping.destination
    backward = np.unique(backward_key).size < np.unique(forward_key).size
    near, far = (shipping.head, shipping.tail) if backward else (shipping.tail, shipping.head)
    roots, tree = np.unique(backward_key if backward else forward_key, return_inverse=True)
    tree_kind, root = np.divmod(roots, shipping.nodes)
    key = near * shipping.nodes + far
    entry, first = np.unique(np.sort(key), return_index=True)
    row, column = np.divmod(entry, shipping.nodes)
    return Graph(
        key=key,
        entry=entry,
        first=first.astype(np.int64),
        indptr=np.searchsorted(row, np.arange(shipping.nodes + 1)).astype(np.int32),
        indices=column.astype(np.int32),
        root=root,
        tree_kind=tree_kind,
        tree=tree.astype(np.int64),
        leaf=shipping.origin if backward else shipping.destination,
        backward=backward,
    )


def cheapest(shipping: Shipping, graph: Graph, toll: FloatArray) -> Trees:
    """The cheapest routes over cost + toll, (A,), one Dijkstra from all roots of a kind; doi:10.1007/BF01386390.

    The matrix is built entry by entry: made from triplets, parallel legs would be summed.
    """
    distance = np.empty((graph.root.size, shipping.nodes))
    before = np.empty((graph.root.size, shipping.nodes), dtype=np.int32)
    leg = np.empty((shipping.cost.shape[1], graph.entry.size), dtype=np.int64)
    for kind in np.unique(graph.tree_kind):
        weight = shipping.cost[:, kind] + toll
        leg[kind] = np.lexsort((weight, graph.key))[graph.first]
        matrix = csr_array((weight[leg[kind]], graph.indices, graph.indptr), shape=(shipping.nodes, shipping.nodes))
        rows = graph.tree_kind == kind
        distance[rows], before[rows] = dijkstra(matrix, indices=graph.root[rows], return_predecessors=True)
    return Trees(length=distance[graph.tree, graph.leaf], before=before, leg=leg)


def trace(graph: Graph, trees: Trees, pairs: IntArray) -> Paths:
    """The cheapest routes of some pairs, (P,), all traced at once; each must have one, and ends that differ."""
    nodes = trees.before.shape[1]
    path, node = np.arange(pairs.size), graph.leaf[pairs]
    met_path, met_leg = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    while path.size:
        tree = graph.tree[pairs[path]]
        before = trees.before[tree, node].astype(np.int64)
        entry = np.searchsorted(graph.entry, before * nodes + node)
        met_path.append(path)
        met_leg.append(trees.leg[graph.tree_kind[tree], entry])
        onward = before != graph.root[tree]
        path, node = path[onward], before[onward]
    along = slice(None) if graph.backward else slice(None, None, -1)
    met = np.concatenate(met_path[along])
    order = np.argsort(met, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(met, minlength=pairs.size))]).astype(np.int64)
    return Paths(pair=pairs, start=start, leg=np.concatenate(met_leg[along])[order])


def lower_bound(shipping: Shipping, toll: FloatArray, length: FloatArray) -> float:
    """What every plan costs at least: sum_k amount_k min(unmet_cost_k, length_k) - sum_a toll_a capacity_a.

    The Lagrangian relaxation of the joint capacities; Ahuja, R. K., Magnanti, T. L. and Orlin, J. B. (1993), Network
    Flows, Prentice Hall, section 17.4. It holds for any tolls, (A,), >= 0, with `length`, (K,), of the cheapest routes.
    """
    asked = toll > 0
    worth = np.minimum(shipping.unmet_cost, length)
    return float(shipping.amount @ worth - toll[asked] @ shipping.capacity[asked])


def path_of_leg(paths: Paths) -> IntArray:
    """The path of each entry of `paths.leg`."""
    return np.repeat(np.arange(paths.pair.size), np.diff(paths.start))


def path_cost(shipping: Shipping, paths: Paths) -> FloatArray:
    """What one unit pays along each path, (P,), tolls left out."""
    path = path_of_leg(paths)
    paid = shipping.cost[paths.leg, shipping.kind[paths.pair[path]]]
    return np.asarray(np.bincount(path, weights=paid, minlength=paths.pair.size), dtype=np.float64)
