"""The `.sol` file beside a model: what its solver said the objective is."""

from __future__ import annotations

import re
from pathlib import Path

from ...errors import QoptError
from ...kit.files import PACKED, Text, number

SAID = re.compile(
    r"objective[ \t_]*(?:value)?[ \t]*[:=]*[ \t]*\"?[ \t]*([-+]?[\d.]+(?:[eE][-+]?\d+)?)",
    re.IGNORECASE,
)


def best_known(path: Path) -> tuple[float | None, tuple[str, ...]]:
    """The objective in the `.sol` beside a file, None where there is none, and what is to be said
    of it.

    SCIP writes "objective value: 5", Gurobi "# Objective value = 5", HiGHS "Objective 5", CPLEX
    objectiveValue="5".
    """
    base = path.with_suffix("") if path.suffix.lower() in PACKED else path
    beside = base.with_suffix(".sol")
    if not beside.is_file():
        return None, ()
    try:
        match = SAID.search(Text.read(beside).content)
    except QoptError as error:
        return None, (f"not used as the best known: {error}",)
    value = number(match[1]) if match else None
    if value is None:
        return None, (f"{beside.name} beside it names no objective, and was not used",)
    return value, (f"best known {value:g}, from {beside.name} beside it",)
