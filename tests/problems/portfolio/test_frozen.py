"""A portfolio problem stays as it was made."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from problems.portfolio import (
    ConditionalValueAtRisk,
    IndexTracking,
    MeanVariance,
    Rebalancing,
)

KINDS: list[Any] = [ConditionalValueAtRisk, IndexTracking, MeanVariance, Rebalancing]


@pytest.mark.parametrize("kind", KINDS)
def test_no_attribute_is_changed_added_or_deleted(kind: Any) -> None:
    problem = kind.generate(seed=1)
    before = dict(vars(problem))
    with pytest.raises(FrozenInstanceError, match="'name'"):
        problem.name = "another"
    with pytest.raises(FrozenInstanceError, match="'other'"):
        problem.other = 1
    with pytest.raises(FrozenInstanceError, match="'names'"):
        del problem.names
    assert vars(problem) == before


def test_another_risk_aversion_leaves_the_problem_as_it_is() -> None:
    problem = MeanVariance.generate(assets=4, seed=1)
    assert problem.at(7.0).risk_aversion == 7.0
    assert problem.risk_aversion == 3.0
