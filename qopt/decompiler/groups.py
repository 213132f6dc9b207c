"""Rows "just one of these bits", where no bit is the row's own: groups of ones that cross.

Of a row `A (sum of bits - 1)**2` every pair of bits has the coupling 2 A, and every bit the linear
bias -A. So where many couplings have one value 2 A, groups are cliques of the graph of just these
couplings: two bits of a group and all that both are coupled to. A clique is taken while its
bits have half of -A left in their linear biases, in the mean. Where the cliques of a value do not
take much of the linear biases of their bits away, as those of a graph to be cut, they are no
groups.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt
from scipy import sparse

from .couplings import Couplings, Floats, Ints, Row

VALUES = 64  # of couplings, the most frequent ones, that are looked at
FEWEST = 3  # bits of a group
PURE = 0.5  # of the couplings of a group, at least, are just of the value
SHARE = 0.02  # of all couplings, at least, go away with the groups
EXPLAINED = 0.4  # of the linear biases of the groups' bits, at least
TRIED = 8  # pairs of a bit, about, whose cliques are looked at
FAILURES = 2  # for each bit, of bits that are in no clique, before a value is given up


def rows_of_groups(left: Couplings) -> list[Row]:
    """Rows of ones with the right side 1.

    They are looked for among couplings of just one value; where there are none, among those of at
    least it, as other rows may add to some.
    """
    values = _frequent(left)
    return _rows_among(left, values, True) or _rows_among(left, values, False)


def _rows_among(left: Couplings, values: list[float], exactly: bool) -> list[Row]:
    rows, linear = list[Row](), left.linear.copy()
    for value in values:
        graph, just = _graph_of(left, value, exactly), _graph_of(left, value, True)
        after = linear.copy()
        groups = _cliques(graph, just, after, value / 2)
        if groups and _explain(groups, linear, after):
            rows += [Row(bits, np.ones(len(bits)), 1.0, value / 2) for bits in groups]
            linear = after
    pairs = sum(len(row.bits) * (len(row.bits) - 1) for row in rows)
    return rows if pairs >= SHARE * left.matrix.nnz else []


def _explain(groups: list[Ints], before: Floats, after: Floats) -> bool:
    """Whether groups take much of the linear biases of their bits away."""
    covered = np.unique(np.concatenate(groups))
    remaining = np.abs(after[covered]).sum() / np.abs(before[covered]).sum()
    return bool(remaining <= 1 - EXPLAINED)


def _frequent(left: Couplings) -> list[float]:
    """Positive couplings that occur most often, as many as are looked at."""
    data = left.matrix.data
    digits = 9 - int(np.ceil(np.log10(np.abs(data).max(initial=1.0))))
    counted = Counter(np.round(data[data > 4 * left.error], digits).tolist())
    pairs = FEWEST * (FEWEST - 1)
    return [value for value, count in counted.most_common(VALUES) if count >= pairs]


def _graph_of(left: Couplings, value: float, exactly: bool) -> sparse.csr_array:
    """The pairs whose coupling is just this one, or at least this."""
    graph, tolerance = left.matrix.copy(), value * 1e-9 + 2 * left.error
    above = graph.data - value
    graph.data = (above >= -tolerance).astype(np.float64)
    if exactly:
        graph.data[above > tolerance] = 0.0
    graph.eliminate_zeros()
    return graph


def _cliques(
    graph: sparse.csr_array, just: sparse.csr_array, linear: Floats, weight: float
) -> list[Ints]:
    """Cliques without a pair in common; takes -`weight` from `linear` for each of their bits."""
    groups, failures = list[Ints](), FAILURES * graph.shape[0]
    seen = np.zeros(len(graph.indices), dtype=bool)
    for bit in np.argsort(np.diff(graph.indptr), kind="stable").tolist():
        while linear[bit] < 0 and failures > 0:
            members = _largest(graph, seen, bit, linear, weight)
            if members is None or _pairs(just, members) < PURE * _pairs(graph, members):
                failures -= 1
                break
            groups.append(members)
            linear[members] += weight
            _see(graph, seen, members)
    return groups


def _largest(
    graph: sparse.csr_array,
    seen: npt.NDArray[np.bool_],
    bit: int,
    linear: Floats,
    weight: float,
) -> Ints | None:
    """Of some cliques with this bit, through a pair not seen, the largest whose bits have half of
    -`weight` left in the mean."""
    mine = slice(graph.indptr[bit], graph.indptr[bit + 1])
    others = graph.indices[mine][~seen[mine]]
    if len(others) < FEWEST - 1:
        return None
    largest: Ints | None = None
    for other in others[:: max(1, len(others) // TRIED)].tolist():
        members = _common(graph, bit, other)
        most = FEWEST - 1 if largest is None else len(largest)
        able = len(members) > most and linear[members].mean() <= -weight / 2
        if able and _all_pairs(graph, members):
            largest = members
    return largest


def _common(graph: sparse.csr_array, one: int, other: int) -> Ints:
    """Two bits, and all that both are joined to."""
    first, second = (
        graph.indices[graph.indptr[bit] : graph.indptr[bit + 1]] for bit in (one, other)
    )
    both = np.intersect1d(first, second, assume_unique=True)
    return np.sort(np.r_[both, one, other]).astype(np.int64)


def _all_pairs(graph: sparse.csr_array, bits: Ints) -> bool:
    return 2 * _pairs(graph, bits) == len(bits) * (len(bits) - 1)


def _pairs(graph: sparse.csr_array, bits: Ints) -> int:
    return int(graph[bits][:, bits].nnz) // 2


def _see(graph: sparse.csr_array, seen: npt.NDArray[np.bool_], bits: Ints) -> None:
    """Mark the pairs among these bits."""
    for bit in bits.tolist():
        mine = slice(graph.indptr[bit], graph.indptr[bit + 1])
        seen[mine] |= np.isin(graph.indices[mine], bits)
