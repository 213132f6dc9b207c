"""Studies on an emulated annealer: killed, gone on with, priced before and paid for once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

import qopt
from problems.graphs import MaxCut
from qopt.batch import Run, forecast, read_study, run
from qopt.emulator import serve
from qopt.ocean import embedding
from qopt.ocean.jobs import Journal

from . import account

STUDY = """\
name: rehearsal
problems: [{kind: max-cut, generate: {nodes: 10, seed: 1}}]
solvers: [{name: qpu, parameters: {num_reads: 20, budget: pilot}}]
seeds: SEEDS
time_limit: 30
run: {submissions: 20}
"""


def _run(folder: Path) -> subprocess.Popen[bytes]:
    code = "from qopt.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, "run", "study.yaml"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


@pytest.mark.slow  # it guards a promise: an accepted job is never paid for twice
def test_a_study_that_is_killed_while_jobs_wait_pays_for_each_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    account.forget(monkeypatch, tmp_path)
    count, draw = 8, random.Random(1)
    (tmp_path / "study.yaml").write_text(STUDY.replace("SEEDS", str(list(range(count)))))
    with serve(device="advantage2-small", seed=1, queue_delay=1.5) as service:
        account.use(monkeypatch, tmp_path, service)
        with Journal.of_user() as journal:
            journal.set_budget("pilot", seconds=10.0)
        for _ in range(3):
            running = _run(tmp_path)
            jobs = len(service.jobs)
            end = time.monotonic() + 60
            while running.poll() is None and time.monotonic() < end:
                if len(service.jobs) > jobs:
                    break
                time.sleep(0.02)
            time.sleep(draw.uniform(0, 1.0))
            running.send_signal(signal.SIGKILL)
            running.communicate()
        done = len(Run.open(tmp_path / "runs" / "rehearsal").records)
        expected = forecast(read_study(tmp_path / "study.yaml"))
        assert (expected.to_solve, expected.lost) == (count - done, 0)
        last = _run(tmp_path)
        _, complaints = last.communicate(timeout=120)
        assert last.returncode == 0, complaints.decode()
        records = Run.open(tmp_path / "runs" / "rehearsal").records
        assert [record.outcome for record in records] == ["feasible"] * count
        completed = [job for job in service.jobs if job.status.value == "COMPLETED"]
        assert len(completed) == len(service.jobs) == count
        charged = sum(job.charged for job in service.jobs)
        assert sum(r.device_seconds or 0.0 for r in records) == pytest.approx(charged)
        assert sum(r.device["estimated_seconds"] for r in records) == pytest.approx(charged, 0.1)
        with Journal.of_user() as journal:
            budget = journal.budget("pilot")
        assert budget.spent.seconds == pytest.approx(charged)
        assert budget.reserved.seconds == 0.0
        assert {record.snapshot for record in records} != {None}


def embed(folder: Path) -> None:
    """Find the study's embedding, so that it is at hand."""
    from qopt.ocean.qpu import Qpu

    problem = MaxCut.generate(nodes=10, seed=1)
    with closing(Qpu().opened()) as device:
        found = embedding.embed(qopt.compile(problem.model()).bqm(), device, time_limit=120)
    assert not found.cached


def test_a_device_that_is_too_slow_is_asked_again_by_the_next_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    account.forget(monkeypatch, tmp_path)
    text = STUDY.replace("SEEDS", "[1, 2]").replace(", budget: pilot", ", wait: 0.2")
    (tmp_path / "study.yaml").write_text(text.replace("time_limit: 30", "time_limit: 5"))
    with serve(device="advantage2-small", seed=1, queue_delay=9.0) as service:
        account.use(monkeypatch, tmp_path, service)
        embed(tmp_path)
        first = _run(tmp_path)
        first.communicate(timeout=60)
        records = Run.open(tmp_path / "runs" / "rehearsal").records
        assert [record.outcome for record in records] == ["failed"] * 2
        errors = [record.error or "" for record in records]
        assert ["qopt jobs resume" in error for error in errors] == [True] * 2, errors
        while any(job.status.value != "COMPLETED" for job in service.jobs):
            time.sleep(0.1)
        second = _run(tmp_path)
        second.communicate(timeout=60)
        assert second.returncode == 0
        records = Run.open(tmp_path / "runs" / "rehearsal").records
        assert [record.outcome for record in records] == ["feasible"] * 2
        assert len(service.jobs) == 2


@pytest.mark.parametrize("money", [1.2, 0.2])
def test_a_limit_of_money_holds_before_the_first_job_is_paid(
    money: float, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    account.forget(monkeypatch, tmp_path)
    (tmp_path / "prices.yaml").write_text("currency: EUR\nprices:\n  hybrid: {charge: 1.0}\n")
    text = STUDY.replace("SEEDS", "[1, 2, 3, 4]").replace("time_limit: 30", "time_limit: 0.5")
    text = text.replace("name: qpu, parameters: {num_reads: 20, budget: pilot}", "name: leap-bqm")
    (tmp_path / "study.yaml").write_text(f"{text}limits: {{money: {money}}}\n")
    with serve(device="advantage2-small", seed=1, hybrid_minimum=0.5) as service:
        account.use(monkeypatch, tmp_path, service)
        monkeypatch.setenv("QOPT_PRICES", str(tmp_path / "prices.yaml"))
        study = read_study(tmp_path / "study.yaml")
        expected = forecast(study)
        assert (expected.money, expected.unpriced, expected.affordable) == (2.0, (), False)
        done = run(study)
        charged = sum(job.charged for job in service.jobs)
    assert len(done.records) == len(service.jobs) == money // 0.5
    assert charged <= money
    assert f"the limit of money is {money:g}" in str(done.stopped)
    assert "may cost 0.5" in str(done.stopped)


@pytest.mark.parametrize(
    ("limits", "wait", "time_limit"),
    [("{money: 0.8}", 60.0, 30.0), ("{device_seconds: 0.08}", 0.05, 0.2)],
    ids=["money", "seconds of jobs that wait"],
)
def test_no_limit_is_exceeded_by_eight_in_flight(
    limits: str, wait: float, time_limit: float, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    account.forget(monkeypatch, tmp_path)
    told = f"num_reads: 20, penalties: bounds, max_access_seconds: 0.03, wait: {wait}"
    text = STUDY.replace("SEEDS", str(list(range(10)))).replace(
        "num_reads: 20, budget: pilot", told
    )
    text = text.replace("time_limit: 30", f"time_limit: {time_limit}")
    (tmp_path / "study.yaml").write_text(
        text.replace("submissions: 20", "submissions: 8") + f"limits: {limits}\n"
    )
    (tmp_path / "prices.yaml").write_text("prices: {qpu: {access: 10}}\n")
    with serve(device="advantage2-small", seed=1, queue_delay=0.3) as service:
        account.use(monkeypatch, tmp_path, service)
        monkeypatch.setenv("QOPT_PRICES", str(tmp_path / "prices.yaml"))
        _, complaints = _run(tmp_path).communicate(timeout=60)
        records = Run.open(tmp_path / "runs" / "rehearsal").records
        while any(not job.status.ended for job in service.jobs):
            time.sleep(0.05)
        assert 0.02 < service.charged <= 0.08
        assert "trials were not begun" in complaints.decode()
        assert sum(r.money or 0.0 for r in records) <= 10 * service.charged + 1e-9
