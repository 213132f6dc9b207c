from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import qopt
from problems.scheduling import JobShop
from qopt import FileError, Result
from qopt.result import Ranked, SavedPlan, gap

from . import tiny


@pytest.fixture(scope="module", params=list(tiny.PROBLEMS))
def result(request: pytest.FixtureRequest) -> Result[Any]:
    problem = tiny.PROBLEMS[request.param]
    return qopt.solve(problem, solver="annealer", time_limit=None, num_sweeps=50, seed=1)


def test_a_saved_result_comes_back_whole(result: Result[Any], tmp_path: Path) -> None:
    again = Result.load(result.save(tmp_path / "deep" / "result.json"))
    assert {**again.to_dict(), "samples": None} == {**result.to_dict(), "samples": None}
    assert again.best == result.best
    assert type(again.best) is type(result.best)
    assert again.samples is not None
    assert result.samples is not None
    assert list(again.samples.samples(sorted_by=None)) == list(
        result.samples.samples(sorted_by=None)
    )
    assert (again.samples.record.is_feasible == result.samples.record.is_feasible).all()


def test_what_is_proved_and_what_is_known_comes_back_too(tmp_path: Path) -> None:
    problem = JobShop(tiny.shop().jobs, horizon=4, name="cross", best_known=2.0)
    result = qopt.solve(problem, solver="exact")
    again = Result.load(result.save(tmp_path / "result.json"))
    assert again.to_dict() == result.to_dict()
    assert (again.bound, again.best_known, again.gap) == (3.0, 2.0, 0.5)


def test_samples_are_over_the_models_variables_with_each_constraint(result: Result[Any]) -> None:
    assert result.samples is not None
    assert result.samples.record.is_satisfied.shape[1] == len(
        result.samples.info["constraint_labels"]
    )
    assert len(result.samples) == 32


def test_the_table_has_a_row_a_distinct_plan(result: Result[Any]) -> None:
    table = result.table()
    assert len(table) == len(result.plans)
    assert table["rank"].to_list() == list(range(1, len(table) + 1))
    assert table["objective"][0] == result.objective
    assert table.columns[:5] == ["rank", "feasible", "objective", "occurrences", "violations"]


def test_provenance_says_what_and_how(result: Result[Any]) -> None:
    provenance = result.provenance
    assert provenance["seed"] == 1
    assert provenance["model"].startswith("sha256:")
    assert {"python", "dimod", "numba", "qopt-annealing"} <= set(provenance["versions"])
    assert provenance["solver"]["num_sweeps"] == [
        [50],
        [50],
    ]  # two batches of 16 walkers for 32 reads


def test_html_is_concise_and_escaped(result: Result[Any]) -> None:
    page = result._repr_html_()
    assert "<table>" in page
    assert result.instance in page
    assert len(page) < 4000


def test_names_from_a_file_cannot_inject_html() -> None:
    problem = JobShop(tiny.shop().jobs, horizon=4, name="<script>alert(1)</script>")
    page = qopt.solve(problem, solver="greedy")._repr_html_()
    assert "<script>" not in page


def test_equal_problems_have_equal_hashes_and_others_not() -> None:
    one, same, other = (
        qopt.solve(problem, solver="greedy").provenance["model"]
        for problem in (tiny.routing(), tiny.routing(), tiny.routing(customers=3))
    )
    assert one == same != other


def test_a_kind_that_is_not_installed_keeps_its_plan_as_data(tmp_path: Path) -> None:
    path = qopt.solve(tiny.shop(), solver="greedy").save(tmp_path / "result.json")
    document = json.loads(path.read_text()) | {"problem": "flight-plan"}
    path.write_text(json.dumps(document))
    best = Result.load(path).best
    assert isinstance(best, SavedPlan)
    assert best.to_dict()["makespan"] == 3


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "not JSON"),
        ("[1]", "not a saved qopt result"),
        ('{"format": "qopt-result", "version": 99}', "version 99"),
        ('{"format": "qopt-result", "version": 1}', "damaged"),
    ],
)
def test_a_file_that_is_no_result_is_refused(text: str, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_text(text)
    with pytest.raises(FileError, match=complaint):
        Result.load(path)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(FileError, match="cannot be written"):
        qopt.solve(tiny.shop(), solver="greedy").save(blocked / "result.json")


def test_saving_replaces_a_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash while writing leaves the old result as it was."""
    path = qopt.solve(tiny.shop(), solver="greedy").save(tmp_path / "result.json")
    before = path.read_text()

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(FileError, match="No space left"):
        qopt.solve(tiny.shop(), solver="annealer", time_limit=None, num_sweeps=5).save(path)
    assert path.read_text() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("sense", "objective", "reference", "expected"),
    [
        ("min", 110, 100, 0.1),
        ("max", 90, 100, 0.1),
        ("min", -9, -10, 0.1),
        ("max", 11, 10, -0.1),
        ("min", 1, 0, None),
    ],
)
def test_the_gap_is_positive_where_it_is_worse(
    sense: Any, objective: float, reference: float, expected: Any
) -> None:
    assert gap(sense, objective, reference) == (
        None if expected is None else pytest.approx(expected)
    )


def test_the_least_bad_plan_is_shown_with_five_of_what_it_breaks() -> None:
    result = qopt.solve(tiny.shop(), solver="greedy", seed=1)
    broken = tuple(qopt.Violation(f"row{k}", 1.0) for k in range(7))
    bad = Ranked(result.plans[0].plan, qopt.Evaluation(1.0, broken), 1)
    shown = str(replace(result, status=qopt.Status.NONE_FOUND, plans=(bad,))).splitlines()
    assert [line.strip() for line in shown if "violates" in line] == [
        f"violates {one}" for one in broken[:5]
    ]


def test_gains_of_less_than_half_a_percent_are_left_out_of_the_account() -> None:
    result = qopt.solve(tiny.shop(), solver="greedy", seed=1)
    gains = {"window": 6.0, "local search": 4.1, "jobs": 0.04, "rows": -0.14}
    info = {"gain": 10.0, "start": 65.0, "gains": gains}
    found = replace(result, provenance={**result.provenance, "solver": info})
    assert "10 better than the 65 it began with: window 60%, local search 41%, rows -1%" in str(
        found
    )
    assert "jobs" not in str(found).split("began with")[1].splitlines()[0]
