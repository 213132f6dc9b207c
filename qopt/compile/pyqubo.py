"""PyQUBO expressions and models, which stop at this door: they do not pickle.

The energy is PyQUBO's own, by `to_bqm`. Its `Constraint`s are read from the text of the expression, the only form in which
PyQUBO hands it out: numbers have six decimals there, and a `condition=` is not told, so that a constraint counts as kept where
its energy is 0 within `TOLERANCE`. A compiled model has no text, and so no constraints here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dimod
import numpy as np

from ..errors import QoptError, UnknownName
from .arrays import Bools, Floats

TOLERANCE = 1e-5

Step = tuple[
    str, Any
]  # "number", "bit" or "spin" puts one on a stack; "+", "*" and "first" take as many as they say


@dataclass(frozen=True)
class Watched:
    """Labelled terms of an energy that should be 0; each a program in reverse Polish notation."""

    labels: tuple[str, ...] = ()
    programs: tuple[tuple[Step, ...], ...] = ()

    def energies(self, values: Floats, variables: Sequence[Any]) -> Floats:
        """float64[k, c] of assignments `values` [k, n], bits, to `variables`."""
        column = {label: k for k, label in enumerate(variables)}
        found = np.empty((len(values), len(self.labels)))
        for c, program in enumerate(self.programs):
            found[:, c] = _run(program, values, column)
        return found

    def satisfied(self, values: Floats, variables: Sequence[Any]) -> Bools:
        """bool[k, c]."""
        kept: Bools = np.abs(self.energies(values, variables)) <= TOLERANCE
        return kept


def is_pyqubo(model: Any) -> bool:
    """Whether it is an expression or a compiled model, told without an import of PyQUBO."""
    made_by = {kind.__module__.partition(".")[0] for kind in type(model).__mro__}
    return "cpp_pyqubo" in made_by and (hasattr(model, "compile") or hasattr(model, "to_bqm"))


def read(
    model: Any, parameters: Mapping[str, float] | None = None
) -> tuple[dimod.BinaryQuadraticModel, Watched]:
    """The BQM and the constraints of an expression or, without constraints, of a compiled model.

    `parameters` are values for placeholders. Raises QoptError for one without a value, UnknownName for a value without one, and
    QoptError for two constraints with one label.
    """
    given = {name: float(value) for name, value in (parameters or {}).items()}
    if not hasattr(model, "compile"):
        return _bqm(model, given), Watched()
    text = str(model + 0)  # a sum is written out in full, an integer alone by its name
    names = dict.fromkeys(re.findall(r"Placeholder\('(.*?)'\)", text))
    for name in given:
        if name not in names:
            raise UnknownName("placeholder", name, names)
    _require_values([name for name in names if name not in given])
    return _bqm(model.compile(), given), _watched(text, given)


def _bqm(compiled: Any, given: dict[str, float]) -> dimod.BinaryQuadraticModel:
    try:
        return compiled.to_bqm(feed_dict=given).change_vartype("BINARY", inplace=False)
    except (KeyError, RuntimeError, ValueError) as error:
        missing = re.search(r"the value of (.*) is not provided", str(error))
        _require_values([missing.group(1)] if missing else [])
        raise QoptError(f"PyQUBO cannot make a BQM of the model: {error}") from None


def _require_values(missing: list[str]) -> None:
    if missing:
        values = ", ".join(f"{name!r}: ..." for name in missing)
        raise QoptError(
            f"the PyQUBO model has placeholders without values: {', '.join(missing)}; give parameters={{{values}}} to "
            f"qopt.compile, or take model.compile().to_bqm(feed_dict={{{values}}})"
        )


TOKEN = re.compile(
    r"(?P<kind>Binary|Spin|Placeholder)\('(?P<name>.*?)'\)"
    r"|(?P<number>-?(?:\d+\.\d+|inf|nan))"
    r"|(?P<open>(?:Constraint|SubH|WithPenalty|UserDefinedExpress)?\()"
    r"|, '(?P<label>.*?)'\)"
    r"|(?P<close>\))"
    r"|(?P<sign> [+*] |, )"
)


def _watched(text: str, given: dict[str, float]) -> Watched:
    """One walk over the text, without recursion: PyQUBO nests long products deeply."""
    steps: list[Step] = []
    opened: list[_Opened] = [_Opened("(", 0)]
    found: dict[str, tuple[Step, ...]] = {}
    place = 0
    while place < len(text):
        token = TOKEN.match(text, place)
        if token is None:
            raise QoptError(
                f"PyQUBO writes {text[place : place + 40]!r}, which is not understood; give model.compile(), "
                "though its constraints are not seen"
            )
        place = token.end()
        if token["open"]:
            opened.append(_Opened(token["open"], len(steps)))
        elif token["sign"]:
            opened[-1].sign = token["sign"].strip(" ")
        elif token["close"] or token["label"] is not None:
            done = opened.pop()
            if done.count > 1:
                steps.append(("first" if done.kind == "WithPenalty(" else done.sign, done.count))
            if done.kind == "Constraint(":
                _keep(found, token["label"], tuple(steps[done.start :]))
            opened[-1].count += 1
        else:
            steps.append(_leaf(token, given))
            opened[-1].count += 1
    return Watched(tuple(found), tuple(found.values()))


@dataclass
class _Opened:
    """A bracket that is still open, whose steps began at `start`; `count` parts of it are done."""

    kind: str
    start: int
    sign: str = ""
    count: int = 0


def _leaf(token: re.Match[str], given: dict[str, float]) -> Step:
    if token["number"]:
        return "number", float(token["number"])
    if token["kind"] == "Placeholder":
        return "number", given[token["name"]]
    return {"Binary": "bit", "Spin": "spin"}[token["kind"]], token["name"]


def _keep(found: dict[str, tuple[Step, ...]], label: str, program: tuple[Step, ...]) -> None:
    """PyQUBO itself would charge for both of two constraints with one label, and report only one of them."""
    if found.setdefault(label, program) != program:
        raise QoptError(
            f"two constraints of the PyQUBO model have the label {label!r}; give each its own"
        )


def _run(program: tuple[Step, ...], values: Floats, column: Mapping[Any, int]) -> Floats:
    stack: list[Any] = []
    for what, argument in program:
        if what == "number":
            stack.append(argument)
        elif what in ("bit", "spin"):
            bits = values[:, column[argument]]
            stack.append(bits if what == "bit" else 2 * bits - 1)
        else:
            parts = stack[-argument:]
            del stack[-argument:]
            total = parts[0]
            for part in parts[1:] if what != "first" else ():
                total = total + part if what == "+" else total * part
            stack.append(total)
    result: Floats = np.broadcast_to(np.asarray(stack[0], dtype=np.float64), len(values))
    return result
