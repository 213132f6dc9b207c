"""What the emulated hybrid solvers have in common."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from ...errors import QoptError
from ...kit.checks import require_count, require_positive
from ..backends import Broke, Kind, Refused, Reply, Work
from .definitions import DESCRIPTION

Model = TypeVar("Model")


@dataclass(frozen=True)
class Hybrid(ABC, Generic[Model]):
    """A backend that answers uploaded models of one type within the time limit of the job, which is
    also what it charges.

    Parameters
    ----------
    seed
        0 or more: what is drawn for the k-th job is drawn by it and k. How far a search comes in
        its time still differs from run to run.
    least
        Seconds above 0: the time limit that a small model must be given at the least. Rehearsals
        are quicker with less than the default, which is the real service's.
    """

    seed: int = 0
    least: float = 5.0

    name: ClassVar[str]
    kind: ClassVar[Kind]

    def __post_init__(self) -> None:
        require_count("seed", self.seed, least=0)
        require_positive("least", self.least, wanted="seconds above 0")

    def definition(self) -> dict[str, Any]:
        return {
            "identity": {"name": self.name},
            "description": DESCRIPTION,
            "properties": self.properties(),
        }

    def check(self, work: Work) -> None:
        try:
            self._read(work)
        except QoptError as error:
            raise Refused(str(error)) from None

    def answer(self, work: Work) -> Reply:
        started = time.perf_counter()
        try:
            model, charged = self._read(work)
            left = max(charged - (time.perf_counter() - started), charged / 2)
            seed = _job_seed(self.seed, work.number)
            return self._solved(model, Job(work, left, seed, charged, started))
        except QoptError as error:
            raise Broke(str(error)) from None

    @abstractmethod
    def properties(self) -> dict[str, Any]:
        """The solver's properties, JSON-ready."""

    @abstractmethod
    def _read(self, work: Work) -> tuple[Model, float]:
        """The model and the seconds that it is given. Raises QoptError for what is refused."""

    @abstractmethod
    def _solved(self, model: Model, job: Job) -> Reply:
        """Raises QoptError where the model cannot be solved."""


@dataclass(frozen=True)
class Job:
    """A job at work: `seconds` are left for the search, of `charged` in all; it began at `started`
    of `time.perf_counter()`.
    """

    work: Work
    seconds: float
    seed: int
    charged: float
    started: float

    @property
    def run(self) -> float:
        """Seconds since it began."""
        return time.perf_counter() - self.started


def _job_seed(seed: int, number: int) -> int:
    """The seed of a solver's job of that number."""
    import numpy as np

    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
