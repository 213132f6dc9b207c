"""What a solve gives back, and its one JSON document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from .errors import FileError, QoptError
from .incumbents import Incumbent
from .kit.saving import replacing
from .pages import Page, Printed
from .problem import Evaluation, Plan, Problem, Sense, Violation
from .result_page import PrintedResult
from .solver import StoppedBy

if TYPE_CHECKING:
    import dimod
    import polars

FORMAT, VERSION = "qopt-result", 1

PlanT = TypeVar("PlanT", bound=Plan)


class Status(StrEnum):
    """What is known of a feasible plan. Never "optimal": a proof is carried as `Result.bound`."""

    FEASIBLE = "feasible"
    INFEASIBLE_PROVED = "infeasible-proved"
    NONE_FOUND = "none-found"


@dataclass(frozen=True)
class Ranked(Generic[PlanT]):
    """A distinct plan with its evaluation and how often it was sampled."""

    plan: PlanT
    evaluation: Evaluation
    occurrences: int


@dataclass(frozen=True)
class SavedPlan:
    """A plan read back without its class: what `to_dict` said of it."""

    data: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        return dict(self.data)


@dataclass(frozen=True, repr=False)
class Result(Generic[PlanT], Printed):
    """One solve.

    `plans` are the distinct plans seen, feasible ones first, better ones first. `objective` is in
    the problem's units and sense. `stopped_by` is what ended the search: "time", "sweeps",
    "target", "interrupt" or "budget"; "done" where it came to its end, "presolve" where there was
    nothing to search, and "failure" where a device failed on the way, of which `notes` tell.
    `bound` is a proved limit on the objective, where the solver proves one. `timing` is in seconds
    by phase. `source` is the problem, for `qopt.diagnose`; it is not saved.
    """

    problem: str
    instance: str
    solver: str
    sense: Sense
    status: Status
    stopped_by: StoppedBy
    plans: tuple[Ranked[PlanT], ...]
    best_known: float | None = None
    bound: float | None = None
    samples: dimod.SampleSet | None = None
    trace: tuple[Incumbent, ...] = ()
    timing: Mapping[str, float] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    source: Problem[PlanT] | None = field(default=None, compare=False)

    @property
    def best(self) -> PlanT | None:
        """The best feasible plan, or None: never an infeasible one."""
        return self.plans[0].plan if self.status is Status.FEASIBLE else None

    @property
    def evaluation(self) -> Evaluation | None:
        """Of the best plan; of the least bad one where none is feasible, to say why."""
        return self.plans[0].evaluation if self.plans else None

    @property
    def objective(self) -> float | None:
        """The best feasible plan's objective, or None."""
        return self.plans[0].evaluation.objective if self.status is Status.FEASIBLE else None

    @property
    def gap(self) -> float | None:
        """How far `objective` is from `best_known`, as a fraction of it; better is negative."""
        return None if self.objective is None else gap(self.sense, self.objective, self.best_known)

    @property
    def ran_by(self) -> str:
        """The solver that ran: the one that `auto` chose, else `solver`."""
        return str(self.provenance.get("solver", {}).get("chosen", self.solver))

    @property
    def notes(self) -> tuple[str, ...]:
        """What was used, guessed, chosen or left out of the input, and what to know of the run."""
        rooms = (self.provenance.get(room, {}) for room in ("input", "solver"))
        return tuple(note for room in rooms for note in room.get("notes", ()))

    def table(self) -> polars.DataFrame:
        """A row a distinct plan: rank, feasible, objective, occurrences, violations, KPIs."""
        import polars

        rows = [
            {
                "rank": rank,
                "feasible": ranked.evaluation.feasible,
                "objective": float(ranked.evaluation.objective),
                "occurrences": ranked.occurrences,
                "violations": "; ".join(map(str, ranked.evaluation.violations)),
                **ranked.evaluation.kpis,
            }
            for rank, ranked in enumerate(self.plans, 1)
        ]
        return polars.DataFrame(rows, infer_schema_length=None)

    def save(self, path: str | Path) -> Path:
        """Write one JSON document, whole or not at all. Raises FileError."""
        with replacing(path) as file:
            file.write(self.to_json().encode())
        return Path(path)

    def to_json(self) -> str:
        """The text that `save` writes."""
        return json.dumps(self.to_dict(), indent=1, allow_nan=False)

    def to_dict(self) -> dict[str, Any]:
        """The document `save` writes."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "problem": self.problem,
            "instance": self.instance,
            "solver": self.solver,
            "sense": self.sense,
            "status": self.status.value,
            "stopped_by": self.stopped_by,
            "objective": self.objective,
            "best_known": self.best_known,
            "bound": self.bound,
            "plans": [
                {
                    "plan": r.plan.to_dict(),
                    "evaluation": asdict(r.evaluation),
                    "occurrences": r.occurrences,
                }
                for r in self.plans
            ],
            "samples": None if self.samples is None else self.samples.to_serializable(),
            "trace": [asdict(incumbent) for incumbent in self.trace],
            "timing": dict(self.timing),
            "provenance": dict(self.provenance),
        }

    @classmethod
    def load(cls, path: str | Path) -> Result[Any]:
        """Read a saved result. Raises FileError.

        A plan of a kind that is not installed comes back as a `SavedPlan`.
        """
        try:
            document = json.loads(Path(path).read_text())
        except OSError as error:
            raise FileError(path, error.strerror or str(error)) from None
        except ValueError as error:
            raise FileError(path, f"not JSON: {error}") from None
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise FileError(path, "not a saved qopt result")
        if document.get("version") != VERSION:
            written = f"version {document.get('version')} of the format"
            raise FileError(path, f"{written}; this qopt reads version {VERSION}")
        try:
            return _from_document(document)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise FileError(
                path, f"a damaged qopt result: {type(error).__name__}: {error}"
            ) from None

    def __repr__(self) -> str:
        known = f"{self.instance}: {self.status.value}, objective {self.objective}"
        return f"<Result {known}, {self.solver}, {len(self.plans)} plans>"

    def page(self) -> Page:
        return self._printed().page()

    def _repr_html_(self) -> str:
        return self._printed().notebook_page().html()

    def _printed(self) -> PrintedResult:
        return PrintedResult(
            instance=self.instance,
            solver=self.solver,
            ran_by=self.ran_by,
            status=self.status.value,
            stopped_by=self.stopped_by,
            objective=self.objective,
            best_known=self.best_known,
            gap=self.gap,
            evaluations=[ranked.evaluation for ranked in self.plans],
            plan=None if self.best is None else str(self.best),
            info=self.provenance.get("solver", {}),
            time_limit=self.provenance.get("time_limit"),
            notes=self.notes,
            seconds=self.timing,
        )


def gap(sense: Sense, objective: float, reference: float | None) -> float | None:
    """(objective - reference) / |reference|, positive where the objective is worse.

    None without a usable reference.
    """
    if reference is None or reference == 0:
        return None
    worse = 1 if sense == "min" else -1
    return (objective - reference) / abs(reference) * worse + 0.0  # and no -0.0


def _from_document(document: Mapping[str, Any]) -> Result[Any]:
    plan_from = _plan_reader(document["problem"])
    samples = document["samples"]
    if samples is not None:
        import dimod

        samples = dimod.SampleSet.from_serializable(samples)
    return Result(
        problem=document["problem"],
        instance=document["instance"],
        solver=document["solver"],
        sense=document["sense"],
        status=Status(document["status"]),
        stopped_by=document["stopped_by"],
        plans=tuple(
            Ranked(plan_from(row["plan"]), _evaluation(row["evaluation"]), row["occurrences"])
            for row in document["plans"]
        ),
        best_known=document["best_known"],
        bound=document["bound"],
        samples=samples,
        trace=tuple(Incumbent(**incumbent) for incumbent in document["trace"]),
        timing=document["timing"],
        provenance=document["provenance"],
    )


def _evaluation(saved: Mapping[str, Any]) -> Evaluation:
    violations = tuple(Violation(**violation) for violation in saved["violations"])
    return Evaluation(saved["objective"], violations, saved["kpis"])


def _plan_reader(kind: str) -> Any:
    from .assignment import Assignment
    from .plugins import problem_class

    if kind == "model":
        return Assignment.from_dict
    try:
        return problem_class(kind).plan_type.from_dict
    except (QoptError, AttributeError):
        return SavedPlan
