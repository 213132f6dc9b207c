"""A quadratic function of bits, from a file or arrays, to be made as large, or as small, as can be.

Formulation: the function itself, `x[name]` a bit each, without constraints.

    value = offset + sum_i linear_i x_i + sum_{i<j} quad_ij x_i x_j

Source: the instances of Beasley (1998) and of Glover, Kochenberger and Alidaee (1998), which are
maximised.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

import numpy as np
import numpy.typing as npt

from qopt import Evaluation, ModelSize, Neighbourhood, Problem, QoptError, UnknownName, Violation
from qopt.kit.checks import require_count
from qopt.kit.files import noted, stem
from qopt.kit.quadratic import Bools, Floats, Ints, Quadratic

from .bits import Bits

if TYPE_CHECKING:
    import dimod


@dataclass(frozen=True, eq=False)
class QuboFile:
    """offset + sum_i linear_i x_i + sum_k quad_k x_row_k x_col_k over bits.

    Parameters
    ----------
    linear
        n finite numbers, at least one.
    row, col, quad
        m places in 0..n-1, two different ones each, and m finite numbers. Repeated pairs add up.
    offset
        A finite number.
    names
        n different texts. Default: "0", "1", ...
    sense
        "max" or "min": what is to be done with the value.

    Raises
    ------
    QoptError
        For anything else.
    """

    linear: Floats
    row: Ints
    col: Ints
    quad: Floats
    offset: float = 0.0
    names: tuple[str, ...] = ()
    sense: Literal["min", "max"] = "max"
    name: str = ""
    best_known: float | None = None

    plan_type: ClassVar = Bits
    formats: ClassVar = (
        "qbsolv .qubo, Zimpl .qs, OR-Library bqp, Matrix Market, "
        "dimod's COO, JSON and files, .npy, .npz"
    )
    kinds: ClassVar = ("near",)

    def __post_init__(self) -> None:
        from qopt import Qubo

        if self.sense not in ("min", "max"):
            raise UnknownName("sense", str(self.sense), ("min", "max"))
        qubo = Qubo.from_arrays(self.linear, self.row, self.col, self.quad, self.offset)
        if not qubo.num_variables:
            raise QoptError("a QUBO needs at least one bit; give linear= a number for each")
        names = tuple(self.names) or tuple(map(str, range(qubo.num_variables)))
        if len(names) != qubo.num_variables or not all(
            isinstance(name, str) and name for name in names
        ):
            raise QoptError(f"names: give {qubo.num_variables} texts, one for each bit")
        if len(set(names)) < len(names):
            raise QoptError("names: give each bit a name of its own")
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "offset", float(qubo.offset))
        for field in ("linear", "row", "col", "quad"):
            array = np.array(getattr(qubo, field))
            array.setflags(write=False)
            object.__setattr__(self, field, array)

    @classmethod
    def read(
        cls,
        path: str | Path,
        *,
        sense: Literal["min", "max"] | None = None,
        format: str | None = None,
        problem: int = 1,
    ) -> QuboFile:
        """Read a file as `qopt.Qubo.read` does.

        What its numbers mean in each format, and its sense, is said there.

        A list that does not say whether it is a graph or a function of bits is one of bits. `sense`
        overrides the format's own: the published instances of `.qubo` files are to be maximised,
        though qbsolv, whose format it is, minimises. Bits are named "0", "1", ..., also where a
        file counts from 1. `problem` is which of an OR-Library file with several. Raises FileError
        with the line.
        """
        from qopt import Qubo

        if sense not in (None, "min", "max"):
            raise UnknownName("sense", str(sense), ("min", "max"))
        value, own = Qubo.value_of(path, format=format, problem=problem, bits=True)
        names = tuple(map(str, value.labels))
        name = stem(Path(path)) + (f"-{problem}" if problem > 1 else "")
        made = cls(
            value.linear, value.row, value.col, value.quad, value.offset, names, sense or own, name
        )
        return noted(made, (*value.notes, *_sense_notes(sense, own)))

    @classmethod
    def generate(cls, *, variables: int = 50, density: float = 0.1, seed: int = 0) -> QuboFile:
        """Whole numbers from -100 to 100 on the diagonal and for pairs (as Beasley 1998).

        A pair has one with probability `density`.
        """
        require_count("variables", variables)
        require_count("seed", seed, least=0)
        if not 0 <= density <= 1:
            raise QoptError(f"density={density!r}: give a probability, 0 to 1")
        random = np.random.default_rng(seed)
        row, col = np.triu_indices(variables, 1)
        drawn = random.random(len(row)) < density
        row, col = row[drawn], col[drawn]
        linear = random.integers(-100, 101, variables).astype(float)
        quad: Floats = 2.0 * random.integers(-100, 101, len(row)).astype(float)
        return cls(linear, row, col, quad, name=f"random-{variables}-s{seed}")

    def model_size(self) -> ModelSize:
        return ModelSize(len(self.linear), len(self.quad), 0)

    def model(self) -> dimod.ConstrainedQuadraticModel:
        return (self._function if self.sense == "min" else self._function.times(-1.0)).cqm(
            self._labels
        )

    def decode(self, sample: Mapping[Any, float]) -> Bits:
        return Bits(
            tuple(
                name
                for name, label in zip(self.names, self._labels, strict=True)
                if sample[label] > 0.5
            )
        )

    def encode(self, plan: Bits) -> dict[Any, float]:
        """Raises QoptError for a bit that there is not."""
        return dict(zip(self._labels, self._bits(plan).astype(float).tolist(), strict=True))

    def evaluate(self, plan: Bits) -> Evaluation:
        """The value; broken are names that no bit has, and those that come twice."""
        unknown = [name for name in plan.ones if name not in self._place]
        known = [name for name in dict.fromkeys(plan.ones) if name in self._place]
        broken = [Violation(f"x[{name}]", 1.0, "unknown") for name in unknown]
        broken += [Violation("ones", 1.0, "repeated")] * (
            len(plan.ones) - len(unknown) - len(known)
        )
        return Evaluation(
            self._function.value(self._bits(Bits(tuple(known)))),
            tuple(broken),
            {"ones": float(len(known))},
        )

    def greedy(self) -> Bits:
        """From all 0, always the flip that gains most."""
        function = self._function if self.sense == "max" else self._function.times(-1.0)
        return self._plan(function.ascended(np.zeros(len(self.linear), dtype=np.bool_)))

    def neighbourhood(
        self,
        plan: Bits,
        kind: str,
        size: int,
        random: np.random.Generator,
        seen: Sequence[Any] = (),
    ) -> Neighbourhood:
        """Bits "near" each other by their couplings to be chosen anew while all others stay."""
        bits = self._bits(plan)
        free = self._function.nearest(size, random)
        names = tuple(self.names[k] for k in free)
        part = self.of(self._function.part(free, bits), names, self.sense)

        def back(chosen: Bits) -> Bits:
            again = bits.copy()
            again[free] = part._bits(chosen)
            return self._plan(again)

        return Neighbourhood(cast("Problem[Any]", part), part._plan(bits[free]), back)

    @classmethod
    def of(
        cls, function: Quadratic, names: tuple[str, ...], sense: Literal["min", "max"]
    ) -> QuboFile:
        return cls(
            function.linear,
            function.row,
            function.col,
            function.quad,
            function.offset,
            names,
            sense,
        )

    @cached_property
    def _function(self) -> Quadratic:
        return Quadratic(self.linear, self.row, self.col, self.quad, self.offset)

    @cached_property
    def _labels(self) -> list[str]:
        return [f"x[{name}]" for name in self.names]

    @cached_property
    def _place(self) -> dict[str, int]:
        return {name: k for k, name in enumerate(self.names)}

    def _bits(self, plan: Bits) -> Bools:
        bits: npt.NDArray[np.bool_] = np.zeros(len(self.names), dtype=np.bool_)
        for name in plan.ones:
            if name not in self._place:
                raise QoptError(f"the plan sets bit {name!r} to 1, and there is no such bit")
            bits[self._place[name]] = True
        return bits

    def _plan(self, bits: Bools) -> Bits:
        return Bits(tuple(self.names[k] for k in np.flatnonzero(bits)))


def _sense_notes(asked: Literal["min", "max"] | None, own: Literal["min", "max"]) -> list[str]:
    if asked in (None, own):
        other = {"min": "max", "max": "min"}[own]
        return [f"sense={other!r} would {other}imise the same value"]
    return [f"sense={asked!r} was given, so the value is {asked}imised all the same"]
