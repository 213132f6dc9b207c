"""A QUBO read back: its rows as constraints again, and the way between the two."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import dimod
import numpy as np
import numpy.typing as npt

from ..compiler.compiled import Compiled, compile_cqm
from ..compiler.model.arrays import ModelArrays
from ..compiler.model.rows import Rows
from ..compiler.qubos.qubo import Qubo
from ..compiler.weights.proofs import prove, usual
from ..compiler.weights.reach import Reach
from ..errors import QoptError
from ..pages import Page, Printed, Section
from .agreement import witness
from .constrained import Constrained, kind_of
from .couplings import Couplings, Floats, Ints, Row
from .integers import Integer
from .product_weights import proofs_of_products
from .report import Findings, report
from .slack import Bools, Slack

States = npt.NDArray[np.int8]

ENOUGH = 1.01  # times what the penalty of a product needs: what it gets where it is chosen anew


@dataclass(frozen=True, eq=False, repr=False)
class Decompiled(Printed):
    """What `decompile` found in `qubo`: `rows` with a slack number each, and what is `left`; and
    `integers`, whole numbers that some of the bits are.

    The QUBO is the energy of `left` plus the squares of the rows, whatever they were meant as;
    `proof` is the largest error of that, coupling by coupling.
    """

    qubo: Qubo
    rows: Sequence[Row]
    slack: Sequence[Slack]
    left: Couplings
    integers: Sequence[Integer] = ()

    @cached_property
    def meant(self) -> dimod.ConstrainedQuadraticModel:
        """All rows as constraints that must hold, as they were probably meant; slack bits gone, and
        the bits of each of the `integers` one variable.

        That no ground state of the QUBO breaks one is not said by that: see `cqm`.
        """
        return self._constrained.with_integers(self.integers, self.kept).cqm()

    @property
    def model(self) -> ModelArrays:
        """The same as arrays, and of bits alone."""
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
        model = Constrained.of(self.qubo.labels, self.kept, left, rows, slack)
        model = model.softened(rows, self.proved[other])
        unsure = [self.rows[k].bits for k in np.flatnonzero(~self.proved).tolist()]
        soft = np.concatenate([*unsure, np.zeros(0, dtype=np.int64)])
        numbers = [number for number in self.integers if not np.isin(number.bits, soft).any()]
        return model.with_integers(numbers, self.kept).cqm()

    @property
    def cautious(self) -> Decompiled:
        """Without rows of forbidden pairs that are not `heavy`: any coupling above 0 can be read as
        two bits that are not to be ones together, and may as well be a cost.
        """
        pairs = np.array([row.halfway and row.product is None for row in self.rows], dtype=bool)
        return self.without(pairs & ~self.heavy) if pairs.any() else self

    def without(self, back: Bools) -> Decompiled:
        """The rows `back` bool[rows] as a part of the objective again."""
        kept, given = (np.flatnonzero(which).tolist() for which in (~back, back))
        return replace(
            self,
            rows=[self.rows[k] for k in kept],
            slack=[self.slack[k] for k in kept],
            left=self.left.plus([self.rows[k] for k in given]),
        )

    @property
    def contradictory(self) -> bool:
        """Whether it is proved that no assignment keeps all rows."""
        return self._witness[1]

    @cached_property
    def _witness(self) -> tuple[Floats | None, bool]:
        return witness(self.model)

    @property
    def sure(self) -> ModelArrays:
        """The rows that are proved as constraints; the squares of the others, with their slack
        bits, are a part of the objective as they were.

        Where some assignment keeps all rows, the QUBO's ground states are the optima of this.
        """
        sure = np.flatnonzero(self.proved).tolist()
        others = [self.rows[k] for k in np.flatnonzero(~self.proved).tolist()]
        rows, slack = [self.rows[k] for k in sure], [self.slack[k] for k in sure]
        kept = _without_slack(self.qubo.num_variables, slack)
        return Constrained.of(self.qubo.labels, kept, self.left.plus(others), rows, slack).arrays

    @cached_property
    def proved(self) -> Bools:
        """bool[rows]: whether no state that breaks the row has the lowest energy.

        None is proved where no assignment was found that keeps all rows.
        """
        return self.heavy & (self._witness[0] is not None)

    @cached_property
    def heavy(self) -> Bools:
        """bool[rows]: whether the weight is enough, if some assignment keeps all rows."""
        model = self.model
        rows = Rows.of(model)
        # where slack is dear, going on with a row that is broken is charged for by that much less
        least = [
            row.violated - abs(of.price) for row, of in zip(self.rows, self.slack, strict=True)
        ]
        weights = np.array(least)[self._constrained.owner] * self._constrained.charged
        holds = prove(Reach(model, rows), weights, usual(rows)).holds
        proved = np.ones(len(self.rows), dtype=bool)
        np.logical_and.at(proved, self._constrained.owner, holds)
        return proved | self._products[1]

    @cached_property
    def needed(self) -> Floats:
        """float64[rows]: the weights above which all rows are proved, if each has its own; infinite
        where none is known."""
        rows, owner = Rows.of(self.model), self._constrained.owner
        heavy = np.full(len(owner), np.inf)
        of_violation = prove(Reach(self.model, rows), heavy, usual(rows)).needed
        of_violation = of_violation / self._constrained.charged
        needed = np.zeros(len(self.rows))
        np.maximum.at(needed, owner, of_violation)
        needed = np.minimum(needed, self._products[0])
        needed += np.array([abs(number.price) for number in self.slack])
        needed *= np.array([row.weight / row.violated for row in self.rows])
        return needed

    @cached_property
    def _products(self) -> tuple[Floats, Bools]:
        return proofs_of_products(self.rows, self.left)

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
        """An assignment to the variables of `meant` from 0s and 1s in the order of
        `qubo.labels`."""
        state = np.asarray(bits)
        values = dict(zip(self.model.variables, self.values(state[None])[0].tolist(), strict=True))
        for number in self.integers:
            for bit in number.bits.tolist():
                del values[self.qubo.labels[bit]]
            values[number.label] = float(number.worth @ state[number.bits])
        return values

    def encode(self, assignment: Mapping[Any, float]) -> States:
        """0s and 1s [bits] of an assignment to the variables of `meant` or of `cqm`, with the slack
        bits that cost the least."""
        of_bits = dict(assignment)
        for number in self.integers:
            if number.label not in of_bits:
                continue
            digits = number.bits_of(of_bits.pop(number.label)).tolist()
            names = [self.qubo.labels[bit] for bit in number.bits.tolist()]
            of_bits |= dict(zip(names, digits, strict=True))
        values = np.array([[of_bits[name] for name in self.model.variables]], dtype=np.float64)
        state: States = self.states(values)[0]
        return state

    def values(self, states: Any) -> Floats:
        """float64[k, variables] of `model`, of 0s and 1s [k, bits]."""
        return np.asarray(states)[:, self.kept].astype(np.float64)

    def states(self, values: Floats) -> States:
        """0s and 1s int8[k, bits] of assignments float64[k, variables] of `model`, with the slack
        bits that cost the least.
        """
        states = np.zeros((len(values), self.qubo.num_variables), dtype=np.int8)
        states[:, self.kept] = np.rint(values)
        for row, slack in zip(self.rows, self.slack, strict=True):
            if len(slack.bits):
                lacking = slack.sign * (row.right - states[:, row.bits] @ row.coefficients)
                states[:, slack.bits] = slack.values_of(np.clip(np.rint(lacking), 0, slack.most))
        return states

    @cached_property
    def kept(self) -> Ints:
        """The bits that are no slack."""
        return _without_slack(self.qubo.num_variables, self.slack)

    @cached_property
    def _constrained(self) -> Constrained:
        return Constrained.of(self.qubo.labels, self.kept, self.left, self.rows, self.slack)

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
        if self.integers:
            facts.append(("numbers", f"{len(self.integers):,}"))
        if self.rows:
            facts.append(("proved to hold", f"{int(self.proved.sum())} of {len(self.rows)} rows"))
        return Page("What was read back", [Section(facts=facts)])

    def report(self) -> Page:
        """Rows by kind with their weights and what is proved of them, the first rows, what is left,
        and how well a device can tell the objective: of the QUBO as it is, and compiled again.

        It prints with rich, as text, and in a notebook; `html()` is the last as a string.
        """
        again: Compiled | str
        try:
            again = self.recompiled() if self.rows else "there is no row"
        except QoptError as error:
            again = str(error)
        findings = Findings(
            qubo=self.qubo,
            rows=self.rows,
            slack=self.slack,
            integers=self.integers,
            left=self.left,
            proved=self.proved,
            needed=self.needed,
            agreeing=self._witness[0] is not None,
            error=self.proof,
            again=again,
        )
        return report(findings)

    def recompiled(self, **options: Any) -> Compiled:
        """`cqm` compiled to a QUBO again, by `qopt.compile(cqm, penalties="proven", **options)`:
        with weights that are just enough, which are often far smaller, and slack bits of qopt's
        own. Products stay penalties, which need no slack bits, just heavy enough.

        Rows that are not proved keep their weights, and the others may need larger ones for that.
        Raises what `qopt.compile` raises.
        """
        of_bits = replace(self._with_products_charged, integers=())
        return compile_cqm(of_bits.cqm, **{"penalties": "proven"} | options)

    @property
    def _with_products_charged(self) -> Decompiled:
        """Products as penalties, those that are proved not heavier than that takes."""
        products = [k for k, row in enumerate(self.rows) if row.product is not None]
        if not products:
            return self
        wanted = np.where(self.proved, ENOUGH * self.needed, np.inf)[products]
        least = float(wanted[wanted > 0].min(initial=np.inf))
        before = [self.rows[k] for k in products]
        after = [
            replace(row, weight=min(row.weight, max(weight, least)))
            for row, weight in zip(before, wanted.tolist(), strict=True)
        ]
        left = self.left.plus(after)
        saved = sum(row.least for row in before) - sum(row.least for row in after)
        kept = [k for k, row in enumerate(self.rows) if row.product is None]
        return replace(
            self,
            rows=[self.rows[k] for k in kept],
            slack=[self.slack[k] for k in kept],
            left=replace(left, offset=left.offset + saved),
        )


def _without_slack(bits: int, numbers: Sequence[Slack]) -> Ints:
    kept = np.ones(bits, dtype=bool)
    for number in numbers:
        kept[number.bits] = False
    return np.flatnonzero(kept)
