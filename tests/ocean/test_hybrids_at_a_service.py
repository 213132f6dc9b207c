"""Solvers `leap-bqm`, `leap-cqm` and `leap-nl` by Ocean's client at a service of this machine."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

import qopt
from qopt import NotReady, QoptError, Result, Status
from qopt.emulator import Service, serve
from qopt.ocean.jobs import Journal
from qopt.ocean.money import OverBudget
from qopt.ocean.policy import NotAllowed, verify

from .. import tiny
from . import account

PROBLEM = tiny.routing()
# the services charge at least half a second, where D-Wave's charge some seconds
LEAST = {"leap-bqm": 0.5, "leap-cqm": 0.5, "leap-nl": 0.5}
SHORT = pytest.mark.parametrize("name", ["leap-bqm"])
ALL = pytest.mark.parametrize("name", list(LEAST))


def _solve(name: str, **changes: Any) -> Result[Any]:
    options = {"time_limit": LEAST[name], "seed": 1} | changes
    return qopt.solve(PROBLEM, solver=name, **options)


@ALL
def test_the_answer_is_scored_by_the_domain_and_paid_for_once(name: str, service: Service) -> None:
    before = len(service.jobs)
    result = _solve(name)
    assert result.objective == PROBLEM.evaluate(result.best).objective == tiny.optimum(PROBLEM)
    (job,) = service.jobs[before:]
    facts = result.provenance["solver"]
    assert facts["device"] == job.solver
    assert facts["emulated"]
    assert facts["device_seconds"] == job.charged == facts["estimated_seconds"] == LEAST[name]
    assert facts["money"] is None  # nobody said what it costs
    (told,) = facts["jobs"]
    assert told["label"] == job.label == f"qopt square {told['job']}"
    assert told["problem_id"] == job.id
    assert told["how"] == "sent"
    assert facts["policy"]["file"] is None
    assert {"queue", "sample"} <= set(result.timing)
    again = _solve(name)
    assert len(service.jobs) == before + 1
    assert again.best == result.best
    assert again.provenance["solver"]["device_seconds"] == 0.0
    assert "nothing was charged" in again.notes[0]


@SHORT
def test_another_seed_and_a_call_without_reuse_are_paid_for(name: str, service: Service) -> None:
    before = len(service.jobs)
    for changes in ({"seed": 1}, {"seed": 2}, {"seed": 1, "reuse": False}):
        _solve(name, **changes)
    assert len(service.jobs) == before + 3


@SHORT
def test_what_is_not_answered_in_time_is_taken_later_and_paid_once(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    account.forget(monkeypatch, tmp_path)
    with serve(device="advantage2-small", queue_delay=1.5, hybrid_minimum=0.5) as slow:
        account.use(monkeypatch, tmp_path, slow)
        began = time.monotonic()
        first = _solve(name, wait=0.5, interrupt=lambda: time.monotonic() > began + 1.0)
        assert time.monotonic() - began < 2.5
        assert first.status is Status.NONE_FOUND
        assert first.stopped_by == "interrupt"
        (pending,) = first.provenance["solver"]["pending"]
        assert pending in first.notes[0]
        second = _solve(name)
        assert second.objective == tiny.optimum(PROBLEM)
        assert len(slow.jobs) == 1
        facts = second.provenance["solver"]
        assert facts["jobs"][0]["job"] == pending
        assert facts["jobs"][0]["how"] == "resumed"
        assert facts["device_seconds"] == LEAST[name]


@SHORT
def test_nothing_is_sent_that_a_budget_has_no_room_for(name: str, service: Service) -> None:
    before = len(service.jobs)
    with Journal.of_user() as journal:
        journal.set_budget("pilot", seconds=0.7)
    _solve(name, budget="pilot")
    with pytest.raises(
        OverBudget,
        match=r"budget 'pilot' has no room for 0\.5 s more: its limit is 0\.7, of which 0\.5 are",
    ) as raised:
        _solve(name, budget="pilot", seed=2)
    assert "\n" not in str(raised.value)
    assert len(service.jobs) == before + 1
    with Journal.of_user() as journal:
        assert journal.spent("pilot").seconds == 0.5


def _policy(folder: Path, text: str) -> Path:
    path = folder / "policy.yaml"
    path.write_text(text)
    return path


@SHORT
def test_a_policy_is_asked_before_anything_is_sent(
    name: str, service: Service, tmp_path: Path
) -> None:
    before = len(service.jobs)
    path = _policy(tmp_path, "regions: [eu-central-1]\n")
    with pytest.raises(NotAllowed, match="is not among those allowed: eu-central-1; nothing was"):
        _solve(name, policy=path)
    path = _policy(tmp_path, "endpoints: [loopback]\nsolvers: ['Advantage*']\n")
    with pytest.raises(NotAllowed, match="solver 'emulated_hybrid_bqm' is not among"):
        _solve(name, policy=path)
    assert len(service.jobs) == before


@ALL
def test_an_anonymous_model_is_answered_by_its_names_and_in_the_audit(
    name: str, service: Service, tmp_path: Path
) -> None:
    text = "endpoints: [loopback]\nlabels: anonymous\naudit: audit.jsonl\nwho: Ann\n"
    text += "currency: EUR\nprices: {hybrid: {charge: 2}}\n"
    result = _solve(name, policy=_policy(tmp_path, text))
    assert result.objective == tiny.optimum(PROBLEM)
    job = service.jobs[-1]
    facts = result.provenance["solver"]
    assert job.label == f"qopt {facts['jobs'][0]['job']}"
    assert facts["money"] == 2 * LEAST[name]
    assert facts["policy"]["labels"] == "anonymous"
    found = verify(tmp_path / "audit.jsonl")
    assert found.ok
    lines = (tmp_path / "audit.jsonl").read_text().splitlines()
    assert len(lines) == 1
    assert job.label in lines[0]
    assert '"Ann"' in lines[0]
    assert facts["jobs"][0]["audit"]["line"] == 1


@SHORT
def test_an_audit_that_cannot_be_written_keeps_everything_here(
    name: str, service: Service, tmp_path: Path
) -> None:
    before = len(service.jobs)
    text = "endpoints: [loopback]\naudit: missing/../policy.yaml/audit.jsonl\n"
    with pytest.raises(QoptError) as raised:
        _solve(name, policy=_policy(tmp_path, text), seed=77)
    assert "\n" not in str(raised.value)
    assert len(service.jobs) == before
    with Journal.of_user() as journal:
        assert [entry.state for entry in journal.entries()] == ["withdrawn"]


@SHORT
def test_it_goes_where_the_profile_says(
    name: str, running: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    account.forget(monkeypatch, tmp_path)
    monkeypatch.setenv("QOPT_JOURNAL", str(tmp_path / "jobs.sqlite"))
    profile = f"[work]\nendpoint = {running.url}\ntoken = {running.token}\n"
    (tmp_path / "dwave.conf").write_text(profile)
    assert _solve(name, profile="work", seed=5).objective == tiny.optimum(PROBLEM)
    with pytest.raises(QoptError, match="Ocean's configuration"):
        _solve(name, profile="home")


@SHORT
def test_a_wrong_token_is_told_in_a_line_and_never_shown(
    name: str, service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = len(service.jobs)
    monkeypatch.setenv("DWAVE_API_TOKEN", "WRONG-9f8e7d6c5b4a")
    with pytest.raises(NotReady, match="refused the token") as raised:
        _solve(name, seed=9)
    assert "9f8e7d6c5b4a" not in str(raised.value)
    assert len(service.jobs) == before
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or b"9f8e7d6c5b4a" not in path.read_bytes()


@ALL
def test_a_name_is_taken_as_that_of_a_service(name: str, service: Service) -> None:
    with pytest.raises(QoptError, match="no_such_service"):
        _solve(name, service="no_such_service")
    other = {"leap-bqm": "emulated_hybrid_cqm"}.get(name, "emulated_hybrid_bqm")
    with pytest.raises(QoptError, match=f"solver '{other}' takes no models of kind"):
        _solve(name, service=other)
