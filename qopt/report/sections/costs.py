"""What the trials took: time, device, money, energy, by solver."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ...batch import Record
from ...compare.sentences import amount
from ...pages import Cell, Column, Section, Toned
from ...pages.content import numbers


@dataclass(frozen=True)
class Cost:
    """Of all trials of a solver together; None where no trial tells.

    Among the `seconds` are those to `compile` models, and those for the annealer's `kernels`,
    which are compiled once on a machine and loaded once in each process.
    """

    solver: str
    trials: int
    seconds: float
    compile: float
    kernels: float
    device_seconds: float | None
    estimated_seconds: float | None
    money: float | None
    joules: float | None

    @property
    def money_a_run(self) -> float | None:
        return None if self.money is None else self.money / self.trials


def costs(records: Sequence[Record]) -> tuple[Cost, ...]:
    """Of each solver, in the order of their names."""
    found = []
    for solver in sorted({record.solver for record in records}):
        own = [record for record in records if record.solver == solver]
        found.append(
            Cost(
                solver,
                len(own),
                math.fsum(record.seconds for record in own),
                math.fsum(record.timing.get("compile", 0.0) for record in own),
                math.fsum(record.timing.get("jit", 0.0) for record in own),
                _total([record.device_seconds for record in own]),
                _total([record.device.get("estimated_seconds") for record in own]),
                _total([record.money for record in own]),
                _total([record.machine.get("joules") for record in own]),
            )
        )
    return tuple(found)


def cost_table(found: Sequence[Cost], currency: str) -> Section:
    """A row a solver."""
    rows: list[list[Cell]] = [
        [
            Toned(each.solver, "strong"),
            each.trials,
            amount(each.seconds),
            amount(each.compile),
            amount(each.kernels),
            _known(each.device_seconds),
            _known(each.estimated_seconds),
            _known(each.money),
            _known(each.joules),
        ]
        for each in found
    ]
    names = (
        "trials",
        "seconds in all",
        "of these to compile models",
        "of these for kernels",
        "device seconds",
        "as estimated before",
        f"money, {currency}",
        "joules",
    )
    return Section(columns=[Column("solver", whole=True), *numbers(*names)], rows=rows)


def _total(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) if known else None


def _known(value: float | None) -> str:
    return "not told" if value is None else amount(value)
