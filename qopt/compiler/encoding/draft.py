"""What a compiled model will be, before any weight is known or coupling summed up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import dimod
import numpy as np

from ...errors import QoptError
from ..model.arrays import Floats, Ints, ModelArrays
from ..model.grid import Reals
from ..model.rows import WHOLE, Rows, sums
from ..model.structure import Structure
from ..model.watched import Watched
from ..presolve.presolve import Presolved, presolve
from ..sources.sources import Source
from .codes import Code, Codes
from .encoding import Encoding
from .treatments import Treatment, Treatments
from .validity import Validity

WIDEST = 2.0**31  # of a variable: more bits than this takes are never what was meant


@dataclass(frozen=True, eq=False)
class Draft:
    """Everything but weights and couplings.

    Attributes
    ----------
    cqm
        The model as it came, of n variables and m constraints.
    presolved
        The way to the smaller model of n' variables and m' constraints and back.
    rows, treatments
        Of the smaller model's constraints.
    encoding, slack
        The bits of its variables, and of a number for each of its constraints, most of which have
        none.
    validity
        The constraints that some encodings have of their own.
    watched
        The constraints of a PyQUBO model, which are part of its objective.
    """

    cqm: dimod.ConstrainedQuadraticModel
    presolved: Presolved
    rows: Rows
    treatments: Treatments
    encoding: Encoding
    slack: Encoding
    validity: Validity
    watched: Watched

    @property
    def model(self) -> ModelArrays:
        """The model that is compiled: what presolve left."""
        return self.presolved.model

    @property
    def approximate(self) -> tuple[Any, ...]:
        """Labels of the constraints whose penalty is not 0 exactly where they hold."""
        return tuple(
            self.model.labels[c] for c in np.flatnonzero(self.treatments.name == "unbalanced")
        )

    @cached_property
    def structure(self) -> Structure:
        """What the constraints are to each other."""
        return Structure.of(self.model, self.rows)

    def sizes(self) -> Sizes:
        """Counts that need no QUBO."""
        return Sizes.of(self)


@dataclass(frozen=True, eq=False)
class Sizes:
    """How large the QUBO is, and for what.

    Attributes
    ----------
    labels
        The m' constraints, then the encodings' own.
    slack_bits, encoding_bits, couplings
        int64 for each of them: the bits of its slack, the bits of its variables that have more than
        one, and the pairs of bits that its penalty couples.
    objective_couplings
        The pairs that the objective couples.
    num_bits
        Of the whole QUBO.
    """

    labels: list[Any]
    slack_bits: Ints
    encoding_bits: Ints
    couplings: Ints
    objective_couplings: int
    num_bits: int

    @property
    def num_couplings(self) -> int:
        """At most: a pair that several constraints couple is counted in each."""
        return self.objective_couplings + int(self.couplings.sum())

    @classmethod
    def of(cls, draft: Draft) -> Sizes:
        model, m, validity = draft.model, draft.model.num_constraints, draft.validity
        bits, slack = draft.encoding.bits, draft.slack.bits
        entries, q = model.rows.tocoo(), model.row_quadratic
        members = sums(m, entries.row, bits[entries.col]).astype(np.int64) + slack
        several = np.where(bits > 1, bits, 0)
        encoding_bits = (model.incidence() > 0).astype(np.int64) @ several
        products = sums(m, q.owner, bits[q.row] * bits[q.col])
        squared = np.isin(draft.treatments.name, ["square", "slack", "pairs", "unbalanced"])
        couplings = np.where(
            squared, members * (members - 1) // 2, products * (draft.treatments.name == "product")
        )
        own = validity.sizes()
        return cls(
            labels=[*model.labels, *validity.labels],
            slack_bits=np.concatenate([slack, np.zeros(len(own[0]), dtype=np.int64)]),
            encoding_bits=np.concatenate([encoding_bits, own[0]]),
            couplings=np.concatenate([couplings, own[1]]).astype(np.int64),
            objective_couplings=_objective_couplings(model, bits),
            num_bits=draft.encoding.num_bits + draft.slack.num_bits,
        )


def _objective_couplings(model: ModelArrays, bits: Ints) -> int:
    q = model.quadratic
    square = q.row == q.col
    own = bits[q.row[square]]
    return int((bits[q.row[~square]] * bits[q.col[~square]]).sum() + (own * (own - 1) // 2).sum())


def draft(
    model: Any,
    *,
    parameters: Mapping[str, float] | None = None,
    reals: Reals = None,
    encodings: Code | Mapping[Any, Code] | None = None,
    inequalities: Treatment | Mapping[Any, Treatment] = "auto",
    presolving: bool = True,
) -> Draft:
    """The parameters, and what is raised, are explained at `compile_cqm`."""
    source = Source.of(model, parameters=parameters, reals=reals)
    full = ModelArrays.from_cqm(source.cqm)
    presolved = presolve(full) if presolving else Presolved.unchanged(full)
    reduced, rows = presolved.model, Rows.of(presolved.model)
    treatments = Treatments.of(presolved, rows, inequalities)
    _require_qubo(reduced, rows, treatments)
    most = np.where(treatments.name == "slack", np.maximum(rows.rhs - rows.least, 0.0), 0.0)
    codes = Codes.chosen(presolved, most, _largest(reduced, rows), encodings)
    encoding = Encoding.of_ranges(reduced.lower, reduced.upper, reduced.step, *codes.of_variables)
    slack = Encoding.of_ranges(np.zeros_like(most), most, np.ones_like(most), *codes.of_slacks)
    validity = Validity.of(reduced, encoding, slack)
    return Draft(source.cqm, presolved, rows, treatments, encoding, slack, validity, source.watched)


def _sides(model: ModelArrays, c: int) -> str:
    return "coefficients" if model.hard[c] else "coefficients and a right-hand side"


def _largest(model: ModelArrays, rows: Rows) -> Floats:
    """float64[m]: the largest coefficient of each row, in whole numbers."""
    entries, largest = model.rows.tocoo(), np.zeros(model.num_constraints)
    np.maximum.at(largest, entries.row, np.abs(entries.data) * rows.scale[entries.row])
    return np.rint(largest)


def _require_qubo(model: ModelArrays, rows: Rows, treatments: Treatments) -> None:
    """Raises QoptError for what the arrays hold and a QUBO cannot."""
    for k in np.flatnonzero(model.upper - model.lower > WIDEST)[:1]:
        ends = f"{model.lower[k]:g}..{model.upper[k]:g}"
        raise QoptError(
            f"variable {model.variables[k]!r} ranges over {ends}; give it bounds closer than 2**31"
        )
    for c in np.flatnonzero(~model.hard & model.soft_linear)[:1]:
        raise QoptError(
            f"soft constraint {model.labels[c]!r} has a linear penalty; "
            "a QUBO can only charge penalty='quadratic'"
        )
    for c in np.flatnonzero(rows.kind == "quadratic")[:1]:
        raise QoptError(
            f"constraint {model.labels[c]!r} is quadratic; "
            "a QUBO takes only sums of products that are never negative and must be 0: "
            "write it with linear terms, or as products of variables that exclude each other"
        )
    slack = treatments.name == "slack"
    for c in np.flatnonzero(slack & rows.stepless)[:1]:
        raise QoptError(
            f"constraint {model.labels[c]!r} has {_sides(model, c)} "
            "without a common step of 1e-6 or more; "
            "round them, scale the row to whole numbers, or give inequalities='unbalanced'"
        )
    for c in np.flatnonzero(slack & (rows.rhs - rows.least >= WHOLE))[:1]:
        raise QoptError(
            f"constraint {model.labels[c]!r} needs a slack of "
            f"{rows.rhs[c] - rows.least[c]:g} steps, above 2**53; "
            "round its coefficients, or bound its variables closer"
        )
