"""Solvers `leap-bqm` and `leap-cqm`: D-Wave's hybrid services."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..devices import least_time
from ..errors import ModelTooLarge
from ..kit.checks import require
from ..problem import name_of
from ..solver import Answer, Task
from .account import one_line
from .remote import Remote, account, file_of, require_seconds

if TYPE_CHECKING:
    from .jobs import Answered


@dataclass(frozen=True, kw_only=True)
class Hybrid(Remote):
    """A hybrid service. The time limit is what is charged.

    `service` is the name of one, else the newest that takes such models; or a sampler to use
    instead of connecting. Other parameters as at `Remote`.
    """

    service: Any = None

    kind: ClassVar[str]
    method: ClassVar[str]  # of Ocean's sampler
    takes_parts: ClassVar = False

    def __post_init__(self) -> None:
        super().__post_init__()
        require(
            self.service is None or isinstance(self.service, str) or self._at_hand,
            "service",
            self.service,
            f"a service's name, or a sampler with `{self.method}`",
        )

    @property
    def _at_hand(self) -> bool:
        return hasattr(self.service, self.method)

    def missing(self) -> str | None:
        return None if self._at_hand else super().missing()

    def device_seconds_at_most(self, time_limit: float) -> float:
        """What a call may be charged."""
        return time_limit

    def asked_at_most(self) -> tuple[str | None, int]:
        return self.service if isinstance(self.service, str) else None, 1

    def found(self, task: Task, model: Any) -> tuple[Any, dict[str, Any]]:
        """Samples of a model, and what must be known of how they came."""
        if self._at_hand:
            samples = _sampled(task, self.service, getattr(self.service, self.method), model)
            return samples, _facts(self.service, samples)
        from .jobs import Submission
        from .policy import anonymous

        with ExitStack() as opened:
            with task.timing("queue"):
                session = opened.enter_context(self.session(task.interrupt))
                solver = session.hybrid(self.kind, self.service, interrupt=task.interrupt)
            seconds = require_seconds(task, self.least(solver.properties, model))
            self._require_sizes(task, solver.properties, model)
            hidden = anonymous(model) if session.policy.anonymous else None
            sent = model if hidden is None else hidden.model
            task.start()
            asked = Submission(
                self.kind,  # type: ignore[arg-type]  # one of Submission's
                solver.identity.dict(),
                self.kind,
                file_of(sent),
                {"time_limit": seconds},
                estimate=seconds,
                name=name_of(task.problem),
                seed=task.seed,
                payload={"size": self.size(model)},
                budget=self.budget,
                price=session.price(solver.name, self.kind),
                anonymous=session.policy.anonymous,
            )
            answered = self.answer(session, task, asked)
            samples = self.read(answered, sent)
            samples = samples if hidden is None else hidden.back(samples)
            facts = account(session, solver, [answered])
        return samples, facts | {"version": solver.properties.get("version")}

    def read(self, answered: Answered, sent: Any) -> Any:
        """What an answer says of the model that was sent."""
        return answered.sampleset()

    def _require_sizes(self, task: Task, properties: Mapping[str, Any], model: Any) -> None:
        """Raise ModelTooLarge for what the service would refuse."""
        for name, size in self.sizes(model).items():
            most = properties.get(name)
            if most is not None and size > most:
                what = name.removeprefix("maximum_").removeprefix("number_of_").replace("_", " ")
                raise ModelTooLarge(
                    name_of(task.problem), what, size, int(most), "none was submitted; take a part"
                )

    @abstractmethod
    def least(self, properties: Mapping[str, Any], model: Any) -> float:
        """Seconds that the service charges for a model at least."""

    @abstractmethod
    def size(self, model: Any) -> dict[str, int]:
        """Of a model: its `variables` and `couplings`, as the audit of a policy tells them."""

    @abstractmethod
    def sizes(self, model: Any) -> dict[str, int]:
        """Of a model, by the service's properties that bound them."""


@dataclass(frozen=True, kw_only=True)
class LeapBqm(Hybrid):
    """The QUBO on D-Wave's hybrid service for these. The time limit is what is charged.

    `penalties` as at `qopt.compile`; `service` is the name of a service, or a `LeapHybridSampler`;
    other parameters as at `Remote`.
    """

    penalties: str | float | Mapping[Any, float] = "bounds"

    algorithm_version: ClassVar = 1
    kind: ClassVar = "bqm"
    method: ClassVar = "sample"
    summary: ClassVar = "D-Wave's hybrid service for QUBOs"

    def ask(self, task: Task) -> Answer:
        from ..compiler import compile_cqm

        cqm = task.cqm
        with task.timing("compile"):
            compiled = compile_cqm(cqm, penalties=self.penalties)
            bqm = compiled.bqm()
        if (settled := compiled.settled()) is not None:
            task.start()
            return Answer(samples=settled)
        states, facts = self.found(task, bqm)
        with task.timing("decode"):
            samples = compiled.decode(states)
        return Answer(samples=samples, stopped_by="time", info=facts)

    def least(self, properties: Mapping[str, Any], model: Any) -> float:
        return least_time.of_bqm(properties, variables=model.num_variables)

    def size(self, model: Any) -> dict[str, int]:
        return {"variables": model.num_variables, "couplings": model.num_interactions}

    def sizes(self, model: Any) -> dict[str, int]:
        return {
            "maximum_number_of_variables": model.num_variables,
            "maximum_number_of_biases": model.num_variables + model.num_interactions,
        }


@dataclass(frozen=True, kw_only=True)
class LeapCqm(Hybrid):
    """The constrained model on D-Wave's hybrid service for these, without penalties. The time limit
    is what is charged.

    `service` is the name of a service, or a `LeapHybridCQMSampler`; other parameters as at
    `Remote`.
    """

    algorithm_version: ClassVar = 1
    kind: ClassVar = "cqm"
    method: ClassVar = "sample_cqm"
    summary: ClassVar = "D-Wave's hybrid service for constrained models"

    def ask(self, task: Task) -> Answer:
        samples, facts = self.found(task, task.cqm)
        return Answer(samples=samples, stopped_by="time", info=facts)

    def least(self, properties: Mapping[str, Any], model: Any) -> float:
        return least_time.of_cqm(
            properties,
            variables=len(model.variables),
            constraints=len(model.constraints),
            biases=model.num_biases(),
        )

    def size(self, model: Any) -> dict[str, int]:
        return {
            "variables": len(model.variables),
            "couplings": sum(
                each.num_interactions
                for each in (model.objective, *(c.lhs for c in model.constraints.values()))
            ),
        }

    def sizes(self, model: Any) -> dict[str, int]:
        return {
            "maximum_number_of_variables": len(model.variables),
            "maximum_number_of_constraints": len(model.constraints),
            "maximum_number_of_biases": model.num_biases(),
        }


def _sampled(task: Task, service: Any, sample: Callable[..., Any], model: Any) -> Any:
    """By a sampler at hand, with the task's time limit."""
    with one_line():
        seconds = require_seconds(task, float(service.min_time_limit(model)))
        task.start()
        with task.timing("sample"):
            samples = sample(model, time_limit=seconds, label=f"qopt {name_of(task.problem)}")
            samples.resolve()
    return samples


def _facts(service: Any, found: Any) -> dict[str, Any]:
    """What must be known of a sampler at hand to compare with another day's run; JSON-ready."""
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
