"""When another solver is asked instead of a device, and what is said of it."""

from __future__ import annotations

from typing import Any

import pytest

from qopt.errors import NotReady, QoptError
from qopt.ocean.account import TokenRefused
from qopt.ocean.fallback import Fallback, require_other


class JobError(QoptError):
    """As those of `qopt.ocean.jobs`."""

    def __init__(self, status: str) -> None:
        self.status = status
        super().__init__("job 7: what became of it")


@pytest.mark.parametrize("status", ["not-sent", "failed", "lost"])
def test_a_device_that_is_away_is_a_reason(status: str) -> None:
    assert Fallback().after(JobError(status)) == (
        "solved by annealer instead, as the device gave no answer: job 7: what became of it"
    )
    assert Fallback(on=("budget",)).after(JobError(status)) is None


@pytest.mark.parametrize("status", ["too-late", "ambiguous", "unreachable"])
def test_of_a_job_that_may_still_run_that_is_said(status: str) -> None:
    why = Fallback(to="neal").after(JobError(status))
    assert why is not None
    assert why.endswith("; the job may still be run and charged: `qopt jobs` lists it")


def test_a_solver_that_is_not_ready_is_away() -> None:
    why = Fallback().after(NotReady("no D-Wave token\nand more"))
    assert why == "solved by annealer instead, as the device gave no answer: no D-Wave token"


def test_a_budget_without_room_is_a_reason() -> None:
    why = Fallback().after(JobError("over-budget"))
    assert why is not None
    assert "no room in the budget: job 7" in why
    assert Fallback(on=("away",)).after(JobError("over-budget")) is None


@pytest.mark.parametrize(
    "error",
    [
        JobError("refused"),
        JobError("interrupted"),
        JobError("cancelled"),
        QoptError("policy.yaml: not allowed"),
        ValueError("a bug"),
        KeyboardInterrupt(),
    ],
    ids=str,
)
def test_mistakes_and_interrupts_are_none(error: BaseException) -> None:
    assert Fallback().after(error) is None


def test_what_a_parameter_may_say() -> None:
    assert Fallback.of(None) is None
    assert Fallback.of("neal") == Fallback(to="neal")
    given = {"to": "auto", "on": ["away", "budget"]}
    assert Fallback.of(given) == Fallback("auto", ("away", "budget"))
    assert Fallback.of({"on": "away"}) == Fallback(on=("away",))
    assert Fallback.of(Fallback("neal")) == Fallback("neal")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (7, "fallback=7: give a solver"),
        ({"too": "annealer"}, "no key of a fallback named 'too'; did you mean to"),
        ({"on": ["gone"]}, "no rule of a fallback named 'gone'"),
        ({"on": []}, "on=(): give at least one of away, budget"),
        ("", "fallback ''"),
    ],
)
def test_what_it_may_not_say(given: Any, told: str) -> None:
    with pytest.raises(QoptError) as raised:
        Fallback.of(given)
    assert told in str(raised.value)


def test_a_solver_is_not_its_own_fallback() -> None:
    require_other(Fallback.of("annealer"), "qpu")
    require_other(None, "qpu")
    with pytest.raises(QoptError, match="give another solver than the one that may fail"):
        require_other(Fallback.of("qpu"), "qpu")


def test_a_token_that_is_refused_is_a_mistake() -> None:
    assert Fallback().after(TokenRefused("D-Wave refused the token")) is None
