"""What contradicts what, in words: as the user wrote the constraints, and by their labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...errors import Infeasible
from ..model.arrays import ModelArrays


@dataclass
class Contradiction(Exception):
    """What cannot be, by the numbers of rows and variables of the model at hand.

    Attributes
    ----------
    row, least, most, step
        A row whose terms come to `least`..`most`, or to `least` plus multiples of `step`, and not
        to what it needs.
    pair
        Two rows that ask different things of the same terms.
    variable
        One that has no value left.
    circle
        Rows that make variables equal or opposite, round to `variable` and its opposite.
    """

    row: int = -1
    least: float = 0.0
    most: float = 0.0
    step: float = 0.0
    pair: tuple[int, int] | None = None
    variable: int = -1
    circle: tuple[int, ...] = ()


def of_row(full: ModelArrays, c: int, found: Contradiction, given: Sequence[int]) -> Infeasible:
    """Constraint `c` needs what the constraints `given` leave its variables unable to give."""
    if found.step:
        rest = found.least % found.step
        gives = f"only {f'{rest:g} plus ' if rest else ''}multiples of {found.step:g}"
    elif found.least > full.rhs[c]:
        gives = _bound(full, c, "at least", found.least)
    else:
        gives = _bound(full, c, "at most", found.most)
    labels = [full.labels[k] for k in given]
    once = f" once {listed(labels)} hold{'s' if len(labels) == 1 else ''}" if labels else ""
    return Infeasible(
        f"constraint {full.labels[c]!r} needs {_need(full, c)}, "
        f"but its variables give {gives}{once}; "
        + ("relax one of them" if labels else "relax it, or their bounds"),
        (full.labels[c], *labels),
    )


def of_variable(
    full: ModelArrays, v: int, ends: tuple[float, float], by: tuple[int, int]
) -> Infeasible:
    """Variable `v` has its bounds `ends` from the constraints `by`, or, if negative, itself."""
    at_least, at_most = (
        f"{end:g} by {full.labels[c]!r}" if c >= 0 else f"{end:g}"
        for end, c in zip(ends, by, strict=True)
    )
    return Infeasible(
        f"variable {full.variables[v]!r} must be at least {at_least} and at most {at_most}; "
        "relax either",
        tuple(full.labels[c] for c in dict.fromkeys(by) if c >= 0),
    )


def of_repeats(full: ModelArrays, a: int, b: int) -> Infeasible:
    """Constraints `a` and `b` ask different things of the same terms."""
    labels = (full.labels[a], full.labels[b])
    return Infeasible(
        f"constraints {labels[0]!r} ({_need(full, a)}) and {labels[1]!r} ({_need(full, b)}) "
        "contradict each other: "
        "their terms are the same, up to a factor; relax one of them",
        labels,
    )


def of_opposites(full: ModelArrays, v: int, constraints: Sequence[int]) -> Infeasible:
    """`constraints` make variables equal or opposite, all round to `v` itself."""
    labels = [full.labels[c] for c in constraints]
    return Infeasible(
        f"constraints {listed(labels)} contradict each other: "
        f"variable {full.variables[v]!r} would have to differ from itself; relax one of them",
        tuple(labels),
    )


def listed(labels: Sequence[Any], most: int = 4) -> str:
    """'a', 'b' and 'c'; of more than `most`, how many more."""
    names = [repr(label) for label in labels]
    names = names if len(names) <= most else [*names[: most - 1], f"{len(names) - most + 1} more"]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _need(model: ModelArrays, c: int) -> str:
    return (
        f"exactly {model.rhs[c]:g}"
        if model.sense[c] == "="
        else _bound(model, c, "at most", float(model.rhs[c]))
    )


def _bound(model: ModelArrays, c: int, words: str, value: float) -> str:
    if model.negated[c]:
        words, value = {"at most": "at least", "at least": "at most"}[words], -value
    return f"{words} {value + 0.0:g}"
