"""Constraints of a PyQUBO model, which are terms of its energy: what each comes to, and whether
PyQUBO calls it kept.

Their energies are computed here, for all assignments at once. Whether an energy is one of a kept
constraint only PyQUBO knows, for it never shows a `condition=`. So it is asked, by `decode_sample`,
once for each energy that a constraint is met at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ...errors import QoptError
from .arrays import Bools, Floats

ROUNDED = 1e-5  # of energies computed from text, in which PyQUBO writes six decimals
EXACT = 1e-9  # of energies computed from the numbers themselves, relative to them above 1
DIGITS = 9  # decimals of energies that count as one
WORK = 2**26  # numbers it may touch in a call: for each sample it builds a matrix of all variables
FEWEST = 8  # assignments that it is asked about in a call
SMALL = 500  # variables for which that takes a few milliseconds

Step = tuple[str, Any]
# "number", "bit" or "spin" puts one on a stack; "+", "*" and "first" take as many as they say


@dataclass(eq=False)
class Judge:
    """PyQUBO itself, and what it said so far.

    What `compiled` gives has just the `variables` in its energy: others would end the process.
    """

    compiled: Callable[[], Any]
    variables: tuple[str, ...]
    parameters: Mapping[str, float]
    said: dict[tuple[str, float], bool] = field(default_factory=dict)

    @cached_property
    def model(self) -> Any:
        return self.compiled()

    @property
    def patience(self) -> int:
        """How many assignments it is asked about in a call."""
        return max(FEWEST, WORK // (len(self.variables) + 1) ** 2)

    def ask(self, bits: Mapping[str, int]) -> dict[str, tuple[bool, float]]:
        """Whether each constraint is kept, and its energy, by label.

        Raises QoptError where a condition raises an error, or gives no truth value.
        """
        sample = {name: bits[name] for name in self.variables}
        try:
            decoded = self.model.decode_sample(sample, vartype="BINARY", feed_dict=self.parameters)
        except RuntimeError:
            raise QoptError(
                "PyQUBO cannot tell which constraints hold: "
                "a condition= raises an error or gives no truth value; mend it"
            ) from None
        return {
            label: (kept or (energy != 0 and abs(energy) <= EXACT), energy)
            for label, (kept, energy) in decoded.constraints().items()
        }


@dataclass(frozen=True)
class Watched:
    """Labelled terms of an energy; each a program in reverse Polish notation, or only known to
    PyQUBO.

    Without a `judge` a term counts as kept where it is 0. Pickled, it keeps what was said, and has
    no judge.
    """

    labels: tuple[str, ...] = ()
    programs: tuple[tuple[Step, ...], ...] | None = ()
    judge: Judge | None = field(default=None, compare=False)

    def __reduce__(self) -> tuple[Any, ...]:
        if self.judge is not None and self.programs is None:
            raise QoptError(
                "constraints of a compiled PyQUBO model cannot be pickled; "
                "give the expression instead"
            )
        said = None if self.judge is None else _Heard(dict(self.judge.said))
        return Watched, (self.labels, self.programs, said)

    def energies(self, values: Floats, variables: Sequence[Any]) -> Floats:
        """float64[k, c] of assignments `values` [k, n], bits, to `variables`."""
        return self.judged(values, variables)[0]

    def satisfied(self, values: Floats, variables: Sequence[Any]) -> Bools:
        """bool[k, c]."""
        return self.judged(values, variables)[1]

    def judged(self, values: Floats, variables: Sequence[Any]) -> tuple[Floats, Bools]:
        """Energies float64[k, c] and whether the constraints are kept, bool[k, c]."""
        if self.programs is None:
            return self._asked(values, variables)
        column = {label: k for k, label in enumerate(variables)}
        energies = np.empty((len(values), len(self.labels)))
        for c, program in enumerate(self.programs):
            energies[:, c] = run(program, values, column)[0]
        if self.judge is None or not self.labels:
            return energies, np.abs(energies) <= ROUNDED
        return energies, self._kept(energies, values, variables)

    def _kept(self, energies: Floats, values: Floats, variables: Sequence[Any]) -> Bools:
        """PyQUBO is asked of assignments with energies that it was not asked about, those nearest
        to 0 first.

        Of those that are left when it has done enough, 0 counts as kept.
        """
        assert self.judge is not None
        said, keys = self.judge.said, (np.round(energies, DIGITS) + 0.0).tolist()
        patience = self.judge.patience
        for k in np.argsort(np.abs(energies).sum(axis=1), kind="stable").tolist():
            pairs = list(zip(self.labels, keys[k], strict=True))
            if patience and any(pair not in said for pair in pairs):
                theirs = self.judge.ask(_bits(values[k], variables))
                said.update((pair, theirs[pair[0]][0]) for pair in pairs if pair[0] in theirs)
                patience -= 1
        rows = [
            [said.get(pair, abs(pair[1]) <= EXACT) for pair in zip(self.labels, row, strict=True)]
            for row in keys
        ]
        return np.array(rows, dtype=np.bool_).reshape(energies.shape)

    def _asked(self, values: Floats, variables: Sequence[Any]) -> tuple[Floats, Bools]:
        """All from PyQUBO, assignment by assignment."""
        assert self.judge is not None
        answers = [self.judge.ask(_bits(row, variables)) for row in values]
        shape = len(values), len(self.labels)
        energies = [[answer[label][1] for label in self.labels] for answer in answers]
        kept = [[answer[label][0] for label in self.labels] for answer in answers]
        return (
            np.array(energies, dtype=np.float64).reshape(shape),
            np.array(kept, dtype=np.bool_).reshape(shape),
        )


class _Heard(Judge):
    """What a judge said, without the judge."""

    def __init__(self, said: dict[tuple[str, float], bool]) -> None:
        super().__init__(lambda: None, (), {}, said)

    def __reduce__(self) -> tuple[Any, ...]:
        return _Heard, (self.said,)

    def ask(self, bits: Mapping[str, int]) -> dict[str, tuple[bool, float]]:
        raise QoptError(
            "whether the PyQUBO constraints hold is not known of this assignment: "
            "a condition= does not pickle; score it with the model it came from"
        )


def _bits(row: Floats, variables: Sequence[Any]) -> dict[str, int]:
    return {label: int(value) for label, value in zip(variables, row.tolist(), strict=True)}


def run(
    program: tuple[Step, ...], values: Floats, column: Mapping[Any, int]
) -> tuple[Floats, Floats]:
    """float64[k] values of a program, and its penalties: those of products add up, too."""
    stack: list[tuple[Any, Any]] = []
    for what, argument in program:
        if what == "number":
            stack.append((argument, 0.0))
        elif what in ("bit", "spin"):
            bits = values[:, column[argument]]
            stack.append((bits if what == "bit" else 2 * bits - 1, 0.0))
        else:
            parts = stack[-argument:]
            del stack[-argument:]
            stack.append(_joined(what, parts))
    value, penalty = (
        np.broadcast_to(np.asarray(part, dtype=np.float64), len(values)) for part in stack[0]
    )
    return value, penalty


def _joined(what: str, parts: list[tuple[Any, Any]]) -> tuple[Any, Any]:
    if what == "first":  # an expression with its penalty; PyQUBO drops what these carry themselves
        return parts[0][0], parts[1][0]
    total, penalty = parts[0]
    for value, more in parts[1:]:
        total = total + value if what == "+" else total * value
        penalty = penalty + more
    return total, penalty
