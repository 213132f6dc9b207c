"""CQM -> QUBO, and the way back.

1. `presolve` takes away what the constraints decide by themselves.
2. `encoding` gives each number its bits, `treatments` each constraint its penalty; the tables are there.
3. `penalties` gives each penalty its weight.
4. `assembly` adds up the objective and the penalties. Every penalty is `square * h^2 + linear * h` of one linear function
   h = A b - r of the bits b, so all of them are one sparse product, A' diag(square) A. No Python loop sees a coupling.

Each penalty but the approximate ones is 0 exactly where its constraint holds, for some setting of its slack bits.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import dimod
import numpy as np

from ..errors import ModelTooLarge, PrecisionWarning, UnknownName
from ..kit.checks import require_positive
from .check.page import Page
from .check.precision import Precision, Target
from .check.report import report
from .check.verify import EXHAUSTIVE_BITS, Verification, verify
from .encoding.codes import Code
from .encoding.draft import Draft, Sizes, draft
from .encoding.treatments import Treatment
from .model.arrays import Floats
from .model.grid import Reals
from .model.rows import Rows
from .model.scoring import Scorer, sampleset
from .model.watched import Watched
from .qubos.qubo import Qubo
from .sources.sources import Source
from .weights.assembly import assemble
from .weights.penalties import MARGIN, Weights
from .weights.proofs import least_penalty, spread
from .weights.tuning import Trial, Tuner, tune

MOST_COUPLINGS = 200_000_000  # of one constraint's penalty: more would take tens of gigabytes
Penalties = str | float | Mapping[Any, float]


@dataclass(frozen=True, eq=False)
class Compiled(Draft):
    """A QUBO, the model it stands for, and the way back.

    Attributes
    ----------
    weighed, validity_weighed
        The penalty weights, and why, of `model.labels`, which are the constraints that presolve left, and of
        `validity.labels`, the encodings' own constraints.
    qubo
        Its bits are those of the variables (`encoding`), then those of the slacks (`slack`).
    options
        The arguments it was compiled with.
    tuning
        The trials of penalties="tuned", in turn.
    """

    weighed: Weights
    validity_weighed: Weights
    qubo: Qubo
    options: Mapping[str, Any]
    tuning: tuple[Trial, ...] = ()

    @property
    def weights(self) -> Floats:
        """float64[m']: the penalty weights of `model.labels`."""
        return self.weighed.value

    @property
    def proven(self) -> bool:
        """Whether all weights are: the QUBO's ground states are then the model's optima, if any assignment is feasible."""
        own = self.weighed.proven | ~self.model.hard
        return bool(own.all() and self.validity_weighed.proven.all()) and not self.approximate

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
        return self.sampleset(self.values(bits[:, wanted]), occurrences)

    def decode_bits(self, bits: Any) -> dimod.SampleSet:
        """The same from an array [k, num_bits] in the QUBO's own order."""
        return self.sampleset(self.values(np.asarray(bits, dtype=np.float64)))

    def settled(self) -> dimod.SampleSet | None:
        """The only assignment, where presolve has left no bit to sample."""
        return None if self.qubo.num_variables else self.decode_bits(np.zeros((1, 0)))

    def assignment(self, bits: Any) -> dict[Any, float]:
        """One assignment to the model's variables, from its bits [num_bits] in the QUBO's own order."""
        values = self.values(np.asarray(bits, dtype=np.float64)[None, :])
        return dict(zip(self.cqm.variables, values[0].tolist(), strict=True))

    def sampleset(self, values: Floats, occurrences: Any = None) -> dimod.SampleSet:
        """A dimod SampleSet of assignments `values` [k, n] to the variables of `cqm`, in their order."""
        found = sampleset(values, self.presolved.full, occurrences=occurrences, scorer=self._scorer)
        return _watching(found, self.watched) if self.watched.labels else found

    @cached_property
    def _scorer(self) -> Scorer:
        return Scorer(self.presolved.full)

    def encode(self, sample: Mapping[Any, float]) -> Floats:
        """Bits float64[num_bits] of an assignment to the variables of `cqm`, with the slacks that suit it.

        What presolve has ruled out is replaced by the nearest that it has not.
        """
        given = np.array([[sample[label] for label in self.cqm.variables]], dtype=np.float64)
        values = self.presolved.reduce(given)[0]
        activity = (self.model.rows @ values) * self.rows.scale
        return np.concatenate(
            [self.encoding.encode(values), self.slack.encode(self.rows.rhs - activity)]
        )

    def precision(self, target: str | Target = "advantage") -> Precision:
        """Whether a device can tell the objective's biases apart beside the penalties', and what to compile otherwise if not.

        A name, "advantage", "advantage2" or "float32", or a `Target` with ranges and errors of its own. Raises UnknownName.
        """
        return Precision.of(self, target)

    def report(self) -> Page:
        """What the model was compiled to: sizes, structure, encodings, presolve, weights and why, dynamic range.

        It prints with rich, as text, and in a notebook; `html()` is the last as a string.
        """
        return report(self)

    def verify(
        self, *, bits: int = EXHAUSTIVE_BITS, samples: int = 400, seed: int = 0
    ) -> Verification:
        """Check that the QUBO says what the model says: all states of at most `bits` bits, about `samples` assignments of more.

        `qopt.compiler.check.verify` says what is checked. Raises QoptError for an argument that is no whole number, or too small.
        """
        return verify(self, bits=bits, samples=samples, seed=seed)

    def again(self, **changes: Any) -> Compiled:
        """The same model with some arguments of `compile_cqm` changed; mappings by label add to what was given before.

        Weights that were tuned are taken over, and not tuned again: those of the encodings' own constraints where the
        encodings stay.
        """
        options = dict(self.options)
        if self.tuning:
            tuned = [(self.model.labels, self.weighed)]
            if "encodings" not in changes:
                tuned.append((self.validity.labels, self.validity_weighed))
            options["penalties"] = {
                label: weight
                for labels, weighed in tuned
                for label, weight in zip(labels, weighed.value.tolist(), strict=True)
            }
        for name, change in changes.items():
            before = options[name]
            if isinstance(change, Mapping) and isinstance(before, Mapping):
                change = {**before, **change}
            elif isinstance(change, Mapping) and name != "penalties" and before is not None:
                change = {**self._for_each(name, before), **change}
            options[name] = change
        return compile_cqm(Source(self.cqm, watched=self.watched), **options)

    def _for_each(self, name: str, choice: Any) -> dict[Any, Any]:
        """What was given for all, by label."""
        full = self.presolved.full
        inequalities = [
            label for label, sense in zip(full.labels, full.sense, strict=True) if sense == "<"
        ]
        return dict.fromkeys(
            [*full.variables, *full.labels] if name == "encodings" else inequalities, choice
        )

    def values(self, bits: Any) -> Floats:
        """Assignments float64[k, n] to the variables of `cqm`, of bits [k, num_bits]; slack bits may be missing."""
        own = np.asarray(bits, dtype=np.float64)[:, : self.encoding.num_bits]
        return self.presolved.restore(self.encoding.decode(own))


def _watching(found: dimod.SampleSet, watched: Watched) -> dimod.SampleSet:
    """With the constraints of a PyQUBO model among those that samples are judged by."""
    record, variables = found.record, list(found.variables)
    kept = np.concatenate(
        [record.is_satisfied, watched.satisfied(record.sample, variables)], axis=1
    )
    return dimod.SampleSet.from_samples(
        (record.sample, variables),
        energy=record.energy,
        num_occurrences=record.num_occurrences,
        vartype=found.vartype,
        info=found.info
        | {"constraint_labels": [*found.info["constraint_labels"], *watched.labels]},
        is_satisfied=kept,
        is_feasible=record.is_feasible & kept.all(axis=1),
        sort_labels=False,
    )


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
        A dimod CQM, BQM or DQM, a PyQUBO expression or model, or the path of an LP or MPS file: binary, spin and bounded
        integer variables; linear constraints, and quadratic ones that are sums of products which must vanish.
    parameters
        Values for the placeholders of a PyQUBO model, by name.
    reals
        Steps above 0 of variables that are not whole, by label, or one for all: bits then count steps from the lower bound.
    penalties
        "bounds": a weight a constraint, from what its variables can gain in the objective. "proven": the weights that theorems
        ask for. "tuned", or a `Tuner` with its own seed and budget: by what short anneals break. A number: one weight for all.
        A mapping by constraint label: these, and bounds for the rest.
    encodings
        How numbers become bits: a name for all of them, or names by the label of a variable or, for its slack, of a constraint.
        `qopt.compiler.encoding.encoding` explains "log", "bounded", "unary", "one-hot" and "domain-wall", and what is taken without.
    inequalities
        What inequalities become: "auto", "slack", or "unbalanced", which is approximate, for all of them or by label.
        `qopt.compiler.encoding.treatments` explains them.
    presolve
        Whether to take away first what the constraints decide by themselves: variables, rows, parts of ranges.
    target
        A device, as `Compiled.precision` has it: a PrecisionWarning says where more than a tenth of the objective would be lost
        on it, and how to compile otherwise.

    Raises
    ------
    Infeasible
        Where the constraints contradict each other, as far as presolve sees; names them.
    ModelTooLarge
        Where the penalty of one constraint alone would couple more than 200 million pairs of bits.
    QoptError
        For what a QUBO cannot hold, and for an unknown name; names the variable or constraint and the remedy.
    """
    found = draft(
        model,
        parameters=parameters,
        reals=reals,
        encodings=encodings,
        inequalities=inequalities,
        presolving=presolve,
    )
    if (largest := int(found.sizes().couplings.max(initial=0))) > MOST_COUPLINGS:
        otherwise = (
            "anneal it as it stands, with solver 'annealer', or split its longest constraint"
        )
        raise ModelTooLarge("as a QUBO", "couplings", largest, MOST_COUPLINGS, otherwise)
    penalties = Tuner() if penalties == "tuned" else penalties
    weighed, validity_weighed = _weigh(
        found, "bounds" if isinstance(penalties, Tuner) else penalties
    )
    qubo = assemble(found, weighed.value, validity_weighed.value)
    given = {field.name: getattr(found, field.name) for field in fields(Draft)}
    options = {
        "penalties": penalties,
        "encodings": encodings,
        "inequalities": inequalities,
        "presolve": presolve,
    }
    compiled = Compiled(
        **given, weighed=weighed, validity_weighed=validity_weighed, qubo=qubo, options=options
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
    value, why = (
        np.where(short, MARGIN * dearest, of_own.value),
        np.where(short, "elsewhere", of_own.why),
    )
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
    """How large the QUBO would be, without building it. The parameters, and what is raised, are `compile_cqm`'s."""
    found = draft(
        model,
        parameters=parameters,
        reals=reals,
        encodings=encodings,
        inequalities=inequalities,
        presolving=presolve,
    )
    return found.sizes()
