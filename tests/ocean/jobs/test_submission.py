"""Which questions are the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qopt.errors import QoptError

from .services import EACH, question


@pytest.mark.parametrize(
    "other",
    [
        {"seed": 1},
        {"problem": b'{"format": "qp"}'},
        {"params": {"num_reads": 11}},
        {"type": "qubo"},
        {"solver": {"name": "another", "version": {"graph_id": "g1"}}},
    ],
)
def test_whatever_changes_the_answer_changes_the_key(other: dict[str, object]) -> None:
    asked = question("qpu")
    assert replace(asked, **other).key != asked.key  # type: ignore[arg-type]  # of a field each
    assert replace(asked, **other).question != asked.question  # type: ignore[arg-type]  # as above


def test_names_prices_and_budgets_do_not_change_it() -> None:
    asked = question("qpu")
    assert question("qpu", name="x", price=EACH, budget="b", anonymous=True).key == asked.key


def test_a_qpu_s_reservation_is_above_its_estimate_and_a_hybrid_s_is_it() -> None:
    assert question("qpu").reserved.seconds == pytest.approx(1.1 * question("qpu").estimate)
    assert question("cqm", price=EACH).reserved.money == 0.5 + 2.0 * 3.0


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"estimate": float("nan")}, "estimate=nan"),
        ({"estimate": -1.0}, "estimate=-1.0"),
        ({"payload": {"x": object()}}, "payload"),
        ({"payload": {"x": float("inf")}}, "payload"),
    ],
)
def test_what_cannot_be_kept_is_refused(wrong: dict[str, object], told: str) -> None:
    with pytest.raises(QoptError, match=told):
        replace(question("qpu"), **wrong)  # type: ignore[arg-type]  # of a field each
