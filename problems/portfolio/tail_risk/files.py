"""Reading scenarios: tables of prices, and OR-Library indtrack text without its index."""

from __future__ import annotations

from qopt.kit.files import Fields, Text

from ..inputs import Conventions, form_of, read_index_track, read_steps, refuse_conventions


def fields_of(text: Text, conventions: Conventions) -> Fields:
    """The arguments that a file has: each of its returns is a scenario."""
    if form_of(text) == "numbers":
        refuse_conventions(text, conventions, "OR-Library indtrack text", "gaps", "returns")
        steps = read_index_track(text, conventions)
        names, returns, notes = steps.names[1:], steps.returns[:, 1:], ["its index is left out"]
    else:
        steps = read_steps(text, conventions)
        names, returns, notes = steps.names, steps.returns, []
    values = {"returns": returns, "names": names, "name": text.stem}
    return Fields(text, values, {}, [*steps.notes, *notes], list(steps.warnings))
