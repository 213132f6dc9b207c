"""The nonlinear model of a CQM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...compiler.model.arrays import Floats, ModelArrays
from ...compiler.model.confinement import implied, without_huge_bounds
from ...compiler.model.grid import Grid, Reals
from ...compiler.model.scoring import sampleset
from .decisions import Decisions
from .terms import Terms

if TYPE_CHECKING:
    import dimod
    from dwave.optimization import Model


@dataclass(frozen=True, eq=False)
class Nonlinear:
    """A nonlinear `model` of a CQM, whose arrays are `arrays`.

    Its decisions are, each only where there are such variables, a binary array, an integer array, a
    list for each permutation, and an integer array of choices for groups of which just one variable
    is 1. A REAL variable is a whole number that counts steps of a `grid`.
    """

    model: Model
    arrays: ModelArrays
    grid: Grid
    decisions: Decisions

    @classmethod
    def of(
        cls, cqm: dimod.ConstrainedQuadraticModel, reals: Reals = None, *, groups: bool = True
    ) -> Nonlinear:
        """`reals` are steps above 0 in which REAL variables move, by variable or one for all; where
        none is given, a step that loses nothing is taken if one is known. Without `groups`, each
        binary variable is a bit.

        Raises QoptError for a REAL variable without a step or without bounds, an INTEGER one with
        bounds beyond 2e9, and a bias that is not finite.

        >>> import dimod
        >>> x, i = dimod.Binary("x"), dimod.Integer("i", upper_bound=9)
        >>> cqm = dimod.ConstrainedQuadraticModel.from_quadratic_model(x * i - i)
        >>> Nonlinear.of(cqm).model.num_decisions()
        2
        """
        from dwave.optimization import Model

        arrays = ModelArrays.from_cqm(cqm, reals=True)
        bounded = arrays
        if (arrays.step == 0).any():
            bounded = implied(without_huge_bounds(arrays))
        grid = Grid.of(bounded, reals)
        whole = grid.whole(bounded)
        decisions = Decisions.of(whole, groups=groups)
        model = Model()
        if whole.num_variables:
            Terms(whole, model, decisions.symbols(model)).add(without=decisions.implied)
        else:
            model.minimize(model.constant(whole.offset))
        return cls(model, arrays, grid, decisions)

    def sampleset(self) -> dimod.SampleSet:
        """The states of the locked model over the CQM's variables, with energies and feasibility as
        dimod counts them.
        """
        count = self.model.states.size()
        places = [self.decisions.read(self.model, k) for k in range(count)]
        table = np.array(places).reshape(count, self.arrays.num_variables)
        return sampleset(self.grid.values(table), self.arrays)

    def set_state(self, index: int, values: Floats) -> None:
        """Put an assignment, float64[n] in the order of the CQM's variables, into a state.

        Groups of which just one variable is 1 must be kept by it: others have no state.
        """
        table = np.asarray(values, dtype=np.float64)[None, :]
        self.decisions.write(self.model, index, self.grid.places(table)[0])
