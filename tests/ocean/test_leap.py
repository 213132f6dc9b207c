"""Solvers `leap-bqm` and `leap-cqm` on fakes of the services. Nothing is sent to anyone."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dimod
import numpy as np
import pytest
from dwave.cloud.exceptions import ProblemUploadError, SolverAuthenticationError, SolverError
from requests.exceptions import ConnectionError as NoConnection

import qopt
from qopt import NotReady, QoptError, Result, Status

from .. import tiny
from . import account

PROBLEM = tiny.routing()
BOTH = pytest.mark.parametrize("name", ["leap-bqm", "leap-cqm"])


class Service:
    """What qopt asks of a hybrid sampler; it keeps what was submitted, and raises `error` where it
    has one.
    """

    def __init__(self, least: float = 3.0, error: Exception | None = None) -> None:
        self.properties = {"version": "2.4", "minimum_time_limit": [[1, least]]}
        self.solver = SimpleNamespace(name="hybrid_fake_version2")
        self.least, self.error = least, error
        self.submitted: list[Any] = []

    def min_time_limit(self, model: Any) -> float:
        return self.least

    def sample(
        self, bqm: dimod.BinaryQuadraticModel, time_limit: float, label: str
    ) -> dimod.SampleSet:
        assert isinstance(bqm, dimod.BinaryQuadraticModel)
        return self._answer(bqm, time_limit, label, dimod.ExactSolver().sample(bqm).truncate(20))

    def sample_cqm(
        self, cqm: dimod.ConstrainedQuadraticModel, time_limit: float, label: str
    ) -> dimod.SampleSet:
        assert isinstance(cqm, dimod.ConstrainedQuadraticModel)
        return self._answer(cqm, time_limit, label, dimod.ExactCQMSolver().sample_cqm(cqm))

    def _answer(
        self, model: Any, time_limit: float, label: str, found: dimod.SampleSet
    ) -> dimod.SampleSet:
        self.submitted.append((model, time_limit, label))
        if self.error is not None:
            raise self.error
        found.info.update(
            problem_id="7f", run_time=2_990_000, charge_time=3_000_000, qpu_access_time=0
        )
        return found


def _solve(name: str, service: Service, **changes: Any) -> Result[Any]:
    return qopt.solve(
        PROBLEM, solver=name, service=service, **{"time_limit": 3, "seed": 1} | changes
    )


@BOTH
def test_the_answer_is_scored_by_the_domain(name: str) -> None:
    result = _solve(name, Service())
    assert result.best is not None
    assert result.objective == PROBLEM.evaluate(result.best).objective == tiny.optimum(PROBLEM)


@BOTH
def test_energies_of_the_service_are_not_believed(name: str) -> None:
    class Lying(Service):
        def _answer(
            self, model: Any, time_limit: float, label: str, found: dimod.SampleSet
        ) -> dimod.SampleSet:
            found.record.energy[:] = -np.arange(len(found)) * 1e6
            return super()._answer(model, time_limit, label, found)

    assert _solve(name, Lying()).objective == tiny.optimum(PROBLEM)


def test_feasibility_as_the_service_sees_it_is_not_believed() -> None:
    class Lying(Service):
        def sample_cqm(
            self, cqm: dimod.ConstrainedQuadraticModel, time_limit: float, label: str
        ) -> dimod.SampleSet:
            nothing = dimod.SampleSet.from_samples_cqm(dict.fromkeys(cqm.variables, 0), cqm)
            nothing.record.is_feasible[:] = True
            return self._answer(cqm, time_limit, label, nothing)

    result = _solve("leap-cqm", Lying())
    assert result.status is Status.NONE_FOUND
    assert result.best is None
    assert [violation.constraint for violation in result.evaluation.violations] == [
        f"served[{c}]" for c in PROBLEM.customers
    ]


@BOTH
def test_the_time_limit_and_the_instance_reach_the_service(name: str) -> None:
    service = Service()
    _solve(name, service, time_limit=4.5)
    ((_, seconds, label),) = service.submitted
    assert (seconds, label) == (4.5, "qopt square")


@BOTH
def test_exactly_the_least_is_enough(name: str) -> None:
    service = Service(least=3.0)
    _solve(name, service, time_limit=3.0)
    assert len(service.submitted) == 1


@BOTH
@pytest.mark.parametrize("seconds", [2.9, None])
def test_less_than_the_service_charges_is_refused_before_anything_is_sent(
    name: str, seconds: float | None
) -> None:
    service = Service(least=3.0)
    with pytest.raises(QoptError) as raised:
        _solve(name, service, time_limit=seconds)
    told = str(raised.value)
    assert told.startswith(f"time_limit={seconds}: ")
    assert "3 s" in told
    assert "\n" not in told
    assert service.submitted == []


def test_penalties_shape_what_leap_bqm_sends() -> None:
    one, two = Service(), Service()
    _solve("leap-bqm", one, penalties=50.0)
    _solve("leap-bqm", two, penalties=500.0)
    energies = [
        max(abs(bias) for bias in service.submitted[0][0].quadratic.values())
        for service in (one, two)
    ]
    assert energies[1] > 5 * energies[0]


def test_leap_cqm_sends_the_model_as_it_stands() -> None:
    service = Service()
    _solve("leap-cqm", service)
    assert service.submitted[0][0].is_equal(PROBLEM.model())


@BOTH
def test_provenance_says_which_service_and_what_it_charged(name: str) -> None:
    facts = _solve(name, Service()).provenance["solver"]
    assert facts["device"] == "hybrid_fake_version2"
    assert facts["version"] == "2.4"
    assert facts["problem_id"] == "7f"
    assert facts["device_seconds"] == 3.0
    assert facts["timing_us"] == {
        "run_time": 2_990_000,
        "charge_time": 3_000_000,
        "qpu_access_time": 0,
    }


@BOTH
def test_such_a_result_survives_its_file(name: str, tmp_path: Path) -> None:
    result = _solve(name, Service())
    again = Result.load(result.save(tmp_path / "leap.json"))
    assert again.best == result.best
    assert again.provenance == result.provenance
    assert again.samples is not None
    assert result.samples is not None
    assert list(again.samples.samples(sorted_by=None)) == list(
        result.samples.samples(sorted_by=None)
    )


@BOTH
@pytest.mark.parametrize(
    "error",
    [
        SolverError("Problem not accepted\nat all"),
        NoConnection("Connection aborted."),
        ProblemUploadError("Failed to upload"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_oceans_client_raises_becomes_one_line(name: str, error: Exception) -> None:
    with pytest.raises(QoptError) as raised:
        _solve(name, Service(error=error))
    assert str(raised.value) == f"D-Wave: {type(error).__name__}: {str(error).splitlines()[0]}"


@BOTH
def test_a_refused_token_says_what_to_set(name: str) -> None:
    with pytest.raises(
        NotReady, match="D-Wave refused the token; run `dwave setup`, or set DWAVE_API_TOKEN"
    ):
        _solve(name, Service(error=SolverAuthenticationError("Invalid token or access denied")))


@BOTH
def test_without_a_token_it_is_not_ready(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    account.forget(monkeypatch, tmp_path)
    with pytest.raises(
        NotReady,
        match=rf"^solver '{name}': no D-Wave token; run `dwave setup`, or set DWAVE_API_TOKEN",
    ):
        qopt.solve(PROBLEM, solver=name, seed=1)


@BOTH
def test_a_wrong_profile_is_named(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    account.forget(monkeypatch, tmp_path)
    with pytest.raises(NotReady, match="'wrok' not found") as raised:
        qopt.solve(PROBLEM, solver=name, profile="wrok", seed=1)
    assert "\n" not in str(raised.value)


@BOTH
def test_an_answer_without_samples_is_none_found(name: str) -> None:
    class Silent(Service):
        def _answer(
            self, model: Any, time_limit: float, label: str, found: dimod.SampleSet
        ) -> dimod.SampleSet:
            return super()._answer(model, time_limit, label, found.truncate(0))

    result = _solve(name, Silent())
    assert result.status is Status.NONE_FOUND
    assert result.plans == ()


def test_nothing_is_charged_for_a_model_that_compiling_solves() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    a, b = dimod.Binaries("ab")
    cqm.set_objective(a - 2 * b)
    cqm.add_constraint(a + b >= 2, label="both")
    service = Service()
    result = qopt.solve(cqm, solver="leap-bqm", service=service, time_limit=3, seed=1)
    assert result.objective == -1
    assert service.submitted == []


@BOTH
def test_hybrid_sends_no_parts_of_a_plan_to_a_service_that_charges_seconds_for_each(
    name: str,
) -> None:
    service = Service()
    with pytest.raises(QoptError, match=f"give it the whole, as solver='{name}'"):
        qopt.solve(
            PROBLEM,
            solver="hybrid",
            subsolver=name,
            subparameters={"service": service},
            num_rounds=2,
        )
    assert service.submitted == []
