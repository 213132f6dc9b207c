"""Solver `sampler`: anybody's dimod sampler, on the same model as qopt's own solvers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import QoptError
from ..kit.checks import require
from ..solver import Answer, Task

if TYPE_CHECKING:
    import dimod

KEPT = 64  # samples that are scored, those of lowest energy


@dataclass(frozen=True)
class OtherSampler:
    """Any `dimod.Sampler`, or any class with a `sample_cqm` of the same surface.

    Parameters
    ----------
    sampler
        Where its class stands: `package.module:Class`.
    arguments
        Of the class, by name.
    options
        Of `sample`, or `sample_cqm`, by name. `seed`, `time_limit` and `interrupt_function` are
        given to a sampler that has such parameters, where they do not stand here.
    penalties
        Of the QUBO, as of `qubo-annealer`. A class with `sample_cqm` is given the model itself.

    What a call costs is not known: a study states it by `price`.
    """

    sampler: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    penalties: Any = "bounds"

    algorithm_version: ClassVar = 1
    summary: ClassVar = "any dimod sampler, as sampler='package:Class', on the compiled QUBO"
    needs: ClassVar = "the package of that sampler"
    takes_parts: ClassVar = False

    def __post_init__(self) -> None:
        name = self.sampler
        told = "a module and a class: 'package.module:Class'"
        fits = name is None or (isinstance(name, str) and len(name.split(":")) == 2)
        require(fits, "sampler", name, told)
        for parameter in ("arguments", "options"):
            given = getattr(self, parameter)
            require(isinstance(given, Mapping), parameter, given, "a mapping of names and values")

    def missing(self) -> str | None:
        if self.sampler is None:
            return "give sampler='package.module:Class'"
        module, _, name = self.sampler.partition(":")
        try:
            chosen = getattr(import_module(module), name, None)
        except ImportError as error:
            return f"{self.sampler} cannot be imported: {error}"
        if chosen is None:
            return f"{module} has no {name!r}"
        if not (hasattr(chosen, "sample") or hasattr(chosen, "sample_cqm")):
            return f"{self.sampler} is no sampler: it has no `sample` and no `sample_cqm`"
        return None

    def solve(self, task: Task) -> Answer:
        cqm = task.cqm
        with task.timing("compile"):
            sampler = self._made()
        if hasattr(sampler, "sample_cqm"):
            parameters = self._for(sampler, task)
            task.start()
            with task.timing("sample"):
                samples = self._called(sampler.sample_cqm, cqm, parameters)
            return Answer(samples=samples, info=self._info(sampler, parameters))
        return self._on_qubo(sampler, cqm, task)

    def _on_qubo(self, sampler: Any, cqm: dimod.ConstrainedQuadraticModel, task: Task) -> Answer:
        from ..compiler import compile_cqm

        with task.timing("compile"):
            compiled = compile_cqm(cqm, penalties=self.penalties)
            bqm = compiled.bqm()
        if (settled := compiled.settled()) is not None:
            task.start()
            return Answer(samples=settled, stopped_by="presolve", info=self._info(sampler, {}))
        parameters = self._for(sampler, task)
        task.start()
        with task.timing("sample"):
            found = self._called(sampler.sample, bqm, parameters)
        with task.timing("decode"):
            samples = compiled.decode(found.truncate(KEPT, sorted_by="energy"))
        return Answer(samples=samples, info=self._info(sampler, parameters))

    def _made(self) -> Any:
        if (lacking := self.missing()) is not None:
            raise QoptError(f"solver 'sampler': {lacking}")
        module, _, name = str(self.sampler).partition(":")
        try:
            return getattr(import_module(module), name)(**self.arguments)
        except TypeError as error:
            raise QoptError(f"solver 'sampler': {self.sampler} cannot be made: {error}") from None

    def _for(self, sampler: Any, task: Task) -> dict[str, Any]:
        """The parameters given, and what the sampler can be told of the budget."""
        known = getattr(sampler, "parameters", None) or {}
        told: dict[str, Any] = {"seed": task.seed}
        if task.time_limit is not None:
            told["time_limit"] = task.time_limit
        if task.interrupt is not None:
            told["interrupt_function"] = task.interrupt
        fitting = {name: value for name, value in told.items() if name in known}
        return fitting | dict(self.options)

    def _called(self, sample: Any, model: Any, parameters: Mapping[str, Any]) -> Any:
        try:
            return sample(model, **parameters)
        except (TypeError, ValueError) as error:
            raise QoptError(f"solver 'sampler': {self.sampler} refuses: {error}") from None

    def _info(self, sampler: Any, parameters: Mapping[str, Any]) -> dict[str, Any]:
        told = {name: repr(value) for name, value in parameters.items()}
        told.pop("interrupt_function", None)
        note = "what a call costs is not known to qopt"
        return {"sampler": self.sampler, "sampler_parameters": told, "notes": [note]}
