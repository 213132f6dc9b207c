"""The emulated hybrid solver of nonlinear models."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ...devices import least_time
from ...errors import QoptError
from ..backends import Reply, Work
from .answers import times
from .definitions import nl_properties
from .hybrid import Hybrid, Job
from .limits import require_sizes, time_limit
from .uploaded import read

if TYPE_CHECKING:
    from dwave.optimization import Model

STATES = 16  # that come back, at most
STARTS = 4  # drawn by chance beside those that came with the model


@dataclass(frozen=True)
class Searched:
    """What a search came to: of the best state, whether it keeps all constraints and its objective;
    how many states were looked at, and in how many rounds of annealing.
    """

    feasible: bool
    objective: float
    evaluations: int
    rounds: int


def solve_nl(
    model: Model,
    *,
    time_limit: float,
    seed: int,
    interrupt: Callable[[], bool] = lambda: False,
    evaluations: int | None = None,
) -> Searched:
    """Put the best states that a local search finds within `time_limit` seconds into
    `model.states`: up to 16, all different, best first; feasible ones are better than others.

    States that the model has are where the search begins, and the result is not worse than they
    are. `evaluations` ends it earlier, and then the same `seed` gives the same states. Raises
    QoptError for a decision symbol that is not known, and where no state can be evaluated.
    """
    from .nonlinear.kinds import decisions, require_known
    from .nonlinear.search import Evaluation, Search
    from .nonlinear.violations import violations

    deadline = time.perf_counter() + time_limit
    require_known(model)
    copy = _copy(model)
    broken = violations(copy)
    with copy.lock():
        known = decisions(copy)
        given = [
            [decision.read(k) for decision in known]
            for k in range(copy.states.size())
            if any(decision.has_state(k) for decision in known)
        ]
        copy.states.resize(1)
        copy.states.initialize()
        default = [decision.read(0) for decision in known]
        search = Search(
            Evaluation(known, copy.objective, broken),
            seed=seed,
            deadline=deadline,
            interrupt=interrupt,
            keep=STATES,
            most=evaluations,
        )
        drawn = [[decision.drawn(search.draw) for decision in known] for _ in range(STARTS)]
        found = search.run([*given, default, *drawn])
    if not found.states:
        raise QoptError("no state of the model could be evaluated: its objective is not finite")
    with model.lock():
        model.states.resize(0)
        model.states.resize(len(found.states))
        for k, state in enumerate(found.states):
            for decision, value in zip(decisions(model), state.values, strict=True):
                decision.set(k, value)
    best = found.states[0]
    return Searched(best.feasible, best.objective, found.evaluations, found.rounds)


def _copy(model: Model) -> Model:
    """One that may be given more symbols, with the same states."""
    from dwave.optimization import Model

    with model.to_file(max_num_states=model.states.size()) as file:
        return Model.from_file(file)


@dataclass(frozen=True)
class HybridNl(Hybrid["Model"]):
    """Answers jobs of type "nl" by a local search (`solve_nl`).

    A time limit below what the model's size needs is not refused: as at the real service, the run
    and its charge are longer then, and a warning says so.
    """

    name: ClassVar = "emulated_hybrid_nl"
    kind: ClassVar = "nl"

    def properties(self) -> dict[str, Any]:
        return nl_properties(self.least)

    def _read(self, work: Work) -> tuple[Model, float]:
        from dwave.optimization import Model

        properties = self.properties()
        model = read(work, self.kind, Model.from_file)
        with model.lock():
            size = model.state_size()
            sizes = {
                "number_of_nodes": model.num_nodes(),
                "number_of_states": model.states.size(),
                "state_size": size,
                "decision_state_size": model.decision_state_size(),
            }
        require_sizes(properties, sizes)
        least = least_time.of_nl(properties, nodes=model.num_nodes(), state_size=size)
        return model, max(least, time_limit(work.params, least, properties, shorter=True))

    def _solved(self, model: Model, job: Job) -> Reply:
        searched = solve_nl(
            model, time_limit=job.seconds, seed=job.seed, interrupt=job.work.interrupt
        )
        count = model.states.size()
        with model.lock(), model.states.to_file() as file:
            file.seek(0)
            states = file.read()
        timing = times(job.charged, job.run) | {
            "warnings": _warnings(job, searched),
            "emulated": asdict(searched),
        }
        answer = {"format": "binary-ref", "timing": timing, "shape": {"num_states": count}}
        return Reply(answer, job.charged, count, states)


def _warnings(job: Job, searched: Searched) -> list[str]:
    """What the client shows its user as warnings."""
    said = []
    given = job.work.params.get("time_limit")
    if given is not None and given < job.charged:
        said.append(
            f"time_limit was {given:g} s; a model of this size runs, and is charged for, "
            f"{job.charged:g} s"
        )
    if not searched.feasible:
        said.append("no state that keeps all constraints was found in time")
    return said
