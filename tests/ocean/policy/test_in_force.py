"""A policy in force, for each solver at a service: what it does not allow sends nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import dimod
import pytest
import requests

import qopt
from qopt import QoptError
from qopt.emulator import Service
from qopt.ocean.policy import NotAllowed, verify
from qopt.ocean.policy.audit import Trail

from ... import tiny

# as the service charges here
SECONDS = {"qpu": 20, "leap-bqm": 0.5, "leap-cqm": 0.5, "leap-nl": 0.5}
ALL = pytest.mark.parametrize("solver", SECONDS)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every request that anybody makes: its method and address."""
    made: list[str] = []
    send = requests.Session.send

    def noted(self: Any, request: Any, **options: Any) -> Any:
        made.append(f"{request.method} {request.url}")
        return send(self, request, **options)

    monkeypatch.setattr(requests.Session, "send", noted)
    return made


def _solve(solver: str, policy: Path | None = None, **more: Any) -> qopt.Result[Any]:
    given = {"time_limit": SECONDS[solver], "seed": 1, **more}
    return qopt.solve(tiny.portfolio(), solver=solver, policy=policy, **given)


def _written(folder: Path, text: str) -> Path:
    path = folder / "policy.yaml"
    path.write_text(text)
    return path


@ALL
@pytest.mark.parametrize(
    "text",
    [
        "regions: [eu-central-1]\n",
        "endpoints: ['https://annealers.example.com/']\n",
        "regions: [na-west-1]\nsolvers: ['*']\n",
    ],
)
def test_a_place_outside_is_not_even_asked(
    solver: str, text: str, service: Service, asked: list[str], tmp_path: Path
) -> None:
    with pytest.raises(NotAllowed) as raised:
        _solve(solver, _written(tmp_path, text))
    assert asked == []
    said = str(raised.value)
    assert said.startswith(f"{tmp_path / 'policy.yaml'}: endpoint http://127.0.0.1:")
    assert said.endswith("nothing was sent")
    assert "\n" not in said


@ALL
def test_a_region_that_the_configuration_redirects_is_not_asked(
    solver: str,
    service: Service,
    asked: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The region looks right; the endpoint in Ocean's file goes before it."""
    for name in ("DWAVE_API_ENDPOINT", "DWAVE_API_REGION"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "dwave.conf"
    file.write_text(f"[defaults]\ntoken = x\nregion = eu-central-1\nendpoint = {service.url}\n")
    monkeypatch.setenv("DWAVE_CONFIG_FILE", str(file))
    with pytest.raises(NotAllowed, match="goes before region 'eu-central-1'"):
        _solve(solver, _written(tmp_path, "regions: [eu-central-1]\n"))
    file.write_text(
        f"[defaults]\ntoken = x\nregion = eu-central-1\nmetadata_api_endpoint = {service.url}\n"
    )
    with pytest.raises(QoptError, match="cannot be checked before it is asked"):
        _solve(solver, _written(tmp_path, "regions: [eu-central-1]\n"))
    assert asked == []


@ALL
def test_the_environments_policy_holds_as_well(
    solver: str,
    service: Service,
    asked: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = _written(tmp_path, "regions: [eu-central-1]\n")
    monkeypatch.setenv("QOPT_POLICY", str(path))
    with pytest.raises(NotAllowed):
        _solve(solver)
    other = tmp_path / "other.yaml"
    other.write_text("endpoints: [loopback]\n")
    with pytest.raises(QoptError, match="but QOPT_POLICY names"):
        _solve(solver, other)
    path.write_text("regons: [eu-central-1]\n")
    with pytest.raises(QoptError, match="did you mean 'regions'"):
        _solve(solver)
    assert asked == []


def _sent(asked: list[str]) -> list[str]:
    return [request for request in asked if not request.startswith("GET")]


@ALL
def test_another_solver_is_sent_nothing(
    solver: str, service: Service, asked: list[str], tmp_path: Path
) -> None:
    before = len(service.jobs)
    with pytest.raises(NotAllowed, match="is not among those allowed: nobody"):
        _solve(solver, _written(tmp_path, "endpoints: [loopback]\nsolvers: [nobody]\n"))
    assert _sent(asked) == []
    assert len(service.jobs) == before


@ALL
@pytest.mark.parametrize("damage", ["changed", "no head", "a folder"])
def test_a_damaged_audit_is_one_line_and_nothing_is_sent(
    solver: str, damage: str, service: Service, asked: list[str], tmp_path: Path
) -> None:
    path = _written(tmp_path, "endpoints: [loopback]\naudit: audit/lines.jsonl\n")
    audit = tmp_path / "audit" / "lines.jsonl"
    from .test_audit import _entry

    for _ in range(3):
        Trail(audit).append(_entry())
    if damage == "changed":
        audit.write_text(audit.read_text().replace('"variables":16', '"variables":17', 1))
    elif damage == "no head":
        (audit.parent / "lines.jsonl.head").unlink()
    else:
        audit.unlink()
        audit.mkdir()
        (audit.parent / "lines.jsonl.head").unlink()
    before = len(service.jobs)
    with pytest.raises(QoptError) as raised:
        _solve(solver, path)
    assert "\n" not in str(raised.value)
    assert "lines.jsonl" in str(raised.value)
    assert _sent(asked) == []
    assert len(service.jobs) == before


@ALL
def test_what_is_sent_stands_in_the_audit_and_the_audit_in_the_result(
    solver: str, service: Service, tmp_path: Path
) -> None:
    text = "endpoints: [loopback]\nlabels: anonymous\naudit: audit.jsonl\nwho: Ann\n"
    before = len(service.jobs)
    result = _solve(solver, _written(tmp_path, text))
    assert result.objective == pytest.approx(tiny.optimum(tiny.portfolio()))
    (job,) = service.jobs[before:]
    found = verify(tmp_path / "audit.jsonl")
    assert (found.ok, found.lines) == (True, 1)
    line = json.loads((tmp_path / "audit.jsonl").read_text())
    assert line["label"] == job.label
    assert line["solver"] == job.solver
    assert line["who"] == "Ann"
    assert line["endpoint"] == service.url
    assert line["variables"] > 0
    assert line["sent_bytes"] > 0
    facts = result.provenance["solver"]
    assert found.hash in json.dumps(facts)
    assert facts["policy"]["labels"] == "anonymous"
    assert line["policy"] == facts["policy"]["sha256"]


def _secret() -> dimod.ConstrainedQuadraticModel:
    cqm = dimod.ConstrainedQuadraticModel()
    x = [dimod.Binary(f"Zanzibar{k}") for k in range(5)]
    cqm.set_objective(31 - sum((k + 1) * v for k, v in enumerate(x)) + 2 * x[0] * x[4])
    cqm.add_constraint(sum(x) <= 3, label="Zanzibar at most")
    return cqm


@ALL
@pytest.mark.parametrize("labels", ["anonymous", "kept"])
def test_no_name_of_a_model_is_heard_where_they_are_anonymous(
    solver: str, labels: str, service: Service, heard: list[bytes], tmp_path: Path
) -> None:
    """A QUBO on a quantum annealer and a nonlinear model have none in any case."""
    path = _written(tmp_path, f"endpoints: [loopback]\nlabels: {labels}\n")
    given = {"time_limit": SECONDS[solver], "seed": 5}
    result = qopt.solve(_secret(), solver=solver, policy=path, **given)
    assert result.objective == 31 - 12
    named = any(b"Zanzibar" in body for body in heard)
    assert named == (labels == "kept" and solver in ("leap-bqm", "leap-cqm"))


@ALL
def test_without_a_policy_the_result_says_that(solver: str, service: Service) -> None:
    facts = _solve(solver, seed=2).provenance["solver"]
    assert facts["policy"]["file"] is None
    assert facts["policy"]["says"].startswith("no policy: every endpoint")
