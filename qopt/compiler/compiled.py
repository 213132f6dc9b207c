"""CQM -> QUBO, and the way back.

1. `presolve` takes away what the constraints decide by themselves.
2. `encoding` gives each number its bits, `treatments` each constraint its penalty; see the tables
   there.
3. `penalties` gives each penalty its weight.
4. `assembly` adds up the objective and the penalties. Every penalty is `square * h^2 + linear * h`
   of one linear function h = A b - r of the bits b, so all of them are one sparse product,
   A' diag(square) A. No Python loop sees a coupling.

Each penalty but the approximate ones is 0 exactly where its constraint holds, for some setting of
its slack bits.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from ..errors import ModelTooLarge, PrecisionWarning, UnknownName
from ..kit.checks import require_positive
from ..pages import Page
from .check.precision import Precision, Target
from .check.report import report
from .check.verify import EXHAUSTIVE_BITS, Verification, verify
from .encoding.codes import Code
from .encoding.draft import Draft, Sizes, draft
from .encoding.treatments import Treatment
from .model.grid import Reals
from .model.rows import Rows
from .weights.assembly import assemble
from .weights.penalties import MARGIN, Weights
from .weights.proofs import least_penalty, spread
from .weights.tuning import Tuner, tune
from .weights.weighed import Weighed

MOST_COUPLINGS = 200_000_000  # of one constraint's penalty: more would take tens of gigabytes
Penalties = str | float | Mapping[Any, float]


@dataclass(frozen=True, eq=False)
class Compiled(Weighed):
    """A compiled model: how it fits a device, what became of it, and whether it is right."""

    def precision(self, target: str | Target = "advantage") -> Precision:
        """Whether a device can tell the objective's biases apart beside the penalties', and what to
        compile otherwise if not.

        A name, "advantage", "advantage2" or "float32", or a `Target` with ranges and errors of its
        own. Raises UnknownName.
        """
        return Precision.of(self, target)

    def report(self) -> Page:
        """What the model was compiled to: sizes, structure, encodings, presolve, weights and why,
        dynamic range.

        It prints with rich, as text, and in a notebook; `html()` is the last as a string.
        """
        return report(self)

    def verify(
        self, *, bits: int = EXHAUSTIVE_BITS, samples: int = 400, seed: int = 0
    ) -> Verification:
        """Check that the QUBO says what the model says: all states of at most `bits` bits, about
        `samples` assignments of more.

        `qopt.compiler.check.verify` says what is checked. Raises QoptError for an argument that is
        no whole number, or too small.
        """
        return verify(self, bits=bits, samples=samples, seed=seed)


def compile_cqm(
    model: Any,
    *,
    parameters: Mapping[str, float] | None = None,
    reals: Reals = None,
    penalties: Penalties | Tuner = "bounds",
    encodings: Code | Mapping[Any, Code] | None = None,
    inequalities: Treatment | Mapping[Any, Treatment] = "auto",
    presolve: bool = True,
    target: str | Target | None = None,
) -> Compiled:
    """Compile a model to a QUBO.

    Parameters
    ----------
    model
        A dimod CQM, BQM or DQM, a PyQUBO expression or model, or the path of an LP or MPS file:
        binary, spin and bounded integer variables; linear constraints, and quadratic ones that are
        sums of products which must vanish.
    parameters
        Values for the placeholders of a PyQUBO model, by name.
    reals
        Steps above 0 of variables that are not whole, by label, or one for all: bits then count
        steps from the lower bound.
    penalties
        "bounds": a weight a constraint, from what its variables can gain in the objective.
        "proven": the weights that theorems ask for. "tuned", or a `Tuner` with its own seed and
        budget: by what short anneals break. A number: one weight for all. A mapping by constraint
        label: these, and bounds for the rest.
    encodings
        How numbers become bits: a name for all of them, or names by the label of a variable or, for
        its slack, of a constraint. `qopt.compiler.encoding.encoding` explains "log", "bounded",
        "unary", "one-hot" and "domain-wall", and what is taken without.
    inequalities
        What inequalities become: "auto", "slack", or "unbalanced", which is approximate, for all of
        them or by label. `qopt.compiler.encoding.treatments` explains them.
    presolve
        Whether to take away first what the constraints decide by themselves: variables, rows, parts
        of ranges.
    target
        A device, as `Compiled.precision` has it: a PrecisionWarning says where more than a tenth of
        the objective would be lost on it, and how to compile otherwise.

    Raises
    ------
    Infeasible
        Where the constraints contradict each other, as far as presolve sees; names them.
    ModelTooLarge
        Where the penalty of one constraint alone would couple more than 200 million pairs of bits.
    QoptError
        For what a QUBO cannot hold, and for an unknown name; names the variable or constraint and
        the remedy.
    """
    drafted = draft(
        model,
        parameters=parameters,
        reals=reals,
        encodings=encodings,
        inequalities=inequalities,
        presolving=presolve,
    )
    if (largest := int(drafted.sizes().couplings.max(initial=0))) > MOST_COUPLINGS:
        otherwise = (
            "anneal it as it stands, with solver 'annealer', or split its longest constraint"
        )
        raise ModelTooLarge("as a QUBO", "couplings", largest, MOST_COUPLINGS, otherwise)
    penalties = Tuner() if penalties == "tuned" else penalties
    weighed, validity_weighed = _weigh(
        drafted, "bounds" if isinstance(penalties, Tuner) else penalties
    )
    qubo = assemble(drafted, weighed.value, validity_weighed.value)
    given = {field.name: getattr(drafted, field.name) for field in fields(Draft)}
    options = {
        "penalties": penalties,
        "encodings": encodings,
        "inequalities": inequalities,
        "presolve": presolve,
    }
    compiled = Compiled(
        **given,
        weighed=weighed,
        validity_weighed=validity_weighed,
        qubo=qubo,
        options=options,
        maker=compile_cqm,
    )
    compiled = _tuned(compiled, penalties) if isinstance(penalties, Tuner) else compiled
    if target is not None and not (precision := compiled.precision(target)).fits:
        remedy = precision.remedy or "no other way to compile it was found to mend that"
        warnings.warn(f"{precision}; {remedy}", PrecisionWarning, stacklevel=2)
    return compiled


def _tuned(compiled: Compiled, tuner: Tuner) -> Compiled:
    weights, trials = tune(compiled, tuner)
    model, own = np.split(weights, [compiled.model.num_constraints])
    weighed, validity_weighed = compiled.weighed.tuned(model), compiled.validity_weighed.tuned(own)
    qubo = assemble(compiled, model, own)
    return replace(
        compiled,
        weighed=weighed,
        validity_weighed=validity_weighed,
        qubo=qubo,
        tuning=tuple(trials),
    )


def _weigh(found: Draft, penalties: Penalties) -> tuple[Weights, Weights]:
    """Of the model's constraints, and of the encodings' own."""
    model, validity = found.model, found.validity
    own: Penalties = penalties
    if isinstance(penalties, Mapping):
        _require_known(penalties, [*found.presolved.full.labels, *validity.labels])
        own = {label: penalties[label] for label in validity.labels if label in penalties}
        penalties = {label: penalties[label] for label in model.labels if label in penalties}
    weighed = Weights.of(
        model, found.rows, penalties, found.treatments.name, alone=not validity.labels
    )
    imposed = validity.imposed(model, found.encoding)
    of_own = Weights.of(imposed, Rows.of(imposed), own, alone=not model.labels)
    # a number beyond its range is worth something in the model's constraints, too
    unit = weighed.value * least_penalty(found.rows) * found.rows.scale
    dearest = (
        spread(imposed) + spread(model)
        if penalties == "proven"
        else validity.worth(model, unit, found.encoding)
    )
    short = (MARGIN * dearest > of_own.value) & (of_own.why != "given")
    value = np.where(short, MARGIN * dearest, of_own.value)
    why = np.where(short, "elsewhere", of_own.why)
    return weighed, replace(of_own, value=value, why=why)


def _require_known(penalties: Mapping[Any, float], labels: list[Any]) -> None:
    """Those of constraints that presolve took away count as well."""
    known = set(labels)
    for label, weight in penalties.items():
        if label not in known:
            raise UnknownName(
                "constraint", str(label), map(str, labels), hint="; penalties name it"
            )
        require_positive(f"penalties[{label!r}]", weight, wanted="a number above 0")


def model_size(
    model: Any,
    *,
    parameters: Mapping[str, float] | None = None,
    reals: Reals = None,
    encodings: Code | Mapping[Any, Code] | None = None,
    inequalities: Treatment | Mapping[Any, Treatment] = "auto",
    presolve: bool = True,
) -> Sizes:
    """How large the QUBO would be, without building it; parameters are `compile_cqm`'s."""
    drafted = draft(
        model,
        parameters=parameters,
        reals=reals,
        encodings=encodings,
        inequalities=inequalities,
        presolving=presolve,
    )
    return drafted.sizes()
