"""What is sent to where a trial is solved, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..problem import Problem
from .recipe import Recipe

Outcome = Literal[
    "feasible", "infeasible", "none-found", "failed", "timeout", "killed", "interrupted"
]


@dataclass(frozen=True)
class Job:
    """What a trial needs to be solved, without what it is called; `memory` in gigabytes.

    `problem` may be how to make it, and is None on the way to a process that has it already;
    `content` is its hash.
    """

    problem: Problem[Any] | Recipe | None
    content: str
    solver: str
    parameters: Mapping[str, Any]
    time_limit: float
    seed: int
    threads: int = 1
    memory: float | None = None


@dataclass(frozen=True)
class Reply:
    """What came of a job: the `facts` of its record, and the `document` of its result, if any.

    `pending`: a device may still have something of it, and charge it.
    """

    outcome: Outcome
    facts: Mapping[str, Any] = field(default_factory=dict)
    document: bytes | None = None
    error: str | None = None
    retryable: bool = False
    pending: bool = False
