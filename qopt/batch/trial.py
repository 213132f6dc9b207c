"""One solve that a study asks for, and the hash of what it means."""

from __future__ import annotations

import hashlib
import json
import pickle  # asks whether a problem can be sent to another process
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ..errors import QoptError
from ..plugins import algorithm_version, is_paid, is_resumable, make_solver
from ..problem import Problem
from ..provenance import fingerprint
from .recipe import Recipe

FORMAT = 1  # of keys; another number makes every earlier record stale


@dataclass(frozen=True)
class Instance:
    """A problem of a study: its `name` there, which no other has, and what it was made of.

    `content` is the hash of the problem; `source` says in words of the study where it is from.
    """

    kind: str
    name: str
    problem: Problem[Any]
    content: str
    source: Mapping[str, Any]

    @classmethod
    def of(
        cls, kind: str, name: str, problem: Problem[Any], source: Mapping[str, Any] | None = None
    ) -> Instance:
        return cls(kind, name, problem, fingerprint(problem), source or {})

    @cached_property
    def sent(self) -> Problem[Any] | Recipe:
        """What is sent to another process: the problem, or how to make it where it cannot be."""
        try:
            pickle.dumps(self.problem)
        except (TypeError, AttributeError, pickle.PicklingError, QoptError):
            return Recipe(self.kind, self.source)
        return self.problem

    @cached_property
    def size(self) -> dict[str, int]:
        """Variables, couplings and constraints of the model, from a formula."""
        return asdict(self.problem.model_size())


@dataclass(frozen=True)
class Fallback:
    """Who solves a trial instead, called `name` in the study, and on what; see FallbackEntry."""

    name: str
    solver: str
    parameters: Mapping[str, Any]
    price: float | None
    on: tuple[str, ...]
    last: int


@dataclass(frozen=True)
class Tuned:
    """What it took to choose a solver's `parameters`: trials, seconds and money in all."""

    parameters: Mapping[str, Any]
    trials: int
    seconds: float
    money: float


@dataclass(frozen=True)
class Trial:
    """One solve: an instance, a solver called `name` in the study, a seed and a budget.

    `time_limit` is in seconds, `price` in money a call where the study states one.
    """

    instance: Instance
    solver: str
    parameters: Mapping[str, Any]
    time_limit: float
    seed: int
    name: str = ""
    price: float | None = None
    fallback: Fallback | None = None
    tuned: Tuned | None = None
    copy: int = 1

    @property
    def solver_name(self) -> str:
        """The solver's label in the study, or else its own name."""
        return self.name or self.solver

    @property
    def label(self) -> str:
        """Fit for a file name; unique among trials that were `numbered`."""
        label = folder_of(f"{self.instance.name}--{self.solver_name}--seed-{self.seed}")
        return label if self.copy == 1 else f"{label}--{self.copy}"

    @cached_property
    def parts(self) -> dict[str, Any]:
        """What the answer depends on, in JSON's values."""
        return {
            "kind": self.instance.kind,
            "instance": self.instance.content,
            "solver": self.solver,
            "parameters": json.loads(json.dumps(dict(self.parameters), default=repr)),
            "seed": self.seed,
            "time_limit": self.time_limit,
            "algorithm_version": algorithm_version(self.solver),
            **({} if self.fallback is None else {"fallback": self._other()}),
        }

    def _other(self) -> dict[str, Any]:
        """The fallback, as far as an answer depends on it."""
        assert self.fallback is not None
        told = {**asdict(self.fallback), "version": algorithm_version(self.fallback.solver)}
        plain: dict[str, Any] = json.loads(json.dumps(told, default=repr))
        return plain

    @cached_property
    def key(self) -> str:
        """The hash of `parts`: equal keys, the same question."""
        document = json.dumps({"format": FORMAT, **self.parts}, sort_keys=True)
        return hashlib.sha256(document.encode()).hexdigest()

    def instead(self) -> Trial:
        """The same by the fallback; its label stays that of the trial."""
        assert self.fallback is not None
        other = self.fallback
        return replace(
            self, solver=other.solver, parameters=other.parameters, price=other.price, fallback=None
        )

    @property
    def paid(self) -> bool:
        """Whether running it costs money."""
        return is_paid(self.solver, self.parameters) or bool(self.price)

    def money_at_most(self) -> float | None:
        """The study's price, or what the solver says that it may cost; None where neither does."""
        if self.price is not None:
            return self.price
        solver = make_solver(self.solver, dict(self.parameters), ready=False)
        asked = getattr(solver, "money_at_most", None)
        return asked(self.time_limit) if callable(asked) else None

    @property
    def resumable(self) -> bool:
        """Whether it can be begun again without a second payment."""
        return is_resumable(self.solver, self.parameters)

    def file(self, folder: Path) -> Path:
        """Where its result is saved in a study's folder."""
        return folder / "results" / f"{self.label}.json"


def folder_of(words: str) -> str:
    """Words as a name that any file system takes."""
    return re.sub(r"[^\w.-]+", "-", words).lstrip(".")[:180]


def numbered(trials: Iterable[Trial]) -> tuple[Trial, ...]:
    """The trials, those that would share a label told apart by their `copy`: 1, 2, ..."""
    counts: dict[str, int] = {}
    apart = []
    for trial in trials:
        label = trial.label
        counts[label] = counts.get(label, 0) + 1
        apart.append(trial if counts[label] == 1 else replace(trial, copy=counts[label]))
    return tuple(apart)
