"""CQM -> QUBO, and the way back.

Each constraint becomes a penalty that is 0 exactly where the constraint holds (for some setting of its slack bits):

| kind | penalty |
|---|---|
| one-hot, equality | (a x - b)^2 |
| inequality a x <= b, whole numbers | (a x + slack - b)^2, slack in 0..b - min(a x), log-encoded |
| at-most-one | sum_{i<j} x_i x_j |
| product: a sum of products that is never negative and must be 0 | the sum itself |

All squares are one sparse product: with the rows A over the bits and the weights W, sum_c W_c (A_c b - r_c)^2 has the
couplings A' W A and the linear terms -2 r' W A. No Python loop sees a coupling.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import dimod
import numpy as np
from scipy import sparse

from .arrays import Floats, ModelArrays
from .encoding import Encoding
from .penalties import weights_for
from .qubo import Qubo
from .rows import Rows


@dataclass(frozen=True, eq=False)
class Compiled:
    """A QUBO, the model it stands for, and the way back.

    `weights` float64[m] are the penalty weights of `model.labels`; the QUBO's bits are those of the variables
    (`encoding`), then those of the slacks (`slack`, a number for each constraint).
    """

    cqm: dimod.ConstrainedQuadraticModel
    model: ModelArrays
    rows: Rows
    encoding: Encoding
    slack: Encoding
    weights: Floats
    qubo: Qubo

    def bqm(self) -> dimod.BinaryQuadraticModel:
        """The plain QUBO, for hardware and for any dimod sampler."""
        return self.qubo.bqm()

    def decode(self, samples: Any) -> dimod.SampleSet:
        """Samples of the QUBO as samples of the model, with `is_feasible` and, by constraint, `is_satisfied`.

        The energies are the model's objective, without penalties. `samples` is a SampleSet or anything dimod takes for one.
        """
        occurrences = getattr(getattr(samples, "record", None), "num_occurrences", None)
        bits, labels = dimod.as_samples(samples, dtype=np.float64)
        place = {label: k for k, label in enumerate(labels)}
        wanted = [place[label] for label in self.qubo.labels[: self.encoding.num_bits]]
        values = self.encoding.decode(bits[:, wanted])
        return self.sampleset(values, occurrences)

    def decode_bits(self, bits: Any) -> dimod.SampleSet:
        """The same from an array [k, num_bits] in the QUBO's own order."""
        return self.sampleset(self.encoding.decode(np.asarray(bits[:, : self.encoding.num_bits], dtype=np.float64)))

    def assignment(self, bits: Any) -> dict[Any, float]:
        """One assignment to the model's variables, from its bits [num_bits] in the QUBO's own order."""
        values = self.encoding.decode(np.asarray(bits[None, : self.encoding.num_bits], dtype=np.float64))
        return dict(zip(self.model.variables, values[0].tolist(), strict=True))

    def sampleset(self, values: Floats, occurrences: Any = None) -> dimod.SampleSet:
        """A dimod SampleSet of assignments `values` [k, n] to the model's variables, in their order."""
        labelled = (values, self.model.variables)
        return dimod.SampleSet.from_samples_cqm(labelled, self.cqm, num_occurrences=occurrences, sort_labels=False)

    def encode(self, sample: Mapping[Any, float]) -> Floats:
        """Bits float64[num_bits] of an assignment to the model's variables, with the slacks that suit it."""
        values = np.array([sample[label] for label in self.model.variables], dtype=np.float64)
        activity = (self.model.rows @ values) * self.rows.scale
        return np.concatenate([self.encoding.encode(values), self.slack.encode(self.rows.rhs - activity)])


def compile_cqm(
    cqm: dimod.ConstrainedQuadraticModel | dimod.BinaryQuadraticModel,
    *,
    penalties: str | float | Mapping[Any, float] = "bounds",
) -> Compiled:
    """Compile a model to a QUBO.

    Parameters
    ----------
    cqm
        Binary, spin and bounded integer variables; linear constraints, and quadratic ones that are sums of products which
        must vanish. A BQM is a CQM without constraints.
    penalties
        "bounds": a weight a constraint, from what its variables can gain in the objective. A number: one weight for all.
        A mapping by constraint label: these, and bounds for the rest.

    Raises
    ------
    QoptError
        For what a QUBO cannot hold; names the variable or constraint and the remedy.
    """
    if isinstance(cqm, dimod.BinaryQuadraticModel):
        cqm = dimod.ConstrainedQuadraticModel.from_bqm(cqm)
    model = ModelArrays.from_cqm(cqm)
    rows = Rows.of(model)
    encoding = Encoding.of_ranges(model.lower, model.upper, model.step)
    slack_range = np.where(rows.kind == "inequality", np.maximum(rows.rhs - rows.least, 0.0), 0.0)
    slack = Encoding.of_ranges(np.zeros_like(slack_range), slack_range, np.ones_like(slack_range))
    weights = weights_for(model, rows, penalties)
    return Compiled(cqm, model, rows, encoding, slack, weights, _assemble(model, rows, encoding, slack, weights))


def _assemble(model: ModelArrays, rows: Rows, encoding: Encoding, slack: Encoding, weights: Floats) -> Qubo:
    """Objective plus weighted penalties over the bits, as in the table above."""
    products, squares = rows.kind == "product", np.isin(rows.kind, ["one-hot", "equality", "inequality"])
    # objective and products, in the model's variables: f(x) = x' Q x + c' x
    price = np.where(products, weights, 0.0)
    linear = model.linear + model.rows.T @ price
    terms, more = model.quadratic, model.row_quadratic
    quadratic = sparse.coo_array(
        (
            np.concatenate([terms.value, more.value * price[more.owner]]),
            (np.concatenate([terms.row, more.row]), np.concatenate([terms.col, more.col])),
        ),
        shape=(model.num_variables, model.num_variables),
    ).tocsr()
    # in the bits: x = base + B b
    base, bits = encoding.base, encoding.matrix
    offset = model.offset + linear @ base + base @ (quadratic @ base)
    padding = np.zeros(slack.num_bits)
    bit_linear = np.concatenate([bits.T @ (linear + quadratic @ base + quadratic.T @ base), padding])
    couplings = [_padded(bits.T @ quadratic @ bits, slack.num_bits)]
    # squares: W (A b - r)^2 = b' A' W A b - 2 r' W A b + r' W r
    activity = sparse.hstack([_scaled(model.rows, rows.scale) @ bits, slack.matrix], format="csr")
    residual = rows.rhs - rows.scale * (model.rows @ base)
    weight = np.where(squares, weights / rows.scale**2, 0.0)
    couplings.append(activity.T @ _scaled(activity, weight))
    bit_linear -= 2 * (activity.T @ (weight * residual))
    offset += float(weight @ residual**2)
    # at most one: the pairs of (sum x)^2, each counted once
    pairs = activity.T @ _scaled(activity, np.where(rows.kind == "at-most-one", weights / 2, 0.0))
    couplings.append(pairs - sparse.dia_array((pairs.diagonal()[None, :], [0]), shape=pairs.shape))
    labels = encoding.labels(model.variables) + slack.labels([f"slack[{label}]" for label in model.labels])
    return Qubo.from_matrix(bit_linear, sum(couplings[1:], couplings[0]), offset, labels)


def _scaled(rows: sparse.csr_array, factor: Floats) -> sparse.csr_array:
    """Each row times its factor; rows of factor 0 are emptied."""
    scaled = sparse.csr_array(sparse.diags_array(factor) @ rows)
    scaled.eliminate_zeros()
    return scaled


def _padded(matrix: sparse.csr_array, more: int) -> sparse.csr_array:
    n = matrix.shape[0] + more
    return sparse.csr_array(sparse.coo_array((matrix.tocoo().data, matrix.tocoo().coords), shape=(n, n)))
