"""Models of binaries as LP and MPS files, for qopt and for every other solver.

Names keep to letters, digits, points and underscores, which all readers take; what was renamed is
said in comments. Lines are short, numbers are written with all of their digits, and a variable that
is nowhere has 0 of itself in the objective, as the lists of LP files do not bring variables in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import QoptError
from ...kit.saving import replacing
from ..model.arrays import ModelArrays
from .lp.grammar import RESERVED

WIDTH = 100  # columns of an LP file
LONGEST = 200  # letters of a name; LP files allow 255
SPELT = (("<=", "_at_most"), (">=", "_at_least"))
NO_NAME = re.compile(r"[^a-z_]|e\d|e$|inf(?:inity)?$|nan$|free$|obj$", re.IGNORECASE)


def write_model(path: Path, model: ModelArrays, said: Sequence[str] = ()) -> Path:
    """Write a model of binaries and hard linear constraints as its suffix says, .lp or .mps, under
    comments `said`; an existing file is replaced whole or not at all.

    Raises FileError where it cannot be written, and QoptError for another suffix or model.
    """
    if path.suffix.lower() not in WRITERS:
        raise QoptError(f"{path}: give a name that ends in {' or '.join(WRITERS)}")
    whole = (model.lower == 0) & (model.upper == 1) & (model.step == 1)
    if not (whole.all() and model.hard.all()) or len(model.row_quadratic.value):
        raise QoptError(f"{path}: of binaries and hard linear constraints alone a file is written")
    lines = WRITERS[path.suffix.lower()](model, said)
    with replacing(path) as file:
        file.writelines(f"{line}\n".encode() for line in lines)
    return path


def names_of(labels: Iterable[Any], start: str) -> list[str]:
    """A name for each label, all different; `start` stands before what may be no name's start."""
    names, known = list[str](), set[str]()
    for label in labels:
        name = plain = _name(label, start)
        number = 1
        while name.lower() in known:  # some readers do not tell small from large letters
            number += 1
            name = f"{plain}_{number}"
        known.add(name.lower())
        names.append(name)
    return names


def _name(label: Any, start: str) -> str:
    said = str(label)
    for sign, spelt in SPELT:
        said = said.replace(sign, spelt)
    name = re.sub(r"[^A-Za-z0-9.]+", "_", said)[:LONGEST].rstrip("_.")
    taken = not name or NO_NAME.match(name) or RESERVED.fullmatch(name)
    return f"{start}{name}" if taken else name


def _renamed(labels: Sequence[Any], names: Sequence[str]) -> Iterator[str]:
    for label, name in zip(labels, names, strict=True):
        if str(label) != name and not isinstance(label, int):
            yield f"{name} is {' '.join(str(label).split())}"
    if any(isinstance(label, int) for label in labels):
        yield "x0, x1, ... are the variables 0, 1, ..."


def _lp(model: ModelArrays, said: Sequence[str]) -> Iterator[str]:
    names, rows = names_of(model.variables, "x"), names_of(model.labels, "c")
    for line in (*said, *_renamed(model.variables, names)):
        yield f"\\ {line}"
    yield "Minimize"
    terms = [
        _term(model.linear[v], names[v])
        for v in np.flatnonzero((model.linear != 0) | _nowhere(model))
    ]
    if len(model.quadratic.value):
        terms += ["+ [", *(_term(2 * value, pair) for value, pair in _products(model, names))]
        terms.append("] / 2")
    if model.offset:
        terms.append(_term(model.offset, ""))
    yield from _wrapped(" obj:", terms)
    yield "Subject To"
    for c, name in enumerate(rows):
        terms = [_term(value, names[v]) for v, value in _row(model, c)]
        sense, right = _side(model, c)
        yield from _wrapped(f" {name}:", [*terms, {"=": "="}.get(sense, f"{sense}="), right])
    yield "Binary"
    yield from _wrapped("", names)
    yield "End"


def _mps(model: ModelArrays, said: Sequence[str]) -> Iterator[str]:
    names, rows = names_of(model.variables, "x"), names_of(model.labels, "c")
    for line in (*said, *_renamed(model.variables, names)):
        yield f"* {line}"
    yield from ("NAME", "ROWS", " N  obj")
    sides = [_side(model, c) for c in range(len(rows))]
    for name, (sense, _) in zip(rows, sides, strict=True):
        yield f" { {'<': 'L', '>': 'G', '=': 'E'}[sense] }  {name}"
    yield from ("COLUMNS", "    MARKER  'MARKER'  'INTORG'")
    columns, sign = model.rows.tocsc(), np.where(model.negated, -1.0, 1.0)
    for v, name in enumerate(names):
        mine = slice(columns.indptr[v], columns.indptr[v + 1])
        yield f"    {name}  obj  {_number(model.linear[v])}"
        for c, value in zip(columns.indices[mine], columns.data[mine], strict=True):
            yield f"    {name}  {rows[c]}  {_number(sign[c] * value)}"
    yield from ("    MARKER  'MARKER'  'INTEND'", "RHS")
    if model.offset:
        yield f"    RHS  obj  {_number(-model.offset)}"
    yield from (f"    RHS  {name}  {right}" for name, (_, right) in zip(rows, sides, strict=True))
    yield "BOUNDS"
    yield from (f" BV BND  {name}" for name in names)
    if len(model.quadratic.value):
        yield "QUADOBJ"
        for value, pair in _products(model, names):
            yield f"    {pair.replace(' * ', '  ')}  {_number(value)}"
    yield "ENDATA"


WRITERS: Mapping[str, Callable[[ModelArrays, Sequence[str]], Iterator[str]]] = {
    ".lp": _lp,
    ".mps": _mps,
}


def _nowhere(model: ModelArrays) -> Any:
    """bool[n]: variables that are in no row and in no product."""
    there = np.zeros(model.num_variables, dtype=bool)
    for mine in (model.rows.indices, model.quadratic.row, model.quadratic.col):
        there[mine] = True
    return ~there


def _products(model: ModelArrays, names: Sequence[str]) -> Iterator[tuple[float, str]]:
    q = model.quadratic
    for i, j, value in zip(q.row.tolist(), q.col.tolist(), q.value.tolist(), strict=True):
        yield value, f"{names[i]} * {names[j]}"


def _row(model: ModelArrays, c: int) -> Iterator[tuple[int, float]]:
    mine, sign = slice(*model.rows.indptr[c : c + 2]), -1.0 if model.negated[c] else 1.0
    for v, value in zip(model.rows.indices[mine], model.rows.data[mine], strict=True):
        yield int(v), sign * value


def _side(model: ModelArrays, c: int) -> tuple[str, str]:
    """The sense, '<', '>' or '=', and the right side of a constraint."""
    if model.negated[c]:
        return ">", _number(-model.rhs[c])
    return str(model.sense[c]), _number(model.rhs[c])


def _term(value: float, name: str) -> str:
    sign, size = "-" if value < 0 else "+", _number(abs(value))
    return f"{sign} {size} {name}".rstrip() if size != "1" or not name else f"{sign} {name}"


def _number(value: float) -> str:
    """All digits, and no point where there is nothing behind it."""
    return repr(float(value) + 0.0).removesuffix(".0")


def _wrapped(start: str, words: Iterable[str]) -> Iterator[str]:
    """Lines of words; no word is broken."""
    line = start
    for word in words:
        if len(line) + 1 + len(word) > WIDTH and line.strip():
            yield line
            line = " "
        line += f" {word}"
    yield line
