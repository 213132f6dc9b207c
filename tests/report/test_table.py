"""The table of trials, as it is printed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import StringIO
from typing import ClassVar

import pytest
from rich.console import Console

from qopt.batch import Record
from qopt.cli import shown
from qopt.problem import class_name
from qopt.report import solver_table, trial_table
from qopt.report.table import CAPTION
from qopt.result import gap


@dataclass(frozen=True)
class Cover:
    """An instance that only has a name and a best known objective."""

    name: str = "first"
    best_known: float | None = None
    sense: ClassVar = "min"


class Harvest(Cover):
    sense: ClassVar = "max"


def _record(
    problem: Cover,
    solver: str,
    objective: float | None,
    *,
    seed: int = 1,
    seconds: float = 2.0,
    error: str | None = None,
) -> Record:
    found = "none-found" if objective is None else "feasible"
    return Record(
        label="",
        key="",
        parts={},
        kind=class_name(problem),
        instance=problem.name,
        solver=solver,
        outcome=found if error is None else "failed",
        seed=seed,
        time_limit=1.0,
        sense=problem.sense,
        objective=objective,
        best_known=problem.best_known,
        gap=None if objective is None else gap(problem.sense, objective, problem.best_known),
        seconds=seconds,
        error=error,
    )


def _rows(records: list[Record], width: int = 200) -> list[list[str]]:
    """The printed table as words, without its rules: the header, the rows, and the caption."""
    out = StringIO()
    Console(file=out, width=width).print(trial_table(records))
    return [line.split() for line in out.getvalue().splitlines() if line.strip(" \u2500")]


def test_a_row_has_who_what_and_how_long() -> None:
    header, row, _ = _rows([_record(Cover(best_known=100), "annealer", 105.0, seconds=1.26)])
    assert header == ["problem", "instance", "solver", "feasible", "objective", "gap", "seconds"]
    assert row == ["cover", "first", "annealer", "yes", "105", "+5.00%", "1.3"]


@pytest.mark.parametrize(
    ("problem", "objective", "gap"),
    [
        (Cover(best_known=100), 105.0, "+5.00%"),
        (Cover(best_known=100), 100.0, "+0.00%"),
        (Cover(best_known=100), 98.0, "-2.00%"),
        (Cover(best_known=-10), -9.0, "+10.00%"),
        (Harvest(best_known=100), 95.0, "+5.00%"),
        (Harvest(best_known=100), 102.0, "-2.00%"),
    ],
)
def test_the_gap_is_to_the_best_known_and_positive_where_it_is_worse(
    problem: Cover, objective: float, gap: str
) -> None:
    assert _rows([_record(problem, "annealer", objective)])[1][5] == gap


@pytest.mark.parametrize(
    ("problem", "gaps"),
    [(Cover(), ["+0.00%*", "+25.00%*"]), (Harvest(), ["+20.00%*", "+0.00%*"])],
    ids=["min", "max"],
)
def test_without_a_best_known_the_gap_is_to_the_best_found(problem: Cover, gaps: list[str]) -> None:
    _, *rows, caption = _rows(
        [_record(problem, "annealer", 80.0), _record(problem, "greedy", 100.0)]
    )
    assert [row[5] for row in rows] == gaps
    assert " ".join(caption).endswith("* to the best found here")


def test_the_best_found_is_that_of_the_same_instance() -> None:
    _, one, other, _ = _rows(
        [_record(Cover("one"), "greedy", 80.0), _record(Cover("other"), "greedy", 100.0)]
    )
    assert (one[5], other[5]) == ("+0.00%*", "+0.00%*")


def test_a_best_known_of_zero_measures_nothing() -> None:
    """No fraction of zero: the gap is to the best found, and marked so."""
    _, worse, best, _ = _rows(
        [_record(Cover(best_known=0), "greedy", 5.0), _record(Cover(best_known=0), "annealer", 4.0)]
    )
    assert (worse[5], best[5]) == ("+25.00%*", "+0.00%*")


def test_a_solver_that_found_none_has_its_status_and_no_objective() -> None:
    _, row, _ = _rows([_record(Cover(best_known=100), "annealer", None)])
    assert row == ["cover", "first", "annealer", "no", "(none-found)", "2.0"]


def test_a_solver_that_found_none_does_not_count_as_best_found() -> None:
    _, _, row, _ = _rows([_record(Cover(), "annealer", None), _record(Cover(), "greedy", 5.0)])
    assert row[5] == "+0.00%*"


def test_a_failed_trial_has_its_error_and_seconds() -> None:
    _, row, _ = _rows([_record(Cover(), "exact", None, error="first: too large", seconds=0.4)])
    assert row == ["cover", "first", "exact", "failed:", "first:", "too", "large", "0.4"]


def test_an_interrupted_trial_is_called_so() -> None:
    record = replace(_record(Cover(), "annealer", 105.0), outcome="interrupted")
    assert _rows([record])[1] == ["cover", "first", "annealer", "interrupted", "2.0"]
    assert shown.outcome_of(record) == ": interrupted, objective 105 so far in 2.0 s"


def test_brackets_of_an_error_are_shown_as_they_are() -> None:
    _, row, _ = _rows(
        [_record(Cover(), "cp-sat", None, error="pip install 'qopt-annealing[baselines]' [/red]")]
    )
    assert "'qopt-annealing[baselines]'" in row
    assert "[/red]" in row


@pytest.mark.parametrize("name", ["[red]north", "[/north]", "[link=x]"])
def test_brackets_of_an_instances_name_are_shown_as_they_are(name: str) -> None:
    assert _rows([_record(Cover(name), "greedy", 5.0)])[1][1] == name


def test_seeds_are_shown_where_there_are_several() -> None:
    header, one, two, _ = _rows(
        [_record(Cover(), "greedy", 5.0, seed=7), _record(Cover(), "greedy", 5.0, seed=8)]
    )
    assert header[3] == "seed"
    assert (one[3], two[3]) == ("7", "8")


def test_seconds_that_no_time_limit_counts_are_told() -> None:
    def last(seconds: float, *, copied: bool = False) -> str:
        record = _record(Cover(), "annealer", 105.0)
        found = replace(record, timing={"jit": seconds}, copied=copied)
        return " ".join(_rows([found, found])[-1])

    assert last(4.0) == (
        "8.0 of the seconds were for the annealer's kernels, which are compiled once on a machine; "
        "no time limit counts these"
    )
    assert last(0.0) == last(4.0, copied=True) == CAPTION
    out = StringIO()
    compiled = replace(_record(Cover(), "annealer", 105.0), timing={"jit": 4.0})
    Console(file=out, width=200).print(solver_table([compiled]))
    assert "4.0 of the seconds were for the annealer's kernels" in out.getvalue()


def test_instances_are_set_apart() -> None:
    out = StringIO()
    records = [
        _record(Cover("one"), "greedy", 5.0),
        _record(Cover("one"), "exact", 5.0),
        _record(Cover("two"), "greedy", 5.0),
    ]
    Console(file=out, width=100).print(trial_table(records))
    empty = [at for at, line in enumerate(out.getvalue().splitlines()) if not line.strip()]
    assert empty == [4]  # after the header, its rule, and the two rows of the first instance


def test_what_a_sweep_wrote_apart_stands_together() -> None:
    names = ["a", "b", "a", "b"]
    rows = _rows([_record(Cover(name=name), "annealer", 1.0) for name in names])
    assert [row[1] for row in rows[1:-1]] == ["a", "a", "b", "b"]


def test_what_a_fallback_solved_is_told() -> None:
    record = _record(Cover(), "exact", 105.0)
    found = replace(record, instead="solved by greedy instead: exact failed: too large")
    assert " ".join(_rows([found, record])[-1]) == (
        "1 of 2 trials of exact were solved by greedy instead: what is said of exact is said of "
        "both together."
    )


def test_it_fits_eighty_columns() -> None:
    """A long error is folded; nothing else is cut short."""
    records = [
        _record(Cover("a-long-instance-name", 123.0), "annealer", 123.456),
        _record(
            Cover("a-long-instance-name", 123.0),
            "exact",
            None,
            error="the model has 1,065 variables; take another solver",
        ),
    ]
    out = StringIO()
    Console(file=out, width=80).print(trial_table(records))
    assert all(len(line) <= 80 for line in out.getvalue().splitlines())
    assert all(
        word in out.getvalue()
        for word in ("a-long-instance-name", "annealer", "123.456", "+0.37%", "failed:")
    )


def test_no_trials_are_an_empty_table() -> None:
    assert _rows([])[0] == [
        "problem",
        "instance",
        "solver",
        "feasible",
        "objective",
        "gap",
        "seconds",
    ]


def test_a_row_a_solver_counts_what_it_solved() -> None:
    records = [
        _record(Cover(best_known=100), "annealer", 105.0, seconds=1.0),
        _record(Cover(best_known=100), "annealer", 101.0, seed=2, seconds=3.0),
        _record(Cover(best_known=100), "annealer", None, seed=3, seconds=2.0),
        _record(Cover(best_known=100), "exact", None, error="too large"),
    ]
    out = StringIO()
    Console(file=out, width=200).print(solver_table(records))
    words = [line.split() for line in out.getvalue().splitlines() if line.strip(" \u2500")]
    assert words[0] == ["solver", "trials", "feasible", "failed", "gap", "seconds"]
    assert words[1] == ["annealer", "3", "2", "0", "+3.00%", "2.0"]
    assert words[2] == ["exact", "1", "0", "1", "2.0"]
