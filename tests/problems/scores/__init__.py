"""Plans scored a second time: slowly, by the definitions of the literature.

No code is that of the problems themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Score:
    """What a plan costs or earns, whether it keeps every rule, and the rules broken.

    Those are named where they are told by name.
    """

    objective: float
    feasible: bool
    broken: frozenset[str] = frozenset()


def score(problem: Any, plan: Any) -> Score:
    """The plan by the definition of the problem's class."""
    from . import logistics, plain, portfolio, scheduling

    scores = logistics.SCORES | plain.SCORES | portfolio.SCORES | scheduling.SCORES
    return scores[type(problem)](problem, plan)
