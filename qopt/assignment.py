"""A bare dimod model as a Problem: its plans are assignments to its variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from .errors import QoptError
from .problem import Evaluation, ModelSize, Neighbourhood, Problem, Sense, Violation

if TYPE_CHECKING:
    import dimod
    import numpy as np

    from .compile.freed import Parts
    from .compile.pyqubo import Watched

TOLERANCE = 1e-6  # how far a constraint may be off before it counts as violated: solvers work in floating point


@dataclass(frozen=True)
class Assignment:
    """Values by variable label."""

    values: Mapping[Any, float]

    def to_dict(self) -> dict[str, Any]:
        return {"values": {str(label): value for label, value in self.values.items()}}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Assignment:
        return cls(dict(data["values"]))

    def __str__(self) -> str:
        return "\n".join(
            f"{label} = {value:g}" for label, value in self.values.items() if value != 0
        )


class Model:
    """A CQM to be solved as it stands. `watched` are terms of its energy that must be 0 in a feasible assignment."""

    sense: ClassVar[Sense] = "min"
    plan_type = Assignment
    kinds: ClassVar = ("groups",)

    def __init__(
        self, cqm: dimod.ConstrainedQuadraticModel, name: str = "", watched: Watched | None = None
    ) -> None:
        self.name = name
        self.best_known: float | None = None
        self._cqm, self._watched = cqm, watched

    @classmethod
    def of(cls, model: Any) -> Model:
        """From what `qopt.compile.sources.Source.of` takes. Raises QoptError otherwise."""
        from .compile.sources import Source

        source = Source.of(model)
        return cls(source.cqm, source.name, source.watched)

    def model(self) -> dimod.ConstrainedQuadraticModel:
        return self._cqm

    def decode(self, sample: Mapping[Any, float]) -> Assignment:
        return Assignment({label: float(sample[label]) for label in self._cqm.variables})

    def encode(self, plan: Assignment) -> dict[Any, float]:
        if set(plan.values) != set(self._cqm.variables):
            raise QoptError("the assignment does not give exactly the model's variables")
        return dict(plan.values)

    def evaluate(self, plan: Assignment) -> Evaluation:
        import dimod

        values = dict(plan.values)
        broken = [
            Violation(str(label), float(amount))
            for label, amount in self._cqm.iter_violations(values)
            if amount > TOLERANCE and not self._cqm.constraints[label].lhs.is_soft()
        ]
        broken += self._broken_penalties(values)
        # dimod's own arithmetic: the objective, plus what broken soft constraints charge
        scored = dimod.SampleSet.from_samples_cqm([values], self._cqm)
        return Evaluation(float(scored.record.energy[0]), tuple(broken))

    def _broken_penalties(self, values: Mapping[Any, float]) -> list[Violation]:
        """PyQUBO's constraints, whose penalties are part of the objective."""
        import numpy as np

        if self._watched is None or not self._watched.labels:
            return []
        given, variables = np.array([list(values.values())], dtype=np.float64), list(values)
        amounts = zip(
            self._watched.labels, self._watched.energies(given, variables)[0], strict=True
        )
        kept = self._watched.satisfied(given, variables)[0]
        return [
            Violation(label, float(amount))
            for (label, amount), ok in zip(amounts, kept, strict=True)
            if not ok
        ]

    def model_size(self) -> ModelSize:
        cqm = self._cqm
        couplings = cqm.objective.num_interactions
        return ModelSize(len(cqm.variables), couplings, len(cqm.constraints))

    def neighbourhood(
        self,
        plan: Assignment,
        kind: str,
        size: int,
        random: np.random.Generator,
        seen: Sequence[Assignment] = (),
    ) -> Neighbourhood | None:
        """Some groups and other variables freed, all else fixed: `qopt.compile.freed`."""
        import numpy as np

        parts = self._parts
        variables = parts.model.variables
        values = np.array([plan.values[label] for label in variables], dtype=np.float64)
        free = parts.draw(values, size, random)
        if not free.any():
            return None
        part = Model(parts.cqm(values, free), self.name)
        mine = {variables[v]: plan.values[variables[v]] for v in np.flatnonzero(free)}
        return Neighbourhood(
            part, Assignment(mine), lambda found: Assignment({**plan.values, **found.values})
        )

    @cached_property
    def _parts(self) -> Parts:
        from .compile.arrays import ModelArrays
        from .compile.freed import Parts

        return Parts(ModelArrays.from_cqm(self._cqm))

    def fingerprint_parts(self) -> dict[str, Any]:
        from .compile import ModelArrays

        return ModelArrays.from_cqm(self._cqm).fingerprint_parts()


def as_problem(model: Any) -> Problem[Any]:
    """`model` itself where it is a Problem, else what `Model.of` makes of it. Raises QoptError for anything else."""
    if hasattr(model, "evaluate") and hasattr(model, "decode"):
        problem: Problem[Any] = model
        return problem
    return Model.of(model)
