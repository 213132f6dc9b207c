"""When another solver is asked instead of a device, and what is said of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from qopt.errors import NotReady, QoptError
from qopt.ocean.fallback import Fallback, Outcome, Outcomes, require_other


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
    assert Fallback(on=("budget", "worse")).after(JobError(status)) is None


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


def _outcomes(own: list[float | None], others: list[float | None], sense: Any = "min") -> Any:
    return [
        Outcome(f"i{k}", solver, sense, objective)
        for solver, objectives in (("qpu", own), ("annealer", others))
        for k, objective in enumerate(objectives)
    ]


@pytest.mark.parametrize(
    ("own", "others", "sense", "worse"),
    [
        ([110, 100, 100], [100, 100, 100], "min", True),
        ([100, 100, 100], [100, 100, 100], "min", False),
        ([90, 100, 100], [100, 100, 100], "min", False),
        ([110, 100, 100], [100, 100, 100], "max", False),
        ([90, 100, 100], [100, 100, 100], "max", True),
        ([None, 1, 1], [100, 100, 100], "min", False),  # two far better ones outweigh it
        ([None, 100, 100], [100, 100, 100], "min", True),
        ([None, None, None], [None, None, None], "min", False),
        ([110, 110], [100, 100], "min", False),  # not enough yet
        ([1, 1], [-1, -1, -1], "min", False),
    ],
)
def test_who_was_worse_is_not_asked(
    own: list[float | None], others: list[float | None], sense: str, worse: bool
) -> None:
    why = Fallback(last=3).before(_outcomes(own, others, sense), "qpu")
    assert (why is not None) == worse


def test_the_sentence_has_the_gaps() -> None:
    why = Fallback(last=2).before(_outcomes([125, 100], [100, 100]), "qpu")
    assert why == (
        "solved by annealer instead: over the last 2 instances that both solved, the mean gap of "
        "qpu was 10.00%, and that of annealer 0.00%; after as many that were solved instead, qpu "
        "is asked again"
    )


def test_the_last_instances_count_and_of_each_the_last_outcome() -> None:
    history = _outcomes([200, 200, 100, 100], [100, 100, 100, 100])
    assert Fallback(last=4).before(history, "qpu") is not None
    assert Fallback(last=2).before(history, "qpu") is None
    again = Outcome("i0", "qpu", "min", 100.0)
    better = Outcome("i1", "qpu", "min", 50.0)
    assert Fallback(last=4).before([*history, again, better], "qpu") is None
    worst = Outcome("i2", "qpu", "min", 300.0)  # comes last now
    assert Fallback(last=2).before([*history, worst], "qpu") is not None


def test_after_a_while_the_device_is_asked_again() -> None:
    history = _outcomes([200, 200], [100, 100])
    instead = Outcome("i7", "annealer", "min", 1.0, instead=True)
    assert Fallback(last=2).before([*history, instead], "qpu") is not None
    assert Fallback(last=2).before([*history, instead, instead], "qpu") is None
    again = Outcome("i8", "qpu", "min", 1.0)
    assert Fallback(last=2).before([*history, instead, instead, again], "qpu") is not None


def test_the_rule_may_be_left_out() -> None:
    history = _outcomes([200], [100])
    assert Fallback(last=1).before(history, "qpu") is not None
    assert Fallback(last=1, on=("away",)).before(history, "qpu") is None
    assert Fallback(to="neal", last=1).before(history, "qpu") is None


def test_what_a_parameter_may_say() -> None:
    assert Fallback.of(None) is None
    assert Fallback.of("neal") == Fallback(to="neal")
    given = {"to": "auto", "on": ["away", "worse"], "last": 3}
    assert Fallback.of(given) == Fallback("auto", ("away", "worse"), 3)
    assert Fallback.of({"on": "away"}) == Fallback(on=("away",))
    assert Fallback.of(Fallback(last=2)) == Fallback(last=2)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (7, "fallback=7: give a solver"),
        ({"too": "annealer"}, "no key of a fallback named 'too'; did you mean to"),
        ({"on": ["gone"]}, "no rule of a fallback named 'gone'"),
        ({"on": []}, "on=(): give at least one of away, budget, worse"),
        ({"last": 0}, "last=0: give a whole number, 1 or more"),
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


def test_outcomes_are_kept_in_a_file(tmp_path: Path) -> None:
    kept = Outcomes(tmp_path / "outcomes.jsonl")
    for outcome in _outcomes([1.5, None], [2.0]):
        kept.append(outcome)
    assert kept.read() == _outcomes([1.5, None], [2.0])
