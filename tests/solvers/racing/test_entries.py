"""Who takes part in a race, with which threads and seeds, and who is refused at the door."""

from __future__ import annotations

from typing import Any

import pytest

from problems.graphs import GraphColouring
from problems.logistics import MultiKnapsack, VehicleRouting
from problems.scheduling import JobShop
from qopt import QoptError, plugins
from qopt.solver import Task
from qopt.solvers.race import Race
from qopt.solvers.racing.entries import Entry, entries_of, usual

from ... import tiny
from .races import BEST, GOOD, race, rows, script


def test_threads_are_shared_out_unless_they_were_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QOPT_NUM_THREADS", "6")
    result = race(script(BEST), script(BEST, num_threads=5), "greedy")
    assert [row["threads"] for row in rows(result)] == [2, 2, 2]
    assert [row["info"].get("threads") for row in rows(result)] == [2, 5, None]


def test_where_there_are_fewer_threads_than_solvers_each_has_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("QOPT_NUM_THREADS", "1")
    assert [row["threads"] for row in rows(race(script(BEST), script(GOOD)))] == [1, 1]


@pytest.mark.parametrize(
    ("solvers", "complaint"),
    [
        ("hybrid", "a list of two solvers or more"),
        (["hybrid"], "a list of two solvers or more"),
        (["hybrid", 3], "a solver's name, or a mapping with name and parameters"),
        (["hybrid", {"parameters": {}}], "a solver's name, or a mapping"),
        (["hybrid", {"name": "greedy", "seeds": [1]}], "a solver's name, or a mapping"),
        (["hybrid", {"name": "greedy", "parameters": 3}], "parameters of greedy=3"),
        (["hybrid", "hybird"], "did you mean hybrid"),
        (["hybrid", {"name": "annealer", "parameters": {"sweeps": 3}}], "num_sweeps"),
        (["hybrid", {"name": "annealer", "parameters": {"num_reads": 0}}], "num_reads=0"),
        (["hybrid", "race"], "solvers that are no race themselves"),
        (["greedy", "dear"], "'dear' costs money, and races nobody; run it alone"),
        (
            ["greedy", {"name": "hybrid", "parameters": {"subsolver": "dear"}}],
            "'dear' costs money",
        ),
    ],
)
def test_what_cannot_race_is_refused_at_the_door(solvers: Any, complaint: str) -> None:
    with pytest.raises(QoptError, match=complaint) as error:
        Race(solvers)
    assert "\n" not in str(error.value)


def names(problem: Any) -> list[str]:
    return [entry.label for entry in usual(Task(problem))]


def test_by_default_race_who_suits_the_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("pyvrp", "ortools"):
        pytest.importorskip(package, reason="the extra 'baselines' is not installed")
    assert names(VehicleRouting.generate(customers=8, seed=1)) == ["hybrid", "pyvrp"]
    assert names(JobShop.bundled()) == ["hybrid", "cp-sat-intervals"]
    assert names(MultiKnapsack.generate(items=20, resources=2, seed=1)) == ["annealer", "cp-sat"]
    assert names(tiny.cut()) == ["qubo-annealer", "cp-sat"]
    for name in ("cp-sat", "cp-sat-intervals", "pyvrp"):
        monkeypatch.setattr(plugins.solver_class(name), "missing", lambda self: "not here")
    assert names(JobShop.bundled()) == ["hybrid", "annealer"]
    assert names(GraphColouring.generate(nodes=60, seed=1)) == ["hybrid", "annealer"]
    assert names(tiny.cut()) == ["qubo-annealer", "annealer"]


def test_two_of_a_name_have_seeds_of_their_own() -> None:
    first, second = entries_of(["annealer", "annealer"])
    assert (first, second) == (Entry("annealer"), Entry("annealer", copy=1))
    assert (first.label, second.label) == ("annealer", "annealer 2")
