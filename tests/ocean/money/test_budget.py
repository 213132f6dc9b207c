"""What fits into a budget."""

from __future__ import annotations

import pytest

from qopt.errors import QoptError
from qopt.ocean.money import Budget, Cost, OverBudget

SPENT = Budget("b", seconds=10.0, money=5.0, spent=Cost(6.0, 1.0), reserved=Cost(2.0, 1.5))


@pytest.mark.parametrize("cost", [Cost(2.0), Cost(0.0, 2.5), Cost(2.0, 2.5), Cost()])
def test_what_is_left_may_be_spent(cost: Cost) -> None:
    SPENT.require_room(cost)


@pytest.mark.parametrize("cost", [Cost(2.001), Cost(0.0, 2.501)])
def test_more_may_not(cost: Cost) -> None:
    with pytest.raises(
        OverBudget, match=r"^budget 'b' has no room for .* nothing was sent: .*qopt budget b"
    ):
        SPENT.require_room(cost)


def test_what_has_no_limit_has_none() -> None:
    Budget("b", seconds=1.0).require_room(Cost(1.0, 1e9))
    assert Budget("b").left() == {"seconds": None, "money": None}
    assert SPENT.to_dict()["left"] == {"seconds": 2.0, "money": 2.5}


@pytest.mark.parametrize("wrong", [-1.0, float("nan"), float("inf"), "much", True])
def test_amounts_are_checked(wrong: float) -> None:
    with pytest.raises(QoptError, match="give a finite number, 0 or more"):
        Budget("b", seconds=wrong)
    with pytest.raises(QoptError, match="give a finite number, 0 or more"):
        Cost(0.0, wrong)
