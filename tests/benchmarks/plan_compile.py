"""What compiling the models of published instances to QUBOs takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from textwrap import shorten
from typing import Any

import qopt
from problems.logistics import VehicleRouting
from qopt import QoptError

from .plan_runs import NOTE
from .plan_sets import PlanInstance
from .tables import Table, shown, width_of

MOST_COUPLINGS, COMPILE_SECONDS = 2_000_000, 3.0


@dataclass(frozen=True)
class CompiledModel:
    """Seconds to build a model and to compile it; nothing of a QUBO that has, or may have, too many
    couplings.
    """

    label: str
    instance: str
    variables: int
    constraints: int
    couplings: int | None = None
    bits: int | None = None
    building: float | None = None
    compiling: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        if self.building is None or self.compiling is None:
            return None
        return self.building + self.compiling <= COMPILE_SECONDS

    def cells(self) -> list[str]:
        return [
            self.label,
            self.instance,
            f"{self.variables:,}",
            f"{self.constraints:,}",
            shown(self.bits, ",d"),
            shown(self.couplings, ",d"),
            shown(self.building, ".2f"),
            shown(self.compiling, ".2f"),
            self.note if self.met is None else "yes" if self.met else "no",
        ]


def compiled(label: str, instance: PlanInstance) -> CompiledModel:
    """Rows over k variables have k (k - 1) / 2 pairs: where all pairs are ten times too many, the
    model is not compiled.
    """
    problem = instance.problem()
    size = problem.model_size()
    head = (label, instance.name, size.variables, size.constraints)
    if size.couplings > MOST_COUPLINGS:
        return CompiledModel(*head, note="too large")
    building, cqm = least(problem.model)
    lengths = [len(row.lhs.variables) for row in cqm.constraints.values()]
    if sum(k * (k - 1) // 2 for k in lengths) > 10 * MOST_COUPLINGS:
        return CompiledModel(*head, building=building, note="too large")
    try:
        compiling, made = least(lambda: qopt.compile(cqm))
    except QoptError as error:
        return CompiledModel(
            *head, building=building, note=shorten(str(error).replace("|", "/"), NOTE)
        )
    couplings = len(made.qubo.quad)
    if couplings > MOST_COUPLINGS:
        return CompiledModel(*head, couplings, made.qubo.num_variables, note="too large")
    return CompiledModel(*head, couplings, made.qubo.num_variables, building, compiling)


def least(call: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of the faster of two calls, for the machine may be shared, and what it returns."""
    seconds = []
    for _ in range(2):
        began = time.perf_counter()
        made = call()
        seconds.append(time.perf_counter() - began)
    return min(seconds), made


def compiled_all(sets: Mapping[str, list[PlanInstance]]) -> tuple[Table, list[CompiledModel]]:
    qopt.compile(VehicleRouting.bundled().model())  # imports
    names = [instance.name for instances in sets.values() for instance in instances]
    columns = {
        "set": width_of(list(sets)),
        "instance": width_of(names),
        "variables": 9,
        "constraints": 11,
        "bits": 9,
    }
    table, rows = (
        Table(columns | {"couplings": 10, "model s": 7, "compile s": 9, "met": 3}, texts=2),
        [],
    )
    for label, instances in sets.items():
        for instance in instances:
            rows.append(compiled(label, instance))
            table.row(*rows[-1].cells())
    table.write()
    met = [row.met for row in rows if row.met is not None]
    table.write(
        f"{sum(met)} of {len(met)} models of up to {MOST_COUPLINGS:,} couplings within "
        f"{COMPILE_SECONDS:g} s"
    )
    return table, rows
