"""The checks for authors: ours pass them, and each is broken on purpose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import dimod
import pytest

import qopt
from qopt import Answer, Evaluation, ModelSize, Task, Violation
from qopt.kit.laws import Broken, check_problem, check_sampler, check_solver
from qopt.samplers import QuboAnnealer
from qopt.solvers.annealer import Annealer
from qopt.solvers.references import Exact, Greedy

from .. import tiny


@pytest.mark.parametrize("name", tiny.PROBLEMS)
def test_our_problems_keep_the_laws(name: str) -> None:
    assert check_problem(tiny.PROBLEMS[name], trials=8) > 0


@pytest.mark.parametrize("solver", [Exact(), Greedy(), Annealer(num_sweeps=50)])
@pytest.mark.parametrize("name", ["routes", "job-shop", "multi-knapsack"])
def test_our_solvers_keep_the_laws(name: str, solver: Any) -> None:
    assert check_solver(solver, tiny.PROBLEMS[name], time_limit=None) is not None


def test_our_sampler_keeps_the_laws() -> None:
    assert len(check_sampler(QuboAnnealer(), num_sweeps=20)) > 0


@dataclass(frozen=True)
class Chosen:
    names: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        return {"names": list(self.names)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Chosen:
        return cls(tuple(data["names"]))


class Two:
    """Choose two of three numbers, the smaller the better."""

    sense: ClassVar = "min"
    worth: ClassVar = {"a": 1.0, "b": 2.0, "c": 4.0}

    def model(self) -> dimod.ConstrainedQuadraticModel:
        cqm = dimod.ConstrainedQuadraticModel()
        x = {name: dimod.Binary(name) for name in self.worth}
        cqm.set_objective(dimod.quicksum(worth * x[name] for name, worth in self.worth.items()))
        cqm.add_constraint(dimod.quicksum(x.values()) == 2, label="two")
        return cqm

    def model_size(self) -> ModelSize:
        return ModelSize(3, 0, 1)

    def decode(self, sample: Mapping[Any, float]) -> Chosen:
        return Chosen(tuple(name for name in self.worth if sample[name] > 0.5))

    def encode(self, plan: Chosen) -> dict[Any, float]:
        return {name: float(name in plan.names) for name in self.worth}

    def evaluate(self, plan: Chosen) -> Evaluation:
        missing = abs(len(plan.names) - 2)
        broken = (Violation("two", float(missing)),) if missing else ()
        return Evaluation(sum(self.worth[name] for name in plan.names), broken)

    def greedy(self) -> Chosen:
        return Chosen(("a", "b"))


def test_a_problem_of_someone_else_keeps_the_laws() -> None:
    assert check_problem(Two()) > 1


class TooSmall(Two):
    def model_size(self) -> ModelSize:
        return ModelSize(2, 0, 1)


class OfAnotherWorth(Two):
    def evaluate(self, plan: Chosen) -> Evaluation:
        return Evaluation(0.0, super().evaluate(plan).violations)


class Blind(Two):
    def evaluate(self, plan: Chosen) -> Evaluation:
        return Evaluation(super().evaluate(plan).objective)


class Forgetful(Two):
    def decode(self, sample: Mapping[Any, float]) -> Chosen:
        return Chosen(super().decode(sample).names[:1])


class Worsening(Two):
    def improve(self, plan: Chosen) -> Chosen:
        return Chosen(("b", "c")) if len(plan.names) == 2 else plan


@pytest.mark.parametrize(
    ("problem", "owed"),
    [
        (TooSmall(), r"model_size\(\) is what model\(\) has"),
        (OfAnotherWorth(), "is its objective"),
        (Blind(), "the assignment of a plan is feasible just where the plan is"),
        (Forgetful(), "a feasible assignment has a feasible plan"),
        (Worsening(), r"improve\(\) makes no plan worse"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_problem_that_breaks_a_law_is_told_which(problem: Any, owed: str) -> None:
    with pytest.raises(Broken, match=owed):
        check_problem(problem)


class Boasting:
    summary: ClassVar = "says that there is nothing better than a bound above the best"
    needs: ClassVar = "nothing"

    def missing(self) -> str | None:
        return None

    def solve(self, task: Task) -> Answer:
        task.start()
        return Answer(plans=[Chosen(("a", "b"))], bound=3.5)


class Denying(Boasting):
    def solve(self, task: Task) -> Answer:
        return Answer(plans=[Chosen(("a", "b"))], infeasible=True)


class Deaf(Boasting):
    def solve(self, task: Task) -> Answer:
        return Answer(plans=[Chosen(("a", "b"))], stopped_by="time")


@pytest.mark.parametrize(
    ("solver", "owed"),
    [
        (Boasting(), "no plan is better than the bound"),
        (Denying(), "what has a feasible plan is not infeasible"),
        (Deaf(), "an interrupt ends it"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_solver_that_breaks_a_law_is_told_which(solver: Any, owed: str) -> None:
    with pytest.raises(Broken, match=owed):
        check_solver(solver, Two())


class Wrong(dimod.Sampler):
    parameters: ClassVar = {}
    properties: ClassVar = {}

    def sample(self, bqm: dimod.BinaryQuadraticModel, **parameters: Any) -> dimod.SampleSet:
        found = dimod.RandomSampler().sample(bqm, num_reads=3, seed=1)
        return dimod.SampleSet.from_samples(
            (found.record.sample, found.variables), energy=[0.5] * 3, vartype=bqm.vartype
        )


def test_a_sampler_that_breaks_a_law_is_told_which() -> None:
    with pytest.raises(Broken, match="every energy is the model's"):
        check_sampler(Wrong())


def test_someone_elses_problem_is_solved_by_name() -> None:
    assert qopt.solve(Two(), solver="exact").best == Chosen(("a", "b"))
