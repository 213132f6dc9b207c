"""A QUBO read back: its rows as constraints again, and the way between the two."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import dimod
import numpy as np
import numpy.typing as npt

from ..compiler.model.arrays import ModelArrays
from ..compiler.model.rows import Rows
from ..compiler.qubos.qubo import Qubo
from ..compiler.sources.sources import Source
from ..compiler.weights.proofs import prove, usual
from ..compiler.weights.reach import Reach
from ..errors import QoptError
from ..pages import Page, Printed, Section
from .couplings import Couplings, Floats, Row
from .rows import rows_of
from .slack import Slack, slack_of


@dataclass(frozen=True, eq=False, repr=False)
class Decompiled(Printed):
    """What `decompile` found in `qubo`: `rows` with a slack number each, and what is `left`.

    The QUBO is the energy of `left` plus the squares of the rows, whatever they were meant as;
    `proof` is the largest error of that, coupling by coupling.
    """

    qubo: Qubo
    rows: Sequence[Row]
    slack: Sequence[Slack]
    left: Couplings

    @cached_property
    def meant(self) -> dimod.ConstrainedQuadraticModel:
        """All rows as constraints that must hold, as they were probably meant; slack bits gone.

        That no ground state of the QUBO breaks one is not said by that: see `cqm`.
        """
        return self._model(np.ones(len(self.rows), dtype=bool))

    @cached_property
    def cqm(self) -> dimod.ConstrainedQuadraticModel:
        """The rows whose weights are proved to be enough as constraints, the others as penalties.

        Where an assignment keeps all constraints, the QUBO's ground states are the optima of this.
        """
        return self._model(self.proved)

    @cached_property
    def proved(self) -> npt.NDArray[np.bool_]:
        """bool[rows]: whether no state that breaks the row has the lowest energy, if some state
        keeps them all."""
        model = ModelArrays.from_cqm(self.meant)
        rows = Rows.of(model)
        weights = np.array([self.rows[_number(label)].weight for label in model.labels])
        holds = prove(Reach(model, rows), weights, usual(rows)).holds
        proved = np.ones(len(self.rows), dtype=bool)
        for label, held in zip(model.labels, holds.tolist(), strict=True):
            proved[_number(label)] &= held
        return proved

    @cached_property
    def proof(self) -> float:
        """The largest error of a bias: of the QUBO, less what is left, less the rows' squares."""
        rest = Couplings.of(self.qubo).less(self.rows)
        worst = np.abs((rest.matrix - self.left.matrix).data).max(initial=0.0)
        linear = np.abs(rest.linear - self.left.linear).max(initial=0.0)
        return float(max(worst, linear, abs(rest.offset - self.left.offset), self.left.error))

    @property
    def share(self) -> float:
        """Of the QUBO's couplings, those that went away with the rows."""
        return 1 - float(self.left.matrix.nnz) / max(2 * len(self.qubo.quad), 1)

    def decode(self, bits: Any) -> dict[Any, float]:
        """An assignment to the model's variables from 0s and 1s in the order of `qubo.labels`."""
        state = np.asarray(bits, dtype=np.float64)
        return {self.qubo.labels[bit]: float(state[bit]) for bit in self._kept.tolist()}

    def encode(self, assignment: Mapping[Any, float]) -> Floats:
        """0s and 1s [bits] of an assignment, with the slack bits that cost the least."""
        state = np.zeros(self.qubo.num_variables)
        state[self._kept] = [assignment[self.qubo.labels[bit]] for bit in self._kept.tolist()]
        for row, slack in zip(self.rows, self.slack, strict=True):
            missing = slack.sign * (row.right - row.coefficients @ state[row.bits])
            state[slack.bits] = slack.values_of(float(np.clip(np.rint(missing), 0, slack.most)))
        return state

    @cached_property
    def _kept(self) -> Any:
        """The bits that are no slack."""
        kept = np.ones(self.qubo.num_variables, dtype=bool)
        for slack in self.slack:
            kept[slack.bits] = False
        return np.flatnonzero(kept)

    def _model(self, hard: Any) -> dimod.ConstrainedQuadraticModel:
        cqm, labels = dimod.ConstrainedQuadraticModel(), self.qubo.labels
        objective = dimod.BinaryQuadraticModel("BINARY")
        objective.add_linear_from(
            (labels[bit], float(self.left.linear[bit])) for bit in self._kept.tolist()
        )
        pairs = self.left.matrix.tocoo()
        upper = pairs.row < pairs.col
        objective.add_quadratic_from(
            (labels[i], labels[j], value)
            for i, j, value in zip(
                pairs.row[upper].tolist(),
                pairs.col[upper].tolist(),
                pairs.data[upper].tolist(),
                strict=True,
            )
        )
        objective.offset = self.left.offset
        cqm.set_objective(objective)
        for number, (row, slack) in enumerate(zip(self.rows, self.slack, strict=True)):
            soft = {} if hard[number] else {"weight": row.weight, "penalty": "quadratic"}
            inside = ~np.isin(row.bits, slack.bits)
            terms = [
                (labels[bit], float(value))
                for bit, value in zip(
                    row.bits[inside].tolist(), row.coefficients[inside], strict=True
                )
            ]
            for sense, right in _sides(row, slack, row.coefficients[inside]):
                label = f"{_kind(row, slack)}[{number}]{sense if len(slack.bits) else ''}"
                cqm.add_constraint_from_iterable(terms, sense, rhs=right, label=label, **soft)
        return cqm

    def page(self) -> Page:
        kinds = Counter(_kind(row, slack) for row, slack in zip(self.rows, self.slack, strict=True))
        slack = sum(len(slack.bits) for slack in self.slack)
        facts = [
            ("QUBO", f"{self.qubo.num_variables:,} bits, {len(self.qubo.quad):,} couplings"),
            ("rows", ", ".join(f"{count} {kind}" for kind, count in kinds.items()) or "none"),
            ("slack bits", f"{slack:,}"),
            ("couplings left", f"{self.left.matrix.nnz // 2:,}"),
            ("explained", f"{self.share:.1%} of the couplings"),
            ("largest error", f"{self.proof:.3g}"),
        ]
        if self.rows:
            facts.append(("proved to hold", f"{int(self.proved.sum())} of {len(self.rows)} rows"))
        return Page("What was read back", [Section(facts=facts)])

    def report(self) -> Page:
        """Rows by kind, what is left, and what is proved."""
        return self.page()


def decompile(model: Any) -> Decompiled:
    """Read constraints back from a QUBO, from its numbers alone.

    `model` is a `Qubo`, a dimod BQM, a dict of terms, a matrix, or the path of a file. Raises
    QoptError for a model that has constraints already, or variables of more than two values.
    """
    qubo = model if isinstance(model, Qubo) else _qubo_of(model)
    rows, left = rows_of(qubo)
    return Decompiled(qubo, rows, slack_of(rows, left), left)


def _qubo_of(model: Any) -> Qubo:
    cqm = Source.of(model).cqm
    if len(cqm.constraints):
        raise QoptError("a model with constraints is no QUBO; there is nothing to read back")
    if any(cqm.vartype(v) not in (dimod.BINARY, dimod.SPIN) for v in cqm.variables):
        raise QoptError("a model with variables of more than two values is no QUBO")
    bqm = dimod.cqm_to_bqm(cqm)[0].change_vartype("BINARY", inplace=False)
    vectors = bqm.to_numpy_vectors(return_labels=True)
    row, col, quad = vectors[1]
    return Qubo.from_arrays(vectors[0], row, col, quad, vectors[2], labels=list(vectors[3]))


def _kind(row: Row, slack: Slack) -> str:
    if len(slack.bits):
        return "inequality"
    if (row.coefficients == 1).all():
        return "one-hot" if row.right == 1 else "exactly-k"
    return "equality"


def _sides(row: Row, slack: Slack, inside: Floats) -> list[tuple[str, float]]:
    """The constraints that a row says, without what always holds."""
    if not len(slack.bits):
        return [("==", row.right)]
    low = row.right - slack.most if slack.sign > 0 else row.right
    high = low + slack.most
    sides = []
    if high < inside[inside > 0].sum():
        sides.append(("<=", high))
    if low > inside[inside < 0].sum():
        sides.append((">=", low))
    return sides


def _number(label: Any) -> int:
    return int(str(label).split("[")[1].split("]")[0])
