"""A bare dimod model as a Problem: its plans are assignments to its variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from .errors import FileError, QoptError
from .problem import Evaluation, ModelSize, Sense, Violation

if TYPE_CHECKING:
    import dimod

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
        return "\n".join(f"{label} = {value:g}" for label, value in self.values.items() if value != 0)


class Model:
    """A dimod CQM, or a BQM as a CQM without constraints, to be solved as it stands."""

    sense: ClassVar[Sense] = "min"
    plan_type = Assignment

    def __init__(self, cqm: dimod.ConstrainedQuadraticModel, name: str = "") -> None:
        self.name = name
        self.best_known: float | None = None
        self._cqm = cqm

    @classmethod
    def of(cls, model: Any) -> Model:
        """From a CQM, a BQM, a PyQUBO model or expression, or the path of an `.lp` file. Raises QoptError otherwise."""
        import dimod

        if isinstance(model, str | Path):
            return cls(_read_lp(Path(model)), name=Path(model).stem)
        if type(model).__module__.partition(".")[0] in ("pyqubo", "cpp_pyqubo"):
            from .compile.pyqubo import to_bqm

            model = to_bqm(model)
        if isinstance(model, dimod.BinaryQuadraticModel):
            model = dimod.ConstrainedQuadraticModel.from_bqm(model)
        if isinstance(model, dimod.ConstrainedQuadraticModel):
            return cls(model)
        raise QoptError(
            f"cannot solve a {type(model).__name__}; give a Problem, a dimod CQM or BQM, a PyQUBO model, or an .lp file's path"
        )

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
        # dimod's own arithmetic: the objective, plus what broken soft constraints charge
        scored = dimod.SampleSet.from_samples_cqm([values], self._cqm)
        return Evaluation(float(scored.record.energy[0]), tuple(broken))

    def model_size(self) -> ModelSize:
        cqm = self._cqm
        couplings = cqm.objective.num_interactions
        return ModelSize(len(cqm.variables), couplings, len(cqm.constraints))

    def fingerprint_parts(self) -> dict[str, Any]:
        from .compile import ModelArrays

        return ModelArrays.from_cqm(self._cqm).fingerprint_parts()


def _read_lp(path: Path) -> dimod.ConstrainedQuadraticModel:
    import dimod

    if path.suffix != ".lp":
        raise FileError(path, "not an .lp file; read other formats with their problem's read(), as VehicleRouting.read(path)")
    try:
        with path.open("rb") as file:
            return dimod.lp.load(file)
    except OSError as error:
        raise FileError(path, error.strerror or str(error)) from None
    except ValueError as error:
        raise FileError(path, f"not a readable LP file: {error}") from None
