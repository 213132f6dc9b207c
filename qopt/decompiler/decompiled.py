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
from .agreement import ROUNDS, heavier, witness
from .constrained import Bools, Constrained, kind_of
from .couplings import Couplings, Floats, Ints, Row
from .rows import rows_of
from .slack import Slack, slack_of

States = npt.NDArray[np.int8]


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
        return self._constrained.cqm()

    @property
    def model(self) -> ModelArrays:
        """The same as arrays, of `meant`."""
        return self._constrained.arrays

    @cached_property
    def cqm(self) -> dimod.ConstrainedQuadraticModel:
        """The rows whose weights are proved to be enough as constraints, the others as penalties.

        Where an assignment keeps all constraints, the QUBO's ground states are the optima of this.
        A row for each pair of more than two bits is charged for otherwise than the square of what
        it lacks: where it is not proved, it is a part of the objective, as it was.
        """
        back = [
            k
            for k, row in enumerate(self.rows)
            if row.halfway and len(row.bits) > 2 and not self.proved[k]
        ]
        other = [k for k in range(len(self.rows)) if k not in set(back)]
        rows = [self.rows[k] for k in other]
        left = self.left.plus([self.rows[k] for k in back])
        slack = [self.slack[k] for k in other]
        model = Constrained.of(self.qubo.labels, self._kept, left, rows, slack)
        return model.softened(rows, self.proved[other]).cqm()

    @property
    def contradictory(self) -> bool:
        """Whether it is proved that no assignment keeps all rows."""
        return self._witness[1]

    @cached_property
    def _witness(self) -> tuple[Floats | None, bool]:
        return witness(self.model)

    @cached_property
    def proved(self) -> Bools:
        """bool[rows]: whether no state that breaks the row has the lowest energy.

        None is proved where no assignment was found that keeps all rows.
        """
        if self._witness[0] is None:
            return np.zeros(len(self.rows), dtype=bool)
        model = self.model
        rows = Rows.of(model)
        weights = np.array([self.rows[k].violated for k in self._constrained.owner])
        holds = prove(Reach(model, rows), weights, usual(rows)).holds
        proved = np.ones(len(self.rows), dtype=bool)
        np.logical_and.at(proved, self._constrained.owner, holds)
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
        values = self.values(np.asarray(bits)[None])[0].tolist()
        return dict(zip(self.model.variables, values, strict=True))

    def encode(self, assignment: Mapping[Any, float]) -> States:
        """0s and 1s [bits] of an assignment, with the slack bits that cost the least."""
        values = np.array([[assignment[name] for name in self.model.variables]], dtype=np.float64)
        state: States = self.states(values)[0]
        return state

    def values(self, states: Any) -> Floats:
        """float64[k, variables] of `model`, of 0s and 1s [k, bits]."""
        return np.asarray(states)[:, self._kept].astype(np.float64)

    def states(self, values: Floats) -> States:
        """0s and 1s int8[k, bits] of assignments float64[k, variables] of `model`, with the slack
        bits that cost the least.
        """
        states = np.zeros((len(values), self.qubo.num_variables), dtype=np.int8)
        states[:, self._kept] = np.rint(values)
        for row, slack in zip(self.rows, self.slack, strict=True):
            if len(slack.bits):
                lacking = slack.sign * (row.right - states[:, row.bits] @ row.coefficients)
                states[:, slack.bits] = slack.values_of(np.clip(np.rint(lacking), 0, slack.most))
        return states

    @cached_property
    def _kept(self) -> Ints:
        """The bits that are no slack."""
        kept = np.ones(self.qubo.num_variables, dtype=bool)
        for slack in self.slack:
            kept[slack.bits] = False
        return np.flatnonzero(kept)

    @cached_property
    def _constrained(self) -> Constrained:
        return Constrained.of(self.qubo.labels, self._kept, self.left, self.rows, self.slack)

    def page(self) -> Page:
        kinds = Counter(
            kind_of(row, slack) for row, slack in zip(self.rows, self.slack, strict=True)
        )
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
    for _ in range(ROUNDS):
        found = Decompiled(qubo, rows, slack_of(rows, left), left)
        if not rows or not found.contradictory:
            return found
        rows = heavier(rows)
        left = Couplings.of(qubo).less(rows)
    return found


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
