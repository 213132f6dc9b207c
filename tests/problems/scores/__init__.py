"""Plans scored a second time: slowly, by the definitions of the literature, with no code that the problems use themselves."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

DOMAINS = ("logistics", "plain", "portfolio", "scheduling")


@dataclass(frozen=True)
class Score:
    """What a plan costs or earns, whether it keeps every rule, and the rules broken, where they are told by name."""

    objective: float
    feasible: bool
    broken: frozenset[str] = frozenset()


def score(problem: Any, plan: Any) -> Score:
    """The plan by the definition of the problem's class."""
    for domain in DOMAINS:
        try:
            scores = importlib.import_module(f".{domain}", __name__).SCORES
        except ModuleNotFoundError:  # until all four are there
            continue
        if type(problem) in scores:
            found: Score = scores[type(problem)](problem, plan)
            return found
    raise LookupError(f"no plain score of {type(problem).__name__}")
