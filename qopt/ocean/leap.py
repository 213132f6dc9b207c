"""Solvers `leap-bqm` and `leap-cqm`: D-Wave's hybrid services."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..errors import QoptError
from ..kit.checks import require
from ..problem import name_of
from ..solver import Answer, Task
from .account import missing_token, one_line


@dataclass(frozen=True)
class LeapBqm:
    """The QUBO on `LeapHybridSampler`. The time limit is what is charged.

    `profile` as at `qpu`; `penalties` as at `qopt.compile`; `service` is a sampler to use instead
    of connecting.
    """

    profile: str | None = None
    penalties: str | float | Mapping[Any, float] = "bounds"
    service: Any = None

    paid: ClassVar = True
    takes_parts: ClassVar = False
    algorithm_version: ClassVar = 1
    summary: ClassVar = "D-Wave's hybrid service for QUBOs"
    needs: ClassVar = "a D-Wave token"

    def __post_init__(self) -> None:
        require(
            self.service is None or hasattr(self.service, "sample"),
            "service",
            self.service,
            "a sampler with `sample`",
        )

    def missing(self) -> str | None:
        return None if self.service is not None else missing_token(self.profile)

    def solve(self, task: Task) -> Answer:
        from ..compiler import compile_cqm

        cqm = task.cqm
        with task.timing("compile"):
            compiled = compile_cqm(cqm, penalties=self.penalties)
            bqm = compiled.bqm()
        if (settled := compiled.settled()) is not None:
            task.start()
            return Answer(samples=settled)
        service = _connect(
            task, self.service, lambda hybrid: hybrid.LeapHybridSampler(profile=self.profile)
        )
        states = _submit(task, service, service.sample, bqm)
        with task.timing("decode"):
            samples = compiled.decode(states)
        return Answer(samples=samples, stopped_by="time", info=_facts(service, states))


@dataclass(frozen=True)
class LeapCqm:
    """The constrained model on `LeapHybridCQMSampler`, without penalties. The time limit is what is
    charged.

    `profile` as at `qpu`; `service` is a sampler to use instead of connecting.
    """

    profile: str | None = None
    service: Any = None

    paid: ClassVar = True
    takes_parts: ClassVar = False
    algorithm_version: ClassVar = 1
    summary: ClassVar = "D-Wave's hybrid service for constrained models"
    needs: ClassVar = "a D-Wave token"

    def __post_init__(self) -> None:
        require(
            self.service is None or hasattr(self.service, "sample_cqm"),
            "service",
            self.service,
            "a sampler with `sample_cqm`",
        )

    def missing(self) -> str | None:
        return None if self.service is not None else missing_token(self.profile)

    def solve(self, task: Task) -> Answer:
        cqm = task.cqm
        service = _connect(
            task, self.service, lambda hybrid: hybrid.LeapHybridCQMSampler(profile=self.profile)
        )
        samples = _submit(task, service, service.sample_cqm, cqm)
        return Answer(samples=samples, stopped_by="time", info=_facts(service, samples))


def _connect(task: Task, service: Any, connect: Callable[[Any], Any]) -> Any:
    if service is not None:
        return service
    import dwave.system

    with one_line(), task.timing("queue"):
        return connect(dwave.system)


def _submit(task: Task, service: Any, sample: Callable[..., Any], model: Any) -> Any:
    """Submit with the task's time limit, which must be known and at least the service's least: it
    is what is charged.
    """
    with one_line():
        least = float(service.min_time_limit(model))
        if task.time_limit is None or task.time_limit < least:
            raise QoptError(
                f"time_limit={task.time_limit!r}: the service charges at least {least:g} s for "
                "this model; none was submitted"
            )
        task.start()
        with task.timing("sample"):
            samples = sample(
                model, time_limit=task.time_limit, label=f"qopt {name_of(task.problem)}"
            )
            samples.resolve()
    return samples


def _facts(service: Any, found: Any) -> dict[str, Any]:
    """What must be known of the service to compare with another day's run; JSON-ready."""
    solver = getattr(service, "solver", None)
    info = found.info
    return {
        "device": getattr(solver, "name", type(service).__name__),
        "version": service.properties.get("version"),
        "problem_id": info.get("problem_id"),
        "timing_us": {
            name: info[name]
            for name in ("run_time", "charge_time", "qpu_access_time")
            if name in info
        },
        "device_seconds": info["charge_time"] / 1e6 if "charge_time" in info else None,
    }
