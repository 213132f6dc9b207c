"""The encoding law, checked: the QUBO says what the model says.

For each assignment that the bits can express, the least energy over the slack bits is what
`law.py` says. So an assignment that keeps all constraints has the energy of its objective, and
one that does not has more; what was encoded is decoded; and where the weights are enough, the
lowest energy is the optimum.

All states are tried where the bits are few. Else some assignments are, half of them drawn at random
and half found by short anneals, which keep most constraints; with the slacks that `encode` sets,
and with random ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from ...kit.checks import require_count
from ...pages import Page, Printed, Section
from ..model.arrays import Bools, Floats, Ints
from ..weights.tuning import short_anneal
from ..weights.weighed import Weighed
from .law import Law

EXHAUSTIVE_BITS = 20
BLOCK = 2**16  # states at a time
ENCODED = 500  # assignments that are encoded and decoded again, where all states are tried
SLACKS = 8  # random slacks that an assignment is tried with, where not all are
SWEEPS = 100  # of the short anneals
ROUNDING = 2.0**-42  # of the sum of all biases; of ft06 it leaves a fifth of that
OPTIMUM = "the lowest energy is the optimum"
SHOWN = 12  # variables of a counterexample


@dataclass(frozen=True)
class Counterexample:
    """An assignment that breaks a law, with what was found and what was expected."""

    law: str
    assignment: dict[Any, float]
    found: float
    expected: float

    def __str__(self) -> str:
        values = [f"{label} = {value:g}" for label, value in self.assignment.items() if value]
        if len(values) > SHOWN:
            values = [*values[:SHOWN], f"{len(values) - SHOWN} more that are not 0"]
        where = ", ".join(values) or "all are 0"
        return f"{self.law}: {self.found:.10g}, not {self.expected:.10g}, where {where}"


@dataclass(frozen=True)
class Verification(Printed):
    """What was checked and whether it held.

    Attributes
    ----------
    exhaustive
        Whether every state of the `num_bits` bits was tried.
    assignments, feasible
        How many assignments were checked, and how many of them keep all hard constraints. Where all
        states are tried they are different ones.
    worst, tolerance
        The largest difference of an energy from the law, and what rounding may leave of it.
    lowest, optimum
        The lowest energy of all states, None where not all were tried; the least objective of all
        feasible assignments, None where there is none or they are too many to try.
    excepted
        Labels of the constraints with approximate penalties, for whose sake nothing is said of the
        optimum.
    counterexample
        The first that was found, None where the law holds.
    provable
        Whether penalties="proven" would give weights that are proved to be enough; None where
        nobody asked.
    """

    num_bits: int
    exhaustive: bool
    assignments: int
    feasible: int
    worst: float
    tolerance: float
    lowest: float | None
    optimum: float | None
    excepted: tuple[Any, ...]
    counterexample: Counterexample | None
    provable: bool | None = None

    @property
    def ok(self) -> bool:
        """Whether the law held wherever it was checked."""
        return self.counterexample is None

    def page(self) -> Page:
        states = f"all {2**self.num_bits:,} states" if self.exhaustive else "a sample of the states"
        off = f"within {self.worst:.2g}, where rounding may leave {self.tolerance:.2g}"
        lines = [
            f"checked: {self.assignments:,} assignments, {states} of {self.num_bits:,} bits",
            f"feasible: {self.feasible:,} of them",
            f"energy = objective + penalties: {off}",
        ]
        if self.exhaustive:
            none = "none: no feasible assignment is known"
            best = none if self.optimum is None else f"{self.optimum:.10g}"
            lines.append(f"lowest energy: {self.lowest:.10g}; optimum: {best}")
        if self.excepted:
            labels = ", ".join(map(str, self.excepted))
            lines.append(f"excepted, their penalties being approximate: {labels}")
        sections = [Section(lines=lines)]
        if self.counterexample is not None:
            hint = ["these weights are not enough"] if self.provable is not None else []
            if self.provable:
                hint = [f"{hint[0]}; penalties='proven' are"]
            sections.append(Section("Counterexample", lines=[str(self.counterexample), *hint]))
        return Page(f"The encoding law {'holds' if self.ok else 'is broken'}", sections)


def verify(
    compiled: Weighed, *, bits: int = EXHAUSTIVE_BITS, samples: int = 400, seed: int = 0
) -> Verification:
    """Check the law: all states of at most `bits` bits, and about `samples` assignments of more.

    Raises QoptError for an argument that is no whole number, or too small.
    """
    require_count("bits", bits, least=0)
    require_count("samples", samples)
    require_count("seed", seed, least=0)
    check = _Check(compiled)
    if compiled.qubo.num_variables <= bits:
        check.all_states(seed)
    else:
        check.some_assignments(samples, seed)
    return check.verdict()


class _Check:
    """What was found of one compiled model so far."""

    def __init__(self, compiled: Weighed) -> None:
        self.compiled, self.law, self.bqm = compiled, Law(compiled), compiled.bqm()
        qubo = compiled.qubo
        sizes = float(np.abs(qubo.linear).sum() + np.abs(qubo.quad).sum() + abs(qubo.offset))
        self.tolerance = 1e-9 + ROUNDING * sizes
        self.assignments, self.feasible, self.worst, self.exhaustive = 0, 0, 0.0, False
        self.lowest: float | None = None
        self.optimum: float | None = None
        self.counterexample: Counterexample | None = None

    def verdict(self) -> Verification:
        return Verification(
            num_bits=self.compiled.qubo.num_variables,
            exhaustive=self.exhaustive,
            assignments=self.assignments,
            feasible=self.feasible,
            worst=self.worst,
            tolerance=self.tolerance,
            lowest=self.lowest,
            optimum=self.optimum,
            excepted=self.compiled.approximate,
            counterexample=self.counterexample,
            provable=self._provable(),
        )

    def _provable(self) -> bool | None:
        """Asked where the weights were not enough."""
        if self.counterexample is None or self.counterexample.law != OPTIMUM:
            return None
        return not self.compiled.proven and self.compiled.again(penalties="proven").proven

    def all_states(self, seed: int) -> None:
        """Of each state of the variables' bits all of the slacks'."""
        compiled = self.compiled
        slacks = _states(np.arange(2**compiled.slack.num_bits), compiled.slack.num_bits)
        count, block = 2**compiled.encoding.num_bits, max(1, BLOCK // len(slacks))
        lowest, lowest_state = np.inf, np.zeros(0)
        checked, kept = [], []
        for start, stop in pairwise([*range(0, count, block), count]):
            own = _states(np.arange(start, stop), compiled.encoding.num_bits)
            states = np.concatenate(
                [np.repeat(own, len(slacks), axis=0), np.tile(slacks, (len(own), 1))], axis=1
            )
            energies = self._energies(states)
            if energies.min() < lowest:
                lowest, lowest_state = float(energies.min()), states[np.argmin(energies)]
            invalid = compiled.validity.broken(states.astype(np.float64)).any(axis=1)
            least = np.where(invalid, np.inf, energies).reshape(len(own), len(slacks)).min(axis=1)
            if (valid := np.isfinite(least)).any():
                checked.append(compiled.values(own[valid]))
                kept.append(self._compare(checked[-1], least[valid]))
        every, first = np.unique(np.concatenate(checked), axis=0, return_index=True)
        self.assignments, self.feasible = len(every), int(np.concatenate(kept)[first].sum())
        self._encode_and_decode(
            every[np.random.default_rng(seed).permutation(len(every))[:ENCODED]]
        )
        self.exhaustive, self.lowest, self.optimum = True, lowest, self._optimum()
        if (
            self.optimum is not None
            and not compiled.approximate
            and abs(lowest - self.optimum) > self.tolerance
        ):
            self._found(OPTIMUM, compiled.values(lowest_state[None, :])[0], lowest, self.optimum)

    def some_assignments(self, samples: int, seed: int) -> None:
        compiled, random = self.compiled, np.random.default_rng(seed)
        model, draws = compiled.model, -(-samples // 2)
        steps = np.rint((model.upper - model.lower) / model.step)
        drawn = model.lower + model.step * np.floor(
            random.random((draws, model.num_variables)) * (steps + 1)
        )
        annealed = short_anneal(compiled.qubo, num_reads=draws, num_sweeps=SWEEPS, seed=seed)[
            :draws
        ]
        values = np.concatenate([compiled.presolved.restore(drawn), compiled.values(annealed)])
        states = self._encode_and_decode(values)
        feasible = self._compare(values, self._energies(states))
        self.assignments, self.feasible = len(values), int(feasible.sum())
        expected, _ = self.law.energies(values)
        for _ in range(SLACKS if compiled.slack.num_bits else 0):
            slack = np.floor(
                random.random((len(values), len(compiled.slack.base))) * (compiled.slack.upper + 1)
            )
            states[:, compiled.encoding.num_bits :] = [
                compiled.slack.encode(numbers) for numbers in slack
            ]
            energies = self._energies(states)
            cheaper = energies < expected - self.tolerance
            law = "no slack makes an assignment cheaper than its penalties"
            self._require_none(law, cheaper, values, energies, expected)

    def _compare(self, values: Floats, energies: Floats) -> Bools:
        """Least energies of assignments with the law; returns which assignments are feasible."""
        expected, kept = self.law.energies(values)
        objectives, feasible = self.law.objectives(values)
        off = np.abs(energies - expected)
        self.worst = max(self.worst, float(off.max(initial=0.0)))
        law = "the energy is the objective plus penalties"
        self._require_none(law, off > self.tolerance, values, energies, expected)
        if not self.compiled.approximate:
            law = "what is feasible has the energy of its objective"
            dear = kept & (np.abs(energies - objectives) > self.tolerance)
            self._require_none(law, dear, values, energies, objectives)
            # a cost that rounding may hide is not seen in an energy
            cost = expected - objectives
            seen = ~kept & ((cost <= 0) | (cost > 2 * self.tolerance))
            law = "what is infeasible costs more than its objective"
            cheap = seen & (energies <= objectives + self.tolerance)
            self._require_none(law, cheap, values, energies, objectives)
        return feasible

    def _encode_and_decode(self, values: Floats) -> Floats:
        """The states that assignments are encoded as."""
        states = np.array([self.compiled.encode(self._named(x)) for x in values])
        again = self.compiled.values(states)
        for k in np.flatnonzero((again != values).any(axis=1))[:1]:
            wrong = int(np.argmax(again[k] != values[k]))
            law = f"what was encoded is decoded, {self.law.variables[wrong]!r} for one"
            self._found(law, values[k], again[k, wrong], values[k, wrong])
        return states

    def _optimum(self) -> float | None:
        """The least objective of a feasible assignment of the full model, if all can be tried."""
        full = self.compiled.presolved.full
        sizes = np.rint((full.upper - full.lower) / full.step).astype(np.int64) + 1
        if np.log2(sizes.astype(np.float64)).sum() > EXHAUSTIVE_BITS + 0.5:
            return None
        best = np.inf
        for start, stop in pairwise([*range(0, int(np.prod(sizes)), BLOCK), int(np.prod(sizes))]):
            digits = (
                np.stack(np.unravel_index(np.arange(start, stop), sizes), axis=1)
                if len(sizes)
                else np.zeros((1, 0))
            )
            objectives, feasible = self.law.objectives(full.lower + full.step * digits)
            best = min(best, float(objectives[feasible].min(initial=np.inf)))
        return best if np.isfinite(best) else None

    def _energies(self, states: Floats | Ints) -> Floats:
        if not self.compiled.qubo.num_variables:
            return np.full(len(states), self.compiled.qubo.offset)
        return np.asarray(self.bqm.energies((states, self.compiled.qubo.labels)), dtype=np.float64)

    def _named(self, values: Floats) -> dict[Any, float]:
        return dict(zip(self.law.variables, values.tolist(), strict=True))

    def _require_none(
        self, law: str, wrong: Bools, values: Floats, found: Floats, expected: Floats
    ) -> None:
        """The first assignment that is `wrong` bool[k], if any, is a counterexample."""
        for k in np.flatnonzero(wrong)[:1]:
            self._found(law, values[k], found[k], expected[k])

    def _found(self, law: str, values: Floats, found: float, expected: float) -> None:
        if self.counterexample is None:
            self.counterexample = Counterexample(
                law, self._named(values), float(found), float(expected)
            )


def _states(numbers: Ints, bits: int) -> npt.NDArray[np.int8]:
    """int8[k, bits]: the binary digits of the numbers."""
    return ((numbers[:, None] >> np.arange(bits)) & 1).astype(np.int8)
