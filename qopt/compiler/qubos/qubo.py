"""A QUBO as arrays."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from numbers import Real
from pathlib import Path
from typing import Any, ClassVar

import dimod
import numpy as np
import numpy.typing as npt
from scipy import sparse

from ...errors import QoptError
from ...kit.checks import require
from ...kit.files import noted, told_of
from ...problem import Sense
from ..model.arrays import Floats, Ints
from .files import read_model, write_npz
from .function import Function


@dataclass(frozen=True, eq=False)
class Qubo:
    """E(b) = offset + sum_i linear_i b_i + sum_k quad_k b_row_k b_col_k over b_i in {0, 1}; row <
    col, no pair twice.

    `linear` float64[n]; `row`, `col` int64[m]; `quad` float64[m]; `labels` n different ones, a
    `range` where they are numbers.
    """

    linear: Floats
    row: Ints
    col: Ints
    quad: Floats
    offset: float
    labels: Sequence[Any]

    notes: ClassVar[tuple[str, ...]] = ()  # of one that was read: what was decided

    def __post_init__(self) -> None:
        # a range cannot repeat itself, and a set of a million labels costs more than the rest of a
        # model
        if not isinstance(self.labels, range) and len(set(self.labels)) != len(self.labels):
            raise QoptError(
                "two bits of the QUBO would share a label; "
                "rename the variables or constraints that end in '#'"
            )

    @classmethod
    def from_matrix(
        cls, linear: Floats, couplings: sparse.csr_array, offset: float, labels: list[Any]
    ) -> Qubo:
        """`linear' b + b' couplings b + offset` for any square matrix; its triangles add up."""
        upper = sparse.triu(couplings + couplings.T, k=1, format="coo")
        keep = upper.data != 0
        return cls(
            linear=linear + couplings.diagonal(),
            row=upper.row[keep].astype(np.int64),
            col=upper.col[keep].astype(np.int64),
            quad=upper.data[keep],
            offset=float(offset),
            labels=labels,
        )

    @classmethod
    def from_arrays(
        cls,
        linear: npt.ArrayLike,
        row: npt.ArrayLike,
        col: npt.ArrayLike,
        quad: npt.ArrayLike,
        offset: float = 0.0,
        vartype: str | dimod.Vartype = "BINARY",
        labels: Sequence[Any] | npt.NDArray[Any] | None = None,
    ) -> Qubo:
        """A model of any size from arrays, without dimod.

        Couplings come in any order and either way round. Repeated pairs add up, those that add up
        to 0 are dropped, and a variable coupled to itself is a linear bias, or, as s_i s_i = 1,
        part of the offset.

        Parameters
        ----------
        linear
            n finite biases.
        row, col
            m whole numbers each in 0..n-1.
        quad
            m finite biases, of x_row x_col or of s_row s_col.
        vartype
            "BINARY" for variables in {0, 1}, "SPIN" for {-1, +1}. Spins become bits with the same
            energies: x = (1 + s) / 2.
        labels
            n different ones; 0..n-1 without.

        Raises
        ------
        QoptError
            For biases, indices, vartype or labels other than these, and for sums beyond a float64.
        """
        biases, weights = _numbers("linear", linear), _numbers("quad", quad)
        n = len(biases)
        rows, cols = _indices("row", row, n), _indices("col", col, n)
        if not len(rows) == len(cols) == len(weights):
            raise QoptError(
                f"row, col and quad have {len(rows)}, {len(cols)} and {len(weights)} entries; "
                "give one of each a coupling"
            )
        _check_finite(biases, rows, cols, weights, offset)
        kind = getattr(vartype, "name", vartype)
        require(kind in ("BINARY", "SPIN"), "vartype", vartype, "'BINARY' or 'SPIN'")
        names = _labels(labels, n)
        with np.errstate(over="ignore", invalid="ignore"):
            arrays = _folded(biases, rows, cols, weights, float(offset), kind == "SPIN")
        if not all(np.isfinite(part).all() for part in (arrays[0], *arrays[3:])):
            raise QoptError("biases add up to more than a float64 holds; scale the model down")
        return cls(*arrays, names)

    @classmethod
    def read(
        cls,
        path: str | Path,
        *,
        sense: Sense | None = None,
        format: str | None = None,
        problem: int = 1,
    ) -> Qubo:
        """A model from a file; lower energy is better, so the energy is minus the file's value
        where that is maximised.

        =======  =================================================================  =====
        format   what is in the file                                                sense
        =======  =================================================================  =====
        `npz`    arrays linear, row, col, quad; offset, vartype, labels             min
        `npy`    a square matrix Q: x'Qx, every entry as it stands                  min
        `mtx`    Matrix Market: a square matrix Q, sparse or dense; of a symmetric  min
                 one the lower triangle: x'Qx, every entry as it stands
        `qubo`   qbsolv: `p qubo topology maxNodes nNodes nCouplers`, then          min
                 `i i value` and `i j value`, i < j, from 0, each worth its value
        `qs`     Zimpl, QOBLIB: `n nonzeros`, then `i j value`, i <= j, from 1;     min
                 a comment `# ObjectiveOffset value`: offset + x'Qx, Q symmetric,
                 so that a line with i < j counts twice
        `coo`    dimod: `# vartype=SPIN`, or BINARY, then `i j bias` from 0         min
        `json`   dimod: `bqm.to_serializable()`                                     min
        `dimod`  dimod: `bqm.to_file()`                                             min
        `bqp`    OR-Library: `n nonzeros` or `p n nonzeros`, then `i j value`,      max
                 i <= j, from 1; or several such problems under a line with their
                 number: x'Qx, Q symmetric, so that a line with i < j counts twice
        `rudy`   G-set: `nodes edges`, then `i j weight` from 1, or all lines       max
                 without a weight, which is then 1: the weight of the cut between
                 the 0s and the 1s
        =======  =================================================================  =====

        Lines repeated for a pair add up. Blank lines and lines that start with `#`, `%` or the word
        `c` are skipped. Files compressed by gzip, xz or bzip2 are read through. What was decided is
        in the `notes` of the Qubo.

        Parameters
        ----------
        sense
            Whether the file's value is to be minimised or maximised; without, the format's
            convention in the table.
        format
            Without, what the file begins with decides, and then its suffix: `.npz`; `.qubo`;
            `.bqp`, `.sparse`; `.qs`; `.rudy`, `.rud`, `.mc`, `.gset`; `.mtx`; `.coo`; `.json`.
            Under another suffix the first line tells `p qubo ...` and, as `p n nonzeros` or one
            number alone, `bqp`. `bqp` and `rudy` can begin alike: then a line with i = j makes it
            `bqp`, and otherwise it is `rudy`, which is noted.
        problem
            Which problem of an OR-Library file with several, from 1.

        Raises
        ------
        FileError
            Naming the line and what to change in it. QoptError for an argument.
        """
        require(
            sense in (None, "min", "max"),
            "sense",
            sense,
            "'min', 'max', or None for the format's own convention",
        )
        value, own = cls.value_of(path, format=format, problem=problem)
        return value._negated() if (sense or own) == "max" else value

    @classmethod
    def value_of(
        cls,
        path: str | Path,
        *,
        format: str | None = None,
        problem: int = 1,
        bits: bool = False,
    ) -> tuple[Qubo, Sense]:
        """The value in a file as it stands, and whether its format minimises or maximises it;
        `read` explains the rest.

        With `bits` a list that could be a graph is a function of bits.
        """
        function = read_model(Path(path), format=format, problem=problem, bits=bits)
        with told_of(Path(path)):
            return cls.of(function), function.sense

    @classmethod
    def of(cls, function: Function) -> Qubo:
        """Of what a file or an array says, with its notes."""
        made = cls.from_arrays(
            function.linear,
            function.row,
            function.col,
            function.quad,
            function.offset,
            function.vartype,
            function.labels,
        )
        renamed = function.base and function.labels is None
        counted = (f"variables are counted from 0: 0 is the file's {function.base}",)
        return noted(made, (function.reason, *function.notes, *(counted if renamed else ())))

    @property
    def num_variables(self) -> int:
        return len(self.linear)

    def bqm(self) -> dimod.BinaryQuadraticModel:
        """The same model as dimod has it."""
        return dimod.BinaryQuadraticModel.from_numpy_vectors(
            self.linear,
            (self.row, self.col, self.quad),
            self.offset,
            "BINARY",
            variable_order=self.labels,
        )

    def energies(self, states: npt.ArrayLike) -> Floats:
        """float64[k] energies of `states` [k, n], bool or whole numbers 0 and 1, from the
        definition.

        Raises QoptError for another shape or other values, such as spins.
        """
        given, n = np.asarray(states), self.num_variables
        if given.ndim != 2 or given.shape[1] != n:
            raise QoptError(f"states has shape {given.shape}; give one row a state and {n} columns")
        bits = given.astype(bool, copy=False) if given.dtype.kind in "biu" else None
        if bits is None or not (given == bits).all():
            raise QoptError(
                "states holds other values than 0 and 1; give bits, as (spins + 1) // 2 makes them"
            )
        energies = np.empty(len(bits))
        # keeps what is gathered to some 40 MB, or to one state
        step = max(1, 2**22 // (n + len(self.quad) + 1))
        for start in range(0, len(bits), step):
            part = bits[start : start + step]
            energies[start : start + step] = (
                part @ self.linear + (part[:, self.row] & part[:, self.col]) @ self.quad
            )
        return self.offset + energies

    def save(self, path: str | Path) -> Path:
        """Write an `.npz` file that `read` gives back; an existing file is replaced whole or not at
        all.

        Labels are kept where all are strings; others come back as 0..n-1. Raises FileError.
        """
        arrays = {"linear": self.linear, "row": self.row, "col": self.col, "quad": self.quad}
        scalars = {"offset": np.float64(self.offset), "vartype": np.str_("BINARY")}
        return write_npz(Path(path), arrays | scalars | _kept(self.labels))

    def _negated(self) -> Qubo:
        # 0 - x and not -x: a bias of -0.0 would have another fingerprint than 0.0
        made = replace(self, linear=0.0 - self.linear, quad=-self.quad, offset=0.0 - self.offset)
        return noted(made, self.notes)


def _numbers(name: str, values: npt.ArrayLike) -> Floats:
    numbers = _one_dimension(name, values)
    if numbers.dtype.kind not in "biuf":
        raise QoptError(f"{name} has dtype {numbers.dtype}; give real numbers")
    with np.errstate(over="ignore"):  # of a longer float: the infinity is found by _check_finite
        return numbers.astype(np.float64, copy=False)


def _indices(name: str, values: npt.ArrayLike, n: int) -> Ints:
    indices = _one_dimension(name, values)
    if indices.dtype.kind not in "iu" and indices.size:  # an empty list has dtype float64
        raise QoptError(
            f"{name} has dtype {indices.dtype}; give whole numbers, "
            f"as {name}.astype('int64') makes them"
        )
    if indices.size and not (indices.min() >= 0 and indices.max() < n):
        k = int(np.argmax((indices < 0) | (indices >= n)))
        raise QoptError(
            f"{name}[{k}]={indices[k]} is none of the {n} variables; give a number in 0..{n - 1}"
        )
    return indices.astype(np.int64, copy=False)


def _one_dimension(name: str, values: npt.ArrayLike) -> npt.NDArray[Any]:
    try:
        array = np.asarray(values)
    except ValueError:
        raise QoptError(
            f"{name} is a list of lists of several lengths; give one dimension"
        ) from None
    if array.ndim != 1:
        raise QoptError(f"{name} has shape {array.shape}; give one dimension")
    return array


def _check_finite(linear: Floats, row: Ints, col: Ints, quad: Floats, offset: float) -> None:
    if not (finite := np.isfinite(linear)).all():
        k = int(np.argmin(finite))
        raise QoptError(f"linear[{k}]={linear[k]}, of variable {k}: give a finite bias")
    if not (finite := np.isfinite(quad)).all():
        k = int(np.argmin(finite))
        raise QoptError(
            f"quad[{k}]={quad[k]}, of variables {row[k]} and {col[k]}: give a finite bias"
        )
    require(isinstance(offset, Real) and math.isfinite(offset), "offset", offset, "a finite number")


def _labels(labels: Sequence[Any] | npt.NDArray[Any] | None, n: int) -> Sequence[Any]:
    if labels is None:
        return range(n)
    try:
        names = (
            labels
            if isinstance(labels, range)
            else labels.tolist()
            if isinstance(labels, np.ndarray)
            else [*labels]
        )
        repeated = (
            []
            if isinstance(names, range) or len(set(names)) == len(names)
            else Counter(names).most_common(1)
        )
    except TypeError as error:
        raise QoptError(
            f"labels cannot be used: {error}; give a list of numbers, strings or tuples"
        ) from None
    if len(names) != n:
        raise QoptError(f"labels has {len(names)} entries for {n} variables; give one a variable")
    if repeated:
        raise QoptError(
            f"label {repeated[0][0]!r} is there {repeated[0][1]} times; give every variable its own"
        )
    return names


def _kept(labels: Sequence[Any]) -> dict[str, npt.NDArray[np.str_]]:
    """What an `.npz` file can hold of the labels: all, where they are strings, or nothing."""
    if isinstance(labels, range) or not all(type(label) is str for label in labels):
        return {}
    names = np.array(labels, dtype=np.str_)
    # numpy cuts NUL off the end of a string
    return {"labels": names} if names.tolist() == list(labels) else {}


def _folded(
    linear: Floats, row: Ints, col: Ints, quad: Floats, offset: float, spins: bool
) -> tuple[Floats, Ints, Ints, Floats, float]:
    """The five arrays of a Qubo: no self couplings, pairs in order and once, spins as bits."""
    n = len(linear)
    linear = linear + 0.0  # a copy, in which -0.0 is 0.0
    selfs = row == col
    if selfs.any():
        if spins:
            offset += float(quad[selfs].sum())
        else:
            linear += np.bincount(row[selfs], quad[selfs], minlength=n)
        row, col, quad = row[~selfs], col[~selfs], quad[~selfs]
    row, col, quad = _summed(row, col, quad, n)
    if spins:  # h s = 2h x - h, and J s t = 4J x y - 2J x - 2J y + J
        offset += float(quad.sum() - linear.sum())
        linear = 2 * linear - 2 * (
            np.bincount(row, quad, minlength=n) + np.bincount(col, quad, minlength=n)
        )
        quad = 4 * quad
    return linear + 0.0, row, col, quad, offset + 0.0


def _summed(row: Ints, col: Ints, quad: Floats, n: int) -> tuple[Ints, Ints, Floats]:
    """Each pair once, row < col, sorted, without zeros.

    One sort of row * n + col: 0.4 s for 3,000,000 pairs, where np.unique takes 0.6 s and np.lexsort
    1.0 s. It is stable: repeated pairs add up in the order given.
    """
    key = np.minimum(row, col) * n + np.maximum(row, col)
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    total = np.add.reduceat(quad[order], first)
    key, total = key[first][total != 0], total[total != 0]
    low, high = np.divmod(key, max(n, 1))
    return low, high, total
