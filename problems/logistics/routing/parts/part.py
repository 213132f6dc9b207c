"""A part of a plan of routes as a problem of its own, whatever its model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from qopt import Evaluation, ModelSize

from ..evaluation import evaluate
from ..models.formulation import Formulation
from ..plan import Routes

if TYPE_CHECKING:
    import dimod


@dataclass(frozen=True, eq=False)
class RoutesPart:
    """Customers and vehicles that a model shares out; its plans are routes, as of the whole."""

    form: Formulation

    sense: ClassVar[Literal["min", "max"]] = "min"
    plan_type: ClassVar = Routes
    model_is_exact: ClassVar = False  # of all there is to be done, some is left out

    def model_size(self) -> ModelSize:
        return self.form.size()

    def model(self) -> dimod.ConstrainedQuadraticModel:
        return self.form.cqm()

    def decode(self, sample: Mapping[Any, float]) -> Routes:
        return self.form.trips.plan(self.form.chosen(sample))

    def encode(self, plan: Routes) -> dict[Any, float]:
        """Raises QoptError for a plan that the model has no assignment for."""
        return self.form.sample(self.form.trips.routes_of(plan))

    def evaluate(self, plan: Routes) -> Evaluation:
        """What these routes cost and break."""
        form = self.form
        return evaluate(form.trips, plan.routes, form.customers, form.vehicles)
