"""Do the penalties work? A state that breaks a constraint and is low, or the proof of none."""

from __future__ import annotations

import ast
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from inspect import signature
from typing import TYPE_CHECKING, Any

import numpy as np

from ..compiler import Compiled, ModelArrays, compile_cqm
from ..errors import QoptError
from ..plugins import solver_class
from ..problem import Problem
from ..solver import missing_package
from .energies import breakable, labels, least_objective, least_unit_costs, unit_costs, weights
from .estimates import seconds_to_anneal, seconds_to_compile
from .references import broken
from .verdict import Raise, Witness

if TYPE_CHECKING:
    import dimod

    from ..result import Result
    from .energies import Bits

TIE = 1e-9  # energies closer than this, relatively, are one
LOOKED_AT = 256  # infeasible samples of a result, the most often seen first
ANNEALED = 0.3  # share of the time for an anneal, before a proof is tried
SWEEPS = 5000  # of that anneal, at most


def compiled_as(
    result: Result[Any], cqm: dimod.ConstrainedQuadraticModel, seconds: float
) -> Compiled | None:
    """The QUBO that the result's solver sampled, compiled again; None for a solver without
    penalties.

    Raises QoptError for a solver that is not installed, for parameters that cannot be read back,
    and where compiling takes more than `seconds`.
    """
    solver, given = solver_class(result.ran_by)(), _given(result)
    if not hasattr(solver, "penalties"):
        return None
    needed = seconds_to_compile(ModelArrays.from_cqm(cqm))
    if needed > seconds:
        time = f"about {needed:.2g} s, and there are {seconds:.2g} left"
        raise QoptError(f"to compile the QUBO again takes {time}")
    shared = [name for name in signature(compile_cqm).parameters if hasattr(solver, name)]
    return compile_cqm(
        cqm, **{k: _read_back(k, given[k]) if k in given else getattr(solver, k) for k in shared}
    )


def _given(result: Result[Any]) -> dict[str, str]:
    """The parameters of the solver that ran: of a race, those of the winner."""
    info = result.provenance.get("solver", {})
    for racer in info.get("racers", []):
        if racer["label"] == info.get("winner"):
            return dict(racer["parameters"])
    return dict(result.provenance.get("parameters", {}))


def _read_back(name: str, text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        raise QoptError(
            f"{name}={text} cannot be read back; solve with plain numbers, text and dictionaries"
        ) from None


@dataclass(frozen=True, eq=False)
class State:
    """Bits [num_bits] that break a constraint, their energy, and where they come from."""

    bits: Bits
    energy: float
    source: str


class Penalties:
    """The question whether any state that breaks a constraint has an energy of at most `ceiling`, a
    feasible one's.

    The answer is `found`, the lowest such state that was seen, or `proof`, why the lowest energy
    breaks none; or neither.
    """

    def __init__(self, compiled: Compiled, feasible: Mapping[Any, float]) -> None:
        self.compiled, self.proof, self.skipped = compiled, "", list[str]()
        self.found: State | None = None
        self._feasible = compiled.encode(feasible)
        self.ceiling = self._energy(self._feasible)

    def look_among(
        self, samples: dimod.SampleSet | None, source: str, deadline: float = math.inf
    ) -> None:
        """Consider samples of the model, with the slacks that suit each, until the deadline."""
        if samples is not None:
            infeasible = samples.aggregate().filter(lambda row: not row.is_feasible)
            for sample in infeasible.truncate(LOOKED_AT, sorted_by="num_occurrences").samples(
                sorted_by=None
            ):
                if time.perf_counter() > deadline:
                    self.skipped.append("not all samples were looked at, for want of time")
                    return
                self.consider_values(sample, source)

    def consider_values(self, values: Mapping[Any, float], source: str) -> None:
        bits = self.compiled.encode(values)
        if self.compiled.assignment(bits) == dict(
            values
        ):  # what presolve has ruled out is no state of the QUBO
            self._consider(bits, source)

    def settle(self, seconds: float, seed: int) -> None:
        """Prove the weights, or find a state below, or let CP-SAT prove that there is none."""
        deadline = time.perf_counter() + seconds
        self.proof = self._by_theorem() or self._by_bound()
        if self.proof or self.found is not None:
            return
        share = ANNEALED * seconds
        if seconds_to_anneal(len(self.compiled.qubo.quad)) > share:
            self.skipped.append("the QUBO was not annealed, for want of time")
        else:
            self._anneal(share, seed)
        if self.found is None and missing_package("ortools", "baselines") is None:
            self._ask_cp_sat(deadline - time.perf_counter(), seed)

    def witness(self, problem: Problem[Any]) -> Witness:
        """The state found, in the problem's terms."""
        assert self.found is not None
        values = self.compiled.assignment(self.found.bits)
        plan = problem.decode(values)
        return Witness(self.found.source, values, plan, problem.evaluate(plan), self.found.energy)

    def raises(self) -> tuple[Raise, ...]:
        """What the state found breaks, with the weight of each that would do by itself."""
        assert self.found is not None
        compiled, gap = self.compiled, max(self.ceiling - self.found.energy, 0.0)
        costs = unit_costs(compiled, self.found.bits)
        weight = weights(compiled)
        names = labels(compiled)
        amounts = broken(compiled.cqm, compiled.assignment(self.found.bits))
        return tuple(
            Raise(
                names[c],
                amounts.get(names[c], float(costs[c])),
                float(weight[c]),
                float(weight[c] + gap / costs[c]),
            )
            for c in np.flatnonzero(breakable(compiled) & (costs > TIE))
        )

    def _consider(self, bits: Bits, source: str) -> None:
        energy = self._energy(bits)
        if energy <= min(
            self.ceiling + self._tie, math.inf if self.found is None else self.found.energy
        ):
            costs = unit_costs(self.compiled, bits)
            if (costs[breakable(self.compiled)] > TIE).any():
                self.found = State(bits, energy, source)

    def _energy(self, bits: Bits) -> float:
        return float(self.compiled.qubo.energies(bits[None].astype(bool))[0])

    @property
    def _tie(self) -> float:
        return TIE * max(1.0, abs(self.ceiling))

    def _by_theorem(self) -> str:
        compiled = self.compiled
        proven = compiled.weighed.proven | ~breakable(compiled)[: len(compiled.model.labels)]
        if compiled.validity.labels or compiled.approximate or not proven.all():
            return ""
        asked = "each weight is above what a theorem asks for"
        return f"{asked}, so the lowest energy breaks no constraint"

    def _by_bound(self) -> str:
        """Whether the least violation of any constraint costs more than an objective can be below
        the feasible one's.

        Of a one-hot number with several values at once the objective can be below that of any
        number.
        """
        if self.compiled.validity.one_hot.any():
            return ""
        costs = weights(self.compiled) * least_unit_costs(self.compiled)
        cost = float(costs[breakable(self.compiled)].min(initial=math.inf))
        least = least_objective(self.compiled)
        if self.compiled.approximate or cost <= self.ceiling - least + self._tie:
            return ""
        above = f"on top of an objective of {least:.6g} or more: above {self.ceiling:.6g}"
        return f"any violation costs {cost:.6g} or more {above}"

    def _anneal(self, seconds: float, seed: int) -> None:
        from ..samplers import QuboAnnealer

        start = self._feasible[None].astype(np.int8)
        samples = QuboAnnealer().sample_arrays(
            self.compiled.qubo,
            num_sweeps=SWEEPS,
            time_limit=seconds,
            seed=seed,
            initial_states=start,
            structure="off",
        )
        for bits in np.unique(samples.states, axis=0):
            self._consider(bits.astype(np.float64), "an anneal of the QUBO")

    def _ask_cp_sat(self, seconds: float, seed: int) -> None:
        from ..programs.counterexamples import infeasible_below
        from ..programs.integer_program import OutOfTime

        try:
            values, settled = infeasible_below(
                self.compiled, self.ceiling, time_limit=seconds, seed=seed
            )
        except OutOfTime:
            self.skipped.append("CP-SAT was not asked about the penalties, for want of time")
            return
        if values is not None:
            self.consider_values(values, "CP-SAT")
        elif settled:
            broken = f"whatever breaks a constraint has an energy above {self.ceiling:.10g}"
            self.proof = f"proved by CP-SAT: {broken}"
