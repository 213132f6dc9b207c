"""Is the model what its file says? Asked of some assignments, by a second reading of the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..assignment import Model
from ..errors import QoptError
from ..kit.checks import require_count
from ..pages import Page, Printed, Section

if TYPE_CHECKING:
    import numpy as np

    from .meaning import Floats, Meaning

NEAR = 1e-6  # relative and absolute, within which two sums of the same terms are the same
LETTERS = 30_000_000  # of the file, times assignments: a second or two
SUFFIXES = (" (at least)", " (at most)")
SHOWN = 8  # variables of a counterexample


@dataclass(frozen=True)
class Reading(Printed):
    """Whether a model is what its file says, as far as `assignments` and the file's `rows` and
    `variables` show.

    `difference` tells the first that was found, None where there is none.
    """

    path: str
    assignments: int
    rows: int
    variables: int
    difference: str | None = None

    @property
    def ok(self) -> bool:
        return self.difference is None

    def page(self) -> Page:
        if self.difference is not None:
            lines = [self.difference]
            return Page(f"The model is not what {self.path} says", [Section(lines=lines)])
        counts = (
            f"{self.variables:,} variables, {self.rows:,} rows, {self.assignments:,} assignments"
        )
        lines = [f"checked: {counts}, by a second reading of the file"]
        return Page(f"The model is what {self.path} says", [Section(lines=lines)])


def check_reading(
    model: str | Path | Model, *, samples: int = 200, seed: int = 0, **options: Any
) -> Reading:
    """Compare a model with its LP or MPS file, at about `samples` assignments, fewer of a large
    file.

    `model` is one of a file, or the path of that, with `options` as `qopt.solve` takes them.
    Compared are variables, their types and bounds, the sense, the objective, and how far each row
    is off. Raises QoptError for a file that is not read at all.
    """
    import numpy as np

    from ..kit.files import Text
    from . import lp_meaning, mps_meaning
    from .meaning import Different

    require_count("samples", samples)
    require_count("seed", seed, least=0)
    problem = model if isinstance(model, Model) else Model.of(model, **options)
    path, form = problem.source.path, problem.source.format
    readings: Mapping[str, Callable[[str, Mapping[str, Floats]], Meaning]] = {
        "lp": lp_meaning.read,
        "mps": mps_meaning.read,
    }
    if path is None or form not in readings:
        raise QoptError(f"{model}: a second reading is there for {' and '.join(readings)} files")
    text = Text.read(path)
    count = int(min(samples, max(4, LETTERS // (1 + len(text.content)))))
    values = _assignments(problem, count, np.random.default_rng(seed))
    compared = _Compared(problem, values)
    difference, meaning = None, None
    try:
        meaning = readings[form](text.content, compared.shown)
        compared.require_same(meaning)
    except Different as error:
        difference = str(error)
    except (KeyError, IndexError, ValueError) as error:
        difference = f"the second reading cannot follow the file ({error})"
    rows = 0 if meaning is None else len(meaning.broken)
    return Reading(str(path), len(values), rows, len(compared.shown), difference)


def _assignments(problem: Model, count: int, random: np.random.Generator) -> Floats:
    """float64[k, n] of the model's variables: all low, all high, one high, and drawn at random."""
    import numpy as np

    cqm = problem.source.cqm
    low = np.array([cqm.lower_bound(v) for v in cqm.variables], dtype=np.float64)
    high = np.array([cqm.upper_bound(v) for v in cqm.variables], dtype=np.float64)
    steps = np.rint(high - low)
    drawn = low + np.floor(random.random((count, len(low))) * (steps + 1))
    sparse = np.where(random.random((count, len(low))) < 0.1, drawn, low)
    single = np.tile(low, (min(count, len(low)), 1))
    chosen = random.permutation(len(low))[: len(single)]
    single[np.arange(len(single)), chosen] = high[chosen]
    return np.concatenate([low[None], high[None], drawn, sparse, single])


class _Compared:
    """A model's assignments, what it says of them, and the file's meaning beside it."""

    def __init__(self, problem: Model, values: Floats) -> None:
        import numpy as np

        self.problem = problem
        scored = problem.score_samples(values, list(problem.source.cqm.variables))
        self.plans = [plan.values for plan, _ in scored]
        self.evaluations = [evaluation for _, evaluation in scored]
        labels = list(self.plans[0])
        table = np.array([[plan[label] for label in labels] for plan in self.plans])
        self.shown = {str(label): table[:, k] for k, label in enumerate(labels)}

    def require_same(self, meaning: Meaning) -> None:
        """Raises Different."""
        from .meaning import Different

        for name in self.shown:
            if name not in meaning.variables:
                raise Different(f"the model has a variable {name!r}, and the file has none")
        if meaning.sense != self.problem.sense:
            raise Different(
                f"the file says {meaning.sense}imise, and the model {self.problem.sense}imises"
            )
        self._require_domains(meaning)
        self._require_objective(meaning)
        self._require_rows(meaning)

    def _require_domains(self, meaning: Meaning) -> None:
        """Of those that the file gives both ends; rows may confine the others."""
        import numpy as np

        from .meaning import Different

        for name, seen in self.shown.items():
            whole = name in meaning.whole
            for said, end, toward in (
                (meaning.lower[name], seen.min(), np.ceil),
                (meaning.upper[name], seen.max(), np.floor),
            ):
                said = toward(said) if whole and np.isfinite(said) else said
                outside = end < said - NEAR if toward is np.ceil else end > said + NEAR
                finite = abs(said) < 1e15
                if outside or (finite and whole and abs(end - said) > NEAR):
                    raise Different(
                        f"the file bounds {name!r} by {said:g}, and the model goes to {end:g}"
                    )
            if whole and (seen != np.rint(seen)).any():
                raise Different(f"the file says that {name!r} is whole, and the model takes others")

    def _require_objective(self, meaning: Meaning) -> None:
        import numpy as np

        from .meaning import Different

        objectives = np.array([evaluation.objective for evaluation in self.evaluations])
        for k in np.flatnonzero(~_near(objectives, meaning.objective))[:1].tolist():
            here = f"{objectives[k]:.10g} in the model"
            there = f"{meaning.objective[k]:.10g} in the file"
            raise Different(f"the objective is {here} and {there}, {self._where(k)}")

    def _require_rows(self, meaning: Meaning) -> None:
        import numpy as np

        from .meaning import Different

        broken = self._broken(len(self.plans))
        for label in [*meaning.broken, *broken]:
            nothing = np.zeros(len(self.plans))
            breaches, said = broken.get(label, nothing), meaning.broken.get(label, nothing)
            same = (
                _near(breaches, said)
                if label in meaning.plain
                else (breaches > NEAR) == (said > NEAR)
            )
            for k in np.flatnonzero(~same)[:1].tolist():
                here, there = f"{breaches[k]:.10g} in the model", f"{said[k]:.10g} in the file"
                raise Different(f"row {label!r} is off by {here} and by {there}, {self._where(k)}")

    def _broken(self, count: int) -> dict[str, Floats]:
        """By the file's labels; of the two sides of a row the worse."""
        import numpy as np

        breaches: dict[str, Floats] = {}
        for k, evaluation in enumerate(self.evaluations):
            for violation in evaluation.violations:
                label = violation.constraint
                for suffix in SUFFIXES:
                    label = label.removesuffix(suffix)
                amounts = breaches.setdefault(label.split(" (line ")[0], np.zeros(count))
                amounts[k] = max(amounts[k], violation.amount)
        return breaches

    def _where(self, k: int) -> str:
        values = [f"{label} = {value:g}" for label, value in self.plans[k].items() if value]
        more = f", {len(values) - SHOWN} more that are not 0" if len(values) > SHOWN else ""
        return f"where {', '.join(values[:SHOWN]) or 'all are 0'}{more}"


def _near(found: Floats, said: Floats) -> Any:
    import numpy as np

    return np.isclose(found, said, rtol=NEAR, atol=NEAR)
