"""The encoding law: every assignment's energy is its objective plus what it breaks."""

from __future__ import annotations

import itertools
from typing import Any

import dimod
import numpy as np
import pytest

import qopt
from qopt import Infeasible, QoptError
from qopt.compiler import Compiled, compile_cqm, model_size
from qopt.compiler.encoding.encoding import ENCODINGS
from qopt.compiler.encoding.treatments import Unbalanced
from qopt.compiler.weights.proofs import least_penalty

from .. import tiny


def lowest_energies(compiled: Compiled) -> dict[tuple[float, ...], float]:
    """The least energy of every assignment that valid bits stand for, by enumeration."""
    energies: dict[tuple[float, ...], float] = {}
    bits = np.array(list(itertools.product([0, 1], repeat=compiled.qubo.num_variables)))
    found = (
        compiled.bqm().energies((bits, compiled.qubo.labels))
        if bits.size
        else np.array([compiled.qubo.offset])
    )
    valid = np.ones(len(bits), dtype=bool)
    first_bit = 0
    for numbers in (compiled.encoding, compiled.slack):
        for k, count in enumerate(numbers.bits.tolist()):
            mine = bits[:, first_bit : first_bit + count]
            if count > 1 and numbers.code[k] == "one-hot":
                valid &= mine.sum(axis=1) == 1
            elif count > 1 and numbers.code[k] == "domain-wall":
                valid &= (np.diff(mine, axis=1) <= 0).all(axis=1)
            first_bit += count
    values = compiled.decode_bits(bits).record.sample
    for assignment, energy in zip(values[valid], found[valid], strict=True):
        key = tuple(assignment.tolist())
        energies[key] = min(energy, energies.get(key, np.inf))
    return energies


def true_literals(compiled: Compiled, label: Any, sample: dict[Any, float]) -> int:
    """How many variables left by presolve would make room in the constraint by a flip."""
    model, comparison = compiled.model, compiled.cqm.constraints[label]
    sign = -1 if comparison.sense is dimod.sym.Sense.Ge else 1
    row = model.rows[[model.labels.index(label)]].tocoo()
    found = 0
    for k in row.col:
        other = {model.variables[k]: model.lower[k] + model.upper[k] - sample[model.variables[k]]}
        changed = compiled.presolved.restore(
            compiled.presolved.reduce([[(sample | other)[v] for v in compiled.cqm.variables]])
        )
        after = dict(zip(compiled.cqm.variables, changed[0], strict=True))
        found += sign * (comparison.lhs.energy(after) - comparison.lhs.energy(sample)) < -1e-9
    return found


def cost(compiled: Compiled, sample: dict[Any, float]) -> float:
    """Objective plus penalties, by dimod's arithmetic and the table of treatments."""
    cqm, total = compiled.cqm, float(compiled.cqm.objective.energy(sample))
    violations = cqm.violations(sample, clip=True)
    treatment = dict(zip(compiled.model.labels, compiled.treatments.name.tolist(), strict=True))
    weights = dict(zip(compiled.model.labels, compiled.weights, strict=True))
    least = dict(zip(compiled.model.labels, least_penalty(compiled.rows), strict=True))
    labels = list(cqm.constraints)
    repeated = {
        label
        for label, other in zip(labels, compiled.presolved.implied_by, strict=True)
        if other >= 0
    }
    for label, amount in violations.items():
        constraint = cqm.constraints[label].lhs
        if constraint.is_soft():
            total += constraint.weight() * amount**2
        elif label not in treatment:
            assert amount < 1e-9 or label in repeated
        elif treatment[label] == "pairs":
            ones = true_literals(compiled, label, sample)
            total += weights[label] * least[label] * ones * (ones - 1) / 2
        else:
            total += weights[label] * (amount if treatment[label] == "product" else amount**2)
    return total


def holds(compiled: Compiled) -> int:
    """Checks the law; returns the number of assignments."""
    energies = lowest_energies(compiled)
    for values, energy in energies.items():
        sample = dict(zip(compiled.cqm.variables, values, strict=True))
        assert energy == pytest.approx(cost(compiled, sample), abs=1e-9)
    return len(energies)


def feasible(cqm: dimod.ConstrainedQuadraticModel) -> dict[tuple[float, ...], float]:
    """The energy of every assignment that keeps the hard constraints."""
    found = dimod.ExactCQMSolver().sample_cqm(cqm).filter(lambda row: row.is_feasible)
    order = [list(found.variables).index(label) for label in cqm.variables]
    return dict(
        zip(
            map(tuple, found.record.sample[:, order].tolist()),
            found.record.energy.tolist(),
            strict=True,
        )
    )


@pytest.mark.parametrize("seed", range(40))
def test_the_law_holds_on_random_models(seed: int) -> None:
    compiled = compile_cqm(tiny.random_cqm(np.random.default_rng(seed)), presolve=False)
    assert set(compiled.treatments.name.tolist()) >= {"pairs", "product"}
    sizes = (compiled.model.upper - compiled.model.lower) / compiled.model.step + 1
    assert holds(compiled) == np.prod(sizes)


@pytest.mark.parametrize("seed", range(40))
def test_presolve_loses_no_feasible_assignment_and_keeps_the_law(seed: int) -> None:
    cqm = tiny.random_cqm(np.random.default_rng(seed))
    try:
        compiled = compile_cqm(cqm)
    except Infeasible:
        assert not feasible(cqm)
        return
    holds(compiled)
    assert (
        lowest_energies(compiled).items()
        >= {
            values: pytest.approx(energy, abs=1e-9) for values, energy in feasible(cqm).items()
        }.items()
    )


@pytest.mark.parametrize("presolve", [False, True])
@pytest.mark.parametrize("inequalities", ["auto", "slack"])
@pytest.mark.parametrize("encodings", [*ENCODINGS, ("bounded", 2)], ids=str)
def test_the_law_holds_for_every_encoding_and_treatment(
    encodings: Any, inequalities: str, presolve: bool
) -> None:
    random, checked = np.random.default_rng(7), 0
    for _ in range(12):
        try:
            compiled = compile_cqm(
                tiny.random_cqm(random),
                encodings=encodings,
                inequalities=inequalities,
                presolve=presolve,
            )
        except Infeasible:
            continue
        if compiled.qubo.num_variables <= 18:
            checked += holds(compiled)
    assert checked > 50


@pytest.mark.parametrize("name", tiny.PROBLEMS)
def test_the_law_holds_on_each_problem(name: str) -> None:
    assert holds(compile_cqm(tiny.PROBLEMS[name].model())) > 1


@pytest.mark.parametrize("name", tiny.PROBLEMS)
def test_the_lowest_energy_is_the_problems_optimum(name: str) -> None:
    """With the weights of "bounds" the ground state is optimal, and its energy the optimum."""
    problem = tiny.PROBLEMS[name]
    compiled = compile_cqm(problem.model())
    ground = dimod.ExactSolver().sample(compiled.bqm()).lowest()
    best = compiled.decode(ground).first
    score = problem.evaluate(problem.decode(best.sample))
    assert score.feasible
    assert score.objective == pytest.approx(tiny.optimum(problem))
    assert ground.first.energy == pytest.approx(tiny.ground(problem))


@pytest.mark.parametrize("seed", range(20))
def test_one_multiplier_for_all_is_dimods(seed: int) -> None:
    """`penalties=7.0` gives `dimod.cqm_to_bqm`'s energies where both use squares: on equalities."""
    random = np.random.default_rng(seed)
    cqm = dimod.ConstrainedQuadraticModel()
    x = [dimod.Binary(f"x{k}") for k in range(6)]
    cqm.set_objective(sum(float(random.normal()) * a * b for a, b in itertools.combinations(x, 2)))
    cqm.add_constraint(x[1] + x[2] + x[3] == 1, label="one")
    cqm.add_constraint(
        sum(float(random.integers(-4, 5)) * v for v in x) + 0.5 * x[0] == 1.5, label="sum"
    )
    theirs, _ = dimod.cqm_to_bqm(cqm, lagrange_multiplier=7.0)
    ours = compile_cqm(cqm, penalties=7.0, presolve=False).bqm()
    samples = np.array(list(itertools.product([0, 1], repeat=6)))
    names = [f"x{k}" for k in range(6)]
    np.testing.assert_allclose(
        ours.energies((samples, names)), theirs.energies((samples, names)), rtol=1e-9, atol=1e-9
    )


@pytest.mark.parametrize("seed", range(10))
def test_encode_finds_the_slacks(seed: int) -> None:
    """A feasible assignment, encoded, has the energy of its objective alone."""
    cqm = tiny.random_cqm(np.random.default_rng(seed))
    for values, energy in feasible(cqm).items():
        sample = dict(zip(cqm.variables, values, strict=True))
        for options in (
            {},
            {"presolve": False},
            {"encodings": "one-hot"},
            {"encodings": "domain-wall", "presolve": False},
        ):
            compiled = compile_cqm(cqm, **options)
            bits = compiled.encode(sample)
            assert compiled.bqm().energy((bits, compiled.qubo.labels)) == pytest.approx(energy)
            assert compiled.assignment(bits) == sample


def test_decode_says_which_constraint_is_broken() -> None:
    cqm = tiny.routing().model()
    compiled = compile_cqm(cqm)
    nothing = compiled.decode(dict.fromkeys(compiled.qubo.labels, 0))
    assert nothing.info["constraint_labels"] == list(cqm.constraints)
    satisfied = dict(
        zip(nothing.info["constraint_labels"], nothing.record.is_satisfied[0], strict=True)
    )
    assert satisfied == {
        "served[1]": False,
        "served[2]": False,
        "served[3]": False,
        "served[4]": False,
        "vehicles": True,
    }


def test_decode_takes_the_bits_in_any_order() -> None:
    compiled = compile_cqm(tiny.portfolio().model())
    found = dimod.ExactSolver().sample(compiled.bqm()).truncate(20)
    order = list(found.variables)[::-1]
    again = dimod.SampleSet.from_samples(
        (found.record.sample[:, ::-1], order),
        energy=found.record.energy,
        vartype="BINARY",
        sort_labels=False,
    )
    np.testing.assert_array_equal(
        compiled.decode(found).record.sample, compiled.decode(again).record.sample
    )


def test_a_bqm_compiles_to_itself() -> None:
    bqm = dimod.generators.gnp_random_bqm(6, 0.7, "BINARY", random_state=1)
    assert compile_cqm(bqm).bqm().is_almost_equal(bqm)


def test_an_inequality_that_always_holds_costs_nothing() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    a, b = dimod.Binaries("ab")
    cqm.set_objective(-a - b)
    cqm.add_constraint(a + b <= 2, label="free")
    compiled = compile_cqm(cqm)
    assert compiled.model.labels == []
    assert compiled.qubo.labels == ["a", "b"]


def test_a_soft_constraint_keeps_its_own_weight() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    a, b = dimod.Binaries("ab")
    cqm.set_objective(0 * a)
    cqm.add_constraint(2 * a + 2 * b == 4, label="soft", weight=3.0, penalty="quadratic")
    bqm = compile_cqm(cqm).bqm()
    assert bqm.energy({"a": 0, "b": 0}) == pytest.approx(3 * 4**2)
    assert bqm.energy({"a": 1, "b": 0}) == pytest.approx(3 * 2**2)


def _one_constraint(comparison: Any, **soft: Any) -> dimod.ConstrainedQuadraticModel:
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.add_constraint(comparison, label="row", **soft)
    return cqm


A, B, C = dimod.Binaries("abc")
REAL, OTHER = dimod.Real("r", upper_bound=9), dimod.Real("s", upper_bound=9)
LONG, WIDE = (dimod.Integer(name, upper_bound=2**20) for name in "ij")


@pytest.mark.parametrize(
    ("cqm", "complaint"),
    [
        (_one_constraint(0.3 * REAL + 0.7 * OTHER <= 1.1), r"'r' is REAL; .* reals=\{'r': 0.01\}"),
        (
            _one_constraint(0.1234567 * A + 0.7654321 * B + 0.3141593 * C <= 1.0),
            "'row'.*common step",
        ),
        (_one_constraint(A * B - A <= 0), "'row' is quadratic"),
        (_one_constraint(A * B + A * C <= 1), "'row' is quadratic"),
        (_one_constraint(A + B <= 1, weight=2.0, penalty="linear"), "'row' has a linear penalty"),
        (_one_constraint(dimod.Integer("i", upper_bound=2**40) + A >= 3), "'i' ranges over"),
        (_one_constraint(1e7 * LONG + 1e-6 * WIDE + 1e7 * A >= 1e8), "'row' needs a slack"),
        (_one_constraint(np.nan * A <= 1), "'row' has a NaN"),
    ],
    ids=[
        "real",
        "no step",
        "negative product",
        "product with room",
        "linear soft",
        "wide",
        "slack",
        "nan",
    ],
)
def test_what_a_qubo_cannot_hold_is_named(cqm: Any, complaint: str) -> None:
    with pytest.raises(QoptError, match=complaint):
        compile_cqm(cqm)


@pytest.mark.parametrize(
    "penalties", ["hope", -1.0, 0.0, np.inf, {"no such": 1.0}, {"one": -2.0}], ids=repr
)
def test_penalties_must_make_sense(penalties: Any) -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.add_constraint(A + B == 1, label="one")
    with pytest.raises(QoptError, match=r"penalties|no constraint named 'no such'"):
        compile_cqm(cqm, penalties=penalties)


def test_a_mapping_overrides_the_bounds_it_names() -> None:
    cqm = tiny.routing().model()
    bounds = compile_cqm(cqm).weights
    mixed = compile_cqm(cqm, penalties={"served[2]": 99.0}).weights
    assert mixed[1] == 99.0
    np.testing.assert_array_equal(np.delete(mixed, 1), np.delete(bounds, 1))


def test_the_room_answers_to_its_verb() -> None:
    assert qopt.compile(tiny.routing().model()).bqm().num_variables > 0


@pytest.mark.parametrize("encodings", [None, *ENCODINGS], ids=str)
def test_proven_weights_put_the_optimum_at_the_bottom(encodings: Any) -> None:
    """Of random models, with whatever encoding: the lowest energy is dimod's optimum."""
    checked = 0
    for seed in range(60):
        cqm = tiny.random_cqm(np.random.default_rng(seed))
        optimum = min(feasible(cqm).values(), default=None)
        if optimum is None:
            continue
        for options in ({}, {"inequalities": "slack"}, {"presolve": False}):
            compiled = compile_cqm(cqm, penalties="proven", encodings=encodings, **options)
            if 0 < compiled.qubo.num_variables <= 14:
                checked += 1
                assert dimod.ExactSolver().sample(compiled.bqm()).first.energy == pytest.approx(
                    optimum, abs=1e-9
                )
    assert checked > 40


def test_a_number_beyond_its_range_does_not_pay() -> None:
    """Two bits of a one-hot x would let y be 5: only x's own constraint is against it."""
    x, y = dimod.Integer("x", upper_bound=3), dimod.Integer("y", upper_bound=10)
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(-10 * y - 0.1 * x)
    cqm.add_constraint(y - x <= 0, label="room")
    for penalties in ("bounds", "proven"):
        compiled = compile_cqm(cqm, penalties=penalties, encodings={"x": "one-hot"}, presolve=False)
        ground = dimod.ExactSolver().sample(compiled.bqm()).first
        assert ground.energy == pytest.approx(-30.3)
        assert compiled.decode(ground.sample).first.sample == {"x": 3, "y": 3}


SIX = list(dimod.Binaries([f"x{k}" for k in range(6)]))
P, Q = dimod.Spin("p"), dimod.Spin("q")


@pytest.mark.parametrize(
    ("comparison", "name", "bits"),
    [
        (sum(SIX) <= 1, "pairs", 0),
        (SIX[0] + SIX[1] <= 1, "pairs", 0),
        (SIX[0] + SIX[1] >= 1, "pairs", 0),
        (SIX[0] - SIX[1] <= 0, "pairs", 0),
        (SIX[0] + SIX[1] + SIX[2] - SIX[3] <= 0, "pairs", 0),
        (sum(SIX) >= 5, "pairs", 0),
        (3 * SIX[0] + 4 * SIX[1] + 5 * SIX[2] <= 6, "pairs", 0),
        (0.1234567 * SIX[0] + 0.7654321 * SIX[1] <= 0.8, "pairs", 0),
        (P + Q >= 0, "pairs", 0),
        (2 * SIX[0] - P <= 2, "pairs", 0),
        (3 * SIX[0] + 4 * SIX[1] + 5 * SIX[2] <= 7, "slack", 3),
        (sum(SIX) <= 2, "slack", 2),
        (sum(SIX) >= 4, "slack", 2),
        (SIX[0] + dimod.Integer("n", upper_bound=2) <= 2, "slack", 2),
        (sum(SIX) == 2, "square", 0),
        (SIX[0] * SIX[1] + SIX[0] * SIX[2] == 0, "product", 0),
    ],
    ids=lambda given: "",
)  # fmt: skip
def test_inequalities_about_pairs_need_no_slack(comparison: Any, name: str, bits: int) -> None:
    compiled = compile_cqm(_one_constraint(comparison), penalties=3.0)
    assert compiled.treatments.name.tolist() == [name]
    assert compiled.slack.num_bits == bits
    assert holds(compiled) == np.prod(
        (compiled.model.upper - compiled.model.lower) / compiled.model.step + 1
    )
    if not compiled.rows.stepless.any():
        slack = compile_cqm(_one_constraint(comparison), inequalities="slack", penalties=3.0)
        assert slack.treatments.name.tolist() == ["slack" if name == "pairs" else name]


def test_pairs_of_a_soft_constraint_cost_what_they_break_it_by() -> None:
    soft = {"weight": 2.0, "penalty": "quadratic"}
    pair = compile_cqm(_one_constraint(3 * A + 4 * B <= 5, **soft))
    assert pair.treatments.name.tolist() == ["pairs"]
    assert pair.bqm().energy({"a": 1, "b": 1}) == pytest.approx(2 * 2**2)
    assert compile_cqm(_one_constraint(A + B + C <= 1, **soft)).treatments.name.tolist() == [
        "slack"
    ]


@pytest.mark.parametrize("factor", [1.0, 0.5, 3.0])
def test_unbalanced_penalties_are_as_in_the_paper_and_said_to_be_approximate(factor: float) -> None:
    """h = b - a x: W (h^2 / 2 - h) in whole numbers, or the user's own factors in his units."""
    left, right = factor * (2 * SIX[0] + 3 * SIX[1] + SIX[2] + SIX[3]), factor * 4
    cqm = _one_constraint(left <= right)
    default = compile_cqm(cqm, inequalities="unbalanced", penalties=5.0 / factor**2)
    own = compile_cqm(cqm, inequalities={"row": Unbalanced(linear=0.9, quadratic=0.2)})
    assert default.approximate == own.approximate == ("row",)
    assert default.slack.num_bits == own.slack.num_bits == 0
    for bits in itertools.product([0, 1], repeat=4):
        sample = dict(zip([f"x{k}" for k in range(4)], bits, strict=True))
        room = right - left.energy(sample)
        assert own.bqm().energy(sample) == pytest.approx(0.2 * room**2 - 0.9 * room)
        room /= factor
        assert default.bqm().energy(sample) == pytest.approx(5 * (room**2 / 2 - room))
    assert compile_cqm(cqm).approximate == ()


def test_treatments_can_be_named_by_label() -> None:
    cqm = _one_constraint(sum(SIX) <= 2)
    cqm.add_constraint(A + B <= 1, label="conflict")
    cqm.add_constraint(A + C == 1, label="choice")
    cqm.add_constraint(A + B + C <= 3, label="idle")
    compiled = compile_cqm(
        cqm, inequalities={"row": "unbalanced", "conflict": "slack", "idle": "slack"}
    )
    assert dict(zip(compiled.model.labels, compiled.treatments.name.tolist(), strict=True)) == {
        "row": "unbalanced",
        "conflict": "slack",
    }
    for inequalities, complaint in (
        ("tight", "no treatment of inequalities named 'tight'; known: auto, slack, unbalanced"),
        ({"row": "tight"}, "no treatment of inequalities named 'tight'"),
        ({"rwo": "slack"}, "no constraint named 'rwo'; did you mean row"),
        ({"choice": "slack"}, r"inequalities\['choice'\]: constraint 'choice' is an equality"),
    ):
        with pytest.raises(QoptError, match=complaint):
            compile_cqm(cqm, inequalities=inequalities)


@pytest.mark.parametrize(
    "options",
    [{}, {"presolve": False}, {"encodings": "one-hot"}, {"encodings": "domain-wall"}],
    ids=str,
)
@pytest.mark.parametrize("name", tiny.PROBLEMS)
def test_sizes_are_known_before_the_qubo(name: str, options: dict[str, Any]) -> None:
    cqm = tiny.PROBLEMS[name].model()
    sizes, compiled = model_size(cqm, **options), compile_cqm(cqm, **options)
    assert sizes.num_bits == compiled.qubo.num_variables == compiled.sizes().num_bits
    assert sizes.labels == [*compiled.model.labels, *compiled.validity.labels]
    assert sizes.slack_bits.sum() == compiled.slack.num_bits
    assert sizes.num_couplings >= len(compiled.qubo.quad)


def test_sizes_by_constraint() -> None:
    cqm = _one_constraint(sum(SIX) <= 2)
    n = dimod.Integer("n", upper_bound=5)
    cqm.set_objective(SIX[0] * SIX[1] + n * n + SIX[2] * n)
    cqm.add_constraint(SIX[0] + SIX[1] + n == 4, label="sum")
    cqm.add_constraint(SIX[4] * SIX[5] == 0, label="product")
    cqm.add_constraint(SIX[4] + SIX[5] + SIX[0] <= 1, label="pairs")
    sizes = model_size(cqm, encodings={"n": "one-hot"}, presolve=False)
    assert sizes.labels == ["row", "sum", "product", "pairs", "one value[n]"]
    assert sizes.slack_bits.tolist() == [2, 0, 0, 0, 0]
    assert sizes.encoding_bits.tolist() == [0, 6, 0, 0, 6]
    assert sizes.couplings.tolist() == [28, 28, 1, 3, 15]
    assert sizes.objective_couplings == 1 + 15 + 6
    assert sizes.num_bits == 6 + 6 + 2


def test_an_empty_model_is_an_empty_qubo() -> None:
    compiled = compile_cqm(dimod.ConstrainedQuadraticModel())
    assert compiled.bqm().num_variables == 0
    assert compiled.decode_bits(np.zeros((1, 0))).record.energy.tolist() == [0.0]
    assert model_size(dimod.ConstrainedQuadraticModel()).num_bits == 0
    result = qopt.solve(dimod.ConstrainedQuadraticModel(), time_limit=None, num_sweeps=5, seed=1)
    assert result.objective == 0


def test_a_model_that_presolve_solves_is_an_empty_qubo() -> None:
    cqm = _one_constraint(A + B == 2)
    cqm.set_objective(3 * A + 1)
    compiled = compile_cqm(cqm)
    assert compiled.bqm().num_variables == 0
    assert compiled.bqm().offset == 4
    assert compiled.assignment([]) == {"a": 1, "b": 1}
    assert qopt.solve(cqm, time_limit=None, num_sweeps=5, seed=1).objective == 4


@pytest.mark.parametrize("scale", [1e-9, 1e9])
def test_coefficients_of_any_size(scale: float) -> None:
    cqm = _one_constraint(scale * A + 2 * scale * B + 3 * scale * C <= 4 * scale)
    cqm.set_objective(-scale * (A + B + C))
    compiled = compile_cqm(cqm)
    ground = dimod.ExactSolver().sample(compiled.bqm()).first
    assert ground.energy == pytest.approx(-2 * scale)
    assert compiled.decode(ground.sample).first.is_feasible


def test_bounds_that_cross_are_named() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.add_variable("INTEGER", "i", lower_bound=1.25, upper_bound=1.75)
    with pytest.raises(
        QoptError, match="variable 'i' has no whole number between its bounds; widen them"
    ):
        compile_cqm(cqm)


def test_constants_in_constraints_count() -> None:
    cqm = _one_constraint(A + B + 3 <= 4)
    assert compile_cqm(cqm, penalties=2.0).bqm().energy({"a": 1, "b": 1}) == 2.0
    assert compile_cqm(cqm, penalties=2.0).bqm().energy({"a": 1, "b": 0}) == 0.0


@pytest.mark.parametrize("presolve", [True, False])
def test_a_side_that_is_just_met_in_decimals_costs_nothing(presolve: bool) -> None:
    """29 hundredths, times a hundred, are 28.999999999999996 in floating point."""
    cqm = dimod.ConstrainedQuadraticModel()
    a, b, c = dimod.Binaries("abc")
    cqm.set_objective(-a - b - c)
    cqm.add_constraint(0.2 * a + 0.09 * b + 0.29 * c <= 0.29, label="room")
    compiled = compile_cqm(cqm, presolve=presolve)
    ground = dimod.ExactSolver().sample(compiled.bqm()).truncate(1)
    assert compiled.decode(ground).first.sample == {"a": 1, "b": 1, "c": 0}
    bits = compiled.encode({"a": 1, "b": 1, "c": 0})
    assert compiled.bqm().energy((bits, compiled.qubo.labels)) == pytest.approx(-2)


@pytest.mark.parametrize("by_label", [False, True])
def test_factors_of_an_unbalanced_penalty_are_those_given(by_label: bool) -> None:
    """With room h = 4 - 3 a - 2 b it is 0.25 h^2 - 0.75 h, for all rows or by label."""
    cqm = dimod.ConstrainedQuadraticModel()
    a, b = dimod.Binaries("ab")
    cqm.set_objective(-a - 2 * b)
    cqm.add_constraint(3 * a + 2 * b <= 4, label="room")
    factors = Unbalanced(linear=0.75, quadratic=0.25)
    given = {"room": factors} if by_label else factors
    compiled = compile_cqm(cqm, inequalities=given, presolve=False, penalties={"room": 1.0})
    for values in itertools.product((0, 1), repeat=2):
        sample = dict(zip("ab", values, strict=True))
        room = 4 - 3 * values[0] - 2 * values[1]
        expected = -values[0] - 2 * values[1] + 0.25 * room**2 - 0.75 * room
        energy = compiled.bqm().energy((compiled.encode(sample), compiled.qubo.labels))
        assert energy == pytest.approx(expected)
