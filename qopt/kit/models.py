"""Models of binaries with names: an objective, exactly-one rows and capacity rows, in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import dimod

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bits = npt.NDArray[np.bool_]


def labels(of: str, *axes: Sequence[str]) -> npt.NDArray[np.object_]:
    """`of[a,b]` for the names along each axis, as an array of that shape."""
    places = axes[0] if len(axes) == 1 else [f"{a},{b}" for a in axes[0] for b in axes[1]]
    every = np.empty(len(places), dtype=object)
    every[:] = [f"{of}[{place}]" for place in places]
    return every.reshape([len(axis) for axis in axes])


def minimise(
    variables: npt.NDArray[np.object_],
    linear: Floats,
    couplings: tuple[Ints, Ints, Floats] | None = None,
    offset: float = 0.0,
) -> dimod.ConstrainedQuadraticModel:
    """A model without constraints; couplings are pairs of positions in `variables`."""
    import dimod

    none = np.empty(0, dtype=np.int64)
    row, col, bias = couplings or (none, none, np.empty(0))
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(
        dimod.BinaryQuadraticModel.from_numpy_vectors(
            linear.ravel(),
            (row, col, bias),
            offset,
            "BINARY",
            variable_order=variables.ravel().tolist(),
        )
    )
    return cqm


def exactly_one(
    cqm: dimod.ConstrainedQuadraticModel,
    of: str,
    names: Sequence[str],
    rows: npt.NDArray[np.object_],
) -> None:
    """A constraint `of[name]` for each row of variables."""
    for name, row in zip(names, rows.tolist(), strict=True):
        cqm.add_constraint_from_iterable(
            [(variable, 1.0) for variable in row], "==", rhs=1.0, label=f"{of}[{name}]"
        )


def at_most(
    cqm: dimod.ConstrainedQuadraticModel,
    label: str,
    variables: Iterable[Any],
    weights: Iterable[float],
    limit: float,
) -> None:
    """sum of weight * variable <= limit; variables without weight are left out."""
    terms = [
        (variable, float(weight))
        for variable, weight in zip(variables, weights, strict=True)
        if weight
    ]
    cqm.add_constraint_from_iterable(terms, "<=", rhs=limit, label=label)


def chosen(sample: Mapping[Any, float], variables: npt.NDArray[np.object_]) -> Bits:
    """Where the sample has a 1."""
    return np.array([sample[variable] > 0.5 for variable in variables.flat], dtype=bool).reshape(
        variables.shape
    )


def assignment(variables: npt.NDArray[np.object_], ones: Bits) -> dict[Any, float]:
    """The sample with these ones."""
    return dict(zip(variables.flat, ones.astype(np.float64).flat, strict=True))
