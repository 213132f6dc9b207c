"""What a domain problem is to qopt, and what it may offer besides."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar, cast, runtime_checkable

if TYPE_CHECKING:
    import dimod
    import numpy as np

Sense = Literal["min", "max"]
PlanT = TypeVar("PlanT", bound="Plan")


@runtime_checkable
class Plan(Protocol):
    """A solution in the planner's own terms: a frozen dataclass that prints readably."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values only; `plan_type.from_dict` of the problem reads it back."""
        ...


@dataclass(frozen=True)
class Violation:
    """One broken constraint: its domain name and by how much, in the unit named."""

    constraint: str
    amount: float
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.constraint} by {self.amount:g} {self.unit}".rstrip()


@dataclass(frozen=True)
class Evaluation:
    """A plan scored by the domain's own arithmetic: objective, violations and other figures."""

    objective: float
    violations: tuple[Violation, ...] = ()
    kpis: Mapping[str, float] = field(default_factory=dict)

    @property
    def feasible(self) -> bool:
        return not self.violations


@dataclass(frozen=True)
class ModelSize:
    """The size of `Problem.model()`, from a formula: nothing is built to know it."""

    variables: int
    couplings: int
    constraints: int


class Problem(Protocol[PlanT]):
    """A frozen domain object that can be modelled, and whose plans it can score.

    `model` always minimises; for `sense = "max"` it minimises the negated objective.
    """

    @property
    def sense(self) -> Sense:
        """Whether the objective is to be small or large."""
        ...

    def model(self) -> dimod.ConstrainedQuadraticModel:
        """The constrained quadratic model, labelled in domain words."""
        ...

    def decode(self, sample: Mapping[Any, float]) -> PlanT:
        """The plan of an assignment. It may complete a sample but never hides a violation."""
        ...

    def encode(self, plan: PlanT) -> dict[Any, float]:
        """An assignment that decodes to `plan`. Raises QoptError where the model has none."""
        ...

    def evaluate(self, plan: PlanT) -> Evaluation:
        """The plan's objective and violations, from the definition and never from the model."""
        ...

    def model_size(self) -> ModelSize:
        """Variables, couplings and constraints of `model()`."""
        ...


@runtime_checkable
class Constructive(Protocol):
    """A problem with a quick constructive heuristic."""

    def greedy(self) -> Plan:
        """A plan built in one go; the same each time. It need not be feasible."""
        ...


@runtime_checkable
class Published(Protocol):
    """An instance with a name and, where one is known, the best objective anyone has reported."""

    name: str
    best_known: float | None


@runtime_checkable
class Approximate(Protocol):
    """A problem whose model is coarser or narrower: a proof of it is none of the problem."""

    @property
    def model_is_exact(self) -> bool:
        """Whether the model's optimum is the problem's."""
        ...


@runtime_checkable
class Noted(Protocol):
    """A problem that was read, and what was used, guessed, chosen or left out of it."""

    notes: tuple[str, ...]


@runtime_checkable
class Scored(Protocol):
    """A problem that scores many samples of its model in one go."""

    def score_samples(self, values: Any, variables: Sequence[Any]) -> list[tuple[Any, Evaluation]]:
        """The plan and its evaluation of each assignment float64[k, n] to `variables`.

        These are the model's, in any order.
        """
        ...


@dataclass(frozen=True)
class Neighbourhood:
    """A smaller problem inside a plan, and the way back.

    `plan` is the part of the present plan that is free, as a plan of `problem`; `back` makes of any
    plan of `problem` one of the whole, and `back(plan)` scores as the present one does.
    """

    problem: Problem[Any]
    plan: Plan
    back: Callable[[Any], Any]


@runtime_checkable
class Neighbourhoods(Protocol):
    """A problem that can be improved in parts, by solver `hybrid`, without its whole model."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of neighbourhood there are, in the domain's words, as "routes" or "window"."""
        ...

    def neighbourhood(
        self, plan: Any, kind: str, size: int, random: np.random.Generator, seen: Sequence[Any] = ()
    ) -> Neighbourhood | None:
        """A random neighbourhood of `plan` whose model has about `size` variables, and never more.

        `seen` are other plans of this problem found so far, latest last, for kinds that recombine.
        None where this kind has none of that size.
        """
        ...


@runtime_checkable
class Preparable(Protocol):
    """Neighbourhoods that need the whole model once, which counts as compile time."""

    def prepare_neighbourhoods(self) -> None: ...


@runtime_checkable
class Sized(Protocol):
    """A problem that says up to which size its model is better annealed whole than in parts."""

    @property
    def anneal_whole_up_to(self) -> int:
        """Variables of the model: solver `auto` anneals the whole up to here, as was measured."""
        ...


@runtime_checkable
class Improvable(Protocol):
    """A problem with a cheap local search of its own."""

    def improve(self, plan: Any) -> Plan:
        """`plan`, or one as feasible that is better; the same each time, in milliseconds."""
        ...


@runtime_checkable
class Drawable(Protocol):
    """A problem that can draw a plan."""

    def draw(self, plan: Any, axes: Any) -> None:
        """Draw `plan` on matplotlib `axes`."""
        ...


def class_name(problem: object) -> str:
    """The name of a problem's class in kebab case."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", type(problem).__name__).lower()


def name_of(problem: object) -> str:
    """The instance's own name where it has one, else that of its class."""
    return problem.name if isinstance(problem, Published) and problem.name else class_name(problem)


def better(sense: Sense, a: float, b: float) -> bool:
    """Whether objective `a` beats `b`."""
    return a < b if sense == "min" else a > b


def plan_key(plan: Plan) -> Hashable:
    """The same for equal plans: the plan itself if it hashes by content, else its JSON."""
    if getattr(plan, "hashes_by_content", False):
        return cast("Hashable", plan)
    return json.dumps(plan.to_dict(), sort_keys=True)
