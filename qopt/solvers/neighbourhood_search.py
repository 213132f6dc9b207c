"""Solver `hybrid`: a plan improved in parts, each a smaller problem for any other solver, a device
too.

It begins with the plan given, else the problem's greedy one. The whole model is never built where
there is such a plan. The problem's own local search runs between the parts, and the account says
how much each gained.

Source: large neighbourhood search, Shaw (1998); choice among neighbourhoods by success, Ropke and
Pisinger (2006).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import NotReady, QoptError, UnknownName
from ..kit.checks import require, require_count
from ..kit.threads import available_threads
from ..plugins import is_resumable, make_solver, solver_names
from ..problem import Improvable, Neighbourhoods
from ..solver import Answer, Solver, Task

if TYPE_CHECKING:
    from .neighbourhoods.parts import PartsSolver

SIZE = 600  # variables of a part, unless the subsolver says what it takes


@dataclass(frozen=True)
class NeighbourhoodSearch:
    """Parts of a plan, solved again and again.

    Parameters
    ----------
    subsolver
        The name of the solver that takes the subproblems.
    subparameters
        The subsolver's own; default what suits many short calls.
    size
        Variables of a subproblem at most; default 600, or what the subsolver says it can take.
    num_rounds
        Stop after so many; with a seed, and a subsolver whose own budget is in sweeps, the same
        answer each time.
    breadth
        Neighbourhoods tried from the same plan in a round; threads work on them side by side.
    num_threads
        At most so many at once; default one a core.

    Raises
    ------
    QoptError
        For a problem that does not offer neighbourhoods (`qopt.Neighbourhoods`; bare models do).
    """

    subsolver: str = "annealer"
    subparameters: Mapping[str, Any] | None = None
    size: int | None = None
    num_rounds: int | None = None
    breadth: int = 2
    num_threads: int | None = None

    algorithm_version: ClassVar = 1
    summary: ClassVar = (
        "parts of a plan solved again and again by another solver: for what is too large to "
        "anneal whole"
    )
    needs: ClassVar = "a problem with neighbourhoods"

    def __post_init__(self) -> None:
        require(
            self.subsolver not in ("hybrid", "auto", "race"),
            "subsolver",
            self.subsolver,
            "a solver of whole problems",
        )
        if self.subsolver not in solver_names():
            raise UnknownName("solver", str(self.subsolver), solver_names())
        given = self.subparameters
        require(
            given is None or isinstance(given, Mapping),
            "subparameters",
            given,
            "a mapping of the subsolver's parameters",
        )
        require_count("size", self.size, optional=True)
        require_count("num_rounds", self.num_rounds, optional=True)
        require_count("breadth", self.breadth)
        require_count("num_threads", self.num_threads, optional=True)

    def missing(self) -> str | None:
        try:
            return self._subsolver().missing()
        except NotReady as error:
            return str(error)

    def device_seconds_at_most(self, time_limit: float) -> float:
        """What a call may be charged."""
        return self._at_most("device_seconds_at_most", time_limit) or 0.0

    def money_at_most(self, time_limit: float) -> float | None:
        """What a call may cost; None where nothing says."""
        return self._at_most("money_at_most", time_limit)

    def _at_most(self, what: str, time_limit: float) -> float | None:
        """Of the subsolver, of each round once, or once a part; None where it says nothing."""
        from .neighbourhoods.parts import ForParts

        subsolver = self._subsolver(ready=False)
        asked = getattr(subsolver, what, None)
        told = None if asked is None else asked(time_limit)
        if told is None or self.num_rounds is None:
            return None
        calls = self.num_rounds * (1 if isinstance(subsolver, ForParts) else self.breadth)
        return calls * float(told)

    def solve(self, task: Task) -> Answer:
        from .neighbourhoods.choice import Choice
        from .neighbourhoods.search import Search

        problem = task.problem
        if not isinstance(problem, Neighbourhoods):
            kind = type(problem).__name__
            raise QoptError(f"a {kind} has no neighbourhoods; take solver 'annealer'")
        if task.time_limit is None and self.num_rounds is None:
            raise QoptError("solver 'hybrid' needs a time_limit or num_rounds")
        subsolver = self._subsolver()
        self._check(subsolver)
        parts = self._for_parts(subsolver, cleaned=isinstance(problem, Improvable))
        with closing(parts):
            task.timing.add("jit", parts.warm_up())
            choice = Choice(problem.kinds, self.size or _capacity(parts, subsolver) or SIZE)
            search = Search(task, problem, parts, choice, self.breadth)
            search.prepare()
            task.start()
            with task.timing("sample", less=("decode", "evaluate")):
                stopped_by = search.run(self.num_rounds, self.num_threads or available_threads())
        return Answer(
            plans=[search.best.plan],
            replayable=not (
                search.cut_at_first or search.taken_over or stopped_by in ("failure", "budget")
            ),
            stopped_by=stopped_by,
            info=self._with_what_was_sent(search.info()) | {"subsolver": self.subsolver},
        )

    def _with_what_was_sent(self, info: dict[str, Any]) -> dict[str, Any]:
        """And a note where a service with a journal was asked nothing."""
        asked = "jobs" in info or "notes" in info
        if asked or not is_resumable(self.subsolver):
            return info
        settled = f"nothing was sent to {self.subsolver!r}: all parts were decided on this machine"
        return info | {"notes": [settled]}

    def _subsolver(self, *, ready: bool = True) -> Solver:
        return make_solver(self.subsolver, dict(self.subparameters or {}), ready=ready)

    def _check(self, subsolver: Solver) -> None:
        if not getattr(subsolver, "takes_parts", True):
            raise QoptError(
                f"subsolver={self.subsolver!r} divides problems by itself, and would charge seconds"
                f" for each part: give it the whole, as solver={self.subsolver!r}, or take another"
                " subsolver"
            )
        if getattr(subsolver, "paid", False) and self.num_rounds is None:
            raise QoptError(
                f"each round sends {self.breadth} parts to {self.subsolver!r}, which costs: give "
                "num_rounds=, the most allowed"
            )

    def _for_parts(self, subsolver: Solver, *, cleaned: bool) -> PartsSolver:
        from .neighbourhoods.parts import ForParts, Unlearning

        if not isinstance(subsolver, ForParts):
            return Unlearning(subsolver)
        return subsolver.for_parts(as_given=self.subparameters is not None, cleaned=cleaned)


def _capacity(parts: PartsSolver, subsolver: Solver) -> int | None:
    """How many variables of a part the subsolver takes, where it says so."""
    capacity = getattr(parts, "capacity", None) or getattr(subsolver, "capacity", None)
    return None if capacity is None else int(capacity())
