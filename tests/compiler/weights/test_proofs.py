"""What is called proven holds: by enumeration, with weights that are only just enough."""

from __future__ import annotations

import itertools
from typing import Any

import dimod
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qopt.compiler import Compiled, ModelArrays, compile_cqm
from qopt.compiler.encoding.draft import draft
from qopt.compiler.model.rows import Rows
from qopt.compiler.weights.proofs import Proofs, prove, spread, usual
from qopt.compiler.weights.reach import Reach

SMALL = st.integers(-4, 4).map(float)
JUST = 1 + 1e-6  # what is enough, times this, is hardly more


class Blocks:
    """Blocks, each with variables and constraints of its own, that an objective couples."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw, self.cqm, self.names = draw, dimod.ConstrainedQuadraticModel(), list[str]()

    def binaries(self, count: int) -> list[str]:
        new = [f"x{len(self.names) + k}" for k in range(count)]
        self.cqm.add_variables("BINARY", new)
        self.names += new
        return new

    def row(self, names: list[str], values: list[float], sense: str, rhs: float) -> None:
        self.cqm.add_constraint_from_iterable(
            list(zip(names, values, strict=True)),
            sense,
            rhs=rhs,
            label=f"c{len(self.cqm.constraints)}",
        )

    def packing(self) -> None:
        x = self.binaries(3)
        sizes = [float(self.draw(st.integers(1, 3))) for _ in x]
        self.row(x, sizes, "<=", float(self.draw(st.integers(1, 4))))
        if self.draw(st.booleans()):
            self.row(x[:2], [1.0, 1.0], "<=", 1.0)

    def no_two(self) -> None:
        """Treated as pairs, though it is no at-most-one."""
        self.row(
            self.binaries(3),
            [2.0, 3.0, float(self.draw(st.integers(2, 4)))],
            "<=",
            float(self.draw(st.integers(3, 5))),
        )

    def products(self) -> None:
        x = self.binaries(3)
        pairs = [(x[0], x[1], 1.0), (x[1], x[2], 2.0)][: self.draw(st.integers(1, 2))]
        self.cqm.add_constraint_from_iterable(
            pairs, "==", rhs=0, label=f"c{len(self.cqm.constraints)}"
        )

    def covering(self) -> None:
        x = self.binaries(3)
        self.row(
            x,
            [1.0, float(self.draw(st.integers(1, 2))), 1.0],
            ">=",
            float(self.draw(st.integers(1, 2))),
        )

    def both_ways(self) -> None:
        """The middle one mends one constraint and breaks the other."""
        x = self.binaries(3)
        self.row(x[:2], [1.0, 1.0], ">=", 1.0)
        if self.draw(st.booleans()):
            self.row(x[1:], [1.0, 1.0], "<=", 1.0)
        else:
            self.cqm.add_constraint_from_iterable(
                [(x[1], x[2], 1.0)], "==", rhs=0, label=f"c{len(self.cqm.constraints)}"
            )

    def order(self) -> None:
        """x needs y, as a product: x - x y."""
        x, y = self.binaries(2)
        self.cqm.add_constraint_from_iterable(
            [(x, 1.0), (x, y, -1.0)], "==", rhs=0, label=f"c{len(self.cqm.constraints)}"
        )

    def sum(self) -> None:
        size = self.draw(st.integers(2, 4))
        factor = self.draw(st.sampled_from([1.0, 0.5, 2.0]))
        self.row(
            self.binaries(size), [factor] * size, "==", factor * self.draw(st.integers(1, size - 1))
        )

    def whole_numbers(self) -> None:
        (x,), i = self.binaries(1), f"i{len(self.names)}"
        self.cqm.add_variable(
            "INTEGER", i, lower_bound=self.draw(st.integers(-1, 0)), upper_bound=2
        )
        self.names.append(i)
        self.row([x, i], [1.0, 1.0], self.draw(st.sampled_from(["==", "<="])), 1.0)

    def grid(self) -> None:
        x = np.array(self.binaries(9)).reshape(3, 3)
        for line in (*x, *x.T):
            self.row(line.tolist(), [1.0] * 3, "==", 1.0)

    def objective(self) -> None:
        couplings = {
            (u, v): self.draw(SMALL)
            for u, v in itertools.combinations(self.names, 2)
            if self.draw(st.booleans())
        }
        objective = dimod.QuadraticModel()
        for name in self.names:
            objective.add_variable(self.cqm.vartype(name), name, **self._bounds(name))
            objective.add_linear(name, self.draw(SMALL))
        for (u, v), bias in couplings.items():
            objective.add_quadratic(u, v, bias)
        self.cqm.set_objective(objective)

    def _bounds(self, name: str) -> dict[str, float]:
        if self.cqm.vartype(name) is dimod.BINARY:
            return {}
        return {
            "lower_bound": self.cqm.lower_bound(name),
            "upper_bound": self.cqm.upper_bound(name),
        }


@st.composite
def models(draw: st.DrawFn) -> dimod.ConstrainedQuadraticModel:
    blocks = Blocks(draw)
    if draw(st.integers(0, 3)) == 0:
        blocks.grid()
    else:
        kinds = st.sampled_from(
            [
                blocks.packing,
                blocks.no_two,
                blocks.products,
                blocks.covering,
                blocks.both_ways,
                blocks.sum,
                blocks.whole_numbers,
            ]
        )
        for block in draw(st.lists(kinds, min_size=1, max_size=3)):
            block()
    blocks.objective()
    return blocks.cqm


def proofs_at(cqm: dimod.ConstrainedQuadraticModel, weights: np.ndarray | None = None) -> Proofs:
    found = draft(cqm, presolving=False)
    given = np.full(len(found.model.labels), np.inf) if weights is None else weights
    return prove(Reach(found.model, found.rows), given, found.treatments.name)


def just_enough(cqm: dimod.ConstrainedQuadraticModel) -> dict[Any, float]:
    needed = proofs_at(cqm).needed
    assert np.isfinite(needed).all()
    return dict(zip(cqm.constraints, np.maximum(needed * JUST, 1e-3).tolist(), strict=True))


def ground_states(compiled: Compiled) -> dimod.SampleSet:
    """Every assignment to the model's variables that has the lowest energy, and its objective."""
    n = compiled.qubo.num_variables
    assert n <= 18  # few are drawn of more than 12
    states = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    energies = compiled.qubo.energies(states)
    return compiled.decode_bits(states[energies <= energies.min() + 1e-9])


def optimum(cqm: dimod.ConstrainedQuadraticModel) -> float | None:
    found = dimod.ExactCQMSolver().sample_cqm(cqm).record
    return float(found.energy[found.is_feasible].min()) if found.is_feasible.any() else None


@settings(derandomize=True, deadline=None, max_examples=300)
@given(models(), st.sampled_from(["bounds", "proven", "just enough"]))
def test_no_ground_state_breaks_what_is_proven(
    cqm: dimod.ConstrainedQuadraticModel, penalties: str
) -> None:
    best = optimum(cqm)
    if best is None:
        return
    chosen: Any = just_enough(cqm) if penalties == "just enough" else penalties
    compiled = compile_cqm(cqm, penalties=chosen, presolve=False)
    proven = compiled.weighed.proven
    if penalties != "bounds":
        assert proven.all()
    ground = ground_states(compiled).record
    assert ground.is_satisfied[:, proven].all()
    if proven.all():
        assert ground.energy.max() == pytest.approx(best)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(models(), st.lists(st.floats(0.05, 1.5), min_size=9, max_size=9))
def test_nor_where_only_some_constraints_weigh_enough(
    cqm: dimod.ConstrainedQuadraticModel, shares: list[float]
) -> None:
    """Rows whose budgets a proof leans on may be too light: then it may not lean on them."""
    if optimum(cqm) is None:
        return
    enough = just_enough(cqm)
    weights = {
        label: weight * share
        for (label, weight), share in zip(enough.items(), shares, strict=False)
    }
    proven = proofs_at(cqm, np.array(list(weights.values()))).holds
    ground = ground_states(compile_cqm(cqm, penalties=weights, presolve=False)).record
    assert ground.is_satisfied[:, proven].all()


def _model(objective: Any, *rows: Any) -> dimod.ConstrainedQuadraticModel:
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(objective)
    for k, row in enumerate(rows):
        cqm.add_constraint(row, label=f"c{k}")
    return cqm


A, B, C, D = dimod.Binaries("abcd")
LEAST = {
    "the second of three that exclude each other": (
        _model(-7 * A - 5 * B - 2 * C, A + B + C <= 1),
        "one-way",
        5.0,
    ),
    "the cheaper end of an edge": (_model(-7 * A - 5 * B, A * B == 0), "one-way", 5.0),
    "the cheaper of two that would cover": (_model(7 * A + 5 * B, A + B >= 1), "one-way", 5.0),
    # the third; three of them are 2 above the two that fit, and a square charges that four times
    "the item at which the dearest overflow": (
        _model(-9 * A - 6 * B - 3 * C, 2 * A + 2 * B + 2 * C <= 5),
        "one-way",
        0.75,
    ),
    "the cheapest of a group that needs one": (
        _model(7 * A + 5 * B + 9 * C, A + B + C == 1),
        "separate sum",
        5.0,
    ),
    "two of three": (_model(-7 * A - 5 * B - 3 * C, A + B + C == 2), "separate sum", 3.0),
}


@pytest.mark.parametrize("case", LEAST)
def test_no_less_would_do(case: str) -> None:
    """Models in which the weight needed is just that: a little less, and breaking it pays."""
    cqm, theorem, needed = LEAST[case]
    found = proofs_at(cqm)
    assert (found.theorem.tolist(), found.needed.tolist()) == ([theorem], [needed])
    less, more = (
        compile_cqm(cqm, penalties={"c0": needed * factor}, presolve=False)
        for factor in (0.99, 1.01)
    )
    assert not ground_states(less).record.is_feasible.any()
    assert ground_states(more).record.is_feasible.all()


def test_a_tour_needs_its_longest_leg() -> None:
    """Nonnegative distances: A > max d, as in Lucas 2014; both neighbours are one each."""
    n, d = 4, 3.0
    x = np.array([[dimod.Binary(f"x[{city},{place}]") for place in range(n)] for city in range(n)])
    legs = sum(
        d * x[a, p] * x[b, (p + 1) % n]
        for a, b in itertools.permutations(range(n), 2)
        for p in range(n)
    )
    cqm = _model(legs, *(sum(line) == 1 for line in x), *(sum(line) == 1 for line in x.T))
    found = proofs_at(cqm)
    assert set(found.theorem) == {"permutation"}
    assert found.needed.tolist() == [2 * d] * 8
    assert ground_states(compile_cqm(cqm, penalties=2 * d * JUST)).record.is_feasible.all()


def test_a_grid_is_proven_whole_or_not_at_all() -> None:
    """A line that is too light could be broken to mend the others."""
    x = np.array([[dimod.Binary(f"x[{i},{j}]") for j in range(3)] for i in range(3)])
    cqm = _model(sum(x.flat), *(sum(line) == 1 for line in x), *(sum(line) == 1 for line in x.T))
    weights = np.full(6, 1.0)
    assert proofs_at(cqm, weights).holds.all()
    weights[2] = 0.4
    assert not proofs_at(cqm, weights).holds.any()


def test_what_has_no_structure_needs_the_whole_objective() -> None:
    cqm = _model(2 * A - 3 * B + A * C - 4 * C * D, A + B + C == 1, B + C + D == 1, A - D <= 0)
    found = proofs_at(cqm)
    assert found.theorem.tolist() == ["whole"] * 3
    assert found.needed.tolist() == [10.0] * 3
    values = [
        cqm.objective.energy(dict(zip("abcd", x, strict=True)))
        for x in itertools.product([0, 1], repeat=4)
    ]
    assert max(values) - min(values) <= spread(ModelArrays.from_cqm(cqm))


def test_a_soft_constraint_counts_with_the_objective() -> None:
    cqm = _model(2 * A - 3 * B, A + B == 1)
    cqm.add_constraint(2 * A + 3 * B <= 1, label="soft", weight=2.0, penalty="quadratic")
    found = proofs_at(cqm)
    assert found.theorem.tolist() == ["whole", ""]
    assert found.needed[0] == 5 + 2 * 4**2


def test_a_constraint_that_is_not_exact_is_not_proven_nor_is_the_whole() -> None:
    cqm = _model(-A - B - C, A + 2 * B <= 2, B + C == 1)
    model = ModelArrays.from_cqm(cqm)
    reach = Reach(model, Rows.of(model))
    assert prove(reach, np.full(2, 99.0), usual(reach.rows)).holds.tolist() == [True, True]
    assert prove(reach, np.full(2, 99.0), np.array(["unbalanced", "square"])).holds.tolist() == [
        False,
        False,
    ]


def test_pairs_are_counted_and_not_what_overruns() -> None:
    """No two of 3, 4 and 5 fit into 6: all three are three pairs, and two must go."""
    sizes = dict(zip("abc", (3, 4, 5), strict=True))
    loss = sum(-10 * dimod.Binary(v) for v in sizes) - 6 * A * D - 6 * B * D - 6 * C * D + 12 * D
    cqm = _model(loss, sum(size * dimod.Binary(v) for v, size in sizes.items()) <= 6)
    found = draft(cqm, presolving=False)
    assert found.treatments.name.tolist() == ["pairs"]
    enough = proofs_at(cqm).needed[0] * JUST
    compiled = compile_cqm(cqm, penalties=enough, presolve=False)
    assert compiled.weighed.proven.all()
    assert ground_states(compiled).record.is_feasible.all()


def test_a_weight_that_just_ties_is_not_proven_and_a_little_more_is() -> None:
    """One of a and b is worth 3 and costs 1: at a weight of 3 both are as low as one."""
    cqm = dimod.ConstrainedQuadraticModel()
    a, b = dimod.Binaries("ab")
    cqm.set_objective(-3 * a - 3 * b)
    cqm.add_constraint(a + b <= 1, label="one")
    for weight, proven, ground in (
        (3.0, False, 3),
        (3.0 * (1 + 1e-12), False, 3),
        (3.001, True, 2),
    ):
        compiled = compile_cqm(cqm, penalties={"one": weight}, presolve=False)
        energies = dimod.ExactSolver().sample(compiled.bqm()).record.energy
        assert compiled.proven == proven
        assert np.isclose(energies, energies.min(), atol=1e-9).sum() == ground
