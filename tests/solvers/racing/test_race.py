"""Solver `race`: who takes part, what is shared, how it ends, and the account of who found what."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import dimod
import pytest

import qopt
from problems.logistics import MultiKnapsack
from problems.scheduling import JobShop
from qopt import QoptError, Result, Status
from qopt.batch import read_study, run
from qopt.diagnosis.penalties import compiled_as
from qopt.solver import Progress
from qopt.solvers.racing import course

from ... import tiny
from ...workers.test_workers import await_end
from .races import BAD, BEST, BROKEN, GOOD, race, rows, script, three, value


def test_the_plans_of_these_tests_are_three() -> None:
    assert tiny.optimum(three()) == value(BEST)
    assert [value(BEST), value(GOOD), value(BAD)] == [13, 14, 17]


def test_the_best_plan_wins_and_the_account_says_who_found_what() -> None:
    result = race(script(BAD, GOOD), script(BAD, BEST), script())
    assert result.objective == value(BEST)
    assert (result.ran_by, result.solver) == ("scripted", "race")
    assert [row["label"] for row in rows(result)] == ["scripted", "scripted 2", "scripted 3"]
    assert [row["objective"] for row in rows(result)] == [value(GOOD), value(BEST), None]
    assert [row["ended"] for row in rows(result)] == ["done"] * 3
    assert not any(row["shared"] for row in rows(result))
    assert len({row["info"]["process"] for row in rows(result)} | {os.getpid()}) == 4
    (note,) = result.notes
    more = f"{100 * (value(GOOD) / value(BEST) - 1):.2g} % more"
    assert note.startswith("scripted 2 found the best plan after ")
    assert note.endswith(f"; scripted had {more}; scripted 3 found none")
    assert result.trace[-1].objective == value(BEST)


def test_the_account_is_saved_and_printed(tmp_path: Path) -> None:
    result = race(script(GOOD), script(BEST))
    for shown in (result, Result.load(result.save(tmp_path / "result.json"))):
        assert "race took scripted: its plan is the best" in str(shown)
        assert "note: scripted 2 found the best plan" in str(shown)
        assert rows(shown) == rows(result)


def test_a_better_plan_goes_to_who_takes_one_and_what_is_made_of_it_is_told() -> None:
    """The second offers nothing before it has heard of a plan, which the first has found."""
    result = race(script(BAD, how="interrupt"), script(BEST, after=True, how="prove"))
    first, second = rows(result)
    assert second["info"]["heard"] == [value(BAD)]
    assert (second["taken_over"], second["shared"]) == (1, True)
    assert (first["objective"], first["taken_over"], first["shared"]) == (value(BAD), 0, False)
    assert "scripted 2 found the best plan from another's after" in result.notes[0]


def test_who_only_took_over_a_plan_has_not_found_it() -> None:
    result = race(script(BEST, how="interrupt"), script(how="prove", after=True))
    assert [row["objective"] for row in rows(result)] == [value(BEST), None]
    assert result.ran_by == "scripted"
    assert "scripted 2 found none; scripted 2 proved that there is no better" in result.notes[0]


def test_a_proof_ends_it_for_all() -> None:
    result = race(script(GOOD, how="interrupt"), script(BEST, how="prove"), script(how="hang"))
    assert result.stopped_by == "done"
    assert result.bound == result.objective == value(BEST)
    assert [row["ended"] for row in rows(result)[:2]] == ["interrupt", "done"]
    assert "its process was ended" in rows(result)[2]["ended"]
    assert result.notes[0].endswith("scripted 2 proved that there is no better one")


def test_a_bound_that_is_not_met_ends_nothing() -> None:
    result = race(script(GOOD, how="deadline"), script(BEST, how="bound"), time_limit=0.5)
    assert (result.stopped_by, result.objective) == ("time", value(BEST))
    assert result.bound == value(BEST) - 1
    assert "proved" not in result.notes[0]


def test_that_no_plan_is_feasible_ends_it() -> None:
    result = race(script(how="interrupt"), script(how="impossible"))
    assert (result.status, result.stopped_by) == (Status.INFEASIBLE_PROVED, "done")
    assert result.notes[0].endswith("scripted 2 proved that there is none")


def test_proofs_of_a_coarser_model_are_none() -> None:
    problem = JobShop((((0, 2), (1, 1)), ((1, 1), (0, 1))), bucket=2)
    assert not problem.model_is_exact
    result = race(script(how="impossible"), script(how="deadline"), problem=problem, time_limit=0.5)
    assert result.status is Status.NONE_FOUND


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ("refuse", "this problem is not for me"),
        ("break", "RuntimeError: something broke"),
        ("exit", "its process ended by itself with exit code 3"),
        ("kill", "its process was killed (signal 9)"),
    ],
)
def test_who_fails_is_in_the_account_and_the_others_go_on(how: str, error: str) -> None:
    result = race(script(GOOD, how=how), script(BEST))
    assert result.objective == value(BEST)
    failed = rows(result)[0]
    assert failed["ended"] == "failed"
    assert failed["error"].startswith(error)
    told = "found none (this problem is not for me)" if how == "refuse" else "% more"
    assert told in result.notes[0]


def test_plans_that_cannot_be_sent_are_a_failure() -> None:
    result = race(script(BEST, held=True), script(GOOD))
    assert result.objective == value(GOOD)
    assert rows(result)[0]["error"] == "its plans cannot be sent: it is held"


def test_what_was_found_before_a_failure_counts() -> None:
    result = race(script(BEST, how="kill"), script(how="break"))
    assert result.objective == value(BEST)
    assert result.ran_by == "scripted"


def test_where_all_fail_one_line_says_why() -> None:
    with pytest.raises(QoptError) as error:
        race(script(how="refuse"), script(how="exit"))
    told = str(error.value)
    assert told.startswith("solver 'race': every solver refused or failed: scripted: this problem")
    assert "scripted 2: its process ended by itself with exit code 3" in told
    assert "\n" not in told


@pytest.mark.parametrize("how", ["hang", "busy"])
def test_who_does_not_end_is_ended_and_its_plan_is_kept(how: str) -> None:
    result = race(script(BEST, how=how), script(GOOD, how="deadline"), time_limit=0.5)
    assert (result.objective, result.stopped_by) == (value(BEST), "time")
    assert "its process was ended" in rows(result)[0]["ended"]
    assert rows(result)[1]["ended"] == "time"


def test_an_interrupt_gives_the_best_so_far() -> None:
    """It comes once a plan was found; one solver hears it, and one does not."""
    seen: list[float] = []

    def progress(found: Progress) -> None:
        seen.extend([] if found.objective is None else [found.objective])

    result = race(
        script(BEST, how="interrupt"),
        script(how="busy"),
        on_progress=progress,
        interrupt=lambda: bool(seen),
        time_limit=None,
    )
    assert (result.objective, result.stopped_by) == (value(BEST), "interrupt")
    assert rows(result)[0]["ended"] == "interrupt"


def test_an_interrupt_before_the_start_ends_it() -> None:
    result = race(script(BEST, how="interrupt"), script(how="hang"), interrupt=lambda: True)
    assert result.stopped_by == "interrupt"


def test_progress_is_that_of_the_best_of_all() -> None:
    seen: list[float] = []

    def progress(found: Progress) -> None:
        seen.extend([] if found.objective is None else [found.objective])

    race(script(BAD, GOOD), script(BEST), on_progress=progress)
    assert seen == sorted(seen, reverse=True)
    assert seen[-1] == value(BEST)


def test_it_is_never_worse_than_the_plan_given() -> None:
    result = race(script(BAD), script(), initial=three().routes(BEST))
    assert result.objective == value(BEST)


def test_without_a_feasible_plan_the_least_bad_is_shown() -> None:
    result = race(script(BROKEN), script())
    assert (result.best, result.status) == (None, Status.NONE_FOUND)
    assert result.notes == ("no solver found a feasible plan",)
    assert result.evaluation == three().evaluate(three().routes(BROKEN))


def test_no_race_takes_parts() -> None:
    with pytest.raises(QoptError, match="a solver of whole problems"):
        qopt.solve(three(), solver="hybrid", subsolver="race")


class Unsendable:
    """A problem that holds what no pickle takes."""

    def __init__(self, problem: Any) -> None:
        self._problem, self._held = problem, lambda: None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "_problem" not in vars(self):
            raise AttributeError(name)
        return getattr(self._problem, name)


def test_a_problem_that_cannot_be_sent_is_refused_in_a_line() -> None:
    with pytest.raises(QoptError, match="cannot send this Unsendable to other processes") as error:
        race("greedy", "exact", problem=Unsendable(three()))
    assert str(error.value).endswith("take one solver, such as 'auto'")
    assert "\n" not in str(error.value)


IN_A_SCRIPT = """
import qopt
from problems.logistics import VehicleRouting
class Mine(VehicleRouting):
    pass
mine = Mine([[0, 1], [1, 0]], [0, 1], capacity=3, vehicles=2)
try:
    qopt.solve(mine, solver="race", solvers=["greedy", "exact"])
except qopt.QoptError as error:
    print(error)
"""


def test_a_class_of_a_script_is_refused_in_a_line() -> None:
    ran = subprocess.run([sys.executable, "-c", IN_A_SCRIPT], capture_output=True, text=True)
    assert ran.stdout.count("\n") == 1, ran.stderr
    assert "cannot import Mine from a script: move the class to a module" in ran.stdout


def test_bare_models_race_in_the_sense_they_were_written_in(tmp_path: Path) -> None:
    text = "Maximize\n obj: 3 a + 2 b\nSubject To\n row: a + b <= 1\nBinary\n a\n b\nEnd\n"
    (tmp_path / "small.lp").write_text(text)
    result = qopt.solve(tmp_path / "small.lp", solver="race", solvers=["exact", "greedy"], seed=1)
    assert (result.objective, result.bound) == (3, 3)
    assert result.best is not None
    assert result.best.values == {"a": 1, "b": 0}


def test_a_model_that_presolve_refutes_is_proved_infeasible() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    x = dimod.Binary("x")
    cqm.add_constraint(x >= 1, label="one")
    cqm.add_constraint(x <= 0, label="none")
    annealer = {"name": "annealer", "parameters": {"num_sweeps": 5}}
    result = race(annealer, annealer, problem=cqm)
    assert result.status is Status.INFEASIBLE_PROVED


def test_a_diagnosis_knows_the_parameters_of_who_won() -> None:
    weak = {"name": "qubo-annealer", "parameters": {"num_sweeps": 20, "penalties": 1e6}}
    problem = MultiKnapsack([5, 4, 3], [[2, 1, 2]], [3], name="three items")
    result = race(weak, script(how="refuse"), problem=problem)
    assert (result.ran_by, rows(result)[0]["parameters"]["penalties"]) == (
        "qubo-annealer",
        "1000000.0",
    )
    compiled = compiled_as(result, problem.model(), 60)
    assert compiled is not None
    assert compiled.bqm().linear != qopt.compile(problem.model()).bqm().linear
    assert compiled.bqm() == qopt.compile(problem.model(), penalties=1e6).bqm()


def test_what_auto_chose_in_a_race_is_who_ran() -> None:
    result = race({"name": "auto", "parameters": {"num_rounds": 2}}, script(how="refuse"))
    assert (result.ran_by, result.provenance["solver"]["winner"]) == ("hybrid", "auto")


def test_it_runs_in_a_study(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(
        "name: raced\nproblems: [{kind: job-shop, generate: {jobs: 2, machines: 2, seed: 1}}]\n"
        "solvers: [{name: race, parameters: {solvers: [exact, greedy]}}]\n"
        f"time_limit: 20\noutput: {tmp_path / 'out'}\nrun: {{workers: 1}}\n"
    )
    (record,) = run(read_study(path)).records
    assert record.outcome == "feasible"
    assert record.ran_by in ("exact", "greedy")


ABANDONED = """
import sys
from pathlib import Path
import qopt
from tests.solvers.racing.races import three
hung = {"name": "scripted", "parameters": {"plans": [[[1], [2, 3]]], "how": "hang"}}
def told(progress):
    if progress.objective is not None:
        print("found", flush=True)
qopt.solve(three(), solver="race", solvers=[hung, hung], on_progress=told, time_limit=None)
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="lists children by Linux's /proc")
def test_no_process_is_left_when_it_is_killed(tmp_path: Path) -> None:
    paths = os.pathsep.join(filter(None, sys.path))
    with subprocess.Popen(
        [sys.executable, "-c", ABANDONED],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "found\n"
        children = _children(parent.pid)
        parent.kill()
    assert len(children) == 2
    for child in children:
        await_end(child)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="lists children by Linux's /proc")
def test_no_process_is_left_when_it_ends() -> None:
    before = set(_children(os.getpid()))
    race(script(BEST), script(how="hang"), time_limit=0.3)
    assert set(_children(os.getpid())) <= before


def _children(number: int) -> list[int]:
    tasks = Path(f"/proc/{number}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def test_the_start_up_is_counted_as_compiling_and_not_as_time() -> None:
    """Each racer's clock begins with that of the race: the first plan is told at its beginning."""
    began = time.perf_counter()
    result = race(script(BEST), script(GOOD))
    assert 0 < result.timing["compile"] <= time.perf_counter() - began
    assert all(0 <= row["seconds"] <= result.timing["sample"] for row in rows(result))


def test_who_is_not_ready_in_time_starts_late_on_the_clock_of_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second is ready some time after the first has found a plan."""
    monkeypatch.setattr(course, "WAIT", 0.0)
    file, later = tmp_path / "ready", 0.3

    def progress(found: Progress) -> None:
        if found.objective is not None and not file.exists():
            time.sleep(later)
            file.touch()

    slow = script(BEST, how="prove", when=str(file))
    result = race(script(GOOD, how="interrupt"), slow, on_progress=progress)
    assert (result.objective, result.stopped_by) == (value(BEST), "done")
    assert rows(result)[1]["seconds"] >= later


def test_an_answer_s_samples_race_too() -> None:
    result = race("exact", "greedy", problem=tiny.cut())
    assert result.objective == tiny.optimum(tiny.cut())
