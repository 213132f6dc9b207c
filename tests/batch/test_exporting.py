"""Records for other programs: tables read back, and submissions by the rules of the library."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars
import pytest

from qopt import FileError, QoptError
from qopt.batch import Run, Study, run
from qopt.batch.exporting import Submitter, export

Read = Callable[..., Study]
# the columns of the library's template, in its order
TEMPLATE = """Problem,Submitter,Date,Reference,Best Objective Value,Optimality Bound,
Modeling Approach,# Decision Variables,# Binary Variables,# Integer Variables,
# Continuous Variables,# Non-Zero Coefficients,Coefficients Type,Coefficients Range,Workflow,
Algorithm Type,# Runs,# Feasible Runs,# Successful Runs,Success Threshold,
Hardware Specifications,Total Runtime,CPU Runtime,GPU Runtime,QPU Runtime,Other HW Runtime,Remarks
"""
COLUMNS = TEMPLATE.replace("\n", "").split(",")
NUMERIC = [name for name in COLUMNS if name.startswith("# ") or name.endswith("Runtime")]
LP = """Minimize
 obj: 3 apples + 2 pears
Subject To
 enough: apples + pears >= 1
Binary
 apples
 pears
End
"""


@pytest.fixture
def done(study: Read) -> Run:
    return run(study())


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_table_has_a_row_a_trial(ending: str, done: Run, tmp_path: Path) -> None:
    (path,) = export(done, tmp_path / f"all{ending}")
    read = polars.read_csv(path) if ending == ".csv" else polars.read_parquet(path)
    assert read["label"].to_list() == [record.label for record in done.records]
    assert read["objective"].to_list() == [record.objective for record in done.records]
    assert [json.loads(parts) for parts in read["parts"]] == [r.parts for r in done.records]
    assert read["seconds"].to_list() == [record.seconds for record in done.records]


def check_submission(folder: Path) -> list[str]:
    """The instances of a submission that keeps the library's rules; an error where it does not."""
    assert (folder / "README.md").read_text().strip()
    day, name, submitter = folder.name.split("_")
    assert date.fromisoformat(f"{day[:4]}-{day[4:6]}-{day[6:]}")
    assert name
    assert submitter
    instances = []
    for path in sorted(folder.glob("*_summary.csv")):
        instance = path.name.removesuffix("_summary.csv")
        with path.open(newline="") as file:
            header, row, *more = csv.reader(file)
        assert header == COLUMNS
        assert not more
        values = dict(zip(header, row, strict=True))
        assert values["Problem"] == instance
        for column in [*NUMERIC, "Best Objective Value", "Optimality Bound", "Success Threshold"]:
            assert values[column] == "N/A" or float(values[column]) is not None
        date.fromisoformat(values["Date"])
        runs, feasible = int(values["# Runs"]), int(values["# Feasible Runs"])
        assert runs >= feasible >= int(values["# Successful Runs"])
        series = json.loads((folder / f"{instance}_objective_time_series.json").read_text())
        assert len(series) == runs
        for points in series:
            assert all(set(point) == {"Time", "Incumbent"} for point in points)
            times = [point["Time"] for point in points]
            assert times == sorted(times)
        solutions = list(folder.glob(f"{instance}_solution.*"))
        assert len(solutions) == (feasible > 0)
        instances.append(instance)
    assert instances
    return instances


def test_a_submission_for_each_solver_keeps_the_rules(done: Run, tmp_path: Path) -> None:
    by = Submitter("A. Planner", "arXiv 2504.03832", "two cores", date(2026, 3, 1))
    folders = export(done, tmp_path / "sub", by)
    assert [path.name for path in folders] == [
        "20260301_out-annealer_A.-Planner",
        "20260301_out-greedy_A.-Planner",
    ]
    for folder in folders:
        assert check_submission(folder) == ["random-3x3-s1", "random-3x3-s2"]


def test_what_it_says_is_what_the_records_say(done: Run, tmp_path: Path) -> None:
    folder = export(done, tmp_path / "sub", Submitter(day=date(2026, 3, 1)))[0]
    mine = [record for record in done.records if record.solver == "annealer"]
    mine = [record for record in mine if record.instance == "random-3x3-s1"]
    with (folder / "random-3x3-s1_summary.csv").open() as file:
        (row,) = csv.DictReader(file)
    best = min(record.objective or 0 for record in mine)
    assert float(row["Best Objective Value"]) == best
    assert int(row["# Runs"]) == len(mine) == 2
    assert int(row["# Successful Runs"]) == sum(r.objective == best for r in mine)
    mean = sum(record.seconds for record in mine) / 2
    assert float(row["Total Runtime"]) == pytest.approx(mean, rel=1e-8)
    assert int(row["# Decision Variables"]) == mine[0].size["variables"]
    assert row["GPU Runtime"] == row["QPU Runtime"] == "N/A"
    plan = json.loads((folder / "random-3x3-s1_solution.json").read_text())
    first = next(record for record in mine if record.objective == best)
    best_plan = done.result(first).best
    assert best_plan is not None
    assert plan == json.loads(json.dumps(best_plan.to_dict()))


def test_a_run_that_is_a_little_worse_is_no_success(done: Run, tmp_path: Path) -> None:
    first = next(record for record in done.records if record.objective)
    mine = [record for record in done.records if record.label == first.label]
    value = float(first.objective or 0.0)
    more = value * (1.001 if first.sense == "min" else 0.999)
    as_good = value * (1 + 1e-9 if first.sense == "min" else 1 - 1e-9)
    others = [
        replace(first, label=f"{first.label}-{k}", objective=objective)
        for k, objective in enumerate((more, as_good))
    ]
    (folder,) = export(replace(done, records=(*mine, *others)), tmp_path / "out", Submitter("me"))
    (summary,) = folder.glob("*_summary.csv")
    (row,) = csv.DictReader(summary.read_text().splitlines())
    assert (row["# Runs"], row["# Successful Runs"]) == ("3", "2")


def test_a_model_s_solution_is_lines_of_names_and_values(study: Read, tmp_path: Path) -> None:
    (tmp_path / "fruit.lp").write_text(LP)
    kind = "kind: job-shop, generate: {jobs: 3, machines: 3, seed: [1, 2]}"
    done = run(study((kind, "kind: model, file: fruit.lp"), ("name: greedy", "name: exact")))
    for folder in export(done, tmp_path / "sub"):
        assert check_submission(folder) == ["fruit"]
        lines = (folder / "fruit_solution.txt").read_text().splitlines()
        assert sorted(lines) == ["apples 0", "pears 1"]


def test_runs_without_a_plan_are_counted(study: Read, tmp_path: Path) -> None:
    changes = (
        ("name: annealer, parameters: {num_sweeps: 200, num_reads: 4}",
         "name: qubo-annealer, parameters: {num_sweeps: 1, num_reads: 1}"),
        ("jobs: 3, machines: 3", "jobs: 6, machines: 6"),
    )  # fmt: skip
    folder = export(run(study(*changes)), tmp_path / "sub")[0]
    for instance in check_submission(folder):
        with (folder / f"{instance}_summary.csv").open() as file:
            (row,) = csv.DictReader(file)
        assert (row["# Runs"], row["# Feasible Runs"], row["# Successful Runs"]) == ("2", "0", "0")
        assert row["Best Objective Value"] == "N/A"
        assert "2 none-found" in row["Remarks"]


@pytest.mark.parametrize("name", ["all.xlsx", "all.json"])
def test_another_ending_is_refused(name: str, done: Run, tmp_path: Path) -> None:
    with pytest.raises(
        QoptError, match=r"give a name that ends in \.csv or \.parquet, or a folder"
    ):
        export(done, tmp_path / name)


def test_a_place_that_cannot_be_written_is_told(done: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileError, match="cannot be written"):
        export(done, tmp_path / "file" / "all.csv")


def test_nothing_done_is_told(done: Run, tmp_path: Path) -> None:
    empty = Run(done.folder, (), (), ())
    with pytest.raises(QoptError, match="no trial is done yet"):
        export(empty, tmp_path / "sub")
