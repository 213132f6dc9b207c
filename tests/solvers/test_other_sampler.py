"""Anybody's sampler as a solver: what it is given, and what is refused by line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import dimod
import pytest

import qopt
from qopt import NotReady, QoptError, Status
from qopt.batch import StudyError, read_study

from .. import tiny

HERE = __name__


class Noting(dimod.Sampler):
    """Enumerates, and notes what it was given."""

    given: ClassVar[list[dict[str, Any]]] = []
    properties: ClassVar = {}
    parameters: ClassVar = {"seed": [], "time_limit": [], "interrupt_function": [], "depth": []}

    def __init__(self, size: int = 1) -> None:
        self.size = size

    def sample(self, bqm: Any, **parameters: Any) -> dimod.SampleSet:
        self.given.append({"size": self.size, **parameters})
        return dimod.ExactSolver().sample(bqm)


class Whole:
    """Takes the model itself."""

    def sample_cqm(self, cqm: Any, label: str = "") -> dimod.SampleSet:
        return dimod.ExactCQMSolver().sample_cqm(cqm)


class Plain(dimod.Sampler):
    """Has no parameters at all."""

    properties: ClassVar = {}
    parameters: ClassVar = {}

    def sample(self, bqm: Any, **parameters: Any) -> dimod.SampleSet:
        if parameters:
            raise TypeError(f"unexpected {sorted(parameters)}")
        return dimod.ExactSolver().sample(bqm)


@pytest.mark.parametrize("name", ["Noting", "Whole", "Plain"])
def test_its_plan_is_the_best_where_it_enumerates(name: str) -> None:
    problem = tiny.knapsack()
    result = qopt.solve(problem, solver="sampler", sampler=f"{HERE}:{name}", time_limit=5, seed=1)
    assert result.status is Status.FEASIBLE
    best = qopt.solve(problem, solver="exact", time_limit=20, seed=1)
    assert result.objective == best.objective


def test_it_is_told_of_seed_and_time_and_given_its_own_parameters() -> None:
    Noting.given.clear()
    qopt.solve(
        tiny.knapsack(),
        solver="sampler",
        sampler=f"{HERE}:Noting",
        arguments={"size": 3},
        options={"depth": 4, "seed": 99},
        time_limit=2.5,
        seed=7,
    )
    assert Noting.given == [{"size": 3, "time_limit": 2.5, "seed": 99, "depth": 4}]


def test_a_published_sampler_is_named_by_its_package() -> None:
    result = qopt.solve(
        tiny.knapsack(),
        solver="sampler",
        sampler="dwave.samplers:TabuSampler",
        options={"timeout": 100},
        seed=5,
    )
    assert result.status is Status.FEASIBLE
    info = result.provenance["solver"]
    assert info["sampler"] == "dwave.samplers:TabuSampler"
    assert info["sampler_parameters"] == {"seed": "5", "timeout": "100"}
    assert any("not known" in note for note in result.notes)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "give sampler='package.module:Class'"),
        ({"sampler": "nowhere:Sampler"}, "nowhere:Sampler cannot be imported"),
        ({"sampler": "dimod:Nothing"}, "dimod has no 'Nothing'"),
        ({"sampler": "math:pi"}, "is no sampler"),
        ({"sampler": "dimod"}, "sampler='dimod'"),
        ({"sampler": 3}, "sampler=3"),
        ({"sampler": "dimod:ExactSolver", "options": [1]}, "options="),
    ],
)
def test_what_is_no_sampler_is_told_before_the_solve(options: dict[str, Any], told: str) -> None:
    with pytest.raises((QoptError, NotReady)) as raised:
        qopt.solve(tiny.knapsack(), solver="sampler", **options)
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"arguments": {"colour": "red"}}, "cannot be made"),
        ({"sampler": f"{HERE}:Plain", "options": {"depth": 3}}, "refuses: unexpected"),
    ],
)
def test_what_the_sampler_refuses_is_told(options: dict[str, Any], told: str) -> None:
    given = {"sampler": f"{HERE}:Noting", **options}
    with pytest.raises(QoptError, match=told):
        qopt.solve(tiny.knapsack(), solver="sampler", **given)


@pytest.fixture
def study(tmp_path: Path) -> Callable[[str], Any]:
    def read(solver: str) -> Any:
        path = tmp_path / "study.yaml"
        path.write_text(
            "name: platforms\nproblems: [{kind: job-shop, instance: ft06}]\n"
            f"solvers:\n  - {{name: annealer}}\n  - {solver}\n"
        )
        return read_study(path)

    return read


def test_platforms_stand_side_by_side_in_a_study(study: Callable[[str], Any]) -> None:
    found = study(
        "{name: sampler, label: tabu, price: 0.5, "
        "parameters: {sampler: 'dwave.samplers:TabuSampler', options: {timeout: 50}}}"
    )
    assert [(trial.solver_name, trial.price) for trial in found.trials] == [
        ("annealer", None),
        ("tabu", 0.5),
    ]
    with pytest.raises(StudyError, match=r"5:5: solvers\[1\]: solver 'sampler': give sampler="):
        study("{name: sampler}")
