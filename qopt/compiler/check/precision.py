"""Whether a device can tell the objective's biases apart beside the penalties'.

A device takes h and J in ranges of its own, so a model is scaled until its largest bias fits, and
what is then smaller than the device's error is lost. Penalties are the largest biases, and one
heavy row can drown the objective: the QUBOs that were reported to ToQUBO.jl (issues 160 and 162)
had penalties of 1e13 beside an objective of 646.

A model is scaled here as Ocean's `auto_scale` does, but before it is embedded: chains are coupled
as strongly as the model needs, and that takes of the same range. So what is lost here is lost on
the device, and more may be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from numbers import Real
from typing import Any

import numpy as np

from ...errors import UnknownName
from ...kit.checks import require
from ..model.arrays import Bools, Floats
from ..qubos.qubo import Qubo
from ..weights.assembly import assemble, penalty_rows
from ..weights.weighed import Weighed

# Share of the objective's biases that may be below the error without a warning. Of a thousand
# normally distributed ones, scaled until the largest fits, an error of 1.5 % loses 4 %.
LOST = 0.1
WORTHWHILE = 0.9  # a rewriting is told of where the largest bias falls below this share


@dataclass(frozen=True)
class Target:
    """What takes a model: the ranges (lowest, highest) of h and J, and how far off each may be."""

    name: str
    h_range: tuple[float, float]
    j_range: tuple[float, float]
    h_error: float
    j_error: float

    def __post_init__(self) -> None:
        for name in ("h_range", "j_range"):
            low, high = getattr(self, name)
            require(
                low < 0 < high, name, getattr(self, name), "(lowest, highest), below and above 0"
            )
        for name in ("h_error", "j_error"):
            require(
                getattr(self, name) > 0, name, getattr(self, name), "a standard deviation above 0"
            )


# The ranges are the properties of D-Wave's solvers. The errors are one standard deviation of
# integrated control errors early in the anneal, as D-Wave's documentation has them ("Errors and
# error correction"); at its end they are 0.01 and 0.0095.
TARGETS = {
    target.name: target
    for target in (
        Target("advantage", (-4.0, 4.0), (-1.0, 1.0), 0.025, 0.0155),
        Target("advantage2", (-4.0, 4.0), (-1.0, 1.0), 0.025, 0.0155),
        Target("float32", (-1.0, 1.0), (-1.0, 1.0), 2.0**-24, 2.0**-24),
    )
}


def target_named(target: str | Target) -> Target:
    """A target by its name, or as it is. Raises UnknownName."""
    if isinstance(target, Target):
        return target
    if target not in TARGETS:
        raise UnknownName("target", str(target), TARGETS)
    return TARGETS[target]


@dataclass(frozen=True)
class Fit:
    """How a QUBO that is an objective and penalties fits a target; see `Precision`.

    `place` is that of the bias that fills the range: of h, and from there on of J.
    """

    target: Target
    scale: float
    dynamic_range: float
    resolution: float
    lost: float
    place: int | None = None

    @classmethod
    def of(cls, qubo: Qubo, objective: Qubo, target: str | Target) -> Fit:
        """Raises UnknownName for a target."""
        chosen = target_named(target)
        error = max(chosen.h_error, chosen.j_error)
        h, j = _ising(qubo)
        fills = np.concatenate([_filled(h, chosen.h_range), _filled(j, chosen.j_range)])
        if not (len(fills) and fills.max() > 0):
            return cls(chosen, 1.0, 1.0, error, 0.0)
        scale, sizes = 1 / float(fills.max()), np.abs(np.concatenate([h, j]))
        own = _ising(objective)
        below = np.concatenate(
            [_below(own[0] * scale, chosen.h_error), _below(own[1] * scale, chosen.j_error)]
        )
        sizes = sizes[sizes > 1e-12 * sizes.max()]  # what is left of sums that come to 0 is no bias
        return cls(
            target=chosen,
            scale=scale,
            dynamic_range=float(sizes.max() / sizes.min()),
            resolution=error / scale,
            lost=float(below.mean()) if len(below) else 0.0,
            place=int(np.argmax(fills)),
        )


@dataclass(frozen=True, eq=False)
class Precision:
    """How a compiled model fits a target.

    Attributes
    ----------
    scale
        By which the model's biases are multiplied to fit, in the target's units over the
        objective's.
    dynamic_range
        The largest over the smallest bias of the Ising model, h and J alike; `bits` is its
        logarithm to base 2.
    resolution
        The smallest bias that is not lost, in the objective's units: the larger of the two errors,
        over `scale`.
    lost
        Share of the objective's biases below the error.
    culprit
        The constraint with the largest share in the bias that fills the range; None where that is
        the objective itself.
    """

    compiled: Weighed
    target: Target
    scale: float
    dynamic_range: float
    resolution: float
    lost: float
    culprit: Any = None

    @property
    def bits(self) -> float:
        return float(np.log2(self.dynamic_range))

    @property
    def fits(self) -> bool:
        """Whether no more of the objective is lost than can be helped."""
        return self.lost <= LOST

    def __str__(self) -> str:
        text = (
            f"dynamic range {self.dynamic_range:.3g} ({self.bits:.1f} bits): "
            f"{self.target.name} tells biases of {self.resolution:.3g} apart, "
            f"and {self.lost:.0%} of the objective's are smaller"
        )
        if self.culprit is None:
            return text
        return f"{text}; constraint {self.culprit!r} takes most of the range"

    @cached_property
    def remedy(self) -> Remedy | None:
        """What to compile otherwise so that the range falls: tried, and of what was tried the best.

        In turn: without a given weight, with lighter bits for the culprit's slack and for the whole
        numbers in it, with tuned weights, and at last with an approximate penalty. The first that
        fits ends the search.
        """
        remedies: list[Remedy] = []
        for arguments in _rewritings(self.compiled, self.culprit):
            after = Precision.of(self.compiled.again(**arguments), self.target)
            if after.resolution < WORTHWHILE * self.resolution and after.lost <= self.lost:
                remedies.append(Remedy(arguments, after))
                if after.fits:
                    break
        return min(remedies, key=lambda one: (one.after.lost, one.after.resolution), default=None)

    @classmethod
    def of(cls, compiled: Weighed, target: str | Target) -> Precision:
        """Raises UnknownName for a target."""
        none = np.zeros(compiled.model.num_constraints), np.zeros(len(compiled.validity.labels))
        fit = Fit.of(compiled.qubo, assemble(compiled, *none), target)
        return cls(
            compiled=compiled,
            target=fit.target,
            scale=fit.scale,
            dynamic_range=fit.dynamic_range,
            resolution=fit.resolution,
            lost=fit.lost,
            culprit=None if fit.place is None else _culprit(compiled, fit.place),
        )


def _ising(qubo: Qubo) -> tuple[Floats, Floats]:
    """h float64[n] and J float64[m] of the couplings: b = (1 + s) / 2."""
    j, n = qubo.quad / 4, qubo.num_variables
    return qubo.linear / 2 + np.bincount(qubo.row, j, n) + np.bincount(qubo.col, j, n), j


def _filled(biases: Floats, of: tuple[float, float]) -> Floats:
    """The share of a range that each bias takes."""
    return np.maximum(biases / of[0], biases / of[1])


def _below(scaled: Floats, error: float) -> Bools:
    """Of the biases that are not 0, which are below the error."""
    sizes = np.abs(scaled)
    return sizes[sizes > 0] < error


def _culprit(compiled: Weighed, place: int) -> Any:
    """The constraint with the largest share in h[place], or in J from there on."""
    qubo = compiled.qubo
    n, bias = qubo.num_variables, float(np.concatenate(_ising(qubo))[place])
    i, j = (place, None) if place < n else (int(qubo.row[place - n]), int(qubo.col[place - n]))
    shares = (_of_squares(compiled, i, j) + _of_products(compiled, i, j)) * np.sign(bias)
    labels = [*compiled.model.labels, *compiled.validity.labels]
    if not len(labels) or shares.max() < abs(bias) - shares.sum():
        return None
    return labels[int(np.argmax(shares))]


def _of_squares(compiled: Weighed, i: int, j: int | None) -> Floats:
    """float64[m' + v]: what each penalty square (A b - r)^2 + linear (A b - r) has there."""
    a, r, square, linear = penalty_rows(compiled, compiled.weights, compiled.validity_weighed.value)
    columns = a.tocsc()
    here = columns[:, [i]].toarray().ravel()
    there = a.sum(axis=1) - 2 * r if j is None else columns[:, [j]].toarray().ravel()
    change: Floats = here * (square * there + (linear if j is None else 0)) / 2
    return change


def _of_products(compiled: Weighed, i: int, j: int | None) -> Floats:
    """float64[m' + v]: the same of products; x = base + B b has its middle at b = 1/2."""
    model, encoding, m = compiled.model, compiled.encoding, compiled.model.num_constraints
    changes = np.zeros(m + len(compiled.validity.labels))
    if max(i, i if j is None else j) >= encoding.num_bits:
        return changes
    q, owner, worth = model.row_quadratic, encoding.owner, encoding.matrix.data
    price = np.where(compiled.treatments.name == "product", compiled.weights, 0.0)
    charged = q.value * price[q.owner]
    if j is not None:
        both = ((q.row == owner[i]) & (q.col == owner[j])) | (
            (q.row == owner[j]) & (q.col == owner[i])
        )
        np.add.at(changes, q.owner[both], charged[both] * worth[i] * worth[j] / 4)
        return changes
    middle = encoding.base + encoding.matrix @ np.full(encoding.num_bits, 0.5)
    for here, there in ((q.row, q.col), (q.col, q.row)):
        mine = here == owner[i]
        np.add.at(changes, q.owner[mine], charged[mine] * middle[there[mine]] * worth[i] / 2)
    changes[:m] += price * model.rows.tocsc()[:, [owner[i]]].toarray().ravel() * worth[i] / 2
    return changes


@dataclass(frozen=True, eq=False)
class Remedy:
    """Another way to compile the model, `compile(cqm, **arguments)`, and how it then fits."""

    arguments: Mapping[str, Any]
    after: Precision

    def __str__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        then = f"{self.after.resolution:.3g}, and {self.after.lost:.0%} are smaller"
        return f"compile with {arguments}: then {then}"


def _rewritings(compiled: Weighed, culprit: Any) -> Iterator[dict[str, Any]]:
    model, given = compiled.model, compiled.options["penalties"]
    if isinstance(given, Mapping) and culprit in given and culprit in model.labels:
        bounds = compiled.again(penalties="bounds")
        yield {"penalties": {culprit: float(bounds.weights[model.labels.index(culprit)])}}
    elif isinstance(given, Real) or given == "proven":
        yield {"penalties": "bounds"}
    if culprit in model.labels:
        c = model.labels.index(culprit)
        numbers = [(culprit, compiled.slack, c)]
        numbers += [
            (model.variables[k], compiled.encoding, k) for k in model.rows[[c]].tocoo().col.tolist()
        ]
        wide = [
            (label, encoding.matrix.data[encoding.owner == k])
            for label, encoding, k in numbers
            if encoding.bits[k] > 1
        ]
        largest = int(max((np.abs(worth).max() for _, worth in wide), default=1))
        while (largest := largest // 2) >= 1:
            yield {"encodings": {label: ("bounded", largest) for label, _ in wide}}
    if not compiled.tuning:
        yield {"penalties": "tuned"}
    if culprit in model.labels and model.sense[model.labels.index(culprit)] == "<":
        yield {"inequalities": {culprit: "unbalanced"}}
