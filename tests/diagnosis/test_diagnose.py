"""Each verdict made to happen on purpose, its evidence checked by other arithmetic."""

from __future__ import annotations

import itertools
from dataclasses import replace
from importlib import util
from pathlib import Path
from typing import Any

import dimod
import numpy as np
import pytest

import qopt
from problems.logistics import VehicleRouting
from problems.scheduling import JobShop
from qopt import QoptError, Result, Status, Verdict
from qopt.assignment import Assignment
from qopt.compiler import Compiled, compile_cqm
from qopt.diagnosis import Witness, energies, references
from qopt.diagnosis.penalties import Penalties
from qopt.programs.conflicts import Conflict
from qopt.programs.relaxations import Move, Relaxation
from qopt.result import Ranked

from .. import tiny

Cqm = dimod.ConstrainedQuadraticModel
ORTOOLS = pytest.mark.skipif(
    util.find_spec("ortools") is None, reason="the extra 'baselines' is not installed"
)


def pick_two(prizes: tuple[int, ...] = (5, 4, 3, 1)) -> Cqm:
    """Two of four, the dearest: an equality, so the energy is -prizes + weight (sum - 2)^2."""
    cqm = Cqm()
    x = [dimod.Binary(f"x{k}") for k in range(len(prizes))]
    cqm.set_objective(-sum(prize * v for prize, v in zip(prizes, x, strict=True)))
    cqm.add_constraint(sum(x) == 2, label="two")
    return cqm


def sampled(problem: Any, **parameters: Any) -> Result[Any]:
    """By a solver with penalties."""
    return qopt.solve(
        problem, **{"solver": "neal", "time_limit": None, "num_reads": 5, "seed": 1} | parameters
    )


def poor(problem: Any, values: dict[str, float], **parameters: Any) -> Result[Any]:
    """What a sampler with penalties would bring back that has seen but one assignment."""
    plan = problem.decode(values)
    score = problem.evaluate(plan)
    return replace(
        qopt.solve(problem, solver="exact"),
        solver="neal",
        status=Status.FEASIBLE if score.feasible else Status.NONE_FOUND,
        plans=(Ranked(plan, score, 1),),
        samples=dimod.SampleSet.from_samples_cqm([values], problem.model()),
        bound=None,
        provenance={"parameters": {name: repr(value) for name, value in parameters.items()}},
    )


def without_ortools(monkeypatch: pytest.MonkeyPatch) -> None:
    find = util.find_spec
    monkeypatch.setattr(
        util, "find_spec", lambda name, *rest: None if name == "ortools" else find(name, *rest)
    )


class TestPenalty:
    def test_too_small_a_weight(self) -> None:
        cqm = pick_two()
        found = qopt.diagnose(sampled(cqm, penalties=0.5), time_limit=5, seed=1)
        assert found.verdict is Verdict.PENALTY
        assert found.feasible is not None
        assert found.infeasible is not None
        self.check(cqm, found, {"two": 0.5})

    def test_the_result_need_not_show_it(self) -> None:
        """The sampler's feasible assignment is poor; the diagnosis finds the infeasible one."""
        problem = qopt.assignment.Model.of(pick_two())
        found = qopt.diagnose(
            poor(problem, {"x0": 0, "x1": 0, "x2": 1, "x3": 1}, penalties=0.5), time_limit=5, seed=1
        )
        assert found.verdict is Verdict.PENALTY
        assert found.infeasible is not None
        assert found.infeasible.source != "the result"
        self.check(pick_two(), found, {"two": 0.5})

    def test_a_tie_is_not_enough(self) -> None:
        """With prizes 5, 4, 3, 1 a third thing gains 3, which a weight of 3 just takes back."""
        cqm = pick_two()
        problem = qopt.assignment.Model.of(cqm)
        found = qopt.diagnose(
            poor(problem, {"x0": 0, "x1": 0, "x2": 1, "x3": 1}, penalties=3.0), time_limit=5, seed=1
        )
        assert found.verdict is Verdict.PENALTY
        assert found.infeasible is not None
        assert found.infeasible.energy == found.feasible.energy == -9
        assert [(one.constraint, one.needed) for one in found.raises] == [("two", 3.0)]

    def test_without_ortools(self, monkeypatch: pytest.MonkeyPatch) -> None:
        without_ortools(monkeypatch)
        cqm = pick_two()
        found = qopt.diagnose(sampled(cqm, penalties=0.5), time_limit=2, seed=1)
        assert found.verdict is Verdict.PENALTY
        self.check(cqm, found, {"two": 0.5})
        assert any("pip install" in line for line in found.established)

    @pytest.mark.parametrize("weight", [0.3, 2.0])
    @pytest.mark.parametrize("name", ["routes", "slots", "job-shop", "mean-variance"])
    def test_on_each_problem(self, name: str, weight: float) -> None:
        problem = tiny.PROBLEMS[name]
        result = sampled(problem, penalties=weight * 0.01 if name == "mean-variance" else weight)
        found = qopt.diagnose(result, time_limit=5, seed=1)
        compiled = compile_cqm(
            problem.model(), penalties=eval(result.provenance["parameters"]["penalties"])
        )
        if found.verdict is Verdict.PENALTY:
            self.check(
                problem.model(),
                found,
                dict(zip(energies.labels(compiled), energies.weights(compiled), strict=True)),
            )
        else:
            assert result.objective == pytest.approx(tiny.optimum(problem))
            assert found.verdict is Verdict.NONE

    def check(self, cqm: Cqm, found: qopt.Diagnosis, weights: dict[Any, float]) -> None:
        """By dimod's arithmetic on the model, and on the BQM that the weights make."""
        low, high = found.infeasible, found.feasible
        assert low is not None
        assert high is not None
        assert cqm.check_feasible(high.values)
        assert not cqm.check_feasible(low.values)
        assert low.energy <= high.energy
        assert high.energy == pytest.approx(cqm.objective.energy(high.values))
        violations = cqm.violations(low.values)
        assert {one.constraint for one in found.raises} == {
            c for c in weights if violations.get(c, 0.0) > 1e-6
        }
        for one in found.raises:
            assert one.weight == weights[one.constraint]
            assert one.amount == pytest.approx(violations[one.constraint])
            for factor, mended in ((1 - 1e-6, False), (1 + 1e-6, True)):
                raised = compile_cqm(
                    cqm, penalties=weights | {one.constraint: max(one.needed, 1e-9) * factor}
                )
                energy = [
                    float(raised.bqm().energy((raised.encode(w.values), raised.qubo.labels)))
                    for w in (low, high)
                ]
                if abs(one.needed - one.weight) > 1e-9 or mended:
                    assert (energy[0] > energy[1]) is mended


@ORTOOLS
class TestSampler:
    def test_a_sampler_of_one_sweep(self) -> None:
        problem = tiny.routing()
        result = sampled(problem, num_reads=1, num_sweeps=1)
        assert result.objective is None
        found = qopt.diagnose(result, time_limit=10, seed=1)
        assert found.verdict is Verdict.SAMPLER
        assert found.infeasible is None
        assert found.feasible is not None
        assert found.feasible.evaluation == problem.evaluate(found.feasible.plan)
        assert found.feasible.evaluation.objective == tiny.optimum(problem)
        assert found.established
        assert_sufficient(problem.model(), {}, found.feasible.energy)

    def test_a_solver_without_penalties(self) -> None:
        result = qopt.solve(VehicleRouting.bundled(), solver="greedy")
        found = qopt.diagnose(result, time_limit=10, seed=1)
        assert found.verdict is Verdict.SAMPLER
        assert found.feasible is not None
        assert found.feasible.evaluation.objective < result.objective
        assert found.feasible.energy is None
        assert "no penalties" in found.summary

    def test_what_is_known_may_be_given(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """As a plan or as an assignment, and with no solver that could find it."""
        monkeypatch.setattr(references, "SOLVERS", ())
        problem = VehicleRouting.bundled()
        plan = problem.routes([[1], [8, 5, 3], [9, 12, 10, 6], [11, 4, 7, 2]])
        result = qopt.solve(problem, solver="greedy")
        assert qopt.diagnose(result).verdict is Verdict.UNKNOWN
        for known in (plan, problem.encode(plan)):
            found = qopt.diagnose(result, known=known)
            assert found.verdict is Verdict.SAMPLER
            assert found.feasible is not None
            assert found.feasible.evaluation == problem.evaluate(plan)

    def test_weights_that_are_proven(self) -> None:
        """The two dearest of four: the theorem on separate sums holds, and no search is needed."""
        problem = qopt.assignment.Model.of(pick_two())
        found = qopt.diagnose(
            poor(problem, {"x0": 0, "x1": 0, "x2": 1, "x3": 1}), time_limit=5, seed=1
        )
        assert found.verdict is Verdict.SAMPLER
        assert "theorem" in found.established[0]

    def test_a_bound_is_a_proof_only_for_what_reaches_it(self) -> None:
        problem = qopt.assignment.Model.of(pick_two())
        result = poor(problem, {"x0": 1, "x1": 0, "x2": 1, "x3": 0})
        found = qopt.diagnose(replace(result, bound=-9.0), time_limit=5, seed=1)
        assert result.objective == -8
        assert found.verdict is Verdict.SAMPLER
        assert found.feasible is not None
        assert found.feasible.evaluation.objective == -9

    def test_a_problem_that_maximises(self) -> None:
        from ..test_solve import Largest

        problem = Largest()
        found = qopt.diagnose(poor(problem, {"a": 1, "b": 0, "c": 0}), time_limit=5, seed=1)
        assert found.verdict is Verdict.SAMPLER
        assert found.feasible is not None
        assert found.feasible.evaluation.objective == 5


def assert_sufficient(cqm: Cqm, parameters: dict[str, Any], ceiling: float) -> None:
    """By enumeration: no state that breaks a constraint has an energy of `ceiling` or less."""
    compiled = compile_cqm(cqm, **parameters)
    every = dimod.ExactSolver().sample(compiled.bqm())
    decoded = compiled.decode(every)
    assert (every.record.energy[~decoded.record.is_feasible] > ceiling).all()


@ORTOOLS
@pytest.mark.parametrize("strength", [1, 4, 12])
@pytest.mark.parametrize("seed", range(8))
def test_penalty_or_sampler_is_what_enumeration_says(seed: int, strength: int) -> None:
    """Random models, random weights, and a result that is any assignment but the best."""
    random = np.random.default_rng([seed, strength])
    cqm, best, values = _missed(random)
    weights = {label: float(random.uniform(0, strength)) for label in cqm.constraints}
    problem = qopt.assignment.Model.of(cqm)
    found = qopt.diagnose(poor(problem, values, penalties=weights), time_limit=20, seed=seed)
    compiled = compile_cqm(cqm, penalties=weights)
    states = dimod.ExactSolver().sample(compiled.bqm())
    low = states.record.energy <= best + 1e-9
    misled = (low & ~compiled.decode(states).record.is_feasible).any()
    assert found.verdict is (Verdict.PENALTY if misled else Verdict.SAMPLER)
    assert found.feasible is not None
    assert found.feasible.evaluation.objective == pytest.approx(best)
    if misled:
        TestPenalty().check(
            cqm, found, dict(zip(compiled.model.labels, compiled.weights, strict=True))
        )


def _missed(random: np.random.Generator) -> tuple[Cqm, float, dict[str, float]]:
    """A model, its optimum's energy, and an assignment that is not optimal, feasible or not."""
    while True:
        cqm = tiny.random_cqm(random)
        every = dimod.ExactCQMSolver().sample_cqm(cqm)
        feasible = every.record[every.record.is_feasible]
        others = every.record[
            ~(
                every.record.is_feasible
                & (every.record.energy == feasible.energy.min(initial=np.inf))
            )
        ]
        if len(feasible) and len(others) and compile_cqm(cqm).qubo.num_variables:
            values = random.choice(others.sample).tolist()
            return (
                cqm,
                float(feasible.energy.min()),
                dict(zip(every.variables, map(float, values), strict=True)),
            )


@pytest.mark.parametrize("code", ["log", "unary", "one-hot", "domain-wall"])
@pytest.mark.parametrize("seed", range(8))
def test_the_energy_is_the_objective_and_what_is_broken(seed: int, code: str) -> None:
    """Of random states of random QUBOs, those that are no valid encoding among them."""
    random = np.random.default_rng(seed)
    compiled = _compiled(random, code)
    states = random.integers(0, 2, (40, compiled.qubo.num_variables)).astype(float)
    q, model = compiled.model.quadratic, compiled.model
    for bits, energy in zip(
        states, compiled.bqm().energies((states, compiled.qubo.labels)), strict=True
    ):
        x = compiled.encoding.base + compiled.encoding.matrix @ bits[: compiled.encoding.num_bits]
        objective = model.offset + model.linear @ x + q.value @ (x[q.row] * x[q.col])
        assert energy == pytest.approx(
            objective + energies.weights(compiled) @ energies.unit_costs(compiled, bits), abs=1e-8
        )
        assert energies.least_objective(compiled) <= objective + 1e-9 or compiled.validity.labels


@pytest.mark.parametrize("inequalities", ["auto", "slack"])
@pytest.mark.parametrize("seed", range(8))
def test_no_violation_costs_less_than_the_least(seed: int, inequalities: str) -> None:
    """In halves, too, and in sums of products whose least value is none of their coefficients."""
    random = np.random.default_rng(seed)
    cqm = tiny.random_cqm(random)
    a, b, c = (dimod.Binary(f"b{k}") for k in range(3))
    cqm.add_constraint(0.5 * a + 0.5 * b + 0.5 * c <= 0.5, label="halves")
    cqm.add_constraint(1.5 * a - 1.25 * a * b == 0, label="cover")
    compiled = compile_cqm(cqm, inequalities=inequalities, presolve=False)
    least = energies.least_unit_costs(compiled)
    for bits in random.integers(0, 2, (60, compiled.qubo.num_variables)).astype(float):
        costs = energies.unit_costs(compiled, compiled.encode(compiled.assignment(bits)))
        assert ((costs < 1e-9) | (costs > least - 1e-9)).all()
    by_label = dict(zip(energies.labels(compiled), least, strict=True))
    assert by_label["halves"] > 0
    assert by_label["cover"] == 0


def _compiled(random: np.random.Generator, code: str) -> Compiled:
    while True:
        try:
            return compile_cqm(
                tiny.random_cqm(random), encodings=code, presolve=bool(random.integers(2))
            )
        except QoptError:  # a contradiction
            continue


@ORTOOLS
class TestModel:
    def test_too_few_trucks(self) -> None:
        problem = VehicleRouting(tiny.SQUARE[:4, :4], demand=[0, 2, 2, 2], capacity=3, vehicles=2)
        result = qopt.solve(problem, solver="greedy")
        assert result.best is None
        for subject in (result, problem, problem.model()):
            found = qopt.diagnose(subject, seed=1)
            assert found.verdict is Verdict.MODEL
            assert found.conflict is not None
            assert set(found.conflict.constraints) == {
                "served[1]",
                "served[2]",
                "served[3]",
                "vehicles",
            }
            assert found.conflict.minimal
            assert found.relaxation is not None
            assert [str(move) for move in found.relaxation.moves] == ["vehicles <= 2 to 3 (+1)"]

    def test_a_relaxed_model_is_feasible(self) -> None:
        """The right-hand side moved as told, the solver finds the plan."""
        problem = VehicleRouting(
            tiny.SQUARE[:4, :4], demand=[0, 2, 2, 2], capacity=3, vehicles=2, formulation="slots"
        )
        cqm = problem.model()
        found = qopt.diagnose(cqm, seed=1)
        assert found.relaxation is not None
        for move in found.relaxation.moves:
            comparison = cqm.constraints[move.constraint]
            left, sense = comparison.lhs, comparison.sense.value
            cqm.add_constraint_from_iterable(
                [*left.iter_linear()], sense, rhs=move.to, label=f"{move.constraint}, moved"
            )
            cqm.remove_constraint(move.constraint)
        assert qopt.diagnose(cqm, seed=1).verdict is Verdict.NONE

    def test_a_plan_that_breaks_what_the_model_does_not_say(self) -> None:
        """The model allows two of three; the problem one."""
        problem = Misread()
        for subject in (problem, qopt.solve(problem, solver="exact")):
            found = qopt.diagnose(subject, time_limit=5, seed=1)
            assert found.verdict is Verdict.MODEL
            assert found.conflict is None
            assert found.feasible is not None
            assert problem.model().check_feasible(found.feasible.values)
            assert found.feasible.evaluation.violations

    @pytest.mark.parametrize(
        ("best_known", "verdict"), [(None, Verdict.NONE), (4.0, Verdict.MODEL)]
    )
    def test_a_model_too_coarse_for_what_is_known(
        self, best_known: float | None, verdict: Verdict
    ) -> None:
        """Buckets of three prove nothing of the problem, but all they express was searched."""
        problem = JobShop(
            (((0, 4), (1, 1)), ((1, 4), (0, 1))), bucket=3, name="coarse", best_known=best_known
        )
        result = qopt.solve(problem, solver="cp-sat", seed=1)
        found = qopt.diagnose(result, time_limit=5, seed=1)
        assert found.verdict is verdict
        assert "is the best that the model can express" in found.summary
        assert ("though 4 is known" in found.summary) is (verdict is Verdict.MODEL)


class Misread:
    """Choose one of three; whoever wrote the model wrote two."""

    sense = "min"

    def model(self) -> Cqm:
        cqm = Cqm()
        x = [*dimod.Binaries("abc")]
        cqm.set_objective(sum(x))
        cqm.add_constraint(sum(x) == 2, label="two")
        return cqm

    def decode(self, sample: Any) -> qopt.assignment.Assignment:
        return qopt.assignment.Assignment(dict(sample))

    def encode(self, plan: Any) -> Any:
        return dict(plan.values)

    def evaluate(self, plan: Any) -> qopt.Evaluation:
        ones = sum(plan.values.values())
        return qopt.Evaluation(
            float(ones), () if ones == 1 else (qopt.Violation("one", abs(ones - 1)),)
        )

    def model_size(self) -> qopt.ModelSize:
        return qopt.ModelSize(3, 0, 1)


class TestNoFault:
    @pytest.mark.parametrize("name", tiny.PROBLEMS)
    def test_an_optimal_result(self, name: str) -> None:
        result = qopt.solve(tiny.PROBLEMS[name], solver="exact")
        found = qopt.diagnose(result, time_limit=5, seed=1)
        assert found.verdict is Verdict.NONE
        assert f"{result.objective:.10g}" in found.summary

    def test_the_best_known_will_do(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Published, or given."""
        monkeypatch.setattr(references, "SOLVERS", ())
        problem = VehicleRouting.bundled()
        plan = problem.routes([[1], [8, 5, 3], [9, 12, 10, 6], [11, 4, 7, 2]])
        result = qopt.solve(problem, initial=plan, time_limit=0.1, seed=1)
        assert "as good as the best known, 247" in qopt.diagnose(result).summary
        greedy = qopt.solve(tiny.routing(), solver="greedy")
        assert qopt.diagnose(greedy).verdict is Verdict.UNKNOWN
        assert "as good as the best known, 48" in qopt.diagnose(greedy, known=greedy.best).summary

    @ORTOOLS
    def test_a_feasible_model(self) -> None:
        cqm = pick_two()
        found = qopt.diagnose(cqm, seed=1)
        assert found.verdict is Verdict.NONE
        assert found.feasible is not None
        assert cqm.check_feasible(found.feasible.values)


class TestSoft:
    def test_what_breaks_soft_constraints_is_feasible_all_the_same(self) -> None:
        cqm = pick_two()
        cqm.add_constraint_from_iterable(
            [("x0", 1), ("x1", 1)], "<=", rhs=1, label="wish", weight=0.5, penalty="quadratic"
        )
        best = {"x0": 1.0, "x1": 1.0, "x2": 0.0, "x3": 0.0}
        found = qopt.diagnose(sampled(cqm), known=best, time_limit=5, seed=1)
        assert found.verdict is Verdict.NONE
        assert found.feasible is not None
        assert found.feasible.values == best
        assert found.feasible.evaluation.objective == -8.5


def test_weights_of_the_constraints_acquit_none_of_an_encoding_s_own() -> None:
    """A one-hot number with two values at once lies lower than any with one."""
    cqm = Cqm()
    cqm.set_objective(-1 * dimod.Integer("i", upper_bound=3))
    compiled = compile_cqm(cqm, encodings="one-hot", penalties={"one value[i]": 0.01})
    penalties = Penalties(compiled, {"i": 3.0})
    penalties.settle(2.0, seed=1)
    assert penalties.proof == ""
    assert penalties.found is not None
    assert penalties.found.energy < penalties.ceiling == -3
    assert penalties.found.bits.sum() > 1


class TestNotSettled:
    def test_a_contradiction_that_cp_sat_does_not_decide(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Twelve things in eleven places; CP-SAT says neither yes nor no, as out of time."""
        cp_model = pytest.importorskip(
            "ortools.sat.python.cp_model", reason="the extra 'baselines' is not installed"
        )
        monkeypatch.setattr(cp_model.CpSolver, "solve", lambda *_, **__: cp_model.UNKNOWN)
        cqm = Cqm()
        x = np.array([[dimod.Binary(f"{i} at {j}") for j in range(11)] for i in range(12)])
        for i, row in enumerate(x):
            cqm.add_constraint(sum(row) == 1, label=f"thing {i}")
        for j, column in enumerate(x.T):
            for p, q in itertools.combinations(column, 2):
                cqm.add_constraint(
                    p + q <= 1, label=f"place {j}: {p.variables[0]} or {q.variables[0]}"
                )
        found = qopt.diagnose(cqm, time_limit=0.5, seed=1)
        assert found.verdict is Verdict.UNKNOWN
        assert found.conflict is None

    @ORTOOLS
    def test_a_search_that_was_cut_does_not_make_a_result_the_best_there_is(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The result is optimal; CP-SAT ends without an answer, and the annealer proves nothing."""
        result = sampled(pick_two())
        assert result.objective == -9
        assert qopt.diagnose(result, time_limit=5, seed=1).verdict is Verdict.NONE
        monkeypatch.setattr("qopt.programs.integer_program.run", lambda *_, **__: ("UNKNOWN", None))
        found = qopt.diagnose(result, time_limit=1, seed=1)
        assert found.verdict is Verdict.UNKNOWN
        assert found.summary == "nothing better than objective -9 was found; no bound is proved"

    @ORTOOLS
    def test_a_search_for_a_low_infeasible_state_that_was_cut_acquits_no_penalties(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        result = sampled(tiny.routing(), num_reads=1, num_sweeps=1)
        proved = qopt.diagnose(result, time_limit=5, seed=1)
        assert proved.verdict is Verdict.SAMPLER
        assert proved.established[0].startswith("proved by CP-SAT")
        monkeypatch.setattr("qopt.programs.counterexamples.run", lambda *_, **__: ("UNKNOWN", None))
        found = qopt.diagnose(result, time_limit=5, seed=1)
        assert found.verdict is Verdict.UNKNOWN
        assert "whether the penalties are sufficient was not settled in time" in found.summary

    def test_without_ortools_a_result_is_held_against_the_annealer(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        without_ortools(monkeypatch)
        found = qopt.diagnose(
            qopt.solve(VehicleRouting.bundled(), solver="greedy"), time_limit=2, seed=1
        )
        assert found.verdict is Verdict.SAMPLER
        assert found.established == (
            "solver 'cp-sat': ortools is not installed: pip install 'qopt-annealing[baselines]'",
        )

    def test_without_ortools_a_plain_contradiction_is_seen(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        without_ortools(monkeypatch)
        cqm = pick_two()
        cqm.add_constraint_from_iterable(
            [("x0", 1), ("x1", 1), ("x2", 1), ("x3", 1)], ">=", rhs=5, label="five"
        )
        found = qopt.diagnose(cqm)
        assert found.verdict is Verdict.MODEL
        assert "'five'" in found.summary

    def test_without_ortools_a_model_is_not_settled(self, monkeypatch: pytest.MonkeyPatch) -> None:
        without_ortools(monkeypatch)
        with pytest.raises(qopt.NotReady, match=r"pip install 'qopt-annealing\[baselines\]'"):
            qopt.diagnose(pick_two())


class TestOfAFile:
    def test_a_loaded_result_needs_its_model(self, tmp_path: Path) -> None:
        cqm = pick_two()
        loaded = Result.load(sampled(cqm, penalties=0.5).save(tmp_path / "result.json"))
        with pytest.raises(QoptError, match="does not hold its model"):
            qopt.diagnose(loaded)
        found = qopt.diagnose(loaded, model=cqm, time_limit=5, seed=1)
        assert found.verdict is Verdict.PENALTY
        TestPenalty().check(cqm, found, {"two": 0.5})

    def test_the_model_is_not_saved(self, tmp_path: Path) -> None:
        problem = tiny.shop()
        result = qopt.solve(problem, solver="greedy")
        assert result.source is problem
        assert "source" not in result.to_dict()
        assert Result.load(result.save(tmp_path / "result.json")).source is None
        assert replace(result, source=None) == result

    def test_weights_by_label_are_read_back(self, tmp_path: Path) -> None:
        loaded = Result.load(
            sampled(pick_two(), penalties={"two": 0.25}).save(tmp_path / "result.json")
        )
        found = qopt.diagnose(loaded, model=pick_two(), time_limit=5, seed=1)
        assert [one.weight for one in found.raises] == [0.25]

    def test_another_model_is_refused(self) -> None:
        with pytest.raises(QoptError, match="not of model as given"):
            qopt.diagnose(sampled(pick_two()), model=pick_two((5, 4, 3, 2)))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"time_limit": 0}, "time_limit=0"),
        ({"seed": -1}, "seed=-1"),
        ({"model": 42}, "cannot solve a int"),
        ({"known": {"x0": 1.0}}, "known= gives no value for variable 'x1'"),
        (
            {"known": dict.fromkeys(["x0", "x1", "x2", "x3"], 1.0)},
            "known= breaks constraint 'two' by 2",
        ),
    ],
)
def test_a_wrong_argument_is_named(arguments: dict[str, Any], complaint: str) -> None:
    with pytest.raises(QoptError) as raised:
        qopt.diagnose(sampled(pick_two()), **arguments)
    assert complaint in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_model_goes_with_a_result() -> None:
    with pytest.raises(QoptError, match="model= goes with a result"):
        qopt.diagnose(pick_two(), model=pick_two())


def test_the_same_seed_gives_the_same_evidence() -> None:
    result = sampled(pick_two(), penalties=0.5)
    one, two = (qopt.diagnose(result, time_limit=5, seed=7) for _ in range(2))
    assert (one.seed, one.feasible, one.infeasible, one.raises) == (
        two.seed,
        two.feasible,
        two.infeasible,
        two.raises,
    )
    assert one.seed == 7


def test_it_is_told_in_text_in_a_terminal_and_in_a_notebook() -> None:
    from rich.console import Console

    cqm = pick_two()
    cqm.relabel_constraints({"two": "<b>[two]</b>"})
    found = qopt.diagnose(sampled(cqm, penalties=0.5), time_limit=5, seed=1)
    head, *lines = str(found).splitlines()
    assert head.startswith("model: penalty: an infeasible assignment has energy")
    assert [line.split(":")[0].strip() for line in lines] == [
        "feasible",
        "infeasible",
        "raise any of",
    ]
    assert "<b>[two]</b>, broken by 1: its weight of 0.5 to above 3" in lines[-1]
    console = Console(width=300, record=True)
    console.print(found)
    assert "<b>[two]</b>, broken by 1" in console.export_text()
    page = found._repr_html_()
    assert "&lt;b&gt;[two]&lt;/b&gt;" in page
    assert "<b>[two]" not in page


def told(**evidence: Any) -> list[str]:
    """The lines of the evidence, in text."""
    return str(qopt.Diagnosis(Verdict.MODEL, **evidence)).splitlines()[1:]


def test_what_is_proved_and_what_is_only_found_are_told_apart() -> None:
    proved, found = (Conflict(("a", "b"), (), minimal) for minimal in (True, False))
    assert told(conflict=proved) == ["  minimal conflict: a, b"]
    assert told(conflict=found) == ["  conflict, perhaps not minimal: a, b"]
    moves = (Move("a", "<=", 3.0, 5.0), Move("b", ">=", 2.0, 1.5))
    shown = "a <= 3 to 5 (+2); b >= 2 to 1.5 (-0.5)"
    least, some = (Relaxation(moves, 1.0, least, {}) for least in (True, False))
    assert told(relaxation=least) == [f"  cheapest relaxation: {shown}"]
    assert told(relaxation=some) == [f"  a relaxation, perhaps not the cheapest: {shown}"]


def test_a_long_conflict_is_cut_and_counted() -> None:
    names = tuple(f"row{k}" for k in range(14))
    (line,) = told(conflict=Conflict(names, (), True))
    assert line == f"  minimal conflict: {', '.join(names[:12])} and 2 more"
    (line,) = told(conflict=Conflict(names[:12], (), True))
    assert line == f"  minimal conflict: {', '.join(names[:12])}"


def test_a_witness_is_told_with_its_energy_and_what_it_breaks() -> None:
    score = qopt.Evaluation(7.5, (qopt.Violation("room", 2.0),))
    plan = Assignment({"x": 1.0})
    witness = Witness("neal", plan.values, plan, score, 3.25)
    (line,) = told(feasible=witness)
    assert (
        line == f"  feasible: energy 3.25, objective 7.5, violates {score.violations[0]}, from neal"
    )
    (line,) = told(infeasible=replace(witness, energy=None, evaluation=qopt.Evaluation(1.0)))
    assert line == "  infeasible: objective 1, from neal"
    sure = qopt.Diagnosis(Verdict.NONE, feasible=witness)
    assert len(str(sure).splitlines()) == 2
    assert len(str(replace(sure, feasible=replace(witness, energy=None))).splitlines()) == 1
