"""Which encoding each number takes.

| number | encoding | because |
|---|---|---|
| of two values | one bit | all encodings are the same |
| any other, unless named | log | the fewest bits; see below |
| named by its label, or by that of its constraint for a slack | as asked | |
| of a model that a device blurs | "bounded", if `Compiled.precision` names it | no bit as heavy |

Fewer bits are found faster, light or heavy. The best of 32 reads of 300 sweeps of `QuboAnnealer`,
in the mean of five random models (lower is better): knapsacks of 20 things in 3 rows, with slacks
"log" -175, "bounded" -164, bounded by 4 -138, "unary" -116; quadratic functions of five integers
0..15 in two rows, with "log" 6.9, "domain-wall" 11, "bounded" 18, "unary" 22, "one-hot" 77.

"bounded", where it is asked for, is bounded for a slack by the largest coefficient of its row in
whole numbers, for a variable by the square root of its range, or for either as `("bounded",
largest)` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ...errors import QoptError, UnknownName
from ...kit.checks import require, require_count
from ..model.arrays import Floats, Ints
from ..presolve.presolve import Presolved
from .encoding import ENCODINGS, Names, num_bits

MOST_BITS = 100_000  # of one number: more are a slip

Code = str | tuple[str, int]


@dataclass(frozen=True, eq=False)
class Codes:
    """The encodings of n' variables and m' slacks: names str[.], and the largest steps int64[.].

    The latter are those of one bit, for "bounded".
    """

    of_variables: tuple[Names, Ints]
    of_slacks: tuple[Names, Ints]

    @classmethod
    def chosen(
        cls,
        presolved: Presolved,
        slack: Floats,
        largest: Floats,
        asked: Code | Mapping[Any, Code] | None,
    ) -> Codes:
        """By the table above, and as `asked`: for all numbers, or by labels of the full model's
        variables and constraints.

        `slack` float64[m'] are the slacks' ranges, `largest` float64[m'] the largest whole-number
        coefficient of each row. Raises UnknownName for an encoding or a label, QoptError for an
        encoding of too many bits.
        """
        full, model = presolved.full, presolved.model
        ranges = np.rint((model.upper - model.lower) / model.step).astype(np.int64)
        slacks = slack.astype(np.int64)
        limits = np.sqrt(ranges).astype(np.int64), np.maximum(largest, 1).astype(np.int64)
        variables = _Choice(
            np.full(len(ranges), "log", dtype="<U11"),
            limits[0],
            full.variables,
            presolved.variables,
        )
        rows = _Choice(
            np.full(len(slacks), "log", dtype="<U11"), limits[1], full.labels, presolved.constraints
        )
        by_label = asked if isinstance(asked, Mapping) else {}
        if asked is not None and not isinstance(asked, Mapping):
            variables.set_all(*_parsed(asked))
            rows.set_all(*_parsed(asked))
        for label, code in by_label.items():
            if label not in variables.place and label not in rows.place:
                known = map(str, [*full.variables, *full.labels])
                raise UnknownName(
                    "variable or constraint", str(label), known, hint="; encodings name it"
                )
            variables.set(label, *_parsed(code))
            rows.set(label, *_parsed(code))
        variables.require_few_bits(ranges, "{!r}")
        rows.require_few_bits(slacks, "the slack of {!r}")
        return cls((variables.names, variables.limits), (rows.names, rows.limits))


@dataclass(frozen=True, eq=False)
class _Choice:
    """`names` and `limits` of those that are `left` int64[.] of the numbers; set in place."""

    names: Names
    limits: Ints
    labels: list[Any]
    left: Ints

    @cached_property
    def place(self) -> dict[Any, int]:
        """Where each label is among those left, -1 for one that presolve took away."""
        return dict.fromkeys(self.labels, -1) | {
            self.labels[k]: place for place, k in enumerate(self.left.tolist())
        }

    def set(self, label: Any, name: str, largest: int | None) -> None:
        if (place := self.place.get(label, -1)) >= 0:
            self.names[place] = name
            self.limits[place] = largest or self.limits[place]

    def set_all(self, name: str, largest: int | None) -> None:
        self.names[:] = name
        self.limits[:] = largest or self.limits

    def require_few_bits(self, ranges: Ints, what: str) -> None:
        bits = np.select(
            [self.names == code for code in ENCODINGS],
            [num_bits(code, ranges, self.limits) for code in ENCODINGS],
        )
        for k in np.flatnonzero(bits > MOST_BITS)[:1]:
            label = what.format(self.labels[self.left[k]])
            raise QoptError(
                f"{label} takes {bits[k]:,} bits as {str(self.names[k])!r}; "
                "take 'log', or bound it closer"
            )


def _parsed(code: Code) -> tuple[str, int | None]:
    name, largest = code if isinstance(code, tuple) and len(code) == 2 else (code, None)
    if name not in ENCODINGS:
        raise UnknownName("encoding", str(name), ENCODINGS)
    if largest is not None:
        require(name == "bounded", "encodings", code, "a number with 'bounded' only")
        require_count("largest", largest)
    return name, largest
