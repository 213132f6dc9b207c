"""Solver `qpu` by Ocean's protocol on an emulated annealer of this machine."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

import qopt
from problems.logistics import VehicleRouting
from qopt import NotReady, QoptError, Result, Status
from qopt.emulator import Service, serve
from qopt.ocean.jobs import Journal
from qopt.ocean.money import OverBudget

from .. import tiny
from . import account


def _solve(problem: Any = None, **changes: Any) -> Result[Any]:
    options = {"time_limit": 20, "seed": 1} | changes
    return qopt.solve(problem or tiny.shop(), solver="qpu", **options)


def _facts(result: Result[Any]) -> dict[str, Any]:
    facts: dict[str, Any] = result.provenance["solver"]
    return facts


@pytest.mark.parametrize(
    "problem",
    [tiny.routing(), tiny.shop(), tiny.portfolio()],
    ids=["routing", "shop", "portfolio"],
)
def test_plans_are_the_domains_and_the_account_is_whole(problem: Any, service: Service) -> None:
    before = len(service.jobs)
    result = _solve(problem, num_reads=300, seed=11)
    assert result.objective == pytest.approx(tiny.optimum(problem))
    (job,) = service.jobs[before:]
    facts = _facts(result)
    assert facts["emulated"]
    assert facts["device"] == job.solver
    assert facts["graph_id"] == job.graph_id
    assert facts["device_seconds"] == pytest.approx(job.charged)
    assert facts["estimated_seconds"] == pytest.approx(job.charged, rel=0.1)
    assert facts["snapshot"]["key"].startswith(job.solver)
    assert 1 <= facts["longest_chain"] <= facts["qubits"]
    assert 0 <= facts["chain_break_fraction"] < 0.2
    assert {"queue", "embed", "sample", "decode"} <= set(result.timing)
    assert f"charged {job.charged:.4g} s by {job.solver}" in str(result)


def test_an_equal_call_is_answered_from_the_journal(service: Service) -> None:
    before = len(service.jobs)
    first, again = _solve(seed=3), _solve(seed=3)
    assert len(service.jobs) == before + 1
    assert [ranked.plan for ranked in first.plans] == [ranked.plan for ranked in again.plans]
    assert _facts(again)["device_seconds"] == 0.0
    assert "\ncharged" not in str(again)
    assert _facts(again)["embedding"]["cached"]
    _solve(seed=3, reuse=False)
    _solve(seed=3, num_reads=101)
    assert len(service.jobs) == before + 3


def test_a_call_without_a_seed_is_the_same_question_again(service: Service) -> None:
    before = len(service.jobs)
    first, again = _solve(seed=None), _solve(seed=None)
    assert len(service.jobs) == before + 1
    assert first.provenance["seed"] == again.provenance["seed"] == 0


def test_spin_reversals_share_the_reads_and_turn_back(service: Service) -> None:
    before = len(service.jobs)
    result = _solve(num_reads=50, spin_reversals=4)
    jobs = service.jobs[before:]
    assert sorted(job.params["num_reads"] for job in jobs) == [12, 12, 13, 13]
    assert result.objective == tiny.optimum(tiny.shop())
    assert sum(ranked.occurrences for ranked in result.plans) == 50
    assert _facts(result)["device_seconds"] == pytest.approx(sum(job.charged for job in jobs))
    assert len(_facts(result)["jobs"]) == 4


def test_hybrid_sends_the_parts_of_a_round_together(service: Service) -> None:
    before = len(service.jobs)
    routing = VehicleRouting.generate(customers=12, seed=4)
    result = qopt.solve(
        routing,
        solver="hybrid",
        subsolver="qpu",
        subparameters={"num_reads": 50},
        num_rounds=3,
        breadth=2,
        size=40,
        time_limit=60,
        seed=1,
    )
    assert result.status is Status.FEASIBLE
    assert result.objective <= routing.evaluate(routing.greedy()).objective
    jobs = service.jobs[before:]
    assert 1 <= len(jobs) <= 3
    facts = _facts(result)
    assert facts["device_seconds"] == pytest.approx(sum(job.charged for job in jobs))
    assert facts["estimated_seconds"] == pytest.approx(facts["device_seconds"], rel=0.1)
    assert [told["problem_id"] for told in facts["jobs"]] == [job.id for job in jobs]
    assert facts["emulated"]
    assert facts["device"] == jobs[0].solver
    assert "no policy" in facts["policy"]["says"]


def test_hybrid_says_where_an_answer_to_its_parts_waits(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    account.forget(monkeypatch, tmp_path)
    with serve(device="advantage2-small", seed=1, queue_delay=60.0) as slow:
        account.use(monkeypatch, tmp_path, slow)
        result = qopt.solve(
            VehicleRouting.generate(customers=12, seed=4),
            solver="hybrid",
            subsolver="qpu",
            subparameters={"num_reads": 50, "wait": 0.5},
            num_rounds=3,
            size=40,
            time_limit=8,
            seed=1,
        )
        with Journal.of_user() as journal:
            (entry,) = journal.entries()
    assert entry.open
    assert any(entry.job in note and "waits" in note for note in result.notes), result.notes


def test_a_job_outlives_a_calibration_of_its_device(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    account.forget(monkeypatch, tmp_path)
    with serve(device="advantage2-small", queue_delay=1.0) as slow:
        account.use(monkeypatch, tmp_path, slow)
        began = time.monotonic()
        first = _solve(interrupt=lambda: len(slow.jobs) > 0 or time.monotonic() > began + 30)
        assert first.stopped_by == "interrupt"
        (pending,) = _facts(first)["pending"]
        was = slow.jobs[0].graph_id
        while slow.jobs[0].status.value != "COMPLETED":
            time.sleep(0.05)
        slow.change_graph()
        second = _solve()
        assert second.objective == tiny.optimum(tiny.shop())
        assert len(slow.jobs) == 1
        (told,) = _facts(second)["jobs"]
        assert (told["job"], told["how"]) == (pending, "resumed")
        assert _facts(second)["graph_id"] == was == _facts(second)["snapshot"]["graph_id"]


def test_interrupts_are_heard_while_a_device_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    account.forget(monkeypatch, tmp_path)
    with serve(device="advantage2-small", queue_delay=60.0) as slow:
        account.use(monkeypatch, tmp_path, slow)
        asked: list[float] = []

        def interrupt() -> bool:
            if slow.jobs and not asked:
                asked.append(time.monotonic())
            return bool(asked)

        result = _solve(interrupt=interrupt)
        assert result.stopped_by == "interrupt"
        assert time.monotonic() - asked[0] < 2.0


FAR = {"DWAVE_API_ENDPOINT": "http://127.0.0.1:9/sapi"}


@pytest.mark.parametrize(
    ("variables", "said"),
    [(FAR, "nothing was sent"), ({"DWAVE_API_TOKEN": ""}, "no D-Wave token")],
)
def test_a_device_that_is_away_is_replaced_and_the_result_says_so(
    variables: dict[str, str], said: str, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    result = _solve(fallback="annealer", time_limit=2)
    assert result.objective == tiny.optimum(tiny.shop())
    told = _facts(result)["instead"]
    assert told["solver"] == "annealer"
    assert said in told["why"]
    assert told["why"] in result.notes
    with pytest.raises(QoptError, match=said):
        _solve(time_limit=2)


def test_a_budget_without_room_sends_it_to_the_other_solver(service: Service) -> None:
    before = len(service.jobs)
    with Journal.of_user() as journal:
        journal.set_budget("tiny", seconds=0.0)
    with pytest.raises(OverBudget):
        _solve(budget="tiny", seed=21)
    result = _solve(budget="tiny", seed=21, fallback={"to": "exact", "on": "budget"})
    assert "no room in the budget" in _facts(result)["instead"]["why"]
    assert len(service.jobs) == before


def test_a_fallback_costs_nothing_and_hides_no_mistake(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(QoptError, match="a solver that costs nothing"):
        _solve(fallback="leap-bqm")
    with pytest.raises(QoptError, match=r"num_reads=20000: .* takes 1 to 10000; none was sent"):
        _solve(num_reads=20_000, fallback="annealer", max_access_seconds=99)
    monkeypatch.setenv("DWAVE_API_TOKEN", "wrong")
    with pytest.raises(NotReady, match="refused the token"):
        _solve(fallback="annealer", seed=22)


def test_an_answer_that_comes_too_late_is_replaced_and_its_job_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    account.forget(monkeypatch, tmp_path)
    with serve(device="advantage2-small", seed=1, queue_delay=60.0) as slow:
        account.use(monkeypatch, tmp_path, slow)
        result = _solve(tiny.shop(), fallback="annealer", time_limit=1, wait=0.5)
        with Journal.of_user() as journal:
            (entry,) = journal.entries()
        waiting = _solve(tiny.shop(), time_limit=1, wait=0.5)
    assert "next: the same call later takes the answer that waits" in str(waiting)
    told = _facts(result)["instead"]
    assert result.objective == tiny.optimum(tiny.shop())
    assert told["job"] == entry.job
    assert entry.open
    assert told["why"].endswith("the job may still be run and charged: `qopt jobs` lists it")
    assert told["why"] in result.notes


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"annealing_time": 1e6}, "annealing_time=1e+06: Emulated"),
        ({"num_reads": 10_000, "annealing_time": 500.0, "max_access_seconds": 99}, "in all"),
        ({"device": "Advantage9"}, "Advantage9"),
        ({"device": "emulated_hybrid_bqm"}, "emulated_hybrid_bqm"),
        ({"budget": "unknown"}, "no budget named 'unknown'"),
    ],
)
def test_what_the_device_would_refuse_is_not_sent(
    wrong: dict[str, Any], told: str, service: Service
) -> None:
    before = len(service.jobs)
    with pytest.raises(QoptError) as raised:
        _solve(seed=31, **wrong)
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)
    assert len(service.jobs) == before


def test_a_planted_token_is_in_nothing_that_a_run_leaves(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    account.forget(monkeypatch, tmp_path)
    token = "PLANTED-0123456789abcdef"
    with serve(device="advantage2-small", token=token) as running:
        account.use(monkeypatch, tmp_path, running)
        (tmp_path / "policy.yaml").write_text("endpoints: [loopback]\naudit: audit.jsonl\n")
        result = _solve(policy=tmp_path / "policy.yaml")
        result.save(tmp_path / "result.json")
        running.fault("submit", status=503, times=20)
        with pytest.raises(QoptError) as raised:
            _solve(seed=41, wait=1.0, time_limit=2)
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(left) >= 4
    assert [path for path in left if token.encode() in path.read_bytes()] == []
    printed = capfd.readouterr()
    assert token not in printed.out + printed.err + str(raised.value) + repr(result)


def test_a_chain_strength_is_tried_and_what_was_measured_is_told(service: Service) -> None:
    before = len(service.jobs)
    result = _solve(tiny.routing(), chain_strength="scan", num_reads=40, seed=51)
    jobs = service.jobs[before:]
    facts = _facts(result)
    told = facts["chain_strength_scan"]
    assert len(jobs) == len(told["rows"]) + 1
    assert [job.params["num_reads"] for job in jobs].count(20) == len(told["rows"])
    assert facts["chain_strength"] == told["chosen"]["strength"]
    assert told["chosen"]["mean_of_best"] == min(row["mean_of_best"] for row in told["rows"])
    assert facts["device_seconds"] == pytest.approx(sum(job.charged for job in jobs))
    again = _solve(tiny.routing(), chain_strength="scan", num_reads=40, seed=51)
    assert len(service.jobs) == before + len(jobs)
    assert _facts(again)["chain_strength"] == facts["chain_strength"]


def test_a_reference_problem_is_run_beside_the_first_job_and_now_and_then(
    service: Service,
) -> None:
    before = len(service.jobs)
    shares = []
    for seed in range(60, 65):
        found = _facts(_solve(seed=seed, reference_every=2)).get("reference")
        shares.append(None if found is None else found["share"])
    assert [share is not None for share in shares] == [True, False, True, False, True]
    assert all(0.4 < share < 1 for share in shares if share is not None)
    assert len(service.jobs) == before + 8
    with pytest.raises(QoptError, match="reference_every=2: give it with a device by its name"):
        _solve(device=object.__new__(Sampler), reference_every=2)


class Sampler:
    def sample(self) -> None: ...


@pytest.mark.parametrize("named", [{}, {"device": "Emulated_Advantage2_system4.1"}], ids=str)
def test_a_device_that_is_offline_is_away(
    named: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    account.forget(monkeypatch, tmp_path)
    with serve(device="advantage2-small", seed=1) as resting:
        account.use(monkeypatch, tmp_path, resting)
        resting.go_offline()
        with pytest.raises(
            QoptError, match=r"Emulated_Advantage2_\S+ is offline; nothing was sent"
        ):
            _solve(**named)
        result = _solve(fallback="annealer", time_limit=1, **named)
    assert "is offline" in _facts(result)["instead"]["why"]
