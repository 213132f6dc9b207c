"""Functions as plain data: a dict of terms, an Ising model's (h, J), a square matrix."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import dimod
import numpy as np
from scipy import sparse

from ...errors import QoptError
from ...kit.checks import floats, shown
from ..qubos.files import matrix
from ..qubos.function import Function
from .polynomials import Polynomial

GRAPHS = ("networkx", "igraph", "rustworkx", "dwave_networkx")
TAKEN = (
    "give a Problem, a dimod CQM, BQM, DQM or BinaryPolynomial, a PyQUBO model, a dict of terms, "
    "a square matrix, or a file's path"
)


def read(model: Any) -> tuple[Polynomial | Function, tuple[str, ...]]:
    """What a model is that is none of dimod's quadratic ones, and what is to be said of it.

    Raises QoptError for anything that is no function, and for what could be several things.
    """
    if isinstance(model, dimod.BinaryPolynomial):
        spins = model.vartype is dimod.SPIN
        return Polynomial.of(
            ((tuple(term), value) for term, value in model.items()), spins=spins
        ), ()
    if isinstance(model, Mapping):
        return _terms(model), ("a dict of terms stands for a sum of products of bits, minimised",)
    if isinstance(model, tuple) and len(model) == 2 and isinstance(model[1], Mapping):
        return _ising(*model), (
            "a pair (h, J) stands for an Ising model of spins -1 and 1, minimised",
        )
    _refuse_graphs(model)
    if _is_table(model):
        function = _matrix(model)
        return function, (function.reason, _triangles(function))
    raise QoptError(f"cannot solve a {type(model).__name__}; {TAKEN}")


def _terms(given: Mapping[Any, Any]) -> Polynomial:
    """Keys are tuples or sets of variables, () for the constant, or one variable alone."""
    if not given:
        raise QoptError(
            "a dict without terms; give {('a', 'b'): 2.0, ('a',): -1.0, (): 0.5}, for example"
        )
    return Polynomial.of((_factors(key), value) for key, value in given.items())


def _factors(key: Any) -> tuple[Any, ...]:
    if isinstance(key, tuple):
        return key
    if isinstance(key, frozenset):
        return tuple(sorted(key, key=repr))  # sets have no order of their own
    return (key,)


def _ising(h: Any, couplings: Mapping[Any, Any]) -> Polynomial:
    """`h` by label, or a list for 0, 1, ...; couplings, J, by pairs of labels."""
    if isinstance(h, Mapping):
        linear = list(h.items())
    elif isinstance(h, list | np.ndarray):
        linear = list(enumerate(floats("h", h).tolist()))
    else:
        raise QoptError(f"h={shown(h, 40)}: give the biases of spins as a dict or a list")
    for pair in couplings:
        if not isinstance(pair, tuple) or len(pair) != 2 or pair[0] == pair[1]:
            raise QoptError(f"J has {shown(pair, 40)}; give pairs of two different spins")
    alone = [((label,), value) for label, value in linear]
    return Polynomial.of([*alone, *couplings.items()], spins=True)


def _refuse_graphs(model: Any) -> None:
    made_by = {kind.__module__.partition(".")[0] for kind in type(model).__mro__}
    if made_by & set(GRAPHS):
        raise QoptError(
            f"a graph ({type(model).__name__}) says no objective; "
            "give problems.graphs.MaxCut.from_graph(graph) for the heaviest cut, "
            "or problems.graphs.GraphColouring.from_graph(graph)"
        )


def _is_table(model: Any) -> bool:
    """Whether it has rows and columns: a list of lists, an array, a sparse matrix, or a frame."""
    if isinstance(model, list | tuple):
        return bool(model) and all(isinstance(row, list | tuple | np.ndarray) for row in model)
    return len(getattr(model, "shape", ())) == 2


def _matrix(given: Any) -> Function:
    if sparse.issparse(given):
        return _sparse(given)
    if sparse.issparse(getattr(given, "sparse", None)):
        given = given.to_numpy()
    array = floats("the matrix", given)
    _require_square(array.shape)
    _require_finite(array)
    labels = _labels(given)
    if labels is None:
        return matrix(array)
    rows, columns = labels
    array = array[[rows.index(label) for label in columns]]
    return replace(matrix(array), labels=columns)


def _sparse(given: Any) -> Function:
    _require_square(given.shape)
    entries = given.tocoo()
    if entries.dtype.kind not in "biuf":
        raise QoptError(f"the matrix holds {entries.dtype}; give real numbers")
    _require_finite(entries.data)
    values = entries.data.astype(np.float64)
    row, col = entries.coords if hasattr(entries, "coords") else (entries.row, entries.col)
    empty = matrix(np.zeros((0, 0)))
    return replace(
        empty,
        linear=np.zeros(given.shape[0]),
        row=row.astype(np.int64),
        col=col.astype(np.int64),
        quad=values,
    )


def _require_square(shape: Sequence[int]) -> None:
    if len(shape) != 2 or shape[0] != shape[1] or not shape[0]:
        raise QoptError(
            f"a matrix of shape {tuple(shape)}; that of a QUBO is square, "
            "with a row and a column for each bit"
        )


def _require_finite(array: Any) -> None:
    if not np.isfinite(array).all():
        at = tuple(np.argwhere(~np.isfinite(array))[0].tolist())
        raise QoptError(f"the matrix has {array[at]} at {list(at)}; give finite numbers")


def _labels(given: Any) -> tuple[list[Any], list[Any]] | None:
    """Of the rows and columns of a frame, or None for positions. Raises QoptError."""
    if not hasattr(given, "columns"):
        return None
    columns: list[Any] = list(given.columns)
    index: Callable[..., Any] | Sequence[Any] | None = getattr(given, "index", None)
    rows = list(index) if index is not None and not callable(index) else columns
    if rows == list(range(len(columns))):
        rows = columns
    if len(set(columns)) < len(columns) or set(rows) != set(columns):
        raise QoptError(
            f"the matrix has rows {shown(rows, 40)} and columns {shown(columns, 40)}; "
            "give both the same labels, each once"
        )
    return rows, columns


def _triangles(found: Function) -> str:
    """What the entries off the diagonal mean together."""
    below, above = bool((found.row > found.col).any()), bool((found.row < found.col).any())
    if below and above:
        return "entries (i, j) and (j, i) add up: a pair counts twice where the matrix is symmetric"
    return "all entries off the diagonal are in one triangle, and count once"
