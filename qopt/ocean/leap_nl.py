"""Solver `leap-nl`: D-Wave's hybrid service for nonlinear models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, ClassVar

from ..devices import least_time
from ..problem import name_of
from ..solver import Answer, Task
from .account import one_line
from .leap import Hybrid
from .remote import require_seconds

if TYPE_CHECKING:
    from dwave.optimization import Model

    from .jobs import Answered


@dataclass(frozen=True, kw_only=True)
class LeapNl(Hybrid):
    """The constrained model as a nonlinear one on D-Wave's hybrid service for these. The time limit
    is what is charged.

    `service` is the name of a service, or a `LeapHybridNLSampler`; other parameters as at `Remote`.
    """

    algorithm_version: ClassVar = 1
    kind: ClassVar = "nl"
    method: ClassVar = "estimated_min_time_limit"
    summary: ClassVar = "D-Wave's hybrid service for nonlinear models"

    def ask(self, task: Task) -> Answer:
        import numpy as np

        from ..compiler.model.scoring import sampleset
        from .nonlinear import Nonlinear

        with task.timing("compile"):
            nonlinear = Nonlinear.of(task.cqm)
        arrays = nonlinear.arrays
        if not arrays.num_variables:
            task.start()
            return Answer(samples=sampleset(np.zeros((1, 0)), arrays), stopped_by="presolve")
        model = nonlinear.model
        if self._at_hand:
            self._require_sizes(task, self.service.properties, model)
            facts = _facts(self.service, _sampled(task, self.service, model))
        else:
            _, facts = self.found(task, model)
        with task.timing("decode"), model.lock():
            samples = nonlinear.sampleset()
        told = {"nonlinear": _size(model)}
        facts["notes"] = [*facts.get("notes", []), *nonlinear.grid.notes]
        return Answer(samples=samples, stopped_by="time", info=facts | told)

    def read(self, answered: Answered, sent: Any) -> Any:
        """The model that was sent, with the states that came back."""
        with sent.lock():
            # the header is of the service's copy of the model
            sent.states.from_file(BytesIO(answered.binary or b""), check_header=False)
        return sent

    def least(self, properties: Mapping[str, Any], model: Any) -> float:
        with model.lock():
            return least_time.of_nl(
                properties, nodes=model.num_nodes(), state_size=model.state_size()
            )

    def size(self, model: Any) -> dict[str, int]:
        return {"variables": model.num_decisions(), "couplings": model.num_edges()}

    def sizes(self, model: Any) -> dict[str, int]:
        with model.lock():
            return {
                "maximum_number_of_nodes": model.num_nodes(),
                "maximum_state_size": model.state_size(),
                "maximum_decision_state_size": model.decision_state_size(),
            }


def _sampled(task: Task, service: Any, model: Model) -> dict[str, Any]:
    """By a sampler at hand, with the task's time limit. The states that come back are in
    `model.states`; returned is the service's word about the job.
    """
    with one_line():
        seconds = require_seconds(task, float(service.estimated_min_time_limit(model)))
        task.start()
        with task.timing("sample"):
            label = f"qopt {name_of(task.problem)}"
            answered = service.sample(model, time_limit=seconds, label=label).result()
    info: dict[str, Any] = answered.info
    return info


def _facts(service: Any, info: Mapping[str, Any]) -> dict[str, Any]:
    """What must be known of a sampler at hand to compare with another day's run; JSON-ready."""
    solver = getattr(service, "solver", None)
    timing = info.get("timing", {})
    return {
        "device": getattr(solver, "name", type(service).__name__),
        "version": service.properties.get("version"),
        "problem_id": info.get("problem_id"),
        "timing_us": {
            name: timing[name]
            for name in ("run_time", "charge_time", "qpu_access_time")
            if name in timing
        },
        "device_seconds": timing["charge_time"] / 1e6 if "charge_time" in timing else None,
        "warnings": [str(warning) for warning in info.get("warnings", [])],
    }


def _size(model: Model) -> dict[str, int]:
    """Of a nonlinear model; JSON-ready."""
    with model.lock():
        return {
            "nodes": model.num_nodes(),
            "decisions": model.num_decisions(),
            "state_size": model.state_size(),
            "states": model.states.size(),
        }
