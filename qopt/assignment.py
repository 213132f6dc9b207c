"""A bare model as a Problem: its plans are assignments to its variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import fsum
from typing import TYPE_CHECKING, Any, ClassVar

from .errors import QoptError
from .problem import Evaluation, ModelSize, Neighbourhood, Problem, Sense, Violation

if TYPE_CHECKING:
    import dimod
    import numpy as np

    from .compiler.model.arrays import Floats
    from .compiler.model.freed import Parts
    from .compiler.model.scoring import Scorer
    from .compiler.sources.sources import Source

TOLERANCE = 1e-6  # how far a constraint may be off before it counts: solvers work in floating point


@dataclass(frozen=True)
class Assignment:
    """Values by variable label."""

    values: Mapping[Any, float]

    hashes_by_content: ClassVar = True

    def to_dict(self) -> dict[str, Any]:
        return {"values": {str(label): value for label, value in self.values.items()}}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Assignment:
        return cls(dict(data["values"]))

    def __str__(self) -> str:
        return "\n".join(
            f"{label} = {value:g}" for label, value in self.values.items() if value != 0
        )

    def __hash__(self) -> int:
        """The sum in whatever order: a set of the items would take ten times as long."""
        return hash((len(self.values), fsum(self.values.values())))


class Model:
    """A model to be solved as it stands, in the sense and in the variables of whoever wrote it."""

    plan_type = Assignment
    kinds: ClassVar = ("groups",)

    def __init__(self, source: Source) -> None:
        self.source = source
        self.name, self.best_known = source.name, source.best_known
        self.sense: Sense = source.sense
        self.notes = source.notes

    def __getstate__(self) -> dict[str, Any]:
        """Without what was made of the model to score it, which is made again."""
        return {k: v for k, v in vars(self).items() if k not in ("_parts", "_scorer")}

    @classmethod
    def of(cls, model: Any, **options: Any) -> Model:
        """From what `qopt.compiler.sources.sources.Source.of` takes. Raises QoptError otherwise."""
        from .compiler.sources.sources import Source

        return cls(Source.of(model, **options))

    def model(self) -> dimod.ConstrainedQuadraticModel:
        """Always minimised: of a source that maximises, its objective is negated."""
        return self.source.cqm

    def decode(self, sample: Mapping[Any, float]) -> Assignment:
        import numpy as np

        values = np.array(
            [[sample[label] for label in self.source.cqm.variables]], dtype=np.float64
        )
        return self._plans(values)[0]

    def encode(self, plan: Assignment) -> dict[Any, float]:
        """Raises QoptError where the plan does not give just the variables a person wrote."""
        values = self._encoded(self._rows([plan]))
        return dict(zip(self.source.cqm.variables, values[0].tolist(), strict=True))

    def evaluate(self, plan: Assignment) -> Evaluation:
        return self._evaluations(self._rows([plan]))[0]

    def score_samples(
        self, values: Floats, variables: Sequence[Any]
    ) -> list[tuple[Assignment, Evaluation]]:
        """Assignments float64[k, n] to the variables as plans, all scored in one product."""
        import numpy as np

        column = {label: k for k, label in enumerate(variables)}
        order = [column[label] for label in self.source.cqm.variables]
        ours = np.asarray(values, dtype=np.float64)[:, order]
        view = self.source.view
        shown = ours if view is None else view.shown(ours)
        return list(zip(self._plans(ours), self._evaluations(shown), strict=True))

    def model_size(self) -> ModelSize:
        cqm = self.source.cqm
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
        """Some groups and other variables freed, all else fixed: `qopt.compiler.model.freed`.

        A part speaks of the model's variables and is minimised, whatever the whole is.
        """
        import numpy as np

        from .compiler.sources.sources import Source

        parts = self._parts
        variables = parts.model.variables
        values = np.array(list(self.encode(plan).values()), dtype=np.float64)
        free = parts.draw(values, size, random)
        if not free.any():
            return None
        part = Model(Source(parts.cqm(values, free), self.name))
        places = np.flatnonzero(free).tolist()
        mine = {variables[v]: float(values[v]) for v in places}

        def back(found: Assignment) -> Assignment:
            whole = dict(zip(variables, values.tolist(), strict=True))
            return self.decode(whole | dict(found.values))

        return Neighbourhood(part, Assignment(mine), back)

    def prepare_neighbourhoods(self) -> None:
        """Make what `neighbourhood` draws from, which takes long of a large model."""
        import numpy as np

        parts = self._parts
        parts.draw(parts.model.lower, 2, np.random.default_rng(0))

    @cached_property
    def _parts(self) -> Parts:
        from .compiler.model.freed import Parts

        return Parts(self._scorer.model)

    @cached_property
    def _scorer(self) -> Scorer:
        from .compiler.model.arrays import ModelArrays
        from .compiler.model.scoring import Scorer

        return Scorer(ModelArrays.from_cqm(self.source.cqm))

    @property
    def _variables(self) -> Sequence[Any]:
        """Those a person wrote."""
        view = self.source.view
        return self.source.cqm.variables if view is None else view.variables

    def _rows(self, plans: Sequence[Assignment]) -> Floats:
        import numpy as np

        variables = self._variables
        for plan in plans:
            if set(plan.values) != set(variables):
                raise QoptError("the assignment does not give exactly the model's variables")
        return np.array(
            [[plan.values[label] for label in variables] for plan in plans], dtype=np.float64
        ).reshape(len(plans), len(variables))

    def _encoded(self, values: Floats) -> Floats:
        return values if self.source.view is None else self.source.view.encoded(values)

    def _plans(self, values: Floats) -> list[Assignment]:
        """Of float64[k, n] of the model's variables."""
        view, variables = self.source.view, self._variables
        shown = values if view is None else view.shown(values)
        return [Assignment(dict(zip(variables, row, strict=True))) for row in shown.tolist()]

    def _evaluations(self, values: Floats) -> list[Evaluation]:
        """Of float64[k, n] of the variables a person wrote."""
        scorer, view = self._scorer, self.source.view
        encoded = self._encoded(values)
        violations = scorer.violations(encoded)
        objective = None if view is None else view.objective(values)
        if objective is None:
            sign = 1.0 if self.sense == "min" else -1.0
            objective = sign * scorer.energies(encoded, violations) + 0.0  # and no -0.0
        broken = [
            rows + terms
            for rows, terms in zip(
                self._broken_rows(violations), self._broken_terms(values), strict=True
            )
        ]
        scored = zip(objective.tolist(), broken, strict=True)
        return [Evaluation(value, tuple(violated)) for value, violated in scored]

    def _broken_rows(self, violations: Floats) -> list[list[Violation]]:
        """Of float64[k, m], those of hard constraints."""
        import numpy as np

        model = self._scorer.model
        return [
            [Violation(str(model.labels[c]), float(row[c])) for c in np.flatnonzero(broken)]
            for row, broken in zip(violations, (violations > TOLERANCE) & model.hard, strict=True)
        ]

    def _broken_terms(self, values: Floats) -> list[list[Violation]]:
        """PyQUBO's constraints, whose penalties are part of the objective."""
        watched = self.source.watched
        amounts, kept = watched.judged(values, self._variables)
        return [
            [
                Violation(label, float(amount))
                for label, amount, ok in zip(watched.labels, row, good, strict=True)
                if not ok
            ]
            for row, good in zip(amounts, kept, strict=True)
        ]

    def fingerprint_parts(self) -> dict[str, Any]:
        return self._scorer.model.fingerprint_parts()


def as_problem(model: Any, **options: Any) -> Problem[Any]:
    """`model` itself where it is a Problem, else what `Model.of` makes of it and of the options
    that are not None.

    Raises QoptError for anything else.
    """
    given = {name: value for name, value in options.items() if value is not None}
    if hasattr(model, "evaluate") and hasattr(model, "decode"):
        for name, value in given.items():
            raise QoptError(f"{name}={value!r} is for bare models; leave it out here")
        problem: Problem[Any] = model
        return problem
    return Model.of(model, **given)
