"""How hard each constraint must push back.

"bounds": a violation costs a tenth more than the step that mends it can lose in the objective. That
is a bound on one step from an assignment that breaks this constraint alone, and a proof only where
no other constraint minds the step; `proofs` says where, and what weight would be enough. Where less
than the bound on a step is proven to be enough, less is taken: random set covers get less than half
the weight by that, and covers that are a tenth cheaper
(`tests/compiler/weights/test_penalties.py`).

"proven": the weight that a theorem asks for, which for coupled constraints is that of the whole
objective. Such weights keep an annealer in the first assignment it finds, so they have a name and
are not the default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from ...errors import UnknownName
from ...kit.checks import require, require_positive
from ..model.arrays import Bools, Floats, Ints, ModelArrays
from ..model.rows import Rows
from .proofs import Names, Proofs, least_penalty, prove, usual
from .reach import Reach

MARGIN = 1.1  # a tie between breaking a constraint and keeping it would be left to chance
NONE = -1
WORDS = "'bounds', 'proven', 'tuned'"

WHY = {
    "step": "a step of {variable} can be worth {amount:.4g} in the objective, times {margin}",
    "elsewhere": "not in the objective: the most a step elsewhere can be worth, {amount:.4g}, "
    "times {margin}",
    "theorem": "breaking it{by} never pays above {amount:.4g} ({theorem}), times {margin}",
    "given": "given",
    "tuned": "tuned by short anneals",
    "soft": "soft: its own weight",
    "free": "always holds",
}


@dataclass(frozen=True, eq=False)
class Weights:
    """A penalty weight for each constraint, and why.

    Attributes
    ----------
    worth
        What steps are worth, of the constraints and their model.
    treatment, alone
        Those of `qopt.compiler.weights.proofs.prove`.
    value
        float64[m]: what a violation costs, by the table of `qopt.compiler.encoding.treatments`,
        for rows as the user wrote them.
    why
        str[m]: keys of `WHY`.
    dearest
        int64[m]: the variable whose step decided a weight, -1 where none did.
    """

    worth: Reach
    treatment: Names
    alone: bool
    value: Floats
    why: Names
    dearest: Ints

    @property
    def model(self) -> ModelArrays:
        return self.worth.model

    @property
    def rows(self) -> Rows:
        return self.worth.rows

    @property
    def proven(self) -> Bools:
        """bool[m]: no assignment that breaks it has the lowest energy, if any keeps them all."""
        return self.proofs.holds

    @cached_property
    def proofs(self) -> Proofs:
        """What is proven of these weights, and what weights would be."""
        return self.proofs_at(self.value)

    def proofs_at(self, value: Floats) -> Proofs:
        """What would be proven of others."""
        return prove(self.worth, value, self.treatment, alone=self.alone)

    @cached_property
    def reason(self) -> list[str]:
        """A line for each constraint."""
        amounts = self.value * least_penalty(self.rows) / MARGIN
        variables = [*self.model.variables, None]
        by = ["" if scale == 1 else f" by {1 / scale:.4g}" for scale in self.rows.scale.tolist()]
        return [
            WHY[why].format(
                variable=variables[dearest], amount=amount, margin=MARGIN, theorem=theorem, by=by
            )
            for why, dearest, amount, theorem, by in zip(
                self.why, self.dearest, amounts, self.proofs.theorem, by, strict=True
            )
        ]

    @classmethod
    def of(
        cls,
        model: ModelArrays,
        rows: Rows,
        penalties: str | float | Mapping[Any, float],
        treatment: Names | None = None,
        *,
        alone: bool = True,
    ) -> Weights:
        """By "bounds" or "proven", one multiplier for all as `dimod.cqm_to_bqm` has it, or a
        mapping by label.

        A mapping overrides the bounds of the constraints it names. A soft constraint keeps the
        weight it came with. Without `treatment` the usual ones are meant.

        Raises QoptError for an unknown word or label and for a weight that is not positive and
        finite.
        """
        worth = Reach(model, rows)
        value, why, dearest = _by_step(worth)
        step = cls(
            worth, usual(rows) if treatment is None else treatment, alone, value, why, dearest
        )
        if isinstance(penalties, str):
            require(
                penalties in ("bounds", "proven"),
                "penalties",
                penalties,
                f"{WORDS}, a number above 0, or a mapping",
            )
            weights = step._or_less() if penalties == "bounds" else step._raised()
        elif isinstance(penalties, Mapping):
            weights = step._or_less()._given(penalties)
        else:
            require_positive(
                "penalties",
                penalties,
                wanted=f"{WORDS}, a number above 0, or a mapping by constraint",
            )
            weights = replace(
                step, value=np.full_like(value, penalties), why=np.full_like(why, "given")
            )
        soft, free = ~model.hard, rows.kind == "free"
        why = np.select([free, soft], ["free", "soft"], weights.why)
        return replace(weights, value=np.where(soft, model.weight, weights.value), why=why)

    def tuned(self, value: Floats) -> Weights:
        """These in place of its own; soft constraints keep theirs."""
        hard = self.model.hard & (self.rows.kind != "free")
        why, dearest = np.where(hard, "tuned", self.why), np.where(hard, NONE, self.dearest)
        return replace(self, value=np.where(hard, value, self.value), why=why, dearest=dearest)

    def _or_less(self) -> Weights:
        """What a theorem needs, where that is less, and holds."""
        theorems = self.proofs_at(np.full_like(self.value, np.inf))
        enough = MARGIN * theorems.needed
        less = (theorems.theorem != "whole") & (enough > 0) & (enough < self.value)
        if not less.any():
            return self
        less &= self.proofs_at(np.where(less, enough, self.value)).holds
        return replace(
            self, value=np.where(less, enough, self.value), why=np.where(less, "theorem", self.why)
        )

    def _raised(self) -> Weights:
        """To what a theorem needs, where there is one that needs anything."""
        needed = self.proofs_at(np.full_like(self.value, np.inf)).needed
        use = np.isfinite(needed) & (needed > 0)
        value = np.where(use, MARGIN * np.where(use, needed, 0.0), self.value)
        return replace(self, value=value, why=np.where(use, "theorem", self.why))

    def _given(self, penalties: Mapping[Any, float]) -> Weights:
        number = {label: k for k, label in enumerate(self.model.labels)}
        value, why, dearest = self.value.copy(), self.why.copy(), self.dearest.copy()
        for label, weight in penalties.items():
            if label not in number:
                raise UnknownName("constraint", str(label), map(str, self.model.labels))
            require_positive(f"penalties[{label!r}]", weight, wanted="a number above 0")
            c = number[label]
            value[c], why[c], dearest[c] = weight, "given", NONE
        return replace(self, value=value, why=why, dearest=dearest)


def _by_step(worth: Reach) -> tuple[Floats, Names, Ints]:
    """`value`, `why` and `dearest`: the most that one step of any of a constraint's variables can
    gain in the objective.

    From an assignment that breaks only this constraint, a step that mends it then lowers the
    energy. An equality with whole numbers in it is mended by them, in steps of one, so only theirs
    count there. A constraint that the objective does not touch gets the largest of the others'
    weights: what is gained by breaking it is gained elsewhere.
    """
    model, rows, reach = worth.model, worth.rows, worth.where().reach
    involved, entries, m = model.incidence(), model.rows.tocoo(), len(model.labels)
    gain, dearest = _largest(m, involved.row, involved.col, reach)
    unit = (np.abs(entries.data) * rows.scale[entries.row] == 1) & (
        model.upper - model.lower > model.step
    )[entries.col]
    fine, finest = _largest(m, entries.row[unit], entries.col[unit], reach)
    use_fine = (rows.kind == "equality") & (fine > 0)
    gain, dearest = np.where(use_fine, fine, gain), np.where(use_fine, finest, dearest)
    fallback = gain.max(initial=0.0) or reach.max(initial=0.0) or 1.0
    why = np.where(gain > 0, "step", "elsewhere").astype("<U9")
    value = MARGIN * np.where(gain > 0, gain, fallback) / least_penalty(rows)
    return value, why, np.where(gain > 0, dearest, NONE)


def _largest(m: int, row: Ints, col: Ints, reach: Floats) -> tuple[Floats, Ints]:
    """The largest reach of each constraint's variables, and whose it is."""
    largest, whose = np.zeros(m), np.full(m, NONE)
    np.maximum.at(largest, row, reach[col])
    its = reach[col] == largest[row]
    whose[row[its][::-1]] = col[its][::-1]  # of several the first: the last assignment stays
    return largest, whose
