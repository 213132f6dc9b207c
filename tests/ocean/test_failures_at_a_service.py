"""Devices that fail on the way, and calls that are ended on it: what is at hand is given back, and
what was charged is told.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import qopt
from problems.logistics import VehicleRouting
from qopt import QoptError, Result, Status
from qopt.emulator import Service
from qopt.ocean.jobs import Journal
from qopt.ocean.leap import LeapCqm
from qopt.ocean.qpu import Qpu
from qopt.solvers.neighbourhood_search import NeighbourhoodSearch

from .. import tiny

ROUTING = VehicleRouting.generate(customers=12, seed=4)


@pytest.fixture(autouse=True)
def whole(running: Service) -> Any:
    yield
    running.clear_faults()


def _solve(problem: Any = None, **changes: Any) -> Result[Any]:
    options = {"time_limit": 20, "seed": 1, "penalties": "bounds"} | changes
    return qopt.solve(problem or tiny.shop(), solver="qpu", **options)


def _in_parts(*, seed: int, interrupt: Any = None, **changes: Any) -> Result[Any]:
    return qopt.solve(
        ROUTING,
        solver="hybrid",
        subsolver="qpu",
        subparameters={"num_reads": 20, "penalties": "bounds"} | changes,
        num_rounds=4,
        breadth=2,
        size=40,
        time_limit=60,
        seed=seed,
        interrupt=interrupt,
    )


def _facts(result: Result[Any]) -> dict[str, Any]:
    facts: dict[str, Any] = result.provenance["solver"]
    return facts


def _at_call(number: int) -> Callable[[], bool]:
    asked = 0

    def interrupt() -> bool:
        nonlocal asked
        asked += 1
        return asked >= number

    return interrupt


@pytest.mark.parametrize("fault", [("job", "failed"), ("job", "offline"), ("submit", "expired")])
def test_hybrid_keeps_its_plan_where_the_device_fails_on_the_way(
    fault: tuple[str, str], service: Service
) -> None:
    before = service.charged
    if fault[0] == "job":
        service.fault(*fault, after=1)
    else:
        service.fault("submit", status=401, after=1, times=None)
    result = _in_parts(seed=5)
    facts = _facts(result)
    assert result.stopped_by == "failure"
    assert result.status is Status.FEASIBLE
    assert 1 <= facts["num_rounds"] <= 4
    assert facts["device_seconds"] == pytest.approx(service.charged - before)
    assert facts["device_seconds"] > 0
    assert f"ended in round {facts['num_rounds']}, with the best plan" in result.notes[0]


def test_a_device_that_never_answered_a_part_is_an_error(service: Service) -> None:
    service.fault("job", "failed")
    with pytest.raises(QoptError, match="the job failed"):
        _in_parts(seed=5)


def test_hybrid_ends_where_its_budget_has_no_more_room(service: Service) -> None:
    with Journal.of_user() as journal:
        journal.set_budget("pilot", seconds=0.02)
    result = _in_parts(seed=5, budget="pilot")
    assert result.stopped_by == "budget"
    with Journal.of_user() as journal:
        assert journal.spent("pilot").seconds == pytest.approx(_facts(result)["device_seconds"])
        assert journal.spent("pilot").seconds <= 0.02
    other = _in_parts(seed=6, budget="pilot", fallback="annealer")
    assert other.stopped_by == "sweeps"
    assert "solved by annealer instead" in other.notes[0]


def test_what_hybrid_leaves_at_a_device_is_told(service: Service) -> None:
    before = len(service.jobs)
    service.fault("job", "slow", seconds=0.6, after=1)
    result = _in_parts(seed=7, interrupt=lambda: len(service.jobs) > before + 1)
    assert result.stopped_by == "interrupt"
    (pending,) = _facts(result)["pending"]
    assert pending in result.notes[0]


@pytest.mark.parametrize("number", [1, 2, 3, 4, 6, 8])
def test_an_interrupt_at_any_stage_is_no_error_and_no_reason_for_another_solver(
    number: int, service: Service
) -> None:
    result = _solve(seed=100 + number, interrupt=_at_call(number), fallback="annealer")
    assert result.stopped_by in ("interrupt", "done")
    assert "instead" not in _facts(result)
    if result.stopped_by == "interrupt":
        assert "interrupted" in result.notes[0]
    with Journal.of_user() as journal:
        states = {entry.state for entry in journal.entries()}
    assert states <= {"answered", "submitted", "withdrawn"}


def test_a_connection_that_nobody_waits_for_any_more_is_closed(service: Service) -> None:
    """Ocean's client has sixteen threads, which end when it is closed."""
    _solve(seed=1)

    def threads() -> int:
        return sum("_do_" in thread.name for thread in threading.enumerate())

    def settled() -> bool:
        till = time.monotonic() + 10
        while threads() and time.monotonic() < till:
            time.sleep(0.05)
        return threads() == 0

    assert settled()
    service.fault("solvers", "slow", seconds=0.2)
    assert _solve(seed=2, interrupt=lambda: True).stopped_by == "interrupt"
    time.sleep(0.2)
    assert settled()


def test_nothing_is_charged_beyond_the_limit_whatever_is_measured_beside(
    service: Service,
) -> None:
    routing, options = tiny.routing(), {"num_reads": 40, "seed": 9}
    before = service.charged
    with pytest.raises(QoptError, match=r"above max_access_seconds=0\.06; nothing was submitted"):
        _solve(routing, chain_strength="scan", max_access_seconds=0.06, **options)
    assert service.charged == before
    result = _solve(routing, reference_every=1, max_access_seconds=0.02, **options)
    assert "reference" not in _facts(result)
    assert any("the reference problem was due" in note for note in result.notes)
    assert service.charged - before <= 0.02


@pytest.mark.parametrize("label", ["*chain strengths*", "*square*"])
def test_what_was_charged_before_a_failure_is_told(label: str, service: Service) -> None:
    before = service.charged
    service.fault("job", "failed", label=label)
    options = {"num_reads": 40, "seed": 13, "chain_strength": "scan"}
    result = _solve(tiny.routing(), fallback="exact", **options)
    assert _facts(result)["instead"]["solver"] == "exact"
    assert _facts(result)["device_seconds"] == pytest.approx(service.charged - before)
    assert service.charged > before


def test_all_jobs_that_wait_are_told_and_another_solver_is_asked(service: Service) -> None:
    service.fault("job", "slow", seconds=0.6, times=None)
    options = {"spin_reversals": 2, "wait": 0.05, "time_limit": 0.3}
    result = _solve(seed=21, **options)
    assert result.stopped_by == "time"
    assert len(_facts(result)["pending"]) == 2
    result = _solve(seed=31, fallback="exact", **options)
    assert _facts(result)["instead"]["solver"] == "exact"
    assert "the job may still be run" in _facts(result)["instead"]["why"]


def test_an_answer_is_of_what_was_asked(service: Service) -> None:
    """A job that waits is gone on with by the same question only: not by another strength."""
    service.fault("job", "slow", seconds=0.7)
    first = _solve(seed=41, chain_strength=1.0, wait=0.05, time_limit=0.3)
    assert len(_facts(first)["pending"]) == 1
    second = _solve(seed=41, chain_strength=3.0)
    assert _facts(second)["chain_strength"] == 3.0
    assert [job["how"] for job in _facts(second)["jobs"]] == ["sent"]
    third = _solve(seed=41, chain_strength=1.0)
    assert _facts(third)["chain_strength"] == 1.0
    assert [job["how"] for job in _facts(third)["jobs"]] == ["resumed"]


def test_a_reference_problem_is_in_the_account(service: Service) -> None:
    before = service.charged
    facts = _facts(_solve(seed=51, reference_every=1))
    assert "reference" in facts
    assert len(facts["jobs"]) == 2
    assert facts["device_seconds"] == pytest.approx(service.charged - before)


@pytest.mark.parametrize("name", ["descend", "profile", "policy"])
def test_values_of_another_kind_are_told_in_a_line(name: str, service: Service) -> None:
    with pytest.raises(QoptError, match=f"{name}=7: give"):
        _solve(**{name: 7})


def test_what_a_call_may_cost_is_known_before(
    service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert Qpu().money_at_most(5.0) is None  # nobody said what it costs
    table = "prices: {qpu: {access: 10, job: 1}, 'dear*': {access: 20}, hybrid: {charge: 2}}\n"
    (tmp_path / "prices.yaml").write_text(table)
    monkeypatch.setenv("QOPT_PRICES", str(tmp_path / "prices.yaml"))
    options = {"max_access_seconds": 0.5}
    assert Qpu(device="cheap", **options).money_at_most(5.0) == 6.0
    assert Qpu(device="cheap", spin_reversals=3, **options).money_at_most(5.0) == 8.0
    assert Qpu(**options).money_at_most(5.0) == 10.0  # the device is not known: the dearest
    assert LeapCqm().money_at_most(5.0) == 10.0
    hybrid = NeighbourhoodSearch(subsolver="qpu", subparameters=options, num_rounds=3)
    assert (hybrid.device_seconds_at_most(5.0), hybrid.money_at_most(5.0)) == (1.5, 30.0)
    assert NeighbourhoodSearch().money_at_most(5.0) is None


def test_hybrid_goes_on_where_the_device_is_calibrated_on_the_way(service: Service) -> None:
    first = len(service.jobs)
    service.fault("graph", "change", after=1)
    result = _in_parts(seed=3)
    assert result.stopped_by == "sweeps"
    mine = service.jobs[first:]  # and not what an earlier test has left at the service
    assert len({job.graph_id for job in mine}) == 2
    charged = sum(job.charged for job in mine)
    assert _facts(result)["device_seconds"] == pytest.approx(charged), [
        (job.status, job.label, job.charged) for job in mine
    ]


def test_a_call_is_asked_again_where_the_device_was_calibrated_meanwhile(
    service: Service,
) -> None:
    service.fault("graph", "change")
    result = _solve(seed=61)
    assert result.objective == tiny.optimum(tiny.shop())
    assert "asked again, as the device was calibrated" in result.notes[0]
    assert [job["how"] for job in _facts(result)["jobs"]] == ["sent"]
