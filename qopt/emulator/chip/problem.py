"""The problem of a job, as it was submitted and as the chip sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
import numpy.typing as npt

from ...devices import Description
from ..backends import Refused

if TYPE_CHECKING:
    from ...anneal.core.ising import Ising

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Type = Literal["ising", "qubo"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Problem:
    """A problem on the qubits that it uses.

    `places` int64[k] are the used qubits' places in the device's list, `couplers` int64[c] those of
    the couplers between two of them, `row` and `col` int64[c] the two ends among the used ones.
    `linear` float64[k] and `quadratic` float64[c] are as submitted, `h` and `j` the same as an
    Ising model over s = 2 x - 1; its constant is left out.
    """

    type: Type
    places: Ints
    couplers: Ints
    row: Ints
    col: Ints
    linear: Floats
    quadratic: Floats
    h: Floats
    j: Floats

    def submitted(self) -> Ising:
        """The model that energies are of: that of `linear` and `quadratic`, without an offset of
        its own."""
        from ...anneal.core.ising import Ising

        make = Ising.from_qubo if self.type == "qubo" else Ising.from_arrays
        return make(self.linear, self.row, self.col, self.quadratic)


class Graph:
    """A device's working graph by places instead of numbers: `ends` int64[m, 2]."""

    def __init__(self, device: Description) -> None:
        self.qubits = device.qubits
        self.ends = device.ends

    def problem(self, type: str, linear: npt.ArrayLike, quadratic: npt.ArrayLike) -> Problem:
        """The problem with a linear bias for each qubit, NaN where it is not used, and a quadratic
        one for each coupler between two used qubits, in the couplers' order.

        Raises Refused for another type, for lists of other lengths, for biases that are not finite,
        and where no qubit is used.
        """
        if type not in ("ising", "qubo"):
            raise Refused(f"the solver has no problems of type {type!r}; it takes ising and qubo")
        biases = np.asarray(linear, dtype=np.float64)
        weights = np.asarray(quadratic, dtype=np.float64)
        if biases.shape != self.qubits.shape:
            raise Refused(
                f"there are {biases.size} linear biases for the {len(self.qubits)} qubits of the "
                "solver: give one for each, NaN where it is not used"
            )
        used = ~np.isnan(biases)
        if not used.any():
            raise Refused("the problem uses no qubit")
        places = np.flatnonzero(used)
        couplers = np.flatnonzero(used[self.ends].all(axis=1))
        if weights.shape != couplers.shape:
            raise Refused(
                f"there are {weights.size} quadratic biases for the {len(couplers)} couplers "
                "between used qubits: give one for each"
            )
        for what, values in (("linear", biases[places]), ("quadratic", weights)):
            if not np.isfinite(values).all():
                raise Refused(f"a {what} bias is not a finite number")
        index = np.cumsum(used) - 1
        row, col = index[self.ends[couplers]].T
        lin = biases[places]
        h, j = lin, weights
        if type == "qubo":
            n = len(places)
            around = np.bincount(row, weights, n) + np.bincount(col, weights, n)
            h, j = lin / 2 + around / 4, weights / 4
        return Problem(
            type=cast(Type, type),
            places=places,
            couplers=couplers,
            row=np.ascontiguousarray(row),
            col=np.ascontiguousarray(col),
            linear=lin,
            quadratic=weights,
            h=h,
            j=j,
        )
