"""Reading a history of an index and its stocks: tables of prices, and OR-Library indtrack text."""

from __future__ import annotations

from typing import Any

from qopt import QoptError
from qopt.kit.files import Fields, Text

from ..inputs import (
    Conventions,
    Steps,
    form_of,
    read_index_track,
    read_steps,
    refuse_conventions,
)


def fields_of(
    text: Text, conventions: Conventions, index: str | None, periods: int | None
) -> Fields:
    """The arguments that a file has, of the first `periods` returns or of all."""
    if form_of(text) == "numbers":
        refuse_conventions(text, conventions, "OR-Library indtrack text", "gaps", "returns")
        steps = read_index_track(text, conventions)
    else:
        steps = read_steps(text, conventions)
    with text.blaming({}, ("periods",)):
        values = parted(steps, index, periods) | {"name": text.stem}
    notes = [*steps.notes]
    if index is None:
        notes.append(f"the index is {steps.names[0]}, the first column")
    if periods is not None:
        notes.append(f"the first {periods} of {len(steps.returns)} returns are used")
    return Fields(text, values, notes=notes, warnings=list(steps.warnings))


def parted(steps: Steps, index: str | None, periods: int | None) -> dict[str, Any]:
    """The arguments of the class, of so many periods; the index is the first by default."""
    names = list(steps.names)
    if index is not None and index not in names:
        raise QoptError(f"index={index!r} is no column; they are {', '.join(names[:8])}")
    if periods is not None and periods > len(steps.returns):
        raise QoptError(f"periods={periods}: there are {len(steps.returns)} returns", ("periods",))
    at = 0 if index is None else names.index(index)
    rest = [k for k in range(len(names)) if k != at]
    if not rest:
        raise QoptError("there is no asset beside the index")
    returns = steps.returns[:periods]
    return {"returns": returns[:, rest], "index": returns[:, at], "names": [names[k] for k in rest]}
