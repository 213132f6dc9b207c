"""The best known value that a plan beside the file of its problem proves.

The problem itself scores it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from qopt import Evaluation, QoptError
from qopt.kit.files import Text, noted

from .distances import CHOICES
from .plan_files import PlanFile, beside, read_routes, read_tour


class Scored(Protocol):
    """What a problem must have for a plan of its file to be scored."""

    @property
    def best_known(self) -> float | None: ...

    def evaluate(self, plan: Any) -> Evaluation: ...


class Routing(Scored, Protocol):
    """A `VehicleRouting`."""

    @property
    def fleet(self) -> Sequence[Any]: ...

    def routes(self, trucks: Any, vehicle: str | None = None) -> Any: ...


class RoundTrip(Scored, Protocol):
    """A `TravellingSalesman`."""

    def tour(self, order: Any) -> Any: ...


ProblemT = TypeVar("ProblemT", bound=Scored)
RoutingT = TypeVar("RoutingT", bound=Routing)
RoundTripT = TypeVar("RoundTripT", bound=RoundTrip)


def with_published(
    problem: RoutingT, text: Text, kinds: Sequence[int], rounded: Callable[[str], RoutingT]
) -> RoutingT:
    """The problem with the value of the .sol beside its file.

    `kinds` has the type of each vehicle, where they differ.

    Customers of such a file are numbered as ours. `rounded` gives the problem with distances
    rounded otherwise: a plan that costs there what it is said to cost tells how its author rounds.
    """
    path = beside(text, ".sol")
    if path is None:
        return problem
    types = [vehicle.name for vehicle in problem.fleet]

    def plan(file: PlanFile) -> Any:
        routes = []
        for vehicle, customers in file.trips:
            if customers:
                kind = kinds[min(vehicle, len(kinds)) - 1] if kinds else 0
                routes += problem.routes([customers], types[kind] if types else None).routes
        return type(problem.routes([]))(tuple(routes))

    return _with_value(problem, path, read_routes, plan, rounded)


def with_published_tour(
    problem: RoundTripT, text: Text, first: int, rounded: Callable[[str], RoundTripT]
) -> RoundTripT:
    """The problem with the length of the .opt.tour beside its file.

    Its cities are numbered from `first` on.
    """
    path = beside(text, ".opt.tour")
    if path is None:
        return problem
    return _with_value(
        problem,
        path,
        read_tour,
        lambda file: problem.tour([city - first for city in file.trips[0][1]]),
        rounded,
    )


def _with_value(
    problem: ProblemT,
    path: Path,
    read: Callable[[Path], PlanFile],
    plan: Callable[[PlanFile], Any],
    rounded: Callable[[str], ProblemT],
) -> ProblemT:
    try:
        file = read(path)
        given = plan(file)
        score = problem.evaluate(given)
    except (QoptError, IndexError) as error:
        said = str(error) if isinstance(error, QoptError) else f"{path}: nodes that do not exist"
        return noted(problem, [f"no best known value: {said}"])
    if not score.feasible:
        broken = "; ".join(str(violation) for violation in score.violations[:2])
        return noted(
            problem, [], [f"no best known value from {path.name}: its plan breaks {broken}"]
        )
    if file.cost is not None and not file.cost.is_(score.objective):
        object.__setattr__(problem, "best_known", None)
        stated = f"{path.name} says that its plan costs {file.cost.text}"
        said = f"{stated}; here it costs {score.objective:g}"
        return noted(problem, [], [f"no best known value: {said}{_reason(file, given, rounded)}"])
    known = problem.best_known
    if known is not None and known < score.objective:
        return noted(
            problem,
            [f"the plan in {path.name} costs {score.objective:g}, more than the best known"],
        )
    object.__setattr__(problem, "best_known", score.objective)
    return noted(problem, [f"best known: {score.objective:g}, what the plan in {path.name} costs"])


def _reason(file: PlanFile, plan: Any, rounded: Callable[[str], Scored]) -> str:
    """The rounding under which the plan costs what is said, where there is one."""
    for rounding in CHOICES:
        try:
            score = rounded(rounding).evaluate(plan)
        except QoptError:
            continue
        if file.cost is not None and file.cost.is_(score.objective):
            return f', and what it says with rounding="{rounding}"'
    return ""
