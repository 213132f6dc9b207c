"""What solvers say of themselves by name: whether they cost money, and whether it is lost."""

from __future__ import annotations

from typing import Any

import pytest

from qopt.plugins import is_paid, is_resumable, make_solver


@pytest.mark.parametrize(
    ("name", "parameters", "paid", "resumable"),
    [
        ("annealer", {}, False, False),
        ("hybrid", {}, False, False),
        ("hybrid", {"subsolver": "annealer"}, False, False),
        ("hybrid", {"subsolver": "qpu"}, True, True),
        ("hybrid", {"subsolver": 5}, False, False),
        ("qpu", {}, True, True),
        ("leap-cqm", {}, True, True),
    ],
)
def test_what_costs_money_and_what_can_be_begun_again(
    name: str, parameters: dict[str, Any], paid: bool, resumable: bool
) -> None:
    assert is_paid(name, parameters) == paid
    assert is_resumable(name, parameters) == resumable


def test_what_a_call_may_take_of_a_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DWAVE_API_TOKEN", "none")
    part = {"max_access_seconds": 0.5}
    asked: dict[str, Any] = {"subsolver": "qpu", "subparameters": part, "num_rounds": 4}
    hybrid: Any = make_solver("hybrid", {**asked, "breadth": 3})
    assert hybrid.device_seconds_at_most(10.0) == 2.0  # the parts of a round go together
    local: Any = make_solver("hybrid", {"num_rounds": 4})
    assert local.device_seconds_at_most(10.0) == 0.0
    leap: Any = make_solver("leap-bqm", {})
    assert leap.device_seconds_at_most(10.0) == 10.0
