"""Solver `leap-nl`: D-Wave's hybrid service for nonlinear models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import ModelTooLarge, QoptError
from ..kit.checks import require
from ..problem import name_of
from ..solver import Answer, Task
from .account import missing_token, one_line

if TYPE_CHECKING:
    from dwave.optimization import Model

    from .nonlinear import Nonlinear


@dataclass(frozen=True)
class LeapNl:
    """The constrained model as a nonlinear one on `LeapHybridNLSampler`. The time limit is what is
    charged.

    `profile` as at `qpu`; `service` is a sampler to use instead of connecting.
    """

    profile: str | None = None
    service: Any = None

    paid: ClassVar = True
    takes_parts: ClassVar = False
    algorithm_version: ClassVar = 1
    summary: ClassVar = "D-Wave's hybrid service for nonlinear models"
    needs: ClassVar = "a D-Wave token"

    def __post_init__(self) -> None:
        fits = self.service is None or hasattr(self.service, "estimated_min_time_limit")
        require(fits, "service", self.service, "a sampler with `estimated_min_time_limit`")

    def missing(self) -> str | None:
        return None if self.service is not None else missing_token(self.profile)

    def solve(self, task: Task) -> Answer:
        import numpy as np

        from ..compiler.model.scoring import sampleset
        from .nonlinear import Nonlinear

        with task.timing("compile"):
            nonlinear = Nonlinear.of(task.cqm)
        arrays = nonlinear.arrays
        if not arrays.num_variables:
            task.start()
            return Answer(samples=sampleset(np.zeros((1, 0)), arrays), stopped_by="presolve")
        service = self._connected(task)
        _require_sizes(task, service, nonlinear.model)
        info = _submitted(task, service, nonlinear.model)
        with task.timing("decode"), nonlinear.model.lock():
            samples = nonlinear.sampleset()
        return Answer(samples=samples, stopped_by="time", info=_facts(service, nonlinear, info))

    def _connected(self, task: Task) -> Any:
        if self.service is not None:
            return self.service
        import dwave.system

        with one_line(), task.timing("queue"):
            return dwave.system.LeapHybridNLSampler(profile=self.profile)


def _submitted(task: Task, service: Any, model: Model) -> dict[str, Any]:
    """Submit with the task's time limit, which must be known and at least the service's least: it
    is what is charged. The states that come back are in `model.states`; returned is the service's
    word about the job.
    """
    with one_line():
        least = float(service.estimated_min_time_limit(model))
        if task.time_limit is None or task.time_limit < least:
            raise QoptError(
                f"time_limit={task.time_limit!r}: the service charges at least {least:g} s for "
                "this model; none was submitted"
            )
        task.start()
        with task.timing("sample"):
            answered = service.sample(
                model, time_limit=task.time_limit, label=f"qopt {name_of(task.problem)}"
            ).result()
    info: dict[str, Any] = answered.info
    return info


def _require_sizes(task: Task, service: Any, model: Model) -> None:
    """Raise ModelTooLarge for what the service would refuse, which its client does not ask."""
    with model.lock():
        sizes = (
            ("nodes", "maximum_number_of_nodes", model.num_nodes()),
            ("bytes of a state", "maximum_state_size", model.state_size()),
            (
                "bytes of decisions",
                "maximum_decision_state_size",
                model.decision_state_size(),
            ),
        )
    for what, name, size in sizes:
        most = service.properties.get(name)
        if most is not None and size > most:
            raise ModelTooLarge(
                name_of(task.problem), what, size, int(most), "none was submitted; take a part"
            )


def _facts(service: Any, nonlinear: Nonlinear, info: Mapping[str, Any]) -> dict[str, Any]:
    """What must be known of the service to compare with another day's run; JSON-ready."""
    solver = getattr(service, "solver", None)
    timing = info.get("timing", {})
    model = nonlinear.model
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
        "nonlinear": {
            "nodes": model.num_nodes(),
            "decisions": model.num_decisions(),
            "state_size": model.state_size(),
            "states": model.states.size(),
        },
        "notes": list(nonlinear.grid.notes),
    }
