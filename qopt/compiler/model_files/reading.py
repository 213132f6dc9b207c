"""Files of models, LP and MPS: which of them a file is, and the CQM of what it says."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import dimod
import numpy as np

from ...errors import QoptError
from ...kit.files import PACKED, Text
from ...problem import Sense
from ..model.arrays import Bools, ModelArrays
from ..model.confinement import implied, sufficient
from ..model.grid import Grid, Reals
from ..model.reals import OnGrid
from . import lp, mps
from .modelling import cqm_of
from .program import Program
from .special_rows import plain_rows

READERS: Mapping[str, Callable[[Text], Program]] = {"lp": lp.read, "mps": mps.read}
MPS_HEAD = re.compile(r"(?:\*[^\n]*\n|\s*\n)*(?:NAME|ROWS|OBJSENSE|OBJNAME)\b", re.IGNORECASE)
LP_HEAD = re.compile(r"(?:\s*\\[^\n]*\n)*\s*(?:min|max)[a-z]*\b", re.IGNORECASE)
SHOWN = 3  # names in a note


@dataclass(frozen=True, eq=False)
class FileModel:
    """A model of a file: `cqm` is minimised, whatever its `sense`.

    `view` is there where variables are in steps.
    """

    cqm: dimod.ConstrainedQuadraticModel
    sense: Sense = "min"
    view: OnGrid | None = None
    notes: tuple[str, ...] = ()


def format_of(text: Text) -> str:
    """Of a model file: by how it begins or, where that is neither, by its name."""
    if MPS_HEAD.match(text.content):
        return "mps"
    if LP_HEAD.match(text.content):
        return "lp"
    names = [suffix.lower() for suffix in text.path.suffixes if suffix.lower() not in PACKED]
    return "mps" if names and names[-1] == ".mps" else "lp"


def read(text: Text, format: str, reals: Reals = None) -> FileModel:
    """The model that the text of an LP or MPS file says, as a CQM.

    `reals` gives the steps of variables that are not whole, by name or one for all. Raises
    FileError, with the line, and QoptError for the steps.
    """
    return modelled(READERS[format](text), reals)


def modelled(program: Program, reals: Reals = None) -> FileModel:
    """The CQM of a program. Raises FileError for a variable that nothing bounds."""
    lower, upper = program.bounds()
    unconditional = [row for row in program.rows if row.when is None]
    model = implied(program.arrays(unconditional, lower, upper))
    rows = plain_rows(program, model.lower, model.upper)
    model = implied(program.arrays(rows, lower, upper))
    model, cut = sufficient(model)
    _require_bounds(program, model)
    notes = [*program.text.notes, *program.notes]
    notes += _bound_notes(model, np.isinf(lower) | np.isinf(upper), cut)
    if not (model.step == 0).any():
        if reals:
            _refuse_reals(program, reals)
        return FileModel(cqm_of(model), program.sense, None, tuple(notes))
    try:
        cqm, view, more = on_grid(model, reals, -1.0 if program.sense == "max" else 1.0)
    except QoptError as error:
        if error.place[:1] == ("reals",):
            raise
        line = program.line_of(str(error.place[0])) if error.place else None
        raise program.error(str(error), line) from None
    return FileModel(cqm, program.sense, view, (*notes, *more))


def on_grid(
    model: ModelArrays, reals: Reals, sign: float = 1.0
) -> tuple[dimod.ConstrainedQuadraticModel, OnGrid, tuple[str, ...]]:
    """A model with REAL variables as a CQM of whole ones, the view of it, and what is to be said of
    the steps.

    `sign` is -1 for a model whose objective was negated. Raises QoptError for a variable whose
    steps are not known.
    """
    grid = Grid.of(model, reals)
    notes = [*grid.notes, *_floored(model, grid)]
    fixed = (model.step == 0) & (model.lower == model.upper)
    if fixed.any():
        values = [
            f"{model.variables[v]} = {model.lower[v]:g}" for v in np.flatnonzero(fixed).tolist()
        ]
        notes.append(f"fixed by their bounds or rows: {_few(values)}")
    return cqm_of(grid.whole(model)), OnGrid(model, grid, sign), tuple(notes)


def _floored(model: ModelArrays, grid: Grid) -> list[str]:
    """Of upper bounds that no step reaches."""
    top = grid.low + grid.step * grid.last
    off = grid.real & (model.upper - top > 1e-9 * np.maximum(1.0, np.abs(model.upper)))
    return [
        f"the largest step of {model.variables[v]!r} is {top[v]:g}, "
        f"below its bound {model.upper[v]:g}"
        for v in np.flatnonzero(off).tolist()
    ][:SHOWN]


def _require_bounds(program: Program, model: ModelArrays) -> None:
    for v in np.flatnonzero(np.isinf(model.lower) | np.isinf(model.upper))[:1].tolist():
        side = "lower" if np.isinf(model.lower[v]) else "upper"
        name = program.label(v)
        raise program.error(
            f"variable {name!r} has no {side} bound, and no row gives it one; write a bound for it",
            program.places.get(v) or program.line_of(name),
        )


def _bound_notes(model: ModelArrays, open_: Bools, cut: Bools) -> list[str]:
    notes = []
    for mine, reason in (
        (open_ & ~cut, "without bounds of their own; from their rows follow"),
        (open_ & cut, "without bounds of their own; for an optimum suffice"),
    ):
        ends = [
            f"{model.lower[v]:g} <= {model.variables[v]} <= {model.upper[v]:g}"
            for v in np.flatnonzero(mine).tolist()
        ]
        if ends:
            notes.append(f"{reason} {_few(ends)}")
    return notes


def _refuse_reals(program: Program, reals: Reals) -> None:
    names = list(reals) if isinstance(reals, Mapping) else []
    known = [name for name in names if name in program.names]
    what = f"{known[0]!r} is whole" if known else "every variable is whole"
    raise QoptError(f"reals={reals!r}: {what}, and needs no steps; leave it out", ("reals",))


def _few(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
